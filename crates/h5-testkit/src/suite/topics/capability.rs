//! What a backend says it can do, it does; what it says it cannot is refused as `Unsupported`, and nothing has changed then.

use h5_backend::{Feature, File, Object};
use h5_types::{
    BitfieldType, ByteOrder, ComplexType, Dataspace, Datatype, Elements, Error, ErrorKind, ExternalFile,
    FilterInfo, FloatType, H5Type, LinkTarget, NewAttribute, NewDataset, NewGroup, NewLayout, OpaqueType,
    Reference, ReferenceKind, ReferenceType, Result, Selection, TimeType, VirtualMapping,
};

use super::{growing, plain};
use crate::suite::case::Case;
use crate::suite::trial::{Outcome, Trial};

pub(super) fn cases() -> Vec<Case> {
    let tried = Feature::ALL.iter().filter(|feature| !UNTRIED.contains(feature));
    let mut cases: Vec<Case> = tried
        .map(|&feature| {
            let mut needs = vec![Feature::Write];
            if matches!(feature, Feature::Resize | Feature::Shrink | Feature::RawChunks) {
                needs.push(Feature::ChunkedLayout);
            }
            if feature == Feature::Shrink {
                needs.push(Feature::Resize);
            }
            let name = format!("{}_or_refused", snake(feature.name()));
            Case::new("capability", &name, needs, move |t| done_or_refused(t, feature))
        })
        .collect();
    let needs = [Feature::Write, Feature::ChunkedLayout];
    cases.push(Case::new("capability", "filters_or_refused", needs, filters_or_refused));
    cases
}

/// Without these nothing is refused: files are written at all, reads take turns, the layout and the fill value are others.
const UNTRIED: [Feature; 4] =
    [Feature::Write, Feature::ParallelReads, Feature::ContiguousLayout, Feature::UndefinedFill];

/// `HardLinks` as `hard_links`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (place, c) in name.char_indices() {
        if place > 0 && c.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

fn done_or_refused(t: &mut Trial<'_>, feature: Feature) -> Outcome {
    let group = t.file().create_group("g")?;
    group.set_attr("a", 1)?;
    let number = t.file().write_array("x", [1, 2, 3, 4])?;
    if matches!(feature, Feature::Resize | Feature::Shrink | Feature::RawChunks) {
        let mut new = growing::<u8>(&[4], &[2]);
        if feature == Feature::Resize || !t.has(Feature::Resize) {
            new.dataspace = Dataspace::fixed([4]);
        }
        t.root()?.create_dataset_from("chunks", &new)?.write(&[1_u8; 4])?;
    }
    if t.has(feature) {
        attempt(t.file(), feature, number.object())?;
        t.reopen()?;
        return Ok(());
    }
    t.refused(ErrorKind::Unsupported, |file| attempt(file, feature, number.object()))
}

