//! What a selection picks along one dimension.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "the constructor checks that the last selected coordinate plus one fits; all results lie below it"
)]

use crate::{Error, HyperslabDimension, Result};

/// Blocks of `block` coordinates, `stride` apart, the last one cut at `end`. Not empty.
///
/// Invariants: `block >= 1`, `stride >= block`, and the last block begins before `end` and does not end before it. Blocks
/// that touch are one block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pattern {
    start: u64,
    stride: u64,
    block: u64,
    end: u64,
}

impl Pattern {
    /// All coordinates from `start` up to `end`, which is not included; `None` if there are none.
    pub(super) fn contiguous(start: u64, end: u64) -> Option<Self> {
        let block = end.checked_sub(start).filter(|&block| block > 0)?;
        Some(Self { start, stride: block, block, end })
    }

    /// One dimension of a hyperslab in an extent; `None` if it selects nothing.
    ///
    /// # Errors
    /// `Usage` if blocks overlap or a limited hyperslab leaves the extent.
    pub(super) fn of_hyperslab(dimension: &HyperslabDimension, extent: u64) -> Result<Option<Self>> {
        let HyperslabDimension { start, stride, count, block } = *dimension;
        let Some(block) = block else {
            return if count.is_none_or(|count| count == 1) {
                Ok(Self::contiguous(start, extent))
            } else {
                Err(Error::usage("an unlimited block must be the only one of its dimension"))
            };
        };
        if block == 0 || count == Some(0) {
            return Ok(None);
        }
        if count != Some(1) && stride < block {
            return Err(Error::usage(format!("blocks of {block} elements overlap at a stride of {stride}")));
        }
        let end = match count {
            None if start >= extent => return Ok(None),
            None => {
                let last = start + (extent - 1 - start) / stride * stride;
                last.saturating_add(block).min(extent)
            }
            Some(count) => (count - 1)
                .checked_mul(stride)
                .and_then(|last| last.checked_add(start)?.checked_add(block))
                .filter(|&end| end <= extent)
                .ok_or_else(|| {
                    Error::usage(format!(
                        "{count} blocks of {block} elements, {stride} apart, from {start} leave the extent of {extent}"
                    ))
                })?,
        };
        let one_block = end - start <= block;
        Ok(if one_block || stride == block {
            Self::contiguous(start, end)
        } else {
            Some(Self { start, stride, block, end })
        })
    }

    /// First selected coordinate.
    pub(super) fn start(&self) -> u64 {
        self.start
    }

    /// The coordinate after the last selected one.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// Distance between the first coordinates of two blocks.
    pub(super) fn stride(&self) -> u64 {
        self.stride
    }

    /// Coordinates of a whole block.
    pub(super) fn block(&self) -> u64 {
        self.block
    }

    /// Number of selected coordinates.
    pub(super) fn count(&self) -> u64 {
        let blocks_before = (self.end - 1 - self.start) / self.stride;
        blocks_before * self.block + (self.end - self.start - blocks_before * self.stride)
    }

    /// Number of selected coordinates below `x`.
    pub(super) fn count_before(&self, x: u64) -> u64 {
        if x <= self.start {
            0
        } else if x >= self.end {
            self.count()
        } else {
            let offset = x - self.start;
            offset / self.stride * self.block + (offset % self.stride).min(self.block)
        }
    }

    /// First selected coordinate from `x` on.
    pub(super) fn next(&self, x: u64) -> Option<u64> {
        if x <= self.start {
            return Some(self.start);
        }
        if x >= self.end {
            return None;
        }
        let offset = x - self.start;
        if offset % self.stride < self.block {
            return Some(x);
        }
        // Not the last block, as `x` lies between a block and `end`.
        Some(self.start + (offset / self.stride + 1) * self.stride)
    }

    /// The coordinate after the block that the selected coordinate `x` is in.
    pub(super) fn block_end(&self, x: u64) -> u64 {
        let block_start = self.block_start(x);
        block_start.saturating_add(self.block).min(self.end)
    }

    /// First coordinate of the block that the selected coordinate `x` is in.
    pub(super) fn block_start(&self, x: u64) -> u64 {
        self.start + (x - self.start) / self.stride * self.stride
    }
}
