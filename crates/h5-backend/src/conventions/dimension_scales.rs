//! Dimension scales (HDF5 Dimension Scale Specification, as the functions H5DS of the C library): datasets that hold the coordinates
//! along a dimension of others.
//!
//! A scale has `CLASS` = `DIMENSION_SCALE`, perhaps a `NAME`, and in `REFERENCE_LIST` who uses it; a dataset has its scales in
//! `DIMENSION_LIST`, one list for each dimension, and names of its dimensions in `DIMENSION_LABELS`.

use h5_types::{
    CharacterSet, CompoundType, Dataspace, Datatype, Elements, Error, FieldDecoder, FieldEncoder, H5Type,
    Heap, Member, Name, NewAttribute, Reference, Result, StringType,
};

use super::references::{check_same_file, follow, reference_to};
use super::text::{has_class, optional, remove, set_text, text};
use crate::Dataset;

const CLASS: &str = "DIMENSION_SCALE";
const DIMENSION_LABELS: &str = "DIMENSION_LABELS";
const DIMENSION_LIST: &str = "DIMENSION_LIST";
const REFERENCE_LIST: &str = "REFERENCE_LIST";

/// Makes a dataset a dimension scale, or gives one another name.
///
/// # Errors
/// `Usage` if it has scales itself; those of [`Dataset::set_attr`].
pub fn make_scale(dataset: &Dataset, name: Option<&Name>) -> Result<()> {
    if optional(dataset.attr(DIMENSION_LIST))?.is_some() {
        return Err(dataset.object().locate(Error::usage("a dataset that has scales cannot be one")));
    }
    set_text(dataset, "CLASS", &CLASS.into())?;
    match name {
        Some(name) => set_text(dataset, "NAME", name),
        None => Ok(()),
    }
}

/// True if the dataset is a dimension scale.
///
/// # Errors
/// `Format`, `Io`.
pub fn is_scale(dataset: &Dataset) -> Result<bool> {
    has_class(dataset, CLASS)
}

/// The name of a scale, if it has one.
///
/// # Errors
/// `Format`, `Io`.
pub fn scale_name(scale: &Dataset) -> Result<Option<Name>> {
    text(scale, "NAME")
}

/// Attaches a scale to a dimension; one that is attached there already stays so. A dataset that is no scale yet becomes one.
///
/// # Errors
/// `Usage` if there is no such dimension, the scale is in another file, or `dataset` is a scale itself; those of
/// [`Dataset::set_attr`].
pub fn attach(dataset: &Dataset, dimension: usize, scale: &Dataset) -> Result<()> {
    check_same_file(dataset, scale)?;
    if reference_to(dataset) == reference_to(scale) || is_scale(dataset)? {
        return Err(dataset.object().locate(Error::usage("a scale cannot have scales")));
    }
    let mut lists = dimension_lists(dataset)?;
    let list = lists.get_mut(dimension).ok_or_else(|| no_dimension(dataset, dimension))?;
    let number = i32::try_from(dimension).map_err(|_| no_dimension(dataset, dimension))?;
    if !is_scale(scale)? {
        make_scale(scale, None)?;
    }
    let mut uses = uses(scale)?;
    let this = Use { dataset: reference_to(dataset), dimension: number };
    if !uses.contains(&this) {
        uses.push(this);
        set_uses(scale, &uses)?;
    }
    let reference = reference_to(scale);
    if list.contains(&reference) {
        return Ok(());
    }
    list.push(reference);
    set_dimension_lists(dataset, &lists)
}

/// Detaches a scale from a dimension.
///
/// # Errors
/// `NotFound` if it is not attached there, `Usage` if there is no such dimension; those of [`Dataset::set_attr`].
pub fn detach(dataset: &Dataset, dimension: usize, scale: &Dataset) -> Result<()> {
    check_same_file(dataset, scale)?;
    let mut lists = dimension_lists(dataset)?;
    let list = lists.get_mut(dimension).ok_or_else(|| no_dimension(dataset, dimension))?;
    let reference = reference_to(scale);
    let place = list.iter().position(|attached| *attached == reference).ok_or_else(|| {
        let message = format!("{} is no scale of dimension {dimension}", scale.object().path());
        dataset.object().locate(Error::not_found(message))
    })?;
    list.remove(place);
    if lists.iter().all(Vec::is_empty) {
        remove(dataset, DIMENSION_LIST)?;
    } else {
        set_dimension_lists(dataset, &lists)?;
    }
    let mut uses = uses(scale)?;
    let user = reference_to(dataset);
    uses.retain(|this| this.dataset != user || usize::try_from(this.dimension) != Ok(dimension));
    set_uses(scale, &uses)
}

/// The scales of a dimension, in the order in which they were attached; one that cannot be opened is an `Err` among the others.
///
/// # Errors
/// `Usage` if there is no such dimension; `Format`, `Io`.
pub fn scales(dataset: &Dataset, dimension: usize) -> Result<Vec<Result<Dataset>>> {
    let lists = dimension_lists(dataset)?;
    let list = lists.get(dimension).ok_or_else(|| no_dimension(dataset, dimension))?;
    Ok(list.iter().map(|reference| follow(dataset, reference)).collect())
}

