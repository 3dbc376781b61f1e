//! Attributes that are written, read again as they were; of every datatype, in headers of both versions.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

mod samples;

use std::sync::Arc;

use h5_backend::{Backend, Node, Order};
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{
    ByteOrder, CharacterSet, Dataspace, Datatype, Elements, ErrorKind, LibverBounds, Name, NewAttribute,
    NewGroup, ObjectToken, Reference, ReferenceKind, StringLength, StringPadding, Value,
};

use samples::*;

/// A file in memory, and what writes into it.
struct Written {
    vfd: Arc<BufferVfd>,
    file: NativeFile,
}

impl Written {
    fn new(root: NewGroup) -> Self {
        Self::with_bounds(root, LibverBounds::default())
    }

    fn with_bounds(root: NewGroup, bounds: LibverBounds) -> Self {
        let vfd = Arc::new(BufferVfd::default());
        let create = CreateOptions::new().root(root);
        let file = NativeFile::create_vfd(
            Arc::clone(&vfd) as Arc<dyn Vfd>,
            &create,
            &OpenOptions::new().bounds(bounds),
        );
        Self { vfd, file: file.unwrap() }
    }

    fn root(&self) -> Arc<dyn Node> {
        self.file.open(self.file.root()).unwrap()
    }

    /// The root group of the file as it is stored.
    fn stored(&self) -> (NativeFile, Arc<dyn Node>) {
        let vfd = Arc::new(BufferVfd::new(self.vfd.to_bytes()));
        let file = NativeFile::open_vfd(vfd, &OpenOptions::new()).unwrap();
        let root = file.open(file.root()).unwrap();
        (file, root)
    }

    fn keep(&self, name: &str) {
        if let Ok(folder) = std::env::var("H5_KEEP") {
            std::fs::write(format!("{folder}/{name}.h5"), self.vfd.to_bytes()).unwrap();
        }
    }
}

fn values(elements: &Elements) -> Vec<Value> {
    elements.values().map(Result::unwrap).collect()
}

fn attribute(name: &str, datatype: &Datatype, dataspace: Dataspace) -> NewAttribute {
    NewAttribute::new(name, datatype.clone(), dataspace)
}

fn tracking() -> NewGroup {
    let mut group = NewGroup::default();
    group.tracks_attribute_creation = true;
    group
}

fn small(name: &str) -> NewAttribute {
    attribute(name, &int(4, true, ByteOrder::Little), Dataspace::Scalar)
}

fn number(value: i32) -> Elements {
    Elements::from_values(&[value]).unwrap()
}

fn set(node: &dyn Node, name: &str, value: i32) {
    node.write_attribute(&small(name), &number(value), true).unwrap();
}

fn names(node: &dyn Node, order: Order) -> Vec<String> {
    let mut names = Vec::new();
    node.attributes(order, &mut |info| {
        names.push(info.unwrap().name.to_string());
        std::ops::ControlFlow::Continue(())
    })
    .unwrap();
    names
}

fn read(node: &dyn Node, name: &str) -> Vec<Value> {
    values(&node.read_attribute(name.as_bytes()).unwrap())
}

#[test]
fn every_datatype_and_extent_is_read_as_it_was_written() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110, LibverBounds::V200] {
        write_every_datatype(bounds);
    }
}

fn write_every_datatype(bounds: LibverBounds) {
    let written = Written::with_bounds(NewGroup::default(), bounds);
    let mut node = written.root();
    let spaces = || [Dataspace::Scalar, Dataspace::fixed([3]), Dataspace::fixed([2, 0, 2]), Dataspace::Null];
    let mut expected = Vec::new();
    for (number, datatype) in datatypes().iter().enumerate() {
        let group = node.as_group().unwrap();
        let token = group.create_group(&Name::from(format!("g{number}")), &NewGroup::default()).unwrap();
        node = written.file.open(token).unwrap();
        for (index, dataspace) in spaces().into_iter().enumerate() {
            let count = usize::try_from(dataspace.element_count().unwrap()).unwrap();
            let value = elements(datatype, count, number + index);
            let new = attribute(&format!("a{index}"), datatype, dataspace.clone());
            node.write_attribute(&new, &value, false).unwrap();
            expected.push((token, new, value));
        }
    }
    let check = |file: &NativeFile| {
        for (token, new, value) in &expected {
            let node = file.open(*token).unwrap();
            let name = new.name.as_bytes();
            let info = node.attribute(name).unwrap().unwrap();
            assert_eq!(info.dataspace, new.dataspace);
            assert_eq!(info.datatype.memory_form(), new.datatype.memory_form());
            let read = node.read_attribute(name).unwrap();
            assert_eq!(values(&read), values(value), "{}", new.datatype);
        }
    };
    check(&written.file);
    written.file.flush().unwrap();
    check(&written.stored().0);
    written.file.close().unwrap();
    check(&written.stored().0);
    written.keep(&format!("datatypes-{bounds:?}"));
}

