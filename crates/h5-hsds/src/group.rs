//! Links of a group, and new objects in it.

use std::time::{Instant, SystemTime};

use h5_backend::{GroupNode, Order, Visit};
use h5_types::{
    Datatype, Error, ErrorKind, Link, LinkTarget, Name, NewDataset, NewGroup, ObjectToken, Result,
};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::cache::{by_creation, shown};
use crate::dataset_json::{self, OWN};
use crate::datatype;
use crate::http::encoded;
use crate::id::{Collection, Id};
use crate::node::{HsdsNode, show};
use crate::object::{Kind, Met, Object, StoredLink, hard};
use crate::session::{Session, State};

/// Links of a list that are remembered to read ahead in it.
const MOST_AHEAD: usize = 1 << 16;

impl GroupNode for HsdsNode {
    fn link_count(&self) -> Result<u64> {
        let mut state = self.session.state()?;
        Ok(self.session.group(&mut state, self.token)?.count)
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        let mut state = self.session.state()?;
        let found = self.session.link(&mut state, self.token, name)?;
        let Some(link) = found else { return Ok(None) };
        let name = Name::new(name);
        if !self.session.group(&mut state, self.token)?.tracked {
            return Ok(Some(shown(&name, &link, None)));
        }
        let links = self.session.links(&mut state, self.token)?;
        Ok(by_creation(&links).into_iter().find(|link| link.name == name))
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        let mut state = self.session.state()?;
        let links = self.session.links(&mut state, self.token)?;
        let tracked = self.session.group(&mut state, self.token)?.tracked;
        if order == Order::Creation && !tracked {
            return Err(Error::unsupported("the order in which links were made is not tracked"));
        }
        let mut list = if tracked {
            by_creation(&links)
        } else {
            links.iter().map(|(name, link)| shown(name, link, None)).collect()
        };
        if order == Order::Creation {
            if let Some(after) = after {
                // Behind a link that is not there, there is nothing.
                let at = list.iter().position(|link| link.name.as_bytes() == after);
                list.drain(..at.map_or(list.len(), |at| at.saturating_add(1)));
            }
        } else {
            list.sort_by(|a, b| a.name.cmp(&b.name));
            list.retain(|link| after.is_none_or(|after| link.name.as_bytes() > after));
        }
        state.ahead.note(list.iter().filter_map(|link| hard(&link.target)).take(MOST_AHEAD).collect());
        drop(state);
        show(list, visit);
        Ok(())
    }

    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        let mut body = Map::new();
        let mut creation = Map::new();
        if group.tracks_link_creation {
            creation.insert("CreateOrder".to_owned(), json!(1));
        }
        if group.tracks_link_creation != group.tracks_attribute_creation {
            creation.insert(OWN.to_owned(), json!({"attributeOrder": group.tracks_attribute_creation}));
        }
        if !creation.is_empty() {
            body.insert("creationProperties".to_owned(), Value::Object(creation));
        }
        let kind = Kind::new_group(group.tracks_link_creation);
        self.create(name, Collection::Groups, group.tracks_attribute_creation, |_| Ok((kind, body)))
    }

    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        dataset.check()?;
        self.create(name, Collection::Datasets, dataset.tracks_attribute_creation, |state| {
            let committed = self.session.committed(state, dataset.committed_datatype, &dataset.datatype)?;
            let (body, stored) = dataset_json::write(dataset, committed)?;
            let creation = body.get("creationProperties").cloned().unwrap_or(Value::Null);
            let mut described = Value::Object(body.clone());
            if let Some(map) = described.as_object_mut() {
                // As the server will say it.
                map.insert("type".to_owned(), datatype::encode(&stored)?);
                map.insert("shape".to_owned(), described_shape(&dataset.dataspace));
            }
            let mut info = dataset_json::read(&described, &creation, &mut Met::default())?;
            info.committed_datatype = dataset.committed_datatype;
            Ok((Kind::Dataset(std::sync::Arc::new(info)), body))
        })
    }

    fn commit_datatype(&self, name: &Name, datatype: &Datatype) -> Result<ObjectToken> {
        if datatype.size() == 0 {
            return Err(Error::usage(format!("elements of no bytes: {datatype}")));
        }
        self.create(name, Collection::Datatypes, false, |_| {
            let described = datatype::encode(datatype)?;
            let kind = Kind::Datatype(datatype::decode(&described)?);
            Ok((kind, Map::from_iter([("type".to_owned(), described)])))
        })
    }

    fn create_link(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        target.check()?;
        let session = &self.session;
        let mut state = session.edit()?;
        session.check_free(&mut state, self.token, name)?;
        let id = match target {
            LinkTarget::Hard(token) => {
                session.object(&mut state, *token)?;
                Some(state.id(*token)?)
            }
            _ => None,
        };
        session.send_pending(&mut state)?;
        session.make_link(&mut state, self.token, name, target, id)?;
        if let (Some(token), Some(counts)) = (hard(target), &mut state.counts) {
            counts.add(token);
        }
        Ok(())
    }

    fn remove_link(&self, name: &[u8]) -> Result<()> {
        let session = &self.session;
        let mut state = session.edit()?;
        let link = session.link(&mut state, self.token, name)?.ok_or_else(|| no_link(name))?;
        let target = hard(&link.target);
        if target.is_some() {
            session.count_before_removal(&mut state)?;
        }
        session.send_pending(&mut state)?;
        session.unlink(&mut state, self.token, name)?;
        target.map_or(Ok(()), |token| session.release(&mut state, token))
    }

    fn move_link(&self, name: &[u8], group: ObjectToken, new_name: &Name) -> Result<()> {
        let session = &self.session;
        let mut state = session.edit()?;
        let link = session.link(&mut state, self.token, name)?.ok_or_else(|| no_link(name))?;
        session.group(&mut state, group)?;
        session.check_free(&mut state, group, new_name)?;
        session.send_pending(&mut state)?;
        let id = hard(&link.target).map(|token| state.id(token)).transpose()?;
        // The new link first: whoever looks finds one of them at least.
        session.make_link(&mut state, group, new_name, &link.target, id)?;
        session.unlink(&mut state, self.token, name)
    }
}

