//! Copies of objects, over the backend in memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::cell::RefCell;
use std::ops::ControlFlow;

use h5_backend::{CopyOptions, File, Group, LinkCopy, Order};
use h5_testkit::{MemoryBackend, MemoryFiles};
use h5_types::{
    Block, Dataspace, Datatype, Elements, ErrorKind, FillDefinition, FilterInfo, H5Type as _, LinkTarget,
    Name, NewAttribute, NewDataset, NewGroup, NewLayout, Reference, Result, Selection, Value,
};

fn options() -> CopyOptions<'static> {
    CopyOptions::new()
}

/// A file with something of everything below `/top`.
fn original() -> Result<File> {
    let file = MemoryBackend::new();
    let mut tracked = NewGroup::default();
    tracked.tracks_link_creation = true;
    tracked.tracks_attribute_creation = true;
    let top = file.root()?.create_group_from("top", &tracked)?;
    top.set_attr("zulu", 1)?;
    top.set_attr("alpha", "text")?;
    top.set_comment("what it is")?;
    // In an order that is not that of the names; the dataset comes before its committed datatype.
    let numbers = top.new_dataset::<i32>("numbers").shape([3, 4]).create()?;
    numbers.write(&(0..12).collect::<Vec<i32>>())?;
    let datatype = file.root()?.create_group("later")?.commit_datatype("type", &f64::datatype())?;
    let mut new = NewDataset::new(f64::datatype(), Dataspace::fixed([2]));
    new.committed_datatype = Some(datatype.object().token());
    top.create_dataset_from("by_type", &new)?.write(&[0.5, 1.5])?;
    top.link_hard("a_type", &datatype)?;
    file.remove("later")?;
    datatype.set_attr("of", "the type")?;
    top.link_soft("soft", "numbers")?;
    top.link_soft("dangling", "nowhere")?;
    top.link_external("external", "other.h5", "/x")?;
    let below = top.create_group("below")?;
    below.link_hard("same", &numbers)?;
    below.link_hard("circle", &top)?;
    let target = Reference::Object(numbers.object().token());
    let region = Reference::Region {
        object: numbers.object().token(),
        selection: Selection::from_block(&Block { start: vec![1, 0], size: vec![1, 2] }),
    };
    below
        .new_dataset::<Reference>("references")
        .shape([2])
        .create()?
        .write(&[target.clone(), Reference::Null])?;
    below.set_attr("target", target)?;
    below.write_attr(
        &NewAttribute::new("region", region_type(), Dataspace::Scalar),
        &Elements::from_dynamic(&region_type().memory_form(), [&Value::Reference(region)])?,
    )?;
    Ok(file)
}

fn region_type() -> Datatype {
    Value::Reference(Reference::Region { object: h5_types::ObjectToken(0), selection: Selection::All })
        .datatype()
        .unwrap()
}

fn names(group: &Group, order: Order) -> Result<Vec<String>> {
    group.links(order)?.into_iter().map(|link| Ok(link?.name.to_string())).collect()
}

fn hard(group: &Group, name: &str) -> Result<h5_types::ObjectToken> {
    match group.link(name)?.map(|link| link.target) {
        Some(LinkTarget::Hard(token)) => Ok(token),
        other => panic!("{name}: {other:?}"),
    }
}

