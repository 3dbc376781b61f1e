//! Datasets in chunks, written, resized and appended to, against an array in memory.
#![allow(
    clippy::unwrap_used,
    clippy::type_complexity,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

use std::sync::Arc;

use h5_backend::{Backend, Dataset, DatasetNode, File, Node};
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{
    AllocationTime, Block, ChunkIndexKind, Dataspace, FillDefinition, FilterInfo, H5Type, Heap, LibverBounds,
    NewDataset, NewLayout, Selection,
};

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// An array of the same extent in memory.
#[derive(Clone)]
struct Model {
    dimensions: Vec<u64>,
    values: Vec<i32>,
    fill: i32,
}

impl Model {
    fn new(dimensions: &[u64], fill: i32) -> Self {
        let count: u64 = dimensions.iter().product();
        Self { dimensions: dimensions.to_vec(), values: vec![fill; count as usize], fill }
    }

    fn linear(dimensions: &[u64], at: &[u64]) -> usize {
        at.iter().zip(dimensions).fold(0, |number, (x, size)| number * size + x) as usize
    }

    fn each(start: &[u64], size: &[u64], visit: &mut dyn FnMut(&[u64])) {
        let count: u64 = size.iter().product();
        for number in 0..count {
            let (mut rest, mut at) = (number, start.to_vec());
            for (x, size) in at.iter_mut().zip(size).rev() {
                *x += rest % size;
                rest /= size;
            }
            visit(&at);
        }
    }

    fn write(&mut self, start: &[u64], size: &[u64], values: &[i32]) {
        let mut values = values.iter();
        let dimensions = self.dimensions.clone();
        Self::each(start, size, &mut |at| {
            self.values[Self::linear(&dimensions, at)] = *values.next().unwrap()
        });
    }

    fn resize(&mut self, dimensions: &[u64]) {
        let mut after = Self::new(dimensions, self.fill);
        let common: Vec<u64> = self.dimensions.iter().zip(dimensions).map(|(a, b)| *a.min(b)).collect();
        Self::each(&vec![0; common.len()], &common, &mut |at| {
            after.values[Self::linear(dimensions, at)] = self.values[Self::linear(&self.dimensions, at)];
        });
        *self = after;
    }
}

