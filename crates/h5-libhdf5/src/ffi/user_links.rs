//! Links of user-defined classes: the library keeps them only of classes that a program made known.

use std::ffi::{c_char, c_void};

use h5_types::Result;
use hdf5_metno_sys::h5i::hid_t;

use super::Library;
use super::declared::{self, LinkClass};

/// First class that is the user's; 64 is external.
const FIRST: u8 = 65;

impl Library {
    /// Makes a class known that nobody follows, unless the program has one of that number already.
    pub(crate) fn know_class(&self, class: u8) -> Result<()> {
        if class < FIRST {
            return Ok(());
        }
        // SAFETY: the lock is held.
        let known = unsafe { declared::H5Lis_registered(class.into()) };
        if self.answer(known, "a class of links")? {
            return Ok(());
        }
        let none = std::ptr::null();
        let class = LinkClass {
            version: 0,
            id: class.into(),
            comment: c"kept as it is".as_ptr(),
            create: none,
            moved: none,
            copied: none,
            traverse: Some(refuse),
            delete: none,
            query: Some(value_of),
        };
        // SAFETY: the lock is held; the library copies the record, whose text and functions are static.
        self.done(unsafe { declared::H5Lregister(&class) }, "a class of links")
    }
}

/// Follows no link.
unsafe extern "C" fn refuse(_: *const c_char, _: hid_t, _: *const c_void, _: usize, _: hid_t) -> hid_t {
    -1
}

/// The value as it is stored: its size, and as much of it as the buffer takes.
unsafe extern "C" fn value_of(
    _: *const c_char,
    value: *const c_void,
    size: usize,
    buffer: *mut c_void,
    room: usize,
) -> isize {
    if !buffer.is_null() && !value.is_null() {
        // SAFETY: the library hands over a value of `size` bytes and a buffer of `room`, which do not overlap.
        unsafe { std::ptr::copy_nonoverlapping(value.cast::<u8>(), buffer.cast::<u8>(), size.min(room)) };
    }
    isize::try_from(size).unwrap_or(-1)
}
