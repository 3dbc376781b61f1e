//! Fill values.

use h5_types::{
    Block, ByteOrder, CompoundType, Dataspace, Datatype, ErrorKind, FillDefinition, FillTime, FloatType,
    H5Type, IntegerType, NewDataset, NewLayout, Selection, Value,
};

use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("fill";
        unwritten_elements_have_the_fill_value [],
        unwritten_chunks_have_the_fill_value [ChunkedLayout],
        a_chunk_that_is_written_in_part_has_it_elsewhere [ChunkedLayout],
        a_compact_dataset_begins_with_it [CompactLayout],
        a_scalar_has_it [],
        it_is_kept_as_it_was_given [],
        it_is_of_the_stored_byte_order [],
        it_may_be_a_compound [],
        it_may_be_zero [],
        it_may_be_undefined [UndefinedFill],
        it_is_written_when_storage_is_allocated [],
        variable_length_elements_are_empty [VariableLength],
        variable_length_elements_cannot_be_left_unfilled [VariableLength],
        references_are_null [ObjectReferences],
    )
}

fn big_i16() -> Datatype {
    Datatype::Integer(IntegerType::plain(2, true, ByteOrder::Big))
}

fn filled(dimensions: &[u64]) -> NewDataset {
    let mut new = NewDataset::new(big_i16(), Dataspace::fixed(dimensions));
    new.fill = FillDefinition::User((-300_i16).to_be_bytes().to_vec());
    new
}

fn unwritten_elements_have_the_fill_value(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &filled(&[3]))?;
    same(data.read::<i16>()?, [-300; 3])?;
    data.write_selection(&Selection::from_block(&Block { start: vec![1], size: vec![1] }), &[5_i16])?;
    same(data.read::<i16>()?, [-300, 5, -300])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [-300, 5, -300])
}

fn unwritten_chunks_have_the_fill_value(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[4, 5]);
    new.layout = NewLayout::Chunked { chunk: vec![2, 2], index: None };
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write_selection(
        &Selection::from_block(&Block { start: vec![0, 0], size: vec![2, 2] }),
        &[1_i16; 4],
    )?;
    t.reopen()?;
    let mut expected = [-300; 20];
    for place in [0, 1, 5, 6] {
        expected[place] = 1;
    }
    same(t.file().dataset("x")?.read::<i16>()?, expected)
}

fn a_chunk_that_is_written_in_part_has_it_elsewhere(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[6]);
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write_selection(&Selection::from_block(&Block { start: vec![2], size: vec![1] }), &[9_i16])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [-300, -300, 9, -300, -300, -300])
}

fn a_compact_dataset_begins_with_it(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[4]);
    new.layout = NewLayout::Compact;
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [-300; 4])
}

fn a_scalar_has_it(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[1]);
    new.dataspace = Dataspace::Scalar;
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read_scalar::<i16>()?, -300)
}

fn it_is_kept_as_it_was_given(t: &mut Trial<'_>) -> Outcome {
    let new = filled(&[3]);
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    same(&t.file().dataset("x")?.info()?.fill.definition, &new.fill)
}

fn it_is_of_the_stored_byte_order(t: &mut Trial<'_>) -> Outcome {
    for (name, order, value) in
        [("l", ByteOrder::Little, 2.5_f64.to_le_bytes()), ("b", ByteOrder::Big, 2.5_f64.to_be_bytes())]
    {
        let mut new = NewDataset::new(Datatype::Float(FloatType::f64(order)), Dataspace::fixed([2]));
        new.fill = FillDefinition::User(value.to_vec());
        same(t.root()?.create_dataset_from(name, &new)?.read::<f64>()?, [2.5; 2])?;
    }
    Ok(())
}

fn it_may_be_a_compound(t: &mut Trial<'_>) -> Outcome {
    let members = [("a".into(), big_i16()), ("b".into(), big_i16())];
    let mut new = NewDataset::new(Datatype::Compound(CompoundType::packed(members)), Dataspace::fixed([2]));
    new.fill = FillDefinition::User(vec![0, 1, 0, 2]);
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    let expected = Value::Compound(vec![("a".into(), Value::Int(1)), ("b".into(), Value::Int(2))]);
    same(t.file().dataset("x")?.value_at(&[1])?, expected)
}

fn it_may_be_zero(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[2]);
    new.fill = FillDefinition::User(vec![0, 0]);
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.fill.definition, &FillDefinition::User(vec![0, 0]))?;
    same(data.read::<i16>()?, [0, 0])
}

fn it_may_be_undefined(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[2]);
    new.fill = FillDefinition::Undefined;
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&[1_i16, 2])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.fill.definition, &FillDefinition::Undefined)?;
    same(data.read::<i16>()?, [1, 2])
}

fn it_is_written_when_storage_is_allocated(t: &mut Trial<'_>) -> Outcome {
    let mut new = filled(&[5]);
    new.allocation_time = Some(h5_types::AllocationTime::Early);
    new.fill_time = FillTime::Allocation;
    t.root()?.create_dataset_from("x", &new)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [-300; 5])
}

fn variable_length_elements_are_empty(t: &mut Trial<'_>) -> Outcome {
    t.file().new_dataset::<String>("text").shape([3]).create()?;
    t.file().new_dataset::<Vec<f64>>("lists").shape([2]).create()?;
    t.reopen()?;
    same(t.file().dataset("text")?.read::<String>()?, ["", "", ""])?;
    same(t.file().dataset("lists")?.read::<Vec<f64>>()?, [vec![], vec![]])
}

fn variable_length_elements_cannot_be_left_unfilled(t: &mut Trial<'_>) -> Outcome {
    let mut new = NewDataset::new(String::datatype(), Dataspace::fixed([2]));
    new.fill_time = FillTime::Never;
    t.refused(ErrorKind::Usage, |file| file.root()?.create_dataset_from("x", &new).map(drop))?;
    new.fill_time = FillTime::IfSet;
    new.fill = FillDefinition::Undefined;
    t.root()?.create_dataset_from("x", &new)?.write(&["a".to_owned(), String::new()])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, ["a", ""])
}

fn references_are_null(t: &mut Trial<'_>) -> Outcome {
    use h5_types::{Reference, ReferenceKind, ReferenceType};
    let datatype = Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Object });
    t.root()?.create_dataset_from("x", &NewDataset::new(datatype, Dataspace::fixed([2])))?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Reference>()?, [Reference::Null, Reference::Null])
}
