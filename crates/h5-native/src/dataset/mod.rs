//! Reading datasets: layouts, chunks, fill values, external and virtual storage.

mod adjacent;
mod chunk_cache;
mod chunked;
mod context;
mod differences;
mod external;
pub(crate) mod kernels;
mod materialize;
mod number_form;
mod packed_chunk;
#[cfg(feature = "parallel")]
mod parallel;
mod raw;
#[cfg(test)]
mod tests;
pub(crate) mod transfer;
mod virtual_extent;
pub(crate) mod virtual_storage;

use std::sync::{Arc, OnceLock};

use h5_filters::{Pipeline, Registry, Stage};
use h5_types::{
    Address, ChunkInfo, CopyRun, DatasetInfo, Dataspace, Datatype, Error, FillDefinition, Heap, Layout,
    ResolvedSelection, Result, Selection,
};

pub use chunk_cache::ChunkCache;
pub use context::{ChunkLookup, FileResolver, ReadContext, SourceDataset};
pub(crate) use materialize::materialize_elements;

use self::chunked::{Buffers, ChunkedRead, ChunkedStorage};
use self::external::ExternalStorage;
use self::packed_chunk::Packing;
use self::raw::{RawBlock, read_copies};
use self::transfer::{Target, Transfer, resize};
use self::virtual_storage::VirtualStorage;
use crate::chunk_index::ChunkLocation;

/// A dataset of the file, ready to be read. Immutable; any number of threads may read at once.
#[derive(Debug)]
pub struct StoredDataset {
    info: DatasetInfo,
    place: Place,
    external: OnceLock<ExternalStorage>,
}

/// Where the layout message says that the elements are.
#[derive(Debug)]
pub enum RawStorage {
    /// In the message.
    Compact {
        /// The elements.
        data: Vec<u8>,
    },
    /// In one block, or in external files if the dataset has such.
    Contiguous {
        /// The block; `None` if it was never written.
        address: Option<Address>,
        /// Its bytes, where the message says it.
        size: Option<u64>,
    },
    /// In chunks.
    Chunked {
        /// Finds them.
        index: Arc<dyn ChunkLookup>,
        /// Bytes of an element as the layout message says it.
        element_size: u64,
    },
    /// In other datasets; which, is in the description.
    Virtual,
}

#[derive(Debug)]
enum Place {
    Compact(Vec<u8>),
    Contiguous { address: Option<Address>, size: Option<u64> },
    External,
    Chunked(ChunkedStorage),
    Virtual(VirtualStorage),
}

impl StoredDataset {
    /// Takes over a dataset's description. The extent of a virtual dataset with unlimited mappings is computed from its
    /// sources here, as far as they are there.
    ///
    /// # Errors
    /// `Format` if the parts contradict each other, `Limit` if a chunk is over `chunk_bytes`; opening sources reports its own.
    pub fn open(
        context: &ReadContext<'_>,
        mut info: DatasetInfo,
        storage: RawStorage,
        registry: &Registry,
    ) -> Result<Self> {
        let place = match storage {
            RawStorage::Compact { data } => Place::Compact(data),
            RawStorage::Contiguous { .. } if !info.external.is_empty() => Place::External,
            RawStorage::Contiguous { address, size } => Place::Contiguous { address, size },
            RawStorage::Chunked { index, element_size } => {
                Place::Chunked(chunked_storage(context, &info, index, element_size, registry)?)
            }
            RawStorage::Virtual => {
                let Layout::Virtual { mappings } = &info.layout else {
                    return Err(Error::format("virtual storage without a virtual layout"));
                };
                let storage = VirtualStorage::new(mappings.clone());
                storage.compute_extent(context, &mut info.dataspace)?;
                Place::Virtual(storage)
            }
        };
        Ok(Self { info, place, external: OnceLock::new() })
    }

    /// What the dataset says of itself.
    pub fn info(&self) -> &DatasetInfo {
        &self.info
    }

