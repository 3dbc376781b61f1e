//! The chunk shapes that the two libraries choose, so that a file of ours is stored as one of theirs is.

/// What h5py chooses: halves one dimension after the other, from about 8 KiB for small datasets to 1 MiB for very large ones.
///
/// A dimension that is empty so far counts as 1,024 elements.
pub(super) fn h5py_chunk(shape: &[u64], item_bytes: usize) -> Vec<u64> {
    const BASE_BYTES: f64 = 16.0 * 1024.0;
    const SMALLEST_BYTES: f64 = 8.0 * 1024.0;
    const LARGEST_BYTES: f64 = 1024.0 * 1024.0;
    let mut chunk: Vec<u64> = shape.iter().map(|&size| if size == 0 { 1024 } else { size }).collect();
    let bytes = |chunk: &[u64]| chunk.iter().fold(as_f64(item_bytes), |bytes, &size| bytes * to_f64(size));
    let decades = (bytes(&chunk) / (1024.0 * 1024.0)).log10();
    let target = (BASE_BYTES * decades.exp2()).clamp(SMALLEST_BYTES, LARGEST_BYTES);
    let rank = chunk.len();
    for axis in (0..rank).cycle() {
        let now = bytes(&chunk);
        let near = now < target || (now - target).abs() / target < 0.5;
        let single = chunk.iter().all(|&size| size == 1);
        if (near && now < LARGEST_BYTES) || single {
            break;
        }
        if let Some(size) = chunk.get_mut(axis) {
            *size = size.div_ceil(2);
        }
    }
    chunk
}

/// Rows that PyTables expects an enlargeable array to have in the end, unless it is told.
const EXPECTED_ROWS: u64 = 1000;

/// What PyTables chooses: 64 KiB for arrays below 10 MiB, twice as much for each power of ten above and up to 8 MiB, filled from the last dimension on.
///
/// The chunk may be longer than the array along the first dimension.
pub(super) fn pytables_chunk(shape: &[u64], item_bytes: usize, enlargeable: bool) -> Vec<u64> {
    let rows = shape.iter().enumerate().map(|(axis, &size)| match (axis, enlargeable) {
        (0, true) => EXPECTED_ROWS,
        _ => size.max(1),
    });
    let bytes = rows.fold(as_f64(item_bytes), |bytes, size| bytes * to_f64(size));
    let mut chunk_bytes = 64_u64 << 10;
    let mut above = 10.0 * 1024.0 * 1024.0;
    while bytes >= above && chunk_bytes < 8 << 20 {
        chunk_bytes = chunk_bytes.saturating_mul(2);
        above *= 10.0;
    }
    let item_bytes = u64::try_from(item_bytes).unwrap_or(u64::MAX).max(1);
    let mut room = chunk_bytes.checked_div(item_bytes).unwrap_or(1).max(1);
    let mut chunk = vec![1; shape.len()];
    for axis in (0..shape.len()).rev() {
        let size = shape.get(axis).copied().unwrap_or(1).max(1);
        let slot = chunk.get_mut(axis);
        let whole = axis > 0 && size <= room;
        if let Some(slot) = slot {
            *slot = if whole { size } else { room };
        }
        if !whole {
            break;
        }
        room = room.checked_div(size).unwrap_or(1).max(1);
    }
    chunk
}

/// Elements in a chunk of a ragged array: 1,024 with h5py; what fits in 64 KiB with PyTables.
pub(super) fn pytables_ragged_chunk(item_bytes: usize) -> u64 {
    let item_bytes = u64::try_from(item_bytes).unwrap_or(u64::MAX).max(1);
    (64_u64 << 10).checked_div(item_bytes).unwrap_or(1).max(1)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are only compared with powers of two")]
fn to_f64(size: u64) -> f64 {
    size as f64
}

fn as_f64(size: usize) -> f64 {
    u64::try_from(size).map_or(f64::MAX, to_f64)
}

#[cfg(test)]
mod tests {
    use super::{h5py_chunk, pytables_chunk};

    /// Shape, size of an element, and what h5py 3.16.0 and PyTables 3.11.1 chose.
    type Choice = (Vec<u64>, usize, Vec<u64>, Vec<u64>);

    #[test]
    fn chunks_are_those_that_the_libraries_choose() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/pymodaq/chunks.json");
        let choices: Vec<Choice> = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        assert!(choices.len() > 200);
        for (shape, item_bytes, h5py, pytables) in choices {
            assert_eq!(h5py_chunk(&shape, item_bytes), h5py, "h5py: {shape:?} of {item_bytes}");
            let grows = shape[0] == 0;
            assert_eq!(
                pytables_chunk(&shape, item_bytes, grows),
                pytables,
                "PyTables: {shape:?} of {item_bytes}"
            );
        }
    }
}
