//! A file says the same from memory, from a reader that seeks, and from a driver that gives one byte at a time.
#![no_main]

use std::io::Cursor;
use std::sync::Arc;

use h5_native::vfd::{MemoryVfd, SeekVfd};
use h5_testkit::transcript::{options, transcript};
use h5_testkit::vfd::TrickleVfd;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let bytes = input.to_vec();
    let memory = transcript(Arc::new(MemoryVfd::new(bytes.clone())), &options());
    let seeking = SeekVfd::new(Cursor::new(bytes.clone())).unwrap();
    assert_eq!(memory, transcript(Arc::new(seeking), &options()), "a seeking reader differs");
    assert_eq!(memory, transcript(Arc::new(TrickleVfd::new(bytes)), &options()), "single bytes differ");
});
