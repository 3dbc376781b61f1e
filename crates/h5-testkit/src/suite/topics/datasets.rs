//! Datasets: making them and what they say of themselves, reading and writing all of them.

use h5_backend::{Feature, ObjectKind};
use h5_types::{
    AllocationTime, ChunkIndexKind, Dataspace, ErrorKind, FillTime, H5Type, Layout, NewDataset, NewLayout,
    Selection, Value,
};
use ndarray::{Array2, array};

use super::{growing, plain};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("datasets";
        a_dataset_is_written_and_read [],
        a_dataset_says_what_it_is [],
        a_scalar_dataset [],
        a_null_dataset_has_no_elements [],
        a_dataset_without_elements [],
        a_dataset_without_elements_in_one_dimension_of_two [],
        a_dataset_of_one_element [],
        a_dataset_of_32_dimensions [],
        elements_are_overwritten [],
        unwritten_elements_are_zeros [],
        part_of_a_dataset_is_written [],
        two_handles_see_the_same_elements [],
        two_datasets_do_not_touch_one_another [],
        a_removed_dataset_is_gone [],
        a_dataset_in_the_place_of_a_removed_one [],
        a_contiguous_dataset_says_so [ContiguousLayout],
        a_compact_dataset_says_so [CompactLayout],
        a_chunked_dataset_says_so [ChunkedLayout],
        a_chunk_larger_than_a_growing_dataset [ChunkedLayout, Resize],
        chunks_of_one_element [ChunkedLayout],
        many_chunks [ChunkedLayout],
        each_chunk_index_serves [ChunkedLayout],
        a_growing_dataset_says_so [ChunkedLayout, Resize],
        allocated_early_and_late [],
        fill_times_are_kept [],
        an_array_keeps_its_shape [],
        a_megabyte_of_numbers [],
        a_compact_dataset_of_60_000_bytes [CompactLayout],
        a_dataset_of_a_committed_datatype [CommittedDatatypes],
        a_committed_datatype_says_what_it_is [CommittedDatatypes],
        a_committed_datatype_outlives_its_link [CommittedDatatypes],
        a_hundred_datasets [],
        null_and_scalar_take_selections [],
        storage_bytes_are_told [],
    )
}

fn a_dataset_is_written_and_read(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i32>(&[2, 3]))?;
    data.write(&[1, 2, 3, 4, 5, 6])?;
    same(data.read::<i32>()?, [1, 2, 3, 4, 5, 6])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 2, 3, 4, 5, 6])
}

fn a_dataset_says_what_it_is(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<u16>(&[4, 5]))?;
    same(data.object().kind(), ObjectKind::Dataset)?;
    check(data.object().node().as_group().is_none(), || "a dataset is a group".to_owned())?;
    let info = data.info()?;
    same(&info.datatype, &u16::datatype())?;
    same(&info.dataspace, &Dataspace::fixed([4, 5]))?;
    same(info.committed_datatype, None)?;
    same(info.filters.len(), 0)?;
    same(info.external.len(), 0)
}

fn a_scalar_dataset(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &NewDataset::new(f64::datatype(), Dataspace::Scalar))?;
    same(data.read::<f64>()?, [0.0])?;
    data.write_scalar(&2.5)?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.dataspace, &Dataspace::Scalar)?;
    same(data.read_scalar::<f64>()?, 2.5)
}

fn a_null_dataset_has_no_elements(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &NewDataset::new(f64::datatype(), Dataspace::Null))?;
    data.write::<f64>(&[])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.dataspace, &Dataspace::Null)?;
    same(data.read::<f64>()?.len(), 0)
}

fn a_dataset_without_elements(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i32>(&[0]))?;
    data.write::<i32>(&[])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?.len(), 0)?;
    same(t.file().dataset("x")?.shape()?, [0])
}

fn a_dataset_without_elements_in_one_dimension_of_two(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i32>(&[3, 0]))?;
    same(data.read::<i32>()?.len(), 0)?;
    t.reopen()?;
    same(t.file().dataset("x")?.shape()?, [3, 0])
}

fn a_dataset_of_one_element(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<u8>(&[1, 1, 1]))?;
    data.write(&[9_u8])?;
    same(data.read_scalar::<u8>()?, 9)
}

