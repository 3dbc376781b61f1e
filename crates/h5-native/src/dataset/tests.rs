mod adjacent;
mod variable;

use std::collections::BTreeMap;
use std::io;

use h5_filters::Scratch;
use h5_format::Sizes;
use h5_types::{
    AllocationTime, Block, ByteOrder, ChunkIndexKind, ExternalFile, FillTime, FillValue, FilterInfo,
    Hyperslab, HyperslabDimension, IntegerType, Limits, Name, Points, StringType, VirtualMapping, VlenType,
};
use proptest::prelude::*;

use super::*;
use crate::Storage;
use crate::chunk_index::{ChunkLocation, ChunkVisitor};
use crate::vfd::{MemoryVfd, Vfd};

const SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

/// A driver that lends no slice, and reads at most a few bytes at a time.
#[derive(Debug)]
struct Slow(Vec<u8>);

impl Vfd for Slow {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = self.0.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len()).min(100);
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

#[derive(Debug, Default)]
struct Index(BTreeMap<Vec<u64>, ChunkLocation>);

impl ChunkLookup for Index {
    fn lookup(&self, _: &Storage, scaled: &[u64]) -> Result<Option<ChunkLocation>> {
        Ok(self.0.get(scaled).copied())
    }

    fn visit(&self, _: &Storage, first: &[u64], last: &[u64], visit: &mut ChunkVisitor<'_>) -> Result<()> {
        let inside = |s: &[u64]| s.iter().zip(first).zip(last).all(|((s, f), l)| s >= f && s <= l);
        self.0.iter().filter(|(s, _)| inside(s)).try_for_each(|(s, c)| visit(s, *c))
    }
}

#[derive(Debug, Default)]
struct Files {
    raw: BTreeMap<String, Vec<u8>>,
    datasets: BTreeMap<(String, String), Arc<dyn SourceDataset>>,
}

impl FileResolver for Files {
    fn open_raw(&self, name: &Name) -> Result<Option<Arc<dyn Vfd>>> {
        Ok(self.raw.get(&name.to_string()).map(|b| Arc::new(MemoryVfd::new(b.clone())) as Arc<dyn Vfd>))
    }

    fn open_dataset(&self, file: &Name, dataset: &Name) -> Result<Option<Arc<dyn SourceDataset>>> {
        Ok(self.datasets.get(&(file.to_string(), dataset.to_string())).cloned())
    }
}

/// A file around one dataset.
#[derive(Debug)]
struct World {
    storage: Storage,
    cache: ChunkCache,
    files: Files,
    threads: usize,
}

impl World {
    fn new(vfd: Arc<dyn Vfd>) -> Self {
        let storage = Storage::new(vfd, 0, SIZES, Limits::default()).unwrap();
        Self { storage, cache: ChunkCache::default(), files: Files::default(), threads: 1 }
    }

    fn context(&self) -> ReadContext<'_> {
        let Self { storage, cache, files, threads } = self;
        ReadContext { storage, cache, resolver: files, threads: *threads }
    }

    fn read(&self, dataset: &StoredDataset, selection: &Selection) -> Result<Vec<u8>> {
        let memory = dataset.info().datatype.memory_form();
        let count = selection.element_count(dataset.info().dataspace.dimensions())?;
        // Not zero, so that what is not written shows.
        let mut out = vec![0xa5; count as usize * memory.size()];
        dataset.read(&self.context(), selection, &memory, &mut out, &mut Heap::default())?;
        Ok(out)
    }
}

fn u32_type() -> Datatype {
    Datatype::Integer(IntegerType::plain(4, false, ByteOrder::Little))
}

fn info(dims: &[u64], datatype: Datatype, layout: Layout) -> DatasetInfo {
    DatasetInfo {
        datatype,
        committed_datatype: None,
        dataspace: Dataspace::fixed(dims),
        layout,
        filters: Vec::new(),
        fill: FillValue {
            definition: FillDefinition::User(u32::MAX.to_le_bytes().to_vec()),
            allocation_time: AllocationTime::Late,
            fill_time: FillTime::IfSet,
        },
        external: Vec::new(),
    }
}

