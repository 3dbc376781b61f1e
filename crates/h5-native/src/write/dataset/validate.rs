//! Whether a new dataset can be: everything is looked at before anything is changed.

use h5_types::{
    AllocationTime, Dataspace, Error, FillDefinition, FillTime, LibverBounds, NewDataset, NewLayout, Result,
};

use super::description::Description;
use super::virtual_layout;
use crate::write::session::Session;

/// Bytes of a compact layout message before the elements (IV.A.2.i).
const COMPACT_PREFIX_BYTES: u64 = 4;

/// Checks what a new dataset is asked to be.
///
/// # Errors
/// `Usage` if the parts contradict each other; `Unsupported` for what the version bounds cannot do; `Limit` for
/// sizes that cannot be counted.
pub(super) fn validate(session: &Session, dataset: &NewDataset, description: &Description) -> Result<()> {
    check_extent(session, &dataset.dataspace)?;
    check_fill(dataset, description)?;
    check_filters(dataset)?;
    if !dataset.external.is_empty() {
        check_external(dataset, description)?;
    }
    match &dataset.layout {
        NewLayout::Compact => check_compact(session, dataset, description),
        NewLayout::Contiguous if dataset.external.is_empty() => check_fixed(dataset),
        NewLayout::Chunked { chunk, .. } => check_chunk(session, dataset, description, chunk),
        NewLayout::Virtual { mappings } => virtual_layout::check(session, dataset, mappings),
        _ => Ok(()),
    }
}

fn check_extent(session: &Session, dataspace: &Dataspace) -> Result<()> {
    let Dataspace::Simple { dimensions, maximum } = dataspace else { return Ok(()) };
    let rank = dimensions.len();
    let most = session.core().storage().limits().rank.min(32);
    if rank == 0 || rank > most || maximum.len() != rank {
        let found = maximum.len();
        return Err(Error::usage(format!(
            "{rank} dimensions and {found} maximum dimensions; 1 to {most} of both, or a scalar dataspace"
        )));
    }
    for (size, most) in dimensions.iter().zip(maximum) {
        if most.is_some_and(|most| most < *size) {
            let most = most.unwrap_or(0);
            return Err(Error::usage(format!("a dimension of {size} elements, at most {most}")));
        }
    }
    if dataspace.element_count().is_none() {
        return Err(Error::usage("a dataset of more elements than 64 bits count"));
    }
    Ok(())
}

fn check_fill(dataset: &NewDataset, description: &Description) -> Result<()> {
    let size = description.datatype.size();
    match &description.fill.definition {
        FillDefinition::User(value) if value.len() != size => {
            let found = value.len();
            return Err(Error::usage(format!("a fill value of {found} bytes for elements of {size}")));
        }
        FillDefinition::Undefined if dataset.fill_time == FillTime::Allocation => {
            return Err(Error::usage("a fill value is to be written on allocation, and none is defined"));
        }
        _ => {}
    }
    if dataset.layout == NewLayout::Compact && description.fill.allocation_time != AllocationTime::Early {
        return Err(Error::usage("a compact dataset is always allocated early"));
    }
    Ok(())
}

/// A filter that is not at hand keeps elements from being written, not chunks that are filtered already.
fn check_filters(dataset: &NewDataset) -> Result<()> {
    if dataset.filters.is_empty() || matches!(dataset.layout, NewLayout::Chunked { .. }) {
        return Ok(());
    }
    Err(Error::usage("filters need a layout in chunks"))
}

/// External files hold one block, of which only the first dimension can grow, and not beyond what the files have room for.
fn check_external(dataset: &NewDataset, description: &Description) -> Result<()> {
    if dataset.layout != NewLayout::Contiguous {
        return Err(Error::usage("external files need a contiguous layout"));
    }
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

fn check_fixed(dataset: &NewDataset) -> Result<()> {
    if let Dataspace::Simple { dimensions, maximum } = &dataset.dataspace
        && dimensions.iter().zip(maximum).any(|(size, most)| Some(*size) != *most)
    {
        return Err(Error::usage("an extent that can grow needs chunks, external files or a virtual layout"));
    }
    Ok(())
}

fn check_compact(session: &Session, dataset: &NewDataset, description: &Description) -> Result<()> {
    check_fixed(dataset)?;
    // A message's length is a multiple of eight in version 1 of the header.
    let body: u64 = if session.options().bounds == LibverBounds::Earliest { 0xfff8 } else { 0xffff };
    let (most, bytes) = (body.saturating_sub(COMPACT_PREFIX_BYTES), description.stored_bytes()?);
    if bytes > most {
        return Err(Error::usage(format!("{bytes} bytes in a compact layout, which holds at most {most}")));
    }
    Ok(())
}

fn check_chunk(
    session: &Session,
    dataset: &NewDataset,
    description: &Description,
    chunk: &[u64],
) -> Result<()> {
    let Dataspace::Simple { dimensions, maximum } = &dataset.dataspace else {
        return Err(Error::usage("chunks of a dataset without dimensions"));
    };
    let (rank, found) = (dimensions.len(), chunk.len());
    if found != rank {
        return Err(Error::usage(format!("a chunk of {found} dimensions for a dataset of {rank}")));
    }
    for ((&chunk, &size), most) in chunk.iter().zip(dimensions).zip(maximum) {
        if chunk == 0 {
            return Err(Error::usage("a chunk dimension is zero"));
        }
        // An empty extent says nothing of how large a chunk may be.
        if let Some(most) = most.filter(|&most| size > 0 && chunk > most) {
            return Err(Error::usage(format!(
                "a chunk of {chunk} elements along a dimension of at most {most}"
            )));
        }
    }
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
