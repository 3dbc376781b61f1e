//! Programs of operations on a file, to run on several backends and compare.
//!
//! A program is data, so that it can be generated at random, shrunk and printed. Every operation names objects by path; one that makes no
//! sense where it comes (a missing object, say) fails, and has to fail alike everywhere.

mod values;

use h5_backend::{CopyOptions, File, Object, Order};
use h5_types::{
    AllocationTime, Block, Dataspace, Elements, Error, ErrorKind, FillDefinition, FillTime, FilterInfo, Name,
    NewAttribute, NewDataset, NewLayout, Result, Selection, Value,
};

pub use self::values::value_of;
use crate::samples::{Kind, ReferenceTarget};

/// What the numbers in a program stand for.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    /// Datatypes and values.
    pub kinds: &'a [Kind],
    /// Paths of objects that are there when the program begins, the root's first, without a slash at the end.
    pub paths: &'a [Name],
}

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
    LinkExternal { at: Place, to: Place },
    Copy { from: Place, to: Place },
    Remove { at: Place },
    Rename { from: Place, to: Place },
    Flush,
}

/// A path: names of the pool, from an object on that was there before the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Number of that object, the root's being 0.
    pub from: usize,
    /// Names; empty for the object itself.
    pub names: Vec<u8>,
}

/// Most elements that one step appends.
const MOST_APPENDED: u64 = 2000;

/// Attributes from this number on are not called by it: they are those that the object has.
pub const FIRST_PRESENT_ATTRIBUTE: u8 = 14;

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
    /// The path's bytes.
    pub fn path(&self, setting: &Setting<'_>) -> Vec<u8> {
        let from = self.from.checked_rem(setting.paths.len()).and_then(|number| setting.paths.get(number));
        let mut path = from.map_or(Vec::new(), |path| path.as_bytes().to_vec());
        for name in &self.names {
            path.extend(format!("/n{name}").bytes());
        }
        if path.is_empty() { b"/".to_vec() } else { path }
    }
}

impl Operation {
    /// Does it.
    ///
    /// # Errors
    /// Whatever the backend reports.
    pub fn run(&self, file: &File, setting: &Setting<'_>) -> Result<()> {
        let target = ReferenceTarget(file.backend().root());
        let kinds = setting.kinds;
        match self {
            Self::CreateGroup { at } => file.root()?.create_group(at.path(setting)).map(drop),
            Self::CreateDataset { at, kind, storage, shape } => {
                let new = new_dataset(kind_of(kinds, *kind)?, *storage, shape, target)?;
                file.root()?.create_dataset_from(at.path(setting), &new).map(drop)
            }
            Self::CommitDatatype { at, kind } => {
                file.root()?.commit_datatype(at.path(setting), &kind_of(kinds, *kind)?.datatype).map(drop)
            }
            Self::Write { at, start, size, seed } => {
                let dataset = file.dataset(at.path(setting))?;
                let block = fitted(dataset.info()?.dataspace.dimensions(), start, size, *seed);
                let selection = Selection::from_block(&block);
                let count = dataset.element_count(&selection)?;
                let values = values_for(kinds, &dataset.info()?.datatype, count, *seed, target)?;
                dataset.write_values(&selection, &values)
            }
            Self::Resize { at, shape } => {
                let dataset = file.dataset(at.path(setting))?;
                let rank = dataset.info()?.dataspace.dimensions().len();
                // Few elements, also of what has several dimensions.
                let most = match rank {
                    0 | 1 => 400,
                    2 => 30,
                    3 => 9,
                    _ => 3,
                };
                let sizes: Vec<u64> =
                    shape.iter().map(|size| size.checked_rem(most).unwrap_or(0)).cycle().take(rank).collect();
                dataset.resize(if shape.is_empty() { shape } else { &sizes })
            }
            Self::Append { at, count, seed } => {
                let dataset = file.dataset(at.path(setting))?;
                let info = dataset.info()?;
                let others = info.dataspace.dimensions().iter().skip(1).product::<u64>();
                let count = MOST_APPENDED.checked_div(others).map_or(*count, |most| most.min(*count));
                let elements = usize::try_from(count.saturating_mul(others)).unwrap_or(usize::MAX);
                let values = values_for(kinds, &info.datatype, elements, *seed, target)?;
                let elements = Elements::from_dynamic(&info.datatype.memory_form(), &values)?;
                dataset.node()?.append(0, count, &elements.datatype, &elements.bytes, &elements.heap)
            }
            Self::SetAttribute { at, name, kind, count, seed } => {
                let object = file.object(at.path(setting))?;
                let kind = kind_of(kinds, *kind)?;
                let dataspace = match count {
                    0 => Dataspace::Scalar,
                    1 => Dataspace::Null,
                    count => Dataspace::Simple { dimensions: vec![*count], maximum: vec![Some(*count)] },
                };
                let new =
                    NewAttribute::new(attribute_name(&object, *name)?, kind.datatype.clone(), dataspace);
                let count = new.dataspace.element_count().unwrap_or(0);
                let values: Vec<Value> =
                    (0..count).map(|i| (kind.value)(seed.saturating_add(i) % 100, &target)).collect();
                let elements = Elements::from_dynamic(&kind.datatype.memory_form(), &values)?;
                object.write_attr(&new, &elements)
            }
            Self::RemoveAttribute { at, name } => {
                let object = file.object(at.path(setting))?;
                object.remove_attr(attribute_name(&object, *name)?.as_bytes())
            }
            Self::RenameAttribute { at, from, to } => {
                let object = file.object(at.path(setting))?;
                object.rename_attr(attribute_name(&object, *from)?.as_bytes(), attribute_name(&object, *to)?)
            }
            Self::SetComment { at, seed } => {
                let comment = if seed % 4 == 0 { String::new() } else { format!("comment {seed}") };
                file.object(at.path(setting))?.set_comment(comment)
            }
            Self::LinkHard { at, to } => {
                file.root()?.link_hard(at.path(setting), &file.object(to.path(setting))?)
            }
            Self::LinkSoft { at, to } => {
                file.root()?.link_soft(at.path(setting), Name::new(to.path(setting)))
            }
            Self::LinkExternal { at, to } => {
                file.root()?.link_external(at.path(setting), "elsewhere.h5", Name::new(to.path(setting)))
            }
            Self::Copy { from, to } => copy(file, &from.path(setting), to, setting),
            Self::Remove { at } => file.root()?.remove(at.path(setting)),
            Self::Rename { from, to } => file.root()?.rename(from.path(setting), to.path(setting)),
            Self::Flush => file.flush(),
        }
    }

