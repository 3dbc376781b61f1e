//! A file that appears under its name only once it is whole.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::args::GlobalArgs;
use crate::backend::Backend;
use crate::failure::{Failure, Outcome};

/// A file beside the one that it is to become. Unless it was published, it is removed again.
#[derive(Debug)]
pub(crate) struct ScratchFile {
    path: PathBuf,
    goal: PathBuf,
    published: bool,
    /// What has it, if not the file system, and how that is asked.
    service: Option<(Backend, GlobalArgs)>,
}

impl ScratchFile {
    /// Chooses a name in the directory of the goal. The file itself is created by who writes it.
    pub(crate) fn beside(goal: &Path) -> Self {
        let mut name = OsString::from(".");
        name.push(goal.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        Self { path: goal.with_file_name(name), goal: goal.to_owned(), published: false, service: None }
    }

    /// The same on a backend, whose files may be a service's domains.
    pub(crate) fn beside_on(goal: &Path, backend: Backend, global: &GlobalArgs) -> Self {
        let mut this = Self::beside(goal);
        this.service = (!backend.has_files()).then(|| (backend, global.clone()));
        this
    }

    /// Where the file is until it is published.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Removes what was written, to write it anew.
    pub(crate) fn discard(&self) {
        match &self.service {
            Some((backend, global)) => backend.remove(&self.path, global),
            // What is not there needs no removal.
            None => drop(fs::remove_file(&self.path)),
        }
    }

    /// Puts the file in the place of its goal, in one step, with the permissions of what is there. It survives a power cut from then on.
    /// A service's domain gets its name after the one that has it is removed.
    pub(crate) fn publish(mut self) -> Outcome<()> {
        let renamed = match &self.service {
            Some((backend, global)) => backend.rename(&self.path, &self.goal, global),
            None => self.rename().map_err(h5::Error::from),
        };
        renamed.map_err(|error| Failure::File {
            file: h5::Name::new(self.goal.as_os_str().as_encoded_bytes()).to_string(),
            error,
        })?;
        self.published = true;
        Ok(())
    }

    fn rename(&self) -> std::io::Result<()> {
        if let Ok(there) = fs::metadata(&self.goal) {
            fs::set_permissions(&self.path, there.permissions())?;
        }
        File::open(&self.path)?.sync_all()?;
        fs::rename(&self.path, &self.goal)?;
        // The name is safe once its directory is; systems that cannot do that do it in time by themselves.
        let directory = self.goal.parent().filter(|parent| !parent.as_os_str().is_empty());
        if let Ok(directory) = File::open(directory.unwrap_or(Path::new("."))) {
            let _ = directory.sync_all();
        }
        Ok(())
    }
}

impl Drop for ScratchFile {
    fn drop(&mut self) {
        if !self.published {
            self.discard();
        }
    }
}
