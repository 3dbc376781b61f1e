//! Any bytes as a file: opened, every object visited, all small data read. No panic, no hang, bounded memory.
#![no_main]

use std::sync::Arc;

use h5_native::vfd::MemoryVfd;
use h5_testkit::transcript::{options, transcript};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    transcript(Arc::new(MemoryVfd::new(input.to_vec())), &options());
});
