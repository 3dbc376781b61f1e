use super::SECTION;
use crate::{Fault, FormatError, Result};

/// The doubling table of a fractal heap: which block of which row holds an offset of the heap's address space.
///
/// The blocks of rows 0 and 1 have the starting block size, those of every further row twice the size of the row before. Blocks
/// up to the maximum direct block size are direct; the larger ones are indirect blocks, doubling tables of their own.
///
/// The specification computes the rows of an indirect block without the table's width; files show (and the sizes only add up if)
/// the block's size is divided by that of the whole first row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoublingTable {
    /// Blocks in a row.
    pub table_width: u16,
    /// log2 of the size of blocks in the first row.
    starting_bits: u32,
    /// log2 of the size of the largest direct block.
    direct_bits: u32,
    /// log2 of the size of the whole first row.
    first_row_bits: u32,
    /// log2 of the heap's address space.
    heap_bits: u32,
}

/// An entry of an indirect block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockPlace {
    /// Row of the entry.
    pub row: u32,
    /// Number of the entry in the indirect block.
    pub entry: usize,
    /// Offset of the entry's block from the start of the indirect block, in the heap's address space.
    pub offset: u64,
    /// Bytes of the heap's address space in the entry's block.
    pub block_bytes: u64,
}

impl DoublingTable {
    /// Checks the parameters in a header.
    ///
    /// # Errors
    /// A number that must be a power of two is none, or the sizes do not go together.
    pub fn new(
        table_width: u16,
        starting_block_size: u64,
        maximum_direct_block_size: u64,
        heap_bits: u16,
    ) -> Result<Self> {
        let value = |field, found, expected| {
            FormatError::new("fractal heap header", SECTION, Fault::Value { field, found, expected })
        };
        let power = |field, found: u64| {
            if found.is_power_of_two() {
                Ok(found.trailing_zeros())
            } else {
                Err(value(field, found, "a power of two"))
            }
        };
        let width_bits = power("table_width", u64::from(table_width))?;
        let starting_bits = power("starting_block_size", starting_block_size)?;
        let direct_bits = power("maximum_direct_block_size", maximum_direct_block_size)?;
        if direct_bits < starting_bits {
            let expected = "at least the starting block size";
            return Err(value("maximum_direct_block_size", maximum_direct_block_size, expected));
        }
        let first_row_bits = starting_bits.saturating_add(width_bits);
        let heap_bits = u32::from(heap_bits);
        if heap_bits > 64 || heap_bits < first_row_bits {
            let expected = "64 at most, and at least the bits of the first row";
            return Err(value("maximum_heap_size", u64::from(heap_bits), expected));
        }
        Ok(Self { table_width, starting_bits, direct_bits, first_row_bits, heap_bits })
    }

    /// Rows of direct blocks that an indirect block can have.
    pub fn max_direct_rows(&self) -> u32 {
        self.direct_bits.saturating_sub(self.starting_bits).saturating_add(2)
    }

    /// Rows that the root indirect block can have.
    pub fn max_rows(&self) -> u32 {
        self.heap_bits.saturating_sub(self.first_row_bits).saturating_add(1)
    }

    /// Bytes of each block in a row; `None` for a row that no heap has.
    pub fn block_bytes(&self, row: u32) -> Option<u64> {
        1_u64.checked_shl(self.starting_bits.checked_add(row.saturating_sub(1))?)
    }

    /// Bytes of each block in the first row.
    pub fn starting_block_bytes(&self) -> u64 {
        // Not more than 63 bits, for the size was a power of two in 64 bits.
        1_u64.checked_shl(self.starting_bits).unwrap_or(u64::MAX)
    }

    /// Rows of the indirect block that is an entry of `row`; `None` if entries of that row are direct blocks.
    pub fn rows_below(&self, row: u32) -> Option<u32> {
        if row < self.max_direct_rows() {
            return None;
        }
        let block_bits = self.starting_bits.checked_add(row)?.checked_sub(1)?;
        block_bits.checked_sub(self.first_row_bits)?.checked_add(1)
    }

    /// The entry of an indirect block that holds the byte `offset` from the block's start; `None` past the address space.
    pub fn locate(&self, offset: u64) -> Option<BlockPlace> {
        let row = match offset.checked_ilog2() {
            Some(bits) if bits >= self.first_row_bits => {
                bits.checked_sub(self.first_row_bits)?.checked_add(1)?
            }
            _ => 0,
        };
        let block_bytes = self.block_bytes(row)?;
        let row_offset = if row == 0 {
            0
        } else {
            1_u64.checked_shl(self.first_row_bits.checked_add(row)?.checked_sub(1)?)?
        };
        let column = offset.checked_sub(row_offset)?.checked_div(block_bytes)?;
        let width = usize::from(self.table_width);
        let entry =
            usize::try_from(row).ok()?.checked_mul(width)?.checked_add(usize::try_from(column).ok()?)?;
        let offset = row_offset.checked_add(column.checked_mul(block_bytes)?)?;
        Some(BlockPlace { row, entry, offset, block_bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locate_equals_a_walk_over_all_blocks() {
        let table = DoublingTable::new(4, 512, 2048, 32).unwrap();
        assert_eq!(table.max_direct_rows(), 4);
        let mut start = 0;
        for row in 0..10_u32 {
            let block_bytes = table.block_bytes(row).unwrap();
            assert_eq!(block_bytes, 512 << row.saturating_sub(1));
            for column in 0..4 {
                let entry = row as usize * 4 + column;
                let place = BlockPlace { row, entry, offset: start, block_bytes };
                assert_eq!(table.locate(start), Some(place));
                assert_eq!(table.locate(start + block_bytes - 1), Some(place));
                start += block_bytes;
            }
        }
    }

    #[test]
    fn rows_of_an_indirect_block_hold_exactly_its_size() {
        let table = DoublingTable::new(4, 512, 2048, 32).unwrap();
        assert_eq!(table.rows_below(3), None);
        for row in 4..12 {
            let rows = table.rows_below(row).unwrap();
            let inside: u64 = (0..rows).map(|row| 4 * table.block_bytes(row).unwrap()).sum();
            assert_eq!(inside, table.block_bytes(row).unwrap());
        }
    }

    #[test]
    fn bad_parameters_are_errors() {
        assert!(DoublingTable::new(3, 512, 2048, 32).is_err());
        assert!(DoublingTable::new(4, 0, 2048, 32).is_err());
        assert!(DoublingTable::new(4, 512, 256, 32).is_err());
        assert!(DoublingTable::new(4, 512, 2048, 65).is_err());
        assert!(DoublingTable::new(4, 512, 2048, 10).is_err());
    }

    #[test]
    fn offsets_at_the_end_of_the_largest_heap_do_not_overflow() {
        let table = DoublingTable::new(1, 1, 1 << 40, 64).unwrap();
        assert_eq!(table.locate(u64::MAX).unwrap().row, 64);
        assert!(table.block_bytes(66).is_none());
    }
}
