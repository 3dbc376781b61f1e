//! Filters: those that the library has, and ours for those that it has not.

use std::ffi::{c_int, c_uint, c_void};
use std::sync::{LazyLock, Once};

use h5_filters::{FilterContext, Registry};
use h5_types::Result;
use hdf5_metno_sys::h5::{H5allocate_memory, H5free_memory};
use hdf5_metno_sys::h5z::{self, H5Z_class2_t};

use super::Library;

/// Our filters.
static OURS: LazyLock<Registry> = LazyLock::new(Registry::standard);
/// Ours are made known once in a process.
static KNOWN: Once = Once::new();
/// Most bytes that a chunk decodes to: the format's own bound.
const LARGEST_CHUNK: usize = u32::MAX as usize;

impl Library {
    /// True if elements of new datasets may go through the filter.
    pub(crate) fn encodes(&self, filter: u16) -> Result<bool> {
        if !self.has_filter(filter)? {
            return Ok(false);
        }
        let mut config = 0;
        // SAFETY: the lock is held, the number is this function's.
        let got = unsafe { h5z::H5Zget_filter_info(filter.into(), &mut config) };
        self.done(got, "a filter")?;
        Ok(config & h5z::H5Z_FILTER_CONFIG_ENCODE_ENABLED != 0)
    }

    fn has_filter(&self, filter: u16) -> Result<bool> {
        // SAFETY: the lock is held.
        self.answer(unsafe { h5z::H5Zfilter_avail(filter.into()) }, "finding a filter")
    }

    /// Makes those of our filters known that the library has not got, neither by itself nor as a plugin.
    pub(super) fn know_filters(&self) {
        KNOWN.call_once(|| {
            self.know::<4>();
            self.know::<307>();
            self.know::<32000>();
            self.know::<32001>();
            self.know::<32004>();
            self.know::<32008>();
            self.know::<32013>();
            self.know::<32015>();
            self.know::<32026>();
        });
    }

    /// One that cannot be made known is missing, as it was before.
    fn know<const ID: u16>(&self) {
        if !matches!(self.has_filter(ID), Ok(false)) {
            return;
        }
        let class = H5Z_class2_t {
            version: CLASS_VERSION,
            id: ID.into(),
            encoder_present: 1,
            decoder_present: 1,
            name: c"of h5-filters".as_ptr(),
            can_apply: None,
            set_local: None,
            filter: Some(apply::<ID>),
        };
        let class: *const H5Z_class2_t = &class;
        // SAFETY: the lock is held; the library copies the record, whose text and functions are static.
        unsafe { h5z::H5Zregister(class.cast()) };
    }
}

/// Version of the record of a filter.
const CLASS_VERSION: c_int = 1;

/// Puts a chunk through a filter of ours, or undoes it; how many bytes came out, 0 for a failure.
unsafe extern "C" fn apply<const ID: u16>(
    flags: c_uint,
    count: usize,
    client_data: *const c_uint,
    bytes: usize,
    room: *mut usize,
    buffer: *mut *mut c_void,
) -> usize {
    let Some(filter) = OURS.get(ID) else { return 0 };
    // SAFETY: the library hands over so many numbers and a buffer with so many bytes, which nobody else uses meanwhile.
    let (client_data, input) = unsafe {
        if buffer.is_null() || (*buffer).is_null() || room.is_null() {
            return 0;
        }
        let client_data =
            if client_data.is_null() { &[] } else { std::slice::from_raw_parts(client_data, count) };
        (client_data, std::slice::from_raw_parts((*buffer).cast::<u8>().cast_const(), bytes))
    };
    let context = FilterContext { client_data, max_output_bytes: LARGEST_CHUNK };
    let mut output = Vec::new();
    let done = match flags & h5z::H5Z_FLAG_REVERSE {
        0 => filter.encode(context, input, &mut output),
        _ => filter.decode(context, input, &mut output),
    };
    if done.is_err() || output.is_empty() {
        return 0;
    }
    // SAFETY: the buffer is the library's, allocated as this one is, and given back once; the new one has as many bytes as are copied.
    unsafe {
        let fresh = H5allocate_memory(output.len(), 0);
        if fresh.is_null() {
            return 0;
        }
        std::ptr::copy_nonoverlapping(output.as_ptr(), fresh.cast::<u8>(), output.len());
        H5free_memory(*buffer);
        *buffer = fresh;
        *room = output.len();
    }
    output.len()
}
