//! Attributes that hold a word.

use h5_types::{
    CharacterSet, Dataspace, Datatype, Elements, Error, ErrorKind, Name, NewAttribute, Result, StringLength,
    StringPadding, StringType,
};

use crate::Dataset;

/// Sets an attribute to text as the conventions have it: of fixed length, with a terminator, ASCII where that is enough.
pub(super) fn set_text(dataset: &Dataset, name: impl Into<Name>, text: &Name) -> Result<()> {
    let bytes = text.as_bytes();
    let string = StringType {
        length: StringLength::Fixed(bytes.len().saturating_add(1)),
        padding: StringPadding::NullTerminated,
        character_set: if bytes.is_ascii() { CharacterSet::Ascii } else { CharacterSet::Utf8 },
    };
    let attribute = NewAttribute::new(name, Datatype::String(string), Dataspace::Scalar);
    dataset.write_attr(&attribute, &Elements::from_values(std::slice::from_ref(text))?)
}

/// The text of an attribute; `None` if there is no such attribute, or it is no text.
pub(super) fn text(dataset: &Dataset, name: impl AsRef<[u8]>) -> Result<Option<Name>> {
    let attribute = optional(dataset.attr(name))?;
    let attribute = attribute.filter(|attribute| {
        matches!(attribute.datatype(), Datatype::String(_))
            && attribute.dataspace().element_count() == Some(1)
    });
    attribute.map(|attribute| attribute.read_scalar()).transpose()
}

/// True if the attribute `CLASS` says so.
pub(super) fn has_class(dataset: &Dataset, class: &str) -> Result<bool> {
    Ok(text(dataset, "CLASS")? == Some(class.into()))
}

/// The error of a dataset that is not what it should be.
pub(super) fn not_a(dataset: &Dataset, what: &str) -> Error {
    dataset.object().locate(Error::usage(format!("this dataset is no {what}")))
}

/// `None` for what is not there.
pub(super) fn optional<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes an attribute that may be missing.
pub(super) fn remove(dataset: &Dataset, name: impl AsRef<[u8]>) -> Result<()> {
    optional(dataset.remove_attr(name)).map(|_| ())
}
