//! Every kind of selection, read and written, in each layout, beside the same selection of a plain array.

use h5_backend::{Dataset, Feature};
use h5_types::{
    Block, Dataspace, ErrorKind, H5Type, Hyperslab, HyperslabDimension, NewDataset, NewLayout, Points,
    Selection,
};

use crate::suite::case::{Case, cases};
use crate::suite::trial::{Failure, Outcome, Trial, is_error, same};

const LAYOUTS: [(&str, &[Feature]); 3] =
    [("contiguous", &[]), ("chunked", &[Feature::ChunkedLayout]), ("compact", &[Feature::CompactLayout])];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = cases!("selections";
        a_selection_of_another_rank_is_refused [],
        a_selection_beyond_the_extent_is_refused [],
        blocks_that_overlap_are_refused [],
        a_point_that_comes_twice_is_read_twice [],
        a_point_that_is_written_twice_has_one_of_the_values [],
        points_are_read_in_their_order [],
        an_empty_selection_reads_and_writes_nothing [],
    );
    for (name, selection) in selections() {
        for (layout, needs) in LAYOUTS {
            let features = [Feature::Write].into_iter().chain(needs.iter().copied());
            let selection = selection.clone();
            cases.push(Case::new("selections", &format!("{name}_{layout}"), features, move |t| {
                like_an_array(t, &selection, layout)
            }));
        }
    }
    cases
}

const SHAPE: [u64; 2] = [9, 11];

fn slab(dimensions: [(u64, u64, Option<u64>, Option<u64>); 2]) -> Selection {
    let dimension = |(start, stride, count, block)| HyperslabDimension { start, stride, count, block };
    Selection::Hyperslab(Hyperslab { dimensions: dimensions.map(dimension).to_vec() })
}

fn block(start: [u64; 2], size: [u64; 2]) -> Block {
    Block { start: start.to_vec(), size: size.to_vec() }
}

fn points(of: &[[u64; 2]]) -> Selection {
    Selection::Points(Points { rank: 2, coordinates: of.concat() })
}

fn selections() -> Vec<(&'static str, Selection)> {
    let (one, two) = (Some(1), Some(2));
    vec![
        ("all", Selection::All),
        ("none", Selection::None),
        ("first_element", slab([(0, 1, one, one), (0, 1, one, one)])),
        ("last_element", slab([(8, 1, one, one), (10, 1, one, one)])),
        ("row", slab([(4, 1, one, one), (0, 1, one, Some(11))])),
        ("column", slab([(0, 1, Some(9), one), (6, 1, one, one)])),
        ("block", Selection::from_block(&block([2, 3], [4, 5]))),
        ("block_to_the_corner", Selection::from_block(&block([5, 7], [4, 4]))),
        ("stride", slab([(0, 2, Some(5), one), (1, 3, Some(4), one)])),
        ("stride_and_block", slab([(1, 4, two, Some(3)), (0, 5, two, two)])),
        ("blocks_side_by_side", slab([(0, 3, Some(3), Some(3)), (2, 2, Some(3), two)])),
        ("blocks_of_no_elements", slab([(0, 1, Some(0), one), (0, 1, one, Some(11))])),
        ("unlimited_count", slab([(1, 3, None, two), (0, 1, one, Some(4))])),
        ("unlimited_block", slab([(3, 1, one, None), (2, 4, two, one)])),
        ("union_apart", Selection::Union(vec![block([0, 0], [2, 2]), block([6, 6], [3, 5])])),
        ("union_touching", Selection::Union(vec![block([1, 1], [3, 4]), block([4, 1], [2, 4])])),
        ("union_overlapping", Selection::Union(vec![block([1, 1], [5, 5]), block([3, 3], [5, 5])])),
        ("union_of_a_cross", Selection::Union(vec![block([4, 0], [1, 11]), block([0, 5], [9, 1])])),
        ("union_in_another_order", Selection::Union(vec![block([7, 0], [1, 3]), block([2, 8], [2, 2])])),
        ("points", points(&[[0, 0], [8, 10], [3, 4], [2, 9], [5, 0]])),
        ("one_point", points(&[[7, 7]])),
    ]
}

/// Places of the selected elements in C order of the extent, one by one: what the selection means, without its cleverness.
fn places(selection: &Selection) -> Vec<usize> {
    let along = |d: &HyperslabDimension, size: u64| -> Vec<u64> {
        let covers = |at: u64| {
            let Some(from) = at.checked_sub(d.start) else { return false };
            let (number, within) = (from / d.stride.max(1), from % d.stride.max(1));
            match (d.count, d.block) {
                // The stride of a single block says nothing.
                (Some(1), Some(block)) => from < block,
                (Some(count), Some(block)) => number < count && within < block,
                (None, Some(block)) => within < block,
                (_, None) => true,
            }
        };
        (0..size).filter(|&at| covers(at)).collect()
    };
    let inside = |b: &Block, at: [u64; 2]| {
        at.iter().zip(&b.start).zip(&b.size).all(|((&at, &start), &size)| at >= start && at < start + size)
    };
    let every = || (0..SHAPE[0]).flat_map(|row| (0..SHAPE[1]).map(move |column| [row, column]));
    let found: Vec<[u64; 2]> = match selection {
        Selection::All => every().collect(),
        Selection::Hyperslab(slab) => {
            let rows = along(&slab.dimensions[0], SHAPE[0]);
            let columns = along(&slab.dimensions[1], SHAPE[1]);
            every().filter(|[row, column]| rows.contains(row) && columns.contains(column)).collect()
        }
        Selection::Union(blocks) => every().filter(|&at| blocks.iter().any(|b| inside(b, at))).collect(),
        Selection::Points(points) => points.coordinates.chunks(2).map(|at| [at[0], at[1]]).collect(),
        _ => Vec::new(),
    };
    found.into_iter().map(|[row, column]| (row * SHAPE[1] + column) as usize).collect()
}

