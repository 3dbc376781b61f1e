//! What was made and the server does not have yet: sent together, in few requests.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use h5_types::{Error, ErrorKind, LinkTarget, Name, ObjectToken, Result};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::attributes;
use crate::datatype;
use crate::http::Failure;
use crate::id::{Collection, Id};
use crate::object::{AttributeValue, Kind, Object};
use crate::session::{Session, State};
use crate::spelled;

/// Objects and links that were made and not sent.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    objects: Vec<NewObject>,
    links: Vec<NewLink>,
    bytes: usize,
    /// When the oldest was made.
    since: Option<Instant>,
}

#[derive(Debug)]
struct NewObject {
    id: Id,
    /// What the server is told, but for the attributes.
    body: Map<String, Value>,
}

#[derive(Debug, Clone)]
struct NewLink {
    group: Id,
    name: Name,
    target: Id,
    created: f64,
}

/// Objects of one request.
const OBJECTS_OF_A_REQUEST: usize = 250;
/// Bytes of them: above 1 MiB of JSON the server answers `413: Maximum request body size 1048576 exceeded`.
const BYTES_OF_A_REQUEST: usize = 1_000_000;
/// Objects, and bytes of their values, that are kept before they are sent unasked.
const MOST_OBJECTS: usize = 2000;
const MOST_BYTES: usize = 8 << 20;
/// How long they are kept.
const OLDEST: Duration = Duration::from_secs(5);
/// Links of one request.
const LINKS_OF_A_REQUEST: usize = 5000;

impl Pending {
    pub(crate) fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.links.is_empty()
    }

    /// True if it is time to send.
    fn is_full(&self) -> bool {
        self.objects.len() >= MOST_OBJECTS || self.bytes >= MOST_BYTES || self.is_old()
    }

    /// True if it is high time to send: the server takes our word for when something was made for ten seconds only.
    fn is_old(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() > OLDEST)
    }

    /// Gives a new dataset its elements; false if it has some or is not among the new.
    pub(crate) fn set_value(&mut self, id: Id, value: Value, bytes: usize) -> bool {
        let Some(object) = self.objects.iter_mut().rev().find(|object| object.id == id) else { return false };
        if object.body.contains_key("value") {
            return false;
        }
        object.body.insert("value".to_owned(), value);
        self.bytes = self.bytes.saturating_add(bytes);
        true
    }

    /// Counts bytes of attributes.
    pub(crate) fn weigh(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }
}

impl Session {
    /// Notes a new object, and the link to it.
    pub(crate) fn add_new(
        &self,
        state: &mut State,
        group: Id,
        name: &Name,
        object: Object,
        mut body: Map<String, Value>,
    ) -> Result<ObjectToken> {
        let id = object.id;
        body.insert("id".to_owned(), json!(id.to_string()));
        // The newest stays: its attributes and elements are still to come.
        if state.pending.is_full() {
            self.send_pending(state)?;
        }
        state.pending.since.get_or_insert_with(Instant::now);
        state.pending.objects.push(NewObject { id, body });
        state.pending.links.push(NewLink { group, name: name.clone(), target: id, created: object.created });
        let token = id.token();
        state.remember([id]);
        let created = object.created;
        state.objects.insert(token, object);
        let link = crate::object::StoredLink { target: LinkTarget::Hard(token), created };
        self.change_links(state, group.token(), |links| drop(links.insert(name.clone(), link)));
        if let Some(counts) = &mut state.counts {
            counts.add(token);
        }
        state.change();
        Ok(token)
    }

    /// Sends what the server does not have yet. What it refuses is forgotten and told of; what it could not be asked stays to be sent.
    ///
    /// Objects come first and links last: nobody finds an object that is not whole.
    pub(crate) fn send_pending(&self, state: &mut State) -> Result<()> {
        if state.pending.is_empty() {
            return Ok(());
        }
        let mut refused = None;
        for collection in [Collection::Datatypes, Collection::Groups, Collection::Datasets] {
            self.send_objects(state, collection, &mut refused)?;
        }
        self.send_links(state, &mut refused)?;
        state.pending.bytes = 0;
        state.pending.since = None;
        refused.map_or(Ok(()), Err)
    }

    fn send_objects(
        &self,
        state: &mut State,
        collection: Collection,
        refused: &mut Option<Error>,
    ) -> Result<()> {
        loop {
            let mut wanted =
                state.pending.objects.iter().filter(|new| new.id.collection() == collection).peekable();
            let Some(first) = wanted.peek() else { return Ok(()) };
            // One of a committed datatype is not understood among others.
            let most = if is_committed(&first.body) { 1 } else { OBJECTS_OF_A_REQUEST };
            let batch =
                wanted.enumerate().take_while(|(at, new)| *at == 0 || !is_committed(&new.body)).take(most);
            let mut others = BTreeMap::new();
            let mut body = |new: &NewObject| {
                let (body, other) = whole(state, new)?;
                others.insert(new.id.to_string(), other);
                Ok((new.id, body))
            };
            let bodies = batch.map(|(_, new)| body(new)).collect::<Result<Vec<_>>>()?;
            let bodies = fitting(bodies);
            let mut failed = self.post(collection, &bodies)?;
            for (id, _) in &bodies {
                if failed.iter().any(|(refused, _)| refused == id) {
                    continue;
                }
                for (name, described) in others.remove(&id.to_string()).unwrap_or_default() {
                    match self.put_attribute(*id, &name, described, true) {
                        Ok(()) => {}
                        Err(error) if error.kind() == ErrorKind::Service => return Err(error),
                        Err(error) => failed.push((*id, error)),
                    }
                }
            }
            let sent: Vec<Id> = bodies.iter().map(|(id, _)| *id).collect();
            state.pending.objects.retain(|object| !sent.contains(&object.id));
            for id in &sent {
                if let Some(object) = state.objects.get_mut(&id.token()) {
                    object.is_new = false;
                }
            }
            for (id, error) in failed {
                self.forget_new(state, id);
                refused.get_or_insert(error);
            }
        }
    }