    /// Reads the selected elements, packed in selection order, as elements of `memory`.
    ///
    /// `memory` is in memory form; what variable-length elements and references point to is appended to `heap`. `out` has room for
    /// exactly the selected elements. After an error its contents are unspecified.
    ///
    /// # Errors
    /// `Usage` if the selection leaves the extent or `out` has another size; `Conversion` if the stored datatype does not
    /// convert; `Unsupported` naming the filter that is missing; `Format`, `Limit`, `Io`, `PermissionDenied`.
    pub fn read(
        &self,
        context: &ReadContext<'_>,
        selection: &Selection,
        memory: &Datatype,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let resolved = selection.resolve(self.info.dataspace.dimensions())?;
        let count = if self.info.dataspace == Dataspace::Null { 0 } else { resolved.element_count() };
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(memory.size()));
        if bytes != Some(out.len()) {
            let (size, found) = (memory.size(), out.len());
            return Err(Error::usage(format!(
                "a buffer of {found} bytes for {count} elements of {size} bytes"
            )));
        }
        if count == 0 {
            return Ok(());
        }
        context.storage.spend(out.len())?;
        let transfer = Transfer::new(context, &self.info.datatype, memory, heap)?;
        let fill = self.fill_element(context, &transfer, heap)?;
        match &self.place {
            Place::Chunked(storage) => {
                self.read_chunked(context, storage, &resolved, &transfer, &fill, out, heap)
            }
            Place::Virtual(storage) => {
                let mut target = Target::new(context, out, 0, heap, &transfer);
                target.fill(&transfer, &fill, whole(count))?;
                storage.read(context, &resolved, memory, out, heap)
            }
            _ => {
                let mut target = Target::new(context, out, 0, heap, &transfer);
                match self.raw_block(context)? {
                    Some(block) => {
                        let copies = resolved.copies(&whole_extent(self.info.dataspace.dimensions()))?;
                        read_copies(block, copies, &transfer, &mut target, &mut Vec::new())
                    }
                    None => target.fill(&transfer, &fill, whole(count)),
                }
            }
        }
    }

    /// Bytes that the elements take in storage: filtered sizes of chunks, zero for what was never written and for a virtual dataset.
    ///
    /// # Errors
    /// What walking the chunk index reports.
    pub fn storage_bytes(&self, context: &ReadContext<'_>) -> Result<u64> {
        match &self.place {
            Place::Compact(data) => Ok(u64::try_from(data.len()).unwrap_or(u64::MAX)),
            Place::Contiguous { address: None, .. } | Place::Virtual(_) => Ok(0),
            Place::Contiguous { size, .. } => size.map_or_else(|| self.needed_bytes(), Ok),
            Place::External => self.needed_bytes(),
            Place::Chunked(_) => {
                let mut total = 0_u64;
                self.chunks(context, &mut |chunk| {
                    total = total.saturating_add(chunk.stored_bytes);
                    Ok(())
                })?;
                Ok(total)
            }
        }
    }

    /// Visits the stored chunks, in the order of the index. A dataset that is not chunked has none.
    ///
    /// # Errors
    /// What walking the chunk index reports, and what `visit` returns.
    pub fn chunks(
        &self,
        context: &ReadContext<'_>,
        visit: &mut dyn FnMut(ChunkInfo) -> Result<()>,
    ) -> Result<()> {
        let Place::Chunked(storage) = &self.place else { return Ok(()) };
        let dimensions = self.info.dataspace.dimensions();
        let grid = dimensions.iter().zip(&storage.chunk).map(|(d, &c)| d.div_ceil(c.max(1)).checked_sub(1));
        // An extent of zero has no chunk.
        let Some(last) = grid.collect::<Option<Vec<u64>>>() else { return Ok(()) };
        let first = vec![0; last.len()];
        storage.index.visit(context.storage, &first, &last, &mut |scaled, place| {
            if scaled.len() != last.len() || scaled.iter().zip(&last).any(|(s, l)| s > l) {
                return Ok(());
            }
            visit(chunk_info(storage, scaled, place))
        })
    }

    /// A chunk as it is stored, filters and all. `offset` is the position of its first element.
    ///
    /// # Errors
    /// `Usage` if the dataset is not chunked or no chunk begins there, `NotFound` if it was never written; `Format`, `Io`.
    pub fn read_raw_chunk(&self, context: &ReadContext<'_>, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        let Place::Chunked(storage) = &self.place else {
            return Err(Error::usage("the dataset is not chunked"));
        };
        let dimensions = self.info.dataspace.dimensions();
        let on_grid = |((&x, &c), &d): ((&u64, &u64), &u64)| {
            (x < d).then(|| x.checked_div(c).filter(|s| s.checked_mul(c) == Some(x)))
        };
        let scaled = offset.iter().zip(&storage.chunk).zip(dimensions).map(on_grid);
        let scaled: Option<Vec<u64>> = scaled.map(Option::flatten).collect();
        let scaled = scaled.filter(|s| s.len() == dimensions.len() && s.len() == offset.len());
        let scaled = scaled.ok_or_else(|| Error::usage(format!("no chunk begins at element {offset:?}")))?;
        let place = storage.index.lookup(context.storage, &scaled)?;
        let place = place
            .ok_or_else(|| Error::not_found(format!("the chunk at element {offset:?} was never written")))?;
        let mut buffer = Vec::new();
        let bytes = chunked::stored_chunk(context, place, &mut buffer)?.to_vec();
        Ok((chunk_info(storage, &scaled, place), bytes))
    }

    /// The block of a dataset that is neither chunked nor virtual; `None` if it was never written.
    fn raw_block<'a>(&'a self, context: &ReadContext<'a>) -> Result<Option<RawBlock<'a>>> {
        match &self.place {
            Place::Compact(data) => Ok(Some(RawBlock::Memory(data)).filter(|_| !data.is_empty())),
            Place::Contiguous { address: None, .. } => Ok(None),
            Place::Contiguous { address: Some(address), size } => {
                let needed = self.needed_bytes()?;
                if size.is_some_and(|size| size < needed) {
                    let size = size.unwrap_or(0);
                    return Err(Error::format(format!(
                        "{size} bytes are allocated, the dataset has {needed}"
                    ))
                    .in_structure("Data Layout message", "IV.A.2.i"));
                }
                Ok(Some(RawBlock::File { storage: context.storage, address: *address }))
            }
            Place::External => {
                let opened = match self.external.get() {
                    Some(opened) => opened,
                    None => {
                        let opened = ExternalStorage::open(
                            &self.info.external,
                            self.needed_bytes()?,
                            context.resolver,
                        )?;
                        self.external.get_or_init(|| opened)
                    }
                };
                Ok(Some(RawBlock::External(opened)))
            }
            Place::Chunked(_) | Place::Virtual(_) => Err(Error::usage("the dataset is not one block")),
        }
    }

    fn needed_bytes(&self) -> Result<u64> {
        let size = u64::try_from(self.info.datatype.size()).unwrap_or(u64::MAX);
        let bytes = self.info.dataspace.element_count().and_then(|count| count.checked_mul(size));
        bytes.ok_or_else(|| Error::format("the dataset has more bytes than 64 bits count"))
    }

    /// The fill value as an element of memory.
    fn fill_element(
        &self,
        context: &ReadContext<'_>,
        transfer: &Transfer<'_>,
        heap: &mut Heap,
    ) -> Result<Vec<u8>> {
        let size = self.info.datatype.size();
        let mut stored = Vec::new();
        match &self.info.fill.definition {
            FillDefinition::User(value) if value.len() == size => stored.clone_from(value),
            FillDefinition::User(value) => {
                let found = value.len();
                return Err(Error::format(format!("a fill value of {found} bytes for elements of {size}"))
                    .in_structure("Fill Value message", "IV.A.2.f"));
            }
            FillDefinition::Undefined | FillDefinition::Default => resize(&mut stored, size)?,
        }
        let mut element = Vec::new();
        resize(&mut element, transfer.memory_size)?;
        Target::new(context, &mut element, 0, heap, transfer).put(transfer, &stored, 0, whole(1))?;
        Ok(element)
    }

    #[expect(clippy::too_many_arguments, reason = "one read's parts, used once")]
    fn read_chunked(
        &self,
        context: &ReadContext<'_>,
        storage: &ChunkedStorage,
        resolved: &ResolvedSelection,
        transfer: &Transfer<'_>,
        fill: &[u8],
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let partition = resolved.partition(&storage.chunk)?;
        let dimensions = self.info.dataspace.dimensions();
        let read =
            ChunkedRead { context: *context, storage, dimensions, transfer, partition: &partition, fill };
        let mut pieces = partition.pieces();
        let mut buffers = Buffers::default();
        loop {
            let mut batch = read.locate(&mut pieces)?;
            if batch.is_empty() {
                return Ok(());
            }
            #[cfg(feature = "parallel")]
            if context.threads != 1 {
                let threads = read.threads_for(&batch);
                if threads > 1 {
                    read.read_parallel(batch, out, 0, threads)?;
                    continue;
                }
            }
            let mut target = Target::new(context, out, 0, heap, transfer);
            read.read_adjacent(&mut batch, &mut target, &mut buffers.window)?;
            for located in &batch {
                read.read_piece(located, &mut target, &mut buffers)?;
            }
        }
    }
}

