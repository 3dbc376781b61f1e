//! Readers in many threads of a file that is written meanwhile: bit-equal values, and nobody waits for another's decompression.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test that cannot go on fails"
)]

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use h5_backend::{Dataset, File};
use h5_filters::{Filter, FilterContext, FilterError, Registry};
use h5_native::vfd::BufferVfd;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Block, Dataspace, FilterInfo, H5Type, NewDataset, NewLayout, Selection};

const ROW: u64 = 256;
const READERS: usize = 8;

/// A number that tells its place, with bits that compress and bits that do not.
fn value(row: u64, column: u64) -> f64 {
    (row * ROW + column) as f64 + f64::from((row as u32).wrapping_mul(0x9e37_79b9)) / 7.0
}

fn row(number: u64) -> Vec<f64> {
    (0..ROW).map(|column| value(number, column)).collect()
}

fn file(options: &OpenOptions) -> File {
    let vfd = Arc::new(BufferVfd::default());
    File::from_backend(Arc::new(NativeFile::create_vfd(vfd, &CreateOptions::new(), options).unwrap()))
}

fn growing(file: &File, name: &str, filter: u16, rows_a_chunk: u64) -> Dataset {
    let dataspace = Dataspace::Simple { dimensions: vec![0, ROW], maximum: vec![None, Some(ROW)] };
    let mut new = NewDataset::new(f64::datatype(), dataspace);
    new.layout = NewLayout::Chunked { chunk: vec![rows_a_chunk, ROW], index: None };
    let client_data = if filter == 1 { vec![4] } else { Vec::new() };
    new.filters = vec![FilterInfo { id: filter, flags: 0, name: None, client_data }];
    file.root().unwrap().create_dataset_from(name, &new).unwrap()
}

fn append(data: &Dataset, number: u64) {
    let bytes: Vec<u8> = row(number).into_iter().flat_map(f64::to_ne_bytes).collect();
    let node = data.node().unwrap();
    node.append(0, 1, &f64::datatype(), &bytes, &h5_types::Heap::default()).unwrap();
}

fn read_row(data: &Dataset, number: u64) -> Vec<f64> {
    let block = Block { start: vec![number, 0], size: vec![1, ROW] };
    data.read_selection::<f64>(&Selection::from_block(&block)).unwrap()
}

#[test]
fn eight_readers_beside_an_appender_get_equal_bits() {
    // Little of what was decoded is kept, so that most reads decode.
    let file = file(&OpenOptions::new().chunk_cache_bytes(64 << 10));
    let data = growing(&file, "rows", 1, 8);
    let (appended, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    let reads = thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS as u64)
            .map(|reader| {
                let (data, appended, done) = (data.clone(), &appended, &done);
                scope.spawn(move || {
                    let mut state = reader + 1;
                    let mut reads = 0_usize;
                    while !done.load(Ordering::Acquire) || reads < 50 {
                        let there = appended.load(Ordering::Acquire) as u64;
                        if there == 0 {
                            thread::yield_now();
                            continue;
                        }
                        state = state
                            .wrapping_mul(6_364_136_223_846_793_005)
                            .wrapping_add(1_442_695_040_888_963_407);
                        let number = (state >> 33) % there;
                        let bits = |row: Vec<f64>| row.into_iter().map(f64::to_bits).collect::<Vec<_>>();
                        assert_eq!(
                            bits(read_row(&data, number)),
                            bits(row(number)),
                            "row {number} of {there}"
                        );
                        reads += 1;
                    }
                    reads
                })
            })
            .collect();
        for number in 0..400 {
            append(&data, number);
            if number % 40 == 39 {
                file.flush().unwrap();
            }
            appended.store(number as usize + 1, Ordering::Release);
        }
        done.store(true, Ordering::Release);
        readers.into_iter().map(|reader| reader.join().unwrap()).sum::<usize>()
    });
    assert!(reads >= READERS * 50, "{reads} reads");
    assert_eq!(data.shape().unwrap(), [400, ROW]);
}

/// A filter that does nothing but wait in the middle of decoding, until it is let go.
#[derive(Debug, Default)]
struct Gate {
    /// How many are inside, and whether they may go.
    state: Mutex<(usize, bool)>,
    changed: Condvar,
}

const GATE: u16 = 400;
/// Long enough for the slowest machine: reached only if somebody waits for good.
const PATIENCE: Duration = Duration::from_secs(60);

impl Gate {
    /// Waits until so many are inside; false if they never came.
    fn wait_inside(&self, count: usize) -> bool {
        let state = self.state.lock().unwrap();
        let (state, _) = self.changed.wait_timeout_while(state, PATIENCE, |state| state.0 < count).unwrap();
        state.0 >= count
    }

    fn open(&self) {
        self.state.lock().unwrap().1 = true;
        self.changed.notify_all();
    }
}

impl Filter for Gate {
    fn id(&self) -> u16 {
        GATE
    }

    fn name(&self) -> &'static str {
        "gate"
    }

    fn decode(&self, _: FilterContext<'_>, input: &[u8], output: &mut Vec<u8>) -> Result<(), FilterError> {
        let mut state = self.state.lock().unwrap();
        state.0 += 1;
        self.changed.notify_all();
        let (state, waited) = self.changed.wait_timeout_while(state, PATIENCE, |state| !state.1).unwrap();
        drop(state);
        if waited.timed_out() {
            return Err(FilterError::Corrupt("nobody opened the gate".to_owned()));
        }
        output.clear();
        output.extend_from_slice(input);
        Ok(())
    }

    fn encode(&self, _: FilterContext<'_>, input: &[u8], output: &mut Vec<u8>) -> Result<(), FilterError> {
        output.clear();
        output.extend_from_slice(input);
        Ok(())
    }
}

#[test]
fn nobody_waits_for_what_another_thread_decodes() {
    let gate = Arc::new(Gate::default());
    let mut registry = Registry::standard();
    registry.register(Arc::clone(&gate) as Arc<dyn Filter>);
    let file = file(&OpenOptions::new().filters(registry).chunk_cache_bytes(0).threads(1));
    let (slow, other) = (growing(&file, "slow", GATE, 1), growing(&file, "other", 1, 1));
    for number in 0..4 {
        append(&slow, number);
        append(&other, number);
    }
    file.flush().unwrap();

    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        let readers: Vec<_> = (0..2)
            .map(|number| {
                let slow = slow.clone();
                scope.spawn(move || read_row(&slow, number))
            })
            .collect();
        // Two readers decode at the same time: neither waits for the other.
        let both = gate.wait_inside(2);
        let (file, slow, other) = (file.clone(), slow.clone(), other.clone());
        scope.spawn(move || {
            // While they do, others read, the datasets grow, and the file is flushed.
            let read = read_row(&other, 3);
            append(&other, 4);
            append(&slow, 4);
            file.create_group("beside").unwrap();
            file.flush().unwrap();
            sender.send(read).unwrap();
        });
        let beside = receiver.recv_timeout(PATIENCE / 2);
        gate.open();
        let read: Vec<Vec<f64>> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
        assert!(both, "one reader waited for the other to decode");
        assert_eq!(beside.ok(), Some(row(3)), "the writer waited for readers to decode");
        assert_eq!(read, [row(0), row(1)]);
    });
    assert_eq!(read_row(&slow, 4), row(4));
    assert_eq!(read_row(&other, 4), row(4));
}
