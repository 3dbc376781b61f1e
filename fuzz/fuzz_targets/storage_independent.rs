//! A file says the same from memory, from a reader that seeks, and from a driver that gives one byte at a time.
#![no_main]

use std::io::{self, Cursor};
use std::sync::Arc;

use h5_fuzz::{options, transcript};
use h5_native::vfd::{MemoryVfd, SeekVfd, Vfd};
use libfuzzer_sys::fuzz_target;

/// Gives one byte a read: the shortest that `read_at` may.
#[derive(Debug)]
struct Trickle(Vec<u8>);

impl Vfd for Trickle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let byte = usize::try_from(offset).ok().and_then(|offset| self.0.get(offset));
        match (buffer.first_mut(), byte) {
            (Some(to), Some(from)) => {
                *to = *from;
                Ok(1)
            }
            _ => Ok(0),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

fuzz_target!(|input: &[u8]| {
    let bytes = input.to_vec();
    let memory = transcript(Arc::new(MemoryVfd::new(bytes.clone())), &options());
    let seeking = SeekVfd::new(Cursor::new(bytes.clone())).unwrap();
    assert_eq!(memory, transcript(Arc::new(seeking), &options()), "a seeking reader differs");
    assert_eq!(memory, transcript(Arc::new(Trickle(bytes)), &options()), "single bytes differ");
});
