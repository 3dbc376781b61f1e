//! Local heap header: HDF5 File Format Specification 4.0, III.D. Reads version 0.
//!
//! ```text
//! byte 0 "HEAP"   4 version (0)   5 reserved (3)   8 data segment size (L)
//!        offset to head of free-list (L)   address of data segment (O)
//! ```
//! An empty free-list has the offset 1, as the library writes it, or the undefined address, as the specification says.

use h5_types::Address;

use crate::{Reader, Result, Sizes};

/// Where the names of a group with a symbol table are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalHeap {
    /// Bytes of the data segment.
    pub data_segment_bytes: u64,
    /// First free block in the data segment; `None` if there is none.
    pub free_list_head_offset: Option<u64>,
    /// The data segment.
    pub data_segment_address: Address,
}

impl LocalHeap {
    /// Bytes of the header.
    pub fn bytes(sizes: Sizes) -> u64 {
        u64::from(sizes.lengths).saturating_mul(2).saturating_add(u64::from(sizes.offsets)).saturating_add(8)
    }

    /// Reads a header.
    ///
    /// # Errors
    /// Wrong signature or version, an undefined data segment, or too few bytes.
    pub fn decode(bytes: &[u8], sizes: Sizes) -> Result<Self> {
        let mut reader = Reader::new(bytes, "local heap", "III.D");
        reader.signature(b"HEAP")?;
        reader.version(0..=0, "0")?;
        reader.skip(3)?;
        Ok(Self {
            data_segment_bytes: reader.length(sizes)?,
            free_list_head_offset: reader.optional_length(sizes)?.filter(|&offset| offset != 1),
            data_segment_address: reader.defined_address(sizes, "data_segment_address")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decode_header() {
        let mut bytes = b"HEAP\0\0\0\0".to_vec();
        for word in [88_u64, 1, 0x2a8] {
            bytes.extend(word.to_le_bytes());
        }
        let sizes = Sizes { offsets: 8, lengths: 8 };
        let heap = LocalHeap::decode(&bytes, sizes).unwrap();
        assert_eq!(LocalHeap::bytes(sizes), bytes.len() as u64);
        assert_eq!((heap.data_segment_bytes, heap.free_list_head_offset), (88, None));
        assert_eq!(heap.data_segment_address, Address(0x2a8));
        for end in 0..bytes.len() {
            assert!(LocalHeap::decode(&bytes[..end], sizes).is_err(), "{end}");
        }
        bytes[24..32].fill(0xff);
        assert!(LocalHeap::decode(&bytes, sizes).is_err());
    }
}
