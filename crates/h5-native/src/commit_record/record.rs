use std::ops::Range;

use h5_format::lookup3;

/// The record of a commit: the stable blocks that it replaces, as they were and as they are to be.
///
/// Layout, little-endian:
///
/// | bytes | what |
/// |---|---|
/// | 4 | `H5J1` |
/// | 1 | version, 1 |
/// | 1 | bytes of the superblock, *s* |
/// | 2 | 0 |
/// | 8 | bytes of the whole record |
/// | 8 | where the superblock is in the file |
/// | 8 | bytes of the file |
/// | 8 | number of blocks |
/// | *s* | the superblock (its first bytes, in version 0 and 1), as it is before and after |
/// | ... | for each block, by rising address: address (from the superblock on) in 8 bytes, its length *n* in 8, *n* bytes as they were, *n* as they are to be |
/// | 4 | lookup3 checksum of all that |
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct CommitRecord {
    /// Where the superblock is in the file, in bytes.
    pub(crate) base_address: u64,
    /// Length of the file.
    pub(crate) file_bytes: u64,
    /// The superblock.
    pub(crate) superblock: Vec<u8>,
    /// The blocks, which do not overlap, by rising address.
    pub(crate) blocks: Vec<RecordedBlock>,
}

/// A block that a commit replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordedBlock {
    /// Where it is, from the base address on.
    pub(crate) address: u64,
    /// The bytes before the commit.
    pub(crate) old: Vec<u8>,
    /// The bytes after it: as many.
    pub(crate) new: Vec<u8>,
}

const SIGNATURE: &[u8; 4] = b"H5J1";
const VERSION: u8 = 1;
const CHECKSUM_BYTES: usize = 4;
/// Bytes of a block's address and length.
const BLOCK_HEADER_BYTES: usize = 16;

/// No record is longer: it is held in memory as a whole.
pub(crate) const MOST_BYTES: u64 = 1 << 30;

impl CommitRecord {
    /// Bytes before the superblock.
    pub(crate) const HEADER_BYTES: usize = 40;

    /// Whether a file that begins so may be what is left of a record: the first sector of one may have been lost, and reads as zeros.
    pub(crate) fn may_begin(header: &[u8]) -> bool {
        let found = header.get(..SIGNATURE.len()).unwrap_or(header);
        found == SIGNATURE || found.iter().all(|&byte| byte == 0)
    }

    /// Whether a header may be that of a record of `length` bytes, beside a file of `file_bytes` of which the superblock is at
    /// `base_address`. So much is read before the rest, which may be long and no record at all.
    pub(crate) fn fits(header: &[u8], length: u64, base_address: u64, file_bytes: u64) -> bool {
        let numbers = [length, base_address, file_bytes].map(u64::to_le_bytes).concat();
        header.starts_with(SIGNATURE)
            && header.get(8..32) == Some(&numbers)
            && length <= Self::most_bytes(file_bytes)
    }

    /// Bytes that a record of a file of so many bytes has at most: each byte a block of its own.
    fn most_bytes(file_bytes: u64) -> u64 {
        let blocks = file_bytes.saturating_mul(length_of(BLOCK_HEADER_BYTES).saturating_add(2));
        let rest = length_of(Self::HEADER_BYTES).saturating_add(length_of(usize::from(u8::MAX)));
        blocks.saturating_add(rest).saturating_add(length_of(CHECKSUM_BYTES)).min(MOST_BYTES)
    }

