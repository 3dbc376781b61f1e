//! Links of a group.

use h5_backend::{GroupNode, Order, Visit};
use h5_types::{
    Datatype, Error, ErrorKind, Link, LinkTarget, Name, NewDataset, NewGroup, ObjectToken, Result,
};

use crate::datatype::{self, refused};
use crate::ffi::{Id, LinkEntry, LinkKind, ObjectType};
use crate::node::{LibraryNode, show};
use crate::session::Session;

/// Class of external links.
const EXTERNAL: u8 = 64;

impl GroupNode for LibraryNode {
    fn link_count(&self) -> Result<u64> {
        let session = self.file.session()?;
        session.library.link_count(&*session.object(self.token)?)
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        let session = self.file.session()?;
        let group = session.object(self.token)?;
        if !has(&session, &group, name)? {
            return Ok(None);
        }
        shown(&session, &group, session.library.link(&group, name)?).map(Some)
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        let found = self.list(order, after)?;
        show(found, visit);
        Ok(())
    }

    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        self.create(name, |session, parent| {
            let (links, attributes) = (group.tracks_link_creation, group.tracks_attribute_creation);
            session.library.create_group(parent, name.as_bytes(), links, attributes)
        })
    }

    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        drop(self.file.edit()?);
        dataset.check()?;
        self.create(name, |session, parent| self.make_dataset(session, parent, name, dataset))
    }

    fn commit_datatype(&self, name: &Name, datatype: &Datatype) -> Result<ObjectToken> {
        self.create(name, |session, parent| {
            if datatype.size() == 0 {
                return Err(Error::usage(format!("elements of no bytes: {datatype}")));
            }
            let id = datatype::encode(&session.library, datatype)?;
            session.library.commit(parent, name.as_bytes(), &id)?;
            Ok(id)
        })
    }

    fn create_link(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        let session = self.file.edit()?;
        let group = session.object(self.token)?;
        target.check()?;
        check_free(&session, &group, name)?;
        make_link(&session, &group, name, target)
    }

    fn remove_link(&self, name: &[u8]) -> Result<()> {
        let session = self.file.edit()?;
        let group = session.object(self.token)?;
        if !has(&session, &group, name)? {
            return Err(no_link(name));
        }
        let gone = match session.library.link(&group, name)?.kind {
            LinkKind::Hard(address) => session.doomed(address)?,
            LinkKind::Soft => Vec::new(),
            LinkKind::Other(class) => session.library.know_class(class).map(|()| Vec::new())?,
        };
        unlink(&session, &group, name)?;
        session.forget(&gone)
    }

    fn move_link(&self, name: &[u8], group: ObjectToken, new_name: &Name) -> Result<()> {
        let session = self.file.edit()?;
        let from = session.object(self.token)?;
        if !has(&session, &from, name)? {
            return Err(no_link(name));
        }
        let to = session.object(group)?;
        if session.library.facts(&to)?.kind != ObjectType::Group {
            return Err(Error::usage(format!("object {group} is no group")));
        }
        check_free(&session, &to, new_name)?;
        // The library's own way of moving fails where a group was opened by its address (1.10.8 crashes). Nobody else has the lock, so
        // that nobody sees both links.
        let target = shown(&session, &from, session.library.link(&from, name)?)?.target;
        make_link(&session, &to, new_name, &target)?;
        unlink(&session, &from, name).inspect_err(|_| {
            // The first error is the one to tell of.
            let _ = unlink(&session, &to, new_name.as_bytes());
        })
    }
}

impl LibraryNode {
    fn list(&self, order: Order, after: Option<&[u8]>) -> Result<Vec<Result<Link>>> {
        let session = self.file.session()?;
        let group = session.object(self.token)?;
        let by_creation = order == Order::Creation;
        if by_creation && !session.library.tracks(&group, ObjectType::Group)?.0 {
            return Err(Error::unsupported("the order in which links were made is not tracked"));
        }
        let mut found = session.library.links(&group, by_creation)?;
        if let Some(after) = after {
            let behind = match by_creation {
                false => found.partition_point(|link| link.name.as_bytes() <= after),
                // Behind a link that is not there, there is nothing.
                true => found
                    .iter()
                    .position(|link| link.name.as_bytes() == after)
                    .map_or(found.len(), |at| at.saturating_add(1)),
            };
            found.drain(..behind);
        }
        Ok(found.into_iter().map(|link| shown(&session, &group, link)).collect())
    }

