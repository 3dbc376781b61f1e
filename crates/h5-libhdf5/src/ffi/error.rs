//! What the library says went wrong.

use std::ffi::{CStr, c_uint, c_void};

use h5_types::{Error, ErrorKind};
use hdf5_metno_sys::h5::{H5get_libversion, H5open, herr_t};
use hdf5_metno_sys::h5e;
use hdf5_metno_sys::h5i::hid_t;

use super::Library;

/// One entry of the library's error stack.
struct Entry {
    major: hid_t,
    minor: hid_t,
    text: String,
}

impl Library {
    /// Opens the library where it is not open, and keeps it from printing errors by itself.
    pub(super) fn start(&self) {
        // SAFETY: the lock is held; both take no pointers that are read. Errors of earlier calls are forgotten.
        unsafe {
            H5open();
            h5e::H5Eset_auto2(h5e::H5E_DEFAULT, None, std::ptr::null_mut());
        }
    }

    /// Release of the library that is linked: major, minor, patch.
    pub(crate) fn version(&self) -> (u32, u32, u32) {
        let (mut major, mut minor, mut patch) = (0, 0, 0);
        // SAFETY: the lock is held; the pointers are to numbers of this function's.
        unsafe { H5get_libversion(&mut major, &mut minor, &mut patch) };
        (major, minor, patch)
    }

    /// The error that the last call left, with what was being done.
    pub(super) fn error(&self, doing: &str) -> Error {
        let mut entries: Vec<Entry> = Vec::new();
        // SAFETY: the lock is held; the callback is given the list, which outlives the call, and nothing else uses it meanwhile.
        unsafe {
            let list: *mut Vec<Entry> = &mut entries;
            h5e::H5Ewalk2(h5e::H5E_DEFAULT, h5e::H5E_WALK_UPWARD, Some(add_entry), list.cast());
            h5e::H5Eclear2(h5e::H5E_DEFAULT);
        }
        let texts: Vec<&str> = entries.iter().map(|entry| entry.text.as_str()).collect();
        let said = if texts.is_empty() { "it gives no reason".to_owned() } else { texts.join("; ") };
        Error::new(kind_of(&entries), format!("{doing}: libhdf5: {said}"))
    }
}

/// Who is at fault, as far as the library says.
fn kind_of(entries: &[Entry]) -> ErrorKind {
    let has = |minor: &hid_t| entries.iter().any(|entry| entry.minor == *minor);
    let is_about = |major: &hid_t| entries.iter().any(|entry| entry.major == *major);
    if has(h5e::H5E_NOFILTER) || has(h5e::H5E_UNSUPPORTED) {
        ErrorKind::Unsupported
    } else if is_about(h5e::H5E_RESOURCE) && has(h5e::H5E_NOSPACE) {
        ErrorKind::Limit
    } else if is_about(h5e::H5E_VFL) || has(h5e::H5E_READERROR) && is_about(h5e::H5E_IO) {
        ErrorKind::Io
    } else {
        ErrorKind::Format
    }
}

unsafe extern "C" fn add_entry(_: c_uint, entry: *const h5e::H5E_error2_t, list: *mut c_void) -> herr_t {
    // SAFETY: the library hands over the entry, or nothing, and the list that `error` gave it.
    let (entry, list) = unsafe { (entry.as_ref(), list.cast::<Vec<Entry>>().as_mut()) };
    if let (Some(entry), Some(list)) = (entry, list) {
        let text = if entry.desc.is_null() {
            String::new()
        } else {
            // SAFETY: a description is a text of C that lives as long as the entry.
            unsafe { CStr::from_ptr(entry.desc) }.to_string_lossy().into_owned()
        };
        list.push(Entry { major: entry.maj_num, minor: entry.min_num, text });
    }
    0
}
