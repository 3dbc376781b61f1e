//! The files that programs change.

use std::collections::HashSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5::vfd::{BufferVfd, Vfd};
use h5::{CreateOptions, File, LibverBounds, OpenOptions};
use h5_backend::{CopyOptions, Group, Order};
use h5_testkit::{MemoryBackend, compare};
use h5_types::{AccessPolicy, DatasetInfo, Error, Layout, LinkTarget, Name, NewDataset, Result};

/// Larger files are left out, so that many others are tried.
const LONGEST_FILE: u64 = 256 << 10;
const MOST_OBJECTS: usize = 400;
const MOST_ELEMENTS: u64 = 20_000;
/// Files of one folder of the corpus, which is what one project's tests hold.
const MOST_OF_A_FOLDER: usize = 8;

/// Filters that may change values: scale-offset, zfp, JPEG-LS, SPERR.
const INEXACT: [u16; 4] = [6, 32012, 32013, 32028];

/// A file as it is before a program.
pub(crate) struct Subject {
    pub(crate) name: String,
    /// Nothing for a new file.
    pub(crate) bytes: Option<Vec<u8>>,
    /// Its objects.
    pub(crate) paths: Vec<Name>,
}

/// How files are opened here.
pub(crate) fn options(bounds: LibverBounds) -> OpenOptions {
    OpenOptions::new().bounds(bounds).threads(1).access(AccessPolicy::Deny)
}

impl Subject {
    /// A file that does not exist yet.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), bytes: None, paths: vec![Name::default()] }
    }

    /// A file that is there, if a model of it can be made and it is open to changes.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn load(name: &str, bytes: Vec<u8>) -> Result<Self> {
        let mut subject = Self { name: name.to_owned(), bytes: Some(bytes), paths: Vec::new() };
        subject.paths = paths(&subject.reader()?)?;
        let model = subject.model()?;
        let (model, found) = (compare::contents(&model)?, compare::contents(&*subject.reader()?)?);
        let differences = compare::differences(&model, &found);
        if let Some(first) = differences.first() {
            let first: String = first.chars().take(200).collect();
            return Err(Error::unsupported(format!("the model is not the file: {first}")));
        }
        subject.writer(&subject.storage(), LibverBounds::V18).map(|_| subject)
    }

    /// Storage with the file.
    pub(crate) fn storage(&self) -> Arc<BufferVfd> {
        Arc::new(self.bytes.clone().map(BufferVfd::new).unwrap_or_default())
    }

    /// Opens the file for changes, or makes it.
    pub(crate) fn writer(&self, storage: &Arc<BufferVfd>, bounds: LibverBounds) -> Result<File> {
        let driver = Arc::clone(storage) as Arc<dyn Vfd>;
        match self.bytes {
            Some(_) => File::open_rw_vfd(driver, &options(bounds)),
            None => File::create_vfd(driver, &CreateOptions::new(), &options(bounds)),
        }
    }

    /// The same in memory.
    pub(crate) fn model(&self) -> Result<h5_backend::File> {
        let model = MemoryBackend::new();
        if self.bytes.is_some() {
            let copied = CopyOptions::new().raw_chunks(false).adjust(&held_in_memory);
            let report = copied.copy_contents(&self.reader()?.root()?, &model.root()?)?;
            if let Some(loss) = report.losses().next() {
                return Err(Error::unsupported(format!("the model lacks something: {loss:?}")));
            }
        }
        Ok(model)
    }

    fn reader(&self) -> Result<File> {
        File::open_vfd(self.storage(), &options(LibverBounds::V18))
    }
}

/// The model has elements and nothing beside them.
fn held_in_memory(_: &Name, _: &DatasetInfo, new: &mut NewDataset) -> Result<()> {
    new.external.clear();
    Ok(())
}

/// Whether the model's elements change as those of the file do: not if they belong to other datasets, or a filter rounds them.
fn is_exact(info: &DatasetInfo) -> bool {
    !matches!(info.layout, Layout::Virtual { .. }) && !info.filters.iter().any(|f| INEXACT.contains(&f.id))
}

/// Paths of all objects, without their last slash.
fn paths(file: &File) -> Result<Vec<Name>> {
    let (mut found, mut seen, mut elements) = (vec![Name::default()], HashSet::new(), 0_u64);
    let mut open: Vec<(Group, Name)> = vec![(file.root()?, Name::default())];
    seen.insert(file.root()?.object().token());
    while let Some((group, path)) = open.pop() {
        for link in group.links(Order::Name)? {
            let link = link?;
            let LinkTarget::Hard(token) = link.target else { continue };
            if !seen.insert(token) {
                continue;
            }
            let object = group.follow(&link)?;
            let path = Name::new([path.as_bytes(), b"/", link.name.as_bytes()].concat());
            found.push(path.clone());
            if let Ok(dataset) = object.clone().into_dataset() {
                let info = dataset.info()?;
                if !is_exact(&info) {
                    return Err(Error::unsupported("elements that the model would not change alike"));
                }
                let count = info.dataspace.element_count().unwrap_or(u64::MAX);
                elements = elements.saturating_add(count);
            } else if let Ok(group) = object.into_group() {
                open.push((group, path));
            }
            if found.len() > MOST_OBJECTS || elements > MOST_ELEMENTS {
                return Err(Error::limit("larger than what is tried here"));
            }
        }
    }
    Ok(found)
}

/// The project's own fixtures, and files of the corpus that `H5_CORPUS` names; with what was left out, and why.
pub(crate) fn subjects() -> io::Result<(Vec<Subject>, Vec<String>)> {
    let mut candidates = Vec::new();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures");
    files(&fixtures, &mut candidates)?;
    let mut candidates: Vec<(String, PathBuf)> = named(&fixtures, candidates);
    if let Some(corpus) = std::env::var_os("H5_CORPUS") {
        let corpus = Path::new(&corpus).join("files");
        for folder in entries(&corpus)? {
            let mut of_folder = Vec::new();
            files(&folder, &mut of_folder)?;
            let step = of_folder.len().div_ceil(MOST_OF_A_FOLDER).max(1);
            candidates.extend(named(&corpus, of_folder.into_iter().step_by(step).collect()));
        }
    }
    let (mut subjects, mut left_out) = (Vec::new(), Vec::new());
    for (name, path) in candidates {
        match Subject::load(&name, std::fs::read(&path)?) {
            Ok(subject) => subjects.push(subject),
            Err(error) => left_out.push(format!("{name}: {error}")),
        }
    }
    Ok((subjects, left_out))
}

/// Paths from a folder on.
fn named(folder: &Path, files: Vec<PathBuf>) -> Vec<(String, PathBuf)> {
    let name = |path: &PathBuf| path.strip_prefix(folder).unwrap_or(path).display().to_string();
    files.into_iter().map(|path| (name(&path), path)).collect()
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries: io::Result<Vec<_>> = std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect();
    let mut entries = entries?;
    entries.sort();
    Ok(entries)
}

fn files(path: &Path, found: &mut Vec<PathBuf>) -> io::Result<()> {
    if path.is_dir() {
        return entries(path)?.iter().try_for_each(|entry| files(entry, found));
    }
    let length = std::fs::metadata(path)?.len();
    let is_file = |bytes: Vec<u8>| bytes.windows(4).take(4096).any(|window| window == b"\x89HDF");
    if (8..=LONGEST_FILE).contains(&length) && std::fs::read(path).is_ok_and(is_file) {
        found.push(path.to_owned());
    }
    Ok(())
}
