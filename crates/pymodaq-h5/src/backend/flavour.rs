//! The two ways in which PyMoDAQ's files are laid out, by the library that its user chose.

use h5_types::{
    AllocationTime, CharacterSet, Dataspace, Datatype, Elements, FillTime, FilterInfo, NewAttribute,
    NewDataset, NewLayout, Result, StringLength, StringPadding, StringType, VlenType,
};

use super::chunks::{h5py_chunk, pytables_chunk, pytables_ragged_chunk};

/// Which library's habits new files follow. Either reads the other's files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Flavour {
    /// As h5py writes them: small files, text of variable length.
    #[default]
    H5py,
    /// As PyTables writes them: always in chunks, text of fixed length, native attributes of PyTables.
    PyTables,
}

/// Compression of new arrays: deflate with a level from 0 to 9.
///
/// PyTables calls it `zlib`, h5py `gzip`; with PyTables bytes are shuffled before, and level 0 is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Compression {
    level: u8,
}

/// Kinds of text attributes, which PyTables stores differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextKind {
    /// What PyTables writes of itself on regular arrays.
    Library,
    /// Everything else.
    User,
}

impl Compression {
    /// Level 0 to 9; higher ones are 9.
    pub fn new(level: u8) -> Self {
        Self { level: level.min(9) }
    }

    /// The level.
    pub fn level(self) -> u8 {
        self.level
    }
}

impl Flavour {
    /// What the attribute `backend` calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::H5py => "h5py",
            Self::PyTables => "tables",
        }
    }

    /// A regular array of fixed shape.
    pub(crate) fn carray(
        self,
        datatype: Datatype,
        shape: &[u64],
        compression: Option<Compression>,
    ) -> NewDataset {
        let item_bytes = datatype.size();
        let mut new = NewDataset::new(datatype, Dataspace::fixed(shape));
        new.filters = self.filters(item_bytes, compression);
        let without_extent = shape.is_empty() || shape.contains(&0);
        match self {
            Self::H5py if compression.is_some() && !without_extent => {
                chunked(&mut new, h5py_chunk(shape, item_bytes));
            }
            Self::PyTables if !shape.is_empty() => {
                let chunk = pytables_chunk(shape, item_bytes, false);
                let maximum = shape.iter().zip(&chunk).map(|(&size, &chunk)| Some(size.max(chunk)));
                new.dataspace = Dataspace::Simple { dimensions: shape.to_vec(), maximum: maximum.collect() };
                chunked(&mut new, chunk);
                new.fill_time = FillTime::Allocation;
            }
            _ => new.filters.clear(),
        }
        new
    }

    /// An array that grows along its first dimension and is empty so far; `row` is the shape of one row.
    pub(crate) fn earray(
        self,
        datatype: Datatype,
        row: &[u64],
        compression: Option<Compression>,
    ) -> NewDataset {
        let item_bytes = datatype.size();
        let dimensions: Vec<u64> = std::iter::once(0).chain(row.iter().copied()).collect();
        let maximum = std::iter::once(None).chain(row.iter().copied().map(Some)).collect();
        let chunk = match self {
            Self::H5py => h5py_chunk(&dimensions, item_bytes),
            Self::PyTables => pytables_chunk(&dimensions, item_bytes, true),
        };
        let mut new = NewDataset::new(datatype, Dataspace::Simple { dimensions, maximum });
        new.filters = self.filters(item_bytes, compression);
        chunked(&mut new, chunk);
        if self == Self::PyTables {
            new.fill_time = FillTime::Allocation;
        }
        new
    }

    /// An array of rows of different lengths, empty so far.
    pub(crate) fn vlarray(self, base: Datatype, compression: Option<Compression>) -> NewDataset {
        let chunk = match self {
            Self::H5py => 1024,
            Self::PyTables => pytables_ragged_chunk(base.size()),
        };
        let datatype = Datatype::Vlen(VlenType { size: 16, base: Box::new(base) });
        let dataspace = Dataspace::Simple { dimensions: vec![0], maximum: vec![None] };
        let mut new = NewDataset::new(datatype, dataspace);
        chunked(&mut new, vec![chunk]);
        // What is compressed are the references to the rows, of 16 bytes each.
        new.filters = self.filters(16, compression);
        new.fill_time = FillTime::Allocation;
        new
    }

    /// An attribute that holds text.
    ///
    /// PyTables' text is of fixed length, without room for a NUL, and an empty one has no extent. What does not fit in an object header
    /// (64 KiB, where PyTables fails) is of variable length with either.
    pub(crate) fn text_attribute(
        self,
        name: &str,
        text: &str,
        kind: TextKind,
    ) -> Result<(NewAttribute, Elements)> {
        if self == Self::H5py || text.len() > LARGEST_FIXED_BYTES {
            let elements = Elements::from_values(&[text.to_owned()])?;
            let attribute = NewAttribute::new(name, elements.datatype.clone(), Dataspace::Scalar);
            return Ok((attribute, elements));
        }
        let ascii = kind == TextKind::Library && text.is_ascii();
        let datatype = Datatype::String(StringType {
            length: StringLength::Fixed(text.len().max(1)),
            padding: StringPadding::NullTerminated,
            character_set: if ascii { CharacterSet::Ascii } else { CharacterSet::Utf8 },
        });
        let dataspace = if text.is_empty() { Dataspace::Null } else { Dataspace::Scalar };
        let elements = Elements {
            datatype: datatype.clone(),
            bytes: text.as_bytes().to_vec(),
            heap: Default::default(),
        };
        Ok((NewAttribute::new(name, datatype, dataspace), elements))
    }

    /// The attribute that names the dimension that grows.
    pub(crate) fn extdim(self) -> Result<(NewAttribute, Elements)> {
        let elements = match self {
            Self::H5py => Elements::from_values(&[0_i64])?,
            Self::PyTables => Elements::from_values(&[0_i32])?,
        };
        Ok((NewAttribute::new("EXTDIM", elements.datatype.clone(), Dataspace::Scalar), elements))
    }

    fn filters(self, item_bytes: usize, compression: Option<Compression>) -> Vec<FilterInfo> {
        let deflate = |level: u8| filter(1, vec![u32::from(level)]);
        match (self, compression) {
            (_, None) => Vec::new(),
            (Self::H5py, Some(compression)) => vec![deflate(compression.level)],
            (Self::PyTables, Some(Compression { level: 0 })) => Vec::new(),
            (Self::PyTables, Some(compression)) => {
                let size = u32::try_from(item_bytes).unwrap_or(u32::MAX);
                vec![filter(2, vec![size]), deflate(compression.level)]
            }
        }
    }
}

/// Longest text of fixed length: an object header's message has at most 64 KiB, of which name, datatype and extent take a part.
const LARGEST_FIXED_BYTES: usize = 60_000;

fn chunked(new: &mut NewDataset, chunk: Vec<u64>) {
    new.layout = NewLayout::Chunked { chunk, index: None };
    new.allocation_time = Some(AllocationTime::Incremental);
}

/// An optional filter of the specification's list, as both libraries write it.
fn filter(id: u16, client_data: Vec<u32>) -> FilterInfo {
    FilterInfo { id, flags: 1, name: None, client_data }
}
