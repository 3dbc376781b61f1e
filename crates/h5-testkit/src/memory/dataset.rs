//! Elements of a dataset.

use std::sync::Arc;

use h5_backend::{DatasetNode, Visit};
use h5_types::{
    AllocationTime, Block, ChunkIndexKind, ChunkInfo, Converter, DatasetInfo, Dataspace, Datatype, Elements,
    Error, FillDefinition, FillValue, FilterInfo, Heap, Layout, NewDataset, NewLayout, ResolvedSelection,
    Result, Selection,
};

use super::FILTERS;
use super::elements::{converted, gather, scatter, zeros};
use super::node::MemoryNode;
use super::state::StoredDataset;

impl DatasetNode for MemoryNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        Ok(Arc::new(self.backend.state()?.dataset(self.token)?.info.clone()))
    }

    fn fill_elements(&self) -> Result<Option<Elements>> {
        let state = self.backend.state()?;
        let StoredDataset { info, elements } = state.dataset(self.token)?;
        let FillDefinition::User(value) = &info.fill.definition else { return Ok(None) };
        let mut bytes = zeros(Some(elements.datatype.size()))?;
        if bytes.len() == value.len() {
            bytes.copy_from_slice(value);
        }
        Ok(Some(Elements { datatype: elements.datatype.clone(), bytes, heap: elements.heap.clone() }))
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        self.backend.state()?.dataset(self.token)?.read(selection, memory, out, heap)
    }

    fn storage_bytes(&self) -> Result<u64> {
        let bytes = self.backend.state()?.dataset(self.token)?.elements.bytes.len();
        u64::try_from(bytes).map_err(|e| Error::limit("more bytes than 64 bits count").with_source(e))
    }

    fn chunks(&self, _visit: Visit<'_, ChunkInfo>) -> Result<()> {
        if self.backend.state()?.dataset(self.token)?.is_chunked() { Err(no_chunks()) } else { Ok(()) }
    }

    fn read_raw_chunk(&self, _offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        Err(self.backend.state()?.dataset(self.token)?.raw_chunk_error())
    }

    fn write(&self, selection: &Selection, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        self.backend.edit()?.dataset_mut(self.token)?.write(selection, memory, elements, heap)
    }

    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        self.backend.edit()?.dataset_mut(self.token)?.resize(dimensions)
    }

    fn write_raw_chunk(&self, _offset: &[u64], _filter_mask: u32, _stored: &[u8]) -> Result<()> {
        Err(self.backend.state()?.dataset(self.token)?.raw_chunk_error())
    }
}

impl StoredDataset {
    /// A dataset of parts that go together, filled with its fill value.
    pub(super) fn new(new: &NewDataset) -> Result<Self> {
        let unknown = |filter: &&FilterInfo| filter.flags & OPTIONAL == 0 && !FILTERS.contains(&filter.id);
        if let Some(FilterInfo { id, .. }) = new.filters.iter().find(unknown) {
            return Err(Error::unsupported(format!("filter {id}, which is mandatory, is not known")));
        }
        let (layout, allocation_time) = match &new.layout {
            _ if !new.external.is_empty() => {
                return Err(Error::unsupported("external files of a file in memory"));
            }
            NewLayout::Compact => (Layout::Compact, AllocationTime::Early),
            NewLayout::Contiguous => (Layout::Contiguous, AllocationTime::Late),
            NewLayout::Chunked { chunk, index } => {
                let index = index.unwrap_or(ChunkIndexKind::BTreeV1);
                (Layout::Chunked { chunk: chunk.clone(), index }, AllocationTime::Incremental)
            }
            _ => return Err(Error::unsupported("virtual datasets of a file in memory")),
        };
        let memory = new.datatype.memory_form();
        let given = new.fill_elements.as_ref().map(|value| converted(value, &memory)).transpose()?;
        if let Some(value) = given.as_ref().filter(|value| value.count() != 1) {
            return Err(Error::usage(format!("a fill value of {} elements", value.count())));
        }
        let fill = FillValue {
            definition: given.as_ref().map_or_else(
                || new.fill.clone(),
                // What it points to stays at the beginning of the heap.
                |value| FillDefinition::User(value.bytes.clone()),
            ),
            allocation_time: new.allocation_time.unwrap_or(allocation_time),
            fill_time: new.effective_fill_time(),
        };
        let info = DatasetInfo {
            datatype: new.datatype.clone(),
            committed_datatype: new.committed_datatype,
            dataspace: new.dataspace.clone(),
            layout,
            filters: new.filters.clone(),
            fill,
            external: Vec::new(),
        };
        let bytes = filled(&info, &info.dataspace)?;
        let heap = given.map_or_else(Heap::default, |value| value.heap);
        let elements = Elements { datatype: memory, bytes, heap };
        Ok(Self { info, elements })
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        let Elements { datatype, bytes, heap: stored_heap } = &self.elements;
        let packed = match self.resolve(selection)? {
            Some(selection) => gather(bytes, datatype.size(), &selection)?,
            None => Vec::new(),
        };
        Converter::new(datatype, memory)?.convert(&packed, stored_heap, out, heap)
    }

