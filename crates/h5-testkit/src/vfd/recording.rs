//! What was written, in order, so that the file can be made as it was at any time between.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_native::vfd::{BufferVfd, Vfd};

/// One of the two storages of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The file itself.
    File,
    /// What is beside it.
    Companion,
}

/// One thing that happened to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// Bytes were written.
    Write {
        /// Where.
        on: Place,
        /// Where the first one went.
        offset: u64,
        /// The bytes.
        bytes: Arc<[u8]>,
    },
    /// It got another length.
    SetLength {
        /// What did.
        on: Place,
        /// Its new length in bytes.
        length: u64,
    },
    /// Everything that happened there before survives a power cut.
    Sync(Place),
    /// Nothing happened: the test marks the moment.
    Mark(String),
}

/// A file in memory that remembers its operations, and those of what is beside it.
#[derive(Debug)]
pub struct RecordingVfd {
    file: Half,
    /// What is beside it, if anything is.
    companion: Mutex<Option<Arc<Half>>>,
    has_room_beside: bool,
}

type Operations = Arc<Mutex<Vec<Operation>>>;

/// One of the two storages.
#[derive(Debug)]
struct Half {
    place: Place,
    buffer: BufferVfd,
    operations: Operations,
}

/// A file that is built anew, operation by operation.
#[derive(Debug, Clone, Default)]
pub struct Replay {
    bytes: Vec<u8>,
    companion: Vec<u8>,
}

impl RecordingVfd {
    /// An empty file.
    pub fn new() -> Self {
        let file = Half::new(Place::File, Operations::default());
        Self { file, companion: Mutex::new(None), has_room_beside: true }
    }

    /// An empty file that can have nothing beside it.
    pub fn alone() -> Self {
        Self { has_room_beside: false, ..Self::new() }
    }

    /// Marks the moment.
    pub fn mark(&self, text: impl Into<String>) {
        self.file.record(Operation::Mark(text.into()));
    }

    /// All operations so far.
    pub fn operations(&self) -> Vec<Operation> {
        self.file.operations.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn beside(&self) -> MutexGuard<'_, Option<Arc<Half>>> {
        self.companion.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for RecordingVfd {
    fn default() -> Self {
        Self::new()
    }
}

impl Half {
    fn new(place: Place, operations: Operations) -> Self {
        Self { place, buffer: BufferVfd::default(), operations }
    }

    fn record(&self, operation: Operation) {
        self.operations.lock().unwrap_or_else(PoisonError::into_inner).push(operation);
    }
}

impl Vfd for Half {
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
        self.record(Operation::Write { on: self.place, offset, bytes });
        Ok(written)
    }

    fn set_len(&self, length: u64) -> io::Result<()> {
        self.buffer.set_len(length)?;
        self.record(Operation::SetLength { on: self.place, length });
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        self.record(Operation::Sync(self.place));
        Ok(())
    }
}

impl Vfd for RecordingVfd {
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
        self.file.sync()
    }

    fn companion(&self, create: bool) -> io::Result<Option<Arc<dyn Vfd>>> {
        let mut beside = self.beside();
        match (&*beside, create && self.has_room_beside) {
            (Some(_), true) => Err(io::ErrorKind::AlreadyExists.into()),
            (None, true) => {
                let made = Arc::new(Half::new(Place::Companion, Arc::clone(&self.file.operations)));
                *beside = Some(Arc::clone(&made));
                Ok(Some(made))
            }
            (found, false) => Ok(found.clone().map(|half| half as Arc<dyn Vfd>)),
        }
    }

    /// To a power cut, what is not there and what is empty are the same.
    fn remove_companion(&self) -> io::Result<()> {
        match self.beside().take() {
            None => Ok(()),
            Some(half) => half.set_len(0).and_then(|()| half.sync()),
        }
    }
}