    /// Creates an object and the link to it; its token.
    fn create(&self, name: &Name, make: impl FnOnce(&Session<'_>, &Id) -> Result<Id>) -> Result<ObjectToken> {
        let session = self.file.edit()?;
        let parent = session.object(self.token)?;
        check_free(&session, &parent, name)?;
        let made = make(&session, &parent).map_err(refused)?;
        session.token(session.library.facts(&made)?.address)
    }
}

/// Creates a link whose name is free.
fn make_link(session: &Session<'_>, group: &Id, name: &Name, target: &LinkTarget) -> Result<()> {
    let (library, bytes) = (&session.library, name.as_bytes());
    match target {
        LinkTarget::Hard(token) => library.link_hard(&*session.object(*token)?, group, bytes),
        LinkTarget::Soft(path) if is_normal(path.as_bytes()) => {
            library.link_soft(path.as_bytes(), group, bytes)
        }
        LinkTarget::Soft(path) => Err(Error::unsupported(format!(
            "a soft link to `{path}`: libhdf5 leaves out slashes of no effect"
        ))),
        LinkTarget::External { file, path } => {
            // A flags byte, the file's name, the path (specification VII, external links).
            let mut value = vec![0];
            for part in [file, path] {
                value.extend_from_slice(part.as_bytes());
                value.push(0);
            }
            library.link_other(EXTERNAL, &value, group, bytes)
        }
        LinkTarget::UserDefined { class, value } => library.link_other(*class, value, group, bytes),
        other => Err(Error::unsupported(format!("a link to {other:?}"))),
    }
    .map_err(refused)
}

/// Removes a link.
fn unlink(session: &Session<'_>, group: &Id, name: &[u8]) -> Result<()> {
    let own = LinkKind::Hard(session.library.facts(group)?.address);
    if session.library.link(group, name)?.kind == own {
        session.library.remove_own_link(group, name)
    } else {
        session.library.remove_link(group, name)
    }
}

fn shown(session: &Session<'_>, group: &Id, link: LinkEntry) -> Result<Link> {
    let LinkEntry { name, kind, creation_order } = link;
    let target = match kind {
        LinkKind::Hard(address) => LinkTarget::Hard(session.token(address)?),
        LinkKind::Soft => {
            let mut path = session.library.link_value(group, name.as_bytes())?;
            while path.last() == Some(&0) {
                path.pop();
            }
            LinkTarget::Soft(Name::new(path))
        }
        LinkKind::Other(EXTERNAL) => {
            let value = session.library.link_value(group, name.as_bytes())?;
            let mut parts = value.get(1..).unwrap_or_default().split(|&byte| byte == 0);
            let (file, path) = (parts.next(), parts.next());
            let (Some(file), Some(path)) = (file, path) else {
                return Err(Error::format(format!("the external link `{name}` names no file")));
            };
            LinkTarget::External { file: Name::new(file), path: Name::new(path) }
        }
        LinkKind::Other(class) => {
            session.library.know_class(class)?;
            let value = session.library.link_value(group, name.as_bytes())?;
            LinkTarget::UserDefined { class, value }
        }
    };
    Ok(Link { name, target, creation_order })
}

/// Is there a link of that name? What cannot be a name is none.
fn has(session: &Session<'_>, group: &Id, name: &[u8]) -> Result<bool> {
    Ok(is_name(name) && session.library.has_link(group, name)?)
}

fn check_free(session: &Session<'_>, group: &Id, name: &Name) -> Result<()> {
    if !is_name(name.as_bytes()) {
        return Err(Error::usage(format!("`{name}` is no name of a link")));
    }
    if session.library.has_link(group, name.as_bytes())? {
        return Err(Error::new(ErrorKind::AlreadyExists, format!("a link `{name}`")));
    }
    Ok(())
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && !name.contains(&b'/') && !name.contains(&0)
}

/// Does the library keep a path as it is?
fn is_normal(path: &[u8]) -> bool {
    path == b"/" || !path.ends_with(b"/") && !path.windows(2).any(|pair| pair == b"//")
}

fn no_link(name: &[u8]) -> Error {
    Error::not_found(format!("no link `{}`", Name::new(name)))
}