    fn write(
        &mut self,
        selection: &Selection,
        memory: &Datatype,
        elements: &[u8],
        heap: &Heap,
    ) -> Result<()> {
        let converter = Converter::new(memory, &self.elements.datatype)?;
        let selection = self.resolve(selection)?;
        let Elements { datatype, bytes, heap: stored_heap } = &mut self.elements;
        // Converted into what is there, so that members that are not written keep their values.
        let mut packed = match &selection {
            Some(selection) => gather(bytes, datatype.size(), selection)?,
            None => Vec::new(),
        };
        converter.convert(elements, heap, &mut packed, stored_heap)?;
        match &selection {
            Some(selection) => scatter(&packed, bytes, datatype.size(), selection),
            None => Ok(()),
        }
    }

    fn resize(&mut self, sizes: &[u64]) -> Result<()> {
        let Dataspace::Simple { dimensions, maximum } = &self.info.dataspace else {
            return Err(Error::usage("a dataset without dimensions has no size"));
        };
        if sizes.len() != dimensions.len() {
            let (found, rank) = (sizes.len(), dimensions.len());
            return Err(Error::usage(format!("{found} sizes for a dataset of rank {rank}")));
        }
        if sizes == dimensions.as_slice() {
            return Ok(());
        }
        if !self.is_chunked() {
            return Err(Error::usage("another size of a dataset without chunks"));
        }
        for (&size, &most) in sizes.iter().zip(maximum) {
            if most.is_some_and(|most| size > most) {
                return Err(Error::usage(format!("a dimension of {size} beyond its maximum")));
            }
        }
        let resized = Dataspace::Simple { dimensions: sizes.to_vec(), maximum: maximum.clone() };
        let mut bytes = filled(&self.info, &resized)?;
        let kept = Block {
            start: vec![0; sizes.len()],
            size: sizes.iter().zip(dimensions).map(|(new, old)| *new.min(old)).collect(),
        };
        let kept = Selection::from_block(&kept);
        let size = self.elements.datatype.size();
        let packed = gather(&self.elements.bytes, size, &kept.resolve(dimensions)?)?;
        scatter(&packed, &mut bytes, size, &kept.resolve(sizes)?)?;
        self.elements.bytes = bytes;
        self.info.dataspace = resized;
        Ok(())
    }

    /// The selection, applied to the extent; `None` of a null dataspace, which has no elements to select.
    fn resolve(&self, selection: &Selection) -> Result<Option<ResolvedSelection>> {
        match &self.info.dataspace {
            // A selection has to have no dimensions all the same.
            Dataspace::Null => selection.resolve(&[]).map(|_| None),
            dataspace => selection.resolve(dataspace.dimensions()).map(Some),
        }
    }

    fn is_chunked(&self) -> bool {
        matches!(self.info.layout, Layout::Chunked { .. })
    }

    fn raw_chunk_error(&self) -> Error {
        if self.is_chunked() { no_chunks() } else { Error::usage("the dataset is not chunked") }
    }
}

/// Flag of a filter that may be missing (specification IV.A.2.l).
const OPTIONAL: u16 = 1;

/// The bytes of elements of an extent, all with the fill value.
fn filled(info: &DatasetInfo, dataspace: &Dataspace) -> Result<Vec<u8>> {
    let count = dataspace.element_count().and_then(|count| usize::try_from(count).ok());
    // A fill value is in memory form here; a null one that was given as bytes of a file is all zeros, as the buffer is already.
    let mut bytes = zeros(count.and_then(|count| count.checked_mul(info.datatype.memory_form().size())))?;
    if let FillDefinition::User(value) = &info.fill.definition
        && value.len() == info.datatype.memory_form().size()
    {
        for element in bytes.chunks_mut(value.len().max(1)) {
            element.copy_from_slice(value);
        }
    }
    Ok(bytes)
}

fn no_chunks() -> Error {
    Error::unsupported("a file in memory has no chunks in storage")
}
