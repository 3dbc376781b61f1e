//! How many hard links lead to an object: the server does not count them.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use h5_types::{LinkTarget, ObjectToken, Result};
use serde_json::Value;

use crate::id::Id;
use crate::json::lacks;
use crate::object::{Met, StoredLink};
use crate::session::{Session, State};

/// Hard links to each object, from the groups that the root leads to.
#[derive(Debug)]
pub(crate) struct Counts {
    counted: Instant,
    links: HashMap<ObjectToken, u32>,
}

impl Counts {
    pub(crate) fn add(&mut self, token: ObjectToken) {
        let count = self.links.entry(token).or_insert(0);
        *count = count.saturating_add(1);
    }

    /// One less; what is left.
    fn remove(&mut self, token: ObjectToken) -> u32 {
        let count = self.links.entry(token).or_insert(1);
        *count = count.saturating_sub(1);
        *count
    }
}

impl Session {
    /// Hard links to an object.
    pub(crate) fn links_to(&self, state: &mut State, token: ObjectToken) -> Result<u32> {
        self.count(state, self.options.metadata_age)?;
        let count = state.counts.as_ref().and_then(|counts| counts.links.get(&token).copied());
        // The root is not linked to, but there.
        Ok(count.unwrap_or(0).max(u32::from(token == self.root.token())))
    }

    /// Counts all links, unless that was done a moment ago: one request, in which the server goes through all groups.
    fn count(&self, state: &mut State, age: std::time::Duration) -> Result<()> {
        if state.counts.as_ref().is_some_and(|counts| counts.counted.elapsed() < age) {
            return Ok(());
        }
        self.send_pending(state)?;
        let answer = self.get(&format!("{}/links", self.root.path()), "follow_links=1")?;
        let mut counts = Counts { counted: Instant::now(), links: HashMap::new() };
        let mut met = Met::default();
        let groups = answer.get("links").ok_or_else(|| lacks("links"))?;
        let lists: Vec<&Value> = match groups {
            Value::Object(groups) => groups.values().collect(),
            list => vec![list],
        };
        for link in lists.into_iter().filter_map(Value::as_array).flatten() {
            if let Ok(StoredLink { target: LinkTarget::Hard(token), .. }) = StoredLink::read(link, &mut met) {
                counts.add(token);
            }
        }
        state.remember(met.0);
        state.counts = Some(counts);
        Ok(())
    }

    /// After a hard link was removed: removes its object if there is no other, and what only that led to.
    pub(crate) fn release(&self, state: &mut State, token: ObjectToken) -> Result<()> {
        let mut pending = vec![token];
        let mut gone: HashSet<ObjectToken> = HashSet::new();
        while let Some(token) = pending.pop() {
            let Some(counts) = &mut state.counts else { continue };
            if token == self.root.token() || gone.contains(&token) || counts.remove(token) > 0 {
                continue;
            }
            gone.insert(token);
            let id: Id = state.id(token)?;
            if id.collection() == crate::id::Collection::Groups {
                let links = self.links(state, token)?;
                pending.extend(links.values().filter_map(|link| crate::object::hard(&link.target)));
            }
            match self.delete(&id.path(), "") {
                Err(error) if error.kind() != h5_types::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            state.forget(token);
            state.names.remove(&token);
            state.appended.remove(&token);
        }
        Ok(())
    }

    /// What is needed to know whether an object goes with a link, before the link goes.
    pub(crate) fn count_before_removal(&self, state: &mut State) -> Result<()> {
        self.count(state, std::time::Duration::ZERO.max(self.options.metadata_age))
    }
}
