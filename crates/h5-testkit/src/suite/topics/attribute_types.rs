//! Attributes of every datatype, scalar and in two dimensions.

use h5_types::{Dataspace, Datatype, Elements, NewAttribute, Value};

use super::dataset_types::{features_of, shown};
use crate::samples::{self, Kind, ReferenceTarget};
use crate::suite::case::Case;
use crate::suite::trial::{Outcome, Trial, same};

pub(super) fn cases() -> Vec<Case> {
    samples::all()
        .into_iter()
        .map(|kind| {
            let (name, features) = (kind.name, features_of(&kind.datatype));
            let sample = name.clone();
            // A sample is not `Sync`: it is made anew by its name.
            Case::new("attribute_types", &name, features, move |t| each_extent(t, &by_name(&sample)?))
        })
        .collect()
}

/// The kind of a name.
pub(super) fn by_name(name: &str) -> Result<Kind, h5_types::Error> {
    let found = samples::all().into_iter().find(|kind| kind.name == name);
    found.ok_or_else(|| h5_types::Error::not_found(format!("no sample `{name}`")))
}

fn each_extent(t: &mut Trial<'_>, kind: &Kind) -> Outcome {
    let group = t.file().create_group("g")?;
    let target = ReferenceTarget(t.file().create_group("target")?.object().token());
    let extents = [("scalar", Dataspace::Scalar, 1), ("array", Dataspace::fixed([3, 4]), 12)];
    for (name, dataspace, count) in &extents {
        let values: Vec<Value> = (0..*count).map(|i| (kind.value)(i, &target)).collect();
        let elements = Elements::from_dynamic(&kind.datatype.memory_form(), &values)?;
        group.write_attr(&NewAttribute::new(*name, kind.datatype.clone(), dataspace.clone()), &elements)?;
    }
    for round in 0..2 {
        if round == 1 {
            t.reopen()?;
        }
        let target = ReferenceTarget(t.file().group("target")?.object().token());
        for (name, dataspace, count) in &extents {
            let attribute = t.file().group("g")?.attr(name)?;
            same(attribute.dataspace(), dataspace)?;
            let stored: Datatype = attribute.datatype().memory_form();
            same(&stored, &kind.datatype.memory_form())?;
            let expected: Vec<String> =
                (0..*count).map(|i| shown(kind, &(kind.value)(i, &target))).collect::<Result<_, _>>()?;
            let found: Vec<String> = attribute
                .elements()?
                .values()
                .map(|value| shown(kind, &value?))
                .collect::<Result<_, h5_types::Error>>()?;
            same(found, expected)?;
        }
    }
    Ok(())
}