#[test]
fn elements_are_converted_to_the_attribute_s_datatype() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    let big = int(2, true, ByteOrder::Big);
    let new = attribute("converted", &big, Dataspace::fixed([3]));
    let value = Elements::from_values(&[1.5_f64, -70_000.0, 12.0]).unwrap();
    root.write_attribute(&new, &value, false).unwrap();
    let expected = [1, -32_768, 12].map(Value::Int);
    assert_eq!(read(&*root, "converted"), expected);
    let fixed = string(StringLength::Fixed(4), StringPadding::NullPadded, CharacterSet::Utf8);
    let value = elements(&text(), 3, 0);
    root.write_attribute(&attribute("fixed", &fixed, Dataspace::fixed([3])), &value, false).unwrap();
    assert_eq!(read(&*root, "fixed"), ["", "text", "text"].map(|s| Value::String(s.into())));
    let compounds = compound(vec![vlen(int(8, true, ByteOrder::Little)), text()]);
    let narrow = compound(vec![vlen(big), text()]);
    let value = elements(&compounds, 5, 2);
    root.write_attribute(&attribute("nested", &narrow, Dataspace::fixed([5])), &value, false).unwrap();
    let read = root.read_attribute(b"nested").unwrap();
    let expected = value.convert(&narrow.memory_form()).unwrap();
    assert_eq!(values(&read), values(&expected));
}

#[test]
fn what_cannot_be_written_changes_nothing() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    set(&*root, "there", 1);
    written.file.flush().unwrap();
    let before = written.vfd.to_bytes();
    let kind =
        |new: &NewAttribute, value: &Elements| root.write_attribute(new, value, false).unwrap_err().kind();
    assert_eq!(kind(&small("there"), &number(2)), ErrorKind::AlreadyExists);
    assert_eq!(kind(&small(""), &number(2)), ErrorKind::Usage);
    assert_eq!(kind(&small("two"), &Elements::from_values(&[1, 2]).unwrap()), ErrorKind::Usage);
    assert_eq!(kind(&small("text"), &elements(&text(), 1, 1)), ErrorKind::Conversion);
    let wrong = attribute("kind", &reference(ReferenceKind::Region), Dataspace::Scalar);
    let mut value = elements(&reference(ReferenceKind::Region), 1, 0);
    value.heap.references[0] = Reference::Object(ObjectToken(48));
    assert_eq!(kind(&wrong, &value), ErrorKind::Usage);
    assert_eq!(root.remove_attribute(b"none").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(root.rename_attribute(b"none", &"some".into()).unwrap_err().kind(), ErrorKind::NotFound);
    set(&*root, "other", 2);
    let taken = root.rename_attribute(b"there", &"other".into());
    assert_eq!(taken.unwrap_err().kind(), ErrorKind::AlreadyExists);
    root.remove_attribute(b"other").unwrap();
    written.file.flush().unwrap();
    assert_eq!(names(&*written.root(), Order::Name), ["there"]);
    assert_eq!(read(&*written.stored().1, "there"), [Value::Int(1)]);
    assert_eq!(before.len(), written.vfd.to_bytes().len());
}

#[test]
fn attributes_are_replaced_renamed_and_removed_in_the_order_they_were_made() {
    let written = Written::new(tracking());
    let root = written.root();
    for (index, name) in ["c", "a", "d", "b"].iter().enumerate() {
        set(&*root, name, i32::try_from(index).unwrap());
    }
    assert_eq!(names(&*root, Order::Creation), ["c", "a", "d", "b"]);
    root.rename_attribute(b"a", &"z".into()).unwrap();
    root.rename_attribute(b"d", &"\u{e9}".into()).unwrap();
    set(&*root, "c", 10);
    root.remove_attribute(b"b").unwrap();
    set(&*root, "e", 11);
    let check = |root: &dyn Node| {
        assert_eq!(names(root, Order::Creation), ["z", "\u{e9}", "c", "e"]);
        assert_eq!(read(root, "z"), [Value::Int(1)]);
        assert_eq!(read(root, "\u{e9}"), [Value::Int(2)]);
        assert_eq!(read(root, "c"), [Value::Int(10)]);
        assert!(root.attribute(b"a").unwrap().is_none());
    };
    check(&*root);
    written.file.close().unwrap();
    check(&*written.stored().1);
    written.keep("ordered");
}

