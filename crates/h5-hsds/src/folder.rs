//! Folders, and the domains in them.

use std::sync::Arc;

use h5_types::{Error, ErrorKind, Result};
use serde_json::{Value, json};
use ureq::http::Method;

use crate::file::{connect, find_domain, remove_domain, request};
use crate::http::{Body, Client, encoded};
use crate::json::{self, lacks, string};
use crate::location::{Location, check_domain};
use crate::options::HsdsOptions;

/// A folder of a server: what holds domains and folders.
#[derive(Debug, Clone)]
pub struct Folder {
    client: Arc<Client>,
    path: String,
    bucket: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct FolderEntry {
    /// Its path.
    pub path: String,
    /// True for a folder, false for a domain.
    pub is_folder: bool,
    /// Who owns it.
    pub owner: String,
    /// Last modification, seconds since 1970.
    pub modified: f64,
}

/// Entries of one request.
const PAGE: usize = 1000;

impl Folder {
    /// The folder of a location such as `//HOST:PORT/home/me`; the server is not asked yet.
    ///
    /// # Errors
    /// `Usage` for what is no location, `Unsupported` for `https` without TLS.
    pub fn open(location: &str, is_secure: bool, options: &HsdsOptions) -> Result<Self> {
        let location = Location::parse(location, is_secure)?;
        let (client, bucket) = connect(&location, options)?;
        Ok(Self { client, path: location.domain, bucket })
    }

    /// What the folder holds, by name.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Service`.
    pub fn entries(&self) -> Result<Vec<FolderEntry>> {
        let place = (format!("{}/", self.path), self.bucket.clone());
        let mut entries = Vec::new();
        let mut query = format!("Limit={PAGE}");
        loop {
            let mut asked = request(&place, Method::GET, &query, Body::None);
            asked.path = "/domains".to_owned();
            let answer = json::parse(&self.client.send(&asked)?.body)?;
            let page = answer.get("domains").and_then(Value::as_array).ok_or_else(|| lacks("domains"))?;
            for entry in page {
                entries.push(FolderEntry {
                    path: string(entry, "name")?.to_owned(),
                    is_folder: string(entry, "class")? == "folder",
                    owner: entry.get("owner").and_then(Value::as_str).unwrap_or_default().to_owned(),
                    modified: entry.get("lastModified").and_then(Value::as_f64).unwrap_or(0.0),
                });
            }
            let Some(last) = page.last().filter(|_| page.len() >= PAGE) else { return Ok(entries) };
            query = format!("Limit={PAGE}&Marker={}", encoded(string(last, "name")?));
        }
    }

    /// Makes a folder in this one.
    ///
    /// # Errors
    /// `AlreadyExists`, `NotFound` if this one is not there, `PermissionDenied`, `Service`.
    pub fn create_folder(&self, name: &str) -> Result<Self> {
        let inner = Self { path: self.inner(name)?, ..self.clone() };
        let place = (inner.path.clone(), self.bucket.clone());
        let text = json::text(&json!({"folder": 1}));
        match self.client.send(&request(&place, Method::PUT, "", Body::Json(&text))) {
            Ok(_) => Ok(inner),
            // There from an attempt whose answer was lost: that it is a folder is what was asked for.
            Err(failure) if failure.status == Some(409) && failure.is_unknown => Ok(inner),
            Err(failure) => Err(failure.error),
        }
    }

    /// Removes a domain with all that it holds, or an empty folder, of this folder.
    ///
    /// # Errors
    /// `NotFound`, `PermissionDenied`, `Service`; `AlreadyExists` for a folder that holds something.
    pub fn remove(&self, name: &str) -> Result<()> {
        let place = (self.inner(name)?, self.bucket.clone());
        self.client.send(&request(&place, Method::GET, "", Body::None))?;
        remove_domain(&self.client, &place)
    }

    /// Gives a domain of this folder another name in it. One that has that name already is removed first if `replaces` says so; for that
    /// moment neither is there under the new name.
    ///
    /// # Errors
    /// `NotFound`; `AlreadyExists` if the name is taken; `PermissionDenied`, `Service`.
    pub fn rename(&self, name: &str, new_name: &str, replaces: bool) -> Result<()> {
        let place = |name| Ok::<_, Error>((self.inner(name)?, self.bucket.clone()));
        let (from, to) = (place(name)?, place(new_name)?);
        let root = find_domain(&self.client, &from)?;
        if replaces {
            remove_domain(&self.client, &to)?;
        }
        // Both names lead to the same root, then the first goes without it.
        let text = json::text(&json!({"linked_domain": from.0}));
        match self.client.send(&request(&to, Method::PUT, "", Body::Json(&text))) {
            Ok(_) => {}
            // There from an attempt whose answer was lost, or another.
            Err(failure) if failure.status == Some(409) => match find_domain(&self.client, &to) {
                Ok(found) if found == root => {}
                _ => return Err(failure.error),
            },
            Err(failure) => return Err(failure.error),
        }
        match self.client.send(&request(&from, Method::DELETE, "keep_root=1", Body::None)) {
            Err(failure) if failure.error.kind() != ErrorKind::NotFound => Err(failure.error),
            _ => Ok(()),
        }
    }

    /// Path of the folder on the server.
    pub fn path(&self) -> &str {
        &self.path
    }

    fn inner(&self, name: &str) -> Result<String> {
        if name.is_empty() || name.contains('/') {
            return Err(Error::new(ErrorKind::Usage, "a name in a folder is not empty and has no slash"));
        }
        check_domain(&format!("{}/{name}", self.path))
    }
}
