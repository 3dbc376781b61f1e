//! Requests and their answers: one connection pool, bounded in number, time and size.

mod addresses;
mod deadline;
mod gate;
mod joined;
mod redirect;
mod retry;
mod tls;

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use h5_types::{Error, ErrorKind, Name, Result};
use ureq::Agent;
use ureq::http::{HeaderMap, HeaderValue, Method, Request as HttpRequest, Response as HttpResponse};
use ureq::unversioned::transport::{Connector as _, DefaultConnector};

use self::addresses::Addresses;
use self::deadline::Deadline;
use self::gate::Gate;
use self::joined::Join;
use crate::credentials::Credentials;
use crate::location::Endpoint;
use crate::options::HsdsOptions;

/// What talks to one server as one user.
pub(crate) struct Client {
    agent: Agent,
    endpoint: Endpoint,
    /// The header that says who asks.
    authorization: Option<HeaderValue>,
    /// What follows each query: an API key, as h5pyd sends it.
    key: Option<String>,
    gate: Gate,
    connect: Duration,
    total: Duration,
    attempts: u32,
    broken: AtomicU64,
}

/// What a request says beyond its method and path.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'b> {
    None,
    Json(&'b [u8]),
    Binary(&'b [u8]),
}

/// Whether a request may be sent again when it is not known what became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Sent twice, it does what it does once.
    Safe,
    /// It does not: only what surely never reached the server is sent again.
    Never,
}

/// A request.
#[derive(Debug, Clone)]
pub(crate) struct Request<'b> {
    pub(crate) method: Method,
    /// Beginning with `/`, percent-encoded.
    pub(crate) path: String,
    /// Names and values, percent-encoded.
    pub(crate) query: String,
    pub(crate) body: Body<'b>,
    pub(crate) repeat: Repeat,
    /// Asks for elements as bytes.
    pub(crate) wants_binary: bool,
    /// Most bytes of an answer.
    pub(crate) most_bytes: u64,
}

/// A good answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) body: Vec<u8>,
    pub(crate) is_binary: bool,
}

/// What became of a request that got no good answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: Error,
    /// The server answered with this status, and nothing was done.
    pub(crate) status: Option<u16>,
    /// Whether the server may have done it all the same.
    pub(crate) is_unknown: bool,
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        failure.error
    }
}

impl Client {
    /// Connects nowhere yet.
    ///
    /// # Errors
    /// `Usage` for credentials that no header holds, `Unsupported` for `https` without TLS.
    pub(crate) fn new(endpoint: Endpoint, credentials: &Credentials, options: &HsdsOptions) -> Result<Self> {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .no_delay(true)
            .user_agent(concat!("h5-hsds/", env!("CARGO_PKG_VERSION")))
            // Nothing compressed: an answer is as large as its length says.
            .accept_encoding("identity")
            .max_idle_connections_per_host(options.requests_in_flight)
            .timeout_connect(Some(options.connect_timeout))
            .timeout_per_read(Some(options.read_timeout))
            .timeout_per_write(Some(options.read_timeout))
            .input_buffer_size(BUFFER_BYTES)
            .output_buffer_size(BUFFER_BYTES)
            .max_response_header_size(64 << 10);
        // A proxy is for other machines than this one.
        let config = if endpoint.is_loopback() { config.proxy(None) } else { config };
        let config = if endpoint.is_secure() { config.tls_config(tls::config(options)?) } else { config };
        let connector = DefaultConnector::default().chain(Join);
        Ok(Self {
            agent: Agent::with_parts(config.build(), connector, Addresses::default()),
            endpoint,
            authorization: credentials.header()?,
            key: credentials.query(),
            gate: Gate::new(options.requests_in_flight),
            connect: options.connect_timeout,
            total: options.total_timeout,
            attempts: options.attempts,
            broken: AtomicU64::new(0),
        })
    }

    /// Connections that could not be made, or ended in the middle, so far.
    pub(crate) fn broken_connections(&self) -> u64 {
        self.broken.load(Ordering::Relaxed)
    }

    /// Where the server is.
    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Sends a request until there is an answer, as often and as long as allowed.
    pub(crate) fn send(&self, request: &Request<'_>) -> Result<Answer, Failure> {
        self.send_within(request, Deadline::after(self.total))
    }