#[test]
fn a_row_that_is_flushed_does_not_take_a_collection() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    let new = attribute("text", &text(), Dataspace::Scalar);
    let value = elements(&text(), 1, 1);
    root.write_attribute(&new, &value, true).unwrap();
    written.file.flush().unwrap();
    let before = written.vfd.to_bytes().len();
    for _ in 0..150 {
        root.write_attribute(&new, &value, true).unwrap();
        written.file.flush().unwrap();
        assert_eq!(read(&*written.stored().1, "text"), values(&value));
    }
    let grown = written.vfd.to_bytes().len() - before;
    assert!(grown <= 2 * 4096, "{grown} bytes for 150 rows of 40");
}

#[test]
fn committed_datatypes_count_who_uses_them() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18] {
        use_committed_datatypes(bounds);
    }
}

fn use_committed_datatypes(bounds: LibverBounds) {
    let written = Written::with_bounds(NewGroup::default(), bounds);
    let root = written.root();
    let mut parent = written.root();
    for (number, datatype) in datatypes().iter().enumerate() {
        let below = parent.as_group().unwrap().create_group(&"g".into(), &NewGroup::default()).unwrap();
        parent = written.file.open(below).unwrap();
        let group = parent.as_group().unwrap();
        let token = group.commit_datatype(&Name::from(format!("t{number}")), datatype).unwrap();
        let node = written.file.open(token).unwrap();
        assert_eq!(node.as_datatype().unwrap().memory_form(), datatype.memory_form());
        let count = || node.info().unwrap().reference_count;
        assert_eq!(count(), 1);
        let mut new = attribute("uses", datatype, Dataspace::fixed([2]));
        new.committed_datatype = Some(token);
        let value = elements(datatype, 2, number);
        root.write_attribute(&new, &value, true).unwrap();
        assert_eq!(count(), 2);
        assert_eq!(root.attribute(b"uses").unwrap().unwrap().committed_datatype, Some(token));
        assert_eq!(read(&*root, "uses"), values(&value));
        node.write_attribute(&new, &value, false).unwrap();
        assert_eq!(count(), 3);
        root.write_attribute(&new, &value, true).unwrap();
        assert_eq!(count(), 3);
        if number % 2 == 0 {
            written.file.flush().unwrap();
        }
        root.remove_attribute(b"uses").unwrap();
        assert_eq!(count(), 2);
        let mut wrong = new.clone();
        wrong.datatype = int(1, false, ByteOrder::Big);
        let error = root.write_attribute(&wrong, &elements(&wrong.datatype, 2, 0), true).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
    written.file.close().unwrap();
    written.keep(&format!("committed-{bounds:?}"));
}

#[test]
fn comments_are_set_and_removed() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    root.set_comment(Some(&"what this is".into())).unwrap();
    assert_eq!(root.info().unwrap().comment, Some("what this is".into()));
    written.file.flush().unwrap();
    root.set_comment(None).unwrap();
    assert_eq!(written.stored().1.info().unwrap().comment, Some("what this is".into()));
    assert_eq!(root.info().unwrap().comment, None);
    let long = Name::from("x".repeat(70_000));
    assert_eq!(root.set_comment(Some(&long)).unwrap_err().kind(), ErrorKind::Unsupported);
    let comment = Name::from("y".repeat(60_000));
    root.set_comment(Some(&comment)).unwrap();
    written.file.close().unwrap();
    assert_eq!(written.stored().1.info().unwrap().comment, Some(comment));
}

/// What an object should have: names with their numbers, in the order of creation.
type Model = Vec<(String, i32)>;

fn check_model(node: &dyn Node, model: &Model) {
    if node.info().unwrap().tracks_attribute_creation {
        let expected: Vec<_> = model.iter().map(|(name, _)| name.clone()).collect();
        assert_eq!(names(node, Order::Creation), expected);
    }
    let mut sorted: Vec<_> = model.iter().map(|(name, _)| name.clone()).collect();
    sorted.sort();
    assert_eq!(names(node, Order::Name), sorted);
    for (name, value) in model {
        assert_eq!(read(node, name), [Value::Int(i64::from(*value))], "{name}");
    }
}