/// What must hold of every copy of `/top`.
fn check_copy(file: &File, copy: &Group) -> Result<()> {
    assert_eq!(
        names(copy, Order::Creation)?,
        ["numbers", "by_type", "a_type", "soft", "dangling", "external", "below"]
    );
    let attributes = copy.object().attributes(Order::Creation)?;
    let attributes: Vec<String> = attributes.into_iter().map(|a| a.unwrap().name().to_string()).collect();
    assert_eq!(attributes, ["zulu", "alpha"]);
    assert_eq!(copy.object().info()?.comment, Some("what it is".into()));
    assert_eq!(copy.dataset("numbers")?.read::<i32>()?, (0..12).collect::<Vec<_>>());

    let below = copy.group("below")?;
    assert_eq!(hard(&below, "same")?, hard(copy, "numbers")?);
    assert_eq!(hard(&below, "circle")?, copy.object().token());
    assert_eq!(copy.dataset("numbers")?.object().info()?.reference_count, 2);

    let by_type = copy.dataset("by_type")?;
    assert_eq!(by_type.info()?.committed_datatype, Some(hard(copy, "a_type")?));
    assert_eq!(by_type.read::<f64>()?, [0.5, 1.5]);
    let datatype = copy.object_at("a_type")?;
    assert_eq!(datatype.attribute("of")?.read_scalar::<String>()?, "the type");
    assert_eq!(datatype.info()?.reference_count, 1);

    let numbers = hard(copy, "numbers")?;
    let references = below.dataset("references")?.read::<Reference>()?;
    assert_eq!(references, [Reference::Object(numbers), Reference::Null]);
    assert_eq!(below.attr("target")?.read_scalar::<Reference>()?, Reference::Object(numbers));
    match below.attr("region")?.value()? {
        Value::Reference(Reference::Region { object, .. }) => assert_eq!(object, numbers),
        other => panic!("{other:?}"),
    }
    let link = |name: &str| copy.link(name).unwrap().unwrap().target;
    assert_eq!(link("soft"), LinkTarget::Soft("numbers".into()));
    assert_eq!(link("dangling"), LinkTarget::Soft("nowhere".into()));
    assert_eq!(link("external"), LinkTarget::External { file: "other.h5".into(), path: "/x".into() });
    assert!(
        file.root()?.links(Order::Name)?.iter().flatten().all(|link| !link.name.as_bytes().starts_with(b"."))
    );
    Ok(())
}

#[test]
fn a_group_is_copied_to_another_file_with_everything() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    let report = options().copy(&source.object("top")?, &target.root()?, "copy")?;
    assert!(report.is_complete() && report.remarks.is_empty(), "{:?}", report.remarks);
    assert_eq!((report.objects, report.links, report.attributes), (6, 11, 5));
    check_copy(&target, &target.group("copy")?)
}

#[test]
fn a_group_is_copied_within_its_file_and_into_itself() -> Result<()> {
    let file = original()?;
    options().copy(&file.object("top")?, &file.root()?, "copy")?;
    check_copy(&file, &file.group("copy")?)?;
    // The copy does not hold itself.
    options().copy(&file.object("top")?, &file.group("top/below")?, "inner")?;
    assert_eq!(names(&file.group("top/below")?, Order::Name)?, ["circle", "inner", "references", "same"]);
    assert_eq!(names(&file.group("top/below/inner/below")?, Order::Name)?, ["circle", "references", "same"]);
    check_copy(&file, &file.group("top/below/inner")?)
}

#[test]
fn contents_go_into_a_group_that_is_there() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    target.create_group("own")?;
    options().copy_contents(&source.root()?, &target.root()?)?;
    assert_eq!(names(&target.root()?, Order::Name)?, ["own", "top"]);
    check_copy(&target, &target.group("top")?)?;
    let error = options().copy_contents(&source.root()?, &target.root()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    Ok(())
}

#[test]
fn a_datatype_outside_has_no_name_and_references_outside_are_told_of() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    let report = options().copy(&source.object("top/by_type")?, &target.root()?, "by_type")?;
    let info = target.dataset("by_type")?.info()?;
    assert!(
        info.committed_datatype
            .is_some_and(|copy| Some(copy) != hard(&target.root().unwrap(), "by_type").ok())
    );
    assert_eq!(info.datatype, source.dataset("top/by_type")?.info()?.datatype);
    assert_eq!(names(&target.root()?, Order::Name)?, ["by_type"]);
    assert_eq!(report.remarks.len(), 0);
    let report = options().copy(&source.object("top/below/references")?, &target.root()?, "references")?;
    assert_eq!(target.dataset("references")?.read::<Reference>()?, [Reference::Null, Reference::Null]);
    assert_eq!(report.remarks.len(), 1);
    assert!(report.is_complete());
    // Within the file both are as good as before.
    let report = options().copy(&source.object("top/by_type")?, &source.root()?, "by_type")?;
    assert!(report.remarks.is_empty());
    let datatype = source.object("top/a_type")?.token();
    assert_eq!(source.dataset("by_type")?.info()?.committed_datatype, Some(datatype));
    Ok(())
}

