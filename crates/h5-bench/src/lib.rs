#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::Arc;

use h5_filters::{Pipeline, Registry, Scratch, Stage};
use h5_format::Sizes;
use h5_native::Storage;
use h5_native::chunk_index::{ChunkLocation, ChunkVisitor};
use h5_native::dataset::{
    ChunkCache, ChunkLookup, FileResolver, RawStorage, ReadContext, SourceDataset, StoredDataset,
};
use h5_native::vfd::{MemoryVfd, Vfd};
use h5_types::{
    Address, AllocationTime, ChunkIndexKind, DatasetInfo, Dataspace, Datatype, Error, FillDefinition,
    FillTime, FillValue, FilterInfo, H5Type, Heap, Layout, Limits, Name, Result, Selection,
};

/// A two-dimensional dataset of binary32 numbers in memory: a smooth image with noise, as detectors give it.
#[derive(Debug)]
pub struct Image {
    storage: Storage,
    cache: ChunkCache,
    dataset: StoredDataset,
    threads: usize,
}

/// Shuffle of 4 bytes, then deflate at level 4: what h5py's users mostly write.
pub const SHUFFLE_DEFLATE: &[(u16, &[u32])] = &[(2, &[4]), (1, &[4])];

impl Image {
    /// An image of `side` x `side` pixels, in one block or in chunks of `chunk` x `chunk` (which divides the side) with filters.
    ///
    /// # Errors
    /// Whatever encoding or opening reports.
    pub fn new(side: u64, chunk: Option<u64>, filters: &[(u16, &[u32])], cache_bytes: usize) -> Result<Self> {
        let mut bytes = vec![0; 16];
        let (layout, raw) = match chunk {
            None => {
                let address = Some(Address(16));
                bytes.extend(pixels(side, (0, 0), side));
                (Layout::Contiguous, RawStorage::Contiguous { address, size: None })
            }
            Some(chunk) => {
                let index = Arc::new(store_chunks(&mut bytes, side, chunk, filters)?);
                let layout = Layout::Chunked { chunk: vec![chunk; 2], index: ChunkIndexKind::FixedArray };
                (layout, RawStorage::Chunked { index, element_size: 4 })
            }
        };
        let sizes = Sizes { offsets: 8, lengths: 8 };
        let storage = Storage::new(Arc::new(MemoryVfd::new(bytes)), 0, sizes, Limits::default())?;
        let cache = ChunkCache::new(cache_bytes);
        let context = ReadContext { storage: &storage, cache: &cache, resolver: &NoFiles, threads: 1 };
        let dataset = StoredDataset::open(&context, info(side, layout, filters), raw, &Registry::standard())?;
        Ok(Self { storage, cache, dataset, threads: 1 })
    }

    /// The same, read by several threads.
    #[must_use]
    pub fn with_threads(self, threads: usize) -> Self {
        Self { threads, ..self }
    }

    /// Reads a selection as numbers of a type into a buffer of their bytes.
    ///
    /// # Errors
    /// Whatever reading reports.
    pub fn read<T: H5Type>(&self, selection: &Selection, out: &mut [u8]) -> Result<()> {
        let Self { storage, cache, threads, .. } = self;
        let context = ReadContext { storage, cache, resolver: &NoFiles, threads: *threads };
        self.dataset.read(&context, selection, &T::datatype(), out, &mut Heap::default())
    }
}

/// The bytes of `size` x `size` pixels from `corner` on, of an image of `side` x `side`.
pub fn pixels(side: u64, corner: (u64, u64), size: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    for y in corner.0..corner.0.saturating_add(size) {
        for x in corner.1..corner.1.saturating_add(size) {
            // A hash as noise: the same in each run, on each machine.
            let mut hash = y.wrapping_mul(side).wrapping_add(x).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            hash ^= hash >> 29;
            let noise = u8::try_from(hash.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 60).unwrap_or(0);
            let wave = |at: u64, period: f32| {
                (f32::from(u16::try_from(at).unwrap_or(u16::MAX)) / period).sin() * 400.0
            };
            let value = (wave(x, 300.0) + wave(y, 410.0)).round() + f32::from(noise);
            bytes.extend((value / 16.0).to_le_bytes());
        }
    }
    bytes
}

fn store_chunks(bytes: &mut Vec<u8>, side: u64, chunk: u64, filters: &[(u16, &[u32])]) -> Result<Index> {
    let stages =
        filters.iter().map(|(id, data)| Stage { id: *id, flags: 0, name: None, client_data: data.to_vec() });
    let pipeline = Pipeline::new(stages, &Registry::standard());
    let mut scratch = Scratch::default();
    let mut places = BTreeMap::new();
    let chunks = side.checked_div(chunk).unwrap_or(0);
    for (row, column) in (0..chunks).flat_map(|row| (0..chunks).map(move |column| (row, column))) {
        let corner = (row.saturating_mul(chunk), column.saturating_mul(chunk));
        let (stored, filter_mask) = pipeline
            .encode(&pixels(side, corner, chunk), &mut scratch)
            .map_err(|error| Error::usage("the filters do not encode").with_source(error))?;
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let (address, stored_bytes) = (Address(length(bytes)), length(&stored));
        bytes.extend(stored);
        places.insert(vec![row, column], ChunkLocation { address, stored_bytes, filter_mask });
    }
    Ok(Index(places))
}

fn info(side: u64, layout: Layout, filters: &[(u16, &[u32])]) -> DatasetInfo {
    let filter =
        |(id, data): &(u16, &[u32])| FilterInfo { id: *id, flags: 0, name: None, client_data: data.to_vec() };
    DatasetInfo {
        datatype: Datatype::Float(h5_types::FloatType::f32(h5_types::ByteOrder::Little)),
        committed_datatype: None,
        dataspace: Dataspace::fixed([side, side]),
        layout,
        filters: filters.iter().map(filter).collect(),
        fill: FillValue {
            definition: FillDefinition::Default,
            allocation_time: AllocationTime::Late,
            fill_time: FillTime::IfSet,
        },
        external: Vec::new(),
    }
}

/// Chunks by their position.
#[derive(Debug)]
struct Index(BTreeMap<Vec<u64>, ChunkLocation>);

impl ChunkLookup for Index {
    fn lookup(&self, _: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        Ok(self.0.get(scaled).copied())
    }

    fn visit(&self, _: &Storage, first: &[u64], last: &[u64], visit: &mut ChunkVisitor<'_>) -> Result<()> {
        let inside = |s: &[u64]| s.iter().zip(first).zip(last).all(|((s, f), l)| s >= f && s <= l);
        self.0.iter().filter(|(s, _)| inside(s)).try_for_each(|(s, place)| visit(s, *place))
    }
}

/// A directory without files.
#[derive(Debug)]
struct NoFiles;

impl FileResolver for NoFiles {
    fn open_raw(&self, _: &Name) -> Result<Option<Arc<dyn Vfd>>> {
        Ok(None)
    }

    fn open_dataset(&self, _: &Name, _: &Name) -> Result<Option<Arc<dyn SourceDataset>>> {
        Ok(None)
    }
}
