//! What reading costs, part by part.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "benchmarks, not a library"
)]

use std::ops::ControlFlow;

use divan::{Bencher, black_box, counter::BytesCount};
use h5::filters::{Pipeline, Registry, Scratch, Stage};
use h5::{Block, Converter, File, Group, H5Type, Heap, ObjectKind, Order, Selection};
use h5_bench::{Image, SHUFFLE_DEFLATE, pixels};

fn main() {
    divan::main();
}

const SCAN: &[u8] = include_bytes!("../../../tests/fixtures/pymodaq/scan.h5");
const GROUP: &[u8] = include_bytes!("../../../tests/fixtures/trees/group_latest.h5");
const STRINGS: &[u8] = include_bytes!("../../../tests/fixtures/trees/vlen_8.h5");
const SIDE: u64 = 1024;

#[divan::bench]
fn open(bencher: Bencher<'_, '_>) {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/pymodaq/scan.h5");
    bencher.bench(|| File::open(path).unwrap());
}

#[divan::bench(args = ["scan", "group"])]
fn walk(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = if name == "scan" { SCAN } else { GROUP };
    bencher
        .with_inputs(|| File::from_bytes(bytes).unwrap())
        .bench_refs(|file| objects(&file.root().unwrap()));
}

/// Objects below a group, each opened with its attributes.
fn objects(group: &Group) -> usize {
    let mut count = 0;
    let visit = &mut |link: h5::Result<h5::Link>| {
        if let Ok(object) = link.and_then(|link| group.follow(&link)) {
            count += 1 + object.attributes(Order::Native).unwrap().len();
            if object.kind() == ObjectKind::Group {
                count += objects(&object.into_group().unwrap());
            }
        }
        ControlFlow::Continue(())
    };
    group.visit_links(Order::Native, None, visit).unwrap();
    count
}

#[divan::bench]
fn contiguous(bencher: Bencher<'_, '_>) {
    whole::<f32>(bencher, &Image::new(SIDE, None, &[], 0).unwrap());
}

#[divan::bench]
fn contiguous_to_f64(bencher: Bencher<'_, '_>) {
    whole::<f64>(bencher, &Image::new(SIDE, None, &[], 0).unwrap());
}

#[divan::bench(args = [1, 2])]
fn deflated_threads(bencher: Bencher<'_, '_>, threads: usize) {
    whole::<f32>(bencher, &Image::new(SIDE, Some(128), SHUFFLE_DEFLATE, 0).unwrap().with_threads(threads));
}

fn whole<T: H5Type>(bencher: Bencher<'_, '_>, image: &Image) {
    let pixels = usize::try_from(SIDE * SIDE).unwrap();
    let mut out = vec![0; pixels * T::SIZE];
    bencher
        .counter(BytesCount::new(pixels * 4))
        .bench_local(|| image.read::<T>(&Selection::All, &mut out).unwrap());
}

/// Small windows all over an image: with room in the cache for all of it, for a part, and for nothing.
#[divan::bench(args = [8 << 20, 1 << 20, 0])]
fn windows(bencher: Bencher<'_, '_>, cache_bytes: usize) {
    let image = Image::new(SIDE, Some(128), SHUFFLE_DEFLATE, cache_bytes).unwrap();
    let mut out = vec![0; 32 * 32 * 4];
    let mut place = 1_u64;
    bencher.bench_local(|| {
        place = place.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let start = vec![(place >> 20) % (SIDE - 32), (place >> 40) % (SIDE - 32)];
        image.read::<f32>(&Selection::from_block(&Block { start, size: vec![32, 32] }), &mut out).unwrap();
    });
}

/// Everything that a file of variable-length strings and sequences holds.
#[divan::bench]
fn strings(bencher: Bencher<'_, '_>) {
    let file = File::from_bytes(STRINGS).unwrap();
    let root = file.root().unwrap();
    let datasets: Vec<_> = root
        .links(Order::Name)
        .unwrap()
        .into_iter()
        .filter_map(|link| root.follow(&link.unwrap()).unwrap().into_dataset().ok())
        .collect();
    assert!(!datasets.is_empty());
    bencher.bench(|| datasets.iter().map(|d| d.elements(&Selection::All).unwrap().count()).sum::<usize>());
}

#[divan::bench]
fn convert_f32_to_i16(bencher: Bencher<'_, '_>) {
    let source = pixels(256, (0, 0), 256);
    let converter = Converter::new(&f32::datatype(), &i16::datatype()).unwrap();
    let (mut out, none, mut heap) = (vec![0; source.len() / 2], Heap::default(), Heap::default());
    bencher
        .counter(BytesCount::new(source.len()))
        .bench_local(|| converter.convert(black_box(&source), &none, &mut out, &mut heap).unwrap());
}

/// Registered numbers: shuffle, deflate, LZF, Fletcher-32, LZ4, bitshuffle with LZ4, Zstandard.
#[divan::bench(args = [2, 1, 32000, 3, 32004, 32008, 32015])]
fn unfilter(bencher: Bencher<'_, '_>, id: u16) {
    let source = pixels(256, (0, 0), 256);
    let client_data = match id {
        1 | 2 => vec![4],
        32008 => vec![0, 0, 4, 0, 2],
        _ => Vec::new(),
    };
    let pipeline = Pipeline::new([Stage { id, flags: 0, name: None, client_data }], &Registry::standard());
    let mut scratch = Scratch::default();
    let (stored, mask) = pipeline.encode(&source, &mut scratch).unwrap();
    let mut out = vec![0; source.len()];
    bencher
        .counter(BytesCount::new(source.len()))
        .bench_local(|| pipeline.decode_into(mask, black_box(&stored), &mut out, &mut scratch).unwrap());
}
