//! Objects that a dataset needs before the copy comes to their own links: its committed datatype, and what its fill value refers to.

use std::collections::HashMap;
use std::sync::Arc;

use h5_types::{Datatype, Error, Name, NewGroup, ObjectToken, Reference, Result};

use super::sources::SourceKey;
use super::structure::Place;
use super::{Copier, Step};
use crate::Group;
use crate::backend::ObjectKind;

/// The name of the group, if it is free.
const FIRST_NAME: &str = ".h5-copy-0";
/// Names that are tried for the group.
const NAMES_TRIED: u32 = 1000;

/// A group of the target that holds such objects until the copy has laid out everything; then it goes.
#[derive(Debug)]
pub(super) struct Staging {
    parent: ObjectToken,
    /// Name and token once it is there.
    group: Option<(Name, ObjectToken)>,
    objects: u64,
    /// Objects that the copy will come to, and their paths: known once somebody had to ask.
    reachable: Option<HashMap<ObjectToken, Name>>,
    /// What a fill value refers to is being made; what that one's refers to is not made on the way.
    in_fill: bool,
}

impl Staging {
    pub(super) fn new(parent: ObjectToken) -> Self {
        Self { parent, group: None, objects: 0, reachable: None, in_fill: false }
    }

    /// Fails if an earlier copy left its group: which of its objects became which is not known any more.
    ///
    /// # Errors
    /// `Usage`.
    pub(super) fn refuse_left_over(parent: &Group) -> Result<()> {
        if parent.link(FIRST_NAME)?.is_none() {
            return Ok(());
        }
        let message =
            "the copy ended while objects were made that others need first: it has to be begun anew";
        Err(Error::usage(message).with_path(parent.object().path()))
    }

    /// Removes the group. The objects stay by the links that the copy made to them.
    pub(super) fn remove(&mut self, parent: &Group) -> Result<()> {
        let Some((name, _)) = self.group.take() else { return Ok(()) };
        match parent.object().node().as_group() {
            Some(group) => group.remove_link(name.as_bytes()),
            None => Ok(()),
        }
    }
}

impl Copier<'_> {
    /// The copy of a committed datatype, made now if need be, and what it is there: where sizes of variable parts differ from file to
    /// file, the copy's are the ones to go by. One that no link of the copy leads to has no name there either: it lasts as long as
    /// something uses it.
    ///
    /// # Errors
    /// Also if no link leads to it any more and the backend does not find it, though datasets still use it.
    pub(super) fn committed_copy(&mut self, key: SourceKey) -> Result<(ObjectToken, Datatype)> {
        let copy = self.copy_of_committed(key)?;
        let node = self.known.target.backend().open(copy)?;
        let datatype = node.as_datatype().cloned();
        let datatype =
            datatype.ok_or_else(|| Error::format(format!("object {copy} is no committed datatype")))?;
        Ok((copy, datatype))
    }

    fn copy_of_committed(&mut self, key: SourceKey) -> Result<ObjectToken> {
        if let Some(&copy) = self.known.copies.get(&key) {
            return Ok(copy);
        }
        if self.known.sources.is_target(key.file) && self.reachable_path(key).is_none() {
            // Within a file the original serves both.
            return Ok(key.token);
        }
        let node = self.known.sources.file(key.file)?.backend().open(key.token)?;
        let Some(datatype) = node.as_datatype() else {
            return Err(Error::format(format!("object {} is no committed datatype", key.token)));
        };
        let copy = self.stage(datatype)?;
        self.register(key, copy, ObjectKind::CommittedDatatype, None, Name::from("(committed datatype)"));
        Ok(copy)
    }

    /// Makes the copies of what a fill value refers to and the copy comes to later.
    pub(super) fn stage_references(&mut self, file: usize, references: &[Reference]) -> Step {
        if self.staging.in_fill {
            return Ok(());
        }
        self.staging.in_fill = true;
        let staged = references.iter().try_for_each(|reference| {
            let (Reference::Object(token) | Reference::Region { object: token, .. }) = reference else {
                return Ok(());
            };
            self.stage_object(SourceKey { file, token: *token })
        });
        self.staging.in_fill = false;
        staged
    }

    fn stage_object(&mut self, key: SourceKey) -> Step {
        if self.known.copies.contains_key(&key) {
            return Ok(());
        }
        let Some(path) = self.reachable_path(key) else { return Ok(()) };
        let object = self.known.sources.file(key.file)?.object_by_token(key.token, path.to_string())?;
        let (group, name) = self.next_place()?;
        let group = self.known.target.backend().open(group)?;
        let at = self.known.objects.len();
        self.make_object(
            &object,
            &Place { parent: None, group: Arc::clone(&group), name, path: path.clone() },
        )?;
        if let Some(made) = self.known.objects.get_mut(at) {
            // Told by where it belongs.
            let path = path.as_bytes();
            made.name = Name::new(path.strip_prefix(b"/").unwrap_or(path));
        }
        Ok(())
    }

    /// Where an object is, from where the copy began, if the copy comes to it.
    fn reachable_path(&mut self, key: SourceKey) -> Option<Name> {
        if key.file != 0 {
            return None;
        }
        if self.staging.reachable.is_none() {
            let start = self.known.source(0).and_then(crate::Object::into_group);
            // What cannot be opened is not copied either.
            let walked = start.map(|group| {
                let objects = group.walk().flatten();
                objects.map(|object| (object.token(), Name::from(object.path()))).collect()
            });
            self.staging.reachable = Some(walked.unwrap_or_default());
        }
        self.staging.reachable.as_ref().and_then(|tokens| tokens.get(&key.token)).cloned()
    }

    fn stage(&mut self, datatype: &Datatype) -> Result<ObjectToken> {
        let (group, name) = self.next_place()?;
        let node = self.known.target.backend().open(group)?;
        let node = node.as_group().ok_or_else(|| Error::usage("the staging group is none"))?;
        node.commit_datatype(&name, datatype)
    }

    /// The group, and a name that is free there.
    fn next_place(&mut self) -> Result<(ObjectToken, Name)> {
        let group = match &self.staging.group {
            Some((_, token)) => *token,
            None => self.make_staging_group()?,
        };
        let name = Name::from(self.staging.objects.to_string());
        self.staging.objects = self.staging.objects.saturating_add(1);
        Ok((group, name))
    }

    fn make_staging_group(&mut self) -> Result<ObjectToken> {
        let parent = self.known.target.backend().open(self.staging.parent)?;
        let parent = parent.as_group().ok_or_else(|| Error::usage("a copy goes into a group"))?;
        for number in 0..NAMES_TRIED {
            let name = Name::from(format!(".h5-copy-{number}"));
            if parent.link(name.as_bytes())?.is_none() {
                let token = parent.create_group(&name, &NewGroup::default())?;
                if self.known.sources.is_target(0) {
                    self.made.insert(token);
                }
                self.staging.group = Some((name, token));
                return Ok(token);
            }
        }
        Err(Error::limit("no name is left for a group of the copy's own"))
    }
}
