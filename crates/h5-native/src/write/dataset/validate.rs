//! Whether a new dataset can be: everything is looked at before anything is changed.

use h5_types::{
    AllocationTime, Dataspace, Error, FillDefinition, FillTime, LibverBounds, NewDataset, NewLayout, Result,
};

use super::description::Description;
use super::virtual_layout;
use crate::write::session::Session;

/// Bytes of a compact layout message before the elements (IV.A.2.i).
const COMPACT_PREFIX_BYTES: u64 = 4;

/// Checks what a file of this format and these bounds cannot have, of a new dataset whose parts go together ([`NewDataset::check`]).
///
/// # Errors
/// `Usage` for what only files know (external files, allocation of compact elements); `Unsupported` for
/// what the version bounds cannot do; `Limit` for sizes that cannot be counted.
pub(super) fn validate(session: &Session, dataset: &NewDataset, description: &Description) -> Result<()> {
    let (rank, most) = (dataset.dataspace.dimensions().len(), session.core().storage().limits().rank);
    if rank > most {
        return Err(Error::usage(format!("{rank} dimensions, at most {most}")));
    }
    check_fill(dataset, description)?;
    if !dataset.external.is_empty() {
        check_external(dataset, description)?;
    }
    match &dataset.layout {
        NewLayout::Compact => check_compact(session, description),
        NewLayout::Chunked { chunk, .. } => check_chunk(session, description, chunk),
        NewLayout::Virtual { mappings } => virtual_layout::check(session, dataset, mappings),
        _ => Ok(()),
    }
}

fn check_fill(dataset: &NewDataset, description: &Description) -> Result<()> {
    if description.fill.definition == FillDefinition::Undefined && dataset.fill_time == FillTime::Allocation {
        return Err(Error::usage("a fill value is to be written on allocation, and none is defined"));
    }
    if dataset.layout == NewLayout::Compact && description.fill.allocation_time != AllocationTime::Early {
        return Err(Error::usage("a compact dataset is always allocated early"));
    }
    Ok(())
}

/// External files hold one block, of which only the first dimension can grow, and not beyond what the files have room for.
fn check_external(dataset: &NewDataset, description: &Description) -> Result<()> {
    let (last, others) = match dataset.external.split_last() {
        Some((last, others)) => (last, others),
        None => return Ok(()),
    };
    if others.iter().any(|file| file.size_bytes.is_none()) {
        return Err(Error::usage("only the last external file may be unlimited"));
    }
    if let Some(file) = dataset
        .external
        .iter()
        .find(|file| file.name.as_bytes().is_empty() || file.name.as_bytes().contains(&0))
    {
        return Err(Error::usage(format!("`{}` is no name of an external file", file.name)));
    }
    if let Dataspace::Simple { dimensions, maximum } = &dataset.dataspace
        && dimensions.iter().zip(maximum).skip(1).any(|(size, most)| Some(*size) != *most)
    {
        return Err(Error::usage("only the first dimension of a dataset in external files can grow"));
    }
    let Some(last_bytes) = last.size_bytes else { return Ok(()) };
    let room = others.iter().filter_map(|file| file.size_bytes).fold(last_bytes, u64::saturating_add);
    match maximum_bytes(description) {
        Some(needed) if needed <= room => Ok(()),
        needed => {
            let needed = needed.map_or("an unlimited number of".to_owned(), |bytes| bytes.to_string());
            Err(Error::usage(format!("external files of {room} bytes for {needed} bytes of elements")))
        }
    }
}

/// Bytes of all elements once the dataset is as large as it can be; `None` without a bound.
fn maximum_bytes(description: &Description) -> Option<u64> {
    match &description.dataspace {
        Dataspace::Simple { maximum, .. } => {
            maximum.iter().try_fold(description.element_bytes(), |bytes, most| {
                most.and_then(|most| bytes.checked_mul(most))
            })
        }
        _ => description.stored_bytes().ok(),
    }
}

fn check_compact(session: &Session, description: &Description) -> Result<()> {
    // A message's length is a multiple of eight in version 1 of the header.
    let body: u64 = if session.options().bounds == LibverBounds::Earliest { 0xfff8 } else { 0xffff };
    let (most, bytes) = (body.saturating_sub(COMPACT_PREFIX_BYTES), description.stored_bytes()?);
    if bytes > most {
        return Err(Error::usage(format!("{bytes} bytes in a compact layout, which holds at most {most}")));
    }
    Ok(())
}

fn check_chunk(session: &Session, description: &Description, chunk: &[u64]) -> Result<()> {
    let bytes = chunk
        .iter()
        .try_fold(description.element_bytes(), |bytes, &size| bytes.checked_mul(size))
        .ok_or_else(|| Error::limit("a chunk of more bytes than 64 bits count"))?;
    let is_new = session.options().bounds == LibverBounds::V200;
    if !is_new && bytes > u64::from(u32::MAX) {
        return Err(Error::unsupported(format!(
            "a chunk of {bytes} bytes; the version bounds allow 4 GiB - 1"
        )));
    }
    Ok(())
}
