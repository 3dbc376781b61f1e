//! What a dataset says of itself.

use h5_types::{
    ChunkIndexKind, DatasetInfo, Error, FillDefinition, FillValue, FilterInfo, Heap, Layout, Result,
};

use crate::datatype;
use crate::ffi::{Filter, Id, LayoutKind, Library};
use crate::session::Session;
use crate::virtual_pieces;

/// First number of filters that are not the library's own; the names of these are stored.
const FIRST_NAMED_FILTER: u16 = 256;

/// Everything but the values.
pub(crate) fn describe(session: &Session<'_>, dataset: &Id) -> Result<DatasetInfo> {
    let library = &session.library;
    let stored = library.dataset_type(dataset)?;
    let committed = session.committed_at(&stored)?;
    let properties = library.dataset_creation(dataset)?;
    let dataspace = library.extent(&library.dataset_space(dataset)?)?;
    let layout = match library.layout(&properties)? {
        LayoutKind::Compact => Layout::Compact,
        LayoutKind::Contiguous => Layout::Contiguous,
        LayoutKind::Chunked => Layout::Chunked {
            chunk: library.chunk(&properties, dataspace.rank())?,
            index: index(library, dataset)?,
        },
        LayoutKind::Virtual => Layout::Virtual { mappings: virtual_pieces::get(library, &properties)? },
    };
    let (allocation_time, fill_time) = library.times(&properties)?;
    let definition = match library.has_fill(&properties)? {
        None => FillDefinition::Undefined,
        Some(false) => FillDefinition::Default,
        Some(true) => {
            // With a variable part, the element in memory form; what it refers to is told by `fill_elements`.
            let form = library.c_form(library.dataset_type(dataset)?)?;
            let fill = session.translator()?.read_fill(&properties, &form, &mut Heap::default())?;
            FillDefinition::User(fill)
        }
    };
    Ok(DatasetInfo {
        datatype: datatype::decode(library, &stored)?,
        committed_datatype: committed.map(|address| session.token(address)).transpose()?,
        dataspace,
        layout,
        filters: library.filters(&properties)?.into_iter().map(filter).collect(),
        fill: FillValue { definition, allocation_time, fill_time },
        external: library.externals(&properties)?,
    })
}

fn index(library: &Library, dataset: &Id) -> Result<ChunkIndexKind> {
    match library.chunk_index(dataset)? {
        0 => Ok(ChunkIndexKind::BTreeV1),
        1 => Ok(ChunkIndexKind::Single),
        2 => Ok(ChunkIndexKind::Implicit),
        3 => Ok(ChunkIndexKind::FixedArray),
        4 => Ok(ChunkIndexKind::ExtensibleArray),
        5 => Ok(ChunkIndexKind::BTreeV2),
        other => Err(Error::unsupported(format!("an index of chunks of kind {other}"))),
    }
}

fn filter(filter: Filter) -> FilterInfo {
    let Filter { id, flags, name, client_data } = filter;
    let name = Some(name).filter(|name| id >= FIRST_NAMED_FILTER && !name.is_empty());
    FilterInfo { id, flags, name, client_data }
}