fn bytes(values: &[i32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn filter(id: u16, client_data: Vec<u32>) -> FilterInfo {
    FilterInfo { id, flags: 1, name: None, client_data }
}

fn read(file: &NativeFile, name: &str) -> (Vec<u64>, Vec<i32>) {
    let dataset = File::from_backend(Arc::new(file.clone())).dataset(name).unwrap();
    let elements = dataset.elements(&Selection::All).unwrap();
    let values = elements.bytes.chunks_exact(4).map(|b| i32::from_le_bytes(b.try_into().unwrap())).collect();
    (dataset.shape().unwrap(), values)
}

/// One kind of dataset to be tried.
#[derive(Debug, Clone)]
struct Case {
    index: ChunkIndexKind,
    filters: Vec<FilterInfo>,
    chunk: Vec<u64>,
    dimensions: Vec<u64>,
    maximum: Vec<Option<u64>>,
    bounds: LibverBounds,
    early: bool,
    fill: i32,
}

struct Trial {
    vfd: Arc<BufferVfd>,
    file: NativeFile,
    options: OpenOptions,
}

impl Trial {
    fn new(bounds: LibverBounds) -> Self {
        let vfd = Arc::new(BufferVfd::default());
        let options = OpenOptions::new().bounds(bounds);
        let file = NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &options)
            .unwrap();
        Self { vfd, file, options }
    }

    fn create(&self, name: &str, dataset: &NewDataset) -> Dataset {
        File::from_backend(Arc::new(self.file.clone()))
            .root()
            .unwrap()
            .create_dataset_from(name, dataset)
            .unwrap()
    }

    fn node(&self) -> Arc<dyn Node> {
        let root = self.file.open(self.file.root()).unwrap();
        let link = root.as_group().unwrap().link(b"d").unwrap().unwrap();
        let h5_types::LinkTarget::Hard(token) = link.target else { panic!("not a hard link") };
        self.file.open(token).unwrap()
    }

    fn reopen(&mut self) {
        self.file.close().unwrap();
        let vfd = Arc::new(BufferVfd::new(self.vfd.to_bytes()));
        self.vfd = Arc::clone(&vfd);
        self.file = NativeFile::open_writable_vfd(vfd, &self.options).unwrap();
    }

    /// The file as whoever opens it after the last flush finds it.
    fn stored(&self) -> NativeFile {
        NativeFile::open_vfd(Arc::new(BufferVfd::new(self.vfd.to_bytes())), &OpenOptions::new()).unwrap()
    }
}

fn new_dataset(case: &Case) -> NewDataset {
    let extent = Dataspace::Simple { dimensions: case.dimensions.clone(), maximum: case.maximum.clone() };
    let mut new = NewDataset::new(i32::datatype(), extent);
    new.layout = NewLayout::Chunked { chunk: case.chunk.clone(), index: Some(case.index) };
    new.filters.clone_from(&case.filters);
    if case.fill != 0 {
        new.fill = FillDefinition::User(case.fill.to_le_bytes().to_vec());
    }
    if case.early {
        new.allocation_time = Some(AllocationTime::Early);
    }
    new
}

/// A writer that is killed now leaves what was flushed, and whoever lets the dataset grow then finds the fill value.
fn check_killed(trial: &Trial, case: &Case, flushed: &Model, at: &str) {
    let (dimensions, values) = read(&trial.stored(), "d");
    assert_eq!(dimensions, flushed.dimensions, "{at}: killed");
    assert!(values == flushed.values, "{at}: killed");
    let mut grown = flushed.clone();
    let mut dimensions = flushed.dimensions.clone();
    dimensions[0] = case.maximum[0].unwrap_or(dimensions[0] + 9);
    grown.resize(&dimensions);
    let vfd = Arc::new(BufferVfd::new(trial.vfd.to_bytes()));
    let file = NativeFile::open_writable_vfd(vfd, &trial.options).unwrap();
    File::from_backend(Arc::new(file.clone())).dataset("d").unwrap().resize(&dimensions).unwrap();
    assert!(read(&file, "d") == (grown.dimensions, grown.values), "{at}: killed and grown");
}

/// Writes boxes, points and raw chunks, resizes and appends at random; flushes and opens anew now and then.
fn try_case(case: &Case, seed: u64, steps: u64) {
    let mut random = Random(seed);
    let mut trial = Trial::new(case.bounds);
    trial.create("d", &new_dataset(case));
    trial.file.flush().unwrap();
    let mut model = Model::new(&case.dimensions, case.fill);
    let mut flushed = model.clone();
    let mut node = trial.node();
    let memory = i32::datatype();
    let mut next = 1;
    let index = match &node.as_dataset().unwrap().info().unwrap().layout {
        h5_types::Layout::Chunked { index, .. } => *index,
        _ => panic!("not chunked"),
    };
    assert_eq!(index, case.index, "{case:?}");
    for step in 0..steps {
        let dataset: &dyn DatasetNode = node.as_dataset().unwrap();
        match random.below(12) {
            0..6 if model.values.is_empty() => {}
            0..6 => {
                let pick = |size: &u64, random: &mut Random| {
                    let start = random.below(*size);
                    (start, 1 + random.below(size - start))
                };
                let (start, size): (Vec<u64>, Vec<u64>) = if random.below(5) == 0 {
                    (vec![0; model.dimensions.len()], model.dimensions.clone())
                } else {
                    model.dimensions.iter().map(|d| pick(d, &mut random)).unzip()
                };
                let count: u64 = size.iter().product();
                let values: Vec<i32> = (0..count as i32).map(|i| next + i / 7).collect();
                next += count as i32;
                let selection = Selection::from_block(&Block { start: start.clone(), size: size.clone() });
                dataset.write(&selection, &memory, &bytes(&values), &Heap::default()).unwrap();
                model.write(&start, &size, &values);
            }
            6 | 7 => {
                let most = |most: &Option<u64>| most.unwrap_or(40);
                let dimensions: Vec<u64> = model
                    .dimensions
                    .iter()
                    .zip(&case.maximum)
                    .map(|(&now, max)| if random.below(2) == 0 { now } else { random.below(most(max) + 1) })
                    .collect();
                dataset.resize(&dimensions).unwrap();
                model.resize(&dimensions);
            }
            8 | 9 => {
                let axis = random.below(model.dimensions.len() as u64) as usize;
                let count = 1 + random.below(3);
                let mut dimensions = model.dimensions.clone();
                dimensions[axis] += count;
                let room = case.maximum[axis].unwrap_or(60);
                let mut start = vec![0; dimensions.len()];
                start[axis] = model.dimensions[axis];
                let mut size = model.dimensions.clone();
                size[axis] = count;
                let values = vec![next; size.iter().product::<u64>() as usize];
                next += 1;
                let appended = dataset.append(axis, count, &memory, &bytes(&values), &Heap::default());
                if case.maximum[axis].is_some() && dimensions[axis] > room {
                    assert!(appended.is_err());
                } else {
                    appended.unwrap();
                    model.resize(&dimensions);
                    model.write(&start, &size, &values);
                }
            }
            10 => {
                trial.file.flush().unwrap();
                flushed = model.clone();
            }
            _ => {
                trial.reopen();
                flushed = model.clone();
                node = trial.node();
            }
        }
        if random.below(3) == 0 {
            let (dimensions, values) = read(&trial.file, "d");
            assert_eq!(dimensions, model.dimensions, "{case:?} seed {seed} step {step}");
            assert!(values == model.values, "{case:?} seed {seed} step {step}");
        }
        // Elements of an implicit index are overwritten in place.
        if random.below(4) == 0 && index != ChunkIndexKind::Implicit {
            check_killed(&trial, case, &flushed, &format!("{case:?} seed {seed} step {step}"));
        }
        if random.below(6) == 0 {
            trial.file.flush().unwrap();
            flushed = model.clone();
            let (dimensions, values) = read(&trial.stored(), "d");
            assert_eq!(dimensions, model.dimensions, "{case:?} seed {seed} step {step}");
            assert!(values == model.values, "{case:?} seed {seed} step {step}: stored");
        }
    }
    trial.file.close().unwrap();
    assert!(
        read(&trial.stored(), "d") == (model.dimensions.clone(), model.values.clone()),
        "{case:?} seed {seed}"
    );
    if let Ok(path) = std::env::var("H5_KEEP") {
        let filtered = case.filters.len();
        let name =
            format!("{path}/{:?}-{:?}-{filtered}-{}-{seed}", case.bounds, case.index, case.chunk.len());
        std::fs::write(format!("{name}.h5"), trial.vfd.to_bytes()).unwrap();
        std::fs::write(format!("{name}.raw"), bytes(&model.values)).unwrap();
    }
}

fn filter_sets() -> [Vec<FilterInfo>; 3] {
    [vec![], vec![filter(2, vec![4]), filter(1, vec![4])], vec![filter(3, vec![])]]
}

fn try_index(index: ChunkIndexKind, bounds: LibverBounds, extents: &[(&[u64], &[u64], &[Option<u64>])]) {
    for (number, filters) in (0_u64..).zip(filter_sets()) {
        for (which, (chunk, dimensions, maximum)) in (0_u64..).zip(extents) {
            for early in [false, true] {
                if index == ChunkIndexKind::Implicit && (!early || !filters.is_empty()) {
                    continue;
                }
                let case = Case {
                    index,
                    filters: filters.clone(),
                    chunk: chunk.to_vec(),
                    dimensions: dimensions.to_vec(),
                    maximum: maximum.to_vec(),
                    bounds,
                    early,
                    fill: if number == 1 { -7 } else { 0 },
                };
                for seed in 0..2 {
                    try_case(&case, number * 100 + which * 10 + seed + 1000 * u64::from(early), 50);
                }
            }
        }
    }
}

#[test]
fn single_chunks_hold_what_was_written() {
    let fixed: [(&[u64], &[u64], &[Option<u64>]); 2] =
        [(&[10], &[10], &[Some(10)]), (&[5, 6], &[5, 6], &[Some(5), Some(6)])];
    try_index(ChunkIndexKind::Single, LibverBounds::V110, &fixed);
}

#[test]
fn implicit_indexes_hold_what_was_written() {
    let fixed: [(&[u64], &[u64], &[Option<u64>]); 3] = [
        (&[4], &[10], &[Some(30)]),
        (&[3, 4], &[5, 6], &[Some(9), Some(9)]),
        (&[2, 2, 2], &[3, 4, 5], &[Some(5), Some(5), Some(5)]),
    ];
    try_index(ChunkIndexKind::Implicit, LibverBounds::V110, &fixed);
}

#[test]
fn fixed_arrays_hold_what_was_written() {
    let fixed: [(&[u64], &[u64], &[Option<u64>]); 4] = [
        (&[4], &[10], &[Some(30)]),
        (&[3, 4], &[5, 6], &[Some(9), Some(9)]),
        (&[2, 2, 2], &[3, 4, 5], &[Some(5), Some(5), Some(5)]),
        // Pages.
        (&[1, 3], &[5, 6], &[Some(50), Some(90)]),
    ];
    try_index(ChunkIndexKind::FixedArray, LibverBounds::V110, &fixed);
}

#[test]
fn large_fixed_arrays_hold_what_was_written() {
    let fixed: [(&[u64], &[u64], &[Option<u64>]); 1] = [(&[1, 3], &[5, 6], &[Some(500), Some(90)])];
    try_index(ChunkIndexKind::FixedArray, LibverBounds::V110, &fixed);
}

#[test]
fn extensible_arrays_hold_what_was_written() {
    let growing: [(&[u64], &[u64], &[Option<u64>]); 4] = [
        (&[4], &[0], &[None]),
        (&[1], &[10], &[None]),
        (&[3, 4], &[5, 6], &[Some(9), None]),
        (&[1, 2, 1], &[3, 4, 5], &[None, Some(5), Some(5)]),
    ];
    try_index(ChunkIndexKind::ExtensibleArray, LibverBounds::V110, &growing);
}

#[test]
fn version_2_trees_hold_what_was_written() {
    let growing: [(&[u64], &[u64], &[Option<u64>]); 3] = [
        (&[3, 4], &[5, 6], &[None, None]),
        (&[1, 1], &[5, 6], &[None, None]),
        (&[1, 2, 2], &[3, 4, 5], &[None, Some(5), None]),
    ];
    try_index(ChunkIndexKind::BTreeV2, LibverBounds::V110, &growing);
}

#[test]
fn version_1_trees_hold_what_was_written() {
    let growing: [(&[u64], &[u64], &[Option<u64>]); 5] = [
        (&[4], &[0], &[None]),
        (&[1], &[10], &[None]),
        (&[3, 4], &[5, 6], &[Some(9), None]),
        (&[1, 1], &[5, 6], &[None, None]),
        (&[1, 2, 1], &[3, 4, 5], &[None, Some(5), Some(5)]),
    ];
    try_index(ChunkIndexKind::BTreeV1, LibverBounds::V18, &growing);
    try_index(ChunkIndexKind::BTreeV1, LibverBounds::Earliest, growing.get(2..3).unwrap());
}

fn plain_case(index: ChunkIndexKind, filters: Vec<FilterInfo>, dimensions: u64, chunk: u64) -> Case {
    let (dimensions, chunk, maximum) = (vec![dimensions], vec![chunk], vec![None]);
    let bounds = if index == ChunkIndexKind::BTreeV1 { LibverBounds::V18 } else { LibverBounds::V110 };
    Case { index, filters, chunk, dimensions, maximum, bounds, early: false, fill: 0 }
}

#[test]
fn overwriting_a_chunk_does_not_let_the_file_grow() {
    for index in [ChunkIndexKind::BTreeV1, ChunkIndexKind::ExtensibleArray] {
        let trial = Trial::new(plain_case(index, vec![], 1, 1).bounds);
        trial.create("d", &new_dataset(&plain_case(index, filter_sets()[1].clone(), 256, 64)));
        let (node, memory, mut random) = (trial.node(), i32::datatype(), Random(1));
        let dataset = node.as_dataset().unwrap();
        for round in 0..20_000_u64 {
            let start = random.below(4) * 64;
            let values: Vec<i32> = (0..64).map(|_| random.below(1 + round % 5000) as i32).collect();
            let selection = Selection::from_block(&Block { start: vec![start], size: vec![64] });
            dataset.write(&selection, &memory, &bytes(&values), &Heap::default()).unwrap();
            if round % 3 == 0 && round > 10_000 {
                trial.file.flush().unwrap();
            }
        }
        trial.file.flush().unwrap();
        let length = trial.vfd.to_bytes().len();
        assert!(length < 64 << 10, "{index:?}: {length} bytes");
    }
}

#[test]
fn appended_rows_go_where_they_belong() {
    let trial = Trial::new(LibverBounds::V110);
    trial.create("d", &new_dataset(&plain_case(ChunkIndexKind::ExtensibleArray, vec![], 0, 64)));
    let (node, memory) = (trial.node(), i32::datatype());
    let dataset = node.as_dataset().unwrap();
    let append = |value: i32| dataset.append(0, 1, &memory, &bytes(&[value]), &Heap::default()).unwrap();
    let mut changed = Vec::new();
    for row in 0..64 {
        let before = trial.vfd.to_bytes();
        append(row);
        trial.file.flush().unwrap();
        let after = trial.vfd.to_bytes();
        assert_eq!(
            read(&trial.stored(), "d"),
            (vec![u64::from(row.unsigned_abs()) + 1], (0..=row).collect())
        );
        let same = before.iter().zip(&after).filter(|(before, after)| before == after).count();
        changed.push(after.len() - same);
    }
    // The row, the extent and a checksum. The first row brings the chunk and the index.
    assert!(changed[1..].iter().all(|&bytes| bytes <= 4 + 8 + 4), "{changed:?}");
}

#[test]
fn raw_chunks_and_points_are_written_too() {
    for index in [ChunkIndexKind::BTreeV1, ChunkIndexKind::ExtensibleArray] {
        let case = plain_case(index, filter_sets()[1].clone(), 10, 4);
        let trial = Trial::new(case.bounds);
        trial.create("d", &new_dataset(&case));
        let (node, memory) = (trial.node(), i32::datatype());
        let dataset = node.as_dataset().unwrap();
        // Both filters are left out.
        dataset.write_raw_chunk(&[4], 3, &bytes(&[1, 2, 3, 4])).unwrap();
        assert!(dataset.write_raw_chunk(&[3], 3, &bytes(&[1, 2, 3, 4])).is_err());
        assert!(dataset.write_raw_chunk(&[12], 3, &bytes(&[1, 2, 3, 4])).is_err());
        let points = Selection::Points(h5_types::Points { rank: 1, coordinates: vec![9, 0, 5, 0] });
        dataset.write(&points, &memory, &bytes(&[7, 8, 9, 8]), &Heap::default()).unwrap();
        assert!(dataset.write(&points, &memory, &bytes(&[7]), &Heap::default()).is_err());
        assert!(dataset.append(0, 2, &memory, &bytes(&[7]), &Heap::default()).is_err());
        assert!(dataset.append(1, 2, &memory, &bytes(&[7]), &Heap::default()).is_err());
        let expected = (vec![10], vec![8, 0, 0, 0, 1, 9, 3, 4, 0, 7]);
        assert_eq!(read(&trial.file, "d"), expected);
        trial.file.close().unwrap();
        assert_eq!(read(&trial.stored(), "d"), expected);
    }
}

#[test]
fn a_filter_that_is_missing_is_found_out_before_anything_changes() {
    let mut case = plain_case(ChunkIndexKind::BTreeV1, vec![], 10, 4);
    case.filters = vec![FilterInfo { id: 40_000, flags: 0, name: None, client_data: vec![] }];
    let trial = Trial::new(case.bounds);
    let file = File::from_backend(Arc::new(trial.file.clone()));
    let Ok(dataset) = file.root().unwrap().create_dataset_from("d", &new_dataset(&case)) else { return };
    let selection = Selection::from_block(&Block { start: vec![0], size: vec![4] });
    let written = dataset.write_raw(&selection, &i32::datatype(), &bytes(&[1, 2, 3, 4]), &Heap::default());
    assert_eq!(written.unwrap_err().kind(), h5_types::ErrorKind::Unsupported);
    trial.file.flush().unwrap();
    assert_eq!(dataset.shape().unwrap(), [10]);
}

#[test]
fn the_space_of_a_removed_dataset_is_used_again() {
    for index in [ChunkIndexKind::BTreeV1, ChunkIndexKind::ExtensibleArray, ChunkIndexKind::BTreeV2] {
        let mut case = plain_case(index, vec![], 1000, 10);
        if index == ChunkIndexKind::BTreeV2 {
            (case.dimensions, case.maximum, case.chunk) = (vec![1000, 1], vec![None, None], vec![10, 1]);
        }
        let trial = Trial::new(case.bounds);
        let root = trial.file.open(trial.file.root()).unwrap();
        let values: Vec<i32> = (0..1000).collect();
        for _ in 0..30 {
            let dataset = trial.create("d", &new_dataset(&case));
            dataset.write_raw(&Selection::All, &i32::datatype(), &bytes(&values), &Heap::default()).unwrap();
            trial.file.flush().unwrap();
            root.as_group().unwrap().remove_link(b"d").unwrap();
            trial.file.flush().unwrap();
        }
        let length = trial.vfd.to_bytes().len();
        assert!(length < 40_000, "{index:?}: {length} bytes");
    }
}

/// Each flush needs a place for the chunk beside the one that the last commit uses; which one that was before is free again.
#[test]
fn a_compressed_chunk_that_is_overwritten_again_and_again_takes_a_bounded_space() {
    let overwrites = if cfg!(debug_assertions) { 2_000 } else { 100_000_u64 };
    let vfd = Arc::new(BufferVfd::default());
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let native =
        NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native));
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([256]));
    new.layout = NewLayout::Chunked { chunk: vec![256], index: None };
    new.filters = vec![FilterInfo { id: 1, flags: 0, name: None, client_data: vec![1] }];
    let dataset = file.root().unwrap().create_dataset_from("d", &new).unwrap();
    let mut random = Random(1);
    let mut largest = 0;
    for number in 0..overwrites {
        // From nearly nothing to nearly as long as it is without the filter.
        let noise = random.below(257) as usize;
        let values: Vec<i32> =
            (0..256).map(|i| if i < noise { random.below(1 << 31) as i32 } else { 0 }).collect();
        dataset.write(&values).unwrap();
        file.flush().unwrap();
        let length = vfd.len().unwrap();
        if number == 500 {
            largest = length;
        }
        assert!(number < 500 || length <= largest + 4096, "{length} bytes after {number} overwrites");
    }
}
