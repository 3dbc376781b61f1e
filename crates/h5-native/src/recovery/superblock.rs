//! Repairs of the superblock.

use std::path::Path;
use std::sync::Arc;

use h5_format::superblock::{DriverInformation, Superblock};
use h5_types::{Error, Limits, Locking, Result};

use crate::backend::lock;
use crate::commit_record::{Of, Records};
use crate::object::{FileCore, Warning};
use crate::vfd::{FileVfd, Vfd, read_exact_at, write_all_at};

/// What is wrong with a superblock, and was put right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Cleared {
    /// The *File Consistency Flags* as they were, if they said that a writer has the file open.
    pub flags: Option<u32>,
    /// Where the file ends by its superblock, and where it does, in bytes from its beginning.
    pub end_of_file: Option<(u64, u64)>,
    /// Whether a commit was cut short by a power cut: the blocks that it did not come to replace are in the record beside the file.
    pub half_done_commit: bool,
}

impl Cleared {
    /// True if nothing was wrong.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Tells what [`clear_flags`] would do.
///
/// # Errors
/// As there.
pub fn inspect_flags(path: &Path) -> Result<Cleared> {
    let at = |error: Error| error.with_path(path.display().to_string());
    let vfd = FileVfd::open(path).map_err(|e| at(e.into()))?;
    Repair::find(&(Arc::new(vfd) as Arc<dyn Vfd>), Tail::Forgotten).map(|repair| repair.cleared).map_err(at)
}

/// Clears the flags of a writer that has gone, and sets the end-of-file address to where the file ends if it is wrong: if the file ends
/// before, or if it goes on behind and a writer did not come to store its end. A commit that was cut short is finished from the record beside
/// the file. Nothing else of the file is touched, and nothing that is lost comes back.
///
/// # Errors
/// `PermissionDenied` if another process has the file open; `Format` if there is no sound superblock; `Unsupported` for a file that is
/// several files; `Io`.
pub fn clear_flags(path: &Path) -> Result<Cleared> {
    let at = |error: Error| error.with_path(path.display().to_string());
    let vfd = FileVfd::open_writable(path).map_err(|e| at(e.into()))?;
    lock::writer(vfd.file(), Locking::Environment).map_err(at)?;
    let vfd: Arc<dyn Vfd> = Arc::new(vfd);
    let repair = Repair::find(&vfd, Tail::Forgotten).map_err(at)?;
    repair.apply(&vfd).map_err(at)?;
    Ok(repair.cleared)
}

/// What becomes of bytes behind the end of a file that no writer says it has open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tail {
    /// They stay outside: a writer gave them up.
    Forgotten,
    /// They belong to the file: superblocks before version 3 do not tell that a writer was killed.
    Kept,
}

/// A superblock, and what it should be.
#[derive(Debug)]
pub(super) struct Repair {
    /// First byte of the superblock in the file.
    pub(super) place: u64,
    found: Superblock,
    repaired: Superblock,
    pub(super) cleared: Cleared,
}

impl Repair {
    /// # Errors
    /// `Format` if there is no sound superblock; `Unsupported` for a file that is several files; `Io`.
    pub(super) fn find(vfd: &Arc<dyn Vfd>, tail: Tail) -> Result<Self> {
        let records = Records::Shown(Of::AnyFile);
        let core = FileCore::open_with(Arc::clone(vfd), Limits::default(), records)?;
        if matches!(
            core.driver_information()?,
            Some(DriverInformation::Multi { .. } | DriverInformation::Family { .. })
        ) {
            return Err(Error::unsupported("a file that is several files"));
        }
        let (place, found) = (core.user_block_bytes(), core.superblock().clone());
        let mut repaired = found.clone();
        let half_done_commit = core.warnings().contains(&Warning::HalfDoneCommit);
        let mut cleared = Cleared { half_done_commit, ..Cleared::default() };
        let is_open = found.is_open_for_writing() || found.is_open_for_swmr_writing();
        if is_open {
            cleared.flags = Some(found.file_consistency_flags);
            repaired.file_consistency_flags = 0;
        }
        let length = vfd.len()?;
        let base = found.base_address;
        let stated = found.end_of_file_address.saturating_sub(base).saturating_add(place);
        if length < stated || (length > stated && (is_open || tail == Tail::Kept)) {
            cleared.end_of_file = Some((stated, length));
            repaired.end_of_file_address = length.saturating_sub(place).saturating_add(base);
        }
        Ok(Self { place, found, repaired, cleared })
    }

