//! Changes of version 2 B-trees of chunks (specification III.A.2, types 10 and 11).

use h5_format::btree_v2::ChunkRecord;
use h5_format::message::ChunkIndex as StoredIndex;
use h5_types::{Address, Result};

use super::{Applied, Change, current_places, with_address};
use crate::chunk_index::ChunkGrid;
use crate::write::btree_v2::{self, Action, RecordShape, compare_chunks};
use crate::write::session::Session;

/// Makes changes to a tree, or to a new one.
///
/// # Errors
/// `Format`, `Io`, `Limit`.
pub(super) fn apply(
    session: &mut Session,
    grid: &ChunkGrid,
    stored: StoredIndex,
    changes: &[Change<'_>],
) -> Result<(StoredIndex, Applied)> {
    let StoredIndex::BTreeV2 { address, node_size, .. } = stored else {
        return Ok((stored, Applied::default()));
    };
    let (sizes, rank) = (session.sizes(), grid.rank());
    let width = grid.chunk_size_bytes(sizes);
    let shape = RecordShape { node_size, ..RecordShape::chunks(sizes, rank, width)? };
    let mut applied = Applied::default();
    let mut records = Vec::with_capacity(changes.len());
    for (change, before) in changes.iter().zip(current_places(session, grid, stored, changes)?) {
        let action = match (before, change.place) {
            (None, None) => continue,
            (None, Some(_)) => Action::Insert,
            (Some(_), None) => Action::Remove,
            (Some(_), Some(_)) => Action::Replace,
        };
        applied.replaced.extend(before);
        let place = change.place.or(before);
        let filtered = width.and(place.map(|place| (place.stored_bytes, place.filter_mask)));
        let record = ChunkRecord { address: place.map(|place| place.address), filtered };
        let record = record.encode(sizes, width, change.scaled)?;
        records.push(btree_v2::Change { record, action });
    }
    let address = btree_v2::apply(session, address, &shape, &records, &mut |_, number, record| {
        let changed = records.get(number).map_or(&[][..], |change| &change.record);
        compare_chunks(sizes, rank, width, changed, record)
    })?;
    Ok((with_address(stored, address), applied))
}

/// Gives back all blocks of a tree.
///
/// # Errors
/// `Format`, `Io`; nothing has changed then.
pub(super) fn release(session: &mut Session, address: Address) -> Result<()> {
    btree_v2::delete(session, address)
}
