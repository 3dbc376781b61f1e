//! Programs of operations on a file, to run on several backends and compare.
//!
//! A program is data, so that it can be generated at random, shrunk and printed. Every operation names objects by path; one that makes no
//! sense where it comes (a missing object, say) fails, and has to fail alike everywhere.

use h5_backend::File;
use h5_types::{
    Block, Dataspace, Elements, Error, ErrorKind, FillDefinition, FilterInfo, NewAttribute, NewDataset,
    NewLayout, Result, Selection, Value,
};

use crate::samples::{Kind, ReferenceTarget};

/// One step of a program. Names are numbers of a small pool, so that steps meet; types are numbers of a list of [`Kind`]s.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields say it")]
pub enum Operation {
    CreateGroup { at: Place },
    CreateDataset { at: Place, kind: usize, storage: Storage, shape: Vec<u64> },
    CommitDatatype { at: Place, kind: usize },
    Write { at: Place, start: Vec<u64>, size: Vec<u64>, seed: u64 },
    Resize { at: Place, shape: Vec<u64> },
    Append { at: Place, count: u64, seed: u64 },
    SetAttribute { at: Place, name: u8, kind: usize, count: u64, seed: u64 },
    RemoveAttribute { at: Place, name: u8 },
    RenameAttribute { at: Place, from: u8, to: u8 },
    SetComment { at: Place, seed: u64 },
    LinkHard { at: Place, to: Place },
    LinkSoft { at: Place, to: Place },
    Remove { at: Place },
    Rename { from: Place, to: Place },
    Flush,
}

/// A path: names of the pool, from the root on; empty for the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(pub Vec<u8>);

/// How a dataset is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// In one block.
    Contiguous,
    /// In the header.
    Compact,
    /// In chunks of a few elements, of fixed extent.
    Chunked,
    /// In chunks, able to grow in all dimensions; the number chooses the filters.
    Growing(u8),
}

impl Place {
    /// The path in words.
    pub fn path(&self) -> String {
        let names: Vec<String> = self.0.iter().map(|name| format!("n{name}")).collect();
        format!("/{}", names.join("/"))
    }
}

impl Operation {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the backend reports.
    pub fn run(&self, file: &File, kinds: &[Kind]) -> Result<()> {
        let target = ReferenceTarget(file.backend().root());
        match self {
            Self::CreateGroup { at } => file.root()?.create_group(at.path()).map(drop),
            Self::CreateDataset { at, kind, storage, shape } => {
                let new = new_dataset(kind_of(kinds, *kind)?, *storage, shape);
                file.root()?.create_dataset_from(at.path(), &new).map(drop)
            }
            Self::CommitDatatype { at, kind } => {
                file.root()?.commit_datatype(at.path(), &kind_of(kinds, *kind)?.datatype).map(drop)
            }
            Self::Write { at, start, size, seed } => {
                let dataset = file.dataset(at.path())?;
                let block = fitted(dataset.info()?.dataspace.dimensions(), start, size, *seed);
                let selection = Selection::from_block(&block);
                let count = dataset.element_count(&selection)?;
                let values = values_for(kinds, &dataset.info()?.datatype, count, *seed, target)?;
                dataset.write_values(&selection, &values)
            }
            Self::Resize { at, shape } => {
                let dataset = file.dataset(at.path())?;
                let rank = dataset.info()?.dataspace.dimensions().len();
                // Few elements, also of what has several dimensions.
                let most = match rank {
                    0 | 1 => 400,
                    2 => 30,
                    _ => 9,
                };
                let sizes: Vec<u64> =
                    shape.iter().map(|size| size.checked_rem(most).unwrap_or(0)).cycle().take(rank).collect();
                dataset.resize(if shape.is_empty() { shape } else { &sizes })
            }
            Self::Append { at, count, seed } => {
                let dataset = file.dataset(at.path())?;
                let info = dataset.info()?;
                let others = info.dataspace.dimensions().iter().skip(1).product::<u64>();
                let elements = usize::try_from(count.saturating_mul(others)).unwrap_or(usize::MAX);
                let values = values_for(kinds, &info.datatype, elements, *seed, target)?;
                let elements = Elements::from_dynamic(&info.datatype.memory_form(), &values)?;
                dataset.node()?.append(0, *count, &elements.datatype, &elements.bytes, &elements.heap)
            }
            Self::SetAttribute { at, name, kind, count, seed } => {
                let kind = kind_of(kinds, *kind)?;
                let dataspace = match count {
                    0 => Dataspace::Scalar,
                    1 => Dataspace::Null,
                    count => Dataspace::Simple { dimensions: vec![*count], maximum: vec![Some(*count)] },
                };
                let new = NewAttribute::new(format!("a{name}"), kind.datatype.clone(), dataspace);
                let count = new.dataspace.element_count().unwrap_or(0);
                let values: Vec<Value> =
                    (0..count).map(|i| (kind.value)(seed.saturating_add(i) % 100, &target)).collect();
                let elements = Elements::from_dynamic(&kind.datatype.memory_form(), &values)?;
                file.object(at.path())?.write_attr(&new, &elements)
            }
            Self::RemoveAttribute { at, name } => file.object(at.path())?.remove_attr(format!("a{name}")),
            Self::RenameAttribute { at, from, to } => {
                file.object(at.path())?.rename_attr(format!("a{from}"), format!("a{to}"))
            }
            Self::SetComment { at, seed } => {
                let comment = if seed % 4 == 0 { String::new() } else { format!("comment {seed}") };
                file.object(at.path())?.set_comment(comment)
            }
            Self::LinkHard { at, to } => file.root()?.link_hard(at.path(), &file.object(to.path())?),
            Self::LinkSoft { at, to } => file.root()?.link_soft(at.path(), to.path()),
            Self::Remove { at } => file.root()?.remove(at.path()),
            Self::Rename { from, to } => file.root()?.rename(from.path(), to.path()),
            Self::Flush => file.flush(),
        }
    }

