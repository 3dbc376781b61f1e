//! Selections in the server's words, cut into requests of a bearable size.

use std::fmt::Write as _;
use std::ops::Range;

use h5_types::{Block, ResolvedSelection, Result, Selection};

/// What is selected along one dimension: `count` elements, `step` apart, from `start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Axis {
    pub(crate) start: u64,
    pub(crate) count: u64,
    pub(crate) step: u64,
}

/// A part of a selection, and which of its elements those are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slice {
    pub(crate) axes: Vec<Axis>,
    pub(crate) elements: Range<usize>,
}

/// The selection as one slice a dimension; `None` if it is none.
pub(crate) fn axes(selection: &Selection, resolved: &ResolvedSelection) -> Option<Vec<Axis>> {
    let counts = resolved.regular_shape()?;
    let bounds = resolved.bounds()?;
    let contiguous = |(&start, &count): (&u64, &u64)| Axis { start, count, step: 1 };
    if counts == bounds.size {
        return Some(bounds.start.iter().zip(&counts).map(contiguous).collect());
    }
    let Selection::Hyperslab(slab) = selection else { return None };
    let axis = |((d, &count), &size): ((&h5_types::HyperslabDimension, &u64), &u64)| {
        if count == size {
            Some(Axis { start: d.start, count, step: 1 })
        } else {
            (d.block == Some(1)).then_some(Axis { start: d.start, count, step: d.stride })
        }
    };
    slab.dimensions.iter().zip(&counts).zip(&bounds.size).map(axis).collect()
}

/// The axes of a box.
pub(crate) fn of_block(block: &Block) -> Vec<Axis> {
    block.start.iter().zip(&block.size).map(|(&start, &count)| Axis { start, count, step: 1 }).collect()
}

/// As the query has it; empty for an extent without dimensions, whose one element needs none.
pub(crate) fn query(axes: &[Axis]) -> String {
    let mut text = String::new();
    for axis in axes {
        text.push(if text.is_empty() { '[' } else { ',' });
        let last = axis.count.saturating_sub(1).saturating_mul(axis.step);
        let end = axis.start.saturating_add(last).saturating_add(1);
        // Writing to a string does not fail.
        let _ = write!(text, "{}:{end}", axis.start);
        if axis.step > 1 && axis.count > 1 {
            let _ = write!(text, ":{}", axis.step);
        }
    }
    if !text.is_empty() {
        text.push(']');
    }
    text
}

/// Cuts a selection into parts of at most so many elements, where one row allows it, each of which is consecutive in the packed result; if it
/// goes, along the boundaries of chunks.
pub(crate) fn slices(axes: &[Axis], chunk: Option<&[u64]>, most: u64) -> Result<Vec<Slice>> {
    let most = most.max(1);
    let mut inner = 1_u64;
    let mut along = axes.len();
    // The slowest dimension of which one coordinate is not too much.
    for (at, axis) in axes.iter().enumerate().rev() {
        if inner > most {
            break;
        }
        along = at;
        inner = inner.saturating_mul(axis.count);
    }
    let Some(cut) = axes.get(along) else {
        let all = axes.iter().fold(1_u64, |count, axis| count.saturating_mul(axis.count));
        let all = usize::try_from(all).unwrap_or(usize::MAX);
        return Ok(vec![Slice { axes: axes.to_vec(), elements: 0..all }]);
    };
    let row = axes.iter().skip(along.saturating_add(1)).fold(1_u64, |n, axis| n.saturating_mul(axis.count));
    let rows = most.checked_div(row).unwrap_or(1).max(1);
    let chunk = chunk.and_then(|chunk| chunk.get(along).copied()).filter(|_| cut.step == 1).unwrap_or(1);
    let mut outer: Vec<u64> = vec![0; along];
    let mut slices = Vec::new();
    let mut first = 0_usize;
    loop {
        let mut at = 0;
        while at < cut.count {
            let count =
                rows_from(cut.start.saturating_add(at), rows, chunk).min(cut.count.saturating_sub(at));
            let mut part = axes.to_vec();
            for (axis, &index) in part.iter_mut().zip(&outer) {
                *axis = Axis {
                    start: axis.start.saturating_add(index.saturating_mul(axis.step)),
                    count: 1,
                    step: 1,
                };
            }
            if let Some(axis) = part.get_mut(along) {
                axis.start = cut.start.saturating_add(at.saturating_mul(cut.step));
                axis.count = count;
            }
            let length = usize::try_from(count.saturating_mul(row)).unwrap_or(usize::MAX);
            let end = first.saturating_add(length);
            slices.push(Slice { axes: part, elements: first..end });
            first = end;
            at = at.saturating_add(count);
        }
        if !turn(&mut outer, axes) {
            return Ok(slices);
        }
    }
}

/// Rows of a part that begins at a row: up to the last boundary of chunks within reach.
fn rows_from(start: u64, most: u64, chunk: u64) -> u64 {
    let end = start.saturating_add(most);
    let beyond = end.checked_rem(chunk).unwrap_or(0);
    let aligned = most.saturating_sub(beyond);
    if beyond < most && aligned > 0 { aligned } else { most }
}

/// The next coordinates of the outer dimensions; false after the last.
fn turn(outer: &mut [u64], axes: &[Axis]) -> bool {
    for (index, axis) in outer.iter_mut().zip(axes).rev() {
        *index = index.saturating_add(1);
        if *index < axis.count {
            return true;
        }
        *index = 0;
    }
    false
}

