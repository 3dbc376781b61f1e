//! Attributes: setting, reading, replacing, renaming and removing them.

use h5_backend::Order;
use h5_types::{
    Dataspace, Datatype, Elements, ErrorKind, H5Type, Name, NewAttribute, StringPadding, StringType, Value,
};

use super::{plain, scalar};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("attributes";
        an_attribute_is_read_back [],
        an_attribute_says_what_it_is [],
        an_attribute_that_is_not_there [],
        the_root_has_attributes [],
        a_dataset_has_attributes [],
        a_committed_datatype_has_attributes [CommittedDatatypes],
        an_attribute_is_replaced_by_another_type_and_shape [],
        an_attribute_is_replaced_by_a_larger_one [],
        an_attribute_is_replaced_by_a_smaller_one [],
        an_attribute_is_removed [],
        an_attribute_is_renamed [RenameAttribute],
        a_renamed_attribute_keeps_type_and_value [RenameAttribute],
        to_a_longer_and_a_shorter_name [RenameAttribute],
        text_is_read_back [VariableLength],
        an_attribute_without_elements [],
        an_attribute_of_a_null_dataspace [],
        an_attribute_of_many_dimensions [],
        an_attribute_of_32_dimensions [],
        values_are_converted_to_the_stored_type [],
        text_is_cut_to_the_stored_length [VariableLength],
        names_of_attributes_are_bytes_of_any_kind [AnyText],
        a_name_with_slashes_is_one_name [],
        a_long_name_of_an_attribute [],
        fifty_attributes_come_and_go [],
        two_objects_have_attributes_of_one_name [],
        a_handle_sees_the_attribute_that_another_set [],
        an_attribute_of_a_committed_datatype [CommittedDatatypes],
        a_comment_is_set_and_removed [Comments],
        a_comment_of_a_dataset_is_kept [Comments],
        a_comment_is_replaced_by_a_longer_one [Comments],
        attributes_survive_a_new_link_beside_them [],
    )
}

fn an_attribute_is_read_back(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    group.set_attr("a", -5_i32)?;
    group.set_attr("b", [1.5, 2.5])?;
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.attr("a")?.read_scalar::<i32>()?, -5)?;
    same(group.attr("b")?.read::<f64>()?, [1.5, 2.5])
}

fn an_attribute_says_what_it_is(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", [1_u16, 2, 3])?;
    let info = some(root.object().node().attribute(b"a")?)?;
    same(&info.name, &Name::from("a"))?;
    same(&info.datatype, &u16::datatype())?;
    same(&info.dataspace, &Dataspace::fixed([3]))?;
    same(info.committed_datatype, None)?;
    let listed = root.object().attributes(Order::Name)?;
    same(listed.len(), 1)?;
    for attribute in listed {
        same(attribute?.info(), &info)?;
    }
    Ok(())
}

fn an_attribute_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    same(root.object().node().attribute(b"b")?, None)?;
    same(root.object().node().attribute(b"")?, None)?;
    is_error(ErrorKind::NotFound, root.attr("b"))?;
    is_error(ErrorKind::NotFound, root.object().node().read_attribute(b"aa"))
}

fn the_root_has_attributes(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("a", 1)?;
    t.reopen()?;
    same(t.root()?.attr("a")?.read_scalar::<i32>()?, 1)
}

fn a_dataset_has_attributes(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1_u8, 2])?;
    data.set_attr("gain", 2.0)?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.attr("gain")?.read_scalar::<f64>()?, 2.0)?;
    same(data.read::<u8>()?, [1, 2])
}

fn a_committed_datatype_has_attributes(t: &mut Trial<'_>) -> Outcome {
    let committed = t.file().commit_datatype("t", &f64::datatype())?;
    committed.set_attr("a", 3_u8)?;
    t.reopen()?;
    let committed = t.file().object("t")?;
    same(committed.attribute("a")?.read_scalar::<u8>()?, 3)
}

fn an_attribute_is_replaced_by_another_type_and_shape(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1_u8)?;
    root.set_attr("a", [1.5, 2.5, 3.5])?;
    let attribute = root.attr("a")?;
    same(attribute.datatype(), &f64::datatype())?;
    same(attribute.read::<f64>()?, [1.5, 2.5, 3.5])?;
    root.set_attr("a", true)?;
    t.reopen()?;
    same(t.root()?.attr("a")?.read_scalar::<bool>()?, true)?;
    same(t.root()?.object().attributes(Order::Name)?.len(), 1)
}

fn an_attribute_is_replaced_by_a_larger_one(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("before", 1)?;
    root.set_attr("a", 1_u8)?;
    root.set_attr("after", 2)?;
    let large: Vec<f64> = (0..1000).map(f64::from).collect();
    root.set_attr("a", &large)?;
    t.reopen()?;
    let root = t.root()?;
    same(root.attr("a")?.read::<f64>()?, large)?;
    same(root.attr("before")?.read_scalar::<i32>()?, 1)?;
    same(root.attr("after")?.read_scalar::<i32>()?, 2)
}

