//! Values in another type than they are stored in.

use h5_types::{
    ByteOrder, CompoundType, Datatype, Elements, ErrorKind, FloatType, H5Type, IntegerType, NewDataset,
    Selection, StringPadding, StringType, Value,
};

use super::plain;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, is_error, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("conversion";
        numbers_are_read_as_others [],
        numbers_are_written_as_others [],
        numbers_out_of_range_are_clipped [],
        both_byte_orders_hold_the_same_values [],
        odd_integers_are_kept [CustomNumbers],
        odd_floats_are_kept [CustomNumbers],
        a_part_of_a_compound_is_read [],
        a_part_of_a_compound_is_written [],
        members_in_another_order [],
        a_member_that_is_not_stored_is_dropped [],
        fixed_text_of_another_length [],
        text_is_no_number [],
        a_compound_is_no_number [],
        what_does_not_convert_changes_nothing [],
        nan_and_infinity_are_kept [],
        large_integers_are_kept [],
    )
}

fn numbers_are_read_as_others(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [-1_i16, 0, 300])?;
    same(data.read::<f64>()?, [-1.0, 0.0, 300.0])?;
    same(data.read::<i64>()?, [-1, 0, 300])?;
    same(data.read::<u8>()?, [0, 0, 255])?;
    same(t.file().write_array("y", [1.75_f32, -2.5])?.read::<i32>()?, [1, -2])
}

fn numbers_are_written_as_others(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<i16>(&[3]))?;
    data.write(&[1.9_f64, -2.9, 100.0])?;
    same(data.read::<i16>()?, [1, -2, 100])?;
    data.write(&[7_u8, 8, 9])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i16>()?, [7, 8, 9])
}

fn numbers_out_of_range_are_clipped(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<u8>(&[4]))?;
    data.write(&[-5_i32, 256, 255, 1_000_000])?;
    same(data.read::<u8>()?, [0, 255, 255, 255])
}

fn both_byte_orders_hold_the_same_values(t: &mut Trial<'_>) -> Outcome {
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let mut new = plain::<i32>(&[2]);
        new.datatype = Datatype::Integer(IntegerType::plain(4, true, order));
        t.root()?.create_dataset_from(format!("i{order:?}"), &new)?.write(&[1, -2])?;
        let mut new = plain::<f64>(&[2]);
        new.datatype = Datatype::Float(FloatType::f64(order));
        t.root()?.create_dataset_from(format!("f{order:?}"), &new)?.write(&[1.5, -2.5])?;
    }
    t.reopen()?;
    for order in [ByteOrder::Little, ByteOrder::Big] {
        let data = t.file().dataset(format!("i{order:?}"))?;
        same(&data.info()?.datatype, &Datatype::Integer(IntegerType::plain(4, true, order)))?;
        same(data.read::<i32>()?, [1, -2])?;
        same(t.file().dataset(format!("f{order:?}"))?.read::<f64>()?, [1.5, -2.5])?;
    }
    Ok(())
}

fn odd_integers_are_kept(t: &mut Trial<'_>) -> Outcome {
    let mut integer = IntegerType::plain(4, true, ByteOrder::Little);
    (integer.precision_bits, integer.offset_bits) = (17, 5);
    let mut new = plain::<i32>(&[4]);
    new.datatype = Datatype::Integer(integer);
    t.root()?.create_dataset_from("x", &new)?.write(&[0, -1, 65_535, -65_536])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(&data.info()?.datatype, &new.datatype)?;
    same(data.read::<i32>()?, [0, -1, 65_535, -65_536])
}

fn odd_floats_are_kept(t: &mut Trial<'_>) -> Outcome {
    let types = [FloatType::bf16(ByteOrder::Little), FloatType::f128(ByteOrder::Big)];
    for (number, float) in types.into_iter().enumerate() {
        let mut new = plain::<f64>(&[3]);
        new.datatype = Datatype::Float(float);
        t.root()?.create_dataset_from(format!("x{number}"), &new)?.write(&[0.0, -1.5, 256.0])?;
    }
    t.reopen()?;
    same(t.file().dataset("x0")?.read::<f64>()?, [0.0, -1.5, 256.0])?;
    same(t.file().dataset("x1")?.read::<f64>()?, [0.0, -1.5, 256.0])
}

fn record(members: &[(&str, Datatype)]) -> Datatype {
    let members = members.iter().map(|(name, datatype)| ((*name).into(), datatype.clone()));
    Datatype::Compound(CompoundType::packed(members))
}

