//! The commit stamp: how a writer tells readers of an ordinary file which commit they see, and that a commit is on its way.

use h5_format::lookup3;
use h5_format::superblock::Superblock;

use crate::object::FileCore;
use crate::vfd::{Vfd, read_exact_at};

/// What stands behind the superblock of a file that this library made: which commit the file shows.
///
/// It belongs to no structure of the specification, which lets files have bytes that nothing leads to. Layout, little-endian: the
/// signature `H5CM`, version 1, one byte that is 1 while a commit is being published, two zeros, the number of the last commit in 8 bytes,
/// and a lookup3 checksum of all that. See `spec-notes/decisions/0007-live.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Counts the commits of the file, over all that ever wrote it.
    pub(crate) commit: u64,
    /// Blocks of the next commit are being replaced in place.
    pub(crate) publishing: bool,
}

const SIGNATURE: &[u8; 4] = b"H5CM";
const VERSION: u8 = 1;
const CHECKED_BYTES: usize = 16;

impl Stamp {
    /// Bytes of a stamp.
    pub(crate) const BYTES: usize = CHECKED_BYTES + 4;

    /// Bytes that a new file keeps for it, so that what follows is aligned as before.
    pub(crate) const ROOM: usize = 32;

    /// The stamp of a file that was just made.
    pub(crate) const FIRST: Self = Self { commit: 0, publishing: false };

    /// The bytes of it.
    pub(crate) fn encode(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        let fields = [&SIGNATURE[..], &[VERSION, u8::from(self.publishing), 0, 0]].concat();
        let fields = [fields, self.commit.to_le_bytes().to_vec()].concat();
        let checksum = lookup3(&fields).to_le_bytes();
        for (byte, value) in bytes.iter_mut().zip(fields.into_iter().chain(checksum)) {
            *byte = value;
        }
        bytes
    }

    /// `None` for anything that is no whole stamp.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (fields, checksum) = bytes.get(..Self::BYTES)?.split_at_checked(CHECKED_BYTES)?;
        let (head, commit) = fields.split_at_checked(8)?;
        let (signature, rest) = head.split_at_checked(4)?;
        let &[VERSION, publishing @ 0..=1, 0, 0] = rest else { return None };
        let is_whole = signature == SIGNATURE && checksum == lookup3(fields).to_le_bytes();
        is_whole.then_some(Self {
            commit: u64::from_le_bytes(commit.try_into().ok()?),
            publishing: publishing == 1,
        })
    }

    /// Where a file has its stamp, in bytes from its driver's beginning: right behind the superblock.
    pub(crate) fn place(core: &FileCore) -> u64 {
        core.user_block_bytes().saturating_add(Self::behind(core.superblock()))
    }

    /// As [`Stamp::place`], from the superblock on.
    pub(crate) fn behind(superblock: &Superblock) -> u64 {
        let superblock_bytes = Superblock::encoded_bytes(superblock.version, superblock.sizes);
        u64::try_from(superblock_bytes).unwrap_or(u64::MAX)
    }

    /// The stamp at a place of a file, if there is one. One that is being written may be read as none.
    pub(crate) fn read(vfd: &dyn Vfd, place: u64) -> Option<Self> {
        let mut bytes = [0; Self::BYTES];
        read_exact_at(vfd, place, &mut bytes).ok()?;
        Self::decode(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_read_as_it_was_written() {
        for stamp in
            [Stamp::FIRST, Stamp { commit: 7, publishing: true }, Stamp { commit: u64::MAX, ..Stamp::FIRST }]
        {
            assert_eq!(Stamp::decode(&stamp.encode()), Some(stamp));
        }
    }

    #[test]
    fn other_bytes_are_no_stamp() {
        let whole = Stamp { commit: 300, publishing: false }.encode();
        for place in 0..whole.len() {
            let mut damaged = whole;
            damaged[place] ^= 0x10;
            assert_eq!(Stamp::decode(&damaged), None, "byte {place}");
            assert_eq!(Stamp::decode(&whole[..place]), None);
        }
    }
}
