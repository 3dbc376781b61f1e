//! Loops between 16-bit floats and binary32, which the 256-bit engine would be slow at.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "the branches bound each operand, and only bits that are zero are cut off"
)]

use super::layout::{FloatLayout, Layout};
use super::native::Kernel;
use crate::{ByteOrder, FloatType, Result};

/// The loop between two layouts in any byte order, if one of them is a 16-bit float and the other binary32.
pub(crate) fn kernel(source: &Layout, target: &Layout) -> Result<Option<Kernel>> {
    if source.word().order == ByteOrder::Vax || target.word().order == ByteOrder::Vax {
        return Ok(None);
    }
    let little = |layout: &Layout| layout.with_order(ByteOrder::Little);
    let layout = |t: FloatType| FloatLayout::new(&t).map(Layout::Float);
    let half = layout(FloatType::f16(ByteOrder::Little))?;
    let brain = layout(FloatType::bf16(ByteOrder::Little))?;
    let single = layout(FloatType::f32(ByteOrder::Little))?;
    let (from, to) = (little(source), little(target));
    Ok(if from == half && to == single {
        Some(|source, target| widen(source, target, half_to_single))
    } else if from == brain && to == single {
        Some(|source, target| widen(source, target, brain_to_single))
    } else if from == single && to == half {
        Some(|source, target| narrow(source, target, single_to_half))
    } else if from == single && to == brain {
        Some(|source, target| narrow(source, target, single_to_brain))
    } else {
        None
    })
}

fn widen(source: &[u8], target: &mut [u8], convert: impl Fn(u16) -> u32) {
    for (from, to) in source.as_chunks::<2>().0.iter().zip(target.as_chunks_mut::<4>().0) {
        *to = convert(u16::from_le_bytes(*from)).to_le_bytes();
    }
}

fn narrow(source: &[u8], target: &mut [u8], convert: impl Fn(u32) -> u16) {
    for (from, to) in source.as_chunks::<4>().0.iter().zip(target.as_chunks_mut::<2>().0) {
        *to = convert(u32::from_le_bytes(*from)).to_le_bytes();
    }
}

fn half_to_single(half: u16) -> u32 {
    let sign = u32::from(half & 0x8000) << 16;
    let magnitude = u32::from(half & 0x7fff) << 13;
    let bits = if magnitude < 0x7c00 << 13 {
        // Exact: the factor 2^112 makes up for the difference of the biases, for subnormal numbers too.
        (f32::from_bits(magnitude) * f32::from_bits(0x7780_0000)).to_bits()
    } else if magnitude == 0x7c00 << 13 {
        0x7f80_0000
    } else {
        0x7fc0_0000 | magnitude
    };
    sign | bits
}

fn brain_to_single(brain: u16) -> u32 {
    let bits = u32::from(brain) << 16;
    if bits & 0x7fff_ffff > 0x7f80_0000 { bits | 0x0040_0000 } else { bits }
}

fn single_to_half(single: u32) -> u16 {
    let sign = (single >> 16) & 0x8000;
    let magnitude = single & 0x7fff_ffff;
    let bits = if magnitude > 0x7f80_0000 {
        0x7e00 | ((magnitude >> 13) & 0x01ff)
    } else if magnitude >= 0x4780_0000 {
        0x7c00
    } else if magnitude < 0x3880_0000 {
        // Below 2^-14: adding 0.5 rounds to the units of a subnormal half, 2^-24.
        (f32::from_bits(magnitude) + 0.5).to_bits() - 0x3f00_0000
    } else {
        // A carry may run into the exponent, up to infinity, which is right.
        (magnitude - 0x3800_0000 + 0x0fff + ((magnitude >> 13) & 1)) >> 13
    };
    (sign | bits) as u16
}

fn single_to_brain(single: u32) -> u16 {
    let magnitude = single & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return (single >> 16) as u16 | 0x0040;
    }
    let rounded = (magnitude + 0x7fff + ((magnitude >> 16) & 1)) >> 16;
    ((single >> 16) & 0x8000 | rounded) as u16
}