#[test]
fn many_attributes_go_to_dense_storage_and_come_back() {
    for group in [NewGroup::default(), tracking()] {
        let tracked = group.tracks_attribute_creation;
        let written = Written::new(group);
        let root = written.root();
        let mut model = Model::new();
        let mut state = 12345_u64;
        let mut random = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for step in 0..1500_i32 {
            let name = format!("name {}", random(if step < 1000 { 60 } else { 12 }));
            let found = model.iter().position(|(other, _)| *other == name);
            match (random(10), found) {
                (0..5, _) => {
                    set(&*root, &name, step);
                    found.map(|index| model.remove(index));
                    model.push((name, step));
                }
                (5, Some(index)) => {
                    let to = format!("{name}\u{e9}{step}");
                    root.rename_attribute(name.as_bytes(), &to.as_str().into()).unwrap();
                    model[index].0 = to;
                }
                (_, Some(index)) => {
                    root.remove_attribute(name.as_bytes()).unwrap();
                    model.remove(index);
                }
                (_, None) => {
                    let error = root.remove_attribute(name.as_bytes()).unwrap_err();
                    assert_eq!(error.kind(), ErrorKind::NotFound);
                }
            }
            if step % 100 == 99 && step > 900 {
                // Few are left now and then, so that they move back into the header.
                while model.len() > 3 {
                    let (name, _) = model.remove(0);
                    root.remove_attribute(name.as_bytes()).unwrap();
                }
            }
            match random(20) {
                0 => {
                    written.file.flush().unwrap();
                    check_model(&*written.stored().1, &model);
                }
                1..4 => check_model(&*root, &model),
                _ => {}
            }
        }
        for number in 0..300 {
            set(&*root, &format!("last {number:03}"), number);
            model.push((format!("last {number:03}"), number));
        }
        written.file.close().unwrap();
        check_model(&*written.stored().1, &model);
        written.keep(if tracked { "dense-tracked" } else { "dense" });
    }
}

#[test]
fn long_attributes_are_written_beside_short_ones() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    set(&*root, "short", 1);
    let byte = int(1, false, ByteOrder::Little);
    let lengths = [65_000, 65_520, 70_000, 1_000_000, 3];
    for (index, length) in lengths.into_iter().enumerate() {
        let new = attribute(&format!("bytes {length}"), &byte, Dataspace::fixed([length as u64]));
        root.write_attribute(&new, &elements(&byte, length, index), false).unwrap();
        if index == 1 {
            written.file.flush().unwrap();
        }
    }
    root.remove_attribute(b"bytes 70000").unwrap();
    root.rename_attribute(b"bytes 1000000", &"many bytes".into()).unwrap();
    set(&*root, "short", 2);
    written.file.close().unwrap();
    let (_file, stored) = written.stored();
    assert_eq!(read(&*stored, "short"), [Value::Int(2)]);
    for (index, (name, length)) in
        [("bytes 65000", 65_000), ("bytes 65520", 65_520), ("", 0), ("many bytes", 1_000_000)]
            .iter()
            .enumerate()
    {
        if *length > 0 {
            let read = stored.read_attribute(name.as_bytes()).unwrap();
            assert_eq!(read.bytes, elements(&byte, *length, index).bytes, "{name}");
        }
    }
    assert_eq!(names(&*stored, Order::Name).len(), 5);
    written.keep("long");
}

#[test]
fn objects_that_go_take_their_dense_attributes_with_them() {
    let written = Written::new(NewGroup::default());
    let root = written.root();
    let group = root.as_group().unwrap();
    let byte = int(1, false, ByteOrder::Little);
    let committed = group.commit_datatype(&"t".into(), &byte).unwrap();
    let mut length = 0;
    for round in 0..5 {
        let token = group.create_group(&"g".into(), &NewGroup::default()).unwrap();
        let node = written.file.open(token).unwrap();
        for number in 0..50 {
            let mut new = attribute(&format!("a{number}"), &byte, Dataspace::fixed([2000]));
            new.committed_datatype = Some(committed);
            node.write_attribute(&new, &elements(&byte, 2000, number), false).unwrap();
        }
        written.file.flush().unwrap();
        let count = || written.file.open(committed).unwrap().info().unwrap().reference_count;
        assert_eq!(count(), 51);
        group.remove_link(b"g").unwrap();
        assert_eq!(count(), 1);
        written.file.flush().unwrap();
        if round == 1 {
            length = written.vfd.to_bytes().len();
        }
    }
    assert!(written.vfd.to_bytes().len() <= length + 4096, "space is used again");
}

#[test]
fn old_headers_hold_many_attributes_but_no_long_ones() {
    let written = Written::with_bounds(NewGroup::default(), LibverBounds::Earliest);
    let root = written.root();
    for number in 0..100 {
        set(&*root, &format!("a{number}"), number);
    }
    let byte = int(1, false, ByteOrder::Little);
    let write = |length: usize| {
        let new = attribute("long", &byte, Dataspace::fixed([length as u64]));
        root.write_attribute(&new, &elements(&byte, length, 0), true)
    };
    write(65_400).unwrap();
    let error = write(70_000).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.to_string().contains("the version bounds of 1.8"), "{error}");
    written.file.close().unwrap();
    let (_file, stored) = written.stored();
    assert_eq!(stored.read_attribute(b"long").unwrap().bytes.len(), 65_400);
    assert_eq!(read(&*stored, "a99"), [Value::Int(99)]);
    assert_eq!(names(&*stored, Order::Name).len(), 101);
    written.keep("old");
}