impl Replay {
    /// The file as the operations so far made it.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// What they left beside it: nothing, if there is nothing.
    pub fn companion(&self) -> &[u8] {
        &self.companion
    }

    /// Lets one more operation happen.
    pub fn apply(&mut self, operation: &Operation) {
        match operation {
            Operation::Write { on, offset, bytes } => self.write(*on, *offset, bytes),
            Operation::SetLength { on, length } => {
                self.place(*on).resize(usize::try_from(*length).unwrap_or(usize::MAX), 0);
            }
            Operation::Sync(_) | Operation::Mark(_) => {}
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
    pub fn torn(&self, on: Place, offset: u64, bytes: &[u8], unit: u64) -> Vec<Self> {
        let end = offset.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let first = offset.checked_div(unit).unwrap_or(0).saturating_add(1).saturating_mul(unit);
        let mut states = Vec::new();
        let mut cut = first;
        while cut < end {
            let at = usize::try_from(cut.saturating_sub(offset)).unwrap_or(bytes.len());
            let (head, tail) = bytes.split_at(at.min(bytes.len()));
            let (mut only_head, mut only_tail) = (self.clone(), self.clone());
            only_head.write(on, offset, head);
            only_tail.write(on, cut, tail);
            states.extend([only_head, only_tail]);
            cut = cut.saturating_add(unit.max(1));
        }
        states
    }

    fn place(&mut self, on: Place) -> &mut Vec<u8> {
        match on {
            Place::File => &mut self.bytes,
            Place::Companion => &mut self.companion,
        }
    }

    fn write(&mut self, on: Place, offset: u64, bytes: &[u8]) {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let end = start.saturating_add(bytes.len());
        let held = self.place(on);
        if held.len() < end {
            held.resize(end, 0);
        }
        if let Some(place) = held.get_mut(start..end) {
            place.copy_from_slice(bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, bytes: &[u8]) -> Operation {
        Operation::Write { on: Place::File, offset, bytes: bytes.into() }
    }

    #[test]
    fn replayed_operations_make_the_same_file() {
        let file = RecordingVfd::new();
        file.write_at(2, b"abc").unwrap();
        file.mark("here");
        file.set_len(4).unwrap();
        file.sync().unwrap();
        let shorter = Operation::SetLength { on: Place::File, length: 4 };
        let expected =
            [write(2, b"abc"), Operation::Mark("here".into()), shorter, Operation::Sync(Place::File)];
        assert_eq!(file.operations(), expected);
        let mut replay = Replay::default();
        replay.apply(&expected[0]);
        assert_eq!(replay.bytes(), b"\0\0abc");
        expected[1..].iter().for_each(|operation| replay.apply(operation));
        assert_eq!(replay.bytes(), b"\0\0ab");
    }

    #[test]
    fn what_is_beside_a_file_happens_in_the_same_list() {
        let file = RecordingVfd::new();
        let companion = file.companion(true).unwrap().unwrap();
        companion.write_at(0, b"record").unwrap();
        file.write_at(0, b"block").unwrap();
        assert!(file.companion(true).is_err());
        let mut replay = Replay::default();
        file.operations().iter().for_each(|operation| replay.apply(operation));
        assert_eq!((replay.bytes(), replay.companion()), (&b"block"[..], &b"record"[..]));
        file.remove_companion().unwrap();
        assert!(file.companion(false).unwrap().is_none());
        file.operations().iter().for_each(|operation| replay.apply(operation));
        assert_eq!(replay.companion(), b"");
        assert!(RecordingVfd::alone().companion(true).unwrap().is_none());
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
        let states = replay.torn(Place::File, 2, b"abcdefgh", 4);
        let states: Vec<_> = states.iter().map(Replay::bytes).collect();
        assert_eq!(states, [&b"--ab--------"[..], b"----cdefgh--", b"--abcdef----", b"--------gh--"]);
        assert!(replay.torn(Place::File, 4, b"abcd", 4).is_empty());
    }
}