fn numbered(t: &Trial<'_>, layout: &str) -> Result<(Dataset, Vec<i32>), Failure> {
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed(SHAPE));
    new.layout = match layout {
        "chunked" => NewLayout::Chunked { chunk: vec![4, 3], index: None },
        "compact" => NewLayout::Compact,
        _ => NewLayout::Contiguous,
    };
    let values: Vec<i32> = (0..99).collect();
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&values)?;
    Ok((data, values))
}

fn like_an_array(t: &mut Trial<'_>, selection: &Selection, layout: &str) -> Outcome {
    let (data, mut array) = numbered(t, layout)?;
    let places = places(selection);
    let expected: Vec<i32> = places.iter().map(|&place| array[place]).collect();
    same(data.read_selection::<i32>(selection)?, expected)?;
    let new: Vec<i32> = (0..places.len() as i32).map(|i| 1000 + i).collect();
    data.write_selection(selection, &new)?;
    for (&place, &value) in places.iter().zip(&new) {
        array[place] = value;
    }
    same(data.read::<i32>()?, array.as_slice())?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.read_selection::<i32>(selection)?, new)?;
    same(data.read::<i32>()?, array)
}

fn refused(t: &Trial<'_>, selection: &Selection) -> Outcome {
    let (data, _) = numbered(t, "contiguous")?;
    is_error(ErrorKind::Usage, data.read_selection::<i32>(selection))?;
    let node = data.node()?;
    t.refused(ErrorKind::Usage, |_| node.write(selection, &i32::datatype(), &[0; 4], &Default::default()))?;
    is_error(ErrorKind::Usage, node.read(selection, &i32::datatype(), &mut [0; 4], &mut Default::default()))
}

fn a_selection_of_another_rank_is_refused(t: &mut Trial<'_>) -> Outcome {
    let one = Selection::from_block(&Block { start: vec![0], size: vec![1] });
    refused(t, &one)?;
    let data = t.file().dataset("x")?;
    let three = Selection::Points(Points { rank: 3, coordinates: vec![0, 0, 0] });
    is_error(ErrorKind::Usage, data.read_selection::<i32>(&three))
}

fn a_selection_beyond_the_extent_is_refused(t: &mut Trial<'_>) -> Outcome {
    refused(t, &Selection::from_block(&block([8, 11], [1, 1])))?;
    let data = t.file().dataset("x")?;
    let beyond = [
        points(&[[9, 0]]),
        slab([(0, 8, Some(2), Some(2)), (0, 1, Some(1), Some(1))]),
        Selection::Union(vec![block([0, 0], [1, 1]), block([8, 8], [2, 2])]),
        slab([(u64::MAX, 1, Some(1), Some(1)), (0, 1, Some(1), Some(1))]),
    ];
    for selection in beyond {
        is_error(ErrorKind::Usage, data.read_selection::<i32>(&selection))?;
    }
    Ok(())
}

fn blocks_that_overlap_are_refused(t: &mut Trial<'_>) -> Outcome {
    refused(t, &slab([(0, 2, Some(2), Some(3)), (0, 1, Some(1), Some(1))]))
}

fn a_point_that_comes_twice_is_read_twice(t: &mut Trial<'_>) -> Outcome {
    let (data, _) = numbered(t, "contiguous")?;
    same(data.read_selection::<i32>(&points(&[[1, 1], [0, 5], [1, 1]]))?, [12, 5, 12])
}

fn a_point_that_is_written_twice_has_one_of_the_values(t: &mut Trial<'_>) -> Outcome {
    let (data, _) = numbered(t, "contiguous")?;
    data.write_selection(&points(&[[1, 1], [0, 5], [1, 1]]), &[500, 501, 502])?;
    let found = data.read_selection::<i32>(&points(&[[1, 1], [0, 5]]))?;
    same(found == [500, 501] || found == [502, 501], true)
}

fn points_are_read_in_their_order(t: &mut Trial<'_>) -> Outcome {
    let (data, _) = numbered(t, "contiguous")?;
    same(data.read_selection::<i32>(&points(&[[8, 0], [0, 0], [4, 4]]))?, [88, 0, 48])
}

fn an_empty_selection_reads_and_writes_nothing(t: &mut Trial<'_>) -> Outcome {
    let (data, values) = numbered(t, "contiguous")?;
    for selection in [Selection::None, Selection::Union(vec![]), points(&[])] {
        same(data.read_selection::<i32>(&selection)?.len(), 0)?;
        data.write_selection::<i32>(&selection, &[])?;
    }
    same(data.read::<i32>()?, values)
}
