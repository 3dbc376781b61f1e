//! Fill values in storage that was just handed out.

use h5_types::{Address, Error, FillTime, Result};

use super::description::Description;
use super::fill_copies::SharedFill;
use crate::write::session::Session;

/// Bytes written at once.
const TILE_BYTES: u64 = 1 << 20;

/// Fills a new block of a dataset, as its fill time says, and makes the file long enough to read it.
///
/// Where the fill value is zero, bytes after the file's present end are left out: they read as zeros once the file is longer. Zeros are
/// written elsewhere even if nothing is defined, since the space may hold what something else left there.
///
/// # Errors
/// `Format` if the fill value has another size than an element; `Io`.
pub(crate) fn fill_block(
    session: &mut Session,
    description: &Description,
    block: Address,
    bytes: u64,
) -> Result<()> {
    let storage = session.core().storage();
    let (base, vfd) = (storage.base_address(), storage.vfd().clone());
    let length = storage.driver_length()?;
    let is_written = description.fill.fill_time != FillTime::Never;
    let needed = if !is_written {
        0
    } else if description.fill_element()?.is_some() {
        bytes
    } else {
        length.saturating_sub(base).saturating_sub(block.0).min(bytes)
    };
    let element_bytes = description.element_bytes().max(1);
    let elements = TILE_BYTES.checked_div(element_bytes).unwrap_or(1).max(1);
    let tile = filled(description, elements.saturating_mul(element_bytes).min(needed))?;
    let shared = SharedFill::find(session, description)?;
    let mut at = 0_u64;
    while at < needed {
        let take = usize::try_from(needed.saturating_sub(at)).unwrap_or(usize::MAX).min(tile.len());
        let part = tile.get(..take).unwrap_or_default();
        let place = Address(block.0.saturating_add(at));
        match &shared {
            None => session.write_raw(place, part)?,
            Some(shared) => {
                let mut own = part.to_vec();
                shared.separate(session, &mut own)?;
                session.write_raw(place, &own)?;
            }
        }
        at = at.saturating_add(u64::try_from(take).unwrap_or(u64::MAX));
    }
    let end = base.saturating_add(block.0).saturating_add(bytes);
    if session.core().storage().driver_length()? < end {
        vfd.set_len(end)?;
    }
    Ok(())
}

/// The fill value, as often as that many bytes hold it; the last may be cut short.
///
/// # Errors
/// `Format` if the fill value has another size than an element; `Limit` if memory is short.
pub(crate) fn filled(description: &Description, bytes: u64) -> Result<Vec<u8>> {
    let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
    let mut buffer = Vec::new();
    buffer
        .try_reserve_exact(bytes)
        .map_err(|e| Error::limit(format!("no memory for a buffer of {bytes} bytes")).with_source(e))?;
    buffer.resize(bytes, 0);
    if let Some(element) = description.fill_element()? {
        for place in buffer.chunks_mut(element.len().max(1)) {
            let part = element.get(..place.len()).unwrap_or_default();
            place.copy_from_slice(part);
        }
    }
    Ok(buffer)
}