    /// Does it, and says only what has to be the same on every backend: whether it went well, or what kind of error came.
    ///
    /// # Errors
    /// The kind of what [`Operation::run`] reports.
    pub fn outcome(&self, file: &File, kinds: &[Kind]) -> std::result::Result<(), ErrorKind> {
        self.run(file, kinds).map_err(|error| error.kind())
    }
}

fn kind_of(kinds: &[Kind], number: usize) -> Result<&Kind> {
    let number = number.checked_rem(kinds.len()).unwrap_or(0);
    kinds.get(number).ok_or_else(|| Error::usage("a program without types"))
}

/// A block of a dataset's rank, and mostly within its extent, so that most steps write something.
fn fitted(extent: &[u64], start: &[u64], size: &[u64], seed: u64) -> Block {
    if seed.is_multiple_of(16) {
        return Block { start: start.to_vec(), size: size.to_vec() };
    }
    let start = start.iter().copied().cycle().take(extent.len());
    let start: Vec<u64> =
        start.zip(extent).map(|(start, extent)| start.checked_rem(*extent).unwrap_or(0)).collect();
    let room = extent.iter().zip(&start).map(|(extent, start)| extent.saturating_sub(*start));
    let size = size.iter().copied().cycle().zip(room).map(|(size, room)| size.min(room)).collect();
    Block { start, size }
}

/// Values for a dataset that some step created with one of the kinds.
fn values_for(
    kinds: &[Kind],
    datatype: &h5_types::Datatype,
    count: usize,
    seed: u64,
    target: ReferenceTarget,
) -> Result<Vec<Value>> {
    let form = datatype.memory_form();
    let kind = kinds.iter().find(|kind| kind.datatype.memory_form() == form);
    let kind = kind.ok_or_else(|| Error::usage(format!("no sample of {datatype}")))?;
    let number = |i: usize| seed.saturating_add(u64::try_from(i).unwrap_or(0)) % 100;
    Ok((0..count).map(|i| (kind.value)(number(i), &target)).collect())
}

fn new_dataset(kind: &Kind, storage: Storage, shape: &[u64]) -> NewDataset {
    let rank = shape.len();
    let fixed: Vec<Option<u64>> = shape.iter().copied().map(Some).collect();
    let maximum = if matches!(storage, Storage::Growing(_)) { vec![None; rank] } else { fixed };
    let dataspace =
        if rank == 0 { Dataspace::Scalar } else { Dataspace::Simple { dimensions: shape.to_vec(), maximum } };
    let mut new = NewDataset::new(kind.datatype.clone(), dataspace);
    let chunk = || [3_u64, 2, 4].iter().copied().cycle().take(rank).collect();
    new.layout = match storage {
        Storage::Contiguous => NewLayout::Contiguous,
        Storage::Compact => NewLayout::Compact,
        Storage::Chunked | Storage::Growing(_) => NewLayout::Chunked { chunk: chunk(), index: None },
    };
    if let Storage::Growing(filters) = storage {
        let filter = |id, client_data: &[u32]| FilterInfo {
            id,
            // LZF gives up where it does not make a chunk shorter, which is stored as it is then.
            flags: u16::from(id == 32000),
            name: None,
            client_data: client_data.to_vec(),
        };
        new.filters = match filters % 4 {
            0 => Vec::new(),
            1 => vec![filter(1, &[4])],
            2 => vec![filter(2, &[]), filter(1, &[6]), filter(3, &[])],
            _ => vec![filter(32000, &[])],
        };
        if filters >= 128 && !kind.datatype.has_variable_part() {
            new.fill = FillDefinition::User(vec![1; kind.datatype.size()]);
        }
    }
    new
}
