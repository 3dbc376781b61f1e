//! `file.h5::/a/b[slice]` and `file.h5/a/b`: a file, an object in it, and which of its elements.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use h5::{File, LibverBounds, Limits, Name, Object};

use crate::args::GlobalArgs;
use crate::backend::{Backend, NewFile};
use crate::failure::{self, Failure, Outcome};

/// Work that even a small file may cause, where a command goes through all of it.
const WORK_BYTES: u64 = 1 << 30;
/// Bytes of variable-length values that are read at a time.
const SEQUENCE_BYTES: u64 = 16 << 20;

/// A place that the user named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// The file.
    pub(crate) file: PathBuf,
    /// Path of the object, `/` if only a file was named.
    pub(crate) path: Name,
    /// The scheme that the user put before the file, if one.
    pub(crate) scheme: Option<String>,
}

/// An object and the slice that followed its path.
#[derive(Debug)]
pub(crate) struct Found {
    /// The object.
    pub(crate) object: Object,
    /// What stood in the brackets.
    pub(crate) slice: Option<String>,
}

impl Location {
    /// Takes the user's word apart. Which part is the file is asked of the file system, because both names may hold anything.
    pub(crate) fn parse(argument: &OsStr) -> Self {
        Self::parse_with(argument, |path| path.is_file())
    }

    /// A file that is named without an object.
    pub(crate) fn of_file(argument: &OsStr) -> Self {
        let (argument, scheme) = without_scheme(argument, |path: &Path| path.is_file());
        Self { file: argument.into(), path: Name::from("/"), scheme }
    }

    fn parse_with(argument: &OsStr, is_file: impl Fn(&Path) -> bool) -> Self {
        let (argument, scheme) = without_scheme(argument, &is_file);
        let scheme = || scheme.clone();
        let whole = || Self { file: argument.into(), path: Name::from("/"), scheme: scheme() };
        if is_file(Path::new(argument)) {
            return whole();
        }
        let bytes = argument.as_encoded_bytes();
        let split = |at: usize, skip: usize| {
            let (file, path) = bytes.split_at_checked(at)?;
            Some(Self { file: os_string(file)?.into(), path: Name::new(path.get(skip..)?), scheme: scheme() })
        };
        let colons: Vec<_> = positions(bytes, b"::").filter_map(|at| split(at, 2)).collect();
        if let Some(found) = colons.iter().find(|l| is_file(&l.file)).or(colons.first()) {
            return found.clone();
        }
        let mut slashes: Vec<_> = positions(bytes, b"/").filter_map(|at| split(at, 0)).collect();
        slashes.reverse();
        slashes.into_iter().find(|l| is_file(&l.file)).unwrap_or_else(whole)
    }

    /// The file's name, safe for a terminal.
    pub(crate) fn file_text(&self) -> String {
        format!("{}{}", self.prefix(), Name::new(self.file.as_os_str().as_encoded_bytes()))
    }

    /// The place as the user may write it, safe for a terminal.
    pub(crate) fn text(&self) -> String {
        if self.is_whole_file() { self.file_text() } else { format!("{}::{}", self.file_text(), self.path) }
    }

    /// The file's name for JSON.
    pub(crate) fn file_json(&self) -> String {
        format!("{}{}", self.prefix(), Name::new(self.file.as_os_str().as_encoded_bytes()).to_text())
    }

    /// What stands before the name of what is no file, so that it can be used as it is told.
    fn prefix(&self) -> String {
        let scheme = self.scheme.as_deref().unwrap_or_default();
        let is_file = Backend::of_scheme(scheme).is_none_or(|backend| backend.has_files());
        if is_file { String::new() } else { format!("{scheme}:") }
    }

    /// True if only a file was named.
    pub(crate) fn is_whole_file(&self) -> bool {
        matches!(self.path.as_bytes(), b"" | b"/")
    }

    /// Names the file in an error.
    pub(crate) fn blame(&self, error: h5::Error) -> Failure {
        Failure::File { file: self.file_text(), error }
    }

