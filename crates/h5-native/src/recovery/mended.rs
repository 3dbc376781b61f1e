use std::io;
use std::sync::Arc;

use crate::vfd::Vfd;

/// A driver that shows some bytes of another one as they should be. It is only read.
#[derive(Debug)]
pub(super) struct MendedVfd {
    vfd: Arc<dyn Vfd>,
    /// What is shown otherwise, with the place of its first byte.
    patches: Vec<(u64, Vec<u8>)>,
}

impl MendedVfd {
    pub(super) fn new(vfd: Arc<dyn Vfd>, patches: Vec<(u64, Vec<u8>)>) -> Self {
        Self { vfd, patches }
    }
}

impl Vfd for MendedVfd {
    fn len(&self) -> io::Result<u64> {
        self.vfd.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.vfd.read_at(offset, buffer)?;
        let shown = buffer.get_mut(..read).unwrap_or_default();
        for (place, bytes) in &self.patches {
            let skipped = usize::try_from(offset.saturating_sub(*place)).unwrap_or(usize::MAX);
            let at = usize::try_from(place.saturating_sub(offset)).unwrap_or(usize::MAX);
            let patch = bytes.get(skipped..).unwrap_or_default();
            let places = shown.get_mut(at..).unwrap_or_default();
            places.iter_mut().zip(patch).for_each(|(place, &byte)| *place = byte);
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
        let vfd = Arc::new(MemoryVfd::new((0..20).collect::<Vec<u8>>()));
        let vfd = MendedVfd::new(vfd, vec![(5, vec![90, 91, 92]), (10, vec![93])]);
        let expected: Vec<u8> = (0..5).chain([90, 91, 92, 8, 9, 93]).chain(11..20).collect();
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
