//! The record of a commit as a file beside a file.

use std::path::{Path, PathBuf};

use h5_backend::File;
use h5_native::{
    CreateOptions, LiveFile, NativeFile, OpenOptions, Recovery, StorageKind, clear_flags, inspect_flags,
    recover_in_place,
};
use h5_testkit::crash::{Observed, observe, torn_writes};
use h5_types::{Durability, ErrorKind, LibverBounds, Result};

use crate::power::{SECTOR_BYTES, recurring};
use crate::recorded::{options, read, record};

/// A folder that is removed in the end, with a file whose commit was cut short by a power cut in the middle of a block.
struct Folder {
    place: PathBuf,
    /// What the file holds once the commit is done.
    expected: Observed,
    torn: Vec<u8>,
    record: Vec<u8>,
}

/// What happened to a file after its record was written.
type Change = fn(&mut Vec<u8>);
/// Puts something in the place of a record.
type Plant<'a> = Box<dyn Fn() + 'a>;

impl Folder {
    fn new(name: &str) -> Self {
        let place = std::env::temp_dir().join(format!("h5-beside-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&place).unwrap();
        let recorded = record(name, &options(LibverBounds::V18, Durability::Full), false, recurring);
        let mut found = None;
        torn_writes(&recorded.operations, SECTOR_BYTES, |state| {
            if found.is_none() && read(state.bytes, &[]).is_err() {
                let expected = read(state.bytes, state.companion).unwrap();
                found = Some((expected, state.bytes.to_vec(), state.companion.to_vec()));
            }
        });
        let (expected, torn, record) = found.unwrap();
        let folder = Self { place, expected, torn, record };
        folder.tear();
        folder
    }

    fn tear(&self) {
        std::fs::write(self.file(), &self.torn).unwrap();
        std::fs::write(self.beside(), &self.record).unwrap();
    }

    fn file(&self) -> PathBuf {
        self.place.join("scan.h5")
    }

    fn beside(&self) -> PathBuf {
        self.place.join("scan.h5.h5j")
    }

    fn is_whole(&self, path: &Path, options: &OpenOptions) -> bool {
        let found = NativeFile::open(path, options).and_then(|native| observe(&of(native)));
        found.is_ok_and(|found| found == self.expected)
    }

    /// What is left is the file alone, and it is whole.
    fn is_completed(&self) -> bool {
        let file = NativeFile::open(&self.file(), &OpenOptions::new()).map(of);
        let warnings = file.unwrap().info().unwrap().warnings;
        !self.beside().exists() && warnings.is_empty() && self.is_whole(&self.file(), &OpenOptions::new())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.place);
    }
}

fn of(native: NativeFile) -> File {
    File::from_backend(std::sync::Arc::new(native))
}

fn full() -> OpenOptions {
    OpenOptions::new().durability(Durability::Full)
}

#[test]
fn every_storage_heeds_the_record() {
    let folder = Folder::new("storages");
    for storage in [StorageKind::File, StorageKind::Map, StorageKind::Memory] {
        let options = OpenOptions::new().storage(storage);
        assert!(folder.is_whole(&folder.file(), &options), "{storage:?}");
        let info = of(NativeFile::open(&folder.file(), &options).unwrap()).info().unwrap();
        assert!(info.warnings[0].contains("a commit was cut short"), "{:?}", info.warnings);
    }
    assert!(std::fs::read(folder.file()).unwrap() == folder.torn && folder.beside().exists(), "only read");
    let live = LiveFile::open(&folder.file(), &OpenOptions::new()).unwrap();
    let seen = observe(&File::from_backend(std::sync::Arc::new(live)));
    assert!(seen.is_err(), "a live reader ignores it, as its documentation says");
}

#[cfg(unix)]
#[test]
fn the_record_is_beside_the_file_and_not_beside_a_link_to_it() {
    let folder = Folder::new("links");
    let elsewhere = folder.place.join("links");
    std::fs::create_dir(&elsewhere).unwrap();
    std::os::unix::fs::symlink("../scan.h5", elsewhere.join("one.h5")).unwrap();
    std::os::unix::fs::symlink(elsewhere.join("one.h5"), elsewhere.join("two.h5")).unwrap();
    assert!(folder.is_whole(&elsewhere.join("two.h5"), &OpenOptions::new()));
    of(NativeFile::open_writable(&elsewhere.join("two.h5"), &full()).unwrap()).close().unwrap();
    assert!(folder.is_completed());
}

#[test]
fn whoever_opens_for_writing_finishes_the_commit() {
    let folder = Folder::new("writers");
    for options in [OpenOptions::new(), full()] {
        folder.tear();
        of(NativeFile::open_writable(&folder.file(), &options).unwrap()).close().unwrap();
        assert!(folder.is_completed(), "{options:?}");
    }
    folder.tear();
    assert!(inspect_flags(&folder.file()).unwrap().half_done_commit);
    assert!(std::fs::read(folder.file()).unwrap() == folder.torn && folder.beside().exists(), "only read");
    assert!(clear_flags(&folder.file()).unwrap().half_done_commit);
    assert!(folder.is_completed());
    folder.tear();
    let recovery = Recovery::open(&folder.file(), &OpenOptions::new(), true).unwrap();
    assert!(recovery.diagnosis().cleared.half_done_commit && recovery.diagnosis().unreadable.is_empty());
    assert_eq!(observe(&recovery.file()).unwrap(), folder.expected);
    let done = recover_in_place(&folder.file(), &OpenOptions::new(), true).unwrap();
    assert!(done.diagnosis.cleared.half_done_commit && folder.is_completed());
}

#[test]
fn a_record_of_another_state_is_ignored_and_removed() {
    let folder = Folder::new("stale");
    let changes: [(&str, Change); 3] = [
        ("a block that is neither", |bytes| {
            let last = bytes.len() - 30;
            bytes[last] ^= 1;
        }),
        ("a longer file", |bytes| bytes.push(0)),
        ("another superblock", |bytes| bytes[9] ^= 1),
    ];
    for (what, change) in changes {
        let mut bytes = folder.torn.clone();
        change(&mut bytes);
        std::fs::write(folder.file(), &bytes).unwrap();
        std::fs::write(folder.beside(), &folder.record).unwrap();
        assert!(!folder.is_whole(&folder.file(), &OpenOptions::new()), "{what}");
    }
    let mut whole = folder.torn.clone();
    whole.push(0);
    std::fs::write(folder.file(), &whole).unwrap();
    of(NativeFile::open_writable(&folder.file(), &OpenOptions::new()).unwrap()).close().unwrap();
    assert!(!folder.beside().exists() && !folder.is_completed());
    folder.tear();
    of(NativeFile::create(&folder.file(), &CreateOptions::new(), &full()).unwrap()).close().unwrap();
    let left = observe(&of(NativeFile::open(&folder.file(), &OpenOptions::new()).unwrap())).unwrap();
    assert!(!folder.beside().exists() && left != folder.expected, "a new file has no old record");
}

#[test]
fn a_session_leaves_nothing_beside_its_file() {
    let folder = Folder::new("sessions");
    let change = |options: &OpenOptions| -> Result<bool> {
        let file = of(NativeFile::create(&folder.file(), &CreateOptions::new(), options)?);
        file.new_dataset::<i32>("d").shape([300]).compact().create()?.write(&[1; 300])?;
        file.flush()?;
        file.dataset("d")?.write(&[2; 300])?;
        file.flush()?;
        let during = folder.beside().exists();
        file.close()?;
        Ok(during)
    };
    assert!(change(&full()).unwrap() && !folder.beside().exists());
    assert!(!change(&OpenOptions::new()).unwrap(), "nothing is recorded where power cuts do not count");
}

/// What somebody else put there is neither read as a record, nor written to, nor removed.
#[test]
fn other_things_by_the_name_of_the_record_are_left_alone() {
    let folder = Folder::new("others");
    let other = folder.place.join("other");
    std::fs::write(&other, &folder.record).unwrap();
    std::fs::remove_file(folder.beside()).unwrap();
    let mut planted: Vec<(&str, Plant<'_>)> = vec![
        ("a folder", Box::new(|| std::fs::create_dir(folder.beside()).unwrap())),
        ("a text", Box::new(|| std::fs::write(folder.beside(), "mine").unwrap())),
        ("a second name", Box::new(|| std::fs::hard_link(&other, folder.beside()).unwrap())),
    ];
    #[cfg(unix)]
    planted
        .push(("a symbolic link", Box::new(|| std::os::unix::fs::symlink(&other, folder.beside()).unwrap())));
    for (what, plant) in planted {
        plant();
        assert!(!folder.is_whole(&folder.file(), &OpenOptions::new()), "{what}");
        of(NativeFile::open_writable(&folder.file(), &OpenOptions::new()).unwrap()).close().unwrap();
        let refused = NativeFile::open_writable(&folder.file(), &full()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Io, "{what}");
        assert!(refused.to_string().contains("scan.h5.h5j"), "{refused}");
        assert!(std::fs::symlink_metadata(folder.beside()).is_ok(), "{what} is gone");
        assert_eq!(std::fs::read(&other).unwrap(), folder.record, "{what}");
        let removed = match std::fs::symlink_metadata(folder.beside()).unwrap().is_dir() {
            true => std::fs::remove_dir(folder.beside()),
            false => std::fs::remove_file(folder.beside()),
        };
        removed.unwrap();
    }
}
