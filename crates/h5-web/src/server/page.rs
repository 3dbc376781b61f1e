//! The files of the page: embedded, or of a directory.

use std::fs;
use std::path::{Path, PathBuf};

use h5_types::{Error, Result};

use super::folder::inside;
use super::reply::Reply;

mod embedded {
    include!(concat!(env!("OUT_DIR"), "/page.rs"));
}

/// Where the page comes from.
#[derive(Debug, Clone)]
pub struct Page(Option<PathBuf>);

/// What the page has in its head, and what it becomes here: it asks us then instead of a worker.
const STATIC: &str = r#"<meta name="h5-shape" content="static""#;
const SERVER: &str = r#"<meta name="h5-shape" content="server""#;

impl Page {
    /// The page that was built before this program; `None` if there was none.
    pub fn embedded() -> Option<Self> {
        (!embedded::FILES.is_empty()).then_some(Self(None))
    }

    /// The page of a directory, read anew each time.
    ///
    /// # Errors
    /// `NotFound` if it has no `index.html`.
    pub fn of_directory(directory: &Path) -> Result<Self> {
        if !directory.join("index.html").is_file() {
            let message = format!("no index.html in {}", directory.display());
            return Err(Error::not_found(message));
        }
        Ok(Self(Some(directory.canonicalize()?)))
    }

    /// A file of the page, by the path of its address.
    pub(super) fn file(&self, path: &str) -> Reply {
        let name = path.strip_prefix('/').unwrap_or(path);
        let name = if name.is_empty() { "index.html" } else { name };
        let Some(bytes) = self.bytes(name) else { return Reply::refusal(404, "no such file of the page") };
        let bytes = match (name, String::from_utf8(bytes)) {
            ("index.html", Ok(text)) => text.replace(STATIC, SERVER).into_bytes(),
            (_, Ok(text)) => text.into_bytes(),
            (_, Err(error)) => error.into_bytes(),
        };
        Reply::file(content_type(name), bytes, name.starts_with("assets/"))
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        match &self.0 {
            None => {
                let found = embedded::FILES.iter().find(|(known, _)| *known == name);
                found.map(|(_, bytes)| bytes.to_vec())
            }
            Some(directory) => fs::read(inside(directory, name).ok()?).ok(),
        }
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "webmanifest" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "wasm" => "application/wasm",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