    fn send_within(&self, request: &Request<'_>, deadline: Deadline) -> Result<Answer, Failure> {
        let mut unknown = false;
        let mut attempt = 0_u32;
        loop {
            attempt = attempt.saturating_add(1);
            let (failure, pause) = match self.try_once(request, deadline) {
                Ok(answer) => return Ok(answer),
                Err(failed) => failed,
            };
            unknown |= failure.is_unknown;
            let again = match request.repeat {
                Repeat::Safe => true,
                Repeat::Never => !failure.is_unknown,
            };
            let pause = pause.filter(|_| again && attempt < self.attempts);
            let waited = pause.map(|hint| retry::pause(attempt, hint));
            let Some(wait) = waited.filter(|&wait| deadline.allows(wait)) else {
                let told = if attempt > 1 {
                    let (kind, message) = (failure.error.kind(), failure.error.to_string());
                    Error::new(kind, format!("{message} (tried {attempt} times)"))
                } else {
                    failure.error
                };
                return Err(Failure { error: told, status: failure.status, is_unknown: unknown });
            };
            std::thread::sleep(wait);
        }
    }

    /// One attempt. With the failure comes whether another may help: the pause that the server asks for, if it asks.
    fn try_once(
        &self,
        request: &Request<'_>,
        deadline: Deadline,
    ) -> Result<Answer, (Failure, Option<Option<Duration>>)> {
        let Some(_pass) = self.gate.enter(deadline) else {
            return Err((self.late(request, false), None));
        };
        let mut place = self.place(request);
        for _ in 0..=redirect::MOST {
            let Some(left) = deadline.left() else { return Err((self.late(request, false), None)) };
            let mut response = match self.exchange(request, &place, left) {
                Ok(response) => response,
                Err(error) => return Err(self.broken(request, &error, deadline)),
            };
            if let Some(target) = redirect::target(&response) {
                match redirect::within(&self.endpoint, &target) {
                    Some(next) => place = next,
                    None => {
                        let message = format!("redirected to another server: {}", Name::from(target));
                        return Err((self.failure(request, ErrorKind::Service, &message), None));
                    }
                }
                continue;
            }
            return self.answer(request, &mut response, deadline);
        }
        Err((self.failure(request, ErrorKind::Service, "redirected in circles"), None))
    }

    /// Sends the request and reads the answer's head.
    fn exchange(
        &self,
        request: &Request<'_>,
        place: &str,
        left: Duration,
    ) -> Result<HttpResponse<ureq::Body>, ureq::Error> {
        let accept = if request.wants_binary { BINARY } else { "application/json" };
        let mut head = HttpRequest::builder().method(request.method.clone()).uri(place);
        head = head.header("accept", accept);
        if let Some(authorization) = &self.authorization {
            head = head.header("authorization", authorization);
        }
        let (kind, bytes) = match request.body {
            Body::None => {
                let request = head.body(()).map_err(ureq::Error::Http)?;
                let request = self.agent.configure_request(request);
                let request = request.timeout_global(Some(left)).timeout_connect(Some(self.connect)).build();
                return self.agent.run(request);
            }
            Body::Json(bytes) => ("application/json", bytes),
            Body::Binary(bytes) => (BINARY, bytes),
        };
        let request = head.header("content-type", kind).body(bytes).map_err(ureq::Error::Http)?;
        let request = self.agent.configure_request(request).timeout_global(Some(left));
        self.agent.run(request.timeout_connect(Some(self.connect)).build())
    }

    fn answer(
        &self,
        request: &Request<'_>,
        response: &mut HttpResponse<ureq::Body>,
        deadline: Deadline,
    ) -> Result<Answer, (Failure, Option<Option<Duration>>)> {
        let status = response.status().as_u16();
        let hint = retry::hint(response.headers());
        // A bad answer that says that all was done may be true.
        let unsound = |kind, message: &str| {
            let failure = Failure { is_unknown: status < 300, ..self.failure(request, kind, message) };
            Err((failure, None))
        };
        if let Some(encoding) = encoding(response.headers()) {
            let message =
                format!("an answer in the encoding `{}`, which was not asked for", Name::from(encoding));
            return unsound(ErrorKind::Service, &message);
        }
        let is_binary = response
            .headers()
            .get("content-type")
            .is_some_and(|kind| kind.as_bytes().starts_with(BINARY.as_bytes()));
        let most = if status < 300 { request.most_bytes } else { ERROR_BYTES };
        let length = response.body().content_length();
        if status < 300 && length.is_some_and(|length| length > most) {
            let message = format!("an answer of {} bytes, at most {most} expected", length.unwrap_or(0));
            return unsound(ErrorKind::Limit, &message);
        }
        // One byte more than allowed is read, and refused.
        let body = response.body_mut().with_config().limit(most.saturating_add(1)).read_to_vec();
        let body = match body {
            Ok(body) if u64::try_from(body.len()).is_ok_and(|length| length <= most) => body,
            Ok(_) | Err(ureq::Error::BodyExceedsLimit(_)) if status < 300 => {
                let message = format!("an answer of more than {most} bytes");
                return unsound(ErrorKind::Limit, &message);
            }
            Ok(_) | Err(ureq::Error::BodyExceedsLimit(_)) => Vec::new(),
            Err(error) => return Err(self.broken(request, &error, deadline)),
        };
        if (200..300).contains(&status) {
            return Ok(Answer { body, is_binary });
        }
        Err(self.refused(request, status, &body, hint))
    }

