use std::collections::HashSet;

use h5_types::{Error, LinkTarget, ObjectToken, Result};

use crate::Group;
use crate::children::Children;
use crate::object::Object;

/// Groups inside one another that a walk goes down. Each level costs its whole path.
const LARGEST_DEPTH: usize = 1000;
/// Longest path that a walk goes down, in bytes: names may have 64 KiB each.
const LARGEST_PATH_BYTES: usize = 32 << 10;

/// A group and every object below it, depth first, the links of a group in order of their names.
///
/// Only hard links are followed, so that the walk stays in the file, and each object comes once, under the path where it is met first:
/// cycles do no harm. What cannot be read is an `Err` in its place and does not end the walk; so is a group that is nested too deep,
/// whose links are left out (`Limit`).
///
/// Nothing recurses; memory grows with the number of objects (their tokens) and with the depth.
#[derive(Debug)]
pub struct Walk {
    start: Option<Group>,
    groups: Vec<Children>,
    seen: HashSet<ObjectToken>,
    depth_limit: usize,
    refused: Option<Error>,
}

impl Walk {
    pub(crate) fn new(start: Group) -> Self {
        let (groups, seen) = (Vec::new(), HashSet::new());
        Self { start: Some(start), groups, seen, depth_limit: usize::MAX, refused: None }
    }

    /// Goes down so many levels only; with 0, only the group itself comes. What is below is left out without an error. The bound of 1,000
    /// levels stays.
    #[must_use]
    pub fn depth_limit(mut self, levels: usize) -> Self {
        self.depth_limit = levels;
        self
    }

    /// Puts an object on the stack if it is a group.
    fn enter(&mut self, object: &Object) {
        let Ok(group) = object.clone().into_group() else { return };
        let depth = self.groups.len();
        if depth >= self.depth_limit {
            return;
        }
        if depth >= LARGEST_DEPTH || object.path().len() > LARGEST_PATH_BYTES {
            let message = format!("a group {depth} levels deep, or of too long a path, is not entered");
            self.refused = Some(object.locate(Error::limit(message)));
        } else {
            self.groups.push(group.children());
        }
    }
}

impl Iterator for Walk {
    type Item = Result<Object>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(start) = self.start.take() {
            let object = start.object().clone();
            self.seen.insert(object.token());
            self.enter(&object);
            return Some(Ok(object));
        }
        if let Some(error) = self.refused.take() {
            return Some(Err(error));
        }
        loop {
            let Some(child) = self.groups.last_mut()?.next() else {
                self.groups.pop();
                continue;
            };
            let child = match child {
                Ok(child) => child,
                Err(error) => return Some(Err(error)),
            };
            let LinkTarget::Hard(token) = child.link().target else { continue };
            if !self.seen.insert(token) {
                continue;
            }
            let object = child.open();
            if let Ok(object) = &object {
                self.enter(object);
            }
            return Some(object);
        }
    }
}
