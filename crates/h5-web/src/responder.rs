//! From a request to the route that answers it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::{File, Object};
use h5_filters::Registry;
use h5_types::{Error, ErrorKind, Result};

use crate::answer::{Answer, Outcome};
use crate::files::{Files, SettingsReader};
use crate::json::quoted;
use crate::request::{Method, Request, hexadecimal};
use crate::tree::{Listing, Search};
use crate::{grove, object, plot, pymodaq, session, tree};

/// How a responder presents itself.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// True within the page.
    pub is_static: bool,
    /// What changes have to be sent with, where anything may be changed.
    pub csrf: Option<String>,
    /// Bytes that an export has at most.
    pub export_bytes: usize,
}

/// Answers requests. Any number of threads may ask at once.
#[derive(Debug)]
pub struct Responder {
    files: Box<dyn Files>,
    options: Options,
    open: Mutex<VecDeque<Arc<OpenFile>>>,
}

/// A file that is kept open, with what was found out for later requests.
#[derive(Debug)]
pub(crate) struct OpenFile {
    pub(crate) name: String,
    pub(crate) file: File,
    /// What it is read with.
    pub(crate) filters: Registry,
    /// What its settings are read with.
    pub(crate) settings_reader: SettingsReader,
    /// As of when it was opened.
    version: String,
    /// Names in large groups.
    pub(crate) listings: Mutex<VecDeque<Arc<Listing>>>,
    /// Searches that go on.
    pub(crate) searches: Mutex<VecDeque<(u64, Search)>>,
}

/// Files that are kept open.
const OPEN_FILES: usize = 8;

impl Responder {
    /// Over files.
    pub fn new(files: Box<dyn Files>, options: Options) -> Self {
        Self { files, options, open: Mutex::default() }
    }

    /// Answers a request. Whatever goes wrong is an answer too.
    pub fn answer(&self, request: &Request) -> Answer {
        match self.route(request) {
            Ok(answer) if answer.body.len() > crate::ANSWER_BYTES && answer.file_name.is_none() => {
                let message = format!(
                    "the answer would have {} bytes, more than the {} allowed; ask for less",
                    answer.body.len(),
                    crate::ANSWER_BYTES
                );
                Answer::error(&Error::limit(message), request.find("path"))
            }
            Ok(answer) => answer,
            Err(error) => Answer::error(&error, request.find("path")),
        }
    }

    fn route(&self, request: &Request) -> Outcome {
        let writes = request.route == "/pymodaq/comment";
        if writes != (request.method == Method::Post) {
            return Ok(Answer::refusal(405, "no_route", "this route does not take that method"));
        }
        match request.route.as_str() {
            "/session" => session::session(self),
            "/files" => session::files(self, request),
            "/file" => session::file(self, request),
            "/live" => session::live(self, request),
            "/pymodaq/comment" => pymodaq::comment(self, request),
            other => match about_a_file(other) {
                Some(answer) => answer(&*self.file(request)?, request, &self.options),
                None => Ok(Answer::refusal(404, "no_route", &format!("no route {}", quoted(other)))),
            },
        }
    }

