//! Committed datatypes that a dataset needs before the copy comes to their own links.

use std::collections::HashSet;

use h5_types::{Datatype, Error, Name, NewGroup, ObjectToken, Result};

use super::Copier;
use super::sources::SourceKey;
use crate::Group;
use crate::backend::ObjectKind;

/// Names that are tried for the group.
const NAMES_TRIED: u32 = 1000;

/// A group of the target that holds such datatypes until the copy has laid out everything; then it goes.
#[derive(Debug)]
pub(super) struct Staging {
    parent: ObjectToken,
    /// Name and token once it is there.
    group: Option<(Name, ObjectToken)>,
    types: u64,
    /// Objects that the copy will come to: known once somebody had to ask.
    reachable: Option<HashSet<ObjectToken>>,
}

impl Staging {
    pub(super) fn new(parent: ObjectToken) -> Self {
        Self { parent, group: None, types: 0, reachable: None }
    }

    /// Removes the group. The datatypes stay by the links that the copy made to them.
    pub(super) fn remove(&mut self, parent: &Group) -> Result<()> {
        let Some((name, _)) = self.group.take() else { return Ok(()) };
        match parent.object().node().as_group() {
            Some(group) => group.remove_link(name.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Copier<'_> {
    /// The copy of a committed datatype, made now if need be. One that no link of the copy leads to has no name there either: it lasts as
    /// long as something uses it.
    pub(super) fn committed_copy(&mut self, key: SourceKey) -> Result<ObjectToken> {
        if let Some(&copy) = self.copies.get(&key) {
            return Ok(copy);
        }
        if self.sources.is_target(key.file) && !self.is_reachable(key) {
            // Within a file the original serves both.
            return Ok(key.token);
        }
        let node = self.sources.file(key.file)?.backend().open(key.token)?;
        let Some(datatype) = node.as_datatype() else {
            return Err(Error::format(format!("object {} is no committed datatype", key.token)));
        };
        let copy = self.stage(datatype)?;
        self.register(key, copy, ObjectKind::CommittedDatatype, None, Name::from("(committed datatype)"));
        Ok(copy)
    }

    /// What an object became, as far as it was copied by now.
    pub(super) fn known_copy(&self, key: SourceKey) -> Option<ObjectToken> {
        let kept = || self.sources.is_target(key.file).then_some(key.token);
        self.copies.get(&key).copied().or_else(kept)
    }

    fn is_reachable(&mut self, key: SourceKey) -> bool {
        if key.file != 0 {
            return false;
        }
        if self.staging.reachable.is_none() {
            let start = self.source(0).and_then(crate::Object::into_group);
            // What cannot be opened is not copied either.
            let walked = start.map(|group| group.walk().flatten().map(|object| object.token()).collect());
            self.staging.reachable = Some(walked.unwrap_or_default());
        }
        self.staging.reachable.as_ref().is_some_and(|tokens| tokens.contains(&key.token))
    }

    fn stage(&mut self, datatype: &Datatype) -> Result<ObjectToken> {
        let group = match &self.staging.group {
            Some((_, token)) => *token,
            None => self.make_staging_group()?,
        };
        let name = Name::from(self.staging.types.to_string());
        self.staging.types = self.staging.types.saturating_add(1);
        let node = self.target.backend().open(group)?;
        let node = node.as_group().ok_or_else(|| Error::usage("the staging group is none"))?;
        node.commit_datatype(&name, datatype)
    }

    fn make_staging_group(&mut self) -> Result<ObjectToken> {
        let parent = self.target.backend().open(self.staging.parent)?;
        let parent = parent.as_group().ok_or_else(|| Error::usage("a copy goes into a group"))?;
        for number in 0..NAMES_TRIED {
            let name = Name::from(format!(".h5-copy-{number}"));
            if parent.link(name.as_bytes())?.is_none() {
                let token = parent.create_group(&name, &NewGroup::default())?;
                if self.sources.is_target(0) {
                    self.made.insert(token);
                }
                self.staging.group = Some((name, token));
                return Ok(token);
            }
        }
        Err(Error::limit("no name is left for a group of the copy's own"))
    }
}
