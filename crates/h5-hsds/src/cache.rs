//! What is known of objects, and how it is asked for again.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use h5_types::{Error, ErrorKind, Link, Name, ObjectToken, Result};
use serde_json::Value;
use ureq::http::Method;

use crate::http::{Body, Repeat, Request, encoded};
use crate::id::Id;
use crate::json::{self, lacks, string};
use crate::object::{Kind, Links, Met, Object, StoredLink};
use crate::session::{Session, State};
use crate::transfer::each;

/// Links up to which a group's are asked for all together when one is looked for.
const FEW_LINKS: u64 = 2000;
/// Links of one request.
const LINKS_OF_A_PAGE: usize = 2000;

impl Session {
    /// The object of a token, as it was at most a moment ago.
    pub(crate) fn object<'s>(&self, state: &'s mut State, token: ObjectToken) -> Result<&'s mut Object> {
        if !self.is_described(state, token) {
            self.look(state, token, true)?;
        }
        let object =
            state.objects.get_mut(&token).ok_or_else(|| Error::not_found(format!("no object {token}")))?;
        object.is_wanted = true;
        Ok(object)
    }

    /// True if an object's description is known as it was at most a moment ago.
    pub(crate) fn is_described(&self, state: &State, token: ObjectToken) -> bool {
        state
            .objects
            .get(&token)
            .is_some_and(|object| object.is_new || object.known_since.elapsed() < self.options.metadata_age)
    }

    /// Asks for descriptions of objects. That of the first has to be had if it is among them.
    pub(crate) fn describe(&self, state: &mut State, first: Id, wanted: &[Id]) -> Result<()> {
        let others = wanted.iter().filter(|id| **id != first && !state.appended.contains_key(&id.token()));
        let others = others.map(|id| (*id, Repeat::Never));
        let jobs: VecDeque<(Id, Repeat)> =
            wanted.contains(&first).then_some((first, Repeat::Safe)).into_iter().chain(others).collect();
        let answers = Mutex::new(Vec::with_capacity(jobs.len()));
        each(jobs, self.options.requests_in_flight, |(id, repeat)| {
            let asked = Instant::now();
            let request = self.request(Method::GET, &id.path(), "include_attrs=1", Body::None);
            let answer = self.client.send(&Request { repeat, ..request });
            let answer = answer.map_err(Error::from).and_then(|answer| json::parse(&answer.body));
            answers.lock().unwrap_or_else(PoisonError::into_inner).push((id, asked, answer));
            Ok(())
        })?;
        for (id, asked, answer) in answers.into_inner().unwrap_or_else(PoisonError::into_inner) {
            let taken = answer.and_then(|answer| self.insert(state, &answer, asked));
            match taken {
                Err(error) if id == first => return Err(self.gone(state, id.token(), error)),
                // What cannot be had is asked for again once it is wanted.
                _ => {}
            }
        }
        Ok(())
    }

    /// Takes an answer about an object in, for which was asked at that moment.
    pub(crate) fn insert(&self, state: &mut State, answer: &Value, asked: Instant) -> Result<ObjectToken> {
        let mut met = Met::default();
        let object = Object::read(answer, asked, &mut met)?;
        let token = object.id.token();
        state.remember(met.0);
        state.listed.remove(&token);
        state.objects.insert(token, object);
        Ok(token)
    }

    /// What the server no longer has is forgotten.
    fn gone(&self, state: &mut State, token: ObjectToken, error: Error) -> Error {
        if error.kind() == ErrorKind::NotFound {
            state.forget(token);
        }
        error
    }

    /// A group's links, all of them.
    pub(crate) fn links(
        &self,
        state: &mut State,
        token: ObjectToken,
    ) -> Result<Arc<BTreeMap<Name, StoredLink>>> {
        if let Some(links) = &self.group(state, token)?.by_name {
            return Ok(Arc::clone(links));
        }
        self.send_pending(state)?;
        let Links { tracked, count, .. } = *self.group(state, token)?;
        if !tracked
            && count <= FEW_LINKS
            && let Some(links) = self.few_links(state, token)?
        {
            return Ok(links);
        }
        let path = format!("{}/links", state.id(token)?.path());
        let (mut all, mut met) = (BTreeMap::new(), Met::default());
        // In the order of creation, a list has no pages.
        let mut query = if tracked { "CreateOrder=1".to_owned() } else { format!("Limit={LINKS_OF_A_PAGE}") };
        let mut number = 0.0;
        loop {
            let answer = self.get(&path, &query)?;
            let page = answer.get("links").and_then(Value::as_array).ok_or_else(|| lacks("links"))?;
            for link in page {
                let mut read = StoredLink::read(link, &mut met)?;
                if tracked {
                    // Links that were made together have one time; their place in the list tells.
                    read.created = number;
                    number += 1.0;
                }
                state.newest = state.newest.max(read.created);
                all.insert(Name::from(string(link, "title")?), read);
            }
            let is_last = tracked || page.len() < LINKS_OF_A_PAGE;
            let Some(last) = page.last().filter(|_| !is_last) else { break };
            query = format!("Limit={LINKS_OF_A_PAGE}&Marker={}", encoded(string(last, "title")?));
        }
        state.remember(met.0);
        let all = Arc::new(all);
        let links = self.group(state, token)?;
        links.count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        links.by_name = Some(Arc::clone(&all));
        Ok(all)
    }

    /// A group's links as they come with its description: in half the time that a list takes, and a quarter of the bytes. `None` if they do not.
    fn few_links(
        &self,
        state: &mut State,
        token: ObjectToken,
    ) -> Result<Option<Arc<BTreeMap<Name, StoredLink>>>> {
        let path = state.id(token)?.path();
        let asked = Instant::now();
        let answer = self.get(&path, "include_links=1&include_attrs=1")?;
        self.insert(state, &answer, asked)?;
        let Some(Object { kind: Kind::Group(links), is_wanted, .. }) = state.objects.get_mut(&token) else {
            return Ok(None);
        };
        *is_wanted = true;
        let is_whole = |by_name: &Arc<BTreeMap<_, _>>| u64::try_from(by_name.len()) == Ok(links.count);
        links.by_name = links.by_name.take().filter(is_whole);
        let newest = links.by_name.iter().flat_map(|links| links.values()).map(|link| link.created);
        state.newest = newest.fold(state.newest, f64::max);
        Ok(links.by_name.clone())
    }

    /// One link of a group.
    pub(crate) fn link(
        &self,
        state: &mut State,
        token: ObjectToken,
        name: &[u8],
    ) -> Result<Option<StoredLink>> {
        let Links { count, by_name, .. } = self.group(state, token)?;
        if let Some(links) = by_name {
            return Ok(links.get(name).cloned());
        }
        if *count <= FEW_LINKS {
            return Ok(self.links(state, token)?.get(name).cloned());
        }
        let Ok(text) = std::str::from_utf8(name) else { return Ok(None) };
        if text.is_empty() || text.contains('/') {
            return Ok(None);
        }
        self.send_pending(state)?;
        let path = format!("{}/links/{}", state.id(token)?.path(), encoded(text));
        let answer = match self.get(&path, "") {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            answer => answer?,
        };
        let mut met = Met::default();
        let link = StoredLink::read(answer.get("link").ok_or_else(|| lacks("link"))?, &mut met)?;
        state.remember(met.0);
        Ok(Some(link))
    }

    pub(crate) fn group<'s>(&self, state: &'s mut State, token: ObjectToken) -> Result<&'s mut Links> {
        match &mut self.object(state, token)?.kind {
            Kind::Group(links) => Ok(links),
            _ => Err(Error::usage(format!("object {token} is no group"))),
        }
    }

    /// Changes what is known of a group's links, after the server did so or to be done later.
    pub(crate) fn change_links(
        &self,
        state: &mut State,
        token: ObjectToken,
        change: impl FnOnce(&mut BTreeMap<Name, StoredLink>),
    ) {
        if let Some(Object { kind: Kind::Group(links), .. }) = state.objects.get_mut(&token)
            && let Some(by_name) = &mut links.by_name
        {
            let by_name = Arc::make_mut(by_name);
            change(by_name);
            links.count = u64::try_from(by_name.len()).unwrap_or(u64::MAX);
        } else if let Some(object) = state.objects.get_mut(&token) {
            // How many there are is not known any more.
            if let Kind::Group(links) = &mut object.kind {
                links.by_name = None;
            }
        }
    }

    /// Finds an object by the names of hard links in one request.
    pub(crate) fn find(&self, start: ObjectToken, names: &[Name]) -> Result<Option<ObjectToken>> {
        let mut state = self.state()?;
        let path: Option<Vec<&str>> = names.iter().map(Name::to_str).collect();
        let Some(path) = path else { return Ok(None) };
        let is_known =
            |object: &Object| matches!(&object.kind, Kind::Group(links) if links.by_name.is_some());
        if !state.pending.is_empty() || state.objects.get(&start).is_some_and(is_known) {
            // What is known already, or to this client alone.
            return Ok(None);
        }
        let parent = state.id(start)?;
        let query = format!("h5path={}&parent_id={parent}&include_attrs=1", encoded(&path.join("/")));
        let asked = Instant::now();
        match self.get("/", &query) {
            Ok(answer) => self.insert(&mut state, &answer, asked).map(Some),
            // Other links, or none: name by name it shows what is missing.
            Err(error)
                if matches!(
                    error.kind(),
                    ErrorKind::Service | ErrorKind::NotFound | ErrorKind::Unsupported
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// A link for who asks.
pub(crate) fn shown(name: &Name, link: &StoredLink, creation_order: Option<i64>) -> Link {
    Link { name: name.clone(), target: link.target.clone(), creation_order }
}

/// The same with their places in the order of creation.
pub(crate) fn by_creation(links: &BTreeMap<Name, StoredLink>) -> Vec<Link> {
    let mut list: Vec<_> = links.iter().collect();
    list.sort_by(|(_, a), (_, b)| a.created.total_cmp(&b.created));
    list.into_iter().zip(0..).map(|((name, link), order)| shown(name, link, Some(order))).collect()
}