/// Boxes of one row each that make up any selection, in its order.
pub(crate) fn rows(resolved: &ResolvedSelection) -> Result<Vec<Vec<Axis>>> {
    let dimensions = resolved.dimensions();
    let last = dimensions.last().copied().unwrap_or(1).max(1);
    let mut rows = Vec::new();
    for run in resolved.runs()? {
        let (mut offset, mut left) = (run.offset, run.length);
        while left > 0 {
            let within = offset.checked_rem(last).unwrap_or(0);
            let count = left.min(last.saturating_sub(within));
            let mut axes: Vec<Axis> = position(dimensions, offset)
                .into_iter()
                .map(|start| Axis { start, count: 1, step: 1 })
                .collect();
            if let Some(axis) = axes.last_mut() {
                axis.count = count;
            }
            rows.push(axes);
            offset = offset.saturating_add(count);
            left = left.saturating_sub(count);
        }
    }
    Ok(rows)
}

/// Coordinates of all selected elements, one after the other.
pub(crate) fn points(resolved: &ResolvedSelection) -> Result<Vec<u64>> {
    let mut coordinates = Vec::new();
    for row in rows(resolved)? {
        let count = row.last().map_or(0, |axis| axis.count);
        for at in 0..count {
            coordinates.extend(row.iter().map(|axis| axis.start));
            if let Some(last) = coordinates.last_mut() {
                *last = last.saturating_add(at);
            }
        }
    }
    Ok(coordinates)
}

/// Coordinates of an element by its linear number.
fn position(dimensions: &[u64], number: u64) -> Vec<u64> {
    let mut rest = number;
    let mut position = vec![0; dimensions.len()];
    for (place, &size) in position.iter_mut().zip(dimensions).rev() {
        *place = rest.checked_rem(size).unwrap_or(0);
        rest = rest.checked_div(size).unwrap_or(0);
    }
    position
}

#[cfg(test)]
mod tests {
    use h5_types::{Hyperslab, HyperslabDimension, Points};

    use super::*;

    fn axes_of(selection: &Selection, dimensions: &[u64]) -> Option<Vec<Axis>> {
        axes(selection, &selection.resolve(dimensions).unwrap())
    }

    fn slab(parts: &[(u64, u64, u64, u64)]) -> Selection {
        let dimension = |&(start, stride, count, block): &(u64, u64, u64, u64)| HyperslabDimension {
            start,
            stride,
            count: Some(count),
            block: Some(block),
        };
        Selection::Hyperslab(Hyperslab { dimensions: parts.iter().map(dimension).collect() })
    }

    #[test]
    fn selections_are_said_in_the_servers_words() {
        let said =
            |selection: &Selection, dimensions: &[u64]| axes_of(selection, dimensions).map(|a| query(&a));
        assert_eq!(said(&Selection::All, &[3, 4]).as_deref(), Some("[0:3,0:4]"));
        assert_eq!(said(&Selection::All, &[]).as_deref(), Some(""));
        assert_eq!(said(&slab(&[(1, 3, 3, 1), (2, 2, 2, 2)]), &[10, 10]).as_deref(), Some("[1:8:3,2:6]"));
        assert_eq!(said(&slab(&[(1, 5, 2, 2)]), &[10]), None);
        assert_eq!(said(&Selection::Points(Points { rank: 1, coordinates: vec![1] }), &[3]), None);
    }

    #[test]
    fn slices_follow_chunks_and_leave_nothing_out() {
        let whole = axes_of(&slab(&[(3, 1, 20, 1), (0, 1, 10, 1)]), &[30, 10]).unwrap();
        let found = slices(&whole, Some(&[5, 10]), 70).unwrap();
        let said: Vec<String> = found.iter().map(|slice| query(&slice.axes)).collect();
        assert_eq!(said, ["[3:10,0:10]", "[10:15,0:10]", "[15:20,0:10]", "[20:23,0:10]"]);
        assert_eq!(found.last().unwrap().elements, 170..200);
        for most in [1, 2, 7, 10, 11, 199, 200, 1000] {
            let found = slices(&whole, Some(&[4, 3]), most).unwrap();
            let mut next = 0;
            for slice in &found {
                assert_eq!(slice.elements.start, next);
                next = slice.elements.end;
                let count: u64 = slice.axes.iter().map(|axis| axis.count).product();
                assert_eq!(usize::try_from(count).unwrap(), slice.elements.len());
                assert!(count <= most);
            }
            assert_eq!(next, 200);
        }
    }

    #[test]
    fn any_selection_is_rows_and_points() {
        let selection = Selection::Points(Points { rank: 2, coordinates: vec![2, 1, 0, 3, 1, 0] });
        let resolved = selection.resolve(&[3, 4]).unwrap();
        assert_eq!(points(&resolved).unwrap(), [2, 1, 0, 3, 1, 0]);
        let resolved = slab(&[(0, 2, 2, 1), (0, 3, 1, 2)]).resolve(&[3, 4]).unwrap();
        assert_eq!(points(&resolved).unwrap(), [0, 0, 0, 1, 2, 0, 2, 1]);
        assert_eq!(rows(&resolved).unwrap().len(), 2);
    }
}