    /// The superblock's bytes as they should be: those that differ between the two superblocks are replaced, and what an encoder leaves
    /// out stays as it is.
    ///
    /// # Errors
    /// `Unsupported` if something would get lost; `Io`.
    pub(super) fn mended_bytes(&self, vfd: &dyn Vfd) -> Result<Vec<u8>> {
        let (mut before, mut after) = (Vec::new(), Vec::new());
        self.found.encode(&mut before)?;
        self.repaired.encode(&mut after)?;
        let mut bytes = vec![0; after.len()];
        read_exact_at(vfd, self.place, &mut bytes).map_err(Error::from)?;
        for ((byte, before), after) in bytes.iter_mut().zip(before).zip(after) {
            if before != after {
                *byte = after;
            }
        }
        if Superblock::decode(&bytes)? != self.repaired {
            return Err(Error::unsupported("a superblock with parts that would not survive the repair"));
        }
        Ok(bytes)
    }

    /// Finishes a commit, and puts the superblock right in the file.
    ///
    /// # Errors
    /// As [`Repair::mended_bytes`].
    pub(super) fn apply(&self, vfd: &Arc<dyn Vfd>) -> Result<()> {
        // First: the record is of the superblock as it is.
        FileCore::open_with(Arc::clone(vfd), Limits::default(), Records::Completed(Of::AnyFile))?;
        if self.found == self.repaired {
            return Ok(());
        }
        // One write of less than two hundred bytes: the old superblock or the new one, as other processes see it.
        write_all_at(&**vfd, self.place, &self.mended_bytes(&**vfd)?).map_err(Error::from)?;
        vfd.sync().map_err(Error::from)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use h5_types::Address;

    use super::*;

    /// A file of a superblock and room behind it; the root group is not looked at.
    fn file(name: &str, version: u8, flags: u32, stated: u64, length: usize) -> PathBuf {
        let superblock = Superblock {
            version,
            sizes: h5_format::Sizes { offsets: 8, lengths: 8 },
            file_consistency_flags: flags,
            b_tree_k_values: h5_format::message::BTreeKValues::DEFAULT,
            base_address: 0,
            end_of_file_address: stated,
            driver_information_block_address: None,
            superblock_extension_address: None,
            root_group_object_header_address: Address(200),
            root_group_symbol_table: None,
        };
        let mut bytes = Vec::new();
        superblock.encode(&mut bytes).unwrap();
        bytes.resize(length, 0xaa);
        let path = std::env::temp_dir().join(format!("h5-recovery-{}-{name}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn superblock_of(path: &Path) -> Superblock {
        Superblock::decode(&std::fs::read(path).unwrap()).unwrap()
    }

    #[test]
    fn flags_of_a_writer_that_has_gone_are_cleared_and_its_end_is_stored() {
        let path = file("swmr", 3, 5, 300, 500);
        let expected = Cleared { flags: Some(5), end_of_file: Some((300, 500)), ..Cleared::default() };
        assert_eq!(inspect_flags(&path).unwrap(), expected);
        assert_eq!(superblock_of(&path).file_consistency_flags, 5);
        assert_eq!(clear_flags(&path).unwrap(), expected);
        let superblock = superblock_of(&path);
        assert_eq!((superblock.file_consistency_flags, superblock.end_of_file_address), (0, 500));
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() == 500 && bytes[48..].iter().all(|&byte| byte == 0xaa));
        assert!(clear_flags(&path).unwrap().is_empty());
        std::fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_end_of_a_file_that_was_cut_is_stored() {
        for version in [0, 2] {
            let path = file(&format!("cut-{version}"), version, 0, 900, 400);
            assert_eq!(clear_flags(&path).unwrap().end_of_file, Some((900, 400)));
            assert_eq!(superblock_of(&path).end_of_file_address, 400);
            std::fs::remove_file(&path).unwrap();
        }
    }

    #[test]
    fn what_lies_behind_the_end_of_a_closed_file_is_left_alone() {
        let path = file("behind", 2, 0, 300, 500);
        assert!(clear_flags(&path).unwrap().is_empty());
        assert_eq!(superblock_of(&path).end_of_file_address, 300);
        std::fs::remove_file(&path).unwrap();
    }
}
