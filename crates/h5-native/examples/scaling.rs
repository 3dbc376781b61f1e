//! Two threads that read compressed data of one file, and two that compress the chunks of one write, each against one thread, beside a
//! control: two threads that only compute, against one. The control says what the machine has to give at that moment.
//!
//! `cargo run --release -p h5-native --example scaling`
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    reason = "a measurement that cannot go on ends"
)]

use std::hint::black_box;
use std::sync::Arc;
use std::thread;
use std::time::Instant;

use h5_backend::File;
use h5_native::vfd::BufferVfd;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Block, Dataspace, FilterInfo, H5Type, NewDataset, NewLayout, Selection};

const FRAMES: u64 = 32;
const SIDE: u64 = 512;
const ROUNDS: usize = 7;

/// A file in memory with a dataset of frames, none of which is written.
fn file(threads: usize) -> File {
    let options = OpenOptions::new().chunk_cache_bytes(0).threads(threads);
    let vfd = Arc::new(BufferVfd::default());
    let file =
        File::from_backend(Arc::new(NativeFile::create_vfd(vfd, &CreateOptions::new(), &options).unwrap()));
    let dataspace = Dataspace::fixed([FRAMES, SIDE, SIDE]);
    let mut new = NewDataset::new(u16::datatype(), dataspace);
    new.layout = NewLayout::Chunked { chunk: vec![1, SIDE, SIDE], index: None };
    let filter =
        |id, client_data: &[u32]| FilterInfo { id, flags: 0, name: None, client_data: client_data.to_vec() };
    // As detectors' frames are compressed: shuffled, then deflated.
    new.filters = vec![filter(2, &[]), filter(1, &[4])];
    file.root().unwrap().create_dataset_from("frames", &new).unwrap();
    file
}

/// Frames of noise on a slope.
fn frames() -> Vec<u16> {
    let mut state = 1_u64;
    let pixel = |at: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (at % (SIDE * SIDE) / 64 + at / (SIDE * SIDE)) as u16 + (state >> 58) as u16
    };
    (0..FRAMES * SIDE * SIDE).map(pixel).collect()
}

/// All frames in one call, into a new file.
fn write(frames: &[u16], threads: usize) -> File {
    let file = file(threads);
    file.dataset("frames").unwrap().write(frames).unwrap();
    file.flush().unwrap();
    file
}

fn frame_selection(frame: u64) -> Selection {
    Selection::from_block(&Block { start: vec![frame, 0, 0], size: vec![1, SIDE, SIDE] })
}

/// Every second frame, from the first or the second on.
fn read(file: &File, first: u64, step: usize) {
    let data = file.dataset("frames").unwrap();
    for frame in (first..FRAMES).step_by(step) {
        black_box(data.read_selection::<u16>(&frame_selection(frame)).unwrap());
    }
}

fn spin(rounds: u64) {
    let mut state = 1_u64;
    for _ in 0..rounds {
        state = black_box(state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
    }
}

/// Does the two halves of something in a thread each.
fn halves(half: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for number in 0..2 {
            let half = &half;
            scope.spawn(move || half(number));
        }
    });
}

fn seconds(what: impl Fn()) -> f64 {
    let start = Instant::now();
    what();
    start.elapsed().as_secs_f64()
}

/// How many times faster two threads are than one, the work being the same.
fn scaling(name: &str, one: impl Fn(), two: impl Fn()) -> f64 {
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| seconds(&one) / seconds(&two)).collect();
    ratios.sort_by(f64::total_cmp);
    let (median, best) = (ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    println!("{name:<8} two threads are {median:.2} times one (median of {ROUNDS}; best {best:.2})");
    median
}

fn main() {
    const SPINS: u64 = 200_000_000;
    let frames = frames();
    let control = scaling("control", || spin(SPINS), || halves(|_| spin(SPINS / 2)));
    let file = write(&frames, 1);
    let reading = scaling("reading", || read(&file, 0, 1), || halves(|number| read(&file, number, 2)));
    let writing = scaling("writing", || drop(write(&frames, 1)), || drop(write(&frames, 2)));
    for (name, ratio) in [("reading", reading), ("writing", writing)] {
        println!("{name} scales by {:.0} % of what the control does", ratio / control * 100.0);
    }
}
