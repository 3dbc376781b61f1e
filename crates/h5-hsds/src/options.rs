use std::time::Duration;

use h5_types::{AccessPolicy, Durability, Limits, NewGroup};

use crate::credentials::Credentials;
use crate::location::Endpoint;

/// How a domain is opened.
///
/// ```
/// use std::time::Duration;
/// use h5_hsds::{Credentials, HsdsOptions};
///
/// let options = HsdsOptions::new()
///     .credentials(Credentials::Bearer("token".to_owned()))
///     .total_timeout(Duration::from_secs(20));
/// assert!(!format!("{options:?}").contains("token"));
/// ```
#[derive(Debug, Clone)]
pub struct HsdsOptions {
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) bucket: Option<String>,
    pub(crate) credentials: Option<Credentials>,
    pub(crate) certificates: Option<Vec<u8>>,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) total_timeout: Duration,
    pub(crate) attempts: u32,
    pub(crate) requests_in_flight: usize,
    pub(crate) metadata_age: Duration,
    pub(crate) durability: Durability,
    pub(crate) access: AccessPolicy,
    pub(crate) limits: Limits,
    pub(crate) root: NewGroup,
}

impl Default for HsdsOptions {
    fn default() -> Self {
        Self {
            endpoint: None,
            bucket: None,
            credentials: None,
            certificates: None,
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(180),
            attempts: 8,
            requests_in_flight: 8,
            metadata_age: Duration::from_secs(1),
            durability: Durability::Process,
            access: AccessPolicy::SameDir,
            limits: Limits::default(),
            root: NewGroup::default(),
        }
    }
}

impl HsdsOptions {
    /// The defaults: server, bucket and credentials as the environment and `~/.hscfg` say.
    pub fn new() -> Self {
        Self::default()
    }

    /// The server of locations that name none, in place of what the environment and `~/.hscfg` say.
    #[must_use]
    pub fn endpoint(mut self, endpoint: Endpoint) -> Self {
        self.endpoint = Some(endpoint);
        self
    }

    /// The bucket of locations that name none. Default: `HS_BUCKET`, else the server's own.
    #[must_use]
    pub fn bucket(mut self, bucket: impl Into<String>) -> Self {
        self.bucket = Some(bucket.into());
        self
    }

    /// Who asks, whatever the server. Default: what the environment and `~/.hscfg` say for the server that they name, and nobody for any
    /// other.
    #[must_use]
    pub fn credentials(mut self, credentials: Credentials) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// The certificates, as PEM, that a server's has to come from. Default: those of Mozilla.
    #[must_use]
    pub fn certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.certificates = Some(pem.into());
        self
    }

    /// How long it may take to connect. Default: 10 s.
    #[must_use]
    pub fn connect_timeout(mut self, time: Duration) -> Self {
        self.connect_timeout = time;
        self
    }

    /// How long the server may be silent while it is waited for. Default: 60 s.
    #[must_use]
    pub fn read_timeout(mut self, time: Duration) -> Self {
        self.read_timeout = time;
        self
    }

    /// How long one request may take with all attempts and pauses. Default: 180 s.
    #[must_use]
    pub fn total_timeout(mut self, time: Duration) -> Self {
        self.total_timeout = time;
        self
    }

    /// How often a request is tried that may be tried again. Default: 8.
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// Requests at a time. Default: 8; HSDS refuses all of them above 100 from all its clients.
    #[must_use]
    pub fn requests_in_flight(mut self, requests: usize) -> Self {
        self.requests_in_flight = requests.max(1);
        self
    }

    /// How old what is known of groups, attributes and extents may be before the server is asked again. Default: 1 s. With zero every look
    /// is a request. Elements are never kept.
    #[must_use]
    pub fn metadata_age(mut self, age: Duration) -> Self {
        self.metadata_age = age;
        self
    }

    /// What a flush has to survive: this program's end (the default), or the server's too (`Full`), which takes the server some seconds.
    #[must_use]
    pub fn durability(mut self, durability: Durability) -> Self {
        self.durability = durability;
        self
    }

    /// Which other domains of the server external links may lead to.
    #[must_use]
    pub fn access(mut self, access: AccessPolicy) -> Self {
        self.access = access;
        self
    }

    /// Bounds on what the server may make us do.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What the root group of a new domain is to be.
    #[must_use]
    pub fn root(mut self, root: NewGroup) -> Self {
        self.root = root;
        self
    }
}
