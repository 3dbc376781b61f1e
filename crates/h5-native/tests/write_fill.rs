//! Fill values of variable length: each filled element has a heap object of its own, since the C library gives an element's object back
//! when the element is overwritten.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

use std::collections::HashSet;
use std::sync::Arc;

use h5_backend::{Backend, Dataset, File};
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{
    AllocationTime, Block, Dataspace, Datatype, Elements, FillDefinition, FillTime, FilterInfo, H5Type,
    Layout, LibverBounds, NewDataset, NewLayout, Selection,
};

/// Of the strings that are written.
const LENGTHS: [u32; 8] = [7, 3, 7, 7, 7, 4, 7, 7];

fn open(vfd: &Arc<BufferVfd>, bounds: LibverBounds) -> (NativeFile, File) {
    let options = OpenOptions::new().bounds(bounds);
    let native = NativeFile::open_writable_vfd(Arc::clone(vfd) as Arc<dyn Vfd>, &options).unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    (native, file)
}

/// Strings that are "filled!" where nothing is written.
fn dataset(layout: NewLayout, is_filtered: bool) -> NewDataset {
    let is_chunked = matches!(layout, NewLayout::Chunked { .. });
    let dataspace = if is_chunked {
        Dataspace::Simple { dimensions: vec![8], maximum: vec![None] }
    } else {
        Dataspace::fixed([8])
    };
    let mut new = NewDataset::new(String::datatype(), dataspace);
    new.layout = layout;
    new.fill_elements = Some(Elements::from_values(&["filled!".to_owned()]).unwrap());
    if is_filtered {
        new.filters = vec![FilterInfo { id: 1, flags: 0, name: None, client_data: vec![4] }];
    }
    new
}

/// One element.
fn element(index: u64) -> Selection {
    Selection::from_block(&Block { start: vec![index], size: vec![1] })
}

/// The elements as they are stored, and the fill value.
fn stored(dataset: &Dataset, file: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>) {
    let info = dataset.info().unwrap();
    let FillDefinition::User(fill) = info.fill.definition.clone() else { panic!("no fill value") };
    let mut bytes = Vec::new();
    if let Layout::Chunked { chunk, .. } = &info.layout {
        let step = usize::try_from(chunk[0]).unwrap();
        for offset in (0..8).step_by(step) {
            bytes.extend(dataset.read_raw_chunk(&[offset]).unwrap().1);
        }
    } else {
        // Elsewhere they are found by their lengths.
        let is_element = |at: usize, length: &u32| file.get(at..at + 4) == Some(&length.to_le_bytes()[..]);
        let begins = |start: usize| {
            LENGTHS.iter().enumerate().all(|(index, length)| is_element(start + index * fill.len(), length))
        };
        for start in (0..file.len()).filter(|&start| begins(start)) {
            bytes.extend(&file[start..start + LENGTHS.len() * fill.len()]);
        }
    }
    assert!(!bytes.is_empty());
    (bytes.chunks(fill.len()).map(<[u8]>::to_vec).collect(), fill)
}

/// No two elements lead to one object, nor any to the fill value's.
fn check_apart(dataset: &Dataset, file: &[u8]) {
    let (elements, fill) = stored(dataset, file);
    let distinct: HashSet<&[u8]> = elements.iter().map(|element| &element[4..]).chain([&fill[4..]]).collect();
    assert_eq!(distinct.len(), elements.len() + 1);
}

