//! A look at every byte of a file, for the beginnings of structures.

use std::collections::HashMap;
use std::ops::Range;

use h5_types::{Address, Error, Result};

use crate::Storage;

/// Where structures may begin, by their signatures; addresses ascend. What is there is for others to find out.
#[derive(Debug, Default)]
pub(super) struct Scan {
    /// Object headers of version 2 (`OHDR`).
    pub(super) headers: Vec<Address>,
    /// What may be object headers of version 1, which have no signature.
    pub(super) old_headers: Vec<Address>,
    /// Symbol table nodes (`SNOD`).
    pub(super) symbol_nodes: Vec<Address>,
    /// Local heaps (`HEAP`).
    pub(super) local_heaps: Vec<Address>,
    /// Blocks where links may be: headers of version 2, whole or not, their continuation blocks (`OCHK`), direct blocks of fractal heaps
    /// (`FHDB`).
    pub(super) link_blocks: Vec<Address>,
    /// Nodes of version 1 B-trees of chunks (`TREE`, type 1).
    pub(super) chunk_trees: Vec<Address>,
    /// Nodes of version 2 B-trees of chunks (`BTLF` and `BTIN`, types 10 and 11).
    pub(super) chunk_leaves: Vec<Address>,
    /// Data blocks of extensible and fixed arrays (`EADB`, `FADB`), by the header that they say they belong to.
    pub(super) data_blocks: HashMap<u64, Vec<Address>>,
    /// Whether there were more of a kind than are kept.
    pub(super) incomplete: bool,
}

/// Bytes that are looked at together, and those of the next piece that a beginning may reach into.
const PIECE_BYTES: usize = 1 << 20;
const OVERLAP_BYTES: usize = 32;
/// Beginnings of one kind that are kept.
const LARGEST_COUNT: usize = 1 << 20;

impl Scan {
    /// Looks at a file from its base address to its end.
    ///
    /// # Errors
    /// `Io`.
    pub(super) fn of(storage: &Storage) -> Result<Self> {
        let mut scan = Self::default();
        let end = storage.length();
        let offset_bytes = usize::from(storage.sizes().offsets);
        let mut piece = Vec::new();
        let mut start = 0_u64;
        while start < end {
            let left = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX);
            piece.resize(left.min(PIECE_BYTES.saturating_add(OVERLAP_BYTES)), 0);
            storage.read_raw(Address(start), &mut piece)?;
            for at in 0..left.min(PIECE_BYTES) {
                let (Some(bytes), Ok(offset)) = (piece.get(at..), u64::try_from(at)) else { break };
                scan.look(bytes, Address(start.saturating_add(offset)), offset_bytes);
            }
            start = start.saturating_add(u64::try_from(PIECE_BYTES).unwrap_or(u64::MAX));
        }
        Ok(scan)
    }

    /// Takes note of what may begin with these bytes.
    fn look(&mut self, bytes: &[u8], address: Address, offset_bytes: usize) {
        let kind = match bytes {
            [b'O', b'H', b'D', b'R', 2, ..] => {
                keep(&mut self.link_blocks, address, &mut self.incomplete);
                &mut self.headers
            }
            [b'S', b'N', b'O', b'D', 1, ..] => &mut self.symbol_nodes,
            [b'H', b'E', b'A', b'P', 0, ..] => &mut self.local_heaps,
            [b'F', b'H', b'D', b'B', 0, ..] | [b'O', b'C', b'H', b'K', ..] => &mut self.link_blocks,
            [b'T', b'R', b'E', b'E', 1, ..] => &mut self.chunk_trees,
            [b'B', b'T', b'L' | b'I', b'F' | b'N', 0, 10 | 11, ..] => &mut self.chunk_leaves,
            [b'E' | b'F', b'A', b'D', b'B', 0, _, owner @ ..] => {
                let owner = owner.get(..offset_bytes).unwrap_or_default();
                let owner = owner.iter().rev().fold(0, |owner: u64, &byte| owner << 8 | u64::from(byte));
                self.data_blocks.entry(owner).or_default()
            }
            [1, 0, ..] if may_be_old_header(bytes) => &mut self.old_headers,
            _ => return,
        };
        keep(kind, address, &mut self.incomplete);
    }

    /// Leaves out what lies in ranges of raw data, which may hold anything; they are sorted and do not overlap.
    pub(super) fn forget(&mut self, raw: &[Range<u64>]) {
        let is_outside = |address: &Address| {
            let before = raw.partition_point(|range| range.start <= address.0);
            let range = before.checked_sub(1).and_then(|last| raw.get(last));
            !range.is_some_and(|range| range.contains(&address.0))
        };
        for kind in [
            &mut self.headers,
            &mut self.old_headers,
            &mut self.symbol_nodes,
            &mut self.local_heaps,
            &mut self.link_blocks,
            &mut self.chunk_trees,
            &mut self.chunk_leaves,
        ] {
            kind.retain(is_outside);
        }
        self.data_blocks.values_mut().for_each(|blocks| blocks.retain(is_outside));
    }
}

fn keep(kind: &mut Vec<Address>, address: Address, incomplete: &mut bool) {
    if kind.len() < LARGEST_COUNT {
        kind.push(address);
    } else {
        *incomplete = true;
    }
}

/// True if bytes can be the beginning of an object header of version 1 (IV.A.1.a) with at least one message, by all that it must be: the
/// reserved and padding bytes zero, counts and sizes that go together, and a first message of a type that exists.
fn may_be_old_header(bytes: &[u8]) -> bool {
    let Some(&[1, 0, m0, m1, r0, r1, r2, r3, s0, s1, s2, s3, 0, 0, 0, 0, t0, 0, b0, b1, flags, 0, 0, 0]) =
        bytes.first_chunk::<24>()
    else {
        return false;
    };
    let messages = u16::from_le_bytes([m0, m1]);
    let links = u32::from_le_bytes([r0, r1, r2, r3]);
    let size = u32::from_le_bytes([s0, s1, s2, s3]);
    let body = u32::from(u16::from_le_bytes([b0, b1]));
    let fits = body.saturating_add(8) <= size && size.is_multiple_of(8) && body.is_multiple_of(8);
    (1..=LARGEST_MESSAGE_COUNT).contains(&messages)
        && (1..=LARGEST_LINK_COUNT).contains(&links)
        && size <= LARGEST_HEADER_BYTES
        && fits
        && t0 <= LARGEST_MESSAGE_TYPE
        && flags <= LARGEST_FLAGS
}

const LARGEST_MESSAGE_COUNT: u16 = 16 << 10;
const LARGEST_LINK_COUNT: u32 = 1 << 20;
const LARGEST_HEADER_BYTES: u32 = 1 << 20;
const LARGEST_MESSAGE_TYPE: u8 = 0x17;
/// Constant and shared; no older library knows more.
const LARGEST_FLAGS: u8 = 7;

/// The bytes of a range that lie within the file.
///
/// # Errors
/// `Io`, `Limit`.
pub(super) fn bytes_at(storage: &Storage, address: Address, length: u64) -> Result<Vec<u8>> {
    let end = storage.length();
    let length = length.min(end.saturating_sub(address.0));
    let size = usize::try_from(length).map_err(|_| Error::limit("a block of more bytes than memory"))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).map_err(|_| Error::limit(format!("no memory for {size} bytes")))?;
    bytes.resize(size, 0);
    storage.read_raw(address, &mut bytes)?;
    Ok(bytes)
}
