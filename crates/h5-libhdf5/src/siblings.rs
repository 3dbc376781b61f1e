//! The way from a file to the other files that it names.

use std::path::{Path, PathBuf};

use h5_types::{AccessPolicy, Error, ErrorKind, Name, Result};

/// Where a file is, and which others it may lead to.
#[derive(Debug, Clone)]
pub(crate) struct Siblings {
    directory: PathBuf,
    access: AccessPolicy,
}

impl Siblings {
    pub(crate) fn of(path: &Path, access: AccessPolicy) -> Self {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self { directory: parent.unwrap_or(Path::new(".")).to_path_buf(), access }
    }

    /// The path of a file that is named: an absolute name as it is, then by its last part beside the file; a relative one from the
    /// file's own directory.
    pub(crate) fn find(&self, name: &Name) -> Result<PathBuf> {
        self.check_allowed(name)?;
        let stored = Path::new(text(name)?);
        let mut candidates = vec![self.directory.join(stored)];
        if let (true, Some(last)) = (stored.is_absolute(), stored.file_name()) {
            candidates.push(self.directory.join(last));
        }
        let mut outcome = Error::not_found(format!("file `{name}` is not there"));
        for candidate in candidates {
            match self.permits(&candidate) {
                Ok(true) if candidate.is_file() => return Ok(candidate),
                Ok(true) => {}
                Ok(false) => outcome = outside(name),
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(outcome)
    }

    /// Fails if the library, left to itself, would open a file that the policy forbids. One that is not there is no harm, where it would
    /// be created below the file's own directory.
    pub(crate) fn check(&self, name: &Name) -> Result<()> {
        self.check_allowed(name)?;
        if self.access == AccessPolicy::Allow {
            return Ok(());
        }
        let candidate = self.directory.join(text(name)?);
        let permitted = match self.permits(&candidate) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                candidate.parent().is_none_or(|parent| matches!(self.permits(parent), Ok(true)))
            }
            other => other?,
        };
        if permitted { Ok(()) } else { Err(outside(name)) }
    }

    fn check_allowed(&self, name: &Name) -> Result<()> {
        match self.access {
            AccessPolicy::Deny => Err(Error::new(
                ErrorKind::PermissionDenied,
                format!("file `{name}`: other files are not opened (access policy: deny)"),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the policy allows a path. Symbolic links are resolved first, so that none leads out.
    fn permits(&self, candidate: &Path) -> Result<bool> {
        let resolved = std::fs::canonicalize(candidate)?;
        let inside = || Ok(resolved.starts_with(std::fs::canonicalize(&self.directory)?));
        if self.access == AccessPolicy::Allow { Ok(true) } else { inside() }
    }
}

fn text(name: &Name) -> Result<&str> {
    let text = name.to_str().filter(|text| !text.is_empty() && !text.contains('\0'));
    text.ok_or_else(|| Error::format(format!("`{name}` is no file name")))
}

fn outside(name: &Name) -> Error {
    let why = "it is outside this file's directory (access policy: same-dir)";
    Error::new(ErrorKind::PermissionDenied, format!("file `{name}`: {why}"))
}
