//! Whether the service was restarted: what it had in memory is gone then, and what of that is still here is written again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use h5_types::{Dataspace, Error, ErrorKind, ObjectToken, Result};
use serde_json::json;
use ureq::http::Method;

use crate::append::Appended;
use crate::dataset_json;
use crate::object::{Kind, Object};
use crate::session::{Session, State};

/// When the service was started, as far as it says so.
#[derive(Debug, Default)]
pub(crate) struct Restart {
    /// Seconds since 1970.
    started: Option<u64>,
    /// When it was asked last.
    asked: Option<Instant>,
    /// Connections that had been broken by then.
    broken: u64,
    /// Why nothing is written any more.
    lost: Option<String>,
}

/// What was sent since the service wrote all to its storage.
#[derive(Debug, Default)]
pub(crate) struct Unsaved {
    /// Rows that were appended, in the order in which they were.
    rows: BTreeMap<ObjectToken, Vec<Appended>>,
    bytes: usize,
    /// True if anything else was changed.
    pub(crate) others: bool,
}

/// How often the service is asked, if no connection breaks.
const INTERVAL: Duration = Duration::from_secs(1);
/// Bytes of rows that are kept to be written again.
const MOST_BYTES: usize = 64 << 20;
/// How often rows are written again, if the service is restarted each time.
const ATTEMPTS: u32 = 3;

impl Restart {
    /// True if a connection was broken since the service was asked.
    pub(crate) fn is_doubtful(&self, broken: u64) -> bool {
        self.asked.is_some() && self.broken != broken
    }

    /// Fails if something was lost that cannot be written again.
    pub(crate) fn check_not_lost(&self) -> Result<()> {
        self.lost.as_ref().map_or(Ok(()), |why| Err(Error::new(ErrorKind::Service, why.clone())))
    }
}

impl Unsaved {
    pub(crate) fn has_rows(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Keeps rows that the server took. Of more than are kept, a restart is a loss.
    pub(crate) fn keep(&mut self, dataset: ObjectToken, rows: Appended) {
        self.bytes = self.bytes.saturating_add(rows.wire.len());
        if self.bytes > MOST_BYTES {
            self.rows.clear();
            self.others = true;
        } else {
            self.rows.entry(dataset).or_default().push(rows);
        }
    }
}

impl Session {
    /// Takes note of when the service was started. What does not say so is not asked again.
    pub(crate) fn note_start(&self, state: &mut State) {
        state.restart.started = self.ask_for_start();
        state.restart.asked = Some(Instant::now());
        state.restart.broken = self.client.broken_connections();
    }

    /// Has the service write all to its storage. If it was restarted since it did so last, rows that were appended since are written again.
    ///
    /// # Errors
    /// `Service` if it was restarted and other changes may be lost; the domain takes no more changes then.
    pub(crate) fn save(&self, state: &mut State) -> Result<()> {
        for _ in 0..ATTEMPTS {
            self.send(Method::PUT, "/", "flush=1", &json!({}))?;
            let Some(when) = self.restarted(state, true) else {
                state.unsaved = Unsaved::default();
                return Ok(());
            };
            if state.unsaved.others {
                let message =
                    format!("{}; nothing more is written until the domain is opened again", self.loss(when));
                state.restart.lost = Some(message);
                return state.restart.check_not_lost();
            }
            let tokens: Vec<ObjectToken> = state.unsaved.rows.keys().copied().collect();
            for token in tokens {
                self.restore(state, token)?;
            }
        }
        Err(Error::new(
            ErrorKind::Service,
            format!("{}: the service is restarted again and again", self.name()),
        ))
    }

    /// Fails once after the service was restarted since something was written: then it is not known whether all of that is there.
    ///
    /// # Errors
    /// `Service`.
    pub(crate) fn check_restart(&self, state: &mut State) -> Result<()> {
        match self.restarted(state, false) {
            Some(when) => Err(Error::new(ErrorKind::Service, self.loss(when))),
            None => Ok(()),
        }
    }

    fn loss(&self, when: u64) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let ago = now.map_or(0, |now| now.as_secs().saturating_sub(when));
        let name = self.name();
        format!("{name}: the service was restarted {ago} s ago, and what it took shortly before may be lost")
    }

    /// When the service was restarted, if it was since it was asked last. It is asked now and then only, unless one wants to be sure.
    fn restarted(&self, state: &mut State, surely: bool) -> Option<u64> {
        let Restart { started: Some(started), asked: Some(asked), broken, .. } = state.restart else {
            return None;
        };
        if !surely && broken == self.client.broken_connections() && asked.elapsed() < INTERVAL {
            return None;
        }
        self.note_start(state);
        match state.restart.started {
            Some(now) if now != started => {
                // What is known may not be so any more.
                state.forget_all();
                state.counts = None;
                Some(now)
            }
            // It does not say so for once.
            None => {
                state.restart.started = Some(started);
                None
            }
            Some(_) => None,
        }
    }

    /// Writes rows again that the service may have lost.
    fn restore(&self, state: &mut State, token: ObjectToken) -> Result<()> {
        let Some(kept) = state.unsaved.rows.remove(&token) else { return Ok(()) };
        let restored = kept.iter().try_for_each(|rows| self.restore_rows(state, token, rows));
        state.unsaved.rows.insert(token, kept);
        restored
    }

    fn restore_rows(&self, state: &mut State, token: ObjectToken, rows: &Appended) -> Result<()> {
        let end = rows.base.saturating_add(rows.count);
        let length = self.length_now(state, token, rows.axis)?;
        if length < rows.base {
            let message =
                format!("a dataset is {length} long after a restart of the service, {} expected", rows.base);
            state.restart.lost = Some(message);
            return state.restart.check_not_lost();
        }
        let id = state.id(token)?;
        let object = self.object(state, token)?;
        let Kind::Dataset(info) = &object.kind else {
            return Err(Error::not_found(format!("no dataset {token}")));
        };
        let mut dimensions = info.dataspace.dimensions().to_vec();
        if let Some(dimension) = dimensions.get_mut(rows.axis).filter(|_| length < end) {
            *dimension = end;
            self.send(Method::PUT, &format!("{}/shape", id.path()), "", &dataset_json::shape(&dimensions))?;
            if let Some(Object { kind: Kind::Dataset(info), .. }) = state.objects.get_mut(&token)
                && let Dataspace::Simple { dimensions: known, .. } =
                    &mut std::sync::Arc::make_mut(info).dataspace
            {
                *known = dimensions;
            }
        }
        self.fill(state, token, rows, &format!("{}/value", id.path()))
    }

    fn ask_for_start(&self) -> Option<u64> {
        self.get("/about", "").ok()?.get("start_time")?.as_u64()
    }
}