fn an_attribute_is_replaced_by_a_smaller_one(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", vec![1.5; 500])?;
    root.set_attr("after", 2)?;
    root.set_attr("a", 1_u8)?;
    t.reopen()?;
    same(t.root()?.attr("a")?.read_scalar::<u8>()?, 1)?;
    same(t.root()?.attr("after")?.read_scalar::<i32>()?, 2)
}

fn an_attribute_is_removed(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    for name in ["a", "b", "c"] {
        root.set_attr(name, 1)?;
    }
    root.remove_attr("b")?;
    is_error(ErrorKind::NotFound, root.attr("b"))?;
    t.reopen()?;
    same(t.root()?.object().attributes(Order::Name)?.len(), 2)?;
    t.root()?.set_attr("b", 2)?;
    same(t.root()?.attr("b")?.read_scalar::<i32>()?, 2)
}

fn an_attribute_is_renamed(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", 1)?;
    root.rename_attr("a", "b")?;
    is_error(ErrorKind::NotFound, root.attr("a"))?;
    t.reopen()?;
    same(t.root()?.attr("b")?.read_scalar::<i32>()?, 1)
}

fn a_renamed_attribute_keeps_type_and_value(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.set_attr("a", [true, false, true])?;
    let before = root.attr("a")?.info().clone();
    root.rename_attr("a", "b")?;
    let after = root.attr("b")?;
    same((&after.info().datatype, &after.info().dataspace), (&before.datatype, &before.dataspace))?;
    same(after.read::<bool>()?, [true, false, true])
}

fn to_a_longer_and_a_shorter_name(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    let long = "n".repeat(300);
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        root.set_attr(name, number as u64)?;
    }
    root.rename_attr("b", long.as_str())?;
    same(root.attr(&long)?.read_scalar::<u64>()?, 1)?;
    root.rename_attr(&long, "x")?;
    t.reopen()?;
    let read = |name: &str| t.root()?.attr(name)?.read_scalar::<u64>();
    same((read("a")?, read("x")?, read("c")?), (0, 1, 2))
}

fn text_is_read_back(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("units", "\u{b5}m")?;
    t.root()?.set_attr("axes", ["x", "", "a longer one"])?;
    t.reopen()?;
    same(t.root()?.attr("units")?.read_scalar::<String>()?, "\u{b5}m")?;
    same(t.root()?.attr("axes")?.read::<String>()?, ["x", "", "a longer one"])
}

fn an_attribute_without_elements(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("none", Vec::<f32>::new())?;
    t.reopen()?;
    let attribute = t.root()?.attr("none")?;
    same(attribute.shape(), [0])?;
    same(attribute.read::<f32>()?.len(), 0)
}

fn an_attribute_of_a_null_dataspace(t: &mut Trial<'_>) -> Outcome {
    let new = NewAttribute::new("null", f64::datatype(), Dataspace::Null);
    t.root()?.write_attr(&new, &Elements::from_values::<f64>(&[])?)?;
    t.reopen()?;
    let attribute = t.root()?.attr("null")?;
    same(attribute.dataspace(), &Dataspace::Null)?;
    same(attribute.elements()?.count(), 0)
}

fn an_attribute_of_many_dimensions(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<i16> = (0..24).collect();
    let new = NewAttribute::new("a", i16::datatype(), Dataspace::fixed([2, 3, 4]));
    t.root()?.write_attr(&new, &Elements::from_values(&values)?)?;
    t.reopen()?;
    let attribute = t.root()?.attr("a")?;
    same(attribute.shape(), [2, 3, 4])?;
    same(attribute.read::<i16>()?, values)
}

fn an_attribute_of_32_dimensions(t: &mut Trial<'_>) -> Outcome {
    let mut dimensions = vec![1; 32];
    dimensions[31] = 2;
    let new = NewAttribute::new("a", u8::datatype(), Dataspace::fixed(dimensions.as_slice()));
    t.root()?.write_attr(&new, &Elements::from_values(&[1_u8, 2])?)?;
    t.reopen()?;
    same(t.root()?.attr("a")?.shape(), dimensions)
}

fn values_are_converted_to_the_stored_type(t: &mut Trial<'_>) -> Outcome {
    let new = NewAttribute::new("a", i16::datatype(), Dataspace::fixed([3]));
    t.root()?.write_attr(&new, &Elements::from_values(&[1.9, -2.9, 1e9])?)?;
    let attribute = t.root()?.attr("a")?;
    same(attribute.datatype(), &i16::datatype())?;
    same(attribute.read::<i16>()?, [1, -2, i16::MAX])
}

fn text_is_cut_to_the_stored_length(t: &mut Trial<'_>) -> Outcome {
    let fixed = Datatype::String(StringType::fixed(3, StringPadding::NullPadded));
    let new = NewAttribute::new("a", fixed, Dataspace::Scalar);
    t.root()?.write_attr(&new, &Elements::from_values(&["abcdef".to_owned()])?)?;
    same(t.root()?.attr("a")?.value()?, Value::from("abc"))
}

