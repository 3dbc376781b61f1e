//! Files that are several files open by one path (`tests/fixtures/several/make.py`).

#![allow(clippy::panic, clippy::unwrap_used, reason = "a failure of a test is a panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_backend::File;
use h5_native::{NativeFile, OpenOptions, StorageKind};
use h5_types::{AccessPolicy, Error, ErrorKind, Result};

const VERSIONS: [&str; 2] = ["earliest", "latest"];

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/several")
}

/// An empty folder for a test, with copies of the files that are called so.
fn folder(test: &str, wanted: impl Fn(&str) -> bool) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("several_files").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    for entry in std::fs::read_dir(fixtures()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if wanted(&name) {
            std::fs::copy(fixtures().join(&name), folder.join(&name)).unwrap();
        }
    }
    folder
}

fn open(path: &Path, access: AccessPolicy) -> Result<File> {
    open_with(path, &OpenOptions::new().access(access))
}

fn open_with(path: &Path, options: &OpenOptions) -> Result<File> {
    Ok(File::from_backend(Arc::new(NativeFile::open(path, options)?)))
}

#[track_caller]
fn check_contents(file: &File) {
    assert_eq!(file.info().unwrap().warnings, Vec::<String>::new());
    assert_eq!(file.root().unwrap().attr("one").unwrap().read_scalar::<i32>().unwrap(), 1);
    let numbers = file.dataset("numbers").unwrap().read::<i32>().unwrap();
    assert!(numbers.into_iter().eq(0..300));
}

/// Opening fails, and the error has that kind and names that file.
#[track_caller]
fn check_refused(opened: Result<File>, kind: ErrorKind, file: &str) -> Error {
    let error = opened.unwrap_err();
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(file), "{error}");
    error
}

#[test]
fn a_family_opens_by_its_pattern_whatever_the_policy() {
    for version in VERSIONS {
        let path = fixtures().join(format!("family-{version}-%03d.h5"));
        for access in [AccessPolicy::Deny, AccessPolicy::SameDir, AccessPolicy::Allow] {
            check_contents(&open(&path, access).unwrap());
        }
    }
}

#[test]
fn a_family_and_a_split_file_open_by_their_first_member() {
    for version in VERSIONS {
        for name in [format!("family-{version}-000.h5"), format!("split-{version}-m.h5")] {
            for access in [AccessPolicy::SameDir, AccessPolicy::Allow] {
                check_contents(&open(&fixtures().join(&name), access).unwrap());
            }
        }
    }
}

#[test]
fn members_are_read_by_every_storage() {
    let storages = [
        StorageKind::File,
        #[cfg(feature = "mmap")]
        StorageKind::Map,
        StorageKind::Memory,
    ];
    for storage in storages {
        for name in ["family-latest-000.h5", "split-earliest-m.h5"] {
            check_contents(&open_with(&fixtures().join(name), &OpenOptions::new().storage(storage)).unwrap());
        }
    }
}

#[test]
fn the_policy_decides_on_members_that_the_file_names() {
    for version in VERSIONS {
        let family = fixtures().join(format!("family-{version}-000.h5"));
        let refused = open(&family, AccessPolicy::Deny);
        check_refused(refused, ErrorKind::PermissionDenied, &format!("family-{version}-001.h5"));
        let split = fixtures().join(format!("split-{version}-m.h5"));
        let refused = open(&split, AccessPolicy::Deny);
        check_refused(refused, ErrorKind::PermissionDenied, &format!("split-{version}-r.h5"));
    }
}

#[cfg(unix)]
#[test]
fn same_dir_follows_no_link_out_of_the_folder() {
    let folder = folder("links", |name| name == "split-latest-m.h5" || name == "family-latest-000.h5");
    for (first, other) in
        [("split-latest-m.h5", "split-latest-r.h5"), ("family-latest-000.h5", "family-latest-001.h5")]
    {
        let outside = fixtures().canonicalize().unwrap().join(other);
        std::os::unix::fs::symlink(outside, folder.join(other)).unwrap();
        let refused = open(&folder.join(first), AccessPolicy::SameDir);
        check_refused(refused, ErrorKind::PermissionDenied, other);
    }
    check_contents(&open(&folder.join("split-latest-m.h5"), AccessPolicy::Allow).unwrap());
}

