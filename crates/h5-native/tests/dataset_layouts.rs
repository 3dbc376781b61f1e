//! Every layout and chunk index that the C library writes reads as the same values (`tests/fixtures/dataset/make.py`).

use std::path::Path;
use std::sync::Arc;

use h5_backend::File;
use h5_native::{NativeFile, OpenOptions, StorageKind};
use h5_types::{
    ByteOrder, Datatype, Heap, Hyperslab, HyperslabDimension, IntegerType, Points, Result, Selection,
};

const DIMENSIONS: [u64; 2] = [10, 7];

fn open(storage: StorageKind, threads: usize) -> Result<File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/dataset/layouts.h5");
    let options = OpenOptions::new().storage(storage).threads(threads);
    Ok(File::from_backend(Arc::new(NativeFile::open(&path, &options)?)))
}

fn selections() -> Vec<Selection> {
    let along = |start, stride, count, block| HyperslabDimension {
        start,
        stride,
        count: Some(count),
        block: Some(block),
    };
    let slab = |dimensions| Selection::Hyperslab(Hyperslab { dimensions });
    vec![
        Selection::All,
        Selection::None,
        slab(vec![along(1, 3, 3, 2), along(0, 2, 4, 1)]),
        slab(vec![along(3, 1, 1, 5), along(2, 1, 1, 3)]),
        Selection::Points(Points { rank: 2, coordinates: vec![9, 6, 0, 0, 9, 6, 4, 3] }),
    ]
}

/// Reads as 64-bit integers of this machine, so that byte order and size are converted too.
fn read(file: &File, name: &str, selection: &Selection) -> Result<Vec<i64>> {
    let memory = Datatype::Integer(IntegerType::plain(8, true, ByteOrder::Little));
    let count = selection.element_count(&DIMENSIONS)?;
    let mut out = vec![0xa5; usize::try_from(count).unwrap_or(0).saturating_mul(8)];
    file.dataset(name)?.read_raw(selection, &memory, &mut out, &mut Heap::default())?;
    Ok(out.as_chunks::<8>().0.iter().map(|b| i64::from_le_bytes(*b)).collect())
}

fn expected(selection: &Selection, value: impl Fn(i64) -> i64) -> Result<Vec<i64>> {
    let resolved = selection.resolve(&DIMENSIONS)?;
    let numbers = resolved.runs()?.flat_map(|r| r.offset..r.offset.saturating_add(r.length));
    Ok(numbers.map(|n| value(i64::try_from(n).unwrap_or(i64::MAX))).collect())
}

const DATASETS: [&str; 11] = [
    "contiguous",
    "compact",
    "single",
    "single_deflate",
    "fixed_array",
    "fixed_array_deflate",
    "extensible_array",
    "extensible_array_deflate",
    "btree_v2",
    "btree_v2_deflate",
    "virtual",
];

#[test]
fn every_layout_reads_the_same_values() -> Result<()> {
    for (storage, threads) in [(StorageKind::File, 1), (StorageKind::File, 4), (StorageKind::Memory, 1)] {
        let file = open(storage, threads)?;
        for name in DATASETS {
            assert_eq!(file.dataset(name)?.shape()?, DIMENSIONS, "{name}");
            for selection in selections() {
                let values = expected(&selection, |n| n.saturating_mul(3).saturating_add(1))?;
                assert_eq!(read(&file, name, &selection)?, values, "{name} {selection:?}");
            }
        }
    }
    Ok(())
}

#[test]
fn rows_that_were_never_written_are_the_fill_value() -> Result<()> {
    let file = open(StorageKind::File, 1)?;
    for selection in selections() {
        let value = |n: i64| if n < 28 { -9 } else { n.saturating_mul(3).saturating_add(1) };
        assert_eq!(read(&file, "partial", &selection)?, expected(&selection, value)?, "{selection:?}");
    }
    Ok(())
}
