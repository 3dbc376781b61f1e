//! Elements in the object header.

use h5_format::message::{DataLayout, MessageType};
use h5_types::{Address, Result};

use super::block::write_elements;
use super::description::Description;
use super::fill::filled;
use super::fill_copies::separate;
use super::write::NewElements;
use crate::write::session::Session;

/// Writes elements; `data` are those that the message of the given version has now.
///
/// # Errors
/// Those of storing elements; `Limit` if the dataset is larger than a header can hold.
pub(super) fn write(
    session: &mut Session,
    dataset: Address,
    description: &Description,
    (version, data): (u8, &mut Vec<u8>),
    new: &NewElements<'_>,
) -> Result<()> {
    let bytes = usize::try_from(description.stored_bytes()?).unwrap_or(usize::MAX);
    let mut changed = data.clone();
    if changed.len() != bytes {
        // Never written: the message may have no bytes then.
        changed = filled(description, description.stored_bytes()?)?;
    }
    write_elements(session, &mut changed, new)?;
    separate(session, description, &mut changed)?;
    let mut body = Vec::new();
    DataLayout::Compact { data: changed.clone() }.encode(version, session.sizes(), &mut body)?;
    session.header(dataset)?.set(MessageType::DataLayout, body);
    *data = changed;
    Ok(())
}
