//! Which versions of messages a new dataset has, by the file's version bounds.

use h5_format::message::datatype;
use h5_types::{Datatype, Error, LibverBounds, Result};

/// Versions of the messages of a new object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Versions {
    /// Object header.
    pub(super) header: u8,
    pub(super) dataspace: u8,
    pub(super) fill_value: u8,
    pub(super) data_layout: u8,
    pub(super) filter_pipeline: u8,
}

impl Versions {
    pub(super) fn of(bounds: LibverBounds) -> Self {
        match bounds {
            LibverBounds::Earliest => {
                Self { header: 1, dataspace: 1, fill_value: 2, data_layout: 3, filter_pipeline: 1 }
            }
            LibverBounds::V18 => {
                Self { header: 2, dataspace: 2, fill_value: 3, data_layout: 3, filter_pipeline: 2 }
            }
            LibverBounds::V110 | LibverBounds::V200 => {
                Self { header: 2, dataspace: 2, fill_value: 3, data_layout: 4, filter_pipeline: 2 }
            }
        }
    }
}

/// Checks that the releases that the bounds name know a datatype.
///
/// # Errors
/// `Unsupported` if they do not.
pub(super) fn check_datatype(bounds: LibverBounds, stored: &Datatype) -> Result<()> {
    let version = datatype::minimum_version(stored);
    let highest = match bounds {
        LibverBounds::Earliest => 2,
        LibverBounds::V18 | LibverBounds::V110 => 3,
        LibverBounds::V200 => 5,
    };
    if version > highest {
        let needed = if version > 3 { "2.0" } else { "1.8" };
        return Err(Error::unsupported(format!(
            "a datatype of message version {version}, which needs the version bounds of {needed}"
        )));
    }
    Ok(())
}
