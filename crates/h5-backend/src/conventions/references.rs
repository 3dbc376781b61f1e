//! Attributes that refer to datasets.

use std::sync::Arc;

use h5_types::{Error, Reference, Result};

use crate::Dataset;

/// The reference to a dataset.
pub(super) fn reference_to(dataset: &Dataset) -> Reference {
    Reference::Object(dataset.object().token())
}

/// Opens what an attribute of a dataset refers to.
pub(super) fn follow(holder: &Dataset, reference: &Reference) -> Result<Dataset> {
    match reference {
        Reference::Object(token) => {
            let path = format!("object {token}");
            holder.object().file().object_by_token(*token, path)?.into_dataset()
        }
        Reference::Dangling(why) => {
            Err(holder.object().locate(Error::format(format!("a reference that leads nowhere: {why}"))))
        }
        _ => Err(holder.object().locate(Error::format("a reference that is none to an object of the file"))),
    }
}

/// Checks that two datasets can refer to each other.
pub(super) fn check_same_file(one: &Dataset, other: &Dataset) -> Result<()> {
    if Arc::ptr_eq(one.object().file().backend(), other.object().file().backend()) {
        return Ok(());
    }
    let message = format!("{} is in another file", other.object().path());
    Err(one.object().locate(Error::usage(message)))
}
