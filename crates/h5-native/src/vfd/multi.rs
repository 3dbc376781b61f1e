use std::io;
use std::sync::Arc;

use h5_format::superblock::MultiMember;

use super::Vfd;

/// The multi driver, of which the split driver is a case: one file for each kind of data, at different places of one address
/// space (specification II.B).
#[derive(Debug)]
pub struct MultiVfd {
    /// By address, lowest first.
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    address: u64,
    vfd: Arc<dyn Vfd>,
}

impl MultiVfd {
    /// Opens the files that the driver information names. `open` gets each member's name, in which `%s` is replaced by `stem`.
    ///
    /// A file that does not exist (`None`) is one that no data were written to; its part of the address space is empty.
    ///
    /// # Errors
    /// `InvalidData` if two members begin at one address, or none exists; whatever `open` reports.
    pub fn open(
        members: &[MultiMember],
        stem: &str,
        mut open: impl FnMut(&str) -> io::Result<Option<Arc<dyn Vfd>>>,
    ) -> io::Result<Self> {
        let mut parts = Vec::new();
        for member in members {
            if let Some(vfd) = open(&Self::member_name(&member.name, stem))? {
                parts.push((member.address, vfd));
            }
        }
        Self::of_members(parts)
    }

    /// Puts members together: for each its address and its file.
    ///
    /// # Errors
    /// `InvalidData` if two members begin at one address, or there is none.
    pub fn of_members(members: impl IntoIterator<Item = (u64, Arc<dyn Vfd>)>) -> io::Result<Self> {
        let mut parts: Vec<Part> = members.into_iter().map(|(address, vfd)| Part { address, vfd }).collect();
        parts.sort_by_key(|part| part.address);
        if parts.windows(2).any(|pair| matches!(pair, [a, b] if a.address == b.address)) {
            return Err(same_address());
        }
        if parts.is_empty() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a multi file without members"));
        }
        Ok(Self { parts })
    }

    /// A member's name, from its pattern.
    pub fn member_name(pattern: &[u8], stem: &str) -> String {
        String::from_utf8_lossy(pattern).replacen("%s", stem, 1)
    }

    /// The stem of all names, from one of them and its pattern: `tmulti` of `tmulti-s.h5` and `%s-s.h5`. `None` if the name does
    /// not follow the pattern.
    pub fn stem<'a>(name: &'a str, pattern: &[u8]) -> Option<&'a str> {
        let (before, after) = std::str::from_utf8(pattern).ok()?.split_once("%s")?;
        name.strip_prefix(before)?.strip_suffix(after)
    }

    /// The part with an offset, and where the next one begins.
    fn locate(&self, offset: u64) -> Option<(&Part, u64)> {
        let next = self.parts.partition_point(|part| part.address <= offset);
        let part = self.parts.get(next.checked_sub(1)?)?;
        Some((part, self.parts.get(next).map_or(u64::MAX, |part| part.address)))
    }
}

fn same_address() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "two members of a multi file begin at one address")
}

impl Vfd for MultiVfd {
    /// The end of the last part: there are large gaps before it.
    fn len(&self) -> io::Result<u64> {
        match self.parts.last() {
            Some(part) => Ok(part.address.saturating_add(part.vfd.len()?)),
            None => Ok(0),
        }
    }

    /// Reads to the part's end at most; nothing from a gap.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let Some((part, next)) = self.locate(offset) else { return Ok(0) };
        let to_next = usize::try_from(next.saturating_sub(offset)).unwrap_or(usize::MAX);
        let count = to_next.min(buffer.len());
        let Some(wanted) = buffer.get_mut(..count) else { return Ok(0) };
        part.vfd.read_at(offset.saturating_sub(part.address), wanted)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfd::{MemoryVfd, read_exact_at};

    fn member(kind: u8, address: u64, name: &[u8]) -> MultiMember {
        MultiMember { kind, address, end_of_address: None, name: name.to_vec() }
    }

    #[test]
    fn reads_each_part_at_its_address() {
        let members =
            [member(1, 0, b"%s-s.h5"), member(3, 1 << 62, b"%s-r.h5"), member(2, 1 << 40, b"%s-b.h5")];
        let open = |name: &str| {
            Ok(match name {
                "x-s.h5" => Some(Arc::new(MemoryVfd::new(&b"super"[..])) as Arc<dyn Vfd>),
                "x-r.h5" => Some(Arc::new(MemoryVfd::new(&b"raw"[..])) as Arc<dyn Vfd>),
                _ => None,
            })
        };
        let multi = MultiVfd::open(&members, "x", open).unwrap();
        assert_eq!(multi.len().unwrap(), (1 << 62) + 3);
        let mut buffer = [0; 3];
        read_exact_at(&multi, 1, &mut buffer).unwrap();
        assert_eq!(&buffer, b"upe");
        read_exact_at(&multi, 1 << 62, &mut buffer).unwrap();
        assert_eq!(&buffer, b"raw");
        assert!(read_exact_at(&multi, 1 << 40, &mut buffer).is_err(), "a member that does not exist");
    }

    #[test]
    fn stem_and_name_are_inverse() {
        assert_eq!(MultiVfd::stem("tmulti-s.h5", b"%s-s.h5"), Some("tmulti"));
        assert_eq!(MultiVfd::stem("tmulti.h5", b"%s-s.h5"), None);
        assert_eq!(MultiVfd::member_name(b"%s-r.h5", "tmulti"), "tmulti-r.h5");
    }

    #[test]
    fn rejects_members_at_one_address() {
        let members = [member(1, 0, b"a"), member(2, 0, b"b")];
        assert!(MultiVfd::open(&members, "", |_| Ok(Some(Arc::new(MemoryVfd::new(&b""[..]))))).is_err());
    }
}
