//! Rows that were appended: gathered, and sent in one request that makes the dataset longer and fills it.

use std::sync::Arc;

use h5_types::{Dataspace, Durability, Error, ErrorKind, ObjectToken, Result};
use serde_json::Value;
use ureq::http::Method;

use crate::dataset_json;
use crate::http::{Body, Repeat};
use crate::object::{Kind, Object};
use crate::select::{self, Axis};
use crate::session::{Session, State};

/// Rows that the server does not have yet.
#[derive(Debug)]
pub(crate) struct Appended {
    pub(crate) axis: usize,
    /// Rows that the server has.
    pub(crate) base: u64,
    pub(crate) count: u64,
    /// The rows as they go over the wire.
    pub(crate) wire: Vec<u8>,
    /// True if the server may have them, and its answer was lost.
    is_unknown: bool,
}

/// Bytes of rows that are gathered before they are sent unasked.
const MOST_BYTES: usize = 4 << 20;
/// Bytes beyond which nothing more is gathered while the server cannot be reached.
const MOST_KEPT: usize = 64 << 20;
/// How often a request whose fate was looked up is sent again.
const ATTEMPTS: u32 = 4;

impl Session {
    /// Notes rows to be appended.
    pub(crate) fn append(
        &self,
        state: &mut State,
        token: ObjectToken,
        (axis, base, count): (usize, u64, u64),
        wire: Vec<u8>,
    ) -> Result<()> {
        if let Some(there) = state.appended.get(&token)
            && (there.axis != axis || axis != 0 || there.wire.len() >= MOST_KEPT)
        {
            self.send_appended(state, token)?;
        }
        let length =
            base.checked_add(count).ok_or_else(|| Error::usage("a dimension of more than 64 bits"))?;
        match state.appended.get_mut(&token) {
            // Nothing is added to what may be there already: it is looked up as it was sent.
            Some(there) if there.is_unknown => {
                self.send_appended(state, token)?;
                state.appended.insert(token, Appended { axis, base, count, wire, is_unknown: false });
            }
            Some(there) => {
                there.count = there.count.saturating_add(count);
                there.wire.extend_from_slice(&wire);
            }
            None => {
                drop(state.appended.insert(token, Appended { axis, base, count, wire, is_unknown: false }))
            }
        }
        set_length(state, token, axis, length);
        state.changed = true;
        if state.appended.get(&token).is_some_and(|there| axis != 0 || there.wire.len() >= MOST_BYTES) {
            self.send_appended(state, token)?;
        }
        Ok(())
    }

    /// Sends the rows of a dataset. What could not be sent stays to be sent.
    pub(crate) fn send_appended(&self, state: &mut State, token: ObjectToken) -> Result<()> {
        if !state.appended.contains_key(&token) {
            return Ok(());
        }
        self.send_pending(state)?;
        if state.unsaved.has_rows() && state.restart.is_doubtful(self.client.broken_connections()) {
            // These go behind those.
            self.save(state)?;
        }
        let Some(mut rows) = state.appended.remove(&token) else { return Ok(()) };
        let sent = self.deliver(state, token, &mut rows);
        match &sent {
            Ok(()) if self.options.durability == Durability::Full => state.unsaved.keep(token, rows),
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Service => {
                // For the next flush.
                state.appended.insert(token, rows);
            }
            // Refused for good: what the dataset is now is asked for.
            Err(_) => drop(state.objects.remove(&token)),
        }
        sent
    }

    /// All rows of all datasets.
    pub(crate) fn send_all_appended(&self, state: &mut State) -> Result<()> {
        let tokens: Vec<ObjectToken> = state.appended.keys().copied().collect();
        // Each is tried; the first failure is told.
        let sent: Vec<Result<()>> =
            tokens.into_iter().map(|token| self.send_appended(state, token)).collect();
        sent.into_iter().collect()
    }

