//! Domains as files.

use std::ffi::OsStr;
use std::sync::Arc;

use h5_backend::{Backend, Capability, Feature, FileInfo, Mode, Node, Registry};
use h5_types::{AccessPolicy, Durability, Error, ErrorKind, Name, NewGroup, ObjectToken, Result};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::credentials::Configuration;
use crate::dataset_json::{self, OWN};
use crate::http::{Body, Client, Repeat, Request};
use crate::id::{Collection, Id};
use crate::json::{self, lacks, string};
use crate::location::{Endpoint, Location, check_domain};
use crate::node::HsdsNode;
use crate::object::Kind;
use crate::options::HsdsOptions;
use crate::session::{self, Session};

/// An open domain. See the [crate's documentation](crate).
#[derive(Debug)]
pub struct HsdsFile {
    session: Arc<Session>,
}

/// What HSDS does not do, by its own words or because it has no words for it: see the README.
const LACKED: [Feature; 16] = [
    Feature::AnyText,
    Feature::UserDefinedLinks,
    Feature::RenameAttribute,
    Feature::Comments,
    Feature::NestedSequences,
    Feature::RegionReferences,
    Feature::AttributeReferences,
    Feature::Bitfields,
    Feature::CustomNumbers,
    Feature::Time,
    Feature::ComplexNumbers,
    Feature::ContiguousLayout,
    Feature::VirtualLayout,
    Feature::ExternalLayout,
    Feature::RawChunks,
    Feature::Swmr,
];

/// What a domain that is open for writing can do.
fn capability() -> Capability {
    Capability::all().without(LACKED).with_filters(dataset_json::filters())
}

impl HsdsFile {
    /// Opens or creates the domain of a location, which is given without its scheme: `//HOST:PORT/home/me/scan.h5`, or `/home/me/scan.h5` on
    /// the server that the options, the environment or `~/.hscfg` tell. `?bucket=NAME` may follow.
    ///
    /// # Errors
    /// `Usage` for what is no location; `NotFound`, `AlreadyExists` and `PermissionDenied` by the mode; `Service` if the server does not
    /// answer; `Unsupported` for `https` without TLS.
    pub fn open(
        location: impl AsRef<OsStr>,
        is_secure: bool,
        mode: Mode,
        options: &HsdsOptions,
    ) -> Result<Arc<Self>> {
        let location = location.as_ref();
        let text = location.to_str().ok_or_else(|| Error::usage("a location that is no UTF-8"))?;
        Self::open_at(&Location::parse(text, is_secure)?, mode, options)
    }

    fn open_at(location: &Location, mode: Mode, options: &HsdsOptions) -> Result<Arc<Self>> {
        let (client, bucket) = connect(location, options)?;
        let place = (location.domain.clone(), bucket);
        let root = match mode {
            Mode::Read | Mode::ReadLive | Mode::ReadWrite => find_domain(&client, &place)?,
            Mode::Create => {
                remove_domain(&client, &place)?;
                create_domain(&client, &place, &options.root)?
            }
            Mode::CreateNew => create_domain(&client, &place, &options.root)?,
        };
        let writes = !matches!(mode, Mode::Read | Mode::ReadLive);
        let session = Session::new(client, place, root, writes, options.clone());
        if writes {
            session.note_start(&mut session.lock());
        }
        Ok(Arc::new(Self { session }))
    }

    /// Adds the schemes `hsds` and `hsds+https` to a registry.
    ///
    /// # Errors
    /// None: the schemes are some.
    pub fn register(registry: &mut Registry, options: &HsdsOptions) -> Result<()> {
        for (scheme, is_secure) in [("hsds", false), ("hsds+https", true)] {
            let options = options.clone();
            registry.register(scheme, move |location, mode| {
                let backend: Arc<dyn Backend> = Self::open(location, is_secure, mode, &options)?;
                Ok(backend)
            })?;
        }
        Ok(())
    }

    /// Scheme, host and port of the server.
    pub fn origin(&self) -> &str {
        self.session.client.endpoint().origin()
    }

    /// Path of the domain on the server.
    pub fn domain(&self) -> &str {
        &self.session.domain
    }
}

