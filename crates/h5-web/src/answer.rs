//! Answers, and errors as answers.

use h5_types::{Error, ErrorKind};

use crate::json::Record;

/// What a request is answered with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Content type.
    pub content_type: &'static str,
    /// The name under which a browser saves it, if it is to be saved.
    pub file_name: Option<String>,
    /// The bytes.
    pub body: Vec<u8>,
}

/// What routes return.
pub(crate) type Outcome = Result<Answer, Error>;

impl Answer {
    /// JSON text.
    pub(crate) fn json(text: String) -> Self {
        Self::bytes("application/json", text.into_bytes())
    }

    pub(crate) fn bytes(content_type: &'static str, body: Vec<u8>) -> Self {
        Self { status: 200, content_type, file_name: None, body }
    }

    pub(crate) fn saved_as(self, name: String) -> Self {
        Self { file_name: Some(name), ..self }
    }

    /// A refusal without an error of the libraries below.
    pub(crate) fn refusal(status: u16, kind: &str, message: &str) -> Self {
        let record = Record::new().text("message", message).text("kind", kind).raw("path", "null");
        Self { status, ..Self::json(record.end()) }
    }

    /// An error as an answer; `path` is the one that was asked for.
    pub(crate) fn error(error: &Error, path: Option<&str>) -> Self {
        let status = match error.kind() {
            ErrorKind::Usage => 400,
            ErrorKind::PermissionDenied => 403,
            ErrorKind::NotFound => 404,
            ErrorKind::AlreadyExists => 409,
            ErrorKind::Limit => 413,
            ErrorKind::Format | ErrorKind::Conversion => 422,
            ErrorKind::Unsupported => 501,
            _ => 500,
        };
        let mut message = error.to_string();
        if error.kind() == ErrorKind::NotFound {
            // What h5web looks for.
            message.push_str(": not a valid path");
        }
        let record = Record::new()
            .text("message", &message)
            .text("kind", kind_name(error.kind()))
            .maybe_text("path", path.or(error.path()));
        Self { status, ..Self::json(record.end()) }
    }
}

impl From<&Error> for Answer {
    fn from(error: &Error) -> Self {
        Self::error(error, None)
    }
}

/// The name of a kind of error.
pub(crate) fn kind_name(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Io => "io",
        ErrorKind::Format => "format",
        ErrorKind::Limit => "limit",
        ErrorKind::Unsupported => "unsupported",
        ErrorKind::Usage => "usage",
        ErrorKind::NotFound => "not_found",
        ErrorKind::AlreadyExists => "already_exists",
        ErrorKind::PermissionDenied => "permission_denied",
        ErrorKind::Conversion => "conversion",
        ErrorKind::Service => "service",
        _ => "other",
    }
}

/// An error within a list.
pub(crate) fn error_json(error: &Error) -> String {
    Record::new().text("kind", kind_name(error.kind())).text("message", &error.to_string()).end()
}
