use std::io;

use h5_native::vfd::{BufferVfd, Vfd};

/// A file in memory with a largest length, as a disk that is full sooner than the memory.
#[derive(Debug)]
pub struct BoundedVfd {
    bytes: BufferVfd,
    most: u64,
}

impl BoundedVfd {
    /// Begins with these bytes; takes no more than `most` in all.
    pub fn new(bytes: Vec<u8>, most: u64) -> Self {
        Self { bytes: BufferVfd::new(bytes), most }
    }

    /// A copy of the bytes as they are now.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.to_bytes()
    }

    fn check(&self, end: Option<u64>) -> io::Result<()> {
        if end.is_some_and(|end| end <= self.most) { Ok(()) } else { Err(io::ErrorKind::StorageFull.into()) }
    }
}

impl Vfd for BoundedVfd {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.check(u64::try_from(bytes.len()).ok().and_then(|length| offset.checked_add(length)))?;
        self.bytes.write_at(offset, bytes)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.check(Some(length))?;
        self.bytes.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        self.bytes.sync()
    }
}