    /// Makes objects on the server, each once. What it refuses comes back.
    fn post(&self, collection: Collection, bodies: &[(Id, Value)]) -> Result<Vec<(Id, Error)>> {
        let path = format!("/{}", collection.name());
        let all = match bodies {
            [(_, body)] => body.clone(),
            several => Value::Array(several.iter().map(|(_, body)| body.clone()).collect()),
        };
        match self.send(Method::POST, &path, "", &all) {
            Ok(_) => return Ok(Vec::new()),
            Err(failure) if is_refusal(&failure) => {}
            Err(failure) => return Err(failure.error),
        }
        // Some of them may be there from an attempt whose answer was lost; then all are refused. Each is looked for, then made alone.
        let mut refused = Vec::new();
        for (id, body) in bodies {
            match self.get(&id.path(), "") {
                Ok(_) => continue,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            match self.send(Method::POST, &path, "", body) {
                Ok(_) => {}
                Err(failure) if is_refusal(&failure) => {
                    // Refused because it is there, or for good.
                    match self.get(&id.path(), "") {
                        Ok(_) => {}
                        Err(error) if error.kind() == ErrorKind::NotFound => {
                            refused.push((*id, failure.error))
                        }
                        Err(error) => return Err(error),
                    }
                }
                Err(failure) => return Err(failure.error),
            }
        }
        Ok(refused)
    }

    fn send_links(&self, state: &mut State, refused: &mut Option<Error>) -> Result<()> {
        while !state.pending.links.is_empty() {
            let count = state.pending.links.len().min(LINKS_OF_A_REQUEST);
            let batch: Vec<NewLink> = state.pending.links.iter().take(count).cloned().collect();
            let mut groups: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
            for link in &batch {
                let target = json!({"id": link.target.to_string(), "created": link.created});
                let name = datatype::text(&link.name)?.to_owned();
                groups.entry(link.group.to_string()).or_default().insert(name, target);
            }
            let groups: Map<String, Value> =
                groups.into_iter().map(|(group, links)| (group, json!({"links": links}))).collect();
            let path = format!("{}/links", self.root.path());
            match self.send(Method::PUT, &path, "", &json!({"grp_ids": groups})) {
                Ok(_) => {}
                Err(failure) if is_refusal(&failure) => {
                    for link in &batch {
                        if let Err(error) = self.put_link(
                            link.group,
                            &link.name,
                            &LinkTarget::Hard(link.target.token()),
                            Some(link.target),
                        ) {
                            if error.kind() == ErrorKind::Service {
                                return Err(error);
                            }
                            self.forget_link(state, link);
                            refused.get_or_insert(error);
                        }
                    }
                }
                Err(failure) => return Err(failure.error),
            }
            state.pending.links.drain(..count);
        }
        Ok(())
    }

    /// Forgets an object that the server did not take, and the link to it.
    fn forget_new(&self, state: &mut State, id: Id) {
        state.objects.remove(&id.token());
        let links: Vec<NewLink> = state.pending.links.iter().filter(|l| l.target == id).cloned().collect();
        state.pending.links.retain(|link| link.target != id);
        for link in links {
            self.forget_link(state, &link);
        }
    }

    fn forget_link(&self, state: &mut State, link: &NewLink) {
        // What the group really holds is asked for.
        state.objects.remove(&link.group.token());
        state.counts = None;
    }
}

/// As many of the first as go into one request, one at least.
fn fitting(mut bodies: Vec<(Id, Value)>) -> Vec<(Id, Value)> {
    let mut bytes = 0_usize;
    let fit = bodies.iter().take_while(|(_, body)| {
        bytes = bytes.saturating_add(crate::json::text(body).len());
        bytes <= BYTES_OF_A_REQUEST
    });
    let count = fit.count().max(1);
    bodies.truncate(count);
    bodies
}

/// What the server is told of a new object, with its attributes as far as one request holds them, and the others.
fn whole(state: &State, new: &NewObject) -> Result<(Value, Vec<(Name, Value)>)> {
    let mut body = new.body.clone();
    let (mut length, mut others) = (0_usize, Vec::new());
    if let Some(object) = state.objects.get(&new.id.token())
        && !object.attributes.is_empty()
    {
        let mut described = Map::new();
        for attribute in object.attributes_by_creation() {
            let value = attributes::described(state, attribute)?;
            if let AttributeValue::Known(elements) = &attribute.value {
                length = length.saturating_add(spelled::length(elements, &value));
            }
            if length > spelled::MOST {
                others.push((attribute.info.name.clone(), value));
            } else {
                described.insert(datatype::text(&attribute.info.name)?.to_owned(), value);
            }
        }
        body.insert("attributes".to_owned(), Value::Object(described));
    }
    Ok((Value::Object(body), others))
}

/// True if a dataset's datatype is a committed one, by its name.
fn is_committed(body: &Map<String, Value>) -> bool {
    body.get("type").and_then(Value::as_str).is_some_and(|name| name.starts_with("t-"))
}

/// True if the server said no for good.
pub(crate) fn is_refusal(failure: &Failure) -> bool {
    failure.status.is_some_and(|status| (400..500).contains(&status) && status != 429)
}

impl Kind {
    /// The links of a new group: there are none.
    pub(crate) fn new_group(tracked: bool) -> Self {
        let by_name = Some(std::sync::Arc::default());
        Self::Group(crate::object::Links { tracked, count: 0, by_name })
    }
}
