//! References to objects, to elements and to attributes.

use h5_types::{
    Block, Dataspace, Datatype, Elements, H5Type, NewAttribute, NewDataset, Points, Reference, ReferenceKind,
    ReferenceType, Result, Selection,
};

use crate::suite::case::{Case, cases};
use crate::suite::trial::{Failure, Outcome, Trial, check, is_error, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("references";
        references_lead_to_objects_of_each_kind [ObjectReferences],
        references_survive_reopening [ObjectReferences],
        references_follow_a_moved_object [ObjectReferences, MoveLink],
        references_to_a_removed_object_lead_nowhere [ObjectReferences],
        null_references_are_kept [ObjectReferences],
        an_attribute_of_references [ObjectReferences],
        sequences_of_references [ObjectReferences, VariableLength],
        a_region_that_is_a_block [RegionReferences],
        regions_of_each_kind [RegionReferences],
        regions_and_null_beside_one_another [RegionReferences],
        a_reference_to_an_attribute [AttributeReferences],
    )
}

fn dataset(t: &Trial<'_>, kind: ReferenceKind, references: &[Reference]) -> Result<h5_backend::Dataset> {
    let size = if kind == ReferenceKind::Object { 8 } else { 12 };
    let datatype = Datatype::Reference(ReferenceType { size, kind });
    let new = NewDataset::new(datatype.clone(), Dataspace::fixed([references.len() as u64]));
    let data = t.root()?.create_dataset_from("refs", &new)?;
    let memory = datatype.memory_form();
    let mut elements = Elements { datatype: memory, ..Elements::from_values(references)? };
    elements.bytes.truncate(references.len() * 8);
    data.write_elements(&Selection::All, &elements)?;
    Ok(data)
}

fn read(t: &Trial<'_>) -> Result<Vec<Reference>, Failure> {
    let elements = t.file().dataset("refs")?.elements(&Selection::All)?;
    let mut found = Vec::new();
    for value in elements.values() {
        match value? {
            h5_types::Value::Reference(reference) => found.push(reference),
            other => check(false, || format!("{other} is no reference"))?,
        }
    }
    Ok(found)
}

fn references_lead_to_objects_of_each_kind(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?.object().token();
    let data = t.file().write_array("x", [1])?.object().token();
    let references = [group, data, t.file().backend().root()].map(Reference::Object);
    dataset(t, ReferenceKind::Object, &references)?;
    same(read(t)?, references)?;
    let opened = t.file().object_by_token(data, "by reference".into())?;
    same(opened.into_dataset()?.read::<i32>()?, [1])
}

fn references_survive_reopening(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().require_group("a/b")?;
    group.set_attr("n", 5)?;
    dataset(t, ReferenceKind::Object, &[Reference::Object(group.object().token())])?;
    t.reopen()?;
    let found = read(t)?;
    same(&found, &[Reference::Object(t.file().object("a/b")?.token())])?;
    let Some(Reference::Object(token)) = found.first() else { return Ok(()) };
    same(t.file().object_by_token(*token, "r".into())?.attribute("n")?.read_scalar::<i32>()?, 5)
}

fn references_follow_a_moved_object(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("a")?;
    dataset(t, ReferenceKind::Object, &[Reference::Object(group.object().token())])?;
    t.file().rename("a", "b")?;
    t.reopen()?;
    same(read(t)?, [Reference::Object(t.file().object("b")?.token())])
}

fn references_to_a_removed_object_lead_nowhere(t: &mut Trial<'_>) -> Outcome {
    let token = t.file().create_group("a")?.object().token();
    dataset(t, ReferenceKind::Object, &[Reference::Object(token)])?;
    t.file().remove("a")?;
    // What the reference reads as is the backend's affair, but it is read, and opens nothing.
    same(read(t)?.len(), 1)?;
    check(t.file().backend().open(token).is_err(), || "a removed object is opened".to_owned())
}

fn null_references_are_kept(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?.object().token();
    dataset(t, ReferenceKind::Object, &[Reference::Null, Reference::Object(group), Reference::Null])?;
    t.reopen()?;
    let group = t.file().object("g")?.token();
    same(read(t)?, [Reference::Null, Reference::Object(group), Reference::Null])
}

