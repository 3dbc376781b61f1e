//! Writes chunks of every encoder to standard output, for `tests/verify_ext_encoders.py`, which has the layout.

use std::io::{self, Write};

use h5_filters::{Bitshuffle, Blosc, Blosc2, Bzip2, Filter, FilterContext, Lz4, Zstd};

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    for element_size in [1_u32, 2, 3, 4, 8, 16] {
        for elements in [1_u32, 7, 8, 101, 5000, 20_000] {
            for noisy in [false, true] {
                write_filters(&mut out, element_size, &content(element_size, elements, noisy))?;
            }
        }
    }
    Ok(())
}

fn write_filters(out: &mut impl Write, element_size: u32, content: &[u8]) -> io::Result<()> {
    let length = u32::try_from(content.len()).map_err(io::Error::other)?;
    for block in [0, 1000] {
        write_record(out, &Lz4, &[block], element_size, content)?;
    }
    for level in [1, 9] {
        write_record(out, &Zstd, &[level], element_size, content)?;
        write_record(out, &Bzip2, &[level], element_size, content)?;
    }
    for codec in [0, 2, 3] {
        for block in [0, 64] {
            write_record(out, &Bitshuffle, &[0, 5, element_size, block, codec, 3], element_size, content)?;
        }
    }
    for shuffle in 0..3 {
        for (codec, level) in [(1, 5), (2, 9), (3, 5), (4, 5), (5, 5), (1, 0)] {
            let client_data = [2, 2, element_size, length, level, shuffle, codec];
            write_record(out, &Blosc, &client_data, element_size, content)?;
            if codec != 3 {
                let client_data = [1, 0, element_size, length, level, shuffle, codec];
                write_record(out, &Blosc2, &client_data, element_size, content)?;
            }
        }
    }
    Ok(())
}

fn write_record(
    out: &mut impl Write,
    filter: &dyn Filter,
    client_data: &[u32],
    element_size: u32,
    content: &[u8],
) -> io::Result<()> {
    let mut chunk = Vec::new();
    let context = FilterContext { client_data, max_output_bytes: content.len() };
    filter.encode(context, content, &mut chunk).map_err(io::Error::other)?;
    let count = u32::try_from(client_data.len()).map_err(io::Error::other)?;
    for number in [u32::from(filter.id()), count].iter().chain(client_data).chain([&element_size]) {
        out.write_all(&number.to_le_bytes())?;
    }
    for blob in [content, &chunk] {
        out.write_all(&u32::try_from(blob.len()).map_err(io::Error::other)?.to_le_bytes())?;
        out.write_all(blob)?;
    }
    Ok(())
}

/// A slow rise in each element's lowest bytes, or noise.
fn content(element_size: u32, elements: u32, noisy: bool) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut bytes = Vec::new();
    for i in 0..elements {
        for j in 0..element_size {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let rising =
                i.wrapping_mul(3).wrapping_add(state >> 30).checked_shr(j.wrapping_mul(8)).unwrap_or(0);
            let [low, ..] = if noisy { state >> 13 } else { rising }.to_le_bytes();
            bytes.push(low);
        }
    }
    bytes
}