fn a_dataset_of_32_dimensions(t: &mut Trial<'_>) -> Outcome {
    let mut dimensions = vec![1; 32];
    (dimensions[3], dimensions[30]) = (2, 3);
    let data = t.root()?.create_dataset_from("x", &plain::<u8>(&dimensions))?;
    data.write(&[1_u8, 2, 3, 4, 5, 6])?;
    t.reopen()?;
    same(t.file().dataset("x")?.shape()?, dimensions)?;
    same(t.file().dataset("x")?.read::<u8>()?, [1, 2, 3, 4, 5, 6])
}

fn elements_are_overwritten(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i32>(&[4]))?;
    for round in 0..10 {
        data.write(&[round, round + 1, round + 2, round + 3])?;
        t.file().flush()?;
        same(data.read::<i32>()?, [round, round + 1, round + 2, round + 3])?;
    }
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [9, 10, 11, 12])
}

fn unwritten_elements_are_zeros(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<f32>(&[3, 2]))?;
    same(data.read::<f32>()?, [0.0; 6])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<f32>()?, [0.0; 6])
}

fn part_of_a_dataset_is_written(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i16>(&[5]))?;
    let block = h5_types::Block { start: vec![1], size: vec![3] };
    data.write_selection(&Selection::from_block(&block), &[7_i16, 8, 9])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [0, 7, 8, 9, 0])
}

fn two_handles_see_the_same_elements(t: &mut Trial<'_>) -> Outcome {
    let one = t.root()?.create_dataset_from("x", &plain::<i32>(&[2]))?;
    let other = t.file().dataset("x")?;
    one.write(&[1, 2])?;
    same(other.read::<i32>()?, [1, 2])?;
    other.write(&[3, 4])?;
    same(one.read::<i32>()?, [3, 4])
}

fn two_datasets_do_not_touch_one_another(t: &mut Trial<'_>) -> Outcome {
    let (one, other) = (t.file().write_array("x", [1, 2])?, t.file().write_array("y", [3, 4])?);
    one.write(&[5, 6])?;
    same(other.read::<i32>()?, [3, 4])?;
    t.file().remove("x")?;
    t.file().write_array("z", [7, 8])?;
    t.reopen()?;
    same(t.file().dataset("y")?.read::<i32>()?, [3, 4])
}

fn a_removed_dataset_is_gone(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2])?;
    t.file().remove("x")?;
    is_error(ErrorKind::NotFound, data.read::<i32>())?;
    is_error(ErrorKind::NotFound, data.write(&[1, 2]))?;
    is_error(ErrorKind::NotFound, data.set_attr("a", 1))?;
    is_error(ErrorKind::NotFound, t.file().dataset("x"))
}

fn a_dataset_in_the_place_of_a_removed_one(t: &mut Trial<'_>) -> Outcome {
    for round in 0..5_u8 {
        let data = t.file().write_array("x", vec![round; 100])?;
        data.set_attr("round", round)?;
        if round < 4 {
            t.file().remove("x")?;
        }
    }
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.read::<u8>()?, [4; 100])?;
    same(data.attr("round")?.read_scalar::<u8>()?, 4)
}

fn a_contiguous_dataset_says_so(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<u8>(&[4]))?;
    same(&data.info()?.layout, &Layout::Contiguous)?;
    t.reopen()?;
    same(&t.file().dataset("x")?.info()?.layout, &Layout::Contiguous)
}

fn a_compact_dataset_says_so(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<u8>(&[4]);
    new.layout = NewLayout::Compact;
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&[1_u8, 2, 3, 4])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.layout, &Layout::Compact)?;
    same(data.read::<u8>()?, [1, 2, 3, 4])
}

fn chunk_of(layout: &Layout) -> Option<&[u64]> {
    match layout {
        Layout::Chunked { chunk, .. } => Some(chunk),
        _ => None,
    }
}

fn a_chunked_dataset_says_so(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<u8>(&[4, 7]);
    new.layout = NewLayout::Chunked { chunk: vec![3, 2], index: None };
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    let info = t.file().dataset("x")?.info()?;
    same(some(chunk_of(&info.layout))?, [3, 2])
}

