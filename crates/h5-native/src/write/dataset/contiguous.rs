//! Elements in one block of the file.
//!
//! A block of at most 1 MiB that the last commit knows is never overwritten: what changes goes to a new one, and the layout message leads
//! there. A larger one is overwritten in place, since copying it would cost more than it keeps whole. Elements that refer to the global
//! heap are never overwritten in place: after a kill they would refer to objects that no commit has.

use h5_backend::ElementSource;
use h5_format::message::{DataLayout, MessageType};
use h5_types::{Address, Error, Heap, Result};

use super::block::{ElementBlock, FileBlock, write_elements};
use super::description::Description;
use super::fill::{fill_block, filled};
use super::fill_copies::separate;
use super::write::NewElements;
use crate::write::session::Session;
use crate::write::space::SpaceKind;
use crate::write::stored_form::StoredForm;

/// Blocks up to that size are replaced as a whole.
const REPLACED_BYTES: u64 = 1 << 20;
/// Bytes of elements that are made at a time, without what they point to.
const MADE_BYTES: usize = 64 << 10;
/// Bytes copied at a time.
const COPY_BYTES: u64 = 1 << 20;

/// What the layout message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ContiguousBlock {
    /// Version of the message, as it will be written.
    pub(crate) version: u8,
    /// The block; `None` if it was never written.
    pub(crate) address: Option<Address>,
    /// Its bytes, where the message says it.
    pub(crate) size: Option<u64>,
}

/// Writes elements.
///
/// # Errors
/// Those of storing elements; `Format` if the block is too small or outside the file; `Io`, `Limit`.
pub(super) fn write(
    session: &mut Session,
    dataset: Address,
    description: &Description,
    block: &mut ContiguousBlock,
    new: &NewElements<'_>,
) -> Result<()> {
    let bytes = description.stored_bytes()?;
    check_block(session, *block, bytes)?;
    if let Some(address) = block.address
        && may_overwrite(session, address, bytes, new)
        && (new.replaces_all() || bytes > REPLACED_BYTES || session.is_swmr())
    {
        return write_elements(session, &mut FileBlock(address), new);
    }
    if bytes > REPLACED_BYTES || (new.replaces_all() && new.form.is_identity()) {
        let address = session.allocate(SpaceKind::Raw, bytes)?;
        let written = write_new(session, description, *block, address, new);
        return finish(session, dataset, block, (address, bytes), written);
    }
    let mut data = filled(description, if new.replaces_all() { 0 } else { bytes })?;
    data.resize(usize::try_from(bytes).unwrap_or(usize::MAX), 0);
    if let (Some(address), false) = (block.address, new.replaces_all()) {
        session.core().storage().read_raw(address, &mut data)?;
    }
    write_elements(session, &mut data, new)?;
    if block.address.is_none() && !new.replaces_all() {
        separate(session, description, &mut data)?;
    }
    if let Some(address) = block.address.filter(|&address| is_unknown(session, address)) {
        return session.write_raw(address, &data);
    }
    let address = session.allocate(SpaceKind::Raw, bytes)?;
    let written = session.write_raw(address, &data);
    finish(session, dataset, block, (address, bytes), written)
}

/// Writes all elements as they are made, into a new block that takes the place of the old one. False, and nothing is done, if the block is
/// short, or keeps parts of the old elements.
///
/// # Errors
/// As [`write()`], and those of making elements. Nothing has changed then.
pub(super) fn write_made(
    session: &mut Session,
    dataset: Address,
    description: &Description,
    block: &mut ContiguousBlock,
    source: &dyn ElementSource,
) -> Result<bool> {
    let bytes = description.stored_bytes()?;
    check_block(session, *block, bytes)?;
    let form = StoredForm::new(&source.datatype(), &description.datatype)?;
    if bytes <= REPLACED_BYTES || form.keeps_bytes() || session.is_swmr() {
        return Ok(false);
    }
    let address = session.allocate(SpaceKind::Raw, bytes)?;
    let written = write_tiles(session, address, &form, source);
    finish(session, dataset, block, (address, bytes), written)?;
    Ok(true)
}

