//! Changes of chunk indexes, applied in batches: the places of chunks that were written, and of chunks that are gone.

mod b_tree_v1;
mod b_tree_v2;
mod extensible_array;
mod fixed_array;
mod patch;

use std::ops::Range;

use h5_format::message::ChunkIndex as StoredIndex;
use h5_types::{Address, Error, Result};

use self::extensible_array::Parameters;
use super::store::Pending;
use crate::chunk_index::{ChunkGrid, ChunkIndex, ChunkLocation};
use crate::write::session::Session;

/// What becomes of one chunk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    scaled: &'a [u64],
    /// Where it is now; `None` if it is gone.
    place: Option<ChunkLocation>,
}

/// What a batch of changes did.
#[derive(Debug, Default)]
struct Applied {
    /// Chunks that the index led to, and does not any more.
    replaced: Vec<ChunkLocation>,
}

/// Makes changes to an index, gives back the chunks that it does not lead to any more, and returns what the layout message has to say.
/// With `afresh`, the index goes elsewhere as a whole.
///
/// # Errors
/// `Format`, `Io`, `Limit`; `Unsupported` if the index has no field that holds a chunk's size.
pub(super) fn apply(
    session: &mut Session,
    dataset: Address,
    grid: &ChunkGrid,
    (stored, afresh): (StoredIndex, bool),
    pending: &Pending,
) -> Result<StoredIndex> {
    let changes: Vec<Change<'_>> =
        pending.iter().map(|(scaled, place)| Change { scaled, place: *place }).collect();
    let removes = changes.iter().any(|change| change.place.is_none());
    if afresh || removes && is_stable(session, grid, stored) {
        return rebuild(session, dataset, grid, stored, pending);
    }
    let (stored, applied) = apply_changes(session, dataset, grid, stored, &changes)?;
    for old in applied.replaced {
        session.free_raw(old.address, old.stored_bytes);
    }
    Ok(stored)
}

