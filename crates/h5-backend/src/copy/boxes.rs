//! An extent in boxes that are read and written one by one.

use h5_types::{Block, Hyperslab, HyperslabDimension, Selection};

/// The boxes of an extent, in C order, along the boundaries of a grid.
#[derive(Debug)]
pub(super) struct Boxes {
    dimensions: Vec<u64>,
    /// Size of a box that is not cut by the extent.
    step: Vec<u64>,
    /// Where the next box begins.
    next: Option<Vec<u64>>,
}

impl Boxes {
    /// Boxes of whole grid cells, of at most so many elements or else of one cell.
    pub(super) fn new(dimensions: &[u64], cell: &[u64], most: u64) -> Self {
        let mut step: Vec<u64> =
            dimensions.iter().zip(cell).map(|(&size, &cell)| cell.clamp(1, size.max(1))).collect();
        let product = |step: &[u64]| step.iter().fold(1_u64, |product, &size| product.saturating_mul(size));
        for axis in (0..step.len()).rev() {
            let room = most.checked_div(product(&step)).unwrap_or(1).max(1);
            let (Some(size), Some(&extent)) = (step.get_mut(axis), dimensions.get(axis)) else { break };
            *size = size.saturating_mul(room).min(extent.max(1));
            // Only along whole rows do boxes go together.
            if *size < extent {
                break;
            }
        }
        let next = (!dimensions.contains(&0)).then(|| vec![0; dimensions.len()]);
        Self { dimensions: dimensions.to_vec(), step, next }
    }
}

impl Iterator for Boxes {
    type Item = Block;

    fn next(&mut self) -> Option<Block> {
        let start = self.next.take()?;
        let size = start
            .iter()
            .zip(&self.step)
            .zip(&self.dimensions)
            .map(|((&start, &step), &extent)| step.min(extent.saturating_sub(start)))
            .collect();
        let mut following = start.clone();
        let axes = following.iter_mut().zip(&self.step).zip(&self.dimensions).rev();
        for ((index, &step), &extent) in axes {
            *index = index.saturating_add(step);
            if *index < extent {
                self.next = Some(following);
                break;
            }
            *index = 0;
        }
        Some(Block { start, size })
    }
}

/// The elements of a box; of an extent without dimensions, its one element.
pub(super) fn selection(block: &Block) -> Selection {
    if block.start.is_empty() {
        return Selection::All;
    }
    let dimension = |(&start, &size): (&u64, &u64)| HyperslabDimension {
        start,
        stride: size.max(1),
        count: Some(1),
        block: Some(size),
    };
    let dimensions = block.start.iter().zip(&block.size).map(dimension).collect();
    Selection::Hyperslab(Hyperslab { dimensions })
}

/// Two halves of a box along its slowest dimension of more than one element; `None` for a single element.
pub(super) fn halves(block: &Block) -> Option<[Block; 2]> {
    let axis = block.size.iter().position(|&size| size > 1)?;
    let (mut first, mut second) = (block.clone(), block.clone());
    let size = *block.size.get(axis)?;
    let half = size.div_ceil(2);
    *first.size.get_mut(axis)? = half;
    *second.size.get_mut(axis)? = size.saturating_sub(half);
    let start = second.start.get_mut(axis)?;
    *start = start.saturating_add(half);
    Some([first, second])
}

/// Number of elements of a box.
pub(super) fn element_count(block: &Block) -> u64 {
    block.size.iter().fold(1, |product, &size| product.saturating_mul(size))
}

#[cfg(test)]
mod tests {
    use super::{Boxes, element_count, halves};

    /// How often each element of an extent is in a box.
    fn coverage(dimensions: &[u64; 2], cell: &[u64; 2], most: u64) -> (Vec<u32>, Vec<[u64; 2]>) {
        let mut seen = vec![0; (dimensions[0] * dimensions[1]) as usize];
        let mut starts = Vec::new();
        for block in Boxes::new(dimensions, cell, most) {
            starts.push([block.start[0], block.start[1]]);
            for row in block.start[0]..block.start[0] + block.size[0] {
                for column in block.start[1]..block.start[1] + block.size[1] {
                    seen[(row * dimensions[1] + column) as usize] += 1;
                }
            }
        }
        (seen, starts)
    }

    #[test]
    fn every_element_is_in_one_box_whose_edges_are_those_of_the_grid() {
        for cell in [[1, 1], [3, 2], [2, 7], [100, 100], [4, 1]] {
            for most in [1, 2, 5, 12, 20, 1000] {
                let (seen, starts) = coverage(&[7, 5], &cell, most);
                assert!(seen.iter().all(|&count| count == 1), "{cell:?} {most}");
                let on_grid =
                    |start: &[u64; 2]| start[0].is_multiple_of(cell[0]) && start[1].is_multiple_of(cell[1]);
                assert!(starts.iter().all(on_grid), "{cell:?} {most}: {starts:?}");
            }
        }
        let boxes: Vec<_> = Boxes::new(&[7, 5], &[1, 1], 11).map(|b| element_count(&b)).collect();
        assert_eq!(boxes, [10, 10, 10, 5]);
    }

    #[test]
    fn scalars_have_one_box_and_empty_extents_none() {
        assert_eq!(Boxes::new(&[], &[], 10).count(), 1);
        assert_eq!(Boxes::new(&[3, 0], &[1, 1], 10).count(), 0);
    }

    #[test]
    fn a_box_is_halved_along_its_slowest_dimension() {
        let block = h5_types::Block { start: vec![4, 0], size: vec![1, 3] };
        let [first, second] = halves(&block).unwrap();
        assert_eq!((first.size, second.start, second.size), (vec![1, 2], vec![4, 2], vec![1, 1]));
        assert!(halves(&h5_types::Block { start: vec![0], size: vec![1] }).is_none());
    }
}