fn deflate_shuffle() -> Vec<FilterInfo> {
    let filter = |id, client_data| FilterInfo { id, flags: 0, name: None, client_data };
    vec![filter(2, vec![4]), filter(1, vec![4])]
}

fn coordinates(mut n: u64, dims: &[u64]) -> Vec<u64> {
    let mut x = vec![0; dims.len()];
    for (x, d) in x.iter_mut().zip(dims).rev() {
        *x = n % d;
        n /= d;
    }
    x
}

/// Chunks whose element has its linear number as value; `keep` says which chunks exist.
fn chunked(
    dims: &[u64],
    chunk: &[u64],
    filters: &[FilterInfo],
    edges_raw: bool,
    keep: impl Fn(u64) -> bool,
) -> (Vec<u8>, Index) {
    let grid: Vec<u64> = dims.iter().zip(chunk).map(|(d, c)| d.div_ceil(*c)).collect();
    let stages = filters.iter().map(|f| Stage {
        id: f.id,
        flags: f.flags,
        name: None,
        client_data: f.client_data.clone(),
    });
    let pipeline = Pipeline::new(stages, &Registry::standard());
    let (mut bytes, mut index) = (vec![0; 16], Index::default());
    for n in (0..grid.iter().product()).filter(|&n| keep(n)) {
        let scaled = coordinates(n, &grid);
        let mut data = Vec::new();
        let mut partial = false;
        for e in 0..chunk.iter().product() {
            let within = coordinates(e, chunk);
            let x: Vec<u64> = within.iter().zip(&scaled).zip(chunk).map(|((w, s), c)| s * c + w).collect();
            partial |= x.iter().zip(dims).any(|(x, d)| x >= d);
            let value = x.iter().zip(dims).fold(0, |n, (x, d)| n * d + x) as u32;
            data.extend(value.to_le_bytes());
        }
        let (stored, filter_mask) = if edges_raw && partial {
            (data, u32::MAX)
        } else {
            pipeline.encode(&data, &mut Scratch::default()).unwrap()
        };
        let (address, stored_bytes) = (Address(bytes.len() as u64), stored.len() as u64);
        bytes.extend(stored);
        index.0.insert(scaled, ChunkLocation { address, stored_bytes, filter_mask });
    }
    (bytes, index)
}

fn layout(chunk: &[u64]) -> Layout {
    Layout::Chunked { chunk: chunk.to_vec(), index: ChunkIndexKind::BTreeV2 }
}

fn expected(selection: &Selection, dims: &[u64], value: impl Fn(u64) -> u32) -> Vec<u8> {
    let resolved = selection.resolve(dims).unwrap();
    let runs = resolved.runs().unwrap();
    runs.flat_map(|r| r.offset..r.offset + r.length).flat_map(|n| value(n).to_le_bytes()).collect()
}

fn selection(dims: Vec<u64>) -> impl Strategy<Value = Selection> {
    let slab: Vec<_> = dims
        .iter()
        .map(|&d| {
            (0..d, 1..4_u64, 0..4_u64).prop_map(move |(start, block, gap)| {
                let block = block.min(d - start);
                let count = (d - start - block) / (block + gap) + 1;
                HyperslabDimension { start, stride: block + gap, count: Some(count), block: Some(block) }
            })
        })
        .collect();
    let window: Vec<_> =
        dims.iter().map(|&d| (0..d, 1..=d).prop_map(move |(s, n)| (s, n.min(d - s)))).collect();
    let blocks = prop::collection::vec(
        window.clone().prop_map(|w| {
            let (start, size) = w.into_iter().unzip();
            Block { start, size }
        }),
        1..4,
    );
    let rank = dims.len();
    let point: Vec<_> = dims.iter().map(|&d| 0..d).collect();
    prop_oneof![
        Just(Selection::All),
        slab.prop_map(|dimensions| Selection::Hyperslab(Hyperslab { dimensions })),
        blocks.prop_map(Selection::Union),
        prop::collection::vec(point, 0..30).prop_map(move |points| {
            Selection::Points(Points { rank, coordinates: points.into_iter().flatten().collect() })
        }),
    ]
}

type Case = (Vec<u64>, Vec<u64>, Selection);

