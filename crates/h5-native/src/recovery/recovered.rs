//! A damaged file as it can be saved.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::Arc;

use h5_backend::{CopiedPart, CopyReport, CopyVerdict, File, ObjectKind};
use h5_types::{Error, Name, ObjectToken, Result};

use super::chunks::ChunkSaver;
use super::lost_and_found::{WithLostAndFound, hard_link};
use super::mended::MendedVfd;
use super::names::names;
use super::orphans::topmost;
use super::reach::Reach;
use super::scan::Scan;
use super::superblock::{Cleared, Repair, Tail};
use crate::commit_record::Beside;
use crate::vfd::{FileVfd, Vfd};
use crate::{NativeFile, OpenOptions};

/// Name of the group of objects that no link leads to; with a number behind it where the root group has such a link already.
pub const LOST_AND_FOUND: &str = "lost+found";

/// Work that searching may cause beyond a multiple of the file's length, in bytes.
const SEARCH_WORK_BYTES: u64 = 1 << 30;

/// What is wrong with a file, and what was found in it.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Diagnosis {
    /// What the superblock says that is not so.
    pub cleared: Cleared,
    /// Objects that links lead to.
    pub reached: u64,
    /// Why parts of what links lead to cannot be read.
    pub unreadable: Vec<Error>,
    /// How many more such parts there are.
    pub unreadable_left_out: u64,
    /// Objects that no link leads to, those below others left out, in order of their addresses.
    pub orphans: Vec<Orphan>,
    /// How many such objects there are with those below others.
    pub orphan_count: u64,
    /// Path of the group of these objects, if there are any.
    pub lost_and_found: Option<Name>,
    /// Whether so much looks like objects that not all of it was looked at.
    pub search_incomplete: bool,
}

/// An object that no link leads to: a writer did not come to write the link, or half of the group that had it. Or it was removed, and its
/// space was not used since.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Orphan {
    /// The object.
    pub token: ObjectToken,
    /// What it is.
    pub kind: ObjectKind,
    /// Its name below `/lost+found`.
    pub name: Name,
    /// Whether the object had that name; else it is called by its address.
    pub is_named: bool,
}

/// A chunk that the index does not lead to, or that is longer than the index says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedChunk {
    /// Path of the dataset in the copy.
    pub path: Name,
    /// First element.
    pub start: Vec<u64>,
    /// Elements in each dimension.
    pub size: Vec<u64>,
    /// Where the chunk is in the file.
    pub address: u64,
}

/// A file as it can be saved. Nothing is written to it.
#[derive(Debug)]
pub struct Recovery {
    file: NativeFile,
    /// The same, for searching: what that may cost is bounded.
    searched: NativeFile,
    options: OpenOptions,
    scan: Scan,
    diagnosis: Diagnosis,
}

impl Recovery {
    /// Opens a file that a writer left behind, with `search` looks at all of its bytes for objects that no link leads to, and tells what is
    /// wrong with it. No lock is taken: no writer must have the file open.
    ///
    /// # Errors
    /// `Format` if there is no sound superblock; `Unsupported` for a file that is several files; `NotFound`, `Io`.
    pub fn open(path: &Path, options: &OpenOptions, search: bool) -> Result<Self> {
        Self::open_at(path, options, search).map_err(|error| error.with_path(path.display().to_string()))
    }

    fn open_at(path: &Path, options: &OpenOptions, search: bool) -> Result<Self> {
        let vfd: Arc<dyn Vfd> = Arc::new(FileVfd::open(path)?);
        let repair = Repair::find(&vfd, Tail::Kept)?;
        let mut patches = vec![(repair.place, repair.mended_bytes(&*vfd)?)];
        if let Some(beside) = Beside::look(&*vfd)?
            && let Some(pending) = beside.pending(repair.place)?
        {
            let blocks = pending.into_blocks();
            patches.extend(blocks.map(|(address, block)| (repair.place.saturating_add(address.0), block)));
        }
        let mended = Arc::new(MendedVfd::new(Arc::clone(&vfd), patches));
        let file = NativeFile::open_over(mended.clone(), path, options)?;
        let mut bounded = options.clone();
        bounded.limits.work_bytes = SEARCH_WORK_BYTES.min(options.limits.work_bytes);
        let searched = NativeFile::open_over(mended, path, &bounded)?;
        let reach = Reach::of(&file);
        let mut scan = if search { Scan::of(searched.core().storage())? } else { Scan::default() };
        scan.forget(&reach.raw);
        let (orphans, orphan_count) = named_orphans(&searched, &scan, &reach);
        let lost_and_found =
            (!orphans.is_empty()).then(|| free_name(&File::from_backend(Arc::new(file.clone()))));
        let diagnosis = Diagnosis {
            cleared: repair.cleared,
            reached: u64::try_from(reach.objects.len()).unwrap_or(u64::MAX),
            unreadable: reach.unreadable,
            unreadable_left_out: reach.unreadable_left_out,
            orphans,
            orphan_count,
            lost_and_found,
            // Once the work that a file may cause is spent, nothing more of it makes sense.
            search_incomplete: scan.incomplete || searched.core().storage().spend(0).is_err(),
        };
        Ok(Self { file, searched, options: options.clone(), scan, diagnosis })
    }

