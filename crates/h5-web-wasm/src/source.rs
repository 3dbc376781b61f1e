//! Bytes that JavaScript reads for us: slices of a Blob, ranges of a URL.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::File;
use h5_filters::Registry;
use h5_native::vfd::Vfd;
use h5_native::{NativeFile, OpenOptions};
use h5_types::{AccessPolicy, Error, Limits, Result};
use h5_web::{FileState, Files, SettingsReader};

use crate::codecs::{all_filters, settings_json};

/// Bytes of decoded chunks that are kept: a page has little memory.
const CHUNK_CACHE_BYTES: usize = 24 << 20;
/// Largest decoded chunk.
const CHUNK_BYTES: u64 = 512 << 20;
/// Largest buffer of one read.
const READ_BYTES: u64 = 512 << 20;

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "h5")]
#[expect(unsafe_code, reason = "imported names; the functions themselves take numbers")]
unsafe extern "C" {
    /// Bytes of a source; negative if it failed.
    safe fn source_length(source: i32) -> f64;
    /// Writes bytes from `offset` on to the memory at `pointer`, at most `length`: how many, 0 at the end, negative if it failed.
    safe fn source_read(source: i32, offset: f64, pointer: usize, length: usize) -> i32;
}

/// Elsewhere than in a page there is nobody to read: only the compiler looks at this then.
#[cfg(not(target_arch = "wasm32"))]
fn source_length(_: i32) -> f64 {
    -1.0
}

/// As [`source_length`].
#[cfg(not(target_arch = "wasm32"))]
fn source_read(_: i32, _: f64, _: usize, _: usize) -> i32 {
    -1
}

/// The files of a page by their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sources(Arc<Mutex<Vec<(String, i32)>>>);

impl Sources {
    pub(crate) fn add(&self, name: String, source: i32) {
        let mut files = self.lock();
        files.retain(|(known, _)| *known != name);
        files.insert(0, (name, source));
    }

    pub(crate) fn remove(&self, source: i32) {
        self.lock().retain(|(_, known)| *known != source);
    }

    fn find(&self, name: &str) -> Result<i32> {
        let files = self.lock();
        let found = files.iter().find(|(known, _)| known == name).map(|(_, source)| *source);
        found.ok_or_else(|| Error::not_found("no such file is open in this page"))
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(String, i32)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Files for Sources {
    fn names(&self) -> Vec<String> {
        self.lock().iter().map(|(name, _)| name.clone()).collect()
    }

    fn open(&self, name: &str) -> Result<File> {
        let source = Source(self.find(name)?);
        let mut limits = Limits::default();
        limits.chunk_bytes = CHUNK_BYTES;
        limits.read_bytes = READ_BYTES;
        limits.sequence_bytes = READ_BYTES;
        let options = OpenOptions::new()
            .access(AccessPolicy::Deny)
            .limits(limits)
            .chunk_cache_bytes(CHUNK_CACHE_BYTES)
            .filters(all_filters())
            .threads(1);
        Ok(File::from_backend(Arc::new(NativeFile::open_vfd(Arc::new(source), &options)?)))
    }

    fn filters(&self) -> Registry {
        all_filters()
    }

    fn settings_reader(&self) -> SettingsReader {
        settings_json
    }

    fn state(&self, name: &str) -> Result<FileState> {
        let source = self.find(name)?;
        let bytes = Source(source).len().ok();
        // A source is what it was when it was opened.
        Ok(FileState { bytes, version: source.to_string(), live: false })
    }
}

/// A source as a driver.
#[derive(Debug)]
struct Source(i32);

impl Vfd for Source {
    fn len(&self) -> io::Result<u64> {
        let length = source_length(self.0);
        if length < 0.0 {
            return Err(io::Error::other("the file cannot be read"));
        }
        Ok(whole(length))
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let pointer = buffer.as_mut_ptr().addr();
        let read = source_read(self.0, number(offset), pointer, buffer.len());
        usize::try_from(read).map_err(|_| io::Error::other("the file cannot be read any more"))
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// A length that JavaScript counts, below 2^53.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and whole")]
fn whole(number: f64) -> u64 {
    number as u64
}

/// An offset as JavaScript counts; beyond 2^53 there is no file.
fn number(offset: u64) -> f64 {
    offset as f64
}
