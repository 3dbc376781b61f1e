use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::Visit;
use h5_format::decode_virtual_layout;
use h5_format::global_heap::GlobalHeapId;
use h5_format::message::{
    ChunkedLayout, DataLayout, ExternalFileList, MessageType, dataspace, datatype, fill_value,
    filter_pipeline,
};
use h5_types::{
    AllocationTime, ChunkInfo, DatasetInfo, Dataspace, Datatype, Elements, Error, ErrorKind, ExternalFile,
    FillDefinition, FillTime, FillValue, FilterInfo, Heap, Layout, Name, Result, Selection,
};

use super::file::{FileState, NativeFile};
use super::loaded::LoadedObject;
use crate::chunk_index::{ChunkGrid, ChunkIndex, index_kind};
use crate::dataset::{
    FileResolver, RawStorage, ReadContext, SourceDataset, StoredDataset, materialize_elements,
};
use crate::heap::{GlobalHeapReader, LocalHeapReader};
use crate::vfd::{FileVfd, Vfd};
use crate::write::dataset::Files;

/// A dataset's description and the way to its elements.
#[derive(Debug)]
pub(super) struct OpenedDataset {
    stored: StoredDataset,
    info: Arc<DatasetInfo>,
}

impl LoadedObject {
    fn opened_dataset(&self) -> Result<&OpenedDataset> {
        match self.dataset.get() {
            Some(opened) => Ok(opened),
            None => {
                let opened = self.open_dataset()?;
                Ok(self.dataset.get_or_init(|| opened))
            }
        }
    }

    fn open_dataset(&self) -> Result<OpenedDataset> {
        let message = self.required(MessageType::Datatype)?;
        let committed_datatype = self.committed_datatype(message)?;
        let datatype = self.decode_shareable(message, datatype::decode)?;
        let dataspace = self.decode_shareable(self.required(MessageType::Dataspace)?, dataspace::decode)?;
        let filters = self.filters()?;
        let message = self.required(MessageType::DataLayout)?;
        let layout = DataLayout::decode(message.body, self.file.context()).map_err(|e| self.at(e))?;
        let (layout, storage) = self.storage(layout, &dataspace, &filters)?;
        let fill = self.fill(&layout)?;
        let external = self.external_files()?;
        let info = DatasetInfo { datatype, committed_datatype, dataspace, layout, filters, fill, external };
        let registry = &self.file.options().filters;
        let stored =
            self.with_read_context(|context| StoredDataset::open(context, info, storage, registry))?;
        let info = Arc::new(stored.info().clone());
        Ok(OpenedDataset { stored, info })
    }

    fn filters(&self) -> Result<Vec<FilterInfo>> {
        match self.header.find(MessageType::FilterPipeline) {
            Some(message) => self.decode_shareable(message, |body, _| filter_pipeline::decode(body)),
            None => Ok(Vec::new()),
        }
    }

    /// The layout as users see it, and as the read engine takes it.
    fn storage(
        &self,
        layout: DataLayout,
        dataspace: &Dataspace,
        filters: &[FilterInfo],
    ) -> Result<(Layout, RawStorage)> {
        Ok(match layout {
            DataLayout::Compact { data } => (Layout::Compact, RawStorage::Compact { data }),
            DataLayout::Contiguous { address, size } => {
                (Layout::Contiguous, RawStorage::Contiguous { address, size })
            }
            DataLayout::Chunked(chunked) => self.chunked(&chunked, dataspace, filters)?,
            DataLayout::Virtual { heap_address, heap_index } => {
                let mappings = match heap_address {
                    Some(collection_address) => {
                        let storage = self.file.core().storage();
                        let mut heap = GlobalHeapReader::new(storage);
                        let block =
                            heap.object(GlobalHeapId { collection_address, object_index: heap_index })?;
                        decode_virtual_layout(block, storage.sizes(), storage.limits())
                            .map_err(|e| Error::from(e).at_address(collection_address.0))?
                    }
                    None => Vec::new(),
                };
                (Layout::Virtual { mappings }, RawStorage::Virtual)
            }
        })
    }

    fn chunked(
        &self,
        layout: &ChunkedLayout,
        dataspace: &Dataspace,
        filters: &[FilterInfo],
    ) -> Result<(Layout, RawStorage)> {
        let storage = self.file.core().storage();
        let (dimensions, maximum) = match dataspace {
            Dataspace::Simple { dimensions, maximum } => (dimensions.as_slice(), maximum.as_slice()),
            Dataspace::Null | Dataspace::Scalar => (&[][..], &[][..]),
        };
        let grid = ChunkGrid::new(dimensions, maximum, layout, !filters.is_empty(), storage.limits())?;
        let index = ChunkIndex::open(storage, grid, layout.index)?;
        let raw = RawStorage::Chunked { index: Arc::new(index), element_size: layout.element_size };
        Ok((
            Layout::Chunked { chunk: layout.chunk_dimensions.clone(), index: index_kind(&layout.index) },
            raw,
        ))
    }

