//! Datasets that grow and shrink.

use h5_types::{Dataspace, ErrorKind, FillDefinition, H5Type, NewDataset, NewLayout, Selection};
use ndarray::{Array2, array};

use super::growing;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("resizing";
        a_dataset_grows [ChunkedLayout, Resize],
        a_dataset_shrinks [ChunkedLayout, Resize, Shrink],
        what_was_cut_off_is_gone [ChunkedLayout, Resize, Shrink],
        what_was_cut_off_within_a_chunk_is_gone [ChunkedLayout, Resize, Shrink],
        new_elements_have_the_fill_value [ChunkedLayout, Resize],
        a_dataset_grows_in_two_dimensions [ChunkedLayout, Resize],
        one_dimension_grows_and_another_shrinks [ChunkedLayout, Resize, Shrink],
        a_dataset_shrinks_to_nothing_and_grows_again [ChunkedLayout, Resize, Shrink],
        to_the_same_size [ChunkedLayout, Resize],
        up_to_its_maximum_and_no_further [ChunkedLayout, Resize],
        another_rank_is_refused [ChunkedLayout, Resize],
        a_fixed_dimension_is_not_outgrown [ChunkedLayout, Resize],
        a_dataset_of_fixed_extent_is_not_resized [],
        a_fixed_extent_in_its_own_size [],
        a_scalar_is_not_resized [],
        rows_are_appended [ChunkedLayout, Resize],
        rows_are_appended_one_at_a_time [ChunkedLayout, Resize],
        blocks_are_appended_across_chunks [ChunkedLayout, Resize],
        columns_are_appended [ChunkedLayout, Resize],
        nothing_is_appended [ChunkedLayout, Resize],
        data_of_another_shape_is_not_appended [ChunkedLayout, Resize],
        an_append_beyond_the_maximum_changes_nothing [ChunkedLayout, Resize],
        an_append_that_does_not_convert_changes_nothing [ChunkedLayout, Resize],
        another_handle_sees_the_new_size [ChunkedLayout, Resize],
        text_is_appended [ChunkedLayout, Resize, VariableLength],
        appending_goes_on_after_reopening [ChunkedLayout, Resize],
        a_filtered_dataset_is_appended_to [ChunkedLayout, Resize],
    )
}

fn a_dataset_grows(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[3], &[2]))?;
    data.write(&[1, 2, 3])?;
    data.resize([6])?;
    same(data.shape()?, [6])?;
    same(data.read::<i32>()?, [1, 2, 3, 0, 0, 0])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 2, 3, 0, 0, 0])
}

fn a_dataset_shrinks(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[7], &[2]))?;
    data.write(&[1, 2, 3, 4, 5, 6, 7])?;
    data.resize([3])?;
    same(data.read::<i32>()?, [1, 2, 3])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 2, 3])
}

fn what_was_cut_off_is_gone(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[8], &[2]))?;
    data.write(&[1, 2, 3, 4, 5, 6, 7, 8])?;
    t.file().flush()?;
    data.resize([4])?;
    data.resize([8])?;
    same(data.read::<i32>()?, [1, 2, 3, 4, 0, 0, 0, 0])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 2, 3, 4, 0, 0, 0, 0])
}

fn what_was_cut_off_within_a_chunk_is_gone(t: &mut Trial<'_>) -> Outcome {
    let mut new = growing::<i32>(&[4, 4], &[3, 3]);
    new.fill = FillDefinition::User((-1_i32).to_le_bytes().to_vec());
    new.datatype = little_i32();
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&[7; 16])?;
    t.file().flush()?;
    data.resize([2, 2])?;
    t.file().flush()?;
    data.resize([4, 3])?;
    let expected = [7, 7, -1, 7, 7, -1, -1, -1, -1, -1, -1, -1];
    same(data.read::<i32>()?, expected)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, expected)
}

fn little_i32() -> h5_types::Datatype {
    use h5_types::{ByteOrder, Datatype, IntegerType};
    Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Little))
}