    pub(crate) fn files(&self) -> &dyn Files {
        &*self.files
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The name of the file that a request is about.
    pub(crate) fn file_name(&self, request: &Request) -> Result<String> {
        if let Some(name) = request.find("file").filter(|name| !name.is_empty()) {
            return Ok(name.to_owned());
        }
        match <[String; 1]>::try_from(self.files.names()) {
            Ok([name]) => Ok(name),
            Err(_) => Err(Error::usage("the parameter `file` is missing")),
        }
    }

    /// The file that a request is about, opened anew if it has changed since.
    pub(crate) fn file(&self, request: &Request) -> Result<Arc<OpenFile>> {
        let name = self.file_name(request)?;
        let version = self.files.state(&name).map_err(|error| named(error, &name))?.version;
        {
            let open = self.lock();
            if let Some(known) = open.iter().find(|known| known.name == name && known.version == version) {
                return Ok(Arc::clone(known));
            }
        }
        let file = self.files.open(&name).map_err(|error| named(error, &name))?;
        let opened = Arc::new(OpenFile {
            name,
            file,
            filters: self.files.filters(),
            settings_reader: self.files.settings_reader(),
            version,
            listings: Mutex::default(),
            searches: Mutex::default(),
        });
        let mut open = self.lock();
        open.retain(|known| known.name != opened.name);
        open.push_front(Arc::clone(&opened));
        open.truncate(OPEN_FILES);
        Ok(opened)
    }

    /// Forgets what is known of a file.
    pub(crate) fn forget(&self, name: &str) {
        self.lock().retain(|known| known.name != name);
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Arc<OpenFile>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What answers a request about an open file.
type FileRoute = fn(&OpenFile, &Request, &Options) -> Outcome;

/// As pointers: called by name, all of them would be compiled into one function, which is larger than its parts.
fn about_a_file(route: &str) -> Option<FileRoute> {
    let answer: FileRoute = match route {
        "/meta" => |open, request, _| grove::meta(open, request),
        "/attr" => |open, request, _| grove::attr(open, request),
        "/data" => grove::data,
        "/paths" => |open, request, _| grove::paths(open, request),
        "/children" => |open, request, _| tree::children(open, request),
        "/search" => |open, request, _| tree::search(open, request),
        "/attributes" => |open, request, _| object::attributes(open, request),
        "/attribute" => |open, request, _| object::attribute(open, request),
        "/storage" => |open, request, _| object::storage(open, request),
        "/cells" => |open, request, _| object::cells(open, request),
        "/snippet" => |open, request, _| object::snippet(open, request),
        "/plot" => |open, request, _| plot::plot(open, request),
        "/export" => object::export,
        "/pymodaq/node" => |open, request, _| pymodaq::node(open, request),
        "/pymodaq/plot" => |open, request, _| pymodaq::plot(open, request),
        "/pymodaq/log" => |open, request, _| pymodaq::log(open, request),
        "/pymodaq/pixmap" => |open, request, _| pymodaq::pixmap(open, request),
        "/pymodaq/scans" => |open, request, _| pymodaq::scans(open, request),
        _ => return None,
    };
    Some(answer)
}

impl OpenFile {
    /// The object of a path. Bytes that are no UTF-8 may be written as `\xNN`.
    pub(crate) fn object(&self, path: &str) -> Result<Object> {
        match self.file.object(path) {
            Err(error) if error.kind() == ErrorKind::NotFound && path.contains("\\x") => {
                self.file.object(unescaped(path)).map_err(|_| error)
            }
            found => found,
        }
    }

    /// The object that a request names.
    pub(crate) fn asked(&self, request: &Request) -> Result<(Object, String)> {
        let path = canonical(request.find("path").unwrap_or("/"));
        Ok((self.object(&path)?, path))
    }
}

/// h5web tells a file that is not there from a path in it by these words.
fn named(error: Error, name: &str) -> Error {
    if error.kind() == ErrorKind::NotFound {
        return Error::not_found(format!("File not found: {name}"));
    }
    error
}

/// A path from the root, without empty parts.
pub(crate) fn canonical(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    format!("/{}", parts.join("/"))
}

/// The path of a child.
pub(crate) fn join(parent: &str, name: &str) -> String {
    format!("{}/{name}", parent.strip_suffix('/').unwrap_or(parent))
}

/// The last part of a path; `/` for the root group.
pub(crate) fn last_part(path: &str) -> &str {
    path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("/")
}

/// Bytes of a path in which `\xNN` stands for a byte.
pub(crate) fn unescaped(path: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.strip_prefix(b"x").and_then(|digits| digits.get(..2));
        match digits.filter(|_| first == b'\\').and_then(hexadecimal) {
            Some(byte) => {
                bytes.push(byte);
                rest = behind.get(3..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = behind;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::{canonical, join, last_part, unescaped};

    #[test]
    fn paths_are_made_of_their_parts() {
        assert_eq!(canonical("//a//b/"), "/a/b");
        assert_eq!(canonical(""), "/");
        assert_eq!(join("/", "a"), "/a");
        assert_eq!(join("/a", "b"), "/a/b");
        assert_eq!(last_part("/a/b"), "b");
        assert_eq!(last_part("/"), "/");
    }

    #[test]
    fn bytes_are_written_as_four_characters() {
        assert_eq!(unescaped("/a\\xff\\xFEb"), b"/a\xff\xfeb");
        assert_eq!(unescaped("/a\\x\\xg1\\x1"), b"/a\\x\\xg1\\x1");
    }
}
