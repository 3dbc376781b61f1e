//! What commands share that change files: opening, closing, places for new objects.

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use h5::{File, Group, LibverBounds, Link, Name};

use crate::args::GlobalArgs;
use crate::failure::{Failure, Outcome};
use crate::location::Location;

/// The oldest release of the C library that must be able to read what is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bounds {
    /// Every release
    Earliest,
    /// 1.8 and later
    V18,
    /// 1.10 and later
    V110,
    /// 2.0 and later
    V200,
}

impl From<Bounds> for LibverBounds {
    fn from(bounds: Bounds) -> Self {
        match bounds {
            Bounds::Earliest => Self::Earliest,
            Bounds::V18 => Self::V18,
            Bounds::V110 => Self::V110,
            Bounds::V200 => Self::V200,
        }
    }
}

impl Location {
    /// Opens the file for reading and writing.
    pub(crate) fn open_to_change(&self, global: &GlobalArgs) -> Outcome<File> {
        self.open_within(LibverBounds::default(), global)
    }

    /// Opens the file for a change, or for reading if the change is only talked about.
    pub(crate) fn open_for(&self, dry_run: bool, global: &GlobalArgs) -> Outcome<File> {
        if dry_run { self.open(global) } else { self.open_to_change(global) }
    }

    /// Makes what was changed durable.
    pub(crate) fn close(&self, file: &File) -> Outcome<()> {
        file.close().map_err(|error| self.blame(error))
    }

    /// The group that the path's last name is in, and that name.
    pub(crate) fn parent(&self, file: &File) -> Outcome<(Group, Name)> {
        let Some((parent, name)) = split_path(&self.path) else {
            return Err(Failure::usage(format!("{}: a path of an object is needed", self.text())));
        };
        let group = file.group(parent.as_bytes()).map_err(|error| self.blame(error))?;
        Ok((group, name))
    }

    /// The link that the path ends with, with its group. Only links on the way are followed.
    pub(crate) fn link(&self, file: &File) -> Outcome<(Group, Link)> {
        let (group, name) = self.parent(file)?;
        match group.link(name.as_bytes()).map_err(|error| self.blame(error))? {
            Some(link) => Ok((group, link)),
            None => {
                let error = h5::Error::not_found(format!("no link `{name}`"));
                Err(self.blame(error.with_path(group.object().path())))
            }
        }
    }

    /// True if both are places in the same file.
    pub(crate) fn is_same_file(&self, other: &Self) -> bool {
        let remote =
            |scheme: &Option<String>| scheme.as_deref().is_some_and(|scheme| scheme.starts_with("hsds"));
        if remote(&self.scheme) || remote(&other.scheme) {
            return self.scheme == other.scheme && self.file == other.file;
        }
        let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| PathBuf::from(path));
        real(&self.file) == real(&other.file)
    }

    /// The same file, another path.
    pub(crate) fn at(&self, path: Name) -> Self {
        Self { path, ..self.clone() }
    }
}

/// The names of a path; empty ones and `.` mean nothing.
fn names(path: &Name) -> Vec<&[u8]> {
    let parts = path.as_bytes().split(|&byte| byte == b'/');
    parts.filter(|name| !name.is_empty() && *name != b".").collect()
}

/// The path of the group that the last name is in, and that name; `None` of the root.
pub(crate) fn split_path(path: &Name) -> Option<(Name, Name)> {
    let mut names = names(path);
    let last = names.pop()?;
    let mut parent = vec![b'/'];
    parent.extend(names.join(&b'/'));
    Some((Name::new(parent), Name::new(last)))
}

/// The path with a name behind it.
pub(crate) fn below(path: &Name, name: &Name) -> Name {
    let mut names = names(path);
    names.push(name.as_bytes());
    let mut joined = vec![b'/'];
    joined.extend(names.join(&b'/'));
    Name::new(joined)
}

/// The path in a form that two of the same object share, links apart.
pub(crate) fn normal(path: &Name) -> Name {
    let mut joined = vec![b'/'];
    joined.extend(names(path).join(&b'/'));
    Name::new(joined)
}

#[cfg(test)]
mod tests {
    use super::{below, normal, split_path};

    #[test]
    fn paths_are_taken_apart_at_the_last_name() {
        let split = |path: &str| split_path(&path.into()).map(|(a, b)| (a.to_string(), b.to_string()));
        assert_eq!(split("/a/b"), Some(("/a".into(), "b".into())));
        assert_eq!(split("a//b/./"), Some(("/a".into(), "b".into())));
        assert_eq!(split("x"), Some(("/".into(), "x".into())));
        assert_eq!(split("/"), None);
        assert_eq!(below(&"/".into(), &"x".into()).to_string(), "/x");
        assert_eq!(normal(&"a/./b/".into()).to_string(), "/a/b");
    }
}
