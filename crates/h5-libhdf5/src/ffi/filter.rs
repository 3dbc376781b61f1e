//! Filters that the library has.

use h5_types::Result;
use hdf5_metno_sys::h5z;

use super::Library;

impl Library {
    /// True if elements of new datasets may go through the filter.
    pub(crate) fn encodes(&self, filter: u16) -> Result<bool> {
        // SAFETY: the lock is held.
        if !self.answer(unsafe { h5z::H5Zfilter_avail(filter.into()) }, "finding a filter")? {
            return Ok(false);
        }
        let mut config = 0;
        // SAFETY: the lock is held, the number is this function's.
        let got = unsafe { h5z::H5Zget_filter_info(filter.into(), &mut config) };
        self.done(got, "a filter")?;
        Ok(config & h5z::H5Z_FILTER_CONFIG_ENCODE_ENABLED != 0)
    }
}
