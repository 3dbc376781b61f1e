//! Files that ask for far more work than their length end in an answer or an error, soon.
//! `tests/interop/hostile_files.py --small` writes the fixtures.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use h5_backend::{File, Order};
use h5_native::{NativeFile, OpenOptions, StorageKind};
use h5_types::{ErrorKind, Limits, Result, Selection};

fn open(name: &str, limits: Limits) -> Result<File> {
    open_with(name, &OpenOptions::new().limits(limits))
}

fn open_with(name: &str, options: &OpenOptions) -> Result<File> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/hostile").join(name);
    Ok(File::from_backend(Arc::new(NativeFile::open(&path, options)?)))
}

#[test]
fn a_virtual_dataset_that_is_its_own_source_is_an_error() {
    for name in ["virtual_of_itself.h5", "virtual_of_each_other.h5"] {
        let dataset = open(name, Limits::default()).unwrap().dataset("/0").unwrap();
        assert_eq!(dataset.elements(&Selection::All).unwrap_err().kind(), ErrorKind::Limit, "{name}");
    }
}

#[test]
fn virtual_datasets_in_one_file_are_followed_up_to_the_limit_of_hops() {
    let file = open("virtual_fan.h5", Limits::default()).unwrap();
    let values = file.dataset("/7").unwrap().elements(&Selection::All).unwrap();
    let expected = file.dataset("/0").unwrap().elements(&Selection::All).unwrap();
    assert_eq!(values.bytes, expected.bytes);
    let mut limits = Limits::default();
    limits.external_hops = 6;
    let error =
        open("virtual_fan.h5", limits).unwrap().dataset("/7").unwrap().elements(&Selection::All).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit);
}

#[test]
fn chunks_that_were_never_written_are_passed_over() {
    let dataset = open("far_chunk.h5", Limits::default()).unwrap().dataset("/d").unwrap();
    let mut found = Vec::new();
    let visited = dataset.node().unwrap().chunks(&mut |chunk| {
        found.push(chunk.unwrap().offset);
        ControlFlow::Continue(())
    });
    visited.unwrap();
    assert_eq!(found, [[0], [(1 << 16) - 1]]);
}

#[test]
fn elements_that_share_one_sequence_are_bounded_by_what_one_read_may_bring_together() {
    let read = |limits: Limits| {
        let dataset = open("sequence_of_all.h5", limits).unwrap().dataset("/d").unwrap();
        dataset.elements(&Selection::All).map(|elements| elements.heap.bytes.len())
    };
    assert_eq!(read(Limits::default()).unwrap(), 64 * 256);
    let mut limits = Limits::default();
    limits.sequence_bytes = 63 * 256;
    assert_eq!(read(limits).unwrap_err().kind(), ErrorKind::Limit);
    let mut limits = Limits::default();
    limits.sequence_bytes = 1;
    let dataset = open("sequence_of_all.h5", limits).unwrap().dataset("/d").unwrap();
    let one = Selection::from_block(&h5_types::Block { start: vec![5], size: vec![1] });
    assert_eq!(dataset.elements(&one).unwrap().heap.bytes.len(), 256, "one sequence may always be longer");
}

#[test]
fn a_sequence_longer_than_its_heap_object_is_an_error() {
    let dataset = open("sequence_count.h5", Limits::default()).unwrap().dataset("/d").unwrap();
    assert_eq!(dataset.elements(&Selection::All).unwrap_err().kind(), ErrorKind::Format);
}

#[test]
fn a_group_tree_that_is_its_own_child_is_an_error() {
    for name in ["tree_of_itself.h5", "tall_tree_of_itself.h5"] {
        let root = open(name, Limits::default()).unwrap().root().unwrap();
        assert!(root.links(Order::Name).is_err(), "{name}");
        assert!(root.link_count().is_err(), "{name}");
    }
}

#[test]
fn the_work_of_a_file_ends_at_its_limit() {
    let mut limits = Limits::default();
    limits.work_bytes = 0;
    let dataset = open("far_chunk.h5", limits).unwrap().dataset("/d").unwrap();
    let read = || (0..1000).try_for_each(|_| dataset.elements(&Selection::All).map(drop));
    assert_eq!(read().unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn a_stored_element_far_larger_than_its_members_takes_no_memory() {
    let dataset = open("large_compound.h5", Limits::default()).unwrap().dataset("/d").unwrap();
    assert!(dataset.info().unwrap().datatype.size() > 1 << 30);
    assert_eq!(dataset.elements(&Selection::All).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn where_a_file_ends_inside_a_block_the_error_does_not_depend_on_the_driver() {
    let error = |storage| {
        let file = open_with("cut_chunk.h5", &OpenOptions::new().storage(storage)).unwrap();
        let dataset = file.dataset("/d").unwrap();
        dataset.elements(&Selection::All).unwrap_err().to_string()
    };
    assert_eq!(error(StorageKind::File), error(StorageKind::Memory));
}
