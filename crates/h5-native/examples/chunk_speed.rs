//! Times and memory of writing in chunks: `chunk_speed WORKLOAD FILE [THREADS]`, with the workloads `large`, `rows`, `append` and `frames`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a measurement"
)]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use h5_backend::{Backend, File};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Block, Dataspace, FilterInfo, H5Type, Heap, LibverBounds, NewDataset, NewLayout, Selection};

fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

fn new(
    datatype: h5_types::Datatype,
    dims: &[u64],
    max: Vec<Option<u64>>,
    chunk: &[u64],
    level: Option<u32>,
) -> NewDataset {
    let mut new = NewDataset::new(datatype, Dataspace::Simple { dimensions: dims.to_vec(), maximum: max });
    new.layout = NewLayout::Chunked { chunk: chunk.to_vec(), index: None };
    if let Some(level) = level {
        let filter = |id, client_data| FilterInfo { id, flags: 1, name: None, client_data };
        new.filters = vec![filter(2, vec![2]), filter(1, vec![level])];
    }
    new
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (workload, path) = (arguments[1].as_str(), Path::new(&arguments[2]));
    let mut options = OpenOptions::new();
    if let Some(threads) = arguments.get(3) {
        options = options.threads(threads.parse().unwrap());
    }
    if std::env::var("H5_V110").is_ok() {
        options = options.bounds(LibverBounds::V110);
    }
    let native = NativeFile::create(path, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    let root = file.root().unwrap();
    let block = |start: &[u64], size: &[u64]| {
        Selection::from_block(&Block { start: start.to_vec(), size: size.to_vec() })
    };
    let heap = Heap::default();
    let begin;
    let before;
    match workload {
        "large" => {
            let d = root
                .create_dataset_from(
                    "d",
                    &new(u8::datatype(), &[512 << 20], vec![Some(512 << 20)], &[1 << 20], None),
                )
                .unwrap();
            let data: Vec<u8> = (0..16 << 20).map(|i: u32| (i / 3) as u8).collect();
            (before, begin) = (peak_kib(), Instant::now());
            for part in 0..32_u64 {
                d.write_raw(&block(&[part << 24], &[16 << 20]), &u8::datatype(), &data, &heap).unwrap();
            }
        }
        "rows" => {
            let d = root
                .create_dataset_from(
                    "d",
                    &new(f64::datatype(), &[10_000, 1000], vec![None, Some(1000)], &[1, 1000], None),
                )
                .unwrap();
            let row: Vec<u8> = (0..1000).flat_map(|i: i32| f64::from(i).to_ne_bytes()).collect();
            (before, begin) = (peak_kib(), Instant::now());
            for i in 0..10_000_u64 {
                d.write_raw(&block(&[i * 7919 % 10_000, 0], &[1, 1000]), &f64::datatype(), &row, &heap)
                    .unwrap();
            }
        }
        "append" => {
            let sets: Vec<_> = (0..10)
                .map(|i| {
                    root.create_dataset_from(
                        &format!("d{i}"),
                        &new(f64::datatype(), &[0], vec![None], &[1024], None),
                    )
                    .unwrap()
                })
                .collect();
            (before, begin) = (peak_kib(), Instant::now());
            for round in 0..10_000_u32 {
                for set in &sets {
                    set.append(&[f64::from(round)]).unwrap();
                }
                if round % 10 == 9 {
                    native.flush().unwrap();
                }
            }
        }
        _ => {
            let side: u64 = std::env::var("H5_CHUNK").map_or(2048, |v| v.parse().unwrap());
            let d = root
                .create_dataset_from(
                    "d",
                    &new(
                        u16::datatype(),
                        &[40, 2048, 2048],
                        vec![None, Some(2048), Some(2048)],
                        &[1, side, side],
                        Some(4),
                    ),
                )
                .unwrap();
            let mut x = 12345_u64;
            let frame: Vec<u8> = (0..2048 * 2048_u64)
                .flat_map(|i| {
                    x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    ((1000 + (i / 2048) % 300 + (x >> 60)) as u16).to_ne_bytes()
                })
                .collect();
            (before, begin) = (peak_kib(), Instant::now());
            let at_once: u64 = std::env::var("H5_AT_ONCE").map_or(1, |v| v.parse().unwrap());
            let frames = frame.repeat(at_once as usize);
            for i in (0..40).step_by(at_once as usize) {
                d.write_raw(&block(&[i, 0, 0], &[at_once, 2048, 2048]), &u16::datatype(), &frames, &heap)
                    .unwrap();
            }
        }
    }
    let written = begin.elapsed();
    native.close().unwrap();
    let length = std::fs::metadata(path).map_or(0, |m| m.len());
    println!(
        "{workload}: write {written:?}, all {:?}, peak {} KiB over {before}, file {length}",
        begin.elapsed(),
        peak_kib().saturating_sub(before)
    );
}
