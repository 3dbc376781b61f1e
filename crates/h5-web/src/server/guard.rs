//! Who may ask: one visitor, from this machine, from our own page.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

use h5_types::{Error, ErrorKind, Result};
use hyper::Method;
use hyper::header::{self, HeaderName};
use hyper::http::request::Parts;
use hyper::http::uri::PathAndQuery;

/// Bytes of a secret.
const SECRET_BYTES: usize = 24;

/// Whether the asking page is ours, as the browser sees it.
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The session's key, with requests that change something.
const CSRF: HeaderName = HeaderName::from_static("x-h5-csrf");

/// What is known of the visitor.
pub(super) struct Guard {
    port: u16,
    token: String,
    is_used: AtomicBool,
    session: String,
    csrf: String,
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The first visit: the cookie to be set.
    Enter(String),
    /// Answer it.
    Welcome,
    /// Refuse it, and say why.
    Refused(&'static str),
}

/// What of a request tells who asks.
#[derive(Debug, Default)]
struct Asking<'r> {
    is_post: bool,
    url: &'r str,
    host: Vec<&'r str>,
    origin: Option<&'r str>,
    site: Option<&'r str>,
    cookies: Vec<&'r str>,
    csrf: Option<&'r str>,
}

/// Random text that nobody guesses, for URLs.
///
/// # Errors
/// `Io` if the system gives no random numbers.
pub fn secret() -> Result<String> {
    let mut bytes = [0; SECRET_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|error| Error::new(ErrorKind::Io, format!("no random numbers: {error}")))?;
    let mut text = String::new();
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(text)
}

impl Guard {
    pub(super) fn new(port: u16) -> Result<Self> {
        let (token, session, csrf) = (secret()?, secret()?, secret()?);
        Ok(Self { port, token, is_used: AtomicBool::new(false), session, csrf })
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/?token={}", self.port, self.token)
    }

    pub(super) fn csrf(&self) -> &str {
        &self.csrf
    }

    pub(super) fn verdict(&self, http: &Parts) -> Verdict {
        // Bytes that are no text are no secret of ours, and no name of this host.
        let all =
            |name| http.headers.get_all(name).into_iter().map(|value| value.to_str().unwrap_or_default());
        self.judge(&Asking {
            is_post: http.method == Method::POST,
            url: http.uri.path_and_query().map_or("", PathAndQuery::as_str),
            host: all(header::HOST).collect(),
            origin: all(header::ORIGIN).next(),
            site: all(SITE).next(),
            cookies: all(header::COOKIE).collect(),
            csrf: all(CSRF).next(),
        })
    }

    fn judge(&self, asking: &Asking<'_>) -> Verdict {
        // A page of another name that resolves to this machine would send its own name.
        match asking.host.as_slice() {
            [host] if self.is_own(host) => {}
            _ => return Verdict::Refused("this host name is not served"),
        }
        if asking.origin.is_some_and(|origin| !origin.strip_prefix("http://").is_some_and(|o| self.is_own(o)))
        {
            return Verdict::Refused("requests of other pages are refused");
        }
        if let Some(token) = asking.url.strip_prefix("/?token=").filter(|_| !asking.is_post) {
            if !is_same(token, &self.token) {
                return Verdict::Refused("this is not the address that was printed");
            }
            if self.is_used.swap(true, Ordering::Relaxed) {
                return Verdict::Refused("this address was visited before; begin `h5 browse` again");
            }
            let name = self.cookie_name();
            return Verdict::Enter(format!("{name}={}; Path=/; HttpOnly; SameSite=Strict", self.session));
        }
        if matches!(asking.site, Some("cross-site" | "same-site")) {
            return Verdict::Refused("requests of other pages are refused");
        }
        let name = self.cookie_name();
        let mut cookies = asking.cookies.iter().flat_map(|cookies| cookies.split(';'));
        let is_known = cookies.any(|cookie| {
            cookie.trim().split_once('=').is_some_and(|(n, value)| n == name && is_same(value, &self.session))
        });
        if !is_known {
            return Verdict::Refused("visit the address that `h5 browse` printed");
        }
        if asking.is_post && !asking.csrf.is_some_and(|csrf| is_same(csrf, &self.csrf)) {
            return Verdict::Refused("a change without the session's key");
        }
        Verdict::Welcome
    }

