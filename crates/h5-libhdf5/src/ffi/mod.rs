//! The C library, made safe to call: the only place with `unsafe`.
//!
//! What every call in here relies on, and each says in short:
//!
//! * **Lock.** Every function of the C library is reached through a [`Library`], which holds the one lock that all users of the binding
//!   share. The library is not asked to be thread-safe by itself.
//! * **Handles.** An [`Id`] is a handle that the library gave out and that is given back once, when it is dropped. A handle of another
//!   kind than a function takes is an error of the library's, not undefined behaviour.
//! * **Pointers** are made of slices and of `CStr`s that outlive the call; the lengths handed over are theirs.
//! * **Callbacks** do not unwind: they push to a list and return.
#![allow(unsafe_code, reason = "this is the layer that calls C")]

mod attribute;
mod dataset;
mod dataspace;
mod datatype;
mod declared;
mod error;
mod file;
mod filter;
mod link;
mod object;
mod property;
mod reference;
mod user_links;
mod variable;

use std::ffi::CString;

use h5_types::{Error, Result};
use hdf5_metno_sys::h5i::{H5Idec_ref, hid_t};
use parking_lot::ReentrantMutexGuard;

pub(crate) use dataset::RawChunk;
pub(crate) use datatype::{Class, FloatFields};
pub(crate) use file::{Access, SuperblockInfo};
pub(crate) use link::{LinkEntry, LinkKind};
pub(crate) use object::ObjectType;
pub(crate) use property::{Filter, LayoutKind, Mapping};
pub(crate) use variable::{CForm, Resolver, Translator};

/// The C library, while this thread may call it.
pub(crate) struct Library {
    _guard: ReentrantMutexGuard<'static, ()>,
}

/// A handle of the library's; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Id(hid_t);

impl Library {
    /// Waits until this thread may call the library. A thread that has it already gets it again at once.
    pub(crate) fn lock() -> Self {
        let library = Self { _guard: hdf5_metno_sys::LOCK.lock() };
        library.start();
        library.know_filters();
        library
    }

    /// The handle that a function returned, or the error that it left.
    fn id(&self, returned: hid_t, doing: &str) -> Result<Id> {
        if returned < 0 { Err(self.error(doing)) } else { Ok(Id(returned)) }
    }

    /// Nothing, or the error that a function left.
    fn done(&self, returned: impl Into<i64>, doing: &str) -> Result<()> {
        if returned.into() < 0 { Err(self.error(doing)) } else { Ok(()) }
    }

    /// A count that a function returned, or the error that it left.
    fn count(&self, returned: impl Into<i64>, doing: &str) -> Result<usize> {
        usize::try_from(returned.into()).map_err(|_| self.error(doing))
    }

    /// An answer of yes or no, or the error that a function left.
    fn answer(&self, returned: impl Into<i64>, doing: &str) -> Result<bool> {
        match returned.into() {
            0 => Ok(false),
            1.. => Ok(true),
            _ => Err(self.error(doing)),
        }
    }
}

impl Drop for Id {
    fn drop(&mut self) {
        let _library = Library::lock();
        // SAFETY: the lock is held, and the handle is given back this once. A failure has nobody to tell.
        unsafe { H5Idec_ref(self.0) };
    }
}

/// Bytes as text of C.
pub(crate) fn c_string(bytes: &[u8]) -> Result<CString> {
    CString::new(bytes).map_err(|e| Error::usage("a name with a NUL").with_source(e))
}

/// A number as C's functions want it.
pub(crate) fn convert<A: TryInto<B>, B>(number: A, what: &'static str) -> Result<B> {
    number.try_into().map_err(|_| Error::limit(what))
}
