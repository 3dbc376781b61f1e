use std::path::Path;
use std::sync::Arc;

use h5_format::superblock::{DriverInformation, MultiMember};
use h5_types::{Error, ErrorKind, Name, Result};

use super::siblings::Siblings;
use crate::OpenOptions;
use crate::object::FileCore;
use crate::options::StorageKind;
use crate::vfd::{FamilyPattern, FamilyVfd, FileVfd, MemoryVfd, MultiVfd, Vfd};

/// A file that may be several files (specification II.B): opens the one that the path names, and the others if it says that there
/// are any. A file that cannot be had as a whole is not opened at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct SeveralFiles<'a> {
    pub(super) path: &'a Path,
    pub(super) options: &'a OpenOptions,
    pub(super) siblings: &'a Siblings,
}

impl SeveralFiles<'_> {
    pub(super) fn open(self) -> Result<FileCore> {
        let error = match self.open_driver(self.path) {
            Ok(vfd) => return self.with_members(self.core(vfd)?),
            Err(error) => error,
        };
        match self.file_name().ok().and_then(FamilyPattern::parse) {
            Some(pattern) if error.kind() == ErrorKind::NotFound => self.by_pattern(&pattern),
            _ => Err(error),
        }
    }

    /// Opens the family whose members the user named by a pattern: no policy stands between the user and those files.
    fn by_pattern(self, pattern: &FamilyPattern) -> Result<FileCore> {
        let open = |name: &str| self.open_driver(&self.path.with_file_name(name));
        let first_name = pattern.member_name(0);
        let first = self.core(open(&first_name).map_err(|error| missing(&first_name, error))?)?;
        let member_bytes = match first.driver_information()? {
            Some(DriverInformation::Family { member_size }) => member_size,
            Some(DriverInformation::Multi { .. }) => {
                return Err(Error::usage(format!("`{first_name}` is part of a multi file, not of a family")));
            }
            // HDF5 before 1.8 stored nothing about the family.
            _ => first.storage().vfd().len()?,
        };
        self.family(first, member_bytes, Some(pattern), open)
    }

    /// Opens the files that the first one says it is made of. They are files that a file names, so the policy decides.
    fn with_members(self, first: FileCore) -> Result<FileCore> {
        match first.driver_information()? {
            None | Some(DriverInformation::Other { .. }) => Ok(first),
            Some(DriverInformation::Family { member_size }) => {
                let pattern = self.file_name().ok().and_then(FamilyPattern::of_first_member);
                self.family(first, member_size, pattern.as_ref(), |name| self.open_sibling(name))
            }
            Some(DriverInformation::Multi { members }) => self.multi(first, &members),
        }
    }

    /// Puts as many members together as the end in the superblock asks for; where a writer is still to store that end, all there are.
    fn family(
        self,
        first: FileCore,
        member_bytes: u64,
        pattern: Option<&FamilyPattern>,
        open: impl Fn(&str) -> Result<Arc<dyn Vfd>>,
    ) -> Result<FileCore> {
        let end = first.stated_end();
        let first = match end {
            // One member holds everything, or the family was joined to one file.
            Some(end) if end <= first.storage().vfd().len()? => return Ok(first),
            _ => Arc::clone(first.storage().vfd()),
        };
        let pattern = pattern.ok_or_else(|| {
            Error::not_found(
                "this is a member of a family, and its name has no number 0 that tells the others' names",
            )
        })?;
        let last = end.and_then(|end| end.saturating_sub(1).checked_div(member_bytes));
        let mut members = vec![first];
        for number in 1..=last.unwrap_or(u64::MAX) {
            if number >= FamilyVfd::MAXIMUM_MEMBERS {
                let limit = FamilyVfd::MAXIMUM_MEMBERS;
                return Err(Error::limit(format!("a family of more than {limit} members")));
            }
            let name = pattern.member_name(number);
            match open(&name) {
                Ok(member) => members.push(member),
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
                Err(_) if last.is_none() => break,
                Err(error) => return Err(missing(&name, error)),
            }
        }
        if last.is_some() {
            check_lengths(&members, member_bytes, pattern)?;
        }
        self.core(Arc::new(FamilyVfd::of_members(members, member_bytes).map_err(damaged)?))
    }

    /// Puts the members of a multi or split file together. The first of them holds the superblock, which is the file at hand.
    fn multi(self, first: FileCore, members: &[MultiMember]) -> Result<FileCore> {
        let Some((own, others)) = members.split_first().filter(|(_, others)| !others.is_empty()) else {
            return Ok(first);
        };
        let stem = MultiVfd::stem(self.file_name()?, &own.name).ok_or_else(|| {
            let pattern = Name::new(&*own.name);
            Error::not_found(format!(
                "the members of this multi file cannot be found: its own name is not like `{pattern}`"
            ))
        })?;
        let mut found = vec![(own.address, Arc::clone(first.storage().vfd()))];
        for member in others {
            let name = MultiVfd::member_name(&member.name, stem);
            match self.open_sibling(&name) {
                Ok(vfd) => found.push((member.address, vfd)),
                // Nothing was ever stored in it.
                Err(error) if error.kind() == ErrorKind::NotFound && member.end_of_address == Some(0) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => return Err(missing(&name, error)),
                Err(error) => return Err(error),
            }
        }
        self.core(Arc::new(MultiVfd::of_members(found).map_err(damaged)?))
    }

    fn core(self, vfd: Arc<dyn Vfd>) -> Result<FileCore> {
        FileCore::open(vfd, self.options.limits.clone())
    }

    fn file_name(&self) -> Result<&str> {
        self.path
            .file_name()
            .and_then(|name| name.to_str())
            .ok_or_else(|| Error::usage("the members of a file whose name is not UTF-8 cannot be found"))
    }

    fn open_sibling(self, name: &str) -> Result<Arc<dyn Vfd>> {
        self.open_driver(&self.siblings.find(&Name::from(name))?)
    }

    fn open_driver(self, path: &Path) -> Result<Arc<dyn Vfd>> {
        Ok(match self.options.storage {
            StorageKind::File => Arc::new(FileVfd::open(path)?),
            #[cfg(feature = "mmap")]
            StorageKind::Map => Arc::new(crate::vfd::MapVfd::open(path)?),
            StorageKind::Memory => Arc::new(MemoryVfd::read(path)?),
        })
    }
}

/// A writer that closes a family leaves all members but the last at their full size. A shorter one was cut, and must not read as
/// zeros.
fn check_lengths(members: &[Arc<dyn Vfd>], member_bytes: u64, pattern: &FamilyPattern) -> Result<()> {
    let Some((_, full)) = members.split_last() else { return Ok(()) };
    for (number, member) in (0..).zip(full) {
        let found = member.len()?;
        if found != member_bytes {
            let name = Name::from(pattern.member_name(number).as_str());
            return Err(Error::format(format!(
                "member `{name}` of the family has {found} bytes, expected {member_bytes}"
            )));
        }
    }
    Ok(())
}

fn missing(name: &str, cause: Error) -> Error {
    let name = Name::from(name);
    Error::not_found(format!("member `{name}` of the file is missing")).with_source(cause)
}

/// What a driver says of members that do not fit together.
fn damaged(error: std::io::Error) -> Error {
    match error.kind() {
        std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
            Error::format(error.to_string())
        }
        _ => error.into(),
    }
}