fn a_chunk_larger_than_a_growing_dataset(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<u8>(&[2], &[1000]))?;
    data.write(&[1_u8, 2])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.read::<u8>()?, [1, 2])?;
    same(some(chunk_of(&data.info()?.layout))?, [1000])
}

fn chunks_of_one_element(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<i32>(&[5, 4]);
    new.layout = NewLayout::Chunked { chunk: vec![1, 1], index: None };
    let values: Vec<i32> = (0..20).collect();
    t.root()?.create_dataset_from("x", &new)?.write(&values)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, values)
}

fn many_chunks(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<i32> = (0..4000).collect();
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[4000], &[3]))?;
    data.write(&values)?;
    same(data.read::<i32>()?, values.as_slice())?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, values)
}

fn each_chunk_index_serves(t: &mut Trial<'_>) -> Outcome {
    use ChunkIndexKind::{BTreeV1, BTreeV2, ExtensibleArray, FixedArray, Implicit, Single};
    let values: Vec<i32> = (0..35).collect();
    for index in [BTreeV1, Single, Implicit, FixedArray, ExtensibleArray, BTreeV2] {
        let maximum = match index {
            ExtensibleArray if t.has(Feature::Resize) => vec![None, Some(5)],
            BTreeV2 if t.has(Feature::Resize) => vec![None, None],
            _ => vec![Some(7), Some(5)],
        };
        let mut new = NewDataset::new(i32::datatype(), Dataspace::Simple { dimensions: vec![7, 5], maximum });
        let chunk = if index == Single { vec![7, 5] } else { vec![2, 3] };
        new.layout = NewLayout::Chunked { chunk, index: Some(index) };
        new.allocation_time = (index == Implicit).then_some(AllocationTime::Early);
        let path = format!("{index:?}");
        match t.root()?.create_dataset_from(&path, &new) {
            Ok(data) => data.write(&values)?,
            // An index that the version bounds have not is refused; a backend may also take its own.
            Err(error) if error.kind() == ErrorKind::Unsupported => continue,
            Err(error) => return Err(error.into()),
        }
        same(t.file().dataset(&path)?.read::<i32>()?, values.as_slice())?;
    }
    t.reopen()?;
    for data in t.root()?.datasets() {
        same(data?.read::<i32>()?, values.as_slice())?;
    }
    check(t.root()?.link_count()? > 0, || "no chunk index serves".to_owned())
}

fn a_growing_dataset_says_so(t: &mut Trial<'_>) -> Outcome {
    let maximum = vec![None, Some(9)];
    let dataspace = Dataspace::Simple { dimensions: vec![0, 4], maximum };
    let mut new = NewDataset::new(u8::datatype(), dataspace.clone());
    new.layout = NewLayout::Chunked { chunk: vec![2, 2], index: None };
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    same(&t.file().dataset("x")?.info()?.dataspace, &dataspace)
}

fn allocated_early_and_late(t: &mut Trial<'_>) -> Outcome {
    let values = [1_i64, 2, 3];
    for (name, time) in [("early", AllocationTime::Early), ("late", AllocationTime::Late)] {
        let mut new = plain::<i64>(&[3]);
        new.allocation_time = Some(time);
        let data = t.root()?.create_dataset_from(name, &new)?;
        same(data.read::<i64>()?, [0; 3])?;
        data.write(&values)?;
    }
    t.reopen()?;
    same(t.file().dataset("early")?.read::<i64>()?, values)?;
    same(t.file().dataset("late")?.read::<i64>()?, values)
}

fn fill_times_are_kept(t: &mut Trial<'_>) -> Outcome {
    for time in [FillTime::Allocation, FillTime::Never, FillTime::IfSet] {
        let mut new = plain::<u8>(&[3]);
        new.fill_time = time;
        let data = t.root()?.create_dataset_from(format!("{time:?}"), &new)?;
        data.write(&[1_u8, 2, 3])?;
        same(data.read::<u8>()?, [1, 2, 3])?;
    }
    Ok(())
}

fn an_array_keeps_its_shape(t: &mut Trial<'_>) -> Outcome {
    let values: Array2<f32> = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    t.file().write_array("x", values.t())?;
    t.reopen()?;
    same(t.file().dataset("x")?.read_array::<f32>()?, values.t().to_owned().into_dyn())
}

