//! Answers as HTTP, with the headers that keep other pages out and our own page in.

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Response, StatusCode};

use crate::answer::Answer;
use crate::json::Record;

/// What the page may do: load its own files, ask us, show pictures that it made.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; \
                      img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// An answer with its headers.
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
}

impl Reply {
    fn new(status: u16, content_type: &str, body: Vec<u8>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The first visit: on to the page, without the token in the address.
    pub(super) fn enter(cookie: &str) -> Self {
        let reply = Self::new(303, "text/plain; charset=utf-8", b"on to the page".to_vec());
        reply.with("set-cookie", cookie).with("location", "/").with("cache-control", "no-store")
    }

    pub(super) fn refusal(status: u16, why: &str) -> Self {
        let kind = if status == 403 { "permission_denied" } else { "usage" };
        let text = Record::new().text("message", why).text("kind", kind).raw("path", "null").end();
        Self::new(status, "application/json", text.into_bytes()).with("cache-control", "no-store")
    }

    pub(super) fn answer(answer: Answer) -> Self {
        let content_type = match answer.content_type {
            text @ ("text/csv" | "text/plain") => format!("{text}; charset=utf-8"),
            other => other.to_owned(),
        };
        let reply = Self::new(answer.status, &content_type, answer.body).with("cache-control", "no-store");
        match answer.file_name {
            Some(name) => reply.with("content-disposition", disposition(&name)),
            None => reply,
        }
    }

    /// A file of the page. Those under `assets/` have their content's hash in the name.
    pub(super) fn file(content_type: &str, body: Vec<u8>, is_kept: bool) -> Self {
        let cache = if is_kept { "private, max-age=31536000, immutable" } else { "no-store" };
        Self::new(200, content_type, body).with("cache-control", cache)
    }

    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::new(Full::from(self.body));
        *response.status_mut() =
            StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let always = [
            ("content-security-policy", POLICY),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
        ];
        always.iter().for_each(|(name, value)| push(headers, name, value));
        self.headers.iter().for_each(|(name, value)| push(headers, name, value));
        response
    }
}

/// Adds a header, unless its value is none that a header can have.
fn push(headers: &mut HeaderMap, name: &'static str, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}

/// The name of a download: plain letters for old browsers, percent-encoded UTF-8 for all others.
fn disposition(name: &str) -> String {
    let plain: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '_' }).collect();
    let encoded: String = name.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::disposition;

    #[test]
    fn names_of_downloads_hold_no_headers() {
        let text = disposition("a\r\nSet-Cookie: x\"\u{e9}.csv");
        assert!(!text.contains('\r') && !text.contains('\n'), "{text}");
        assert!(text.starts_with("attachment; filename=\"a__Set-Cookie__x__.csv\""), "{text}");
    }
}
