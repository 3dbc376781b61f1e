//! Links: making, removing and moving them.

use std::sync::Arc;

use h5_types::{Error, LinkTarget, Name, Result};

use super::Group;
use crate::object::Object;
use crate::path::{join, names_reversed, parent, resolve, start_of};

impl Group {
    /// Makes a further hard link to an object of the same file.
    ///
    /// # Errors
    /// `AlreadyExists`; `NotFound` for a group on the way, or if the object is gone; `Usage` for an object of another file; `Unsupported`,
    /// `Io`, `Service`.
    pub fn link_hard(&self, path: impl AsRef<[u8]>, object: impl AsRef<Object>) -> Result<()> {
        let object = object.as_ref();
        let (group, name) = parent(&self.0, path.as_ref())?;
        if !same_file(&group.0, object) {
            let message = format!("a hard link to {}, which is in another file", object.path());
            return Err(Error::usage(message).with_path(join(&group.0.path, &name)));
        }
        group.link_to(&name, &LinkTarget::Hard(object.token()))
    }

    /// Makes a soft link: to a path in the same file, whether anything is there or not. It is relative to the link's group unless it
    /// begins with `/`.
    ///
    /// # Errors
    /// `AlreadyExists`; `NotFound` for a group on the way; `Usage` for an empty target; `Unsupported`, `Io`, `Service`.
    pub fn link_soft(&self, path: impl AsRef<[u8]>, target: impl Into<Name>) -> Result<()> {
        let target = target.into();
        let (group, name) = parent(&self.0, path.as_ref())?;
        if target.is_empty() {
            return Err(Error::usage("a soft link to nothing").with_path(join(&group.0.path, &name)));
        }
        group.link_to(&name, &LinkTarget::Soft(target))
    }

    /// Makes an external link: to a path in another file, whether anything is there or not.
    ///
    /// # Errors
    /// As [`Group::link_soft`].
    pub fn link_external(
        &self,
        path: impl AsRef<[u8]>,
        file: impl Into<Name>,
        target: impl Into<Name>,
    ) -> Result<()> {
        let (file, target) = (file.into(), target.into());
        let (group, name) = parent(&self.0, path.as_ref())?;
        if file.is_empty() || target.is_empty() {
            return Err(Error::usage("an external link to nothing").with_path(join(&group.0.path, &name)));
        }
        group.link_to(&name, &LinkTarget::External { file, path: target })
    }

    /// Removes a link, and the object if this was its last hard link. Soft and external links are not followed.
    ///
    /// # Errors
    /// `NotFound`, `Unsupported`, `Io`, `Service`. Nothing has changed then.
    pub fn remove(&self, path: impl AsRef<[u8]>) -> Result<()> {
        let (group, name) = parent(&self.0, path.as_ref())?;
        group.node()?.remove_link(name.as_bytes()).map_err(|e| e.with_path(join(&group.0.path, &name)))
    }

    /// Gives a link another name, in its group or another one of the file; both paths are seen from this group.
    ///
    /// # Errors
    /// `NotFound`; `AlreadyExists`; `Usage` if the new path lies in another file, or below the group that is moved; `Unsupported`, `Io`,
    /// `Service`. Nothing has changed then.
    pub fn rename(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<()> {
        let (from, to) = (from.as_ref(), to.as_ref());
        let (group, name) = parent(&self.0, from)?;
        let old_path = join(&group.0.path, &name);
        let link = group.link(name.as_bytes())?;
        let link = link.ok_or_else(|| group.0.locate(Error::not_found(format!("no link `{name}`"))))?;
        let refused = |why: &str| {
            let message = format!("a link cannot be moved to {}: {why}", Name::new(to));
            Err(Error::usage(message).with_path(old_path.clone()))
        };
        if let LinkTarget::Hard(moved) = link.target {
            // What is moved below itself is lost: no path leads there any more.
            let mut names = names_reversed(to);
            let mut here = start_of(&self.0, to)?;
            while names.len() > 1 {
                let Some(name) = names.pop() else { break };
                here = resolve(&here, name.as_bytes())?;
                if here.token() == moved && same_file(&here, &group.0) {
                    return refused("it lies below what is moved");
                }
            }
        }
        let (new_group, new_name) = parent(&self.0, to)?;
        if !same_file(&group.0, &new_group.0) {
            return refused("it is in another file");
        }
        let moved = group.node()?.move_link(name.as_bytes(), new_group.0.token(), &new_name);
        moved.map_err(|e| e.with_path(old_path))
    }

    fn link_to(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        self.node()?.create_link(name, target).map_err(|e| e.with_path(join(&self.0.path, name)))
    }
}

fn same_file(one: &Object, other: &Object) -> bool {
    Arc::ptr_eq(one.file.backend(), other.file.backend())
}
