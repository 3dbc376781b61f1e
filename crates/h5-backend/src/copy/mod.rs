//! Copies of objects with all that belongs to them, within a file, between files and between backends.
//!
//! A copy is made in two passes. The first lays out the structure: groups, committed datatypes, datasets without their elements, and all
//! links. After it, every object's copy is known, so that the second, which fills in attributes, comments and elements, can turn each
//! reference to an object that is copied into one to its copy.

mod boxes;
mod chunks;
mod contents;
mod describe;
mod elements;
mod options;
mod references;
mod report;
mod sources;
mod staging;
mod structure;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{Error, ErrorKind, Name, ObjectToken, Result};

pub use options::{CopyFailure, CopyOptions, CopyProgress, LinkCopy};
pub use report::{CopiedPart, CopyRemark, CopyReport, CopyVerdict};

use crate::backend::ObjectKind;
use crate::file::File;
use crate::object::Object;
use crate::{Dataset, Group};
use sources::{SourceKey, Sources};
use staging::Staging;

/// Longest path that is told in full, in bytes: of a group nested very deep, the end is told.
const LARGEST_PATH_BYTES: usize = 4 << 10;

/// A copy that is being made.
struct Copier<'o> {
    options: &'o CopyOptions<'o>,
    sources: Sources,
    target: File,
    /// Objects in the order in which they were made. The first one is where the copy begins.
    objects: Vec<Copied>,
    copies: HashMap<SourceKey, ObjectToken>,
    /// Objects that this copy made, where the source is the same file: they are not copied again.
    made: HashSet<ObjectToken>,
    staging: Staging,
    report: CopyReport,
}

/// An object and its copy.
#[derive(Debug)]
struct Copied {
    source: SourceKey,
    target: ObjectToken,
    kind: ObjectKind,
    /// Where the object was met first: index of the group in the list of objects, and the link's name.
    parent: Option<usize>,
    name: Name,
}

/// Why a copy ends early.
enum Halt {
    Failed(Error),
    Stopped,
}

type Step<T = ()> = Result<T, Halt>;

impl From<Error> for Halt {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl CopyOptions<'_> {
    /// Copies an object, a group with everything below it, and links the copy into a group under a new name.
    ///
    /// # Errors
    /// `AlreadyExists` if the name is taken; what the storages report. Unless [`CopyFailure::Skip`] is set, whatever of the object cannot be
    /// copied as it is. The copy is removed again then.
    pub fn copy(&self, source: &Object, target: &Group, name: impl Into<Name>) -> Result<CopyReport> {
        let name = name.into();
        let taken = target.link(name.as_bytes())?.is_some();
        if taken {
            let path = crate::path::join(target.object().path(), &name);
            return Err(Error::new(ErrorKind::AlreadyExists, format!("a link `{name}`")).with_path(path));
        }
        let mut copier = Copier::new(self, source.file(), target)?;
        let laid_out = copier.begin(source, target, &name).and_then(|()| copier.lay_out());
        let done = laid_out.and_then(|()| copier.fill());
        let result = copier.finish(target, done);
        if result.as_ref().map_or(true, CopyReport::is_stopped) {
            // The first error is the one to tell of; without the object there is nothing to remove.
            let _ = target.object().node().as_group().map(|group| group.remove_link(name.as_bytes()));
        }
        result
    }

    /// Copies what a group has, attributes and comment too, into a group that is there already.
    ///
    /// # Errors
    /// As [`CopyOptions::copy`]; what was copied before stays.
    pub fn copy_contents(&self, source: &Group, target: &Group) -> Result<CopyReport> {
        let mut copier = Copier::new(self, source.object().file(), target)?;
        let start = SourceKey { file: 0, token: source.object().token() };
        copier.register(start, target.object().token(), ObjectKind::Group, None, Name::default());
        let done = copier.lay_out().and_then(|()| copier.fill());
        copier.finish(target, done)
    }
}

impl<'o> Copier<'o> {
    fn new(options: &'o CopyOptions<'o>, source: &File, target: &Group) -> Result<Self> {
        let target_file = target.object().file().clone();
        if !target_file.backend().capability().has(crate::Feature::Write) {
            return Err(target.object().locate(Error::unsupported("the file is not open for writing")));
        }
        Ok(Self {
            options,
            sources: Sources::new(source.clone(), &target_file),
            target: target_file,
            objects: Vec::new(),
            copies: HashMap::new(),
            made: HashSet::new(),
            staging: Staging::new(target.object().token()),
            report: CopyReport::default(),
        })
    }

    /// Takes note of an object and its copy.
    fn register(
        &mut self,
        source: SourceKey,
        target: ObjectToken,
        kind: ObjectKind,
        parent: Option<usize>,
        name: Name,
    ) {
        self.copies.insert(source, target);
        if self.sources.is_target(source.file) {
            self.made.insert(target);
        }
        self.objects.push(Copied { source, target, kind, parent, name });
    }