fn apply_changes(
    session: &mut Session,
    dataset: Address,
    grid: &ChunkGrid,
    stored: StoredIndex,
    changes: &[Change<'_>],
) -> Result<(StoredIndex, Applied)> {
    Ok(match stored {
        StoredIndex::Single { address, filtered } => single(grid, (address, filtered), changes),
        StoredIndex::Implicit { .. } => {
            return Err(Error::format("chunks of an implicit index do not move").at_address(dataset.0));
        }
        StoredIndex::FixedArray { address, page_bits } => {
            let (address, applied) =
                fixed_array::apply(session, grid, dataset, (address, page_bits), changes)?;
            (StoredIndex::FixedArray { address: Some(address), page_bits }, applied)
        }
        StoredIndex::ExtensibleArray {
            address,
            max_bits,
            index_elements,
            min_pointers,
            min_elements,
            page_bits,
        } => {
            let parameters = Parameters { max_bits, index_elements, min_pointers, min_elements, page_bits };
            let (address, applied) =
                extensible_array::apply(session, grid, dataset, (address, parameters), changes)?;
            (with_address(stored, Some(address)), applied)
        }
        StoredIndex::BTreeV2 { .. } => b_tree_v2::apply(session, grid, stored, changes)?,
        StoredIndex::BTreeV1 { address } => {
            let (address, applied) = b_tree_v1::apply(session, grid, address, changes)?;
            (StoredIndex::BTreeV1 { address }, applied)
        }
    })
}

/// The one chunk is in the layout message itself.
fn single(
    grid: &ChunkGrid,
    (address, filtered): (Option<Address>, Option<(u64, u32)>),
    changes: &[Change<'_>],
) -> (StoredIndex, Applied) {
    let mut index = StoredIndex::Single { address, filtered };
    let mut applied = Applied::default();
    if let Some(address) = address {
        let (stored_bytes, filter_mask) = filtered.unwrap_or((grid.chunk_bytes(), 0));
        applied.replaced.extend(changes.first().map(|_| ChunkLocation {
            address,
            stored_bytes,
            filter_mask,
        }));
    }
    if let Some(change) = changes.first() {
        // The fields are there without a chunk too, as the C library has it, which keeps the message's length.
        let size = change.place.map_or((0, 0), |place| (place.stored_bytes, place.filter_mask));
        index = StoredIndex::Single {
            address: change.place.map(|place| place.address),
            filtered: grid.is_filtered().then_some(size),
        };
    }
    (index, applied)
}

/// True if parts of the index are published apart from the dataset's header, so that a chunk cannot be taken out in the same step in
/// which the dataset becomes smaller.
pub(super) fn is_stable(session: &Session, grid: &ChunkGrid, stored: StoredIndex) -> bool {
    match stored {
        StoredIndex::ExtensibleArray { address, .. } => address.is_some(),
        StoredIndex::FixedArray { address, page_bits } => {
            address.is_some() && !fixed_array::is_copied(session, grid, page_bits)
        }
        _ => false,
    }
}

/// Makes a new index of the chunks that are left, and gives the old one back.
fn rebuild(
    session: &mut Session,
    dataset: Address,
    grid: &ChunkGrid,
    stored: StoredIndex,
    pending: &Pending,
) -> Result<StoredIndex> {
    let storage = session.core().storage();
    // Chunks that are gone may lie outside the dataset as it is now.
    let mut chunks = Pending::new();
    let mut gone = Vec::new();
    let all: Vec<Range<u64>> = vec![0..u64::MAX; grid.rank()];
    ChunkIndex::open(storage, grid.largest(), stored)?.for_each_stored_in(
        storage,
        &all,
        &mut |scaled, place| {
            match pending.get(scaled) {
                Some(_) => gone.push(place),
                None => {
                    chunks.insert(scaled.to_vec(), Some(place));
                }
            }
            Ok(())
        },
    )?;
    chunks.extend(
        pending.iter().filter(|(_, place)| place.is_some()).map(|(scaled, place)| (scaled.clone(), *place)),
    );
    release(session, grid, stored)?;
    for old in gone {
        session.free_raw(old.address, old.stored_bytes);
    }
    let changes: Vec<Change<'_>> =
        chunks.iter().map(|(scaled, place)| Change { scaled, place: *place }).collect();
    let empty = with_address(stored, None);
    if changes.is_empty() {
        return Ok(empty);
    }
    apply_changes(session, dataset, grid, empty, &changes).map(|(stored, _)| stored)
}

/// Gives back the blocks of an index, without the chunks.
///
/// # Errors
/// `Format`, `Io`; nothing has changed then.
pub(super) fn release(session: &mut Session, grid: &ChunkGrid, stored: StoredIndex) -> Result<()> {
    match stored {
        StoredIndex::FixedArray { address: Some(address), .. } => {
            fixed_array::release(session, grid, address)
        }
        StoredIndex::ExtensibleArray { address: Some(address), .. } => {
            extensible_array::release(session, grid, address)
        }
        StoredIndex::BTreeV2 { address: Some(address), .. } => b_tree_v2::release(session, address),
        StoredIndex::BTreeV1 { address: Some(address) } => b_tree_v1::release(session, grid, address),
        _ => Ok(()),
    }
}

/// The same index elsewhere, or nowhere.
pub(super) fn with_address(mut stored: StoredIndex, to: Option<Address>) -> StoredIndex {
    *address_mut(&mut stored) = to;
    stored
}

/// Where an index is.
pub(super) fn address(mut stored: StoredIndex) -> Option<Address> {
    *address_mut(&mut stored)
}

fn address_mut(stored: &mut StoredIndex) -> &mut Option<Address> {
    let (StoredIndex::BTreeV1 { address }
    | StoredIndex::Single { address, .. }
    | StoredIndex::Implicit { address }
    | StoredIndex::FixedArray { address, .. }
    | StoredIndex::ExtensibleArray { address, .. }
    | StoredIndex::BTreeV2 { address, .. }) = stored;
    address
}

/// Places of the chunks that some changes are about, as the index has them now.
fn current_places(
    session: &Session,
    grid: &ChunkGrid,
    stored: StoredIndex,
    changes: &[Change<'_>],
) -> Result<Vec<Option<ChunkLocation>>> {
    let storage = session.core().storage();
    let index = ChunkIndex::open(storage, grid.largest(), stored)?;
    changes.iter().map(|change| index.lookup_stored(storage, change.scaled)).collect()
}
