use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// A driver that lends no slice, and counts reads.
#[derive(Debug)]
struct Counting {
    bytes: Vec<u8>,
    reads: AtomicUsize,
}

impl Vfd for Counting {
    fn len(&self) -> io::Result<u64> {
        Ok(self.bytes.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        let rest = self.bytes.get(offset as usize..).unwrap_or_default();
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        Ok(count)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

const ROWS: u64 = 200;
const COLUMNS: u64 = 64;
const ROW_BYTES: u64 = COLUMNS * 4;
/// The row that was never written; its slot in the file is left out too.
const HOLE: u64 = 13;

/// One row a chunk, written in the order 0, 77, 154, 31, ...
fn scrambled() -> (Arc<Counting>, StoredDataset, World) {
    let slot = |row: u64| row * 77 % ROWS;
    let mut bytes = vec![0; (16 + ROWS * ROW_BYTES) as usize];
    let mut index = Index::default();
    for row in (0..ROWS).filter(|&row| row != HOLE) {
        let address = 16 + slot(row) * ROW_BYTES;
        let data: Vec<u8> =
            (row * COLUMNS..(row + 1) * COLUMNS).flat_map(|n| (n as u32).to_le_bytes()).collect();
        bytes[address as usize..][..data.len()].copy_from_slice(&data);
        let place = ChunkLocation { address: Address(address), stored_bytes: ROW_BYTES, filter_mask: 0 };
        index.0.insert(vec![row, 0], place);
    }
    let vfd = Arc::new(Counting { bytes, reads: AtomicUsize::new(0) });
    let world = World::new(vfd.clone());
    let raw = RawStorage::Chunked { index: Arc::new(index), element_size: 4 };
    let info = info(&[ROWS, COLUMNS], u32_type(), layout(&[1, COLUMNS]));
    let dataset = StoredDataset::open(&world.context(), info, raw, &Registry::standard()).unwrap();
    vfd.reads.store(0, Ordering::Relaxed);
    (vfd, dataset, world)
}

fn value(n: u64) -> u32 {
    if n / COLUMNS == HOLE { u32::MAX } else { n as u32 }
}

#[test]
fn chunks_written_in_another_order_are_read_at_once() {
    let (vfd, dataset, world) = scrambled();
    let read = world.read(&dataset, &Selection::All).unwrap();
    assert!(read == expected(&Selection::All, &[ROWS, COLUMNS], value));
    // What lies before the hole's slot, and what lies after.
    assert_eq!(vfd.reads.load(Ordering::Relaxed), 2);
}

#[test]
fn rows_and_parts_of_rows_are_read_together() {
    let (_, dataset, world) = scrambled();
    let rows = Block { start: vec![5, 0], size: vec![40, COLUMNS] };
    let parts = Block { start: vec![60, 3], size: vec![40, 9] };
    for selection in [Selection::from_block(&rows), Selection::Union(vec![rows, parts])] {
        let read = world.read(&dataset, &selection).unwrap();
        assert!(read == expected(&selection, &[ROWS, COLUMNS], value), "{selection:?}");
    }
}

#[test]
fn neighbours_are_converted_as_any_chunk_is() {
    let (_, dataset, world) = scrambled();
    let memory = Datatype::Integer(IntegerType::plain(8, false, ByteOrder::Little));
    let mut out = vec![0xa5; (ROWS * COLUMNS * 8) as usize];
    dataset.read(&world.context(), &Selection::All, &memory, &mut out, &mut Heap::default()).unwrap();
    let converted: Vec<u8> = (0..ROWS * COLUMNS).flat_map(|n| u64::from(value(n)).to_le_bytes()).collect();
    assert!(out == converted);
}
