//! What was written, in order, so that the file can be made as it was at any time between.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use h5_native::vfd::{BufferVfd, Vfd};

/// One thing that happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Bytes were written.
    Write {
        /// Where the first one went.
        offset: u64,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// The file got another length.
    SetLength(u64),
    /// Everything before survives a power cut.
    Sync,
    /// Nothing happened: the test marks the moment.
    Mark(String),
}

/// A file in memory that remembers its operations.
#[derive(Debug, Default)]
pub struct RecordingVfd {
    buffer: BufferVfd,
    operations: Mutex<Vec<Operation>>,
}

/// A file that is built anew, operation by operation.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    bytes: Vec<u8>,
}

impl RecordingVfd {
    /// An empty file.
    pub fn new() -> Self {
        Self::default()
    }

    /// Marks the moment.
    pub fn mark(&self, text: impl Into<String>) {
        self.record(Operation::Mark(text.into()));
    }

    /// All operations so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn record(&self, operation: Operation) {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }
}

impl Vfd for RecordingVfd {
    fn len(&self) -> io::Result<u64> {
        self.buffer.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.buffer.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<usize> {
        let written = self.buffer.write_at(offset, bytes)?;
        let bytes = bytes.get(..written).unwrap_or(bytes).into();
        self.record(Operation::Write { offset, bytes });
        Ok(written)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.buffer.set_len(length)?;
        self.record(Operation::SetLength(length));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.record(Operation::Sync);
        Ok(())
    }
}

impl Replay {
    /// The file as the operations so far made it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lets one more operation happen.
    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Write { offset, bytes } => self.write(*offset, bytes),
            Operation::SetLength(length) => {
                self.bytes.resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
            }
            Operation::Sync | Operation::Mark(_) => {}
        }
    }

    /// Lets those of the operations happen whose bit is set in `mask`, the first one's being the lowest.
    pub fn apply_subset(&mut self, operations: &[Operation], mask: &[bool]) {
        for (operation, _) in operations.iter().zip(mask).filter(|(_, happens)| **happens) {
            self.apply(operation);
        }
    }

    /// The states in which a power cut inside a write may leave the file, if the storage keeps units of that many bytes whole: some of
    /// the first units are there and the others are not, or the other way round. None if the write lies in one unit.
    pub fn torn(&self, offset: u64, bytes: &[u8], unit: u64) -> Vec<Self> {
        let end = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let first = offset.checked_div(unit).unwrap_or(0).saturating_add(1).saturating_mul(unit);
        let mut states = Vec::new();
        let mut cut = first;
        while cut < end {
            let at = usize::try_from(cut.saturating_sub(offset)).unwrap_or(bytes.len());
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let (mut only_head, mut only_tail) = (self.clone(), self.clone());
            only_head.write(offset, head);
            only_tail.write(cut, tail);
            states.extend([only_head, only_tail]);
            cut = cut.saturating_add(unit.max(1));
        }
        states
    }

    fn write(&mut self, offset: u64, bytes: &[u8]) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(place) = self.bytes.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, bytes: &[u8]) -> Operation {
        Operation::Write { offset, bytes: bytes.into() }
    }

    #[test]
    fn replayed_operations_make_the_same_file() {
        let file = RecordingVfd::new();
        file.write_at(2, b"abc").unwrap();
        file.mark("here");
        file.set_len(4).unwrap();
        file.sync().unwrap();
        let expected =
            [write(2, b"abc"), Operation::Mark("here".into()), Operation::SetLength(4), Operation::Sync];
        assert_eq!(file.operations(), expected);
        let mut replay = Replay::default();
        replay.apply(&expected[0]);
        assert_eq!(replay.bytes(), b"\0\0abc");
        expected[1..].iter().for_each(|operation| replay.apply(operation));
        assert_eq!(replay.bytes(), b"\0\0ab");
    }

    #[test]
    fn a_subset_leaves_writes_out() {
        let mut replay = Replay::default();
        replay.apply_subset(&[write(0, b"aa"), write(1, b"b"), write(2, b"c")], &[true, false, true]);
        assert_eq!(replay.bytes(), b"aac");
    }

    #[test]
    fn a_torn_write_is_cut_where_units_meet() {
        let mut replay = Replay::default();
        replay.apply(&write(0, b"------------"));
        let states = replay.torn(2, b"abcdefgh", 4);
        let states: Vec<_> = states.iter().map(Replay::bytes).collect();
        assert_eq!(states, [&b"--ab--------"[..], b"----cdefgh--", b"--abcdef----", b"--------gh--"]);
        assert!(replay.torn(4, b"abcd", 4).is_empty());
    }
}