impl Backend for HsdsFile {
    fn capability(&self) -> Capability {
        let capability = capability();
        if self.session.writes { capability } else { capability.without([Feature::Write]) }
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.session.state().map(|_| FileInfo::default())
    }

    fn root(&self) -> ObjectToken {
        self.session.root.token()
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        let mut state = self.session.state()?;
        if object == self.session.root.token() {
            // It is there as long as the domain is.
            state.remember([self.session.root]);
            return Ok(Arc::new(HsdsNode::root(Arc::clone(&self.session))));
        }
        let id = state.id(object)?;
        let datatype = match id.collection() {
            Collection::Datatypes => match &self.session.object(&mut state, object)?.kind {
                Kind::Datatype(datatype) => Some(datatype.clone()),
                _ => None,
            },
            _ => {
                self.session.meet(&mut state, object)?;
                None
            }
        };
        Ok(Arc::new(HsdsNode::new(Arc::clone(&self.session), id, datatype)))
    }

    fn find(&self, group: ObjectToken, names: &[Name]) -> Result<Option<ObjectToken>> {
        self.session.find(group, names)
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        drop(self.session.state()?);
        let session = &self.session;
        let text = file.to_str().ok_or_else(|| Error::not_found(format!("no domain `{file}`")))?;
        let folder = session.domain.rsplit_once('/').map_or("", |(folder, _)| folder);
        let domain = if text.starts_with('/') { text.to_owned() } else { format!("{folder}/{text}") };
        let domain = check_domain(&domain)?;
        let is_near = domain.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let is_allowed = match session.options.access {
            AccessPolicy::Deny => domain == session.domain,
            AccessPolicy::SameDir => is_near,
            AccessPolicy::Allow => true,
        };
        if !is_allowed {
            let message =
                format!("the access policy does not let a link lead to the domain `{}`", Name::from(domain));
            return Err(Error::new(ErrorKind::PermissionDenied, message));
        }
        if domain == session.domain {
            return Ok(Arc::new(Self { session: Arc::clone(session) }));
        }
        let place = (domain, session.bucket.clone());
        let root = find_domain(&session.client, &place)?;
        let client = Arc::clone(&session.client);
        Ok(Arc::new(Self {
            session: Session::new(client, place, root, session.writes, session.options.clone()),
        }))
    }

    fn flush(&self) -> Result<()> {
        self.session.flush(&mut *self.session.state()?)
    }

    fn refresh(&self) -> Result<()> {
        let mut state = self.session.state()?;
        self.session.send_pending(&mut state)?;
        self.session.send_all_appended(&mut state)?;
        state.forget_all();
        state.counts = None;
        Ok(())
    }

    fn close(&self) -> Result<()> {
        let mut state = self.session.lock();
        if !self.session.mark_closed() {
            return Ok(());
        }
        self.session.flush(&mut state)
    }
}

impl Session {
    fn flush(&self, state: &mut session::State) -> Result<()> {
        if !self.writes {
            return Ok(());
        }
        state.restart.check_not_lost()?;
        self.send_pending(state)?;
        self.send_all_appended(state)?;
        if !state.changed {
            return Ok(());
        }
        let is_full = self.options.durability == Durability::Full;
        if is_full {
            self.save(state)?
        } else {
            self.check_restart(state)?
        }
        state.changed = false;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if self.mark_closed() && self.writes {
            // Nobody is there to be told.
            let state = std::mem::take(&mut *self.lock());
            let mut state = state;
            let _ = self.flush(&mut state);
        }
    }
}

/// What talks to the server of a location, and the bucket.
pub(crate) fn connect(location: &Location, options: &HsdsOptions) -> Result<(Arc<Client>, Option<String>)> {
    let noted = Configuration::read();
    let endpoint = match (&location.endpoint, &options.endpoint, &noted.endpoint) {
        (Some(endpoint), ..) | (None, Some(endpoint), _) => endpoint.clone(),
        (None, None, Some(text)) => Endpoint::parse(text)?,
        (None, None, None) => {
            return Err(Error::usage(
                "a location without a server, and no HS_ENDPOINT in the environment or ~/.hscfg",
            ));
        }
    };
    let credentials = options.credentials.clone().unwrap_or_else(|| noted.credentials_for(&endpoint));
    let bucket = location.bucket.clone().or_else(|| options.bucket.clone()).or(noted.bucket);
    Ok((Arc::new(Client::new(endpoint, &credentials, options)?), bucket))
}