/// Makes, encodes and writes elements, a few at a time.
fn write_tiles(
    session: &mut Session,
    mut address: Address,
    form: &StoredForm,
    source: &dyn ElementSource,
) -> Result<()> {
    let largest = form.memory_size().max(form.stored_size()).max(1);
    let tile = MADE_BYTES.checked_div(largest).unwrap_or(1).max(1);
    let (mut elements, mut stored, mut heap) = (Vec::new(), Vec::new(), Heap::default());
    let mut first = 0_usize;
    while first < source.count() {
        let end = first.saturating_add(tile).min(source.count());
        let count = end.saturating_sub(first);
        elements.resize(count.saturating_mul(form.memory_size()), 0);
        heap.bytes.clear();
        heap.references.clear();
        source.fill(first..end, &mut elements, &mut heap)?;
        stored.clear();
        stored.resize(count.saturating_mul(form.stored_size()), 0);
        form.encode_unseen(session, &elements, &heap, &mut stored)?;
        session.write_raw(address, &stored)?;
        address = Address(address.0.saturating_add(u64::try_from(stored.len()).unwrap_or(u64::MAX)));
        first = end;
    }
    Ok(())
}

/// Gives a dataset its block, if it has none, with the fill value in all elements.
pub(super) fn allocate(session: &mut Session, description: &Description, bytes: u64) -> Result<Address> {
    let address = session.allocate(SpaceKind::Raw, bytes)?;
    let written = fill_block(session, description, address, bytes);
    if let Err(error) = written {
        session.free_raw(address, bytes);
        return Err(error);
    }
    Ok(address)
}

/// A block that is there is as long as the elements, and inside the file.
fn check_block(session: &Session, block: ContiguousBlock, bytes: u64) -> Result<()> {
    let Some(address) = block.address else { return Ok(()) };
    let end = address.0.checked_add(bytes).filter(|&end| end <= session.core().storage().length());
    if block.size.is_some_and(|size| size < bytes) || end.is_none() {
        let size = block.size.unwrap_or(bytes);
        let text = format!("{size} bytes at {:#x} for a dataset of {bytes}", address.0);
        return Err(Error::format(text).in_structure("Data Layout message", "IV.A.2.i"));
    }
    Ok(())
}

/// True if nobody can know what is in a block yet.
fn is_unknown(session: &Session, address: Address) -> bool {
    session.is_fresh(address) && !session.has_readers()
}

fn may_overwrite(session: &Session, address: Address, bytes: u64, new: &NewElements<'_>) -> bool {
    // What points into a heap may turn out to point nowhere: nothing is to have changed then.
    let is_safe = !new.uses_heap && !new.form.needs_session();
    // Readers of a file in SWMR mode keep the header, and refuse a block behind the end of the file that they know: theirs stays.
    is_safe && (bytes > REPLACED_BYTES || session.is_swmr() || is_unknown(session, address))
}

/// Writes elements into a new block, after those of the old one or the fill value.
fn write_new(
    session: &mut Session,
    description: &Description,
    old: ContiguousBlock,
    address: Address,
    new: &NewElements<'_>,
) -> Result<()> {
    let bytes = description.stored_bytes()?;
    let mut target = FileBlock(address);
    if !new.replaces_all() {
        match old.address {
            None => fill_block(session, description, address, bytes)?,
            Some(old) => copy(session, &FileBlock(old), &mut target, bytes)?,
        }
    }
    write_elements(session, &mut target, new)
}

fn copy(session: &mut Session, from: &FileBlock, to: &mut FileBlock, bytes: u64) -> Result<()> {
    let mut tile = vec![0; usize::try_from(COPY_BYTES.min(bytes)).unwrap_or(0)];
    let mut done = 0_u64;
    while done < bytes {
        let take = COPY_BYTES.min(bytes.saturating_sub(done));
        let part = tile.get_mut(..usize::try_from(take).unwrap_or(0)).unwrap_or_default();
        from.read(session, done, part)?;
        to.write(session, done, part)?;
        done = done.saturating_add(take);
    }
    Ok(())
}

/// Lets the layout message lead to a new block, or gives the block back if it was not written.
fn finish(
    session: &mut Session,
    dataset: Address,
    block: &mut ContiguousBlock,
    (address, bytes): (Address, u64),
    written: Result<()>,
) -> Result<()> {
    let now = ContiguousBlock { address: Some(address), size: Some(bytes), ..*block };
    if let Err(error) = written.and_then(|()| set_layout(session, dataset, now)) {
        session.free_raw(address, bytes);
        return Err(error);
    }
    if let Some(old) = block.address {
        session.free_raw(old, bytes);
    }
    *block = now;
    Ok(())
}

fn set_layout(session: &mut Session, dataset: Address, block: ContiguousBlock) -> Result<()> {
    let ContiguousBlock { version, address, size } = block;
    let mut body = Vec::new();
    DataLayout::Contiguous { address, size }.encode(version, session.sizes(), &mut body)?;
    session.header(dataset)?.set(MessageType::DataLayout, body);
    Ok(())
}