fn chunked_storage(
    context: &ReadContext<'_>,
    info: &DatasetInfo,
    index: Arc<dyn ChunkLookup>,
    element_size: u64,
    registry: &Registry,
) -> Result<ChunkedStorage> {
    let Layout::Chunked { chunk, .. } = &info.layout else {
        return Err(Error::format("chunked storage without a chunked layout"));
    };
    let fail = |text: String| Error::format(text).in_structure("Data Layout message", "IV.A.2.i");
    if chunk.len() != info.dataspace.rank() || chunk.contains(&0) {
        return Err(fail(format!(
            "chunks of dimensions {chunk:?} for a dataset of rank {}",
            info.dataspace.rank()
        )));
    }
    let size = info.datatype.size();
    if u64::try_from(size) != Ok(element_size) {
        return Err(fail(format!("chunks of elements of {element_size} bytes, the datatype has {size}")));
    }
    let limit = context.storage.limits().chunk_bytes;
    let elements = chunk.iter().try_fold(1_u64, |product, &size| product.checked_mul(size));
    let bytes = elements.and_then(|n| n.checked_mul(element_size)).filter(|&bytes| bytes <= limit);
    let (Some(chunk_elements), Some(chunk_bytes)) = (elements, bytes.and_then(|b| usize::try_from(b).ok()))
    else {
        return Err(Error::limit(format!("chunks of dimensions {chunk:?} have more than {limit} bytes")));
    };
    let stages = info.filters.iter().map(|filter| Stage {
        id: filter.id,
        flags: filter.flags,
        name: filter.name.as_ref().map(|name| name.to_text().into_owned()),
        client_data: filter.client_data.clone(),
    });
    let pipeline = Pipeline::new(stages, registry);
    Ok(ChunkedStorage {
        chunk: chunk.clone(),
        chunk_elements,
        chunk_bytes,
        index,
        packing: Packing::of(&pipeline),
        pipeline,
        cache_number: context.cache.new_dataset(),
    })
}

fn chunk_info(storage: &ChunkedStorage, scaled: &[u64], place: ChunkLocation) -> ChunkInfo {
    ChunkInfo {
        offset: scaled.iter().zip(&storage.chunk).map(|(s, c)| s.saturating_mul(*c)).collect(),
        address: place.address.0,
        stored_bytes: place.stored_bytes,
        filter_mask: place.filter_mask,
    }
}

fn whole_extent(dimensions: &[u64]) -> h5_types::Block {
    h5_types::Block { start: vec![0; dimensions.len()], size: dimensions.to_vec() }
}

/// All of a result in one run.
fn whole(count: u64) -> CopyRun {
    CopyRun { from: 0, from_step: count, to: 0, to_step: count, length: count, count: 1 }
}
