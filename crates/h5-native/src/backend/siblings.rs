use std::path::{Path, PathBuf};

use h5_types::{AccessPolicy, Error, ErrorKind, Limits, Name, Result};

use crate::vfd::NO_FILES;

/// The way from a file to the other files that it names: external links, external raw data, virtual sources.
#[derive(Debug)]
pub(super) struct Siblings {
    /// The file's own directory; `None` for files that have none.
    directory: Option<PathBuf>,
    access: AccessPolicy,
    /// Files that led here one after another.
    hops: usize,
}

impl Siblings {
    pub(super) fn of(path: &Path, access: AccessPolicy, hops: usize) -> Self {
        let parent = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Self { directory: Some(parent.to_path_buf()), access, hops }
    }

    pub(super) fn none(access: AccessPolicy) -> Self {
        Self { directory: None, access, hops: 0 }
    }

    /// Hops of a file, or of a virtual dataset's source in this file, that this file leads to after `virtual_hops` within it.
    pub(super) fn next_hop(&self, virtual_hops: usize, limits: &Limits) -> Result<usize> {
        let hops = self.hops.saturating_add(virtual_hops);
        if hops >= limits.external_hops {
            let limit = limits.external_hops;
            return Err(Error::limit(format!(
                "more than {limit} files or virtual datasets lead to one another"
            )));
        }
        Ok(hops.saturating_add(1))
    }

    /// The path of a file that this one names: an absolute name as it is, then in the file's own directory by its last part; a relative
    /// one from the file's own directory (External Links in HDF5, "Access Procedure"; no prefixes are set here).
    ///
    /// Inlined, so that what opens such a file is not compiled in where there are none.
    #[inline(always)]
    pub(super) fn find(&self, name: &Name) -> Result<PathBuf> {
        if self.access == AccessPolicy::Deny {
            return Err(denied(name, "other files are not opened (access policy: deny)"));
        }
        match &self.directory {
            Some(directory) if !NO_FILES => self.find_from(directory, name),
            _ => Err(denied(name, "this file has no directory")),
        }
    }

    fn find_from(&self, directory: &Path, name: &Name) -> Result<PathBuf> {
        let stored = name
            .to_str()
            .filter(|text| !text.is_empty() && !text.contains('\0'))
            .ok_or_else(|| Error::format(format!("`{name}` is no file name")))?;
        let stored = Path::new(stored);
        let mut candidates = Vec::new();
        if stored.is_absolute() {
            candidates.push(stored.to_path_buf());
            candidates.extend(stored.file_name().map(|last| directory.join(last)));
        } else {
            candidates.push(directory.join(stored));
        }
        let mut outcome = Error::new(ErrorKind::NotFound, format!("file `{name}` is not there"));
        for candidate in candidates {
            match self.permitted(&candidate, directory) {
                Ok(true) => return Ok(candidate),
                Ok(false) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(_) => {
                    outcome = denied(name, "it is outside this file's directory (access policy: same-dir)")
                }
            }
        }
        Err(outcome)
    }

    /// The path of a file that this one names and that is to be written, as [`Self::find`] finds it. One that is not there is created,
    /// empty, in the place where it would be found first; under the policy `same-dir`, that has to be below the file's own directory.
    pub(super) fn find_or_create(&self, name: &Name) -> Result<PathBuf> {
        match self.find(name) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            found => return found,
        }
        let directory =
            self.directory.as_deref().ok_or_else(|| denied(name, "this file has no directory"))?;
        let stored = name.to_str().map(Path::new).unwrap_or(Path::new(""));
        let candidate = directory.join(stored);
        let parent = candidate.parent().unwrap_or(directory);
        let is_below = std::fs::canonicalize(parent)?.starts_with(std::fs::canonicalize(directory)?);
        if self.access == AccessPolicy::SameDir && !is_below {
            return Err(denied(name, "it is outside this file's directory (access policy: same-dir)"));
        }
        // Fails where a link that leads nowhere has the name.
        std::fs::OpenOptions::new().write(true).create_new(true).open(&candidate)?;
        Ok(candidate)
    }

    /// Whether there is such a file; an error if the policy forbids it. Symbolic links are resolved first, so that none leads out.
    fn permitted(&self, candidate: &Path, directory: &Path) -> Result<bool> {
        let resolved = std::fs::canonicalize(candidate)?;
        if self.access == AccessPolicy::SameDir && !resolved.starts_with(std::fs::canonicalize(directory)?) {
            return Err(Error::new(ErrorKind::PermissionDenied, "outside the directory"));
        }
        Ok(resolved.is_file())
    }
}

fn denied(name: &Name, why: &str) -> Error {
    Error::new(ErrorKind::PermissionDenied, format!("file `{name}`: {why}"))
}