    /// The server said no.
    fn refused(
        &self,
        request: &Request<'_>,
        status: u16,
        body: &[u8],
        hint: Option<Duration>,
    ) -> (Failure, Option<Option<Duration>>) {
        let text = body.get(..body.len().min(MESSAGE_BYTES)).unwrap_or_default();
        let text = Name::new(text).to_string();
        let text = if text.is_empty() { format!("status {status}") } else { text };
        let kind = match status {
            // What it does not have, or not so.
            400 | 405 | 501 => ErrorKind::Unsupported,
            401 | 403 => ErrorKind::PermissionDenied,
            404 | 410 => ErrorKind::NotFound,
            409 => ErrorKind::AlreadyExists,
            413 => ErrorKind::Limit,
            _ => ErrorKind::Service,
        };
        let mut failure = self.failure(request, kind, &text);
        failure.status = Some(status);
        let may_pass = matches!(status, 429 | 500 | 502 | 503 | 504);
        // Behind the node that answers stand others, of which one may have done its part.
        failure.is_unknown = may_pass && status != 429;
        (failure, may_pass.then_some(hint))
    }

    /// The connection failed.
    fn broken(
        &self,
        request: &Request<'_>,
        error: &ureq::Error,
        deadline: Deadline,
    ) -> (Failure, Option<Option<Duration>>) {
        self.broken.fetch_add(1, Ordering::Relaxed);
        if deadline.left().is_none() {
            return (self.late(request, true), None);
        }
        let (never_sent, kind) = match error {
            ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed
            | ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
                (true, ErrorKind::Service)
            }
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                (true, ErrorKind::Service)
            }
            ureq::Error::Io(_) | ureq::Error::Timeout(_) | ureq::Error::Protocol(_) => {
                (false, ErrorKind::Service)
            }
            // A request that cannot be made, or a certificate that is not good: the next attempt is no better.
            _ => {
                let message = format!("no connection: {error}");
                return (self.failure(request, ErrorKind::Service, &message), None);
            }
        };
        let mut failure = self.failure(request, kind, &format!("no answer: {error}"));
        failure.is_unknown = !never_sent;
        (failure, Some(None))
    }

    fn late(&self, request: &Request<'_>, is_unknown: bool) -> Failure {
        let message = format!("no answer within {} s", self.total.as_secs_f64());
        Failure { is_unknown, ..self.failure(request, ErrorKind::Service, &message) }
    }

    /// An error that names the server and the request, and no credentials: they are in the header and the query.
    fn failure(&self, request: &Request<'_>, kind: ErrorKind, message: &str) -> Failure {
        let (server, method, path) = (self.endpoint.origin(), &request.method, &request.path);
        let error = Error::new(kind, format!("{server}: {method} {}: {message}", Name::from(path.as_str())));
        Failure { error, status: None, is_unknown: false }
    }

    fn place(&self, request: &Request<'_>) -> String {
        let mut place = format!("{}{}?{}", self.endpoint.origin(), request.path, request.query);
        if let Some(key) = &self.key {
            place.push('&');
            place.push_str(key);
        }
        place
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

const BINARY: &str = "application/octet-stream";
/// Bytes that go to and from a socket at a time.
const BUFFER_BYTES: usize = 256 << 10;
/// Bytes of an error's text that are read, and that are shown.
const ERROR_BYTES: u64 = 64 << 10;
const MESSAGE_BYTES: usize = 400;

/// The encoding of an answer, if it is any.
fn encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get("content-encoding")?;
    let text = String::from_utf8_lossy(encoding.as_bytes()).into_owned();
    (!text.eq_ignore_ascii_case("identity")).then_some(text)
}

/// Text as part of a path or a query.
pub(crate) fn encoded(text: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
