use std::io;
use std::sync::Arc;

use crate::vfd::Vfd;

/// A driver that shows some bytes of another one as they should be. It is only read.
#[derive(Debug)]
pub(super) struct MendedVfd {
    vfd: Arc<dyn Vfd>,
    /// First of the bytes that are shown otherwise.
    place: u64,
    bytes: Vec<u8>,
}

impl MendedVfd {
    pub(super) fn new(vfd: Arc<dyn Vfd>, place: u64, bytes: Vec<u8>) -> Self {
        Self { vfd, place, bytes }
    }
}

impl Vfd for MendedVfd {
    fn len(&self) -> io::Result<u64> {
        self.vfd.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.vfd.read_at(offset, buffer)?;
        let end = offset.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        let mended = (self.place..).zip(&self.bytes);
        for (at, &byte) in mended.filter(|(at, _)| (offset..end).contains(at)) {
            let within = usize::try_from(at.saturating_sub(offset)).ok();
            if let Some(shown) = within.and_then(|within| buffer.get_mut(within)) {
                *shown = byte;
            }
        }
        Ok(read)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfd::{MemoryVfd, read_exact_at};

    #[test]
    fn mended_bytes_are_shown_wherever_a_read_begins() {
        let vfd = MendedVfd::new(Arc::new(MemoryVfd::new((0..20).collect::<Vec<u8>>())), 5, vec![90, 91, 92]);
        let expected: Vec<u8> = (0..5).chain([90, 91, 92]).chain(8..20).collect();
        for start in 0..20 {
            for end in start..=20 {
                let mut bytes = vec![0; end - start];
                read_exact_at(&vfd, start as u64, &mut bytes).unwrap();
                assert_eq!(bytes, expected[start..end]);
            }
        }
        assert!(read_exact_at(&vfd, 18, &mut [0; 3]).is_err());
    }
}