    /// The backend of the file.
    pub(crate) fn backend(&self, global: &GlobalArgs) -> Outcome<Backend> {
        let Some(scheme) = &self.scheme else { return Ok(global.backend) };
        Backend::of_scheme(scheme).ok_or_else(|| {
            Failure::usage(format!(
                "{scheme}:{}: this h5 was built without the backend {scheme} (cargo build --features {scheme})",
                self.file_text()
            ))
        })
    }

    /// True if the file is there.
    pub(crate) fn exists(&self, global: &GlobalArgs) -> Outcome<bool> {
        let backend = self.backend(global)?;
        if backend.has_files() {
            return Ok(self.file.exists());
        }
        match backend.open(&self.file, limits(), global) {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == h5::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.blame(error)),
        }
    }

    /// Opens the file, and tells what is odd about it.
    pub(crate) fn open(&self, global: &GlobalArgs) -> Outcome<File> {
        let file = self.backend(global)?.open(&self.file, limits(), global);
        let file = file.map_err(|error| self.blame(error))?;
        self.warn(&file, global);
        Ok(file)
    }

    /// Opens the file while another process may be writing it.
    pub(crate) fn open_live(&self, global: &GlobalArgs) -> Outcome<File> {
        self.backend(global)?.open_live(&self.file, limits(), global).map_err(|error| self.blame(error))
    }

    /// Opens the file for reading and writing, within version bounds.
    pub(crate) fn open_within(&self, bounds: LibverBounds, global: &GlobalArgs) -> Outcome<File> {
        let file = self.backend(global)?.open_to_change(&self.file, bounds, limits(), global);
        file.map_err(|error| self.blame(error))
    }

    /// Creates the file, or another one in the place of which it is to be put.
    pub(crate) fn create_at(
        &self,
        path: &Path,
        new: &NewFile,
        bounds: LibverBounds,
        global: &GlobalArgs,
    ) -> Outcome<File> {
        let file = self.backend(global)?.create(path, new, bounds, limits(), global);
        file.map_err(|error| self.blame(error))
    }

    /// Opens another file for reading, as this one is.
    pub(crate) fn open_at(&self, path: &Path, global: &GlobalArgs) -> Outcome<File> {
        self.backend(global)?.open(path, limits(), global).map_err(|error| self.blame(error))
    }

    fn warn(&self, file: &File, global: &GlobalArgs) {
        // A file whose facts cannot be had is one that the command itself stumbles over.
        let warnings =
            if global.quiet { Vec::new() } else { file.info().map_or(Vec::new(), |info| info.warnings) };
        for warning in warnings {
            failure::warn(&format!("{}: {warning}", self.file_text()));
        }
    }

    /// Opens the file for a command that goes through all of it by itself: its work is in proportion to the file's length.
    pub(crate) fn open_within_limits(&self, global: &GlobalArgs) -> Outcome<File> {
        let file = self.open_whole_silently(global)?;
        self.warn(&file, global);
        Ok(file)
    }

    /// As [`Location::open_within_limits`], for a command whose output has the warnings itself.
    pub(crate) fn open_whole_silently(&self, global: &GlobalArgs) -> Outcome<File> {
        let mut limits = limits();
        if !global.no_work_limit {
            limits.work_bytes = WORK_BYTES;
        }
        self.backend(global)?.open(&self.file, limits, global).map_err(|error| self.blame(error))
    }

    /// Finds the object. A last `[...]` is taken as a slice, unless an object has just that name.
    pub(crate) fn find(&self, file: &File) -> Outcome<Found> {
        if self.is_whole_file() {
            let object = file.object("/").map_err(|error| self.blame(error))?;
            return Ok(Found { object, slice: None });
        }
        let path = self.path.as_bytes();
        let error = match file.object(path) {
            Ok(object) => return Ok(Found { object, slice: None }),
            Err(error) => error,
        };
        let Some((path, slice)) = split_slice(path) else { return Err(self.blame(error)) };
        let object = file.object(path).map_err(|error| self.blame(error))?;
        Ok(Found { object, slice: Some(slice) })
    }

    /// Finds an object of which no part was asked for.
    pub(crate) fn find_whole(&self, file: &File) -> Outcome<Object> {
        let found = self.find(file)?;
        match found.slice {
            None => Ok(found.object),
            Some(slice) => Err(Failure::usage(format!("this command takes no part of a dataset: [{slice}]"))),
        }
    }
}

