//! Random changes of one dataset, beside the same changes of an array: the model that backends are compared with is compared with a
//! simpler one.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use h5_testkit::MemoryBackend;
use h5_types::{Hyperslab, HyperslabDimension, Points, Selection};
use ndarray::{Array2, Axis, concatenate, s};
use proptest::prelude::*;

const FILL: i32 = -1;

#[derive(Debug, Clone)]
enum Change {
    Resize([usize; 2]),
    Append(usize, usize),
    /// Start, stride, count and block along each dimension; what leaves the extent is refused by both.
    Hyperslab([[usize; 4]; 2]),
    /// Positions, taken modulo the extent.
    Points(Vec<[usize; 2]>),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let slab = [0..4_usize, 1..4_usize, 0..4_usize, 1..3_usize];
    let change = prop_oneof![
        [0..8_usize, 0..8_usize].prop_map(Change::Resize),
        (0..2_usize, 0..3_usize).prop_map(|(axis, count)| Change::Append(axis, count)),
        [slab.clone(), slab].prop_map(Change::Hyperslab),
        prop::collection::vec([0..8_usize, 0..8_usize], 0..6).prop_map(Change::Points),
    ];
    prop::collection::vec(change, 0..12)
}

/// Coordinates that a hyperslab selects along a dimension; `None` if its blocks overlap or it leaves the extent.
fn coordinates([start, stride, count, block]: [usize; 4], size: usize) -> Option<Vec<usize>> {
    if block > stride && count > 1 {
        return None;
    }
    let found: Vec<usize> =
        (0..count).flat_map(|i| (0..block).map(move |j| start + i * stride + j)).collect();
    found.iter().all(|&at| at < size).then_some(found)
}

fn selection(slab: [[usize; 4]; 2]) -> Selection {
    let dimension = |[start, stride, count, block]: [usize; 4]| HyperslabDimension {
        start: start as u64,
        stride: stride as u64,
        count: Some(count as u64),
        block: Some(block as u64),
    };
    Selection::Hyperslab(Hyperslab { dimensions: slab.map(dimension).to_vec() })
}

proptest! {
    #[test]
    fn a_dataset_changes_as_an_array_does(changes in changes()) {
        let file = MemoryBackend::new();
        let data = file.new_dataset::<i32>("x").shape([3, 4]).resizable().fill_value(FILL).create().unwrap();
        let mut model = Array2::from_elem((3, 4), FILL);
        let mut next = 0_i32;
        let mut fresh = |count: usize| -> Vec<i32> {
            (0..count).map(|_| { next += 1; next }).collect()
        };
        for change in changes {
            let (rows, columns) = model.dim();
            match change {
                Change::Resize([r, c]) => {
                    data.resize([r as u64, c as u64]).unwrap();
                    let mut resized = Array2::from_elem((r, c), FILL);
                    let (r, c) = (r.min(rows), c.min(columns));
                    resized.slice_mut(s![..r, ..c]).assign(&model.slice(s![..r, ..c]));
                    model = resized;
                }
                Change::Append(axis, count) => {
                    let shape = if axis == 0 { (count, columns) } else { (rows, count) };
                    let added = Array2::from_shape_vec(shape, fresh(shape.0 * shape.1)).unwrap();
                    data.append_axis(axis, &added).unwrap();
                    model = concatenate(Axis(axis), &[model.view(), added.view()]).unwrap();
                }
                Change::Hyperslab(slab) => {
                    let along = (coordinates(slab[0], rows), coordinates(slab[1], columns));
                    let (Some(ys), Some(xs)) = along else { continue };
                    let values = fresh(ys.len() * xs.len());
                    data.write_selection(&selection(slab), &values).unwrap();
                    let places = ys.iter().flat_map(|&y| xs.iter().map(move |&x| (y, x)));
                    places.zip(&values).for_each(|(place, &value)| model[place] = value);
                    prop_assert_eq!(data.read_selection::<i32>(&selection(slab)).unwrap(), values);
                }
                Change::Points(points) => {
                    if model.is_empty() {
                        continue;
                    }
                    let points: Vec<_> = points.iter().map(|[y, x]| (y % rows, x % columns)).collect();
                    let flat = points.iter().flat_map(|&(y, x)| [y as u64, x as u64]).collect();
                    let selection = Selection::Points(Points { rank: 2, coordinates: flat });
                    let values = fresh(points.len());
                    data.write_selection(&selection, &values).unwrap();
                    // Of several values for one element, the last one stays.
                    points.iter().zip(&values).for_each(|(&place, &value)| model[place] = value);
                }
            }
            prop_assert_eq!(data.read_array::<i32>().unwrap(), model.clone().into_dyn());
        }
    }
}
