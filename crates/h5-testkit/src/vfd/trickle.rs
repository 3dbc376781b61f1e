use std::io;

use h5_native::vfd::Vfd;

/// A file in memory that gives one byte a read: the shortest that `read_at` may.
#[derive(Debug)]
pub struct TrickleVfd(Vec<u8>);

impl TrickleVfd {
    /// A file of these bytes.
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl Vfd for TrickleVfd {
    fn len(&self) -> io::Result<u64> {
        Ok(u64::try_from(self.0.len()).unwrap_or(u64::MAX))
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
