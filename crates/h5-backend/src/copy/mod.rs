//! Copies of objects with all that belongs to them, within a file, between files and between backends.
//!
//! A copy is made in two passes. The first lays out the structure: groups, committed datatypes, datasets without their elements, and all
//! links. After it, every object's copy is known, so that the second, which fills in attributes, comments and elements, can turn each
//! reference to an object that is copied into one to its copy.

mod account;
mod boxes;
mod checkpoint;
mod chunks;
mod contents;
mod describe;
mod early;
mod elements;
mod known;
mod options;
mod parallel;
mod references;
mod report;
mod sources;
mod staging;
mod structure;

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{Error, ErrorKind, Name, ObjectToken, Result};

pub use checkpoint::unfinished_source;
pub use options::{CopyFailure, CopyOptions, CopyProgress, LinkCopy};
pub use report::{CopiedPart, CopyRemark, CopyReport, CopyVerdict};

use crate::Group;
use crate::backend::ObjectKind;
use crate::file::File;
use crate::object::Object;
use account::Account;
use checkpoint::{Checkpoint, Reached};
use early::Filled;
use known::{Copied, Known};
use sources::{SourceKey, Sources};
use staging::Staging;

/// A copy that is being made.
struct Copier<'o> {
    options: &'o CopyOptions<'o>,
    known: Known,
    /// Objects that this copy made, where the source is the same file: they are not copied again.
    made: HashSet<ObjectToken>,
    /// What was copied of each object in the first pass already.
    filled: Vec<Filled>,
    staging: Staging,
    account: Account,
    /// How far an earlier copy came that this one goes on with, and where this one notes how far it came.
    checkpoint: Option<Checkpoint>,
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
        if let Some(identity) = self.resumable {
            let checkpoint = Checkpoint::open(target, identity)?;
            if checkpoint.resumes {
                Staging::refuse_left_over(target)?;
            }
            copier.checkpoint = Some(checkpoint);
        }
        let start = SourceKey { file: 0, token: source.object().token() };
        copier.register(start, target.object().token(), ObjectKind::Group, None, Name::default());
        let done = copier.lay_out().and_then(|()| copier.fill());
        let is_whole = done.is_ok();
        let mut report = copier.finish(target, done);
        if let Some(checkpoint) = &mut copier.checkpoint {
            let ended = if is_whole { checkpoint.remove() } else { checkpoint.save() };
            // The first failure is the one to tell of; with it, what was noted before counts.
            if let (true, Err(error)) = (is_whole, ended) {
                report = report.and(Err(error));
            }
        }
        report
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
            known: Known {
                sources: Sources::new(source.clone(), &target_file),
                target: target_file,
                objects: Vec::new(),
                copies: HashMap::new(),
            },
            made: HashSet::new(),
            filled: Vec::new(),
            staging: Staging::new(target.object().token()),
            account: Account::new(options.failure),
            checkpoint: None,
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
        self.known.copies.insert(source, target);
        if self.known.sources.is_target(source.file) {
            self.made.insert(target);
        }
        self.known.objects.push(Copied { source, target, kind, parent, name });
        self.filled.push(Filled::default());
    }

    /// First pass.
    fn lay_out(&mut self) -> Step {
        let mut next = 0_usize;
        while let Some(object) = self.known.objects.get(next) {
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
        if self.options.threads > 1 || self.checkpoint.is_some() {
            self.fill_attributes()?;
            return self.fill_elements();
        }
        for at in 0..self.known.objects.len() {
            if !self.filled(at).attributes {
                self.copy_attributes(at)?;
                self.copy_comment(at)?;
            }
            if self.lacks_elements(at) {
                self.copy_elements(at)?;
            }
            self.complete();
            self.tell_progress(0)?;
        }
        Ok(())
    }

    /// The second pass for all objects, but for elements.
    fn fill_attributes(&mut self) -> Step {
        let behind = self.checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.earlier.attributes);
        for at in 0..self.known.objects.len() {
            if !self.filled(at).attributes && !is_below(at, behind) {
                self.copy_attributes(at)?;
                self.copy_comment(at)?;
            }
            if !self.lacks_elements(at) {
                self.complete();
            }
            self.tell_progress(0)?;
            self.note(|now| now.attributes = count(at.saturating_add(1)))?;
        }
        Ok(())
    }

    fn lacks_elements(&self, at: usize) -> bool {
        let is_dataset = self.known.objects.get(at).is_some_and(|object| object.kind == ObjectKind::Dataset);
        is_dataset && !self.filled(at).elements
    }

    fn complete(&mut self) {
        self.account.report.objects = self.account.report.objects.saturating_add(1);
    }

    /// Notes how far the copy has come, if it is to be taken up again where it ends.
    fn note(&mut self, change: impl FnOnce(&mut Reached)) -> Step {
        match &mut self.checkpoint {
            Some(checkpoint) => Ok(checkpoint.note(change)?),
            None => Ok(()),
        }
    }

    fn finish(&mut self, target: &Group, done: Step) -> Result<CopyReport> {
        let unstaged = match (&done, &self.checkpoint) {
            // What goes on from here has to know of it.
            (Err(_), Some(_)) => Ok(()),
            _ => self.staging.remove(target),
        };
        match done {
            Ok(()) => unstaged?,
            Err(Halt::Failed(error)) => return Err(error),
            Err(Halt::Stopped) => self.account.report.stopped = true,
        }
        Ok(std::mem::take(&mut self.account.report))
    }

    /// Tells how far the copy has come, after so many more stored bytes of the source.
    fn tell_progress(&mut self, bytes: u64) -> Step {
        self.account.report.stored_bytes = self.account.report.stored_bytes.saturating_add(bytes);
        let report = &self.account.report;
        self.show(report.objects, report.stored_bytes)
    }

    fn show(&self, objects_done: u64, stored_bytes: u64) -> Step {
        show(self.options, objects_done, count(self.known.objects.len()), stored_bytes)
    }
}

/// Tells how far a copy has come.
fn show(options: &CopyOptions<'_>, objects_done: u64, objects_found: u64, stored_bytes: u64) -> Step {
    let Some(progress) = options.progress else { return Ok(()) };
    match progress(&CopyProgress { objects_done, objects_found, stored_bytes }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Halt::Stopped),
    }
}

/// A number of objects, as it is noted.
fn count(objects: usize) -> u64 {
    u64::try_from(objects).unwrap_or(u64::MAX)
}

/// True of an object that was behind when so many were.
fn is_below(at: usize, behind: u64) -> bool {
    count(at) < behind
}

fn same_file(one: &File, other: &File) -> bool {
    Arc::ptr_eq(one.backend(), other.backend())
}
