//! What a file holds.

use std::collections::BTreeMap;

use h5_backend::{AttributeInfo, ObjectKind};
use h5_types::{
    DatasetInfo, Datatype, Elements, Error, ErrorKind, LinkTarget, Name, NewGroup, ObjectToken, Result,
};

/// All objects of a file.
#[derive(Debug)]
pub(super) struct State {
    objects: BTreeMap<ObjectToken, Object>,
    /// Token of the next object; none is given twice.
    next: u128,
}

/// Token of the root group.
pub(super) const ROOT: ObjectToken = ObjectToken(1);

/// One object.
#[derive(Debug)]
pub(super) struct Object {
    /// Hard links to it.
    pub(super) links_to_it: u32,
    pub(super) comment: Option<Name>,
    pub(super) attributes: BTreeMap<Name, StoredAttribute>,
    /// Attributes made so far.
    pub(super) attributes_made: u32,
    pub(super) tracks_attributes: bool,
    pub(super) kind: Kind,
}

#[derive(Debug)]
pub(super) enum Kind {
    Group(Links),
    Dataset(Box<StoredDataset>),
    Datatype(Datatype),
}

/// What a group holds.
#[derive(Debug, Default)]
pub(super) struct Links {
    pub(super) tracked: bool,
    pub(super) made: i64,
    pub(super) by_name: BTreeMap<Name, StoredLink>,
}

#[derive(Debug, Clone)]
pub(super) struct StoredLink {
    pub(super) target: LinkTarget,
    /// Links made in the group before this one.
    pub(super) order: i64,
}

#[derive(Debug)]
pub(super) struct StoredAttribute {
    /// With the order of creation whether it is tracked or not.
    pub(super) info: AttributeInfo,
    pub(super) value: Elements,
}

#[derive(Debug)]
pub(super) struct StoredDataset {
    pub(super) info: DatasetInfo,
    /// All elements of the extent in C order, in the memory form of the datatype.
    pub(super) elements: Elements,
}

impl Default for State {
    fn default() -> Self {
        let mut root = Object::new(Kind::Group(Links::default()), false);
        // Counted as linked, so that it is never removed.
        root.links_to_it = 1;
        Self { objects: BTreeMap::from([(ROOT, root)]), next: ROOT.0.saturating_add(1) }
    }
}

impl Object {
    pub(super) fn new(kind: Kind, tracks_attributes: bool) -> Self {
        Self {
            links_to_it: 0,
            comment: None,
            attributes: BTreeMap::new(),
            attributes_made: 0,
            tracks_attributes,
            kind,
        }
    }

    pub(super) fn group(new: &NewGroup) -> Self {
        let links = Links { tracked: new.tracks_link_creation, ..Links::default() };
        Self::new(Kind::Group(links), new.tracks_attribute_creation)
    }

    pub(super) fn object_kind(&self) -> ObjectKind {
        match self.kind {
            Kind::Group(_) => ObjectKind::Group,
            Kind::Dataset(_) => ObjectKind::Dataset,
            Kind::Datatype(_) => ObjectKind::CommittedDatatype,
        }
    }
}

impl State {
    pub(super) fn object(&self, token: ObjectToken) -> Result<&Object> {
        self.objects.get(&token).ok_or_else(|| gone(token))
    }

    pub(super) fn object_mut(&mut self, token: ObjectToken) -> Result<&mut Object> {
        self.objects.get_mut(&token).ok_or_else(|| gone(token))
    }

    pub(super) fn links(&self, group: ObjectToken) -> Result<&Links> {
        match &self.object(group)?.kind {
            Kind::Group(links) => Ok(links),
            _ => Err(Error::usage(format!("object {group} is no group"))),
        }
    }

    pub(super) fn links_mut(&mut self, group: ObjectToken) -> Result<&mut Links> {
        match &mut self.object_mut(group)?.kind {
            Kind::Group(links) => Ok(links),
            _ => Err(Error::usage(format!("object {group} is no group"))),
        }
    }

