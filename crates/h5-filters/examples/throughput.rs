//! Measures each filter on 512 KiB of smooth numbers: gigabytes of decoded data per second.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use h5_filters::{FilterContext, Registry};

fn main() -> Result<(), Box<dyn Error>> {
    let words = smooth(1 << 18).flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
    let doubles =
        smooth(1 << 16).flat_map(|value| (f64::from(value) / 8.0).to_le_bytes()).collect::<Vec<u8>>();
    let packed = smooth(1 << 18).flat_map(|value| (value & 0x3FF).to_le_bytes()).collect::<Vec<u8>>();
    measure("deflate 4, u16", 1, &[4], &words)?;
    for size in [2, 4, 8, 16, 3, 6, 12, 24, 40] {
        measure(&format!("shuffle {size}"), 2, &[size], &doubles)?;
    }
    measure("fletcher32", 3, &[], &words)?;
    measure("szip nn 32, u16", 4, &[32 | 128, 32, 16, 1024], &words)?;
    measure("szip nn 32, f64", 4, &[32 | 128, 32, 64, 1024], &doubles)?;
    measure("nbit 10 of 16", 5, &[8, 0, 1 << 18, 1, 2, 0, 10, 0], &packed)?;
    measure("scaleoffset u16", 6, &[2, 0, 1 << 18, 0, 2, 0, 0, 0], &packed)?;
    measure("scaleoffset f64 D3", 6, &[0, 3, 1 << 16, 1, 8, 0, 0, 0], &doubles)?;
    measure("lzf, u16", 32000, &[], &words)
}

/// A slow walk: what detectors and sensors give.
fn smooth(count: u32) -> impl Iterator<Item = u16> {
    let mut state = 1_u32;
    let mut value = 9_000_u16;
    (0..count).map(move |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, _, _, step] = state.to_le_bytes();
        value = value.wrapping_add(u16::from(step % 7)).wrapping_sub(3);
        value
    })
}

fn measure(name: &str, id: u16, client_data: &[u32], data: &[u8]) -> Result<(), Box<dyn Error>> {
    let registry = Registry::standard();
    let filter = registry.get(id).ok_or("no such filter")?;
    let (mut encoded, mut decoded) = (Vec::new(), vec![0; data.len()]);
    let context = FilterContext { client_data, max_output_bytes: usize::MAX };
    let encode = best(|| Ok(filter.encode(context, black_box(data), &mut encoded)?))?;
    let decode = best(|| {
        filter.decode_into(context, black_box(&encoded), &mut decoded).map(drop).map_err(Into::into)
    })?;
    let rate = |time: Duration| data.len() as f64 / time.as_secs_f64() / 1e9;
    let ratio = data.len() as f64 / encoded.len() as f64;
    println!(
        "{name:20} encode {:7.3} GB/s  decode {:7.3} GB/s  ratio {ratio:.2}",
        rate(encode),
        rate(decode)
    );
    Ok(())
}

/// The shortest of several runs, which other work on the machine disturbs least.
fn best(mut run: impl FnMut() -> Result<(), Box<dyn Error>>) -> Result<Duration, Box<dyn Error>> {
    let mut shortest = Duration::MAX;
    for _ in 0..200 {
        let start = Instant::now();
        run()?;
        shortest = shortest.min(start.elapsed());
    }
    Ok(shortest)
}
