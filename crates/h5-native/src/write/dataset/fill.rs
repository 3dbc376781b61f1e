//! Fill values in storage that was just handed out.

use std::ops::Range;

use h5_types::{Address, FillTime, Result};

use super::description::Description;
use crate::write::session::Session;

/// Bytes written at once.
const TILE_BYTES: u64 = 1 << 20;

/// Fills bytes of a new block of a dataset, as its fill time says. `range` begins with an element.
///
/// Where the fill value is zero, bytes after the file's present end are left out: they read as zeros once the file is longer. Zeros are
/// written elsewhere even if nothing is defined, since the space may hold what something else left there.
///
/// # Errors
/// `Format` if the fill value has another size than an element; `Io`.
pub(super) fn fill_block(
    session: &mut Session,
    description: &Description,
    block: Address,
    range: Range<u64>,
) -> Result<()> {
    if description.fill.fill_time == FillTime::Never {
        return Ok(());
    }
    let element = description.fill_element()?.map(<[u8]>::to_vec);
    let mut end = range.end;
    if element.is_none() {
        let storage = session.core().storage();
        let written = storage.vfd().len()?.saturating_sub(storage.base_address());
        end = end.min(written.saturating_sub(block.0));
    }
    let element = element.unwrap_or_else(|| vec![0]);
    let size = u64::try_from(element.len()).unwrap_or(u64::MAX).max(1);
    let elements = TILE_BYTES.checked_div(size).unwrap_or(1).max(1);
    let tile_bytes = elements.saturating_mul(size).min(end.saturating_sub(range.start));
    let elements = usize::try_from(tile_bytes.div_ceil(size)).unwrap_or(usize::MAX);
    let tile = element.repeat(elements);
    let mut at = range.start;
    while at < end {
        let take = usize::try_from(end.saturating_sub(at)).unwrap_or(usize::MAX).min(tile.len());
        let bytes = tile.get(..take).unwrap_or_default();
        session.write_raw(Address(block.0.saturating_add(at)), bytes)?;
        at = at.saturating_add(u64::try_from(take).unwrap_or(u64::MAX));
    }
    Ok(())
}
