//! What a file should hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An object, whatever it is called and wherever it is linked from.
pub type Id = usize;

/// The value of a dataset or an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Integers.
    Numbers {
        /// Extent, slowest-varying dimension first.
        shape: Vec<u64>,
        /// Elements in C order.
        values: Vec<i64>,
    },
    /// One string.
    Text(String),
}

/// What an object holds beside its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Hard links.
    Group(BTreeMap<String, Id>),
    /// Elements.
    Dataset(Value),
}

/// One object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelObject {
    /// Attributes by name.
    pub attributes: BTreeMap<String, Value>,
    /// The rest.
    pub content: Content,
}

/// All objects of a file. Copies share what is the same.
#[derive(Debug, Clone)]
pub struct Model {
    objects: BTreeMap<Id, Arc<ModelObject>>,
    next: Id,
}

impl ModelObject {
    fn new(content: Content) -> Self {
        Self { attributes: BTreeMap::new(), content }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

impl Model {
    /// The root group.
    pub const ROOT: Id = 0;

    /// An empty file.
    pub fn new() -> Self {
        let root = Arc::new(ModelObject::new(Content::Group(BTreeMap::new())));
        Self { objects: BTreeMap::from([(Self::ROOT, root)]), next: 1 }
    }

    /// The object of that number.
    pub fn object(&self, id: Id) -> Option<&Arc<ModelObject>> {
        self.objects.get(&id)
    }

    /// All objects.
    pub fn ids(&self) -> impl Iterator<Item = Id> + '_ {
        self.objects.keys().copied()
    }

    /// For each object, the links to it: group and name.
    pub fn links(&self) -> BTreeMap<Id, BTreeSet<(Id, &str)>> {
        let mut found: BTreeMap<Id, BTreeSet<(Id, &str)>> = BTreeMap::new();
        for (&group, object) in &self.objects {
            let Content::Group(links) = &object.content else { continue };
            for (name, &id) in links {
                found.entry(id).or_default().insert((group, name));
            }
        }
        found
    }

    /// The object at a path from the root, of names between slashes.
    pub fn find(&self, path: &str) -> Option<Id> {
        let mut here = Self::ROOT;
        for name in path.split('/').filter(|name| !name.is_empty()) {
            let Content::Group(links) = &self.objects.get(&here)?.content else { return None };
            here = *links.get(name)?;
        }
        Some(here)
    }

    /// The object at a path, to be changed.
    pub fn at(&mut self, path: &str) -> Option<&mut ModelObject> {
        let id = self.find(path)?;
        self.objects.get_mut(&id).map(Arc::make_mut)
    }

    /// Adds an object at a path whose group is there.
    pub fn create(&mut self, path: &str, content: Content) {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        self.objects.insert(id, Arc::new(ModelObject::new(content)));
        self.link(path, id);
    }

    /// Adds a link at a path whose group is there.
    pub fn link(&mut self, path: &str, id: Id) {
        let (group, name) = split(path);
        if let Some(ModelObject { content: Content::Group(links), .. }) = self.at(group) {
            links.insert(name.to_owned(), id);
        }
    }

    /// Removes the link at a path, and the objects that nothing leads to then.
    pub fn remove(&mut self, path: &str) {
        self.unlink(path);
        let kept = self.reachable();
        self.objects.retain(|id, _| kept.contains(id));
    }

    /// Moves a link.
    pub fn rename(&mut self, from: &str, to: &str) {
        if let Some(id) = self.find(from) {
            self.unlink(from);
            self.link(to, id);
        }
    }

    fn unlink(&mut self, path: &str) {
        let (group, name) = split(path);
        if let Some(ModelObject { content: Content::Group(links), .. }) = self.at(group) {
            links.remove(name);
        }
    }

    fn reachable(&self) -> BTreeSet<Id> {
        let (mut open, mut seen) = (vec![Self::ROOT], BTreeSet::new());
        while let Some(id) = open.pop() {
            if seen.insert(id)
                && let Some(Content::Group(links)) = self.objects.get(&id).map(|object| &object.content)
            {
                open.extend(links.values());
            }
        }
        seen
    }
}

/// The group's path and the name in it.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