fn attempt(file: &File, feature: Feature, number: &Object) -> Result<()> {
    let root = file.backend().open(file.backend().root())?;
    let links = root.as_group().ok_or_else(|| Error::not_found("the root group"))?;
    let link = |target: LinkTarget| links.create_link(&"new".into(), &target);
    let dataset = |new: &NewDataset| links.create_dataset(&"new".into(), new).map(drop);
    let elements = |datatype: Datatype| dataset(&NewDataset::new(datatype, Dataspace::fixed([2])));
    let reference = |kind| elements(Datatype::Reference(ReferenceType { size: 8, kind }));
    let mut tracking = NewGroup::default();
    match feature {
        Feature::HardLinks => link(LinkTarget::Hard(number.token())),
        Feature::SoftLinks => link(LinkTarget::Soft("x".into())),
        Feature::AnyText => link(LinkTarget::Soft(h5_types::Name::new(vec![0xff]))),
        Feature::AnySoftPath => link(LinkTarget::Soft("/a//x/".into())),
        Feature::ExternalLinks => link(LinkTarget::External { file: "f.h5".into(), path: "x".into() }),
        Feature::UserDefinedLinks => link(LinkTarget::UserDefined { class: 100, value: vec![1] }),
        Feature::MoveLink => links.move_link(b"x", root.token(), &"new".into()),
        Feature::LinkCreationOrder => {
            tracking.tracks_link_creation = true;
            links.create_group(&"new".into(), &tracking).map(drop)
        }
        Feature::AttributeCreationOrder => {
            tracking.tracks_attribute_creation = true;
            links.create_group(&"new".into(), &tracking).map(drop)
        }
        Feature::RenameAttribute => file.group("g")?.rename_attr("a", "b"),
        Feature::LargeAttributes => file.group("g")?.set_attr("large", vec![1_u8; 70_000]),
        Feature::Comments => file.group("g")?.set_comment("comment"),
        Feature::CommittedDatatypes => links.commit_datatype(&"new".into(), &i32::datatype()).map(drop),
        Feature::VariableLength => elements(String::datatype()),
        Feature::NestedSequences => elements(Vec::<String>::datatype()),
        Feature::ObjectReferences => reference(ReferenceKind::Object),
        Feature::RegionReferences => reference(ReferenceKind::Region),
        Feature::AttributeReferences => attribute_reference(file, number),
        Feature::Bitfields => elements(Datatype::Bitfield(BitfieldType::plain(1, ByteOrder::Little))),
        Feature::Opaque => elements(Datatype::Opaque(OpaqueType { size: 3, tag: "tag".into() })),
        Feature::CustomNumbers => elements(Datatype::Float(FloatType::bf16(ByteOrder::Little))),
        Feature::Time => {
            elements(Datatype::Time(TimeType { size: 4, order: ByteOrder::Little, precision_bits: 32 }))
        }
        Feature::ComplexNumbers => {
            elements(Datatype::Complex(ComplexType { base: Box::new(f64::datatype()) }))
        }
        Feature::CompactLayout => dataset(&of_layout(NewLayout::Compact)),
        Feature::ChunkedLayout => dataset(&of_layout(NewLayout::Chunked { chunk: vec![2], index: None })),
        Feature::VirtualLayout => dataset(&of_layout(NewLayout::Virtual { mappings: vec![same_file()] })),
        Feature::ExternalLayout => {
            let mut new = of_layout(NewLayout::Contiguous);
            new.external = vec![ExternalFile {
                name: "suite-external-layout.raw".into(),
                offset_bytes: 0,
                size_bytes: Some(16),
            }];
            dataset(&new)
        }
        Feature::RawChunks => file.dataset("chunks")?.write_raw_chunk(&[2], 0, &[5, 6]),
        Feature::Swmr => file.start_swmr(),
        Feature::Resize => dataset(&growing::<u8>(&[4], &[2])),
        Feature::Shrink => file.dataset("chunks")?.resize([3]),
        other => Err(Error::usage(format!("nobody knows how to try {other}"))),
    }
}

fn attribute_reference(file: &File, object: &Object) -> Result<()> {
    let datatype = Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Attribute });
    let to = Reference::Attribute { object: object.token(), name: "a".into() };
    let value = Elements { datatype: datatype.clone(), ..Elements::from_values(&[to])? };
    file.root()?.write_attr(&NewAttribute::new("to", datatype, Dataspace::Scalar), &value)
}

fn of_layout(layout: NewLayout) -> NewDataset {
    let mut new = plain::<i32>(&[4]);
    new.layout = layout;
    new
}

fn same_file() -> VirtualMapping {
    VirtualMapping {
        source_file: ".".into(),
        source_dataset: "/x".into(),
        source_selection: Selection::All,
        virtual_selection: Selection::All,
    }
}

fn filters_or_refused(t: &mut Trial<'_>) -> Outcome {
    for id in [1, 2, 3, 4, 5, 6, 307, 32000, 32001, 32004, 32008, 32013, 32015, 32026] {
        let mut new = plain::<i32>(&[64]);
        new.layout = NewLayout::Chunked { chunk: vec![64], index: None };
        let client_data = super::chunks::parameters_of(id).to_vec();
        new.filters = vec![FilterInfo { id, flags: 0, name: None, client_data }];
        let path = format!("x{id}");
        if t.capability().encodes(id) {
            t.file().create_dataset_from(path, &new)?;
        } else {
            super::chunks::mandatory_is_refused(t, id)?;
        }
    }
    Ok(())
}