fn value(members: &[(&str, Value)]) -> Value {
    Value::Compound(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

/// A dataset of two records, `a` and `b`.
fn records(t: &Trial<'_>) -> h5_types::Result<h5_backend::Dataset> {
    let datatype = record(&[("a", i32::datatype()), ("b", f64::datatype())]);
    let new = NewDataset::new(datatype, h5_types::Dataspace::fixed([2]));
    let data = t.root()?.create_dataset_from("x", &new)?;
    let values = [1, 2].map(|i| value(&[("a", Value::Int(i)), ("b", Value::Float(i as f64 / 2.0))]));
    data.write_values(&Selection::All, &values)?;
    Ok(data)
}

fn a_part_of_a_compound_is_read(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    let found = data.elements_as(&Selection::All, &record(&[("b", f64::datatype())]))?;
    same(found.value(1)?, value(&[("b", Value::Float(1.0))]))
}

fn a_part_of_a_compound_is_written(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    let part = record(&[("a", i32::datatype())]);
    let new = Elements::from_dynamic(&part, &[7, 8].map(|i| value(&[("a", Value::Int(i))])))?;
    data.write_elements(&Selection::All, &new)?;
    t.reopen()?;
    let found = t.file().dataset("x")?.elements(&Selection::All)?;
    same(found.value(0)?, value(&[("a", Value::Int(7)), ("b", Value::Float(0.5))]))?;
    same(found.value(1)?, value(&[("a", Value::Int(8)), ("b", Value::Float(1.0))]))
}

fn members_in_another_order(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    let turned = record(&[("b", f32::datatype()), ("a", i64::datatype())]);
    let found = data.elements_as(&Selection::All, &turned)?;
    same(found.value(0)?, value(&[("b", Value::Float(0.5)), ("a", Value::Int(1))]))
}

fn a_member_that_is_not_stored_is_dropped(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    let more = record(&[("a", i32::datatype()), ("z", u8::datatype())]);
    let new = [3, 4].map(|i| value(&[("a", Value::Int(i)), ("z", Value::UInt(9))]));
    data.node()?.write(
        &Selection::All,
        &more,
        &Elements::from_dynamic(&more, &new)?.bytes,
        &Default::default(),
    )?;
    let found = data.elements(&Selection::All)?;
    same(found.value(0)?, value(&[("a", Value::Int(3)), ("b", Value::Float(0.5))]))
}

fn fixed_text_of_another_length(t: &mut Trial<'_>) -> Outcome {
    let fixed = |size, padding| Datatype::String(StringType::fixed(size, padding));
    let new = NewDataset::new(fixed(5, StringPadding::NullPadded), h5_types::Dataspace::fixed([2]));
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write_values(&Selection::All, &[Value::from("abcde"), Value::from("x")])?;
    let longer = data.elements_as(&Selection::All, &fixed(8, StringPadding::SpacePadded))?;
    same(&longer.bytes, &b"abcde   x       ".to_vec())?;
    let shorter = data.elements_as(&Selection::All, &fixed(3, StringPadding::NullPadded))?;
    same(&shorter.bytes, &b"abcx\0\0".to_vec())
}

fn text_is_no_number(t: &mut Trial<'_>) -> Outcome {
    let fixed = Datatype::String(StringType::fixed(5, StringPadding::NullPadded));
    let data =
        t.root()?.create_dataset_from("x", &NewDataset::new(fixed, h5_types::Dataspace::fixed([2])))?;
    is_error(ErrorKind::Conversion, data.elements_as(&Selection::All, &i32::datatype()))?;
    let node = data.node()?;
    t.refused(ErrorKind::Conversion, |_| {
        node.write(&Selection::All, &i32::datatype(), &[0; 8], &Default::default())
    })
}

fn a_compound_is_no_number(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    is_error(ErrorKind::Conversion, data.elements_as(&Selection::All, &i32::datatype()))?;
    let numbers = t.file().write_array("n", [1, 2])?;
    let memory = record(&[("a", i32::datatype())]);
    is_error(ErrorKind::Conversion, numbers.elements_as(&Selection::All, &memory))
}

fn what_does_not_convert_changes_nothing(t: &mut Trial<'_>) -> Outcome {
    let data = records(t)?;
    let memory = record(&[("a", Datatype::String(StringType::fixed(4, StringPadding::NullPadded)))]);
    let node = data.node()?;
    t.refused(ErrorKind::Conversion, |_| node.write(&Selection::All, &memory, &[65; 8], &Default::default()))
}

fn nan_and_infinity_are_kept(t: &mut Trial<'_>) -> Outcome {
    let values = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0, f64::MIN_POSITIVE, 5e-324];
    t.file().write_array("x", values)?;
    t.reopen()?;
    let found = t.file().dataset("x")?.read::<f64>()?;
    let bits = |values: &[f64]| -> Vec<u64> { values.iter().map(|value| value.to_bits()).collect() };
    same(bits(&found), bits(&values))
}

fn large_integers_are_kept(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("i", [i64::MIN, i64::MAX])?;
    t.file().write_array("u", [u64::MAX, 1 << 63])?;
    t.reopen()?;
    same(t.file().dataset("i")?.read::<i64>()?, [i64::MIN, i64::MAX])?;
    same(t.file().dataset("u")?.read::<u64>()?, [u64::MAX, 1 << 63])?;
    same(t.file().dataset("u")?.read::<i64>()?, [i64::MAX, i64::MAX])
}
