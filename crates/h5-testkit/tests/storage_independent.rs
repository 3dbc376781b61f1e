//! A file says the same whichever way its bytes are reached. `H5_CORPUS`, a folder of files, makes the test go through those too.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_native::vfd::{FileVfd, MapVfd, MemoryVfd, Vfd};
use h5_testkit::transcript::{options, transcript};
use h5_testkit::vfd::TrickleVfd;

/// Files of the corpus that are read, and the longest of them in bytes.
const MOST_FILES: usize = 250;
const LONGEST_FILE: u64 = 256 << 10;

fn told(vfd: impl Vfd + 'static) -> Vec<String> {
    transcript(Arc::new(vfd), &options())
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries: io::Result<Vec<_>> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut entries = entries?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, found)?;
        } else if std::fs::read(&path).is_ok_and(|bytes| {
            (8..=LONGEST_FILE).contains(&(bytes.len() as u64))
                && bytes.windows(4).take(4096).any(|w| w == b"\x89HDF")
        }) {
            found.push(path);
        }
    }
    Ok(())
}

#[test]
fn memory_file_map_and_single_bytes_tell_the_same() {
    let mut found = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures"), &mut found).unwrap();
    assert!(!found.is_empty());
    if let Some(corpus) = std::env::var_os("H5_CORPUS") {
        let mut more = Vec::new();
        files(Path::new(&corpus), &mut more).unwrap();
        // Evenly over the folders.
        let step = more.len().div_ceil(MOST_FILES).max(1);
        found.extend(more.into_iter().step_by(step));
    }
    for path in &found {
        let bytes = std::fs::read(path).unwrap();
        let memory = told(MemoryVfd::new(bytes.clone()));
        assert_eq!(memory, told(FileVfd::open(path).unwrap()), "{} as a file", path.display());
        assert_eq!(memory, told(MapVfd::open(path).unwrap()), "{} as a map", path.display());
        assert_eq!(memory, told(TrickleVfd::new(bytes)), "{} by single bytes", path.display());
    }
    println!("{} files", found.len());
}