    pub(super) fn dataset(&self, token: ObjectToken) -> Result<&StoredDataset> {
        match &self.object(token)?.kind {
            Kind::Dataset(dataset) => Ok(dataset),
            _ => Err(Error::usage(format!("object {token} is no dataset"))),
        }
    }

    pub(super) fn dataset_mut(&mut self, token: ObjectToken) -> Result<&mut StoredDataset> {
        match &mut self.object_mut(token)?.kind {
            Kind::Dataset(dataset) => Ok(dataset),
            _ => Err(Error::usage(format!("object {token} is no dataset"))),
        }
    }

    /// Checks that a datatype is the one that was committed.
    pub(super) fn check_committed(&self, token: Option<ObjectToken>, datatype: &Datatype) -> Result<()> {
        let Some(token) = token else { return Ok(()) };
        match &self.object(token)?.kind {
            Kind::Datatype(committed) if committed == datatype => Ok(()),
            _ => Err(Error::usage(format!("object {token} is not the committed datatype {datatype}"))),
        }
    }

    /// Adds an object and the link to it.
    pub(super) fn create(&mut self, group: ObjectToken, name: &Name, object: Object) -> Result<ObjectToken> {
        self.check_free(group, name)?;
        let token = ObjectToken(self.next);
        self.next = self.next.saturating_add(1);
        self.objects.insert(token, object);
        self.link(group, name, LinkTarget::Hard(token))?;
        Ok(token)
    }

    /// Adds a link.
    pub(super) fn link(&mut self, group: ObjectToken, name: &Name, target: LinkTarget) -> Result<()> {
        self.check_free(group, name)?;
        if let LinkTarget::Hard(token) = target {
            let object = self.object_mut(token)?;
            object.links_to_it = object.links_to_it.saturating_add(1);
        }
        let links = self.links_mut(group)?;
        let order = links.made;
        links.made = order.saturating_add(1);
        links.by_name.insert(name.clone(), StoredLink { target, order });
        Ok(())
    }

    /// Removes a link, and every object that no hard link leads to any more.
    pub(super) fn unlink(&mut self, group: ObjectToken, name: &[u8]) -> Result<()> {
        let removed = self.links_mut(group)?.by_name.remove(name).ok_or_else(|| no_link(name))?;
        let mut pending = vec![removed.target];
        while let Some(target) = pending.pop() {
            let LinkTarget::Hard(token) = target else { continue };
            // What is gone already was part of a cycle.
            let Some(object) = self.objects.get_mut(&token) else { continue };
            object.links_to_it = object.links_to_it.saturating_sub(1);
            if object.links_to_it > 0 {
                continue;
            }
            if let Some(Object { kind: Kind::Group(links), .. }) = self.objects.remove(&token) {
                pending.extend(links.by_name.into_values().map(|link| link.target));
            }
        }
        Ok(())
    }

    /// Moves a link.
    pub(super) fn relink(
        &mut self,
        group: ObjectToken,
        name: &[u8],
        new_group: ObjectToken,
        new_name: &Name,
    ) -> Result<()> {
        let target = self.links(group)?.by_name.get(name).ok_or_else(|| no_link(name))?.target.clone();
        // The new link first: an object is never without any.
        self.link(new_group, new_name, target)?;
        self.unlink(group, name)
    }

    fn check_free(&self, group: ObjectToken, name: &Name) -> Result<()> {
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes == b"." || bytes.contains(&b'/') || bytes.contains(&0) {
            return Err(Error::usage(format!("`{name}` is no name of a link")));
        }
        if self.links(group)?.by_name.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("a link `{name}`")));
        }
        Ok(())
    }
}

pub(super) fn no_link(name: &[u8]) -> Error {
    Error::not_found(format!("no link `{}`", Name::new(name)))
}

fn gone(token: ObjectToken) -> Error {
    Error::not_found(format!("no object {token}"))
}
