use std::fmt;
use std::panic::Location;

use h5_backend::{Capability, Feature, File, Group, Mode};
use h5_types::{Error, ErrorKind, Result};

use super::Subject;
use crate::compare::{contents, differences};

/// What a case comes to.
pub type Outcome = Result<(), Failure>;

/// Why a case failed, and where it found out.
#[derive(Debug)]
pub struct Failure {
    message: String,
    place: &'static Location<'static>,
}

/// A case on its file.
#[derive(Debug)]
pub struct Trial<'s> {
    subject: &'s dyn Subject,
    name: String,
    file: File,
}

impl<'s> Trial<'s> {
    pub(super) fn new(subject: &'s dyn Subject, case: &str) -> Result<Self> {
        let name = format!("{}.h5", case.replace('/', "-"));
        let file = File::from_backend(subject.open(&name, Mode::CreateNew)?);
        Ok(Self { subject, name, file })
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    pub(super) fn root(&self) -> Result<Group> {
        self.file.root()
    }

    pub(super) fn capability(&self) -> Capability {
        self.file.backend().capability()
    }

    pub(super) fn has(&self, feature: Feature) -> bool {
        self.capability().has(feature)
    }

    /// How many links are very many.
    pub(super) fn many_links(&self) -> u64 {
        self.subject.many_links()
    }

    /// Bytes of the largest attribute.
    pub(super) fn largest_attribute_bytes(&self) -> u32 {
        self.subject.largest_attribute_bytes()
    }

    /// Name of the trial's file, for links that name it.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Flushes, closes and opens the file again, for reading and writing.
    pub(super) fn reopen(&mut self) -> Result<()> {
        self.reopen_as(Mode::ReadWrite)
    }

    /// Closes the file, which flushes it, and opens it again.
    pub(super) fn reopen_as(&mut self, mode: Mode) -> Result<()> {
        self.file.close()?;
        self.file = File::from_backend(self.subject.open(&self.name, mode)?);
        Ok(())
    }

    /// Opens the trial's file, or another of its own, as the subject does.
    pub(super) fn open(&self, name: &str, mode: Mode) -> Result<File> {
        self.subject.open(name, mode).map(File::from_backend)
    }

    /// A further file, and its name.
    pub(super) fn companion(&self) -> Result<(File, String)> {
        let name = format!("companion-{}", self.name);
        Ok((self.open(&name, Mode::CreateNew)?, name))
    }

    /// Does what must fail with an error of a kind, and compares what the file holds before and after.
    #[track_caller]
    pub(super) fn refused<T>(&self, kind: ErrorKind, attempt: impl FnOnce(&File) -> Result<T>) -> Outcome {
        let before = contents(&self.file)?;
        is_error(kind, attempt(&self.file))?;
        let changes = differences(&before, &contents(&self.file)?);
        check(changes.is_empty(), || format!("was refused, but changed {}", changes.join("; ")))
    }
}

impl Failure {
    #[track_caller]
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: Location::caller() }
    }
}

/// Fails unless something is true.
#[track_caller]
pub(super) fn check(is_true: bool, otherwise: impl FnOnce() -> String) -> Outcome {
    if is_true { Ok(()) } else { Err(Failure::new(otherwise())) }
}

/// Fails unless two values are the same; the first is what was found.
#[track_caller]
pub(super) fn same<A: PartialEq<B> + fmt::Debug, B: fmt::Debug>(found: A, expected: B) -> Outcome {
    if found == expected {
        return Ok(());
    }
    let cut = |text: String| match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}...", text.get(..end).unwrap_or_default()),
        None => text,
    };
    let (found, expected) = (cut(format!("{found:?}")), cut(format!("{expected:?}")));
    Err(Failure::new(format!("{found} instead of {expected}")))
}

/// Fails unless a result is an error of a kind.
#[track_caller]
pub(super) fn is_error<T>(kind: ErrorKind, result: Result<T>) -> Outcome {
    match result {
        Ok(_) => Err(Failure::new(format!("no error instead of {kind:?}"))),
        Err(error) if error.kind() == kind => Ok(()),
        Err(error) => Err(Failure::new(format!("{:?} instead of {kind:?}: {error}", error.kind()))),
    }
}

/// What a case wants is there.
#[track_caller]
pub(super) fn some<T>(found: Option<T>) -> Result<T, Failure> {
    found.ok_or_else(|| Failure::new("nothing is there"))
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = self.place.file().rsplit(['/', '\\']).next().unwrap_or_default();
        write!(f, "{} ({file}:{})", self.message, self.place.line())
    }
}

impl From<Error> for Failure {
    #[track_caller]
    fn from(error: Error) -> Self {
        Self::new(format!("{:?}: {error}", error.kind()))
    }
}

impl fmt::Debug for dyn Subject + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