/// A request about a domain that is not open.
pub(crate) fn request<'b>(
    (domain, bucket): &(String, Option<String>),
    method: Method,
    query: &str,
    body: Body<'b>,
) -> Request<'b> {
    let mut whole = session::query(domain, bucket.as_deref());
    if !query.is_empty() {
        whole = format!("{whole}&{query}");
    }
    Request {
        method,
        path: "/".to_owned(),
        query: whole,
        body,
        repeat: Repeat::Safe,
        wants_binary: false,
        most_bytes: 16 << 20,
    }
}

type Place = (String, Option<String>);

pub(crate) fn find_domain(client: &Client, place: &Place) -> Result<Id> {
    let answer = client.send(&request(place, Method::GET, "", Body::None)).map_err(|failure| {
        let kind = failure.error.kind();
        match kind {
            ErrorKind::NotFound => Error::not_found(format!("no domain `{}`", Name::from(place.0.as_str())))
                .with_source(failure.error),
            _ => failure.error,
        }
    })?;
    let answer = json::parse(&answer.body)?;
    match answer.get("root").and_then(Value::as_str) {
        Some(root) => Id::parse(root).ok_or_else(|| lacks("root")),
        None => Err(Error::usage(format!("`{}` is a folder", Name::from(place.0.as_str())))),
    }
}

fn create_domain(client: &Client, place: &Place, root: &NewGroup) -> Result<Id> {
    let id = Id::new_root()?;
    let mut body = Map::from_iter([("root_id".to_owned(), json!(id.to_string()))]);
    let mut creation = Map::new();
    if root.tracks_link_creation {
        creation.insert("CreateOrder".to_owned(), json!(1));
    }
    if root.tracks_attribute_creation != root.tracks_link_creation {
        creation.insert(OWN.to_owned(), json!({"attributeOrder": root.tracks_attribute_creation}));
    }
    if !creation.is_empty() {
        body.insert("group".to_owned(), json!({"creationProperties": creation}));
    }
    let text = json::text(&Value::Object(body));
    match client.send(&request(place, Method::PUT, "", Body::Json(&text))) {
        Ok(answer) => Id::parse(string(&json::parse(&answer.body)?, "root")?).ok_or_else(|| lacks("root")),
        // There from an attempt whose answer was lost, or because another made it.
        Err(failure) if failure.status == Some(409) => match find_domain(client, place) {
            Ok(found) if found == id => Ok(id),
            _ => Err(failure.error),
        },
        Err(failure) if failure.error.kind() == ErrorKind::NotFound => {
            let folder = place.0.rsplit_once('/').map_or("/", |(folder, _)| folder);
            Err(Error::not_found(format!("no folder `{}` for a new domain", Name::from(folder)))
                .with_source(failure.error))
        }
        Err(failure) => Err(failure.error),
    }
}

pub(crate) fn remove_domain(client: &Client, place: &Place) -> Result<()> {
    match client.send(&request(place, Method::DELETE, "", Body::None)) {
        Ok(_) => Ok(()),
        Err(failure) if failure.error.kind() == ErrorKind::NotFound => Ok(()),
        Err(failure) => Err(failure.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The cell of a feature in a table, so many columns from the end.
    fn cell(table: &str, feature: Feature, column: usize) -> Option<&str> {
        let row = table.lines().find(|row| row.starts_with(&format!("| `{feature}` |")))?;
        row.trim_end_matches('|').rsplit('|').nth(column).map(str::trim)
    }

    #[test]
    fn the_column_of_hsds_is_true() {
        let table = include_str!("../../h5-backend/docs/capabilities.md");
        for &feature in Feature::ALL {
            let expected = if capability().has(feature) { "yes" } else { "no" };
            assert_eq!(cell(table, feature, 1), Some(expected), "{feature}");
        }
    }

    #[test]
    fn what_is_lacked_is_justified() {
        let refusals = include_str!("../README.md");
        for feature in LACKED {
            assert!(cell(refusals, feature, 0).is_some(), "{feature}");
        }
    }
}
