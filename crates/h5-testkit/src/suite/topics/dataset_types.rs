//! Datasets of every datatype in every layout.

use h5_backend::Feature;
use h5_types::{
    AllocationTime, Block, Dataspace, Datatype, Elements, Error, NewDataset, NewLayout, Result, Selection,
    StringLength, Value,
};

use super::attribute_types::by_name;
use crate::samples::{self, Kind, ReferenceTarget};
use crate::suite::case::Case;
use crate::suite::trial::{Outcome, Trial, same};

/// Dimensions of every dataset; not multiples of the chunk's.
const SHAPE: [u64; 2] = [7, 5];
const CHUNK: [u64; 2] = [4, 3];

/// Ways to keep a dataset, and what they need.
const LAYOUTS: [(&str, &[Feature]); 6] = [
    ("contiguous", &[]),
    ("contiguous_early", &[]),
    ("compact", &[Feature::CompactLayout]),
    ("chunked", &[Feature::ChunkedLayout]),
    ("growing", &[Feature::ChunkedLayout, Feature::Resize]),
    ("one_chunk", &[Feature::ChunkedLayout]),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for kind in samples::all() {
        for (layout, needs) in LAYOUTS {
            let features = features_of(&kind.datatype).into_iter().chain(needs.iter().copied());
            let name = kind.name.clone();
            cases.push(Case::new("dataset_types", &format!("{name}_{layout}"), features, move |t| {
                round_trip(t, &by_name(&name)?, layout)
            }));
        }
    }
    cases
}

/// What elements of a datatype need of a backend.
pub(super) fn features_of(datatype: &Datatype) -> Vec<Feature> {
    let mut features = vec![Feature::Write];
    collect(datatype, &mut features);
    features.sort();
    features.dedup();
    features
}

fn collect(datatype: &Datatype, features: &mut Vec<Feature>) {
    match datatype {
        Datatype::String(t) if matches!(t.length, StringLength::Variable { .. }) => {
            features.push(Feature::VariableLength);
        }
        Datatype::Bitfield(_) => features.push(Feature::Bitfields),
        Datatype::Opaque(_) => features.push(Feature::Opaque),
        Datatype::Time(_) => features.push(Feature::Time),
        Datatype::Complex(_) => features.push(Feature::ComplexNumbers),
        Datatype::Reference(_) => features.push(Feature::ObjectReferences),
        Datatype::Vlen(t) => {
            features.push(Feature::VariableLength);
            collect(&t.base, features);
        }
        Datatype::Array(t) => collect(&t.base, features),
        Datatype::Compound(t) => t.members.iter().for_each(|member| collect(&member.datatype, features)),
        _ => {}
    }
}

/// A value as its datatype shows it, so that what was given and what is read are told in the same way.
pub(super) fn shown(kind: &Kind, value: &Value) -> Result<String> {
    let elements = Elements::from_dynamic(&kind.datatype.memory_form(), [value])?;
    Ok(elements.value(0)?.to_string())
}

fn new_dataset(kind: &Kind, layout: &str) -> NewDataset {
    let mut new = NewDataset::new(kind.datatype.clone(), Dataspace::fixed(SHAPE));
    let chunked = |chunk: [u64; 2]| NewLayout::Chunked { chunk: chunk.to_vec(), index: None };
    match layout {
        "contiguous_early" => new.allocation_time = Some(AllocationTime::Early),
        "compact" => new.layout = NewLayout::Compact,
        "chunked" => new.layout = chunked(CHUNK),
        "one_chunk" => new.layout = chunked(SHAPE),
        "growing" => {
            new.layout = chunked(CHUNK);
            new.dataspace = Dataspace::Simple { dimensions: SHAPE.to_vec(), maximum: vec![None, None] };
        }
        _ => {}
    }
    new
}

fn round_trip(t: &mut Trial<'_>, kind: &Kind, layout: &str) -> Outcome {
    let target = ReferenceTarget(t.file().create_group("target")?.object().token());
    let data = t.root()?.create_dataset_from("x", &new_dataset(kind, layout))?;
    let [rows, columns] = SHAPE;
    let count = rows * columns;
    let values: Vec<Value> = (0..count).map(|i| (kind.value)(i, &target)).collect();
    // In two parts that share chunks, the second first.
    let part = |start: u64, rows: u64| {
        Selection::from_block(&Block { start: vec![start, 0], size: vec![rows, columns] })
    };
    let split = (2 * columns) as usize;
    data.write_values(&part(2, rows - 2), &values[split..])?;
    data.write_values(&part(0, 2), &values[..split])?;
    for round in 0..2 {
        if round == 1 {
            t.reopen()?;
        }
        let target = ReferenceTarget(t.file().group("target")?.object().token());
        let expected: Result<Vec<String>> =
            (0..count).map(|i| shown(kind, &(kind.value)(i, &target))).collect();
        let data = t.file().dataset("x")?;
        same(data.info()?.datatype.memory_form(), kind.datatype.memory_form())?;
        same(&data.info()?.dataspace.dimensions(), &SHAPE.as_slice())?;
        let found = data.elements(&Selection::All)?;
        let found: Result<Vec<String>, Error> = found.values().map(|value| shown(kind, &value?)).collect();
        same(found?, expected?)?;
    }
    Ok(())
}
