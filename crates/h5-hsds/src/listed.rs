//! Objects of lists, of which nothing but the attributes is asked: those of many come with one request.
//!
//! The kind of an object is in its name, and that it is there shows in the answer. So it is opened without its description.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use h5_types::{Error, Name, ObjectToken, Result};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::ahead::Pace;
use crate::http::{Body, Repeat, Request};
use crate::id::{Collection, Id};
use crate::json::{self, string};
use crate::object::{Attribute, Met, Object};
use crate::session::{Session, State};

/// Attributes of an object that came without its description. They are newer than the description, if one is remembered.
#[derive(Debug)]
pub(crate) struct Listed {
    known_since: Instant,
    pub(crate) attributes: BTreeMap<Name, Attribute>,
}

/// A description is a request, and takes the service three times as long as attributes.
const DESCRIPTIONS: Pace = Pace { most: 128, growth: 4, least: 1 };
const ATTRIBUTES: Pace = Pace { most: 512, growth: 16, least: 32 };
/// Bytes of an answer above which fewer objects are asked for together.
const LONG_ANSWER: usize = 2 << 20;

impl Session {
    /// Makes sure that an object was there a moment ago, and that its attributes are known as they were then.
    pub(crate) fn meet(&self, state: &mut State, token: ObjectToken) -> Result<()> {
        if self.is_listed(state, token) || self.is_described(state, token) {
            return Ok(());
        }
        self.look(state, token, false)
    }

    fn is_listed(&self, state: &State, token: ObjectToken) -> bool {
        let listed = state.listed.get(&token);
        listed.is_some_and(|listed| listed.known_since.elapsed() < self.options.metadata_age)
    }

    /// Asks about an object, and at the same time about those that may be wanted after it: for their descriptions, or for their attributes
    /// alone where that was enough of those before them.
    pub(crate) fn look(&self, state: &mut State, token: ObjectToken, must_describe: bool) -> Result<()> {
        let id = state.id(token)?;
        // What was not sent yet is a part of what the server is asked about.
        self.send_pending(state)?;
        self.send_appended(state, token)?;
        let before = state.ahead.before(token);
        let listing = [Collection::Groups, Collection::Datasets]
            .map(|collection| state.attributes_were_enough(&before, collection).then_some(collection));
        let is_listing = |id: Id| listing.contains(&Some(id.collection()));
        if self.options.metadata_age.is_zero() || (must_describe && is_listing(id)) {
            // What comes ahead would be old when it is used, or more than is asked of the others.
            return self.describe(state, id, &[id]);
        }
        let pace = if is_listing(id) { ATTRIBUTES } else { DESCRIPTIONS };
        let mut wanted = state.ahead.from(token, pace);
        wanted.retain(|near| *near == token || !self.is_described(state, *near));
        let ids = wanted.iter().filter_map(|token| state.id(*token).ok());
        let (mut listed, mut described): (Vec<Id>, Vec<Id>) = ids.partition(|near| is_listing(*near));
        // An object that is linked to twice is asked about once.
        let mut once = HashSet::new();
        listed.retain(|near| !self.is_listed(state, near.token()) && once.insert(*near));
        if listed.len() > 1 {
            listed = self.list(state, id, listed);
        }
        described.append(&mut listed);
        self.describe(state, id, &described)
    }

    /// Asks for the attributes of several objects with one request. Those that are to be asked about one by one then, because one of them is
    /// gone, or for what an attribute is, come back.
    fn list(&self, state: &mut State, first: Id, mut objects: Vec<Id>) -> Vec<Id> {
        let asked = Instant::now();
        let path = format!("{}/attributes", self.root.path());
        let names: Vec<String> = objects.iter().map(Id::to_string).collect();
        let body = json::text(&json!({"obj_ids": names}));
        let request = self.request(Method::POST, &path, "IncludeData=1", Body::Json(&body));
        let first_alone = |objects: Vec<Id>| objects.into_iter().filter(|id| *id == first).collect();
        let answer = match self.client.send(&Request { repeat: Repeat::Never, ..request }) {
            Ok(answer) => answer,
            Err(failure) if failure.status.is_some() => {
                // One of them spoils it for all: with fewer, for fewer.
                state.ahead.limit(first.token(), ATTRIBUTES.least);
                objects.truncate(ATTRIBUTES.least);
                return objects;
            }
            Err(_) => return first_alone(objects),
        };
        // Most of a moment is for who uses them: of a busy service, fewer are asked for.
        let micros = |time: Duration| usize::try_from(time.as_micros()).unwrap_or(usize::MAX).max(1);
        let in_time = (micros(self.options.metadata_age) >> 2).saturating_mul(objects.len());
        let timely = in_time.checked_div(micros(asked.elapsed())).unwrap_or(1);
        state.ahead.time(first.token(), timely);
        if answer.body.len() > LONG_ANSWER {
            let most = objects.len().saturating_mul(LONG_ANSWER).checked_div(answer.body.len());
            state.ahead.limit(first.token(), most.unwrap_or(1));
        }
        let answer = json::parse(&answer.body).unwrap_or_default();
        let lists = answer.get("attributes").and_then(Value::as_object);
        let mut rest = Vec::new();
        for (id, name) in objects.into_iter().zip(names) {
            let mut met = Met::default();
            let list = lists.and_then(|lists| lists.get(&name)?.as_array());
            let Some(Ok(attributes)) = list.map(|list| read(list, &mut met)) else {
                rest.push(id);
                continue;
            };
            state.remember(met.0);
            if let Some(object) = state.objects.get_mut(&id.token()) {
                object.is_wanted = false;
            }
            state.listed.insert(id.token(), Listed { known_since: asked, attributes });
        }
        // What is wrong with the others is told when they are asked for.
        first_alone(rest)
    }
}

impl State {
    /// True if some objects of a collection are known among these, and nothing but attributes was asked of them, without the order in which
    /// those were made.
    fn attributes_were_enough(&self, objects: &[ObjectToken], collection: Collection) -> bool {
        let is_known = |token: &&ObjectToken| {
            self.names.get(token).is_some_and(|id| id.collection() == collection)
                && (self.objects.contains_key(token) || self.listed.contains_key(token))
        };
        let needs_more = |object: &Object| object.is_wanted || object.tracks_attributes;
        let mut known = objects.iter().filter(is_known).peekable();
        known.peek().is_some() && !known.any(|token| self.objects.get(token).is_some_and(needs_more))
    }

    /// The attributes of an object that was met.
    pub(crate) fn attributes(&mut self, token: ObjectToken) -> Result<&mut BTreeMap<Name, Attribute>> {
        if let Some(listed) = self.listed.get_mut(&token) {
            return Ok(&mut listed.attributes);
        }
        let object = self.objects.get_mut(&token).map(|object| &mut object.attributes);
        object.ok_or_else(|| Error::not_found(format!("no object {token}")))
    }

    /// Forgets what is known of an object.
    pub(crate) fn forget(&mut self, token: ObjectToken) {
        self.objects.remove(&token);
        self.listed.remove(&token);
    }

    /// Forgets what is known of all objects.
    pub(crate) fn forget_all(&mut self) {
        self.objects.clear();
        self.listed.clear();
    }
}

/// Attributes of one object, as they are among those of others.
fn read(list: &[Value], met: &mut Met) -> Result<BTreeMap<Name, Attribute>> {
    let mut attributes = BTreeMap::new();
    for attribute in list {
        let name = Name::from(string(attribute, "name")?);
        attributes.insert(name.clone(), Attribute::read(name, attribute, met)?);
    }
    Ok(attributes)
}