impl HsdsNode {
    /// Makes an object and the link to it, for the server to hear of later.
    fn create(
        &self,
        name: &Name,
        collection: Collection,
        tracks_attributes: bool,
        describe: impl FnOnce(&mut State) -> Result<(Kind, Map<String, Value>)>,
    ) -> Result<ObjectToken> {
        let session = &self.session;
        let mut state = session.edit()?;
        session.check_free(&mut state, self.token, name)?;
        let (kind, body) = describe(&mut state)?;
        let group = state.id(self.token)?;
        let created = state.next_moment();
        let object = Object {
            id: session.root.new_sibling(collection)?,
            known_since: Instant::now(),
            is_new: true,
            is_wanted: false,
            created,
            modified: created,
            tracks_attributes,
            attributes: std::collections::BTreeMap::new(),
            kind,
        };
        session.add_new(&mut state, group, name, object, body)
    }
}

impl Session {
    fn check_free(&self, state: &mut State, group: ObjectToken, name: &Name) -> Result<()> {
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes == b"." || bytes.contains(&b'/') || bytes.contains(&0) {
            return Err(Error::usage(format!("`{name}` is no name of a link")));
        }
        datatype::text(name)?;
        if self.link(state, group, bytes)?.is_some() {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("a link `{name}`")));
        }
        Ok(())
    }

    /// Makes a link on the server, and remembers it.
    fn make_link(
        &self,
        state: &mut State,
        group: ObjectToken,
        name: &Name,
        target: &LinkTarget,
        id: Option<Id>,
    ) -> Result<()> {
        let in_group = state.id(group)?;
        self.put_link(in_group, name, target, id)?;
        state.change();
        let link = StoredLink { target: target.clone(), created: state.next_moment() };
        self.change_links(state, group, |links| drop(links.insert(name.clone(), link)));
        Ok(())
    }

    /// Makes a link on the server; made twice, it is the same.
    pub(crate) fn put_link(&self, group: Id, name: &Name, target: &LinkTarget, id: Option<Id>) -> Result<()> {
        let body = match (target, id) {
            (_, Some(id)) => json!({"id": id.to_string()}),
            (LinkTarget::Soft(path), _) => json!({"h5path": datatype::text(path)?}),
            (LinkTarget::External { file, path }, _) => {
                json!({"h5path": datatype::text(path)?, "h5domain": datatype::text(file)?})
            }
            _ => return Err(Error::unsupported("HSDS has no links of user-defined classes")),
        };
        let path = format!("{}/links", group.path());
        let body = json!({"links": {datatype::text(name)?: body}});
        self.send(Method::PUT, &path, "", &body)?;
        Ok(())
    }

    /// Removes a link on the server, and forgets it.
    fn unlink(&self, state: &mut State, group: ObjectToken, name: &[u8]) -> Result<()> {
        let title = std::str::from_utf8(name).map_err(|_| no_link(name))?;
        // No name has a slash: this one is between none.
        let query = format!("titles={}&separator=%2F", encoded(title));
        self.delete(&format!("{}/links", state.id(group)?.path()), &query)?;
        state.change();
        self.change_links(state, group, |links| drop(links.remove(name)));
        Ok(())
    }

    /// Checks that a datatype is the one that was committed, and gives its name.
    pub(crate) fn committed(
        &self,
        state: &mut State,
        token: Option<ObjectToken>,
        datatype: &Datatype,
    ) -> Result<Option<Id>> {
        let Some(token) = token else { return Ok(None) };
        // As the server keeps it, on both sides.
        let asked = datatype::decode(&datatype::encode(datatype)?)?;
        match &self.object(state, token)?.kind {
            Kind::Datatype(committed) if *committed == asked => Ok(Some(state.id(token)?)),
            _ => Err(Error::usage(format!("object {token} is not the committed datatype {datatype}"))),
        }
    }
}

fn described_shape(dataspace: &h5_types::Dataspace) -> Value {
    match dataspace {
        h5_types::Dataspace::Null => json!({"class": "H5S_NULL"}),
        h5_types::Dataspace::Scalar => json!({"class": "H5S_SCALAR"}),
        h5_types::Dataspace::Simple { dimensions, maximum } => {
            let most: Vec<u64> = maximum.iter().map(|most| most.unwrap_or(0)).collect();
            json!({"class": "H5S_SIMPLE", "dims": dimensions, "maxdims": most})
        }
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// A moment after another.
pub(crate) fn later(time: f64) -> f64 {
    time + 1e-5
}

fn no_link(name: &[u8]) -> Error {
    Error::not_found(format!("no link `{}`", Name::new(name)))
}