    /// The fill value by its message, the old one where there is no new one, or what the C library assumes without either.
    fn fill(&self, layout: &Layout) -> Result<FillValue> {
        if let Some(message) = self.header.find(MessageType::FillValue) {
            return self.decode_shareable(message, |body, _| fill_value::decode(body));
        }
        let definition = match self.header.find(MessageType::FillValueOld) {
            Some(message) => self
                .decode_shareable(message, |body, _| fill_value::decode_old(body))?
                .map_or(FillDefinition::Default, FillDefinition::User),
            None => FillDefinition::Undefined,
        };
        let allocation_time = match layout {
            Layout::Compact => AllocationTime::Early,
            Layout::Contiguous => AllocationTime::Late,
            _ => AllocationTime::Incremental,
        };
        Ok(FillValue { definition, allocation_time, fill_time: FillTime::IfSet })
    }

    fn external_files(&self) -> Result<Vec<ExternalFile>> {
        let Some(message) = self.header.find(MessageType::ExternalFiles) else { return Ok(Vec::new()) };
        let list = ExternalFileList::decode(message.body, self.file.context()).map_err(|e| self.at(e))?;
        let storage = self.file.core().storage();
        let heap = LocalHeapReader::open(storage, list.heap_address)?;
        list.slots
            .iter()
            .map(|slot| {
                let name = Name::new(&*heap.text(storage, slot.name_offset_in_heap)?);
                Ok(ExternalFile { name, offset_bytes: slot.offset_in_file, size_bytes: slot.data_size })
            })
            .collect()
    }
}

/// What [`h5_backend::DatasetNode`] asks for.
impl LoadedObject {
    pub(super) fn dataset_info(&self) -> Result<Arc<DatasetInfo>> {
        Ok(Arc::clone(&self.opened_dataset()?.info))
    }

    pub(super) fn read(
        &self,
        selection: &Selection,
        memory: &Datatype,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let opened = self.opened_dataset()?;
        self.with_read_context(|context| opened.stored.read(context, selection, memory, out, heap))
    }

    pub(super) fn fill_elements(&self) -> Result<Option<Elements>> {
        let info = self.dataset_info()?;
        let FillDefinition::User(stored) = &info.fill.definition else { return Ok(None) };
        let read = |context: &ReadContext<'_>| materialize_elements(context, &info.datatype, stored);
        self.with_read_context(read).map(Some)
    }

    pub(super) fn storage_bytes(&self) -> Result<u64> {
        let opened = self.opened_dataset()?;
        self.with_read_context(|context| opened.stored.storage_bytes(context))
    }

    pub(super) fn chunks(&self, visit: Visit<'_, ChunkInfo>) -> Result<()> {
        let opened = self.opened_dataset()?;
        self.with_read_context(|context| {
            let mut stopped = false;
            // The engine's walk has no early end: after a `Break` the rest is passed over.
            opened.stored.chunks(context, &mut |chunk| {
                stopped = stopped || visit(Ok(chunk)) == ControlFlow::Break(());
                Ok(())
            })
        })
    }

    pub(super) fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        let opened = self.opened_dataset()?;
        self.with_read_context(|context| opened.stored.read_raw_chunk(context, offset))
    }
}

/// The way from a dataset to other files, under the file's access policy.
#[derive(Debug)]
pub(super) struct Resolver<'f> {
    pub(super) state: &'f Arc<FileState>,
    /// Virtual datasets of this file that led here one after another.
    pub(super) virtual_hops: usize,
}

impl FileResolver for Resolver<'_> {
    fn open_raw(&self, name: &Name) -> Result<Option<Arc<dyn Vfd>>> {
        match self.state.siblings().find(name) {
            Ok(path) => Ok(Some(Arc::new(FileVfd::open(&path)?))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn open_dataset(&self, file: &Name, dataset: &Name) -> Result<Option<Arc<dyn SourceDataset>>> {
        let options = self.state.options();
        // A virtual dataset may be its own source, at once or over others.
        let next_hop = self.state.siblings().next_hop(self.virtual_hops, &options.limits)?;
        let opened = if file.as_bytes() == b"." {
            NativeFile::from_state(Arc::clone(self.state), self.virtual_hops.saturating_add(1))
        } else {
            let path = match self.state.siblings().find(file) {
                Ok(path) => path,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            NativeFile::open_at(&path, options, next_hop)?
        };
        let found = h5_backend::File::from_backend(Arc::new(opened)).dataset(dataset.as_bytes());
        match found {
            Ok(dataset) => {
                let info = dataset.info()?;
                Ok(Some(Arc::new(Source { dataset, info })))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }
}

impl Files for Resolver<'_> {
    fn open_raw_writable(&self, name: &Name) -> Result<Arc<dyn Vfd>> {
        let path = self.state.siblings().find_or_create(name)?;
        Ok(Arc::new(FileVfd::open_writable(&path)?))
    }
}

/// A dataset that a virtual one shows elements of.
#[derive(Debug)]
struct Source {
    dataset: h5_backend::Dataset,
    info: Arc<DatasetInfo>,
}

impl SourceDataset for Source {
    fn info(&self) -> &DatasetInfo {
        &self.info
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        self.dataset.read_raw(selection, memory, out, heap)
    }
}