    /// First pass.
    fn lay_out(&mut self) -> Step {
        let mut next = 0_usize;
        while let Some(object) = self.objects.get(next) {
            if object.kind == ObjectKind::Group {
                self.copy_links(next)?;
            }
            self.tell_progress(0)?;
            next = next.saturating_add(1);
        }
        Ok(())
    }

    /// Second pass.
    fn fill(&mut self) -> Step {
        for at in 0..self.objects.len() {
            self.copy_attributes(at)?;
            self.copy_comment(at)?;
            if self.objects.get(at).is_some_and(|object| object.kind == ObjectKind::Dataset) {
                self.copy_elements(at)?;
            }
            self.report.objects = self.report.objects.saturating_add(1);
            self.tell_progress(0)?;
        }
        Ok(())
    }

    fn finish(mut self, target: &Group, done: Step) -> Result<CopyReport> {
        let unstaged = self.staging.remove(target);
        match done {
            Ok(()) => unstaged?,
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Stopped) => self.report.stopped = true,
        }
        Ok(self.report)
    }

    // --- Objects --------------------------------------------------------------------------------------------------------------

    /// Path of an object, from where the copy began, as bytes.
    fn path(&self, at: usize) -> Name {
        let mut names: Vec<&[u8]> = Vec::new();
        let mut length = 0_usize;
        let mut next = self.objects.get(at);
        while let Some(object) = next {
            if object.name.is_empty() {
                break;
            }
            length = length.saturating_add(object.name.as_bytes().len()).saturating_add(1);
            if length > LARGEST_PATH_BYTES {
                names.push(b"...");
                break;
            }
            names.push(object.name.as_bytes());
            next = object.parent.and_then(|parent| self.objects.get(parent));
        }
        names.reverse();
        let mut path = vec![b'/'];
        path.extend(names.join(&b'/'));
        Name::new(path)
    }

    fn path_below(&self, at: usize, name: &Name) -> Name {
        let mut path = self.path(at).as_bytes().to_vec();
        if path != b"/" {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        Name::new(path)
    }

    fn source(&self, at: usize) -> Result<Object> {
        let object = self.objects.get(at).ok_or_else(|| Error::not_found("an object of a copy"))?;
        self.sources.file(object.source.file)?.object_by_token(object.source.token, self.path(at).to_string())
    }

    fn copy_of(&self, at: usize) -> Result<Object> {
        let object = self.objects.get(at).ok_or_else(|| Error::not_found("an object of a copy"))?;
        self.target.object_by_token(object.target, self.path(at).to_string())
    }

    fn file_of(&self, at: usize) -> usize {
        self.objects.get(at).map_or(0, |object| object.source.file)
    }

    // --- What goes wrong ------------------------------------------------------------------------------------------------------

    /// A part that cannot be read: the end of a copy that is to be complete.
    fn lost(&mut self, path: &Name, part: CopiedPart, error: Error) -> Step {
        if self.options.failure == CopyFailure::Stop {
            return Err(error.with_path(path.to_string()).into());
        }
        self.report.remark(CopyVerdict::Lost, path, part, error);
        Ok(())
    }

    /// A part that cannot be written. Storage that fails is the end of any copy.
    fn unwritable(&mut self, path: &Name, part: CopiedPart, error: Error) -> Step {
        match error.kind() {
            ErrorKind::Io | ErrorKind::Service | ErrorKind::PermissionDenied => {
                Err(error.with_path(path.to_string()).into())
            }
            _ => self.lost(path, part, error),
        }
    }

    /// Something that the copy has in another form.
    fn changed(&mut self, path: &Name, part: CopiedPart, why: Error) {
        self.report.remark(CopyVerdict::Changed, path, part, why);
    }

    /// Tells how far the copy has come, after so many more stored bytes of the source.
    fn tell_progress(&mut self, bytes: u64) -> Step {
        self.report.stored_bytes = self.report.stored_bytes.saturating_add(bytes);
        let Some(progress) = self.options.progress else { return Ok(()) };
        let state = CopyProgress {
            objects_done: self.report.objects,
            objects_found: u64::try_from(self.objects.len()).unwrap_or(u64::MAX),
            stored_bytes: self.report.stored_bytes,
        };
        match progress(&state) {
            ControlFlow::Continue(()) => Ok(()),
            ControlFlow::Break(()) => Err(Halt::Stopped),
        }
    }
}

/// Two datasets of which one is to be the other's copy.
struct Pair {
    at: usize,
    path: Name,
    source: Dataset,
    target: Dataset,
}

fn same_file(one: &File, other: &File) -> bool {
    Arc::ptr_eq(one.backend(), other.backend())
}
