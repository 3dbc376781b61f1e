//! From a location such as `hsds://host/home/me/scan.h5` to a backend.

use std::ffi::OsStr;
use std::fmt;
use std::sync::Arc;

use h5_types::{Error, Name, Result};

use crate::{Backend, File};

/// What a file is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Reading. Every change is then refused as `Unsupported`.
    Read,
    /// Reading a file that another process may be writing: see [`Backend::refresh`].
    ReadLive,
    /// Reading and writing a file that is there.
    ReadWrite,
    /// Reading and writing a new file, in the place of one that is there.
    Create,
    /// Reading and writing a new file, which must not be there yet (`AlreadyExists`).
    CreateNew,
}

/// Opens what a location names; it is given without its scheme and the colon.
pub type Opener = dyn Fn(&OsStr, Mode) -> Result<Arc<dyn Backend>> + Send + Sync;

/// The backends of a program by the schemes of the locations that they open.
///
/// A location is `scheme:rest` or a plain path. A scheme has at least two characters, so that the drive letter of `C:\scan.h5` is none,
/// and is told by letters, digits, `+`, `-` and `.` alone, so that `./odd:name.h5` is a path. What is not UTF-8 is a path too. Schemes are
/// the same in capitals.
///
/// ```
/// # use std::sync::Arc;
/// use h5_backend::{Mode, Registry};
///
/// let mut registry = Registry::new("native");
/// registry.register("native", |path, mode| Err(h5_types::Error::not_found(format!("{path:?} for {mode:?}"))))?;
/// let error = registry.open("native:scan.h5", Mode::Read).unwrap_err();
/// assert_eq!(error.message(), r#""scan.h5" for Read"#);
/// let error = registry.open("ftp://host/scan.h5", Mode::Read).unwrap_err();
/// assert!(error.message().contains("no backend `ftp`; there are: native"));
/// # Ok::<(), h5_types::Error>(())
/// ```
#[derive(Clone)]
pub struct Registry {
    /// By scheme, in order of the alphabet.
    openers: Vec<(String, Arc<Opener>)>,
    default_scheme: String,
}

impl Registry {
    /// A registry without backends, in which plain paths go to the backend of a scheme.
    pub fn new(default_scheme: impl Into<String>) -> Self {
        Self { openers: Vec::new(), default_scheme: default_scheme.into().to_ascii_lowercase() }
    }

    /// Adds a backend, or puts it in the place of another of that scheme.
    ///
    /// # Errors
    /// `Usage` if the scheme is none.
    pub fn register(
        &mut self,
        scheme: &str,
        opener: impl Fn(&OsStr, Mode) -> Result<Arc<dyn Backend>> + Send + Sync + 'static,
    ) -> Result<()> {
        if !is_scheme(scheme) {
            return Err(Error::usage(format!("`{}` is no scheme", Name::from(scheme))));
        }
        let scheme = scheme.to_ascii_lowercase();
        self.openers.retain(|(known, _)| *known != scheme);
        let place = self.openers.partition_point(|(known, _)| *known < scheme);
        self.openers.insert(place, (scheme, Arc::new(opener)));
        Ok(())
    }

    /// The schemes, in order of the alphabet.
    pub fn schemes(&self) -> impl Iterator<Item = &str> {
        self.openers.iter().map(|(scheme, _)| scheme.as_str())
    }

    /// Opens or creates the file of a location.
    ///
    /// # Errors
    /// `Unsupported` for a scheme without a backend; those of the backend: `NotFound`, `AlreadyExists`, `PermissionDenied`, `Format`, `Io`,
    /// `Service`, and `Unsupported` for a mode that it has not.
    pub fn open(&self, location: impl AsRef<OsStr>, mode: Mode) -> Result<File> {
        let location = location.as_ref();
        let (scheme, rest) = match location.to_str().and_then(split) {
            Some((scheme, rest)) => (scheme.to_ascii_lowercase(), OsStr::new(rest)),
            None => (self.default_scheme.clone(), location),
        };
        let opener = self.openers.iter().find(|(known, _)| *known == scheme);
        let (_, opener) = opener.ok_or_else(|| self.unknown(&scheme))?;
        Ok(File::from_backend(opener(rest, mode)?))
    }

    fn unknown(&self, scheme: &str) -> Error {
        let there: Vec<&str> = self.schemes().collect();
        let there = if there.is_empty() { "none".to_owned() } else { there.join(", ") };
        Error::unsupported(format!(
            "no backend `{scheme}`; there are: {there} (a file of such a name is written ./{scheme}:...)"
        ))
    }
}

/// Takes a location with a scheme apart.
fn split(location: &str) -> Option<(&str, &str)> {
    location.split_once(':').filter(|(scheme, _)| is_scheme(scheme))
}

fn is_scheme(text: &str) -> bool {
    let of_scheme = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.');
    text.len() > 1 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(of_scheme)
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schemes: Vec<&str> = self.schemes().collect();
        f.debug_struct("Registry").field("schemes", &schemes).field("default", &self.default_scheme).finish()
    }
}

#[cfg(test)]
mod tests {
    use h5_types::{Error, ErrorKind};

    use super::{Mode, Registry, split};

    #[test]
    fn schemes_are_told_from_paths() {
        assert_eq!(split("native:scan.h5"), Some(("native", "scan.h5")));
        assert_eq!(split("hsds://host:5101/home/a.h5"), Some(("hsds", "//host:5101/home/a.h5")));
        for path in
            ["scan.h5", "C:\\scan.h5", "c:/scan.h5", "./a:b", "/x/native:y", "a b:c", "1a:b", ":x", ""]
        {
            assert_eq!(split(path), None, "{path}");
        }
    }

    #[test]
    fn locations_go_to_the_backend_of_their_scheme() {
        let mut registry = Registry::new("File");
        for scheme in ["file", "HSDS"] {
            let opener = move |rest: &std::ffi::OsStr, mode| {
                Err(Error::not_found(format!("{scheme} {} {mode:?}", rest.display())))
            };
            registry.register(scheme, opener).unwrap();
        }
        let told = |location: &str| registry.open(location, Mode::Create).unwrap_err().message().to_owned();
        assert_eq!(told("a.h5"), "file a.h5 Create");
        assert_eq!(told("FILE:a.h5"), "file a.h5 Create");
        assert_eq!(told("hsds://host/a"), "HSDS //host/a Create");
        assert_eq!(told("C:\\a.h5"), "file C:\\a.h5 Create");
        let unknown = registry.open("s3://bucket/a", Mode::Read).unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::Unsupported);
        assert!(unknown.message().contains("there are: file, hsds"), "{unknown}");
    }

    #[test]
    fn what_is_no_scheme_is_not_registered() {
        let mut registry = Registry::new("file");
        for scheme in ["", "c", "a/b", "1x", "a:b"] {
            let registered = registry.register(scheme, |_, _| Err(Error::not_found("")));
            assert_eq!(registered.unwrap_err().kind(), ErrorKind::Usage, "{scheme}");
        }
        assert_eq!(registry.open("a.h5", Mode::Read).unwrap_err().kind(), ErrorKind::Unsupported);
    }
}
