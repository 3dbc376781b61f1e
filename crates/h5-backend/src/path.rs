//! From a path to an object: the one place where links are followed.

use h5_types::{Error, LinkTarget, Name, Result};

use crate::Group;
use crate::backend::wrong_kind;
use crate::file::File;
use crate::object::Object;

/// Soft and external links that one path may lead through; the C library's default (H5Pset_nlinks).
const LARGEST_LINK_HOPS: usize = 16;

/// A child's path, escaped for display.
pub(crate) fn join(parent: &str, name: &Name) -> String {
    let parent = parent.strip_suffix('/').unwrap_or(parent);
    format!("{parent}/{name}")
}

/// The group that a new link of this path goes to, and the link's name. Links on the way are followed, the last one is not.
pub(crate) fn parent(start: &Object, path: &[u8]) -> Result<(Group, Name)> {
    let mut names = names_reversed(path);
    names.reverse();
    let Some(name) = names.pop() else {
        return Err(start.locate(Error::usage(format!("`{}` names no link", Name::new(path)))));
    };
    let mut here = start_of(start, path)?;
    for name in &names {
        here = resolve(&here, name.as_bytes())?;
    }
    Ok((here.into_group()?, name))
}

/// Where a path begins: at the root if it is absolute.
pub(crate) fn start_of(start: &Object, path: &[u8]) -> Result<Object> {
    if path.first() == Some(&b'/') { root_of(&start.file) } else { Ok(start.clone()) }
}

/// Opens what `path` names, seen from `start`.
///
/// Names are taken one at a time off a stack, so that a soft link only puts its own names on top and nothing recurses.
pub(crate) fn resolve(start: &Object, path: &[u8]) -> Result<Object> {
    let mut here = start_of(start, path)?;
    let mut pending = names_reversed(path);
    if let Some(found) = find(&here, &pending)? {
        return Ok(found);
    }
    let mut hops = 0_usize;
    while let Some(name) = pending.pop() {
        let group = here.node.as_group().ok_or_else(|| here.locate(wrong_kind(here.kind(), "a group")))?;
        let link = group.link(name.as_bytes()).map_err(|e| here.locate(e))?;
        let Some(link) = link else {
            return Err(here.locate(Error::not_found(format!("no link `{name}`"))));
        };
        if !matches!(link.target, LinkTarget::Hard(_)) {
            hops = hops.saturating_add(1);
            if hops > LARGEST_LINK_HOPS {
                let message = format!("more than {LARGEST_LINK_HOPS} links in a row; is `{name}` a cycle?");
                return Err(here.locate(Error::limit(message)));
            }
        }
        here = match link.target {
            LinkTarget::Hard(token) => here.file.object_by_token(token, join(&here.path, &name))?,
            LinkTarget::Soft(target) => {
                pending.extend(names_reversed(target.as_bytes()));
                if target.as_bytes().first() == Some(&b'/') { root_of(&here.file)? } else { here }
            }
            LinkTarget::External { file, path } => {
                let other = here
                    .file
                    .backend()
                    .open_external(&file)
                    .map_err(|e| e.with_path(join(&here.path, &name)))?;
                pending.extend(names_reversed(path.as_bytes()));
                root_of(&File::from_backend(other))?
            }
            LinkTarget::UserDefined { class, .. } => {
                let message = format!(
                    "link `{name}` is of the user-defined class {class}, which only its own program follows"
                );
                return Err(here.locate(Error::unsupported(message)));
            }
            _ => return Err(here.locate(Error::unsupported(format!("link `{name}` is of an unknown kind")))),
        };
    }
    Ok(here)
}

/// Asks the backend for what several names lead to, in one step.
fn find(here: &Object, names_reversed: &[Name]) -> Result<Option<Object>> {
    if names_reversed.len() < 2 || here.node.as_group().is_none() {
        return Ok(None);
    }
    let names: Vec<Name> = names_reversed.iter().rev().cloned().collect();
    let found = here.file.backend().find(here.token(), &names).map_err(|e| here.locate(e))?;
    let Some(token) = found else { return Ok(None) };
    let path = names.iter().fold(here.path.to_string(), |path, name| join(&path, name));
    here.file.object_by_token(token, path).map(Some)
}

fn root_of(file: &File) -> Result<Object> {
    file.object_by_token(file.backend().root(), "/".into())
}

/// The names of a path, last first; empty ones and `.` mean "here" and are left out, as in the C library.
pub(crate) fn names_reversed(path: &[u8]) -> Vec<Name> {
    path.split(|&b| b == b'/').rev().filter(|name| !name.is_empty() && *name != b".").map(Name::new).collect()
}