fn new_elements_have_the_fill_value(t: &mut Trial<'_>) -> Outcome {
    let mut new = growing::<i32>(&[1], &[4]);
    new.datatype = little_i32();
    new.fill = FillDefinition::User(9_i32.to_le_bytes().to_vec());
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&[1])?;
    data.resize([6])?;
    same(data.read::<i32>()?, [1, 9, 9, 9, 9, 9])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 9, 9, 9, 9, 9])
}

fn a_dataset_grows_in_two_dimensions(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[2, 2], &[2, 3]))?;
    data.write(&[1, 2, 3, 4])?;
    data.resize([3, 4])?;
    same(data.read::<i32>()?, [1, 2, 0, 0, 3, 4, 0, 0, 0, 0, 0, 0])?;
    data.resize([5, 4])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read_array::<i32>()?.sum(), 10)?;
    same(t.file().dataset("x")?.shape()?, [5, 4])
}

fn one_dimension_grows_and_another_shrinks(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[2, 4], &[2, 2]))?;
    data.write(&[1, 2, 3, 4, 5, 6, 7, 8])?;
    data.resize([4, 1])?;
    same(data.read::<i32>()?, [1, 5, 0, 0])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 5, 0, 0])
}

fn a_dataset_shrinks_to_nothing_and_grows_again(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<u8>(&[5], &[2]))?;
    data.write(&[1_u8, 2, 3, 4, 5])?;
    data.resize([0])?;
    same(data.read::<u8>()?.len(), 0)?;
    data.resize([2])?;
    same(data.read::<u8>()?, [0, 0])
}

fn to_the_same_size(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<u8>(&[3], &[2]))?;
    data.write(&[1_u8, 2, 3])?;
    data.resize([3])?;
    same(data.read::<u8>()?, [1, 2, 3])
}

fn bounded(t: &Trial<'_>) -> h5_types::Result<h5_backend::Dataset> {
    let dataspace = Dataspace::Simple { dimensions: vec![2, 3], maximum: vec![Some(5), Some(3)] };
    let mut new = NewDataset::new(u8::datatype(), dataspace);
    new.layout = NewLayout::Chunked { chunk: vec![2, 2], index: None };
    t.root()?.create_dataset_from("x", &new)
}

fn up_to_its_maximum_and_no_further(t: &mut Trial<'_>) -> Outcome {
    let data = bounded(t)?;
    data.resize([5, 3])?;
    data.write(&[1_u8; 15])?;
    t.refused(ErrorKind::Usage, |_| data.resize([6, 3]))?;
    same(data.read::<u8>()?, [1; 15])
}

fn another_rank_is_refused(t: &mut Trial<'_>) -> Outcome {
    let data = bounded(t)?;
    for sizes in [&[2][..], &[2, 3, 1], &[]] {
        t.refused(ErrorKind::Usage, |_| data.resize(sizes))?;
    }
    Ok(())
}

fn a_fixed_dimension_is_not_outgrown(t: &mut Trial<'_>) -> Outcome {
    let data = bounded(t)?;
    t.refused(ErrorKind::Usage, |_| data.resize([2, 4]))
}

fn a_dataset_of_fixed_extent_is_not_resized(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2, 3])?;
    t.refused(ErrorKind::Usage, |_| data.resize([4]))?;
    t.refused(ErrorKind::Usage, |_| data.resize([2]))
}

fn a_fixed_extent_in_its_own_size(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2, 3])?;
    data.resize([3])?;
    same(data.read::<i32>()?, [1, 2, 3])
}

fn a_scalar_is_not_resized(t: &mut Trial<'_>) -> Outcome {
    let scalar = t.root()?.create_dataset_from("s", &NewDataset::new(u8::datatype(), Dataspace::Scalar))?;
    t.refused(ErrorKind::Usage, |_| scalar.resize([1]))
}

fn rows_are_appended(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[0, 3], &[2, 3]))?;
    data.append(array![[1, 2, 3], [4, 5, 6]])?;
    data.append([7, 8, 9])?;
    same(data.shape()?, [3, 3])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 2, 3, 4, 5, 6, 7, 8, 9])
}

