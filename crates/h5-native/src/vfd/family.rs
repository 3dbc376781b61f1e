use std::io;
use std::sync::Arc;

use super::{FamilyPattern, Vfd};

/// The family driver: one address space cut into files of equal size (specification II.B).
#[derive(Debug)]
pub struct FamilyVfd {
    members: Vec<Arc<dyn Vfd>>,
    member_bytes: u64,
}

impl FamilyVfd {
    /// Opens the members after the first one by number until `open` has no more.
    ///
    /// `member_bytes` is what the first file's driver information says; without it (HDF5 before 1.8) pass the first file's length.
    ///
    /// # Errors
    /// `InvalidInput` if `member_bytes` is zero, `InvalidData` if a member but the last is longer or there are more than
    /// [`FamilyVfd::MAXIMUM_MEMBERS`]; whatever `open` reports.
    pub fn open(
        first: Arc<dyn Vfd>,
        member_bytes: u64,
        mut open: impl FnMut(u64) -> io::Result<Option<Arc<dyn Vfd>>>,
    ) -> io::Result<Self> {
        let mut members = vec![first];
        let mut number = 1;
        while let Some(member) = open(number)? {
            if number >= Self::MAXIMUM_MEMBERS {
                return Err(io::Error::new(
                    io::ErrorKind::InvalidData,
                    "more members than a family may have",
                ));
            }
            members.push(member);
            number = number.saturating_add(1);
        }
        Self::of_members(members, member_bytes)
    }

    /// Puts members together, the first one first.
    ///
    /// # Errors
    /// As [`FamilyVfd::open`].
    pub fn of_members(members: Vec<Arc<dyn Vfd>>, member_bytes: u64) -> io::Result<Self> {
        if member_bytes == 0 {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "a family of members without bytes"));
        }
        for member in &members {
            if member.len()? > member_bytes {
                let message = "a member is longer than the family's member size";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(Self { members, member_bytes })
    }

    /// Bound on the files that one family opens.
    pub const MAXIMUM_MEMBERS: u64 = 65_536;

    /// The name of a member, from the first one's: see [`FamilyPattern::of_first_member`].
    pub fn member_name(first: &str, number: u64) -> Option<String> {
        FamilyPattern::of_first_member(first).map(|pattern| pattern.member_name(number))
    }

    /// The member with an offset, and the offset in it.
    fn locate(&self, offset: u64) -> Option<(&Arc<dyn Vfd>, u64)> {
        let number = usize::try_from(offset.checked_div(self.member_bytes)?).ok()?;
        Some((self.members.get(number)?, offset.checked_rem(self.member_bytes)?))
    }
}

impl Vfd for FamilyVfd {
    fn len(&self) -> io::Result<u64> {
        let Some((last, others)) = self.members.split_last() else { return Ok(0) };
        let before = u64::try_from(others.len()).unwrap_or(u64::MAX).saturating_mul(self.member_bytes);
        Ok(before.saturating_add(last.len()?))
    }

    /// Reads to the member's end at most. What a member but the last lacks of its size reads as zeros: writers leave such holes.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((member, within)) = self.locate(offset) else { return Ok(0) };
        let to_end = usize::try_from(self.member_bytes.saturating_sub(within)).unwrap_or(usize::MAX);
        let count = to_end.min(buffer.len());
        let Some(part) = buffer.get_mut(..count) else { return Ok(0) };
        let filled = member.read_at(within, part)?;
        if filled > 0 || part.is_empty() {
            return Ok(filled);
        }
        let hole = self.len()?.saturating_sub(offset);
        let count = usize::try_from(hole).unwrap_or(usize::MAX).min(part.len());
        part.get_mut(..count).unwrap_or_default().fill(0);
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfd::{MemoryVfd, read_exact_at};

    fn family(parts: &[&'static [u8]]) -> FamilyVfd {
        let member = |part: &&'static [u8]| Arc::new(MemoryVfd::new(*part)) as Arc<dyn Vfd>;
        FamilyVfd::open(member(&parts[0]), 4, |n| Ok(parts.get(n as usize).map(member))).unwrap()
    }

    #[test]
    fn reads_across_members() {
        let family = family(&[b"0123", b"4567", b"89"]);
        assert_eq!(family.len().unwrap(), 10);
        let mut buffer = [0; 7];
        read_exact_at(&family, 2, &mut buffer).unwrap();
        assert_eq!(&buffer, b"2345678");
        assert!(read_exact_at(&family, 4, &mut buffer).is_err());
    }

    #[test]
    fn a_short_member_reads_as_zeros() {
        let family = family(&[b"0123", b"4", b"89"]);
        let mut buffer = [9; 6];
        read_exact_at(&family, 3, &mut buffer).unwrap();
        assert_eq!(&buffer, b"34\0\0\x008");
    }

    #[test]
    fn rejects_members_over_their_size() {
        let first: Arc<dyn Vfd> = Arc::new(MemoryVfd::new(&b"012345"[..]));
        assert!(FamilyVfd::open(Arc::clone(&first), 4, |_| Ok(None)).is_err());
        assert!(FamilyVfd::open(first, 0, |_| Ok(None)).is_err());
    }
}