    /// What is wrong with the file, and what was found in it.
    pub fn diagnosis(&self) -> &Diagnosis {
        &self.diagnosis
    }

    pub(super) fn into_diagnosis(self) -> Diagnosis {
        self.diagnosis
    }

    /// The file, with the superblock that it should have and the group of objects that no link leads to. Only for reading.
    pub fn file(&self) -> File {
        let link = |orphan: &Orphan| hard_link(orphan.name.clone(), orphan.token);
        let mut links: Vec<_> = self.diagnosis.orphans.iter().map(link).collect();
        links.sort_by(|a, b| a.name.cmp(&b.name));
        let name = self.diagnosis.lost_and_found.clone().unwrap_or_else(|| Name::from(LOST_AND_FOUND));
        File::from_backend(Arc::new(WithLostAndFound {
            file: self.file.clone(),
            name,
            links: Arc::new(links),
        }))
    }

    /// Writes chunks into a copy of [`Recovery::file`] that it lacks because their index is damaged, and tells which. `report` is that of the
    /// copy. What is lost no more stays in the report.
    ///
    /// # Errors
    /// Those of writing the copy.
    pub fn save_chunks(&self, copy: &File, report: &CopyReport) -> Result<Vec<SavedChunk>> {
        let lost = report.remarks.iter().filter(|remark| {
            remark.verdict == CopyVerdict::Lost
                && matches!(remark.part, CopiedPart::Elements | CopiedPart::Block(_))
        });
        let damaged: HashSet<&Name> = lost.map(|remark| &remark.path).collect();
        let saver = ChunkSaver { file: &self.searched, scan: &self.scan, options: &self.options };
        let mut saved = Vec::new();
        for object in self.file().root()?.walk() {
            let Ok(object) = object else { continue };
            let path = Name::from(object.path());
            let Ok(source) = object.into_dataset() else { continue };
            let is_damaged = damaged.contains(&path) || report.remarks_left_out > 0;
            if !is_damaged && self.scan.data_blocks.is_empty() {
                continue;
            }
            let Ok(target) = copy.dataset(path.as_bytes()) else { continue };
            saved.extend(saver.save(&path, &source, &target, is_damaged)?);
        }
        Ok(saved)
    }
}

/// The topmost orphans with names that differ.
fn named_orphans(file: &NativeFile, scan: &Scan, reach: &Reach) -> (Vec<Orphan>, u64) {
    let (topmost, count) = topmost(file, scan, reach);
    let wanted: HashSet<u64> = topmost.iter().map(|&(address, _)| address).collect();
    let found = if wanted.is_empty() { HashMap::new() } else { names(file, scan, &wanted) };
    let mut taken: HashSet<Vec<u8>> = HashSet::new();
    let orphans = topmost.into_iter().map(|(address, kind)| {
        let by_address = format!("object_{address:#x}").into_bytes();
        let name = found.get(&address).filter(|name| !taken.contains(*name)).cloned();
        let is_named = name.is_some();
        let mut name = name.unwrap_or(by_address);
        while !taken.insert(name.clone()) {
            name.push(b'_');
        }
        Orphan { token: ObjectToken(u128::from(address)), kind, name: Name::new(name), is_named }
    });
    (orphans.collect(), count)
}

/// A name that no link of the root group has.
pub(super) fn free_name(file: &File) -> Name {
    let root = file.root().ok();
    let is_taken = |name: &str| root.as_ref().is_some_and(|root| matches!(root.link(name), Ok(Some(_))));
    let numbered = (2_u32..).map(|number| format!("{LOST_AND_FOUND}-{number}"));
    let mut names = std::iter::once(LOST_AND_FOUND.to_owned()).chain(numbered);
    names
        .find(|name| !is_taken(name))
        .map_or_else(|| Name::from(LOST_AND_FOUND), |name| Name::new(name.into_bytes()))
}
