//! `//host:port/home/me/scan.h5?bucket=name`: a server and a domain.

use h5_types::{Error, Name, Result};

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Scheme, host and port, in small letters.
    origin: String,
    is_secure: bool,
}

/// A domain, and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Location {
    /// `None`: what the configuration says.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) domain: String,
    pub(crate) bucket: Option<String>,
}

impl Endpoint {
    /// Takes an address such as `http://127.0.0.1:5101` apart.
    ///
    /// # Errors
    /// `Usage` for what is no address of a server, and for credentials in it, which everyone could read in the list of processes.
    pub fn parse(text: &str) -> Result<Self> {
        let lower = text.trim().to_ascii_lowercase();
        let (is_secure, rest) = match (lower.strip_prefix("https://"), lower.strip_prefix("http://")) {
            (Some(rest), _) => (true, rest),
            (_, Some(rest)) => (false, rest),
            _ => return Err(Error::usage("a server is told as http://HOST:PORT or https://HOST:PORT")),
        };
        Self::of(is_secure, rest.trim_end_matches('/'))
    }

    fn of(is_secure: bool, host: &str) -> Result<Self> {
        if host.contains('@') {
            return Err(Error::usage(
                "credentials in an address, where the list of processes shows them; they belong into HS_USERNAME and HS_PASSWORD or ~/.hscfg",
            ));
        }
        let is_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
        if host.is_empty() || !host.chars().all(is_host) {
            return Err(Error::usage(format!("`{}` is no server", Name::from(host))));
        }
        let scheme = if is_secure { "https" } else { "http" };
        Ok(Self { origin: format!("{scheme}://{}", host.to_ascii_lowercase()), is_secure })
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.is_secure
    }

    /// True for this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let host = self.origin.split("://").nth(1).unwrap_or_default();
        let host = match host.strip_prefix('[') {
            Some(rest) => rest.split(']').next().unwrap_or_default(),
            None => host.split(':').next().unwrap_or_default(),
        };
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }
}

impl Location {
    /// Takes what follows the scheme apart: `//HOST:PORT/DOMAIN`, or `/DOMAIN` on the server of the configuration; `?bucket=NAME` may follow.
    pub(crate) fn parse(text: &str, is_secure: bool) -> Result<Self> {
        let (place, query) = text.split_once('?').unwrap_or((text, ""));
        let bucket = match query.split_once('=') {
            Some(("bucket", name)) if !name.is_empty() => Some(name.to_owned()),
            None if query.is_empty() => None,
            _ => {
                return Err(Error::usage(format!(
                    "`?{}`: only ?bucket=NAME may follow a domain",
                    Name::from(query)
                )));
            }
        };
        let (host, domain) = match place.strip_prefix("//") {
            Some(rest) => {
                let at = rest.find('/').unwrap_or(rest.len());
                rest.split_at_checked(at).unwrap_or((rest, ""))
            }
            None => ("", place),
        };
        let endpoint = if host.is_empty() { None } else { Some(Endpoint::of(is_secure, host)?) };
        Ok(Self { endpoint, domain: check_domain(domain)?, bucket })
    }
}

/// A domain's path without slashes at its end.
pub(crate) fn check_domain(domain: &str) -> Result<String> {
    let trimmed = domain.trim_end_matches('/');
    let is_sound = trimmed.starts_with('/')
        && !trimmed.contains("//")
        && !trimmed.chars().any(char::is_control)
        && !trimmed.split('/').any(|part| part == "." || part == "..");
    if is_sound {
        return Ok(trimmed.to_owned());
    }
    Err(Error::usage(format!("`{}` is no domain: one is told as /home/me/scan.h5", Name::from(domain))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_a_server_and_a_domain() {
        let found = Location::parse("//Host:5101/home/me/A.h5?bucket=b", false).unwrap();
        assert_eq!(found.endpoint.unwrap().origin(), "http://host:5101");
        assert_eq!((found.domain.as_str(), found.bucket.as_deref()), ("/home/me/A.h5", Some("b")));
        let found = Location::parse("//host/home/a.h5", true).unwrap();
        assert_eq!(found.endpoint.unwrap().origin(), "https://host");
        for text in ["/home/a.h5", "///home/a.h5"] {
            let found = Location::parse(text, false).unwrap();
            assert_eq!((found.endpoint, found.domain.as_str(), found.bucket), (None, "/home/a.h5", None));
        }
    }

    #[test]
    fn what_is_no_location_is_refused() {
        for text in [
            "",
            "//host",
            "//me:secret@host/home/a.h5",
            "home/a.h5",
            "/a/../b",
            "/a\nb",
            "//ho st/a",
            "/a?x=1",
            "/a//b",
        ] {
            assert!(Location::parse(text, false).is_err(), "{text}");
        }
        assert!(!Location::parse("//me:secret@host/a", false).unwrap_err().to_string().contains("secret"));
        assert!(Endpoint::parse("ftp://host").is_err());
    }

    #[test]
    fn this_machine_is_known() {
        for (text, is_loopback) in [
            ("http://127.0.0.1:5101", true),
            ("http://localhost", true),
            ("http://[::1]:80", true),
            ("http://example.org", false),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().is_loopback(), is_loopback, "{text}");
        }
    }
}
