use std::fmt;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use super::Vfd;

/// Anything that reads and seeks. One cursor, so that reads take turns.
pub struct SeekVfd<R> {
    reader: Mutex<R>,
    length: u64,
}

impl<R: Read + Seek + Send> SeekVfd<R> {
    /// Takes over a reader; its length now is the file's length.
    ///
    /// # Errors
    /// Whatever seeking reports.
    pub fn new(mut reader: R) -> io::Result<Self> {
        let length = reader.seek(SeekFrom::End(0))?;
        Ok(Self { reader: Mutex::new(reader), length })
    }
}

impl<R: Read + Seek + Send> Vfd for SeekVfd<R> {
    fn len(&self) -> io::Result<u64> {
        Ok(self.length)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        // A panic of the reader itself leaves at worst another cursor, which is set anew here.
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(offset))?;
        reader.read(buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

impl<R> fmt::Debug for SeekVfd<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeekVfd").field("length", &self.length).finish_non_exhaustive()
    }
}