/// Bounds for commands, which read values piece by piece.
pub(crate) fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.sequence_bytes = SEQUENCE_BYTES;
    limits
}

/// Takes the scheme of a backend off the user's word, unless a file has just that name.
fn without_scheme(argument: &OsStr, is_file: impl Fn(&Path) -> bool) -> (&OsStr, Option<String>) {
    match argument.to_str().and_then(Backend::split_scheme) {
        Some((scheme, rest)) if !is_file(Path::new(argument)) => (OsStr::new(rest), Some(scheme.to_owned())),
        _ => (argument, None),
    }
}

/// The object's path and the slice behind it.
fn split_slice(path: &[u8]) -> Option<(&[u8], String)> {
    let inner = path.strip_suffix(b"]")?;
    let at = inner.iter().rposition(|&byte| byte == b'[')?;
    let (path, slice) = inner.split_at_checked(at)?;
    let slice = std::str::from_utf8(slice.get(1..)?).ok()?;
    Some((path, slice.to_owned()))
}

fn positions<'a>(bytes: &'a [u8], pattern: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let windows = bytes.windows(pattern.len()).enumerate();
    windows.filter(move |(_, window)| *window == pattern).map(|(at, _)| at)
}

/// Part of an argument as a file name of the system.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such conversion for every byte string")]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    use std::os::unix::ffi::OsStrExt as _;
    Some(OsStr::from_bytes(bytes).to_owned())
}

/// Part of an argument as a file name of the system.
#[cfg(not(unix))]
fn os_string(bytes: &[u8]) -> Option<OsString> {
    std::str::from_utf8(bytes).ok().map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::{Location, split_slice};

    fn parse(argument: &str) -> (String, String) {
        let found = Location::parse_with(argument.as_ref(), |path| path.as_os_str() == "d/f.h5");
        (found.file.to_string_lossy().into_owned(), found.path.to_string())
    }

    #[test]
    fn file_and_path_are_told_apart_by_what_exists() {
        for (argument, file, path) in [
            ("d/f.h5", "d/f.h5", "/"),
            ("d/f.h5::/a/b", "d/f.h5", "/a/b"),
            ("d/f.h5::a::b", "d/f.h5", "a::b"),
            ("d/f.h5/a/b", "d/f.h5", "/a/b"),
            ("d/f.h5/", "d/f.h5", "/"),
            ("d/other.h5::/a", "d/other.h5", "/a"),
            ("d/other.h5/a", "d/other.h5/a", "/"),
        ] {
            assert_eq!(parse(argument), (file.into(), path.into()), "{argument}");
        }
    }

    #[test]
    fn a_scheme_is_taken_off_the_file() {
        let found = Location::parse_with("libhdf5:d/f.h5::/a".as_ref(), |path| path.as_os_str() == "d/f.h5");
        assert_eq!((found.file.to_str(), found.scheme.as_deref()), (Some("d/f.h5"), Some("libhdf5")));
        assert_eq!(found.path.to_string(), "/a");
        let found = Location::parse_with("native:x".as_ref(), |path| path.as_os_str() == "native:x");
        assert_eq!((found.file.to_str(), found.scheme), (Some("native:x"), None));
    }

    #[test]
    fn a_slice_is_the_last_pair_of_brackets() {
        assert_eq!(split_slice(b"/a[1][2,:]"), Some((&b"/a[1]"[..], "2,:".into())));
        assert_eq!(split_slice(b"/a]b"), None);
        assert_eq!(split_slice(b"/a]"), None);
    }
}