#[test]
fn links_are_followed_where_they_lead_somewhere() -> Result<()> {
    let files = MemoryFiles::new();
    let other = files.create("other.h5")?;
    other.write_array("x", &[7_i32][..])?;
    let source = files.create("source.h5")?;
    source.write_array("numbers", &[1_i32, 2][..])?;
    source.link_soft("soft", "numbers")?;
    source.link_soft("dangling", "nowhere")?;
    source.link_external("external", "other.h5", "/x")?;
    source.link_external("again", "other.h5", "/x")?;
    let target = MemoryBackend::new();
    let follow = options().soft_links(LinkCopy::Follow).external_links(LinkCopy::Follow);
    let report = follow.copy_contents(&source.root()?, &target.root()?)?;
    let root = target.root()?;
    assert_eq!(hard(&root, "soft")?, hard(&root, "numbers")?);
    assert_eq!(hard(&root, "external")?, hard(&root, "again")?);
    assert_eq!(target.dataset("external")?.read::<i32>()?, [7]);
    assert_eq!(root.link("dangling")?.unwrap().target, LinkTarget::Soft("nowhere".into()));
    assert_eq!(report.remarks.len(), 1);
    Ok(())
}

#[test]
fn datasets_of_every_extent_keep_what_they_say_of_themselves() -> Result<()> {
    let source = MemoryBackend::new();
    let root = source.root()?;
    root.create_dataset_from("null", &NewDataset::new(i8::datatype(), Dataspace::Null))?;
    root.new_dataset::<String>("scalar").create()?.write_scalar(&"text".to_owned())?;
    root.new_dataset::<u8>("empty").shape([0, 3]).resizable().chunks([2, 3]).create()?;
    root.new_dataset::<Vec<u16>>("lists").shape([2]).create()?.write(&[vec![1, 2], vec![]])?;
    let dimensions = Dataspace::Simple { dimensions: vec![5], maximum: vec![None] };
    let mut new = NewDataset::new(i16::datatype(), dimensions);
    new.layout = NewLayout::Chunked { chunk: vec![2], index: None };
    new.filters = vec![FilterInfo { id: 1, flags: 1, name: None, client_data: vec![6] }];
    new.fill = FillDefinition::User(vec![9, 0]);
    new.fill_time = h5_types::FillTime::Never;
    new.tracks_attribute_creation = true;
    root.create_dataset_from("chunked", &new)?.write(&[1_i16, 2, 3, 4, 5])?;
    let target = MemoryBackend::new();
    let report = options().copy_contents(&root, &target.root()?)?;
    assert!(report.remarks.is_empty(), "{:?}", report.remarks);
    for name in ["null", "scalar", "empty", "lists", "chunked"] {
        let (one, other) = (source.dataset(name)?, target.dataset(name)?);
        assert_eq!(one.info()?, other.info()?, "{name}");
        assert_eq!(one.object().info()?, other.object().info()?, "{name}");
        assert_eq!(one.elements(&Selection::All)?, other.elements(&Selection::All)?, "{name}");
    }
    Ok(())
}

#[test]
fn elements_come_slab_by_slab_into_another_layout() -> Result<()> {
    let source = MemoryBackend::new();
    let values: Vec<i32> = (0..35 * 21).collect();
    source.new_dataset::<i32>("a").shape([35, 21]).create()?.write(&values)?;
    let target = MemoryBackend::new();
    let adjusted = RefCell::new(Vec::new());
    let adjust = |path: &Name, _: &h5_types::DatasetInfo, new: &mut NewDataset| {
        adjusted.borrow_mut().push(path.to_string());
        new.layout = NewLayout::Chunked { chunk: vec![4, 5], index: None };
        Ok(())
    };
    options().adjust(&adjust).slab_bytes(100).copy(&source.object("a")?, &target.root()?, "b")?;
    assert_eq!(target.dataset("b")?.read::<i32>()?, values);
    assert_eq!(adjusted.into_inner(), ["/b"]);
    Ok(())
}

#[test]
fn a_copy_that_fails_or_is_stopped_leaves_nothing() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    target.create_group("taken")?;
    let error = options().copy(&source.object("top")?, &target.root()?, "taken").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists);
    let refuse = |_: &Name, _: &h5_types::DatasetInfo, _: &mut NewDataset| Err(h5_types::Error::usage("no"));
    assert!(options().adjust(&refuse).copy(&source.object("top")?, &target.root()?, "copy").is_err());
    let stop = |state: &h5_backend::CopyProgress| {
        if state.objects_done < 2 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    let report = options().progress(&stop).copy(&source.object("top")?, &target.root()?, "copy")?;
    assert!(report.is_stopped() && !report.is_complete());
    assert_eq!(names(&target.root()?, Order::Name)?, ["taken"]);
    Ok(())
}

#[test]
fn attributes_may_be_left_out() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    options().attributes(false).copy(&source.object("top")?, &target.root()?, "copy")?;
    assert!(target.object("copy")?.attributes(Order::Name)?.is_empty());
    Ok(())
}
