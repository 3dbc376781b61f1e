//! A chunk as an array of blocks of four values along each axis, the blocks in C order.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "element counts and offsets in an array whose size in bytes fits the address space"
)]
#![expect(
    clippy::indexing_slicing,
    reason = "offsets are below the array's length, places in a block below N"
)]

use crate::FilterError;

use super::bit_stream::{BitReader, BitWriter};
use super::mode::BlockParameters;
use super::scalar::Scalar;

/// Shape of the array of values behind a byte slice, the fastest axis first.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) sizes: [usize; 4],
    pub(super) is_big_endian: bool,
}

/// Decodes all blocks of `D` dimensions into `bytes`, which must have the length that `shape` tells.
pub(super) fn decode<T: Scalar, const D: usize, const N: usize>(
    input: &[u8],
    parameters: &BlockParameters,
    shape: Shape,
    bytes: &mut [u8],
) -> Result<(), FilterError> {
    let mut reader = BitReader::new(input);
    for_blocks(shape.sizes, |origin| {
        let block = T::decode_block::<D, N>(&mut reader, parameters);
        if reader.is_past_end() {
            return Err(FilterError::Corrupt(format!(
                "zfp data end within the block at {origin:?} of {:?}",
                shape.sizes
            )));
        }
        let block: [T; N] = block?;
        for_rows(shape.sizes, origin, |place, offset, count| {
            let target = &mut bytes[offset * T::SIZE_BYTES..][..count * T::SIZE_BYTES];
            for (value, bytes) in block[place..].iter().zip(target.chunks_exact_mut(T::SIZE_BYTES)) {
                value.store(bytes, shape.is_big_endian);
            }
        });
        Ok(())
    })
}

/// Encodes all blocks of `D` dimensions of `bytes`, which must have the length that `shape` tells.
pub(super) fn encode<T: Scalar, const D: usize, const N: usize>(
    bytes: &[u8],
    parameters: &BlockParameters,
    shape: Shape,
    max_output_bytes: usize,
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let too_long = FilterError::TooLong { limit_bytes: max_output_bytes };
    let mut writer = BitWriter::new(output);
    for_blocks(shape.sizes, |origin| {
        let mut block = [T::default(); N];
        for_rows(shape.sizes, origin, |place, offset, count| {
            let source = &bytes[offset * T::SIZE_BYTES..][..count * T::SIZE_BYTES];
            for (value, bytes) in block[place..].iter_mut().zip(source.chunks_exact(T::SIZE_BYTES)) {
                *value = T::load(bytes, shape.is_big_endian);
            }
        });
        pad_partial::<T, D, N>(&mut block, extents(shape.sizes, origin));
        T::encode_block::<D, N>(&mut writer, parameters, block)?;
        if writer.len_bytes() > max_output_bytes { Err(too_long.clone()) } else { Ok(()) }
    })?;
    writer.finish();
    if output.len() > max_output_bytes { Err(too_long) } else { Ok(()) }
}

/// Visits the first element of each block, the fastest axis first.
fn for_blocks(
    sizes: [usize; 4],
    mut visit: impl FnMut([usize; 4]) -> Result<(), FilterError>,
) -> Result<(), FilterError> {
    for l in (0..sizes[3]).step_by(4) {
        for k in (0..sizes[2]).step_by(4) {
            for j in (0..sizes[1]).step_by(4) {
                for i in (0..sizes[0]).step_by(4) {
                    visit([i, j, k, l])?;
                }
            }
        }
    }
    Ok(())
}

/// Visits the rows of a block that lie in the array: place in the block, offset in the array, number of elements.
#[inline]
fn for_rows(sizes: [usize; 4], origin: [usize; 4], mut visit: impl FnMut(usize, usize, usize)) {
    let [nx, ny, nz, nw] = extents(sizes, origin);
    for w in 0..nw {
        for z in 0..nz {
            for y in 0..ny {
                let row = ((origin[3] + w) * sizes[2] + origin[2] + z) * sizes[1] + origin[1] + y;
                visit(4 * y + 16 * z + 64 * w, row * sizes[0] + origin[0], nx);
            }
        }
    }
}

/// How many elements of a block lie in the array, along each axis.
fn extents(sizes: [usize; 4], origin: [usize; 4]) -> [usize; 4] {
    [0, 1, 2, 3].map(|axis| (sizes[axis] - origin[axis]).min(4))
}

/// Fills the part of a block outside of the array, so that it costs few bits: along each line the last element is
/// repeated, and the fourth one, if missing, repeats the first. This is what zfp 1.0.1 is seen to do; readers do not
/// depend on it.
fn pad_partial<T: Scalar, const D: usize, const N: usize>(block: &mut [T; N], extents: [usize; 4]) {
    for (axis, &count) in extents.iter().enumerate().take(D) {
        let stride = 1 << (2 * axis);
        for place in (0..N).filter(|place| place / stride % 4 == 0) {
            for step in count..4 {
                let source = if step == 3 { 0 } else { step - 1 };
                block[place + step * stride] = block[place + source * stride];
            }
        }
    }
}
