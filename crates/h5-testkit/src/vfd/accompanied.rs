use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_native::vfd::{BufferVfd, Vfd};

/// A file in memory with room for something beside it.
#[derive(Debug, Default)]
pub struct AccompaniedVfd {
    file: BufferVfd,
    companion: Mutex<Option<Arc<BufferVfd>>>,
}

impl AccompaniedVfd {
    /// Begins with these bytes, and those beside them; without any, nothing is there.
    pub fn new(bytes: Vec<u8>, companion: Vec<u8>) -> Self {
        let companion = (!companion.is_empty()).then(|| Arc::new(BufferVfd::new(companion)));
        Self { file: BufferVfd::new(bytes), companion: Mutex::new(companion) }
    }

    /// A copy of the bytes as they are now.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.file.to_bytes()
    }

    /// A copy of the bytes beside them; `None` if nothing is there.
    pub fn companion_bytes(&self) -> Option<Vec<u8>> {
        self.beside().as_ref().map(|companion| companion.to_bytes())
    }

    fn beside(&self) -> MutexGuard<'_, Option<Arc<BufferVfd>>> {
        self.companion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Vfd for AccompaniedVfd {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.file.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        self.file.write_at(offset, bytes)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.file.set_len(length)
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        let mut beside = self.beside();
        if create && beside.replace(Arc::default()).is_some() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        Ok(beside.clone().map(|companion| companion as Arc<dyn Vfd>))
    }

    fn remove_companion(&self) -> io::Result<()> {
        *self.beside() = None;
        Ok(())
    }
}