fn a_megabyte_of_numbers(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<f64> = (0..131_072).map(f64::from).collect();
    t.file().write_array("x", &values)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<f64>()? == values, true)
}

fn a_compact_dataset_of_60_000_bytes(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<u8> = (0..60_000_u32).map(|i| (i % 251) as u8).collect();
    let mut new = plain::<u8>(&[60_000]);
    new.layout = NewLayout::Compact;
    t.root()?.create_dataset_from("x", &new)?.write(&values)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<u8>()? == values, true)
}

fn a_dataset_of_a_committed_datatype(t: &mut Trial<'_>) -> Outcome {
    let committed = t.file().commit_datatype("t", &f32::datatype())?;
    let mut new = plain::<f32>(&[2]);
    new.committed_datatype = Some(committed.object().token());
    t.root()?.create_dataset_from("x", &new)?.write(&[1.5_f32, 2.5])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.info()?.committed_datatype, Some(t.file().object("t")?.token()))?;
    same(&data.info()?.datatype, &f32::datatype())?;
    same(data.read::<f32>()?, [1.5, 2.5])
}

fn a_committed_datatype_says_what_it_is(t: &mut Trial<'_>) -> Outcome {
    t.file().commit_datatype("t", &<(i32, [f64; 2]) as Pair>::datatype())?;
    t.reopen()?;
    let object = t.file().object("t")?;
    same(object.kind(), ObjectKind::CommittedDatatype)?;
    check(object.node().as_group().is_none(), || "a datatype is a group".to_owned())?;
    check(object.node().as_dataset().is_none(), || "a datatype is a dataset".to_owned())?;
    same(object.into_datatype()?.datatype()?, &<(i32, [f64; 2]) as Pair>::datatype())
}

/// A compound that is at hand without a struct.
trait Pair {
    fn datatype() -> h5_types::Datatype;
}

impl<A: H5Type, B: H5Type> Pair for (A, B) {
    fn datatype() -> h5_types::Datatype {
        let members = [("first".into(), A::datatype()), ("second".into(), B::datatype())];
        h5_types::Datatype::Compound(h5_types::CompoundType::packed(members))
    }
}

fn a_committed_datatype_outlives_its_link(t: &mut Trial<'_>) -> Outcome {
    let committed = t.file().commit_datatype("t", &f32::datatype())?;
    let mut new = plain::<f32>(&[2]);
    new.committed_datatype = Some(committed.object().token());
    t.root()?.create_dataset_from("x", &new)?.write(&[1.5_f32, 2.5])?;
    t.file().remove("t")?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.datatype, &f32::datatype())?;
    same(data.read::<f32>()?, [1.5, 2.5])
}

fn a_hundred_datasets(t: &mut Trial<'_>) -> Outcome {
    for number in 0..100_i32 {
        t.file().write_array(format!("x{number:02}"), [number, -number])?;
    }
    t.reopen()?;
    for (number, data) in t.root()?.datasets().enumerate() {
        same(data?.read::<i32>()?, [number as i32, -(number as i32)])?;
    }
    same(t.root()?.link_count()?, 100)
}

fn null_and_scalar_take_selections(t: &mut Trial<'_>) -> Outcome {
    let scalar = t.root()?.create_dataset_from("s", &NewDataset::new(u8::datatype(), Dataspace::Scalar))?;
    scalar.write_selection(&Selection::All, &[5_u8])?;
    scalar.write_selection::<u8>(&Selection::None, &[])?;
    same(scalar.read_selection::<u8>(&Selection::All)?, [5])?;
    same(scalar.read_selection::<u8>(&Selection::None)?.len(), 0)?;
    same(scalar.value_at(&[])?, Value::UInt(5))?;
    let null = t.root()?.create_dataset_from("n", &NewDataset::new(u8::datatype(), Dataspace::Null))?;
    same(null.read_selection::<u8>(&Selection::None)?.len(), 0)
}

fn storage_bytes_are_told(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1_u64; 100])?;
    t.file().flush()?;
    // How many they are is the backend's affair: it may pack them.
    check(data.storage_bytes()? > 0, || "elements without a byte".to_owned())
}