fn case() -> impl Strategy<Value = Case> {
    prop::collection::vec((1..20_u64, 1..8_u64), 1..4).prop_flat_map(|shape| {
        let (dims, chunk): (Vec<u64>, Vec<u64>) = shape.into_iter().unzip();
        (Just(dims.clone()), Just(chunk), selection(dims))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn contiguous_equals_a_loop((dims, _, selection) in case()) {
        let total: u64 = dims.iter().product();
        let mut bytes = vec![0; 24];
        bytes.extend((0..total as u32).flat_map(u32::to_le_bytes));
        let vfds: [Arc<dyn Vfd>; 2] = [Arc::new(MemoryVfd::new(bytes.clone())), Arc::new(Slow(bytes.clone()))];
        for vfd in vfds {
            let world = World::new(vfd);
            let raw = RawStorage::Contiguous { address: Some(Address(24)), size: Some(total * 4) };
            let info = info(&dims, u32_type(), Layout::Contiguous);
            let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
            prop_assert_eq!(world.read(&dataset, &selection).unwrap(), expected(&selection, &dims, |n| n as u32));
        }
        let world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
        let raw = RawStorage::Compact { data: bytes.split_off(24) };
        let info = info(&dims, u32_type(), Layout::Compact);
        let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
        prop_assert_eq!(world.read(&dataset, &selection).unwrap(), expected(&selection, &dims, |n| n as u32));
    }

    #[test]
    fn chunked_equals_a_loop((dims, chunk, selection) in case(), filtered: bool, edges_raw: bool, hole in 1..5_u64) {
        let filters = if filtered { deflate_shuffle() } else { Vec::new() };
        let keep = |n: u64| n % hole != 1;
        let (bytes, index) = chunked(&dims, &chunk, &filters, edges_raw, keep);
        let grid: Vec<u64> = dims.iter().zip(&chunk).map(|(d, c)| d.div_ceil(*c)).collect();
        let value = |n: u64| {
            let x = coordinates(n, &dims);
            let at = x.iter().zip(&chunk).zip(&grid).fold(0, |n, ((x, c), g)| n * g + x / c);
            if keep(at) { n as u32 } else { u32::MAX }
        };
        let index = Arc::new(index);
        for (vfd, threads) in [(Arc::new(MemoryVfd::new(bytes.clone())) as Arc<dyn Vfd>, 1), (Arc::new(Slow(bytes)), 3)] {
            let mut world = World::new(vfd);
            world.threads = threads;
            let mut info = info(&dims, u32_type(), layout(&chunk));
            info.filters = filters.clone();
            let raw = RawStorage::Chunked {
                index: index.clone(), element_size: 4
            };
            let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
            // The second read finds chunks in the cache.
            for _ in 0..2 {
                prop_assert_eq!(world.read(&dataset, &selection).unwrap(), expected(&selection, &dims, value));
            }
        }
    }

    #[test]
    fn virtual_equals_its_sources((dims, _, selection) in case(), cut in 0..20_u64, strided: bool) {
        let total: u64 = dims.iter().product();
        let rows = dims[0];
        let cut = cut % (rows + 1);
        let whole = |start: u64, count: u64, stride: u64| {
            let rest = dims[1..].iter().map(|&d| HyperslabDimension { start: 0, stride: d, count: Some(1), block: Some(d) });
            let first = HyperslabDimension { start, stride, count: Some(count), block: Some(1) };
            Selection::Hyperslab(Hyperslab { dimensions: std::iter::once(first).chain(rest).collect() })
        };
        // Two sources: the rows before and after the cut, or even and odd rows.
        let (a, b) = if strided { (whole(0, rows.div_ceil(2), 2), whole(1, rows / 2, 2)) } else { (whole(0, cut, 1), whole(cut, rows - cut, 1)) };
        let world = {
            let mut world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
            for (name, part) in [("a", &a), ("b", &b)] {
                let data = expected(part, &dims, |n| n as u32);
                let mut shape = dims.clone();
                shape[0] = part.resolve(&dims).unwrap().element_count() / (total / rows);
                world.files.datasets.insert((format!("{name}.h5"), "x".into()), Arc::new(compact(&shape, data)));
            }
            world
        };
        let mapping = |file: &str, virtual_selection: Selection| VirtualMapping {
            source_file: file.into(), source_dataset: "x".into(), source_selection: Selection::All, virtual_selection,
        };
        let mappings = vec![mapping("a.h5", a), mapping("b.h5", b), mapping("missing.h5", whole(0, rows, 1))];
        let info = info(&dims, u32_type(), Layout::Virtual { mappings });
        let dataset = StoredDataset::open(&world.context(), info, RawStorage::Virtual, &Registry::standard()).unwrap();
        prop_assert_eq!(world.read(&dataset, &selection).unwrap(), expected(&selection, &dims, |n| n as u32));
    }
}

/// A compact dataset in a file of its own.
#[derive(Debug)]
struct Source(World, StoredDataset);

fn compact(dims: &[u64], data: Vec<u8>) -> Source {
    let world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
    let info = info(dims, u32_type(), Layout::Compact);
    let raw = RawStorage::Compact { data };
    let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
    Source(world, dataset)
}

impl SourceDataset for Source {
    fn info(&self) -> &DatasetInfo {
        self.1.info()
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        self.1.read(&self.0.context(), selection, memory, out, heap)
    }
}

fn open_compact(world: &World, dims: &[u64], datatype: Datatype, data: Vec<u8>) -> StoredDataset {
    let mut info = info(dims, datatype, Layout::Compact);
    info.fill.definition = FillDefinition::Default;
    let raw = RawStorage::Compact { data };
    StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap()
}

fn one_chunk(stored: ChunkLocation, filters: Vec<FilterInfo>, bytes: Vec<u8>) -> (World, StoredDataset) {
    let world = World::new(Arc::new(MemoryVfd::new(bytes)));
    let index = Index(BTreeMap::from([(vec![0], stored)]));
    let raw = RawStorage::Chunked { index: Arc::new(index), element_size: 4 };
    let mut info = info(&[4], u32_type(), layout(&[4]));
    info.filters = filters;
    let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
    (world, dataset)
}

#[test]
fn a_missing_filter_is_named_and_a_masked_one_is_not_needed() {
    let filter = FilterInfo { id: 305, flags: 1, name: None, client_data: vec![] };
    let mut stored = ChunkLocation { address: Address(0), stored_bytes: 16, filter_mask: 0 };
    let (world, dataset) = one_chunk(stored, vec![filter.clone()], vec![9; 16]);
    let error = world.read(&dataset, &Selection::All).unwrap_err();
    assert_eq!(error.kind(), h5_types::ErrorKind::Unsupported);
    assert!(error.to_string().to_lowercase().contains("filter 305"), "{error}");
    stored.filter_mask = 1;
    let (world, dataset) = one_chunk(stored, vec![filter], vec![9; 16]);
    assert_eq!(world.read(&dataset, &Selection::All).unwrap(), [9; 16]);
}

#[test]
fn a_chunk_of_another_decoded_size_is_an_error() {
    let stage = |id| Stage { id, flags: 0, name: None, client_data: vec![4] };
    let pipeline = Pipeline::new([stage(1)], &Registry::standard());
    for bytes in [12, 20] {
        let (stored, _) = pipeline.encode(&vec![1; bytes], &mut Scratch::default()).unwrap();
        let place = ChunkLocation { address: Address(0), stored_bytes: stored.len() as u64, filter_mask: 0 };
        let filter = FilterInfo { id: 1, flags: 0, name: None, client_data: vec![4] };
        let (world, dataset) = one_chunk(place, vec![filter], stored);
        assert!(world.read(&dataset, &Selection::All).is_err(), "{bytes}");
    }
}

#[test]
fn a_chunk_past_the_end_of_the_file_is_an_error() {
    let filter = FilterInfo { id: 1, flags: 0, name: None, client_data: vec![4] };
    for (address, stored_bytes) in [(8, 9), (0, u64::MAX), (u64::MAX, 1)] {
        let place = ChunkLocation { address: Address(address), stored_bytes, filter_mask: 0 };
        let (world, dataset) = one_chunk(place, vec![filter.clone()], vec![0; 16]);
        assert!(world.read(&dataset, &Selection::All).is_err());
        assert!(dataset.read_raw_chunk(&world.context(), &[0]).is_err());
    }
}

#[test]
fn chunk_table_and_raw_chunks() {
    let (bytes, index) = chunked(&[10], &[4], &deflate_shuffle(), false, |n| n != 1);
    let world = World::new(Arc::new(MemoryVfd::new(bytes.clone())));
    let mut info = info(&[10], u32_type(), layout(&[4]));
    info.filters = deflate_shuffle();
    let total: u64 = index.0.values().map(|c| c.stored_bytes).sum();
    let raw = RawStorage::Chunked { index: Arc::new(index), element_size: 4 };
    let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
    let mut offsets = Vec::new();
    dataset
        .chunks(&world.context(), &mut |c| {
            offsets.push(c.offset);
            Ok(())
        })
        .unwrap();
    assert_eq!(offsets, [[0], [8]]);
    assert_eq!(dataset.storage_bytes(&world.context()).unwrap(), total);
    let (chunk, stored) = dataset.read_raw_chunk(&world.context(), &[8]).unwrap();
    let start = chunk.address as usize;
    assert_eq!(stored, bytes[start..start + chunk.stored_bytes as usize]);
    let kind = |offset: &[u64]| dataset.read_raw_chunk(&world.context(), offset).unwrap_err().kind();
    assert_eq!(kind(&[4]), h5_types::ErrorKind::NotFound);
    assert_eq!(kind(&[3]), h5_types::ErrorKind::Usage);
    assert_eq!(kind(&[12]), h5_types::ErrorKind::Usage);
    assert_eq!(kind(&[0, 0]), h5_types::ErrorKind::Usage);
}

#[test]
fn external_files_follow_one_another_and_short_ones_end_in_zeros() {
    let mut world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
    world.files.raw.insert("a".into(), (0..20).collect());
    world.files.raw.insert("b".into(), vec![50, 51]);
    let file =
        |name: &str, offset_bytes, size_bytes| ExternalFile { name: name.into(), offset_bytes, size_bytes };
    let mut info = info(&[4], u32_type(), Layout::Contiguous);
    info.external = vec![file("a", 3, Some(6)), file("b", 0, None)];
    let open = |info: DatasetInfo| {
        let raw = RawStorage::Contiguous { address: None, size: Some(16) };
        StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap()
    };
    let read = world.read(&open(info.clone()), &Selection::All).unwrap();
    assert_eq!(read, [3, 4, 5, 6, 7, 8, 50, 51, 0, 0, 0, 0, 0, 0, 0, 0]);
    info.external[1].name = "missing".into();
    assert_eq!(world.read(&open(info), &Selection::All).unwrap_err().kind(), h5_types::ErrorKind::NotFound);
}

#[test]
fn unwritten_storage_reads_as_the_fill_value() {
    let world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
    for (definition, byte) in
        [(FillDefinition::User(vec![7; 4]), 7), (FillDefinition::Default, 0), (FillDefinition::Undefined, 0)]
    {
        let mut info = info(&[3], u32_type(), Layout::Contiguous);
        info.fill.definition = definition;
        let raw = RawStorage::Contiguous { address: None, size: None };
        let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
        assert_eq!(world.read(&dataset, &Selection::All).unwrap(), [byte; 12]);
        assert_eq!(dataset.storage_bytes(&world.context()).unwrap(), 0);
    }
}

#[test]
fn numbered_sources_end_at_the_first_that_is_missing() {
    let mut world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
    for number in [0, 1, 3] {
        let data = vec![number as u8; 8];
        world.files.datasets.insert((format!("f-{number}.h5"), "x".into()), Arc::new(compact(&[2], data)));
    }
    let unlimited = HyperslabDimension { start: 1, stride: 3, count: None, block: Some(2) };
    let mapping = VirtualMapping {
        source_file: "f-%b.h5".into(),
        source_dataset: "x".into(),
        source_selection: Selection::All,
        virtual_selection: Selection::Hyperslab(Hyperslab { dimensions: vec![unlimited] }),
    };
    let mut info = info(&[0], u32_type(), Layout::Virtual { mappings: vec![mapping] });
    info.dataspace = Dataspace::Simple { dimensions: vec![0], maximum: vec![None] };
    let dataset =
        StoredDataset::open(&world.context(), info, RawStorage::Virtual, &Registry::standard()).unwrap();
    assert_eq!(dataset.info().dataspace.dimensions(), [6]);
    let read = world.read(&dataset, &Selection::All).unwrap();
    let values: Vec<u32> = read.chunks(4).map(|b| u32::from_le_bytes(b.try_into().unwrap())).collect();
    assert_eq!(values, [u32::MAX, 0, 0, u32::MAX, 0x0101_0101, 0x0101_0101]);
}

#[test]
fn a_buffer_of_another_size_is_refused() {
    let world = World::new(Arc::new(MemoryVfd::new(Vec::new())));
    let dataset = open_compact(&world, &[3], u32_type(), vec![0; 12]);
    for bytes in [0, 11, 13] {
        let mut out = vec![0; bytes];
        let read =
            dataset.read(&world.context(), &Selection::All, &u32_type(), &mut out, &mut Heap::default());
        assert_eq!(read.unwrap_err().kind(), h5_types::ErrorKind::Usage);
    }
}

#[test]
fn threads_agree_with_one_thread() {
    // Many rows of chunks, so that each is a task's own; few, so that the result is shared. Both enough for threads.
    for (dims, chunk) in [([640, 300], [10, 70]), ([64, 3000], [60, 100])] {
        let (bytes, index) = chunked(&dims, &chunk, &deflate_shuffle(), false, |n| n % 7 != 3);
        let index = Arc::new(index);
        let open = |threads| {
            let mut world = World::new(Arc::new(MemoryVfd::new(bytes.clone())));
            world.threads = threads;
            let mut info = info(&dims, u32_type(), layout(&chunk));
            info.filters = deflate_shuffle();
            let raw = RawStorage::Chunked { index: index.clone(), element_size: 4 };
            let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
            (world, dataset)
        };
        let ((one, a), (many, b)) = (open(1), open(4));
        let strided = Selection::Hyperslab(Hyperslab {
            dimensions: dims
                .iter()
                .map(|d| HyperslabDimension { start: 1, stride: 3, count: Some((d - 1) / 3), block: Some(2) })
                .collect(),
        });
        let blocks = vec![
            Block { start: vec![0, 0], size: vec![60, 290] },
            Block { start: vec![7, 100], size: vec![50, 200] },
        ];
        for selection in [Selection::All, strided, Selection::Union(blocks)] {
            assert!(one.read(&a, &selection).unwrap() == many.read(&b, &selection).unwrap(), "{selection:?}");
        }
    }
}

/// Windows all over a dataset larger than the cache: chunks are dropped, come back, and are then kept packed.
#[test]
fn windows_of_packed_chunks_equal_a_loop() {
    let (dims, chunk) = ([640_u64, 640], [64_u64, 64]);
    let (bytes, index) = chunked(&dims, &chunk, &deflate_shuffle(), false, |n| n % 9 != 4);
    let mut world = World::new(Arc::new(MemoryVfd::new(bytes)));
    world.cache = ChunkCache::new(400 << 10);
    let mut info = info(&dims, u32_type(), layout(&chunk));
    info.filters = deflate_shuffle();
    let raw = RawStorage::Chunked { index: Arc::new(index), element_size: 4 };
    let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
    let mut state = 1_u64;
    let mut place = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % (640 - 40)
    };
    for _ in 0..400 {
        let window = Selection::from_block(&Block { start: vec![place(), place()], size: vec![40, 30] });
        let value = |n: u64| {
            let chunk = n / 640 / 64 * 10 + n % 640 / 64;
            if chunk % 9 == 4 { u32::MAX } else { n as u32 }
        };
        assert!(world.read(&dataset, &window).unwrap() == expected(&window, &dims, value), "{window:?}");
    }
    let Place::Chunked(storage) = &dataset.place else { panic!("chunked") };
    assert!(storage.packing.uses() > 100, "{:?}", storage.packing);
    assert!(world.cache.held_bytes() <= 400 << 10);
}
