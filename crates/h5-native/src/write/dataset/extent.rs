//! Other dimensions for a dataset that is there.

use h5_format::message::dataspace::{self, DataspaceForm};
use h5_format::message::{MessageFlags, MessageType};
use h5_types::{Address, Dataspace, Error, Result};

use super::{DatasetState, DatasetStorage, Files, external, with_state};
use crate::write::session::Session;

/// Sets the current dimensions.
///
/// # Errors
/// See `h5_backend::DatasetNode::resize`.
pub(crate) fn resize(
    session: &mut Session,
    files: &dyn Files,
    dataset: Address,
    dimensions: &[u64],
) -> Result<()> {
    with_state(session, dataset, |session, state| {
        let extent = resized(&state.description.dataspace, dimensions)?;
        if extent == state.description.dataspace {
            return Ok(());
        }
        let DatasetState { description, storage, .. } = state;
        match storage {
            DatasetStorage::Compact { .. } | DatasetStorage::Contiguous(_) => {
                return Err(Error::usage(
                    "only datasets in chunks or external files can have other dimensions",
                ));
            }
            DatasetStorage::External => external::resize(files, description, &extent)?,
            DatasetStorage::Chunked(writer) => {
                // The header hears of it when the chunks are settled.
                let resized = writer.resize(session, dataset, dimensions);
                state.take_extent();
                return resized;
            }
            DatasetStorage::Virtual => {}
        }
        set_extent(session, dataset, &extent)?;
        state.description.dataspace = extent;
        Ok(())
    })
}

/// The dataspace with other dimensions, within its maximum.
pub(crate) fn resized(dataspace: &Dataspace, dimensions: &[u64]) -> Result<Dataspace> {
    let maximum = match dataspace {
        Dataspace::Simple { maximum, .. } => maximum.as_slice(),
        _ => &[],
    };
    let (rank, found) = (maximum.len(), dimensions.len());
    if rank != found || rank == 0 {
        return Err(Error::usage(format!("{found} dimensions for a dataset of {rank}")));
    }
    for (size, most) in dimensions.iter().zip(maximum) {
        if let Some(most) = most.filter(|most| size > most) {
            return Err(Error::usage(format!("a dimension of {size} elements, at most {most}")));
        }
    }
    let resized = Dataspace::Simple { dimensions: dimensions.to_vec(), maximum: maximum.to_vec() };
    if resized.element_count().is_none() {
        return Err(Error::limit("a dataset of more elements than 64 bits count"));
    }
    Ok(resized)
}

/// Gives a dataset's header another dataspace message, of the version of the one it has.
///
/// # Errors
/// `Format` if there is none; `Limit` if a dimension exceeds the file's lengths.
pub(crate) fn set_extent(session: &mut Session, dataset: Address, extent: &Dataspace) -> Result<()> {
    let sizes = session.sizes();
    let header = session.header(dataset)?;
    let message = header.messages.iter_mut().find(|message| message.kind == MessageType::Dataspace);
    let message = message.ok_or_else(|| Error::format("a dataset without a dataspace"))?;
    let mut version = message.body.first().copied().unwrap_or(0).clamp(1, 2);
    if message.flags.is_shared() {
        // The message of its own that takes the place of the shared one.
        version = if header.prefix.version == 1 { 1 } else { 2 };
        message.flags = MessageFlags(0);
    }
    let mut body = Vec::new();
    dataspace::encode(extent, DataspaceForm { version, with_maximum: true }, sizes, &mut body)
        .map_err(|e| Error::limit("an extent that the file's lengths cannot tell").with_source(e))?;
    message.body = body.into();
    Ok(())
}
