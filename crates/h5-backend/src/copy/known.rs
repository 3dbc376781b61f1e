//! What is known of a copy: its objects, and what each became.

use std::collections::HashMap;

use h5_types::{Error, Name, ObjectToken, Result};

use super::sources::{SourceKey, Sources};
use crate::backend::ObjectKind;
use crate::file::File;
use crate::object::Object;

/// The objects of a copy. Shared by the threads that copy elements.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) sources: Sources,
    pub(super) target: File,
    /// Objects in the order in which they were made. The first one is where the copy begins.
    pub(super) objects: Vec<Copied>,
    pub(super) copies: HashMap<SourceKey, ObjectToken>,
}

/// An object and its copy.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) source: SourceKey,
    pub(super) target: ObjectToken,
    pub(super) kind: ObjectKind,
    /// Where the object was met first: index of the group in the list of objects, and the link's name.
    pub(super) parent: Option<usize>,
    pub(super) name: Name,
}

/// Longest path that is told in full, in bytes: of a group nested very deep, the end is told.
const LARGEST_PATH_BYTES: usize = 4 << 10;

impl Known {
    /// Path of an object, from where the copy began, as bytes.
    pub(super) fn path(&self, at: usize) -> Name {
        let mut names: Vec<&[u8]> = Vec::new();
        let mut length = 0_usize;
        let mut next = self.objects.get(at);
        while let Some(object) = next {
            if object.name.is_empty() {
                break;
            }
            length = length.saturating_add(object.name.as_bytes().len()).saturating_add(1);
            if length > LARGEST_PATH_BYTES {
                names.push(b"...");
                break;
            }
            names.push(object.name.as_bytes());
            next = object.parent.and_then(|parent| self.objects.get(parent));
        }
        names.reverse();
        let mut path = vec![b'/'];
        path.extend(names.join(&b'/'));
        Name::new(path)
    }

    pub(super) fn path_below(&self, at: usize, name: &Name) -> Name {
        let mut path = self.path(at).as_bytes().to_vec();
        if path != b"/" {
            path.push(b'/');
        }
        path.extend_from_slice(name.as_bytes());
        Name::new(path)
    }

    pub(super) fn source(&self, at: usize) -> Result<Object> {
        let object = self.objects.get(at).ok_or_else(|| Error::not_found("an object of a copy"))?;
        self.sources.file(object.source.file)?.object_by_token(object.source.token, self.path(at).to_string())
    }

    pub(super) fn copy_of(&self, at: usize) -> Result<Object> {
        let object = self.objects.get(at).ok_or_else(|| Error::not_found("an object of a copy"))?;
        self.target.object_by_token(object.target, self.path(at).to_string())
    }

    pub(super) fn file_of(&self, at: usize) -> usize {
        self.objects.get(at).map_or(0, |object| object.source.file)
    }

    /// What an object became, as far as it was copied by now.
    pub(super) fn known_copy(&self, key: SourceKey) -> Option<ObjectToken> {
        let kept = || self.sources.is_target(key.file).then_some(key.token);
        self.copies.get(&key).copied().or_else(kept)
    }
}
