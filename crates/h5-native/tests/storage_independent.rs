//! A file says the same whichever way its bytes are reached. `H5_CORPUS`, a folder of files, makes the test go through those too.

use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_backend::{File, Object, Order};
use h5_native::vfd::{FileVfd, MapVfd, MemoryVfd, Vfd};
use h5_native::{NativeFile, OpenOptions};
use h5_types::{AccessPolicy, Limits, LinkTarget, Result, Selection};

/// Files of the corpus that are read, and the longest of them in bytes.
const MOST_FILES: usize = 250;
const LONGEST_FILE: u64 = 256 << 10;
/// Values that are compared, in elements of a dataset.
const MOST_ELEMENTS: u64 = 1 << 16;

/// Gives one byte a read.
#[derive(Debug)]
struct Trickle(Vec<u8>);

impl Vfd for Trickle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset));
        match (buffer.first_mut(), from) {
            (Some(to), Some(from)) => {
                *to = *from;
                Ok(1)
            }
            _ => Ok(0),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

fn transcript(vfd: Arc<dyn Vfd>) -> Vec<String> {
    let mut limits = Limits::default();
    limits.work_bytes = 64 << 20;
    let options = OpenOptions::new().access(AccessPolicy::Deny).limits(limits).threads(1);
    let root = NativeFile::open_vfd(vfd, &options).and_then(|file| File::from_backend(Arc::new(file)).root());
    let mut lines = Vec::new();
    let mut pending = match root {
        Ok(root) => vec![root.object().clone()],
        Err(error) => return vec![error.to_string()],
    };
    let mut seen = Vec::new();
    while let Some(object) = pending.pop() {
        if seen.contains(&object.token()) || seen.len() > 500 {
            continue;
        }
        seen.push(object.token());
        visit(&object, &mut lines, &mut pending);
    }
    lines
}

fn visit(object: &Object, lines: &mut Vec<String>, pending: &mut Vec<Object>) {
    lines.push(format!("{} {}", object.path(), said(object.info())));
    let attributes = object.attributes(Order::Name).map(|all| {
        all.into_iter().map(|item| said(item.and_then(|attribute| attribute.elements()))).collect::<Vec<_>>()
    });
    lines.push(said(attributes));
    if let Ok(dataset) = object.clone().into_dataset() {
        lines.push(said(dataset.info()));
        lines.push(said(dataset.node().and_then(|node| node.storage_bytes())));
        let count = dataset.info().ok().and_then(|info| info.dataspace.element_count());
        if count.is_some_and(|count| count <= MOST_ELEMENTS) {
            lines.push(said(dataset.elements(&Selection::All)));
        }
    } else if let Ok(group) = object.clone().into_group() {
        let links = group.links(Order::Name);
        for link in links.iter().flatten().flatten().filter(|l| matches!(l.target, LinkTarget::Hard(_))) {
            match group.follow(link) {
                Ok(object) => pending.push(object),
                Err(error) => lines.push(error.to_string()),
            }
        }
        lines.push(said(links));
    }
}

/// Short, since whole values would fill the memory.
fn said<T: Debug>(result: Result<T>) -> String {
    let text = match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => return error.to_string(),
    };
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{} bytes, {:x}", text.len(), hasher.finish())
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
        let memory = transcript(Arc::new(MemoryVfd::new(bytes.clone())));
        assert_eq!(
            memory,
            transcript(Arc::new(FileVfd::open(path).unwrap())),
            "{} as a file",
            path.display()
        );
        assert_eq!(memory, transcript(Arc::new(MapVfd::open(path).unwrap())), "{} as a map", path.display());
        assert_eq!(memory, transcript(Arc::new(Trickle(bytes))), "{} by single bytes", path.display());
    }
    println!("{} files", found.len());
}
