//! Tables (HDF5 Table Specification, as the functions H5TB of the C library): datasets of one dimension whose elements are records.

use h5_types::{
    CompoundType, Dataspace, Datatype, Elements, Error, FillDefinition, H5Type, Heap, Name, NewAttribute,
    Result, check_readable,
};

use super::text::{has_class, not_a, set_text, text};
use crate::{Dataset, Group};

const TABLE: &str = "TABLE";
/// The specification's own version. Files of the C library have later numbers for the same attributes.
const VERSION: &str = "0.2";

/// What a table says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableInfo {
    /// Its title, if it has one.
    pub title: Option<Name>,
    /// Version of the specification that it claims.
    pub version: Option<Name>,
    /// Names of the fields; where the table does not name one, its member's name.
    pub fields: Vec<Name>,
    /// Number of records.
    pub rows: u64,
}

/// Creates a table of records of `T` that can grow, and writes rows to it: [`append_rows`] adds more.
///
/// # Errors
/// `Usage` if `T` is no compound; those of [`Group::create_dataset_from`] and [`Dataset::write`].
pub fn create_table<T: H5Type + Clone>(
    group: &Group,
    path: impl AsRef<[u8]>,
    title: impl Into<Name>,
    rows: &[T],
) -> Result<Dataset> {
    if !matches!(T::datatype(), Datatype::Compound(_)) {
        let message = format!("a table of {}, expected records", T::datatype());
        return Err(group.object().locate(Error::usage(message)));
    }
    let path = path.as_ref();
    let table = group.new_dataset::<T>(path).max_shape([None]).auto_chunks().create_with(rows)?;
    make_table(&table, title).inspect_err(|_| {
        // The first error is the one to tell of.
        let _ = group.remove(path);
    })?;
    Ok(table)
}

/// Makes a dataset of records a table. The parts of its fill value, if it has one of its own, become those of the fields.
///
/// # Errors
/// `Usage` if it has not one dimension, or its elements are no records; those of [`Dataset::set_attr`].
pub fn make_table(dataset: &Dataset, title: impl Into<Name>) -> Result<()> {
    let info = dataset.info()?;
    let compound = match &info.datatype {
        Datatype::Compound(compound) if info.dataspace.rank() == 1 => compound,
        other => {
            let message = format!("a table of {} dimensions of {other}", info.dataspace.rank());
            return Err(dataset.object().locate(Error::usage(message)));
        }
    };
    set_text(dataset, "VERSION", &VERSION.into())?;
    set_text(dataset, "TITLE", &title.into())?;
    for (number, member) in compound.members.iter().enumerate() {
        set_text(dataset, format!("FIELD_{number}_NAME"), &member.name)?;
    }
    if let FillDefinition::User(value) = &info.fill.definition {
        set_fills(dataset, compound, value)?;
    }
    // Last, so that a dataset that calls itself a table has all that makes it one.
    set_text(dataset, "CLASS", &TABLE.into())
}

/// True if the dataset is a table.
///
/// # Errors
/// `Format`, `Io`.
pub fn is_table(dataset: &Dataset) -> Result<bool> {
    has_class(dataset, TABLE)
}

/// What a table says of itself.
///
/// # Errors
/// `Usage` if the dataset is no table; `Format`, `Io`.
pub fn table_info(dataset: &Dataset) -> Result<TableInfo> {
    if !is_table(dataset)? {
        return Err(not_a(dataset, "table"));
    }
    let info = dataset.info()?;
    let Datatype::Compound(compound) = &info.datatype else {
        let message = format!("a table of {}, expected records", info.datatype);
        return Err(dataset.object().locate(Error::format(message)));
    };
    let mut fields = Vec::with_capacity(compound.members.len());
    for (number, member) in compound.members.iter().enumerate() {
        let name = text(dataset, format!("FIELD_{number}_NAME"))?;
        fields.push(name.unwrap_or_else(|| member.name.clone()));
    }
    let rows = info.dataspace.element_count().unwrap_or(u64::MAX);
    Ok(TableInfo { title: text(dataset, "TITLE")?, version: text(dataset, "VERSION")?, fields, rows })
}

/// Adds rows at the end.
///
/// # Errors
/// As [`Dataset::append`]; `Conversion` too if `T` lacks a member of the stored records, which new rows would have no value for.
pub fn append_rows<T: H5Type + Clone>(table: &Dataset, rows: &[T]) -> Result<()> {
    // New rows have no former values to keep: each stored member needs one.
    check_readable(&T::datatype(), &table.info()?.datatype).map_err(|e| table.object().locate(e))?;
    table.append(rows)
}

/// Sets `FIELD_n_FILL`, which files of the C library have in the field's own datatype.
fn set_fills(dataset: &Dataset, compound: &CompoundType, value: &[u8]) -> Result<()> {
    for (number, member) in compound.members.iter().enumerate() {
        let end = member.offset.saturating_add(member.datatype.size());
        let part = value.get(member.offset..end);
        let part = part.ok_or_else(|| dataset.object().locate(Error::format("a fill value is cut short")))?;
        let datatype = member.datatype.clone();
        let fill = Elements { datatype: datatype.clone(), bytes: part.to_vec(), heap: Heap::default() };
        let attribute = NewAttribute::new(format!("FIELD_{number}_FILL"), datatype, Dataspace::Scalar);
        dataset.write_attr(&attribute, &fill)?;
    }
    Ok(())
}
