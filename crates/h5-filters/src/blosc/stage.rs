//! The filters inside a blosc chunk, which work on one block at a time.

use super::header::{BIT_SHUFFLE, BYTE_SHUFFLE, ChunkHeader, DELTA};
use crate::FilterError;
use crate::bit_transpose::bit_untranspose;
use crate::byte_transpose::unshuffle;

/// One filter to undo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    ByteShuffle {
        element_size: usize,
    },
    BitShuffle {
        element_size: usize,
        whole_or_nothing: bool,
    },
    /// Exclusive or with the chunk's first block; in that, with the element before.
    Delta {
        element_size: usize,
    },
    /// Differences between neighbours in each of `element_size` streams of bytes.
    ByteDelta {
        element_size: usize,
    },
}

impl Stage {
    /// The filters of a chunk in the order in which they are to be undone, without those that need nothing undone.
    pub(super) fn of_chunk(header: &ChunkHeader) -> Result<Vec<Self>, FilterError> {
        let element_size = header.type_size;
        let Some(extension) = header.extension else {
            return Self::of_blosc1(header);
        };
        let mut stages = Vec::new();
        for (code, meta) in extension.filters.into_iter().rev() {
            // The byte filters may state an element size of their own.
            let own_size = if meta == 0 { element_size } else { usize::from(meta) };
            match code {
                // Precision that was cut, of floats or of integers, does not come back.
                0 | 4 | 36 => {}
                1 => stages.push(Self::ByteShuffle { element_size: own_size }),
                2 => stages.push(Self::BitShuffle { element_size, whole_or_nothing: header.version < 3 }),
                3 => stages.push(Self::Delta { element_size }),
                35 => stages.push(Self::ByteDelta { element_size: own_size }),
                other => return Err(FilterError::Unsupported(format!("blosc2 filter {other}"))),
            }
        }
        stages.retain(|stage| *stage != Self::ByteShuffle { element_size: 1 });
        let last = stages.len().saturating_sub(1);
        if stages.iter().take(last).any(|stage| matches!(stage, Self::Delta { .. })) {
            // It would need the first block as it is between two filters, which not even blosc2 keeps.
            return Err(FilterError::Unsupported("blosc2 delta filter after another filter".into()));
        }
        Ok(stages)
    }

    fn of_blosc1(header: &ChunkHeader) -> Result<Vec<Self>, FilterError> {
        let element_size = header.type_size;
        if header.flags & DELTA != 0 {
            return Err(FilterError::Unsupported("delta flag in a blosc 1 chunk".into()));
        }
        Ok(if header.flags & BYTE_SHUFFLE != 0 && element_size > 1 {
            vec![Self::ByteShuffle { element_size }]
        } else if header.flags & BIT_SHUFFLE != 0 {
            vec![Self::BitShuffle { element_size, whole_or_nothing: header.version < 3 }]
        } else {
            Vec::new()
        })
    }

    /// Undoes this filter. `first_block` is the chunk's first block, decoded; `None` if this is it.
    pub(super) fn undo(self, input: &[u8], output: &mut [u8], first_block: Option<&[u8]>) {
        match self {
            Self::ByteShuffle { element_size } => unshuffle(input, output, element_size),
            Self::BitShuffle { element_size, whole_or_nothing } => {
                let done = bit_shuffled_bytes(input.len(), element_size, whole_or_nothing);
                let (bits, rest) = input.split_at(done);
                let (elements, rest_output) = output.split_at_mut(done);
                bit_untranspose(bits, elements, element_size);
                rest_output.copy_from_slice(rest);
            }
            Self::Delta { element_size } => undo_delta(input, output, first_block, element_size),
            Self::ByteDelta { element_size } => undo_byte_delta(input, output, element_size),
        }
    }
}

/// How many bytes of a block the bit shuffle covers; the rest is copied. It takes eight elements at a time; blosc 1 leaves
/// a block alone if its elements are not a multiple of that.
pub(super) fn bit_shuffled_bytes(block: usize, element_size: usize, whole_or_nothing: bool) -> usize {
    let elements = block.checked_div(element_size).unwrap_or(0);
    match elements % 8 {
        0 => elements.saturating_mul(element_size),
        _ if whole_or_nothing => 0,
        odd => elements.saturating_sub(odd).saturating_mul(element_size),
    }
}

fn undo_delta(input: &[u8], output: &mut [u8], first_block: Option<&[u8]>, element_size: usize) {
    if let Some(first_block) = first_block {
        for ((to, from), reference) in output.iter_mut().zip(input).zip(first_block) {
            *to = from ^ reference;
        }
        return;
    }
    output.copy_from_slice(input);
    // Elements of 1, 2, 4 and 8 bytes are taken whole; of others, the largest of these that divides them.
    let step = match element_size {
        1 | 2 | 4 | 8 => element_size,
        other if other % 8 == 0 => 8,
        _ => 1,
    };
    for i in step..output.len() {
        if let (Some(before), Some(byte)) = (output.get(i.saturating_sub(step)).copied(), output.get_mut(i)) {
            *byte ^= before;
        }
    }
}

fn undo_byte_delta(input: &[u8], output: &mut [u8], element_size: usize) {
    output.copy_from_slice(input);
    let stream = output.len().checked_div(element_size).unwrap_or(0).max(1);
    for bytes in output.chunks_exact_mut(stream).take(element_size) {
        let mut sum = 0_u8;
        for byte in bytes {
            sum = sum.wrapping_add(*byte);
            *byte = sum;
        }
    }
}
