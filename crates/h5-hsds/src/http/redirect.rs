//! Redirects, which lead to the same server or nowhere: credentials are for that one alone.

use ureq::http::Response;

use crate::location::Endpoint;

/// Redirects that are followed in a row.
pub(super) const MOST: usize = 5;

/// Where an answer sends the client, if it does.
pub(super) fn target<T>(response: &Response<T>) -> Option<String> {
    if !matches!(response.status().as_u16(), 301 | 302 | 307 | 308) {
        return None;
    }
    let target = response.headers().get("location")?;
    Some(String::from_utf8_lossy(target.as_bytes()).into_owned())
}

/// The target as a whole address, if it is one of this server.
pub(super) fn within(endpoint: &Endpoint, target: &str) -> Option<String> {
    let origin = endpoint.origin();
    if target.starts_with('/') && !target.starts_with("//") {
        return Some(format!("{origin}{target}"));
    }
    let rest = target.strip_prefix(origin)?;
    (rest.is_empty() || rest.starts_with(['/', '?'])).then(|| target.to_owned())
}

#[cfg(test)]
mod tests {
    use super::within;
    use crate::location::Endpoint;

    #[test]
    fn only_the_same_server_is_followed() {
        let endpoint = Endpoint::parse("http://127.0.0.1:5101").unwrap();
        assert_eq!(within(&endpoint, "/x?y").as_deref(), Some("http://127.0.0.1:5101/x?y"));
        assert!(within(&endpoint, "http://127.0.0.1:5101/x").is_some());
        for other in [
            "http://127.0.0.1:51011/x",
            "http://127.0.0.1:5101@evil/x",
            "//evil/x",
            "https://127.0.0.1:5101/x",
            "x",
        ] {
            assert_eq!(within(&endpoint, other), None, "{other}");
        }
    }
}