fn an_attribute_of_references(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    group.set_attr("to", [Reference::Object(group.object().token()), Reference::Null])?;
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.attr("to")?.read::<Reference>()?, [Reference::Object(group.object().token()), Reference::Null])
}

fn sequences_of_references(t: &mut Trial<'_>) -> Outcome {
    let (a, b) = (t.file().create_group("a")?, t.file().create_group("b")?);
    let lists = [vec![], [&a, &b].map(|group| Reference::Object(group.object().token())).to_vec()];
    let memory = Vec::<Reference>::datatype();
    let new = NewAttribute::new("lists", memory, Dataspace::fixed([2]));
    t.root()?.write_attr(&new, &Elements::from_values(&lists)?)?;
    t.reopen()?;
    let tokens = [t.file().object("a")?.token(), t.file().object("b")?.token()].map(Reference::Object);
    same(t.root()?.attr("lists")?.read::<Vec<Reference>>()?, [vec![], tokens.to_vec()])
}

fn region(object: h5_types::ObjectToken, selection: Selection) -> Reference {
    Reference::Region { object, selection }
}

/// Number of elements, since one choice of elements may be told in several ways.
fn counts(references: &[Reference], dimensions: &[u64]) -> Result<Vec<Option<u64>>> {
    let count = |reference: &Reference| match reference {
        Reference::Region { selection, .. } => selection.element_count(dimensions).map(Some),
        _ => Ok(None),
    };
    references.iter().map(count).collect()
}

fn a_region_that_is_a_block(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [0, 1, 2, 3, 4, 5])?;
    let block = Selection::from_block(&Block { start: vec![2], size: vec![3] });
    dataset(t, ReferenceKind::Region, &[region(data.object().token(), block)])?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    let found = read(t)?;
    let Some(Reference::Region { object, selection }) = found.first() else {
        return check(false, || format!("{found:?} is no region"));
    };
    same(*object, data.object().token())?;
    same(data.read_selection::<i32>(selection)?, [2, 3, 4])
}

fn regions_of_each_kind(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<i32> = (0..60).collect();
    let new = super::plain::<i32>(&[6, 10]);
    let data = t.root()?.create_dataset_from("x", &new)?;
    data.write(&values)?;
    let block = |start: [u64; 2], size: [u64; 2]| Block { start: start.to_vec(), size: size.to_vec() };
    let selections = [
        Selection::All,
        Selection::Points(Points { rank: 2, coordinates: vec![5, 9, 0, 0, 3, 3] }),
        Selection::Union(vec![block([0, 0], [2, 2]), block([4, 5], [2, 3])]),
        Selection::from_block(&block([1, 1], [1, 8])),
    ];
    let references: Vec<Reference> =
        selections.iter().map(|selection| region(data.object().token(), selection.clone())).collect();
    dataset(t, ReferenceKind::Region, &references)?;
    t.reopen()?;
    let (data, found) = (t.file().dataset("x")?, read(t)?);
    same(counts(&found, &[6, 10])?, [Some(60), Some(3), Some(10), Some(8)])?;
    for (reference, selection) in found.iter().zip(&selections) {
        let Reference::Region { selection: found, .. } = reference else { continue };
        same(data.read_selection::<i32>(found)?, data.read_selection::<i32>(selection)?)?;
    }
    Ok(())
}

fn regions_and_null_beside_one_another(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [0, 1, 2])?;
    let references = [Reference::Null, region(data.object().token(), Selection::All), Reference::Null];
    dataset(t, ReferenceKind::Region, &references)?;
    t.reopen()?;
    same(counts(&read(t)?, &[3])?, [None, Some(3), None])
}

fn a_reference_to_an_attribute(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    group.set_attr("a", 7)?;
    let to = Reference::Attribute { object: group.object().token(), name: "a".into() };
    let datatype = Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Attribute });
    let new = NewAttribute::new("to", datatype.clone(), Dataspace::Scalar);
    let value = Elements { datatype, ..Elements::from_values(&[to])? };
    group.write_attr(&new, &value)?;
    t.reopen()?;
    let group = t.file().group("g")?;
    let expected = Reference::Attribute { object: group.object().token(), name: "a".into() };
    same(group.attr("to")?.value()?, h5_types::Value::Reference(expected))?;
    is_error(h5_types::ErrorKind::NotFound, group.attr("no"))
}