    /// `None` for anything that is no whole record: cut short, damaged, longer than it says, or with blocks that are empty, out of order,
    /// overlap, lie in the superblock or leave the file.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let covered = bytes.len().checked_sub(CHECKSUM_BYTES)?;
        let (fields, checksum) = bytes.split_at_checked(covered)?;
        if fields.get(..SIGNATURE.len())? != SIGNATURE || checksum != lookup3(fields).to_le_bytes() {
            return None;
        }
        let mut rest = Fields(fields.get(SIGNATURE.len()..)?);
        let &[version, superblock_bytes, 0, 0] = rest.take(4)? else { return None };
        let (length, base_address, file_bytes, count) =
            (rest.number()?, rest.number()?, rest.number()?, rest.number()?);
        if version != VERSION || length != length_of(bytes.len()) {
            return None;
        }
        let superblock = rest.take(superblock_bytes.into())?.to_vec();
        // No more than the bytes can hold, whatever the record says.
        let possible = rest.0.len().checked_div(BLOCK_HEADER_BYTES.saturating_add(2))?;
        let count = usize::try_from(count).ok().filter(|&count| count <= possible)?;
        let mut blocks = Vec::with_capacity(count);
        let (mut free_from, room) = (length_of(superblock.len()), file_bytes.checked_sub(base_address)?);
        if free_from > room {
            return None;
        }
        for _ in 0..count {
            let block = rest.block()?;
            let Range { start, end } = block.range()?;
            if start < free_from || start == end || end > room {
                return None;
            }
            free_from = end;
            blocks.push(block);
        }
        rest.0.is_empty().then_some(Self { base_address, file_bytes, superblock, blocks })
    }

    /// The bytes; `None` if they would be more than [`MOST_BYTES`].
    pub(crate) fn encode(&self) -> Option<Vec<u8>> {
        let blocks = self
            .blocks
            .iter()
            .map(|block| BLOCK_HEADER_BYTES.saturating_add(block.old.len()).saturating_add(block.new.len()));
        let length =
            blocks.fold(Self::HEADER_BYTES.saturating_add(self.superblock.len()), usize::saturating_add);
        let length = length.saturating_add(CHECKSUM_BYTES);
        if length_of(length) > MOST_BYTES {
            return None;
        }
        let mut bytes = Vec::with_capacity(length);
        bytes.extend(SIGNATURE);
        bytes.extend([VERSION, u8::try_from(self.superblock.len()).ok()?, 0, 0]);
        for number in [length_of(length), self.base_address, self.file_bytes, length_of(self.blocks.len())] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(&self.superblock);
        for block in &self.blocks {
            bytes.extend(block.address.to_le_bytes());
            bytes.extend(length_of(block.new.len()).to_le_bytes());
            bytes.extend(&block.old);
            bytes.extend(&block.new);
        }
        bytes.extend(lookup3(&bytes).to_le_bytes());
        Some(bytes)
    }
}

impl RecordedBlock {
    /// First address, and first after.
    fn range(&self) -> Option<Range<u64>> {
        Some(self.address..self.address.checked_add(length_of(self.new.len()))?)
    }

    /// The block's bytes sector by sector, for storage that keeps sectors of so many bytes whole: as they were and as they are to be. The
    /// block begins in the storage at `offset`.
    pub(crate) fn by_sector(&self, offset: u64, sector: u64) -> impl Iterator<Item = (&[u8], &[u8])> {
        let to_next = sector.saturating_sub(offset.checked_rem(sector).unwrap_or(0));
        let first = usize::try_from(to_next).unwrap_or(usize::MAX).min(self.new.len());
        let whole = usize::try_from(sector).unwrap_or(usize::MAX).max(1);
        cut(&self.old, first, whole).zip(cut(&self.new, first, whole))
    }

    /// Whether a storage that keeps such sectors whole can leave something else than the old or the new block: more than one of them
    /// changes.
    pub(crate) fn can_be_torn(&self, offset: u64, sector: u64) -> bool {
        self.by_sector(offset, sector).filter(|(old, new)| old != new).nth(1).is_some()
    }
}

/// Bytes in pieces of that length, but for the first and the last one.
fn cut(bytes: &[u8], first: usize, whole: usize) -> impl Iterator<Item = &[u8]> {
    let (head, rest) = bytes.split_at_checked(first).unwrap_or((bytes, &[]));
    std::iter::once(head).chain(rest.chunks(whole))
}

/// What is left to decode.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.take(8)?.try_into().ok()?))
    }

    fn block(&mut self) -> Option<RecordedBlock> {
        let (address, length) = (self.number()?, usize::try_from(self.number()?).ok()?);
        Some(RecordedBlock { address, old: self.take(length)?.to_vec(), new: self.take(length)?.to_vec() })
    }
}