    /// Does it, and says only what has to be the same on every backend: whether it went well, or what kind of error came.
    ///
    /// # Errors
    /// The kind of what [`Operation::run`] reports.
    pub fn outcome(&self, file: &File, setting: &Setting<'_>) -> std::result::Result<(), ErrorKind> {
        self.run(file, setting).map_err(|error| error.kind())
    }
}

/// Copies an object, but not the root, whose copies would fill the file.
fn copy(file: &File, from: &[u8], to: &Place, setting: &Setting<'_>) -> Result<()> {
    let (Some((last, above)), false) = (to.names.split_last(), from == b"/") else {
        return Err(Error::usage("the root is not copied"));
    };
    let group = Place { from: to.from, names: above.to_vec() };
    let group = file.group(group.path(setting))?;
    CopyOptions::new().copy(&file.object(from)?, &group, format!("n{last}")).map(drop)
}

/// What the attribute of a number is called.
fn attribute_name(object: &Object, number: u8) -> Result<Name> {
    let present = match number.checked_sub(FIRST_PRESENT_ATTRIBUTE) {
        Some(present) => object.attributes(Order::Name)?.into_iter().nth(usize::from(present)).transpose()?,
        None => None,
    };
    Ok(present.map_or_else(|| Name::from(format!("a{number}")), |found| found.info().name.clone()))
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

/// Values for a dataset: the kind's own of those that a step created.
fn values_for(
    kinds: &[Kind],
    datatype: &h5_types::Datatype,
    count: usize,
    seed: u64,
    target: ReferenceTarget,
) -> Result<Vec<Value>> {
    let form = datatype.memory_form();
    let kind = kinds.iter().find(|kind| kind.datatype.memory_form() == form);
    let number = |i: usize| seed.saturating_add(u64::try_from(i).unwrap_or(0)) % 100;
    let value = |i| match kind {
        Some(kind) => Ok((kind.value)(number(i), &target)),
        None => value_of(&form, number(i), &target)
            .ok_or_else(|| Error::usage(format!("no values of {datatype} to write"))),
    };
    (0..count).map(value).collect()
}

fn new_dataset(kind: &Kind, storage: Storage, shape: &[u64], target: ReferenceTarget) -> Result<NewDataset> {
    let rank = shape.len();
    let fixed: Vec<Option<u64>> = shape.iter().copied().map(Some).collect();
    let maximum = if matches!(storage, Storage::Growing(_)) { vec![None; rank] } else { fixed };
    let dataspace =
        if rank == 0 { Dataspace::Scalar } else { Dataspace::Simple { dimensions: shape.to_vec(), maximum } };
    let mut new = NewDataset::new(kind.datatype.clone(), dataspace);
    // Otherwise the C library shows what was in freed space before, where nothing was written.
    new.fill_time = FillTime::Allocation;
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
        if filters & 4 != 0 {
            new.allocation_time = Some(AllocationTime::Early);
        }
        if filters >= 128 && kind.datatype.has_variable_part() {
            // Of a chunk that is nowhere, the C library cannot read such a value in a file that it may not write.
            new.allocation_time = Some(AllocationTime::Early);
            let fill = (kind.value)(u64::from(filters), &target);
            new.fill_elements = Some(Elements::from_dynamic(&kind.datatype.memory_form(), &[fill])?);
        } else if filters >= 128 {
            new.fill = FillDefinition::User(vec![1; kind.datatype.size()]);
        }
    }
    Ok(new)
}
