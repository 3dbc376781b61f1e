//! Selections of ours in the library's dataspaces.

use h5_types::{Block, Dataspace, Hyperslab, HyperslabDimension, Result, Selection};

use crate::ffi::{Id, Library};

/// Selects what a selection means of the extent of a dataspace, which is all selected before. The number of elements.
pub(crate) fn select(
    library: &Library,
    space: &Id,
    extent: &Dataspace,
    selection: &Selection,
) -> Result<u64> {
    if matches!(extent, Dataspace::Null) {
        return Ok(0);
    }
    let dimensions = extent.dimensions();
    let resolved = selection.resolve(dimensions)?;
    let count = resolved.element_count();
    if count == 0 {
        library.select_none(space)?;
        return Ok(0);
    }
    if dimensions.is_empty() || resolved.is_all() {
        return Ok(count);
    }
    match selection {
        Selection::Hyperslab(slab) => match limited(slab, dimensions) {
            Some(slab) => library.select_hyperslab(space, &slab, false)?,
            None => select_runs(library, space, &resolved)?,
        },
        Selection::Points(points) => library.select_points(space, points)?,
        Selection::Union(blocks) => {
            library.select_none(space)?;
            for block in blocks.iter().filter(|block| !block.size.contains(&0)) {
                add_block(library, space, block)?;
            }
        }
        _ => {}
    }
    Ok(count)
}

/// A hyperslab with definite counts; `None` if its last block is cut off at the end of the extent.
fn limited(slab: &Hyperslab, extent: &[u64]) -> Option<Vec<HyperslabDimension>> {
    let definite = |(&dimension, &size): (&HyperslabDimension, &u64)| {
        let HyperslabDimension { start, stride, count, block } = dimension;
        let left = size.checked_sub(start)?;
        let block = block.unwrap_or(left);
        let count = match count {
            Some(count) => count,
            None if stride == 0 => return None,
            None => left.div_ceil(stride),
        };
        let end = count.checked_sub(1)?.checked_mul(stride)?.checked_add(block)?;
        // The stride of a single block is of no account, and may be anything.
        let stride = if count == 1 { block.max(1) } else { stride };
        (end <= left).then_some(HyperslabDimension { start, stride, count: Some(count), block: Some(block) })
    };
    slab.dimensions.iter().zip(extent).map(definite).collect()
}

/// Selects a hyperslab run by run.
fn select_runs(library: &Library, space: &Id, selection: &h5_types::ResolvedSelection) -> Result<()> {
    library.select_none(space)?;
    let dimensions = selection.dimensions();
    for run in selection.runs()? {
        let mut offset = run.offset;
        let end = run.offset.saturating_add(run.length);
        while offset < end {
            let mut rest = offset;
            let mut start = vec![0; dimensions.len()];
            for (at, &size) in start.iter_mut().zip(dimensions).rev() {
                *at = rest.checked_rem(size).unwrap_or(0);
                rest = rest.checked_div(size).unwrap_or(0);
            }
            // A run may go on in the next row.
            let row = dimensions.last().copied().unwrap_or(1);
            let left = row.saturating_sub(start.last().copied().unwrap_or(0)).max(1);
            let length = left.min(end.saturating_sub(offset));
            let mut size = vec![1; dimensions.len()];
            if let Some(last) = size.last_mut() {
                *last = length;
            }
            add_block(library, space, &Block { start, size })?;
            offset = offset.saturating_add(length);
        }
    }
    Ok(())
}

fn add_block(library: &Library, space: &Id, block: &Block) -> Result<()> {
    match Selection::from_block(block) {
        Selection::Hyperslab(slab) => library.select_hyperslab(space, &slab.dimensions, true),
        _ => Ok(()),
    }
}