    fn deliver(&self, state: &State, token: ObjectToken, rows: &mut Appended) -> Result<()> {
        let path = format!("{}/value", state.id(token)?.path());
        // After a broken connection the dataset may be another: the service may have been restarted.
        rows.is_unknown |= state.restart.is_doubtful(self.client.broken_connections());
        for _ in 0..ATTEMPTS {
            if rows.is_unknown {
                match self.length_now(state, token, rows.axis)? {
                    length if length == rows.base => rows.is_unknown = false,
                    length if length == rows.base.saturating_add(rows.count) => {
                        // Longer already; whether the rows are there too does not matter: written twice they are the same.
                        return self.fill(state, token, rows, &path);
                    }
                    length => {
                        let expected = rows.base;
                        return Err(Error::new(
                            ErrorKind::Conversion,
                            format!(
                                "the dataset is {length} long, {expected} expected: another writer changed it, or the service was restarted and lost rows; those appended since are not there"
                            ),
                        ));
                    }
                }
            }
            let axis = if rows.axis == 0 { String::new() } else { format!("&append_dim={}", rows.axis) };
            let query = format!("append={}{axis}", rows.count);
            let mut request = self.request(Method::PUT, &path, &query, Body::Binary(&rows.wire));
            request.repeat = Repeat::Never;
            match self.client.send(&request) {
                Ok(_) => return Ok(()),
                Err(failure) if failure.is_unknown => rows.is_unknown = true,
                Err(failure) => return Err(failure.error),
            }
        }
        Err(Error::new(
            ErrorKind::Service,
            format!("{} rows could not be appended: no attempt was answered", rows.count),
        ))
    }

    pub(crate) fn length_now(&self, state: &State, token: ObjectToken, axis: usize) -> Result<u64> {
        let answer = self.get(&state.id(token)?.path(), "")?;
        let dataspace = dataset_json::dataspace(answer.get("shape"))?;
        dataspace.dimensions().get(axis).copied().ok_or_else(|| Error::usage("a dimension that is gone"))
    }

    pub(crate) fn fill(&self, state: &State, token: ObjectToken, rows: &Appended, path: &str) -> Result<()> {
        let Some(Object { kind: Kind::Dataset(info), .. }) = state.objects.get(&token) else {
            return Err(Error::not_found(format!("no dataset {token}")));
        };
        let whole = |&count: &u64| Axis { start: 0, count, step: 1 };
        let mut axes: Vec<Axis> = info.dataspace.dimensions().iter().map(whole).collect();
        if let Some(axis) = axes.get_mut(rows.axis) {
            *axis = Axis { start: rows.base, count: rows.count, step: 1 };
        }
        let query = format!("select={}", select::query(&axes));
        self.client.send(&self.request(Method::PUT, path, &query, Body::Binary(&rows.wire)))?;
        Ok(())
    }

    /// Makes the dataset longer or shorter, on the server and in what is known.
    pub(crate) fn set_dimensions(
        &self,
        state: &mut State,
        token: ObjectToken,
        dimensions: &[u64],
    ) -> Result<()> {
        self.send_pending(state)?;
        self.send_appended(state, token)?;
        let path = format!("{}/shape", state.id(token)?.path());
        let _: Value = self.send(Method::PUT, &path, "", &dataset_json::shape(dimensions))?;
        state.change();
        for (axis, &length) in dimensions.iter().enumerate() {
            set_length(state, token, axis, length);
        }
        Ok(())
    }
}

/// Notes that a dataset has another length.
fn set_length(state: &mut State, token: ObjectToken, axis: usize, length: u64) {
    if let Some(Object { kind: Kind::Dataset(info), .. }) = state.objects.get_mut(&token)
        && let Dataspace::Simple { dimensions, .. } = &mut Arc::make_mut(info).dataspace
        && let Some(dimension) = dimensions.get_mut(axis)
    {
        *dimension = length;
    }
}
