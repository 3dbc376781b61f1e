//! Datasets: made, written, resized.

mod block;
mod chunked;
mod compact;
mod contiguous;
mod create;
mod description;
mod extent;
mod external;
pub(crate) mod fill;
mod fill_copies;
mod layout;
mod lost;
mod validate;
mod versions;
mod virtual_layout;
mod write;

use std::sync::Arc;

use h5_format::message::{DataLayout, MessageType};
use h5_types::{Address, DatasetInfo, Dataspace, Error, Result};

pub(crate) use chunked::{append, write_raw_chunk};
pub(crate) use contiguous::ContiguousBlock;
pub(crate) use create::create;
pub(crate) use description::Description;
pub(crate) use extent::{resize, set_extent};
pub(crate) use external::Files;
pub(crate) use fill_copies::SharedFill;
pub(crate) use lost::of_all as objects_of_all;
pub(crate) use write::{NewElements, write, write_made};

use super::chunks::{ChunkedParts, ChunkedWriter};
use super::heap_values::HeapValues;
use super::session::Session;

/// What a dataset that is being written keeps in memory: its description, chunks that are not encoded yet, and chunks whose places the
/// index does not have yet.
#[derive(Debug)]
pub(crate) struct DatasetState {
    pub(crate) description: Description,
    pub(crate) storage: DatasetStorage,
    /// As users see it, but for the extent, which may have changed since; `None` where that takes more than the header.
    info: Option<Arc<DatasetInfo>>,
}

/// Where a dataset's elements are.
#[derive(Debug)]
pub(crate) enum DatasetStorage {
    /// In the layout message.
    Compact {
        /// Version of that message, as it will be written.
        version: u8,
        /// The elements.
        data: Vec<u8>,
    },
    /// In one block.
    Contiguous(ContiguousBlock),
    /// In external files.
    External,
    /// In chunks.
    Chunked(Box<ChunkedWriter>),
    /// In other datasets.
    Virtual,
}

impl DatasetState {
    /// A dataset as its header has it, together with what was changed and is not settled.
    ///
    /// # Errors
    /// `Format` if the header is none of a dataset or its parts contradict each other, `Io`, `Limit`.
    pub(crate) fn load(session: &Session, dataset: Address) -> Result<Self> {
        let header = session.peek(dataset)?;
        let description = Description::decode(session, &header).map_err(|e| e.at_address(dataset.0))?;
        let layout = header.find(MessageType::DataLayout);
        let layout =
            layout.ok_or_else(|| Error::format("a dataset without a layout").at_address(dataset.0))?;
        // Versions 1 and 2, of HDF5 1.4 and before, are read only.
        let version = layout.body.first().copied().unwrap_or(0).max(3);
        let layout = DataLayout::decode(&layout.body, session.core().context());
        let layout = layout.map_err(|e| Error::from(e).at_address(dataset.0))?;
        let info = description.info(&header, &layout).map(Arc::new);
        let storage = match layout {
            DataLayout::Compact { data } => DatasetStorage::Compact { version, data },
            DataLayout::Contiguous { .. } if !description.external.is_empty() => DatasetStorage::External,
            DataLayout::Contiguous { address, size } => {
                DatasetStorage::Contiguous(ContiguousBlock { version, address, size })
            }
            DataLayout::Chunked(layout) => {
                let Description { dataspace, filters, fill, datatype, .. } = &description;
                let element_bytes = datatype.size();
                let parts = ChunkedParts { layout: &layout, dataspace, filters, fill, element_bytes };
                let writer =
                    ChunkedWriter::open(session, dataset, parts).map_err(|e| e.at_address(dataset.0))?;
                let shared_fill = SharedFill::find(session, &description)?;
                let values = HeapValues::of_dataset(session, &description)?;
                DatasetStorage::Chunked(Box::new(writer.with_shared_fill(shared_fill).with_values(values)))
            }
            DataLayout::Virtual { .. } => DatasetStorage::Virtual,
        };
        Ok(Self { description, storage, info })
    }

    /// The dataset as users see it now, where the state tells all of it.
    pub(crate) fn info(&self) -> Option<Arc<DatasetInfo>> {
        let known = self.info.as_ref()?;
        let dimensions = match &self.storage {
            DatasetStorage::Chunked(writer) => writer.dimensions(),
            _ => self.description.dataspace.dimensions(),
        };
        match &known.dataspace {
            Dataspace::Simple { dimensions: before, maximum } if before != dimensions => {
                let (dimensions, maximum) = (dimensions.to_vec(), maximum.clone());
                let dataspace = Dataspace::Simple { dimensions, maximum };
                Some(Arc::new(DatasetInfo { dataspace, ..DatasetInfo::clone(known) }))
            }
            _ => Some(Arc::clone(known)),
        }
    }

    /// False if the state holds what the header has anyway; it goes once it is settled.
    pub(crate) fn is_worth_keeping(&self) -> bool {
        !matches!(self.storage, DatasetStorage::Compact { .. })
    }

    /// Brings everything into the dataset's blocks: chunks are encoded and written, the index has them, the header leads to the index.
    pub(crate) fn settle(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        // Only chunked datasets keep anything back.
        match &mut self.storage {
            DatasetStorage::Chunked(writer) => writer.settle(session, dataset),
            _ => Ok(()),
        }
    }

    /// What writes the dataset's chunks, if it has such.
    pub(crate) fn chunked_mut(&mut self) -> Option<&mut ChunkedWriter> {
        match &mut self.storage {
            DatasetStorage::Chunked(writer) => Some(writer),
            _ => None,
        }
    }
}

/// Calls `change` with a dataset's state, which is loaded first if it is not in memory, and with the session. The state stays in memory.
///
/// # Errors
/// Those of loading it, and of `change`.
pub(crate) fn with_state<T>(
    session: &mut Session,
    dataset: Address,
    change: impl FnOnce(&mut Session, &mut DatasetState) -> Result<T>,
) -> Result<T> {
    let mut state = match session.datasets.remove(&dataset) {
        Some(state) => state,
        None => {
            // Fails for what must not be changed, and keeps the header for what follows.
            session.peek_header(dataset)?;
            DatasetState::load(session, dataset)?
        }
    };
    let changed = change(session, &mut state);
    session.datasets.insert(dataset, state);
    changed
}
