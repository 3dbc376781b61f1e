//! Variable-length strings and sequences.

use h5_types::{
    Block, Datatype, Elements, H5Type, Name, NewDataset, NewLayout, Selection, StringPadding, StringType,
    Value,
};

use super::plain;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("variable_length";
        text_of_any_length [VariableLength],
        text_with_every_kind_of_character [VariableLength],
        text_that_is_no_utf8 [VariableLength, AnyText],
        sequences_of_any_length [VariableLength],
        sequences_of_sequences [VariableLength, NestedSequences],
        sequences_of_text [VariableLength, NestedSequences],
        text_in_chunks [VariableLength, ChunkedLayout],
        text_is_overwritten_by_longer_text [VariableLength],
        part_of_the_text_is_written [VariableLength],
        text_within_records [VariableLength],
        a_large_text [VariableLength],
        many_short_texts [VariableLength],
        fixed_text_is_read_as_variable [VariableLength],
        variable_text_is_read_as_fixed [VariableLength],
        elements_share_what_they_point_to [VariableLength],
        sequences_are_converted [VariableLength],
    )
}

fn text_of_any_length(t: &mut Trial<'_>) -> Outcome {
    let texts: Vec<String> = [0, 1, 7, 8, 100, 5000].map(|length| "t".repeat(length)).to_vec();
    t.file().write_array("x", &texts)?;
    same(t.file().dataset("x")?.read::<String>()?, texts.as_slice())?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, texts)
}

fn text_with_every_kind_of_character(t: &mut Trial<'_>) -> Outcome {
    let texts = ["\u{b5}m", "\u{1f600}", "a\nb\tc", " spaces ", "\u{7f}"].map(str::to_owned);
    t.file().write_array("x", &texts)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, texts)
}

fn text_that_is_no_utf8(t: &mut Trial<'_>) -> Outcome {
    let texts = [Name::new(*b"\xff\xfe"), Name::new(*b"ok")];
    t.file().write_array("x", &texts)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Name>()?, texts)
}

fn sequences_of_any_length(t: &mut Trial<'_>) -> Outcome {
    let lists: Vec<Vec<i16>> = [0, 1, 3, 1000].map(|length| (0..length).collect()).to_vec();
    t.file().write_array("x", &lists)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Vec<i16>>()?, lists)
}

fn sequences_of_sequences(t: &mut Trial<'_>) -> Outcome {
    let lists = [vec![vec![1_u8], vec![], vec![2, 3]], vec![], vec![vec![]]];
    t.file().write_array("x", &lists)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Vec<Vec<u8>>>()?, lists)
}

fn sequences_of_text(t: &mut Trial<'_>) -> Outcome {
    let lists = [vec!["a".to_owned(), String::new()], vec!["long ".repeat(100)]];
    t.file().write_array("x", &lists)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Vec<String>>()?, lists)
}

fn text_in_chunks(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<String>(&[10]);
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    let texts: Vec<String> = (0..10).map(|i| format!("text {i}")).collect();
    t.root()?.create_dataset_from("x", &new)?.write(&texts)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, texts)
}

fn text_is_overwritten_by_longer_text(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<String>(&[3]))?;
    for round in 0..6_usize {
        data.write(&[0, 1, 2].map(|i| format!("{i}").repeat(round * 200)))?;
        t.file().flush()?;
    }
    data.write(&["short".to_owned(), String::new(), "x".to_owned()])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, ["short", "", "x"])
}

fn part_of_the_text_is_written(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", ["a", "b", "c", "d"].map(str::to_owned))?;
    let middle = Selection::from_block(&Block { start: vec![1], size: vec![2] });
    data.write_selection(&middle, &["new b".to_owned(), "new c".to_owned()])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.read::<String>()?, ["a", "new b", "new c", "d"])?;
    same(data.read_selection::<String>(&middle)?, ["new b", "new c"])
}

fn text_within_records(t: &mut Trial<'_>) -> Outcome {
    let members = [("n".into(), i32::datatype()), ("text".into(), String::datatype())];
    let datatype = Datatype::Compound(h5_types::CompoundType::packed(members));
    let new = NewDataset::new(datatype, h5_types::Dataspace::fixed([2]));
    let values = [(1, "one"), (2, "")].map(|(n, text)| {
        Value::Compound(vec![("n".into(), Value::Int(n)), ("text".into(), Value::from(text))])
    });
    t.root()?.create_dataset_from("x", &new)?.write_values(&Selection::All, &values)?;
    t.reopen()?;
    let found: Result<Vec<Value>, _> = t.file().dataset("x")?.elements(&Selection::All)?.values().collect();
    same(found?, values)
}

fn a_large_text(t: &mut Trial<'_>) -> Outcome {
    let text: String = (0..200_000_u32).map(|i| char::from(b'a' + (i % 26) as u8)).collect();
    t.file().write_array("x", [text.clone(), "small".to_owned()])?;
    t.reopen()?;
    let found = t.file().dataset("x")?.read::<String>()?;
    same(found == [text, "small".to_owned()], true)
}

fn many_short_texts(t: &mut Trial<'_>) -> Outcome {
    let texts: Vec<String> = (0..5000).map(|i| i.to_string()).collect();
    t.file().write_array("x", &texts)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()? == texts, true)
}

fn fixed(size: usize) -> Datatype {
    Datatype::String(StringType::fixed(size, StringPadding::NullPadded))
}

fn fixed_text_is_read_as_variable(t: &mut Trial<'_>) -> Outcome {
    let new = NewDataset::new(fixed(4), h5_types::Dataspace::fixed([2]));
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&["ab".to_owned(), "abcdef".to_owned()])?;
    same(data.read::<String>()?, ["ab", "abcd"])
}

fn variable_text_is_read_as_fixed(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", ["ab", "abcdef"].map(str::to_owned))?;
    same(data.elements_as(&Selection::All, &fixed(4))?.bytes, b"ab\0\0abcd".to_vec())
}

fn elements_share_what_they_point_to(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &plain::<String>(&[3]))?;
    let mut shared = Elements::from_values(&["shared".to_owned()])?;
    shared.bytes = shared.bytes.repeat(3);
    data.write_elements(&Selection::All, &shared)?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<String>()?, ["shared", "shared", "shared"])
}

fn sequences_are_converted(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [vec![1_i16, -2], vec![300]])?;
    same(data.read::<Vec<f64>>()?, [vec![1.0, -2.0], vec![300.0]])?;
    data.write(&[vec![1.5_f64], vec![2.5, 3.5]])?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<Vec<i16>>()?, [vec![1], vec![2, 3]])
}