fn names_of_attributes_are_bytes_of_any_kind(t: &mut Trial<'_>) -> Outcome {
    let spelled: [&[u8]; 5] = ["\u{b5}m".as_bytes(), b"\xff", b".", b" ", b"a\tb"];
    for (number, name) in spelled.into_iter().enumerate() {
        t.root()?.set_attr(Name::new(name), number as u64)?;
    }
    t.reopen()?;
    for (number, name) in spelled.into_iter().enumerate() {
        same(t.root()?.attr(name)?.read_scalar::<u64>()?, number as u64)?;
    }
    Ok(())
}

fn a_name_with_slashes_is_one_name(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("/a/b", 1)?;
    t.reopen()?;
    same(t.root()?.attr("/a/b")?.read_scalar::<i32>()?, 1)?;
    is_error(ErrorKind::NotFound, t.root()?.attr("a/b"))
}

fn a_long_name_of_an_attribute(t: &mut Trial<'_>) -> Outcome {
    let name = "n".repeat(5000);
    t.root()?.set_attr(name.as_str(), 1)?;
    t.reopen()?;
    same(t.root()?.attr(&name)?.read_scalar::<i32>()?, 1)
}

fn fifty_attributes_come_and_go(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in 0..50_u64 {
        group.set_attr(format!("a{}", number * 7 % 50), number * 7 % 50)?;
    }
    for number in (0..50_u64).step_by(2) {
        group.remove_attr(format!("a{number}"))?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.object().attributes(Order::Name)?.len(), 25)?;
    for number in (1..50_u64).step_by(2) {
        same(group.attr(format!("a{number}"))?.read_scalar::<u64>()?, number)?;
        group.remove_attr(format!("a{number}"))?;
    }
    same(group.object().attributes(Order::Name)?.len(), 0)?;
    t.reopen()?;
    same(t.file().group("g")?.object().attributes(Order::Native)?.len(), 0)
}

fn two_objects_have_attributes_of_one_name(t: &mut Trial<'_>) -> Outcome {
    let (one, other) = (t.file().create_group("a")?, t.file().create_group("b")?);
    one.set_attr("n", 1)?;
    other.set_attr("n", 2)?;
    one.remove_attr("n")?;
    same(other.attr("n")?.read_scalar::<i32>()?, 2)
}

fn a_handle_sees_the_attribute_that_another_set(t: &mut Trial<'_>) -> Outcome {
    let (one, other) = (t.file().create_group("a")?, t.file().group("a")?);
    one.set_attr("n", 1)?;
    same(other.attr("n")?.read_scalar::<i32>()?, 1)?;
    let held = other.attr("n")?;
    one.set_attr("n", 2)?;
    same(held.read_scalar::<i32>()?, 2)
}

fn an_attribute_of_a_committed_datatype(t: &mut Trial<'_>) -> Outcome {
    let committed = t.file().commit_datatype("t", &i16::datatype())?;
    let (mut new, value) = scalar("a", 5_i16)?;
    new.committed_datatype = Some(committed.object().token());
    let data = t.root()?.create_dataset_from("x", &plain::<u8>(&[1]))?;
    data.write_attr(&new, &value)?;
    t.reopen()?;
    let attribute = t.file().dataset("x")?.attr("a")?;
    same(attribute.info().committed_datatype, Some(t.file().object("t")?.token()))?;
    same(attribute.datatype(), &i16::datatype())?;
    same(attribute.read_scalar::<i16>()?, 5)
}

fn a_comment_is_set_and_removed(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    same(group.object().info()?.comment, None)?;
    group.set_comment("what this is")?;
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.object().info()?.comment, Some(Name::from("what this is")))?;
    group.set_comment("")?;
    same(group.object().info()?.comment, None)
}

fn a_comment_of_a_dataset_is_kept(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1_u8])?;
    data.set_comment("\u{b5}")?;
    data.set_attr("a", 1)?;
    t.reopen()?;
    same(t.file().object("x")?.info()?.comment, Some(Name::from("\u{b5}")))
}

fn a_comment_is_replaced_by_a_longer_one(t: &mut Trial<'_>) -> Outcome {
    let long = "c".repeat(2000);
    t.root()?.set_comment("short")?;
    t.root()?.set_comment(long.as_str())?;
    t.reopen()?;
    same(t.root()?.object().info()?.comment, Some(Name::from(long)))
}

fn attributes_survive_a_new_link_beside_them(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in 0..30_u64 {
        group.set_attr(format!("a{number}"), number)?;
        group.create_group(format!("m{number}"))?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    for number in 0..30_u64 {
        same(group.attr(format!("a{number}"))?.read_scalar::<u64>()?, number)?;
    }
    check(group.link_count()? == 30, || "links are missing".to_owned())
}
