//! Selections in two parts: what takes longer to read than a commit takes to come is read in pieces.

use h5_types::{Block, Hyperslab, HyperslabDimension, Selection};

/// The first and the second part of a selection, and how many elements the first has. `None` if it is one element, or of a kind that is
/// not split.
pub(super) fn halves(selection: &Selection, extent: &[u64]) -> Option<(Selection, Selection, u64)> {
    let whole;
    let slab = match selection {
        Selection::Hyperslab(slab) => slab,
        Selection::All => {
            whole = Selection::from_block(&Block { start: vec![0; extent.len()], size: extent.to_vec() });
            let Selection::Hyperslab(slab) = &whole else { return None };
            slab
        }
        _ => return None,
    };
    // The first dimension along which more than one element is picked: in C order, its first half comes first.
    let axis = slab.dimensions.iter().position(|d| picked(d) != Some(1))?;
    let (first, second) = halves_of(slab.dimensions.get(axis)?)?;
    let first = with(slab, axis, first);
    let second = with(slab, axis, second);
    let count = first.dimensions.iter().try_fold(1_u64, |count, d| count.checked_mul(picked(d)?))?;
    Some((Selection::Hyperslab(first), Selection::Hyperslab(second), count))
}

fn picked(dimension: &HyperslabDimension) -> Option<u64> {
    dimension.count?.checked_mul(dimension.block?)
}

fn with(slab: &Hyperslab, axis: usize, dimension: HyperslabDimension) -> Hyperslab {
    let mut slab = slab.clone();
    if let Some(place) = slab.dimensions.get_mut(axis) {
        *place = dimension;
    }
    slab
}

/// Half of the blocks and the others, or half of the one block and its rest.
fn halves_of(d: &HyperslabDimension) -> Option<(HyperslabDimension, HyperslabDimension)> {
    let (count, block) = (d.count?, d.block?);
    if count > 1 {
        let before = count / 2;
        let start = d.start.checked_add(d.stride.checked_mul(before)?)?;
        let after = count.checked_sub(before)?;
        return Some((
            HyperslabDimension { count: Some(before), ..*d },
            HyperslabDimension { start, count: Some(after), ..*d },
        ));
    }
    let before = (block > 1).then_some(block / 2)?;
    let part =
        |start, block: u64| HyperslabDimension { start, stride: block, count: Some(1), block: Some(block) };
    Some((part(d.start, before), part(d.start.checked_add(before)?, block.checked_sub(before)?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Elements of a selection of a 2-D extent, in order.
    fn picked_elements(selection: &Selection, extent: &[u64]) -> Vec<u64> {
        let resolved = selection.resolve(extent).unwrap();
        let runs = resolved.runs().unwrap();
        runs.flat_map(|run| run.offset..run.offset + run.length).collect()
    }

    #[test]
    fn halves_of_halves_pick_the_same_elements_in_the_same_order() {
        let extent = [7, 10];
        let regular = |start, stride, count, block| HyperslabDimension {
            start,
            stride,
            count: Some(count),
            block: Some(block),
        };
        let slab = Hyperslab { dimensions: vec![regular(1, 3, 2, 2), regular(0, 4, 3, 1)] };
        for whole in [Selection::All, Selection::Hyperslab(slab)] {
            let mut parts = vec![whole.clone()];
            for _ in 0..8 {
                parts = parts
                    .into_iter()
                    .flat_map(|part| match halves(&part, &extent) {
                        Some((first, second, count)) => {
                            assert_eq!(first.element_count(&extent).unwrap(), count);
                            vec![first, second]
                        }
                        None => vec![part],
                    })
                    .collect();
            }
            let apart: Vec<u64> = parts.iter().flat_map(|part| picked_elements(part, &extent)).collect();
            assert_eq!(apart, picked_elements(&whole, &extent));
            assert!(parts.iter().all(|part| part.element_count(&extent).unwrap() == 1));
        }
    }

    #[test]
    fn what_has_no_halves_is_told() {
        assert_eq!(halves(&Selection::None, &[4]), None);
        assert_eq!(halves(&Selection::All, &[]), None);
        assert_eq!(halves(&Selection::All, &[1, 1]), None);
        assert_eq!(halves(&Selection::All, &[0, 5]), None);
    }
}
