//! Two threads that read compressed data of one file, against one thread, beside a control: two threads that only compute, against one.
//! The control says what the machine has to give at that moment.
//!
//! `cargo run --release -p h5-native --example read_scaling`
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
use h5_types::{Block, Dataspace, Elements, FilterInfo, H5Type, NewDataset, NewLayout, Selection};

const FRAMES: u64 = 32;
const SIDE: u64 = 512;
const ROUNDS: usize = 7;

/// Frames of noise on a slope, compressed as detectors' are: shuffled, then deflated.
fn file() -> File {
    let options = OpenOptions::new().chunk_cache_bytes(0).threads(1);
    let vfd = Arc::new(BufferVfd::default());
    let file =
        File::from_backend(Arc::new(NativeFile::create_vfd(vfd, &CreateOptions::new(), &options).unwrap()));
    let dataspace = Dataspace::fixed([FRAMES, SIDE, SIDE]);
    let mut new = NewDataset::new(u16::datatype(), dataspace);
    new.layout = NewLayout::Chunked { chunk: vec![1, SIDE, SIDE], index: None };
    let filter =
        |id, client_data: &[u32]| FilterInfo { id, flags: 0, name: None, client_data: client_data.to_vec() };
    new.filters = vec![filter(2, &[]), filter(1, &[4])];
    let data = file.root().unwrap().create_dataset_from("frames", &new).unwrap();
    let mut state = 1_u64;
    for frame in 0..FRAMES {
        let values: Vec<u16> = (0..SIDE * SIDE)
            .map(|at| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (at / 64 + frame) as u16 + (state >> 58) as u16
            })
            .collect();
        data.write_elements(&frame_selection(frame), &Elements::from_values(&values).unwrap()).unwrap();
    }
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

/// Seconds of doing something in one thread and in two, the work being the same in all; and how many times faster two are.
fn scaling(name: &str, one: impl Fn(), half: impl Fn(u64) + Sync) -> f64 {
    let mut ratios = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        one();
        let alone = start.elapsed().as_secs_f64();
        let start = Instant::now();
        thread::scope(|scope| {
            for number in 0..2 {
                let half = &half;
                scope.spawn(move || half(number));
            }
        });
        ratios.push(alone / start.elapsed().as_secs_f64());
    }
    ratios.sort_by(f64::total_cmp);
    let (median, best) = (ratios[ROUNDS / 2], ratios[ROUNDS - 1]);
    println!("{name:<8} two threads are {median:.2} times one (median of {ROUNDS}; best {best:.2})");
    median
}

fn main() {
    let file = file();
    const SPINS: u64 = 200_000_000;
    let control = scaling("control", || spin(SPINS), |_| spin(SPINS / 2));
    let reading = scaling("reading", || read(&file, 0, 1), |number| read(&file, number, 2));
    println!("reading scales by {:.0} % of what the control does", reading / control * 100.0);
}
