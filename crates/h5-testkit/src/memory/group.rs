//! Links of a group.

use h5_backend::{GroupNode, Order, Visit};
use h5_types::{Datatype, Error, Link, LinkTarget, Name, NewDataset, NewGroup, ObjectToken, Result};

use super::node::{MemoryNode, show};
use super::state::{Kind, Links, Object, StoredDataset, StoredLink};

impl GroupNode for MemoryNode {
    fn link_count(&self) -> Result<u64> {
        let count = self.backend.state()?.links(self.token)?.by_name.len();
        u64::try_from(count).map_err(|e| Error::limit("more links than 64 bits count").with_source(e))
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        let state = self.backend.state()?;
        let links = state.links(self.token)?;
        Ok(links.by_name.get_key_value(name).map(|(name, link)| links.shown(name, link)))
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        let found = self.backend.state()?.links(self.token)?.list(order, after)?;
        show(found, visit);
        Ok(())
    }

    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        self.backend.edit()?.create(self.token, name, Object::group(group))
    }

    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        dataset.check()?;
        let mut state = self.backend.edit()?;
        state.check_committed(dataset.committed_datatype, &dataset.datatype)?;
        let kind = Kind::Dataset(Box::new(StoredDataset::new(dataset)?));
        state.create(self.token, name, Object::new(kind, dataset.tracks_attribute_creation))
    }

    fn commit_datatype(&self, name: &Name, datatype: &Datatype) -> Result<ObjectToken> {
        if datatype.size() == 0 {
            return Err(Error::usage(format!("elements of no bytes: {datatype}")));
        }
        let object = Object::new(Kind::Datatype(datatype.clone()), false);
        self.backend.edit()?.create(self.token, name, object)
    }

    fn create_link(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        target.check()?;
        self.backend.edit()?.link(self.token, name, target.clone())
    }

    fn remove_link(&self, name: &[u8]) -> Result<()> {
        self.backend.edit()?.unlink(self.token, name)
    }

    fn move_link(&self, name: &[u8], group: ObjectToken, new_name: &Name) -> Result<()> {
        self.backend.edit()?.relink(self.token, name, group, new_name)
    }
}

impl Links {
    fn list(&self, order: Order, after: Option<&[u8]>) -> Result<Vec<Link>> {
        if order == Order::Creation && !self.tracked {
            return Err(Error::unsupported("the order in which links were made is not tracked"));
        }
        let mut found: Vec<(&Name, &StoredLink)> = self.by_name.iter().collect();
        if order == Order::Creation {
            found.sort_by_key(|(_, link)| link.order);
            if let Some(after) = after {
                // Behind a link that is not there, there is nothing.
                let last = self.by_name.get(after).map_or(i64::MAX, |link| link.order);
                found.retain(|(_, link)| link.order > last);
            }
        } else if let Some(after) = after {
            found.retain(|(name, _)| name.as_bytes() > after);
        }
        Ok(found.into_iter().map(|(name, link)| self.shown(name, link)).collect())
    }

    fn shown(&self, name: &Name, link: &StoredLink) -> Link {
        Link {
            name: name.clone(),
            target: link.target.clone(),
            creation_order: self.tracked.then_some(link.order),
        }
    }
}