fn length_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(address: u64, old: &[u8], new: &[u8]) -> RecordedBlock {
        RecordedBlock { address, old: old.to_vec(), new: new.to_vec() }
    }

    fn record() -> CommitRecord {
        CommitRecord {
            base_address: 512,
            file_bytes: 2048,
            superblock: vec![7; 48],
            blocks: vec![block(96, b"old", b"new"), block(99, &[1; 900], &[2; 900])],
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written() {
        assert_eq!(CommitRecord::decode(&record().encode().unwrap()), Some(record()));
        let bytes = CommitRecord::default().encode().unwrap();
        assert_eq!(CommitRecord::decode(&bytes), Some(CommitRecord::default()));
        assert!(CommitRecord::may_begin(&bytes) && CommitRecord::may_begin(&[]));
        let whole = record().encode().unwrap();
        let (header, length) = (&whole[..CommitRecord::HEADER_BYTES], whole.len() as u64);
        assert!(CommitRecord::fits(header, length, 512, 2048));
        assert!(!CommitRecord::fits(header, length, 0, 2048) && !CommitRecord::fits(header, 1, 512, 2048));
    }

    #[test]
    fn other_bytes_are_no_record() {
        let whole = record().encode().unwrap();
        for place in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x10;
            assert_eq!(CommitRecord::decode(&damaged), None, "byte {place}");
            assert_eq!(CommitRecord::decode(&whole[..place]), None, "{place} bytes");
        }
        assert_eq!(CommitRecord::decode(&[&whole[..], &[0]].concat()), None);
    }

    /// With a checksum that is right: whoever makes a record may lie.
    #[test]
    fn numbers_that_cannot_be_are_no_record() {
        let whole = record().encode().unwrap();
        let checked = |mut bytes: Vec<u8>| {
            bytes.truncate(bytes.len() - CHECKSUM_BYTES);
            bytes.extend(lookup3(&bytes).to_le_bytes());
            bytes
        };
        assert_eq!(CommitRecord::decode(&checked(whole.clone())), Some(record()));
        let first_block = CommitRecord::HEADER_BYTES + 48;
        for place in [8, 16, 24, 32, first_block, first_block + 8] {
            for value in [0, 1, 48, 100, 1 << 40, u64::MAX] {
                let mut lying = whole.clone();
                lying[place..place + 8].copy_from_slice(&value.to_le_bytes());
                let decoded = CommitRecord::decode(&checked(lying));
                let is_harmless = matches!((place, value), (16, 0 | 1 | 48 | 100)) // a smaller base address
                    || matches!((place, value), (24, v) if v >= 2048)
                    || (place, value) == (first_block, 48);
                assert_eq!(decoded.is_some(), is_harmless, "{value} at {place}");
            }
        }
    }

    #[test]
    fn blocks_that_overlap_or_leave_the_file_are_no_record() {
        let decoded = |blocks: Vec<RecordedBlock>| {
            CommitRecord::decode(&CommitRecord { blocks, ..record() }.encode().unwrap())
        };
        assert!(decoded(vec![block(50, b"ab", b"cd"), block(52, b"e", b"f")]).is_some());
        assert!(decoded(vec![block(50, b"ab", b"cd"), block(51, b"e", b"f")]).is_none());
        assert!(decoded(vec![block(52, b"ab", b"cd"), block(50, b"e", b"f")]).is_none());
        assert!(decoded(vec![block(50, b"", b"")]).is_none());
        assert!(decoded(vec![block(47, b"ab", b"cd")]).is_none(), "the superblock");
        assert!(decoded(vec![block(1534, b"ab", b"cd")]).is_some());
        assert!(decoded(vec![block(1535, b"ab", b"cd")]).is_none());
    }

    #[test]
    fn a_superblock_that_leaves_the_file_is_no_record() {
        let of = |file_bytes| CommitRecord { file_bytes, blocks: Vec::new(), ..record() }.encode().unwrap();
        assert!(CommitRecord::decode(&of(560)).is_some());
        assert!(CommitRecord::decode(&of(559)).is_none());
    }

    #[test]
    fn a_block_is_torn_only_where_sectors_meet() {
        let changed = |old: &[u8], new: &[u8], offset| block(0, old, new).can_be_torn(offset, 8);
        assert!(!changed(b"abcdefgh", b"ABCDEFGH", 16));
        assert!(changed(b"abcdefgh", b"ABCDEFGH", 17));
        assert!(!changed(b"abcdefgh", b"ABCDefgh", 17), "one sector changes");
        assert!(changed(b"abcdefghijklmnopqrst", b"Abcdefghijklmnopqrst".map(|b| b ^ 1).as_slice(), 0));
        let cut: Vec<usize> =
            block(0, &[0; 20], &[0; 20]).by_sector(5, 8).map(|(old, _)| old.len()).collect();
        assert_eq!(cut, [3, 8, 8, 1]);
    }
}