#[test]
fn filled_elements_have_objects_of_their_own() {
    let chunked = NewLayout::Chunked { chunk: vec![4], index: None };
    for bounds in [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110] {
        let vfd = Arc::new(BufferVfd::default());
        let created = NativeFile::create_vfd(
            Arc::clone(&vfd) as Arc<dyn Vfd>,
            &CreateOptions::new(),
            &OpenOptions::new().bounds(bounds),
        )
        .unwrap();
        let file = File::from_backend(Arc::new(created.clone()));
        let mut early = dataset(chunked.clone(), false);
        early.allocation_time = Some(AllocationTime::Early);
        let cases = [
            ("contiguous", dataset(NewLayout::Contiguous, false)),
            ("compact", dataset(NewLayout::Compact, false)),
            ("chunked", dataset(chunked.clone(), false)),
            ("early", early),
            ("filtered", dataset(chunked.clone(), true)),
        ];
        for (name, new) in &cases {
            let dataset = file.root().unwrap().create_dataset_from(name, new).unwrap();
            dataset.write_selection(&element(1), &["one".to_owned()]).unwrap();
            dataset.write_selection(&element(5), &["five".to_owned()]).unwrap();
        }
        created.close().unwrap();
        drop(file);
        let (native, file) = open(&vfd, bounds);
        let expected = ["filled!", "one", "filled!", "filled!", "filled!", "five", "filled!", "filled!"];
        for (name, _) in &cases {
            let dataset = file.dataset(name).unwrap();
            assert_eq!(dataset.read::<String>().unwrap(), expected, "{name} of {bounds:?}");
            if *name != "filtered" {
                check_apart(&dataset, &vfd.to_bytes());
            }
        }
        // What is cut off is filled as well, and what is filled once stays as it is.
        let dataset = file.dataset("chunked").unwrap();
        for length in [6, 8] {
            dataset.resize([length]).unwrap();
        }
        native.flush().unwrap();
        check_apart(&dataset, &vfd.to_bytes());
        if let Ok(path) = std::env::var("H5_KEEP") {
            std::fs::write(format!("{path}-fill-{bounds:?}.h5"), vfd.to_bytes()).unwrap();
        }
    }
}

#[test]
fn filled_sequences_of_sequences_share_nothing() {
    let vfd = Arc::new(BufferVfd::default());
    let options = OpenOptions::new().bounds(LibverBounds::V18);
    let native =
        NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    let fill = Elements::from_values(&[vec!["a".to_owned(), "bc".to_owned()]]).unwrap();
    assert!(matches!(fill.datatype, Datatype::Vlen(_)));
    let mut new = NewDataset::new(fill.datatype.clone(), Dataspace::fixed([8]));
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    new.fill_elements = Some(fill);
    let dataset = file.root().unwrap().create_dataset_from("nested", &new).unwrap();
    for index in [0, 7] {
        dataset.write_selection(&element(index), &[vec!["own".to_owned()]]).unwrap();
    }
    native.flush().unwrap();
    check_apart(&dataset, &vfd.to_bytes());
    let values = dataset.read::<Vec<String>>().unwrap();
    assert_eq!(values[0], ["own"]);
    assert!(values[1..7].iter().all(|value| value == &["a", "bc"]));
    if let Ok(path) = std::env::var("H5_KEEP") {
        std::fs::write(format!("{path}-fill-nested.h5"), vfd.to_bytes()).unwrap();
    }
}

#[test]
fn texts_without_characters_share_nothing() {
    let vfd = Arc::new(BufferVfd::default());
    let native =
        NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &OpenOptions::new())
            .unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    let mut new = dataset(NewLayout::Chunked { chunk: vec![4], index: None }, false);
    new.fill_elements = Some(Elements::from_values(&[String::new()]).unwrap());
    new.allocation_time = Some(AllocationTime::Early);
    let dataset = file.root().unwrap().create_dataset_from("x", &new).unwrap();
    native.flush().unwrap();
    check_apart(&dataset, &vfd.to_bytes());
}

/// The C library frees what an element has led to when it writes the element, so nothing else may be there.
#[test]
fn elements_of_variable_length_are_filled_when_they_get_their_place() {
    let vfd = Arc::new(BufferVfd::default()) as Arc<dyn Vfd>;
    let native = NativeFile::create_vfd(vfd, &CreateOptions::new(), &OpenOptions::new()).unwrap();
    let file = File::from_backend(Arc::new(native));
    let time = |name: &str, datatype, fill: FillDefinition| {
        let mut new = NewDataset::new(datatype, Dataspace::Scalar);
        new.fill = fill;
        let dataset = file.root().unwrap().create_dataset_from(name, &new).unwrap();
        dataset.info().unwrap().fill.fill_time
    };
    let (text, number) = (String::datatype(), f64::datatype());
    assert_eq!(time("text", text.clone(), FillDefinition::Default), FillTime::Allocation);
    assert_eq!(time("undefined", text, FillDefinition::Undefined), FillTime::IfSet);
    assert_eq!(time("number", number, FillDefinition::Default), FillTime::IfSet);
}
