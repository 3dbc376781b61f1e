//! One open domain: the requests about it, and what all its nodes share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_types::{Error, ObjectToken, Result};
use serde_json::Value;
use ureq::http::Method;

use crate::ahead::Ahead;
use crate::append::Appended;
use crate::counts::Counts;
use crate::group::{later, now};
use crate::http::{Answer, Body, Client, Failure, Repeat, Request, encoded};
use crate::id::Id;
use crate::json;
use crate::listed::Listed;
use crate::object::Object;
use crate::options::HsdsOptions;
use crate::pending::Pending;
use crate::restart::{Restart, Unsaved};

/// One open domain.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) client: Arc<Client>,
    pub(crate) domain: String,
    pub(crate) bucket: Option<String>,
    pub(crate) root: Id,
    pub(crate) writes: bool,
    pub(crate) options: HsdsOptions,
    /// What each query begins with.
    query: String,
    closed: AtomicBool,
    state: Mutex<State>,
}

/// What is known, and what the server does not know yet.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Names of the objects of all tokens that were met.
    pub(crate) names: HashMap<ObjectToken, Id>,
    pub(crate) objects: HashMap<ObjectToken, Object>,
    /// Attributes that came without the descriptions of their objects.
    pub(crate) listed: HashMap<ObjectToken, Listed>,
    pub(crate) pending: Pending,
    pub(crate) appended: HashMap<ObjectToken, Appended>,
    pub(crate) ahead: Ahead,
    pub(crate) restart: Restart,
    pub(crate) counts: Option<Counts>,
    /// When the newest link that was met was made: what is made next is newer.
    pub(crate) newest: f64,
    /// True if something was changed since the last flush.
    pub(crate) changed: bool,
    /// What the server has, and not in its storage yet.
    pub(crate) unsaved: Unsaved,
}

/// Most bytes of an answer about objects.
const METADATA_BYTES: u64 = 64 << 20;

impl Session {
    pub(crate) fn new(
        client: Arc<Client>,
        place: (String, Option<String>),
        root: Id,
        writes: bool,
        options: HsdsOptions,
    ) -> Arc<Self> {
        let (domain, bucket) = place;
        Arc::new(Self {
            query: query(&domain, bucket.as_deref()),
            client,
            domain,
            bucket,
            root,
            writes,
            options,
            closed: AtomicBool::new(false),
            state: Mutex::default(),
        })
    }

    /// The state, unless the domain is closed. Requests about objects are made while it is held, so that what is known is of one moment; those
    /// about elements are not.
    pub(crate) fn state(&self) -> Result<MutexGuard<'_, State>> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::usage("the domain is closed"));
        }
        Ok(self.lock())
    }

    /// The state, to change it.
    pub(crate) fn edit(&self) -> Result<MutexGuard<'_, State>> {
        let state = self.state()?;
        state.restart.check_not_lost()?;
        if self.writes { Ok(state) } else { Err(Error::unsupported("the domain is open for reading only")) }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        // What is known is put in place in one step after each answer.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the domain as closed; false if it was already.
    pub(crate) fn mark_closed(&self) -> bool {
        !self.closed.swap(true, Ordering::SeqCst)
    }

    /// A request about this domain, that may be sent again.
    pub(crate) fn request<'b>(&self, method: Method, path: &str, query: &str, body: Body<'b>) -> Request<'b> {
        let mut whole = self.query.clone();
        if !query.is_empty() {
            whole.push('&');
            whole.push_str(query);
        }
        Request {
            method,
            path: path.to_owned(),
            query: whole,
            body,
            repeat: Repeat::Safe,
            wants_binary: false,
            most_bytes: METADATA_BYTES,
        }
    }

    /// Asks about objects.
    pub(crate) fn get(&self, path: &str, query: &str) -> Result<Value> {
        let answer = self.client.send(&self.request(Method::GET, path, query, Body::None))?;
        json::parse(&answer.body)
    }

    /// Sends JSON, and reads JSON.
    pub(crate) fn send(
        &self,
        method: Method,
        path: &str,
        query: &str,
        body: &Value,
    ) -> Result<Value, Failure> {
        let text = json::text(body);
        let answer = self.client.send(&self.request(method, path, query, Body::Json(&text)))?;
        if answer.body.is_empty() {
            return Ok(Value::Null);
        }
        json::parse(&answer.body).map_err(|error| Failure { error, status: None, is_unknown: true })
    }

    pub(crate) fn delete(&self, path: &str, query: &str) -> Result<()> {
        self.client.send(&self.request(Method::DELETE, path, query, Body::None))?;
        Ok(())
    }

    /// Sends or asks for elements.
    pub(crate) fn elements(&self, request: Request<'_>, most_bytes: u64) -> Result<Answer, Failure> {
        self.client.send(&Request { most_bytes, ..request })
    }

    /// What errors call the domain.
    pub(crate) fn name(&self) -> String {
        format!("{}{}", self.client.endpoint().origin(), self.domain)
    }
}

/// How requests name a domain.
pub(crate) fn query(domain: &str, bucket: Option<&str>) -> String {
    let mut query = format!("domain={}", encoded(domain));
    if let Some(bucket) = bucket {
        query.push_str("&bucket=");
        query.push_str(&encoded(bucket));
    }
    query
}

impl State {
    /// The name of a token's object.
    pub(crate) fn id(&self, token: ObjectToken) -> Result<Id> {
        self.names.get(&token).copied().ok_or_else(|| Error::not_found(format!("no object {token}")))
    }

    /// When what is made now is said to have been made: later than all that was met.
    pub(crate) fn next_moment(&mut self) -> f64 {
        self.newest = now().max(later(self.newest));
        self.newest
    }

    /// Takes note of a change that is not an appended row.
    pub(crate) fn change(&mut self) {
        self.changed = true;
        self.unsaved.others = true;
    }

    /// Remembers names that were met.
    pub(crate) fn remember(&mut self, met: impl IntoIterator<Item = Id>) {
        self.names.extend(met.into_iter().map(|id| (id.token(), id)));
    }
}