/// The datasets that a scale is attached to, each with the dimension.
///
/// # Errors
/// `Format`, `Io`.
pub fn users(scale: &Dataset) -> Result<Vec<(Result<Dataset>, usize)>> {
    let uses = uses(scale)?;
    let user = |this: &Use| {
        let dimension = usize::try_from(this.dimension)
            .map_err(|_| scale.object().locate(Error::format(format!("dimension {}", this.dimension))))?;
        Ok((follow(scale, &this.dataset), dimension))
    };
    uses.iter().map(user).collect()
}

/// The name of a dimension; `None` if it has none.
///
/// # Errors
/// `Usage` if there is no such dimension; `Format`, `Io`.
pub fn label(dataset: &Dataset, dimension: usize) -> Result<Option<Name>> {
    let labels = labels(dataset)?;
    let label = labels.get(dimension).ok_or_else(|| no_dimension(dataset, dimension))?;
    Ok(Some(label.clone()).filter(|label| !label.is_empty()))
}

/// Names a dimension; an empty name takes it away.
///
/// # Errors
/// `Usage` if there is no such dimension; those of [`Dataset::set_attr`].
pub fn set_label(dataset: &Dataset, dimension: usize, label: impl Into<Name>) -> Result<()> {
    let mut labels = labels(dataset)?;
    *labels.get_mut(dimension).ok_or_else(|| no_dimension(dataset, dimension))? = label.into();
    if labels.iter().all(Name::is_empty) {
        return remove(dataset, DIMENSION_LABELS);
    }
    let ascii = labels.iter().all(|label| label.as_bytes().is_ascii());
    let character_set = if ascii { CharacterSet::Ascii } else { CharacterSet::Utf8 };
    let datatype = Datatype::String(StringType { character_set, ..StringType::variable_utf8() });
    write_list(dataset, DIMENSION_LABELS, datatype, &labels)
}

/// One use of a scale: an element of `REFERENCE_LIST`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Use {
    dataset: Reference,
    dimension: i32,
}

impl H5Type for Use {
    const SIZE: usize = Reference::SIZE.saturating_add(i32::SIZE);

    fn datatype() -> Datatype {
        let members = [("dataset".into(), Reference::datatype()), ("dimension".into(), i32::datatype())];
        Datatype::Compound(CompoundType::packed(members))
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        let mut fields = FieldDecoder::new(bytes, heap);
        Ok(Self { dataset: fields.field()?, dimension: fields.field()? })
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        let mut fields = FieldEncoder::new(bytes, heap);
        fields.field(&self.dataset)?;
        fields.field(&self.dimension)
    }
}

fn uses(scale: &Dataset) -> Result<Vec<Use>> {
    optional(scale.attr(REFERENCE_LIST))?.map_or(Ok(Vec::new()), |attribute| attribute.read())
}

fn set_uses(scale: &Dataset, uses: &[Use]) -> Result<()> {
    if uses.is_empty() {
        return remove(scale, REFERENCE_LIST);
    }
    // As the C library lays out its structure: four bytes at the end are unused.
    let member = |name: &str, offset, datatype| Member { name: name.into(), offset, datatype };
    let members = vec![
        member("dataset", 0, Reference::datatype()),
        member("dimension", Reference::SIZE, i32::datatype()),
    ];
    write_list(scale, REFERENCE_LIST, Datatype::Compound(CompoundType { size: 16, members }), uses)
}

/// The scales of each dimension.
fn dimension_lists(dataset: &Dataset) -> Result<Vec<Vec<Reference>>> {
    per_dimension(dataset, DIMENSION_LIST)
}

fn set_dimension_lists(dataset: &Dataset, lists: &[Vec<Reference>]) -> Result<()> {
    write_list(dataset, DIMENSION_LIST, Vec::<Reference>::datatype(), lists)
}

fn labels(dataset: &Dataset) -> Result<Vec<Name>> {
    per_dimension(dataset, DIMENSION_LABELS)
}

/// An attribute that has one element for each dimension; defaults if it is missing.
fn per_dimension<T: H5Type + Clone + Default>(dataset: &Dataset, name: &str) -> Result<Vec<T>> {
    let rank = dataset.info()?.dataspace.rank();
    let Some(attribute) = optional(dataset.attr(name))? else { return Ok(vec![T::default(); rank]) };
    let found: Vec<T> = attribute.read()?;
    if found.len() != rank {
        let message = format!("`{name}` has {} elements for {rank} dimensions", found.len());
        return Err(dataset.object().locate(Error::format(message)));
    }
    Ok(found)
}

fn write_list<T: H5Type>(dataset: &Dataset, name: &str, datatype: Datatype, values: &[T]) -> Result<()> {
    let length = u64::try_from(values.len()).map_err(|e| Error::limit("a list").with_source(e))?;
    let attribute = NewAttribute::new(name, datatype, Dataspace::fixed([length]));
    dataset.write_attr(&attribute, &Elements::from_values(values)?)
}

fn no_dimension(dataset: &Dataset, dimension: usize) -> Error {
    dataset.object().locate(Error::usage(format!("no dimension {dimension}")))
}