    /// Cookies do not know ports: each server has its own name for its one.
    fn cookie_name(&self) -> String {
        format!("h5-{}", self.port)
    }

    fn is_own(&self, host: &str) -> bool {
        let Some((name, port)) = host.rsplit_once(':') else { return false };
        let is_name = ["127.0.0.1", "localhost", "[::1]"].iter().any(|own| own.eq_ignore_ascii_case(name));
        is_name && port == self.port.to_string()
    }
}

/// Compares all bytes, so that time does not tell how many are right.
fn is_same(given: &str, secret: &str) -> bool {
    let pairs = given.bytes().zip(secret.bytes());
    given.len() == secret.len() && pairs.fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::{Asking, Guard, Verdict, is_same, secret};

    fn guard() -> Guard {
        Guard::new(4000).unwrap()
    }

    fn asking<'r>(cookie: &'r str) -> Asking<'r> {
        Asking { url: "/api/meta", host: vec!["127.0.0.1:4000"], cookies: vec![cookie], ..Asking::default() }
    }

    fn is_refused(guard: &Guard, asking: &Asking<'_>) -> bool {
        matches!(guard.judge(asking), Verdict::Refused(_))
    }

    #[test]
    fn the_token_is_good_once() {
        let guard = guard();
        let url = format!("/?token={}", guard.token);
        let visit = Asking { url: &url, host: vec!["localhost:4000"], ..Asking::default() };
        let Verdict::Enter(cookie) = guard.judge(&visit) else { panic!("refused") };
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
        assert!(is_refused(&guard, &visit));
        let cookie = cookie.split(';').next().unwrap();
        assert_eq!(guard.judge(&asking(&format!("other=1; {cookie}"))), Verdict::Welcome);
    }

    #[test]
    fn nobody_else_is_answered() {
        let guard = guard();
        let cookie = format!("h5-4000={}", guard.session);
        let good = || asking(&cookie);
        assert_eq!(guard.judge(&good()), Verdict::Welcome);
        assert_eq!(
            guard.judge(&Asking { origin: Some("http://localhost:4000"), ..good() }),
            Verdict::Welcome
        );
        let hosts = [vec![], vec!["evil.example:4000"], vec!["127.0.0.1"], vec!["127.0.0.1:4001"]];
        for host in hosts.into_iter().chain([vec!["127.0.0.1:4000", "evil.example"]]) {
            assert!(is_refused(&guard, &Asking { host, ..good() }));
        }
        for origin in ["null", "http://evil.example", "https://127.0.0.1:4000", "http://127.0.0.1:4001", ""] {
            assert!(is_refused(&guard, &Asking { origin: Some(origin), ..good() }), "{origin}");
        }
        for site in ["cross-site", "same-site"] {
            assert!(is_refused(&guard, &Asking { site: Some(site), ..good() }));
        }
        for cookie in ["", "h5-4000=", "h5-4000=x", &format!("h5-4001={}", guard.session)] {
            assert!(is_refused(&guard, &asking(cookie)), "{cookie}");
        }
        assert!(is_refused(&guard, &Asking { url: "/?token=", ..asking("") }));
        assert!(is_refused(&guard, &Asking { url: "/?token=x", ..good() }));
    }

    #[test]
    fn changes_need_the_key() {
        let guard = guard();
        let cookie = format!("h5-4000={}", guard.session);
        let post = |csrf| Asking { is_post: true, csrf, ..asking(&cookie) };
        assert!(is_refused(&guard, &post(None)));
        assert!(is_refused(&guard, &post(Some("x"))));
        assert_eq!(guard.judge(&post(Some(&guard.csrf))), Verdict::Welcome);
    }

    #[test]
    fn secrets_differ() {
        let (a, b) = (secret().unwrap(), secret().unwrap());
        assert!(a.len() == 48 && !is_same(&a, &b) && is_same(&a, &a));
        assert!(!is_same("", &a) && !is_same(&a[..10], &a));
    }
}
