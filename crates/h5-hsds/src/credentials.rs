//! Who asks, and where that is noted.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use h5_types::{Error, Result};
use ureq::http::HeaderValue;

use crate::http::encoded;
use crate::location::Endpoint;

/// Who asks. What is secret in it is shown nowhere: not by `Debug`, and in no error.
#[derive(Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Credentials {
    /// Nobody in particular: what a server shows to everyone.
    #[default]
    Anonymous,
    /// A name and a password.
    Basic {
        /// The user's name.
        username: String,
        /// The user's password.
        password: String,
    },
    /// A token of an identity provider that the server trusts.
    Bearer(String),
    /// A key, which goes into each query, as h5pyd does it.
    ApiKey(String),
}

/// What the environment and `~/.hscfg` say: the environment first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Configuration {
    pub(crate) endpoint: Option<String>,
    pub(crate) bucket: Option<String>,
    pub(crate) credentials: Credentials,
}

impl Credentials {
    /// The header that tells the server.
    pub(crate) fn header(&self) -> Result<Option<HeaderValue>> {
        let text = match self {
            Self::Anonymous | Self::ApiKey(_) => return Ok(None),
            Self::Basic { username, .. } if username.contains(':') => {
                return Err(Error::usage("a user's name with a colon"));
            }
            Self::Basic { username, password } => {
                format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
            }
            Self::Bearer(token) => format!("Bearer {token}"),
        };
        let mut header =
            HeaderValue::try_from(text).map_err(|_| Error::usage("credentials with control characters"))?;
        header.set_sensitive(true);
        Ok(Some(header))
    }

    /// What is added to each query.
    pub(crate) fn query(&self) -> Option<String> {
        match self {
            Self::ApiKey(key) => Some(format!("api_key={}", encoded(key))),
            _ => None,
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Anonymous => "Anonymous",
            Self::Basic { .. } => "Basic(..)",
            Self::Bearer(_) => "Bearer(..)",
            Self::ApiKey(_) => "ApiKey(..)",
        })
    }
}

impl Configuration {
    /// Reads the environment, and `.hscfg` in the home directory.
    pub(crate) fn read() -> Self {
        let home = std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
        let text = home.map(|home| PathBuf::from(home).join(".hscfg")).and_then(|path| {
            // No file is as good as an empty one.
            std::fs::read_to_string(path).ok()
        });
        Self::of(|name| std::env::var(name).ok(), text.as_deref().unwrap_or_default())
    }

    fn of(variable: impl Fn(&str) -> Option<String>, file: &str) -> Self {
        let noted = parse(file);
        let value = |name: &str| {
            let found = variable(name).or_else(|| noted.get(name).cloned());
            found.filter(|value| !value.is_empty() && !value.eq_ignore_ascii_case("none"))
        };
        let credentials = match (value("HS_API_KEY"), value("HS_USERNAME"), value("HS_PASSWORD")) {
            (_, Some(username), Some(password)) => Credentials::Basic { username, password },
            (Some(key), ..) => Credentials::ApiKey(key),
            _ => Credentials::Anonymous,
        };
        Self { endpoint: value("HS_ENDPOINT"), bucket: value("HS_BUCKET"), credentials }
    }

    /// The credentials, if they are meant for this server: those of one server are never shown to another.
    pub(crate) fn credentials_for(&self, endpoint: &Endpoint) -> Credentials {
        let is_meant = match &self.endpoint {
            None => true,
            Some(noted) => Endpoint::parse(noted).is_ok_and(|noted| noted.origin() == endpoint.origin()),
        };
        if is_meant { self.credentials.clone() } else { Credentials::Anonymous }
    }
}

/// `name = value`, a line each; `#` begins a comment.
fn parse(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| {
            let (name, value) = line.split('#').next()?.split_once('=')?;
            Some((name.trim().to_ascii_uppercase(), value.trim().to_owned()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# made by hand\nhs_endpoint = http://localhost:5101\nhs_username = me\nhs_password= secret=1\n";

    #[test]
    fn the_environment_comes_before_the_file() {
        let read = Configuration::of(|_| None, FILE);
        assert_eq!(read.endpoint.as_deref(), Some("http://localhost:5101"));
        let me = Credentials::Basic { username: "me".to_owned(), password: "secret=1".to_owned() };
        assert_eq!(read.credentials, me);
        let other = |name: &str| (name == "HS_USERNAME").then(|| "you".to_owned());
        let read = Configuration::of(other, FILE);
        assert!(matches!(read.credentials, Credentials::Basic { username, .. } if username == "you"));
        let key = |name: &str| (name == "HS_API_KEY").then(|| "k&y".to_owned());
        assert_eq!(Configuration::of(key, "").credentials.query().as_deref(), Some("api_key=k%26y"));
        assert_eq!(Configuration::of(|_| None, "hs_username = none"), Configuration::default());
    }

    #[test]
    fn credentials_stay_with_their_server() {
        let read = Configuration::of(|_| None, FILE);
        let same = Endpoint::parse("http://LOCALHOST:5101/").unwrap();
        assert_ne!(read.credentials_for(&same), Credentials::Anonymous);
        for other in ["http://localhost:5102", "https://localhost:5101", "http://evil"] {
            assert_eq!(
                read.credentials_for(&Endpoint::parse(other).unwrap()),
                Credentials::Anonymous,
                "{other}"
            );
        }
    }

    #[test]
    fn what_is_secret_is_not_shown() {
        let basic = Credentials::Basic { username: "me".to_owned(), password: "secret".to_owned() };
        for credentials in [
            basic.clone(),
            Credentials::Bearer("secret".to_owned()),
            Credentials::ApiKey("secret".to_owned()),
        ] {
            assert!(!format!("{credentials:?}").contains("secret"));
        }
        let header = basic.header().unwrap().unwrap();
        assert!(header.is_sensitive());
        assert_eq!(header.to_str().unwrap(), "Basic bWU6c2VjcmV0");
        assert!(Credentials::Bearer("a\nb".to_owned()).header().is_err());
    }
}