fn rows_are_appended_one_at_a_time(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[0], &[16]))?;
    for number in 0..200 {
        data.append([number])?;
        if number % 37 == 0 {
            t.file().flush()?;
        }
    }
    let expected: Vec<i32> = (0..200).collect();
    same(data.read::<i32>()?, expected.as_slice())?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, expected)
}

fn blocks_are_appended_across_chunks(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[0], &[5]))?;
    let mut expected = Vec::new();
    for length in [1, 4, 5, 6, 11, 3] {
        let block: Vec<i32> = (0..length).map(|i| length * 100 + i).collect();
        data.append(&block)?;
        expected.extend(block);
    }
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, expected)
}

fn columns_are_appended(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[2, 0], &[2, 2]))?;
    for column in 0..5 {
        data.append_axis(1, [column, -column])?;
    }
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [0, 1, 2, 3, 4, 0, -1, -2, -3, -4])
}

fn nothing_is_appended(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[1, 2], &[2, 2]))?;
    data.append(Array2::<i32>::zeros((0, 2)))?;
    same(data.shape()?, [1, 2])
}

fn data_of_another_shape_is_not_appended(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[1, 2], &[2, 2]))?;
    t.refused(ErrorKind::Usage, |_| data.append([1, 2, 3]))?;
    let node = data.node()?;
    t.refused(ErrorKind::Usage, |_| node.append(0, 1, &i32::datatype(), &[0; 12], &Default::default()))?;
    t.refused(ErrorKind::Usage, |_| node.append(2, 1, &i32::datatype(), &[0; 8], &Default::default()))
}

fn an_append_beyond_the_maximum_changes_nothing(t: &mut Trial<'_>) -> Outcome {
    let data = bounded(t)?;
    t.refused(ErrorKind::Usage, |_| data.append(Array2::<u8>::zeros((4, 3))))
}

fn an_append_that_does_not_convert_changes_nothing(t: &mut Trial<'_>) -> Outcome {
    use h5_types::{Datatype, StringPadding, StringType};
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[1], &[2]))?;
    let text = Datatype::String(StringType::fixed(4, StringPadding::NullPadded));
    let node = data.node()?;
    t.refused(ErrorKind::Conversion, |_| node.append(0, 1, &text, b"text", &Default::default()))
}

fn another_handle_sees_the_new_size(t: &mut Trial<'_>) -> Outcome {
    let one = t.root()?.create_dataset_from("x", &growing::<i32>(&[1], &[2]))?;
    let other = t.file().dataset("x")?;
    same(other.shape()?, [1])?;
    one.append([5, 6, 7])?;
    same(other.shape()?, [4])?;
    same(other.read::<i32>()?, [0, 5, 6, 7])
}

fn text_is_appended(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<String>(&[0], &[3]))?;
    for number in 0..10 {
        data.append(["x".repeat(number)])?;
    }
    t.reopen()?;
    let expected: Vec<String> = (0..10).map(|number| "x".repeat(number)).collect();
    same(t.file().dataset("x")?.read::<String>()?, expected)
}

fn appending_goes_on_after_reopening(t: &mut Trial<'_>) -> Outcome {
    t.root()?.create_dataset_from("x", &growing::<i32>(&[0], &[4]))?;
    for round in 0..6 {
        t.file().dataset("x")?.append([round, round * 10, round * 100])?;
        t.reopen()?;
    }
    let expected: Vec<i32> = (0..6).flat_map(|round| [round, round * 10, round * 100]).collect();
    same(t.file().dataset("x")?.read_selection::<i32>(&Selection::All)?, expected)
}

fn a_filtered_dataset_is_appended_to(t: &mut Trial<'_>) -> Outcome {
    let mut new = growing::<i32>(&[0], &[10]);
    if t.capability().encodes(1) {
        new.filters = vec![h5_types::FilterInfo { id: 1, flags: 0, name: None, client_data: vec![6] }];
    }
    let data = t.root()?.create_dataset_from("x", &new)?;
    for number in 0..55 {
        data.append([number])?;
    }
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, (0..55).collect::<Vec<i32>>())
}