#[test]
fn a_missing_member_is_named() {
    for version in VERSIONS {
        let missing = format!("family-{version}-002.h5");
        let folder =
            folder(&format!("missing-{version}"), |name| name != missing && !name.ends_with("-r.h5"));
        for name in [format!("family-{version}-000.h5"), format!("family-{version}-%03d.h5")] {
            let refused = open(&folder.join(name), AccessPolicy::Allow);
            check_refused(refused, ErrorKind::NotFound, &missing);
        }
        let refused = open(&folder.join(format!("split-{version}-m.h5")), AccessPolicy::Allow);
        check_refused(refused, ErrorKind::NotFound, &format!("split-{version}-r.h5"));
    }
    let refused = open(&fixtures().join("other-%03d.h5"), AccessPolicy::Allow);
    check_refused(refused, ErrorKind::NotFound, "other-000.h5");
}

#[test]
fn a_member_that_was_cut_does_not_read_as_zeros() {
    let folder = folder("cut", |name| name.starts_with("family-latest"));
    let cut = folder.join("family-latest-001.h5");
    let bytes = std::fs::read(&cut).unwrap();
    std::fs::write(&cut, &bytes[..1000]).unwrap();
    let refused = open(&folder.join("family-latest-%03d.h5"), AccessPolicy::SameDir);
    check_refused(refused, ErrorKind::Format, "family-latest-001.h5");
}

#[test]
fn the_last_member_may_be_cut_as_any_file() {
    let folder = folder("end", |name| name.starts_with("family-latest"));
    std::fs::write(folder.join("family-latest-003.h5"), [0; 10]).unwrap();
    let file = open(&folder.join("family-latest-000.h5"), AccessPolicy::SameDir).unwrap();
    assert_eq!(file.info().unwrap().warnings.len(), 1);
    assert!(file.dataset("numbers").unwrap().read::<i32>().is_err());
}

#[test]
fn members_without_their_name_are_not_guessed() {
    let folder = folder("renamed", |_| true);
    std::fs::rename(folder.join("family-latest-000.h5"), folder.join("first.h5")).unwrap();
    std::fs::rename(folder.join("split-latest-m.h5"), folder.join("meta.h5")).unwrap();
    for name in ["first.h5", "meta.h5"] {
        check_refused(open(&folder.join(name), AccessPolicy::Allow), ErrorKind::NotFound, name);
    }
}

/// HDF5 before 1.8 stored nothing about the family: the length of the first member is that of all.
#[test]
fn a_family_without_driver_information_opens_by_its_pattern() {
    const DRIVER_INFORMATION_ADDRESS: std::ops::Range<usize> = 48..56;
    let folder = folder("old", |name| name.starts_with("family-earliest"));
    let first = folder.join("family-earliest-000.h5");
    let mut bytes = std::fs::read(&first).unwrap();
    bytes[DRIVER_INFORMATION_ADDRESS].fill(0xff);
    std::fs::write(&first, bytes).unwrap();
    check_contents(&open(&folder.join("family-earliest-%03d.h5"), AccessPolicy::Deny).unwrap());
    let alone = open(&first, AccessPolicy::Allow).unwrap();
    assert_eq!(alone.info().unwrap().warnings.len(), 1, "nothing says that there are others");
}

#[test]
fn a_family_that_was_joined_is_one_file() {
    let folder = folder("joined", |_| false);
    let member = |number| std::fs::read(fixtures().join(format!("family-latest-00{number}.h5"))).unwrap();
    let joined: Vec<u8> = (0..4).flat_map(member).collect();
    std::fs::write(folder.join("joined.h5"), joined).unwrap();
    check_contents(&open(&folder.join("joined.h5"), AccessPolicy::Deny).unwrap());
}

#[test]
fn a_file_that_is_called_like_a_pattern_is_that_file() {
    let folder = folder("percent", |_| false);
    std::fs::copy(fixtures().join("../objects/latest.h5"), folder.join("a-%03d.h5")).unwrap();
    assert!(open(&folder.join("a-%03d.h5"), AccessPolicy::Deny).unwrap().dataset("group/data").is_ok());
}

#[test]
fn length_is_that_of_all_members_or_unknown() {
    let length =
        |name| open(&fixtures().join(name), AccessPolicy::SameDir).unwrap().info().unwrap().length_bytes;
    assert_eq!(length("family-latest-000.h5"), Some(3 * 1024 + 176));
    assert_eq!(length("split-latest-m.h5"), None);
}
