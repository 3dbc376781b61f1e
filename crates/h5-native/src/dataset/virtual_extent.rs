//! How far a virtual dataset with unlimited mappings reaches: as far as its sources do (the library's default view, "last
//! available").

use h5_types::{Dataspace, HyperslabDimension, Name, Result, Selection, VirtualMapping};

use super::context::ReadContext;
use super::virtual_storage::VirtualStorage;

/// The dimension of a selection that has no end, if one has.
pub(super) fn unlimited_dimension(selection: &Selection) -> Option<(usize, &HyperslabDimension)> {
    let Selection::Hyperslab(slab) = selection else { return None };
    slab.dimensions.iter().enumerate().find(|(_, d)| d.count.is_none() || d.block.is_none())
}

/// True if the mapping's source is another for each block: an unlimited number of blocks, each a whole limited source selection.
pub(super) fn is_numbered(mapping: &VirtualMapping) -> bool {
    unlimited_dimension(&mapping.virtual_selection).is_some()
        && unlimited_dimension(&mapping.source_selection).is_none()
}

/// A name with its pattern filled in: `%b` is the number, `%%` is `%`.
pub(super) fn numbered_name(pattern: &Name, number: u64) -> Name {
    let mut out = Vec::with_capacity(pattern.as_bytes().len());
    let mut bytes = pattern.as_bytes().iter();
    while let Some(&byte) = bytes.next() {
        match (byte, bytes.as_slice().first()) {
            (b'%', Some(b'b')) => out.extend_from_slice(number.to_string().as_bytes()),
            (b'%', Some(b'%')) => out.push(b'%'),
            _ => {
                out.push(byte);
                continue;
            }
        }
        bytes.next();
    }
    Name::new(out)
}

/// The coordinate after the `count`-th one that a dimension of a hyperslab selects, if it goes on that far.
fn end_of_count(dimension: &HyperslabDimension, count: u64) -> Option<u64> {
    let last = count.checked_sub(1)?;
    let Some(block) = dimension.block else { return dimension.start.checked_add(count) };
    let (blocks, within) = (last.checked_div(block)?, last.checked_rem(block)?);
    dimension.start.checked_add(blocks.checked_mul(dimension.stride)?)?.checked_add(within)?.checked_add(1)
}

/// The number of coordinates that a dimension of a hyperslab selects of an extent.
fn count_along(selection: &Selection, dimension: usize, dimensions: &[u64]) -> Result<u64> {
    let shape = selection.resolve(dimensions)?.regular_shape();
    Ok(shape.and_then(|shape| shape.get(dimension).copied()).unwrap_or(0))
}

impl VirtualStorage {
    /// Sets the dimensions that unlimited mappings determine; the others stay as stored.
    pub(super) fn compute_extent(&self, context: &ReadContext<'_>, dataspace: &mut Dataspace) -> Result<()> {
        let Dataspace::Simple { dimensions, maximum } = dataspace else { return Ok(()) };
        let mut ends: Vec<Option<u64>> = vec![None; dimensions.len()];
        for mapping in self.mappings() {
            let Some((along, dimension)) = unlimited_dimension(&mapping.virtual_selection) else { continue };
            let most = maximum.get(along).copied().flatten();
            let end = self.end_of_mapping(context, mapping, dimension, most)?;
            if let Some(slot) = ends.get_mut(along) {
                *slot = Some(slot.unwrap_or(0).max(end));
            }
        }
        for (along, (size, end)) in dimensions.iter_mut().zip(&ends).enumerate() {
            let Some(end) = end else { continue };
            // Limited mappings reach as far as they say.
            let limited =
                self.mappings().iter().filter_map(|m| limited_end(&m.virtual_selection, along)).max();
            let most = maximum.get(along).copied().flatten().unwrap_or(u64::MAX);
            *size = (*end).max(limited.unwrap_or(0)).min(most);
        }
        Ok(())
    }

    fn end_of_mapping(
        &self,
        context: &ReadContext<'_>,
        mapping: &VirtualMapping,
        dimension: &HyperslabDimension,
        most: Option<u64>,
    ) -> Result<u64> {
        if !is_numbered(mapping) {
            let Some((source_along, _)) = unlimited_dimension(&mapping.source_selection) else {
                return Ok(0);
            };
            let Some(source) = self.source(context, &mapping.source_file, &mapping.source_dataset)? else {
                return Ok(0);
            };
            let sizes = source.info().dataspace.dimensions();
            let count = count_along(&mapping.source_selection, source_along, sizes)?;
            return Ok(end_of_count(dimension, count).unwrap_or(0));
        }
        let block = dimension.block.unwrap_or(1);
        let mut end = 0;
        // The first source that is missing ends the search, as a gap of zero (the default) asks.
        for number in 0_u64.. {
            let start = number.checked_mul(dimension.stride).and_then(|n| n.checked_add(dimension.start));
            let Some(start) = start.filter(|&start| start < most.unwrap_or(u64::MAX)) else { break };
            let file = numbered_name(&mapping.source_file, number);
            let dataset = numbered_name(&mapping.source_dataset, number);
            // Names without a pattern are one source, which the first block has.
            let same = number > 0 && file == mapping.source_file && dataset == mapping.source_dataset;
            if same || self.source(context, &file, &dataset)?.is_none() {
                break;
            }
            end = start.saturating_add(block);
        }
        Ok(end)
    }
}

/// Where a selection without an unlimited dimension ends along one dimension.
fn limited_end(selection: &Selection, along: usize) -> Option<u64> {
    match selection {
        Selection::Hyperslab(slab) => {
            let d = slab.dimensions.get(along)?;
            let (count, block) = (d.count?, d.block?);
            count.checked_sub(1)?.checked_mul(d.stride)?.checked_add(d.start)?.checked_add(block)
        }
        Selection::Union(blocks) => {
            blocks.iter().filter_map(|b| b.start.get(along)?.checked_add(*b.size.get(along)?)).max()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_take_the_number() {
        let name = |pattern: &str, n| numbered_name(&pattern.into(), n).to_string();
        assert_eq!(name("f-%b.h5", 12), "f-12.h5");
        assert_eq!(name("100%%-%b-%b", 3), "100%-3-3");
        assert_eq!(name("%x%", 3), "%x%");
    }

    #[test]
    fn count_ends_inside_a_block() {
        let d = HyperslabDimension { start: 2, stride: 5, count: None, block: Some(2) };
        let ends: Vec<_> = (0..6).map(|n| end_of_count(&d, n)).collect();
        assert_eq!(ends, [None, Some(3), Some(4), Some(8), Some(9), Some(13)]);
    }
}
