//! New datasets, step by step.

use std::fmt;
use std::marker::PhantomData;

use h5_types::{
    ChunkIndexKind, Dataspace, Datatype, Elements, Error, ExternalFile, FillDefinition, FillTime, FilterInfo,
    H5Type, Name, NewDataset, NewLayout, Result, VirtualMapping,
};

use super::auto_chunks::auto_chunk;
use super::{ArrayData, Dataset};
use crate::Group;
use crate::object::CommittedDatatype;

/// A dataset that is to be: see [`Group::new_dataset`].
///
/// Without a shape it is a scalar. Without a word on its layout it is contiguous, or chunked by [`DatasetBuilder::auto_chunks`] if it can
/// grow or has filters.
#[must_use = "nothing is created before `create` or `create_with`"]
pub struct DatasetBuilder<T> {
    group: Result<Group>,
    path: Vec<u8>,
    shape: Option<Vec<u64>>,
    maximum: Option<Maximum>,
    layout: Option<Arrangement>,
    index: Option<ChunkIndexKind>,
    fill: Option<Result<Elements>>,
    parents: bool,
    /// What has no question open.
    new: NewDataset,
    element: PhantomData<fn() -> T>,
}

/// What was said of the maximum dimensions.
#[derive(Debug, Clone)]
enum Maximum {
    /// All of them, however many, without limit.
    Unlimited,
    Each(Vec<Option<u64>>),
}

/// What was said of the layout.
#[derive(Debug, Clone)]
enum Arrangement {
    Compact,
    Contiguous,
    AutoChunks,
    Chunks(Vec<u64>),
    Virtual(Vec<VirtualMapping>),
}

impl<T: H5Type> DatasetBuilder<T> {
    pub(crate) fn new(group: Result<Group>, path: &[u8]) -> Self {
        Self {
            group,
            path: path.to_vec(),
            shape: None,
            maximum: None,
            layout: None,
            index: None,
            fill: None,
            parents: false,
            new: NewDataset::new(T::datatype(), Dataspace::Scalar),
            element: PhantomData,
        }
    }

    /// Current dimensions, slowest-varying first; none for a scalar.
    pub fn shape(mut self, shape: impl Into<Vec<u64>>) -> Self {
        self.shape = Some(shape.into());
        self
    }

    /// Maximum dimensions; `None` is unlimited. Default: the current ones.
    pub fn max_shape(mut self, maximum: impl Into<Vec<Option<u64>>>) -> Self {
        self.maximum = Some(Maximum::Each(maximum.into()));
        self
    }

    /// All dimensions can grow without limit.
    pub fn resizable(mut self) -> Self {
        self.maximum = Some(Maximum::Unlimited);
        self
    }

    /// Stored in chunks of these dimensions.
    pub fn chunks(mut self, chunk: impl Into<Vec<u64>>) -> Self {
        self.layout = Some(Arrangement::Chunks(chunk.into()));
        self
    }

    /// Stored in chunks of 256 KiB to 1 MiB: one element long along dimensions that grow, if that makes them large enough.
    pub fn auto_chunks(mut self) -> Self {
        self.layout = Some(Arrangement::AutoChunks);
        self
    }

    /// How chunks are to be found; see [`NewLayout::Chunked`].
    pub fn chunk_index(mut self, index: ChunkIndexKind) -> Self {
        self.index = Some(index);
        self
    }

    /// Stored in the object header.
    pub fn compact(mut self) -> Self {
        self.layout = Some(Arrangement::Compact);
        self
    }

    /// Stored in one block.
    pub fn contiguous(mut self) -> Self {
        self.layout = Some(Arrangement::Contiguous);
        self
    }

    /// Stored in other files, in this order.
    pub fn external(mut self, files: impl IntoIterator<Item = ExternalFile>) -> Self {
        self.new.external = files.into_iter().collect();
        self
    }

    /// Assembled from other datasets.
    pub fn virtual_mappings(mut self, mappings: impl IntoIterator<Item = VirtualMapping>) -> Self {
        self.layout = Some(Arrangement::Virtual(mappings.into_iter().collect()));
        self
    }

    /// Adds the shuffle filter: bytes of equal weight together. Worth its while before a compressor.
    pub fn shuffle(self) -> Self {
        self.filter(filter(2, OPTIONAL, Vec::new()))
    }

    /// Adds the deflate filter, of level 0 to 9.
    pub fn deflate(self, level: u32) -> Self {
        self.filter(filter(1, OPTIONAL, vec![level]))
    }

    /// Adds the Fletcher-32 checksum: damaged chunks are found when they are read.
    pub fn fletcher32(self) -> Self {
        self.filter(filter(3, 0, Vec::new()))
    }

    /// Adds the szip filter, coding by nearest neighbours, in blocks of that many pixels: even, at most 32.
    pub fn szip(self, pixels_per_block: u32) -> Self {
        self.filter(filter(4, OPTIONAL, vec![SZIP_NEAREST_NEIGHBOUR, pixels_per_block]))
    }

    /// Adds a filter of a registered number. A chunk is never written without it.
    pub fn filter_id(self, id: u16, client_data: impl Into<Vec<u32>>) -> Self {
        self.filter(filter(id, 0, client_data.into()))
    }

    /// Adds a filter. They are applied in the order in which they were added.
    pub fn filter(mut self, filter: FilterInfo) -> Self {
        self.new.filters.push(filter);
        self
    }

    /// What elements that were never written read as. Default: zeros.
    pub fn fill_value(mut self, value: T) -> Self {
        self.fill = Some(Elements::from_values(&[value]));
        self
    }

    /// When the fill value is written to storage.
    pub fn fill_time(mut self, time: FillTime) -> Self {
        self.new.fill_time = time;
        self
    }

    /// Keeps the order in which attributes are made.
    pub fn track_attribute_order(mut self, track: bool) -> Self {
        self.new.tracks_attribute_creation = track;
        self
    }

    /// The datatype as stored, if it is another than `T`'s: other integers, strings of fixed length, another byte order.
    pub fn datatype(mut self, datatype: Datatype) -> Self {
        self.new.datatype = datatype;
        self
    }

    /// The datatype as stored is this committed one.
    pub fn committed_datatype(mut self, datatype: &CommittedDatatype) -> Self {
        if let Ok(committed) = datatype.datatype() {
            self.new.datatype = committed.clone();
        }
        self.new.committed_datatype = Some(datatype.object().token());
        self
    }

    /// Creates the groups on the way that are not there. They stay if the dataset then cannot be created.
    pub fn create_parents(mut self) -> Self {
        self.parents = true;
        self
    }

    /// Creates the dataset.
    ///
    /// # Errors
    /// As [`Group::create_dataset_from`]; `Conversion` if the fill value does not convert to the stored datatype.
    pub fn create(self) -> Result<Dataset> {
        let Parts { group, path, new } = self.finish()?;
        group.create_dataset_from(path, &new)
    }

    /// Creates the dataset and writes all its elements, in C order. The shape is that of the data unless another was given, of as many
    /// elements.
    ///
    /// # Errors
    /// As [`DatasetBuilder::create`] and [`Dataset::write`]. Nothing is created then.
    pub fn create_with(mut self, data: impl ArrayData<Element = T>) -> Result<Dataset>
    where
        T: Clone,
    {
        if self.shape.is_none() {
            self.shape = Some(data.dataspace()?.dimensions().to_vec());
        }
        let Parts { group, path, new } = self.finish()?;
        let dataset = group.create_dataset_from(&path, &new)?;
        dataset.write(&data.values()).inspect_err(|_| {
            // The first error is the one to tell of.
            let _ = group.remove(&path);
        })?;
        Ok(dataset)
    }

    fn finish(self) -> Result<Parts> {
        let Self { group, path, shape, maximum, layout, index, fill, parents, mut new, .. } = self;
        let group = group?;
        if let Some(dimensions) = shape.filter(|shape| !shape.is_empty()) {
            let maximum = match maximum {
                None => dimensions.iter().copied().map(Some).collect(),
                Some(Maximum::Unlimited) => vec![None; dimensions.len()],
                Some(Maximum::Each(maximum)) => maximum,
            };
            new.dataspace = Dataspace::Simple { dimensions, maximum };
        } else if maximum.is_some() {
            return Err(Error::usage("maximum dimensions of a scalar"));
        }
        let layout = layout.unwrap_or_else(|| default_layout(&new));
        new.layout = match layout {
            Arrangement::Compact => NewLayout::Compact,
            Arrangement::Contiguous => NewLayout::Contiguous,
            Arrangement::Chunks(chunk) => NewLayout::Chunked { chunk, index },
            Arrangement::AutoChunks => {
                let chunk = auto_chunk(&new.dataspace, new.datatype.size());
                NewLayout::Chunked { chunk, index }
            }
            Arrangement::Virtual(mappings) => NewLayout::Virtual { mappings },
        };
        if let Some(fill) = fill {
            if new.datatype.has_variable_part() {
                return Err(Error::unsupported("a fill value of a datatype with a variable part"));
            }
            new.fill = FillDefinition::User(fill?.convert(&new.datatype)?.bytes.clone());
        }
        if parents {
            let names = crate::path::names_reversed(&path);
            let parent: Vec<&[u8]> = names.iter().skip(1).rev().map(Name::as_bytes).collect();
            let root: &[u8] = if path.first() == Some(&b'/') { b"/" } else { b"" };
            group.require_group([root, parent.join(&b'/').as_slice()].concat())?;
        }
        Ok(Parts { group, path, new })
    }
}

/// A builder with all questions answered.
struct Parts {
    group: Group,
    path: Vec<u8>,
    new: NewDataset,
}

/// The layout of a dataset of which nothing was said.
fn default_layout(new: &NewDataset) -> Arrangement {
    let grows = match &new.dataspace {
        Dataspace::Simple { dimensions, maximum } => {
            dimensions.iter().zip(maximum).any(|(&size, &most)| most != Some(size))
        }
        _ => false,
    };
    let chunked = !new.filters.is_empty() || (grows && new.external.is_empty());
    if chunked { Arrangement::AutoChunks } else { Arrangement::Contiguous }
}

/// Flag of a filter that a chunk may be written without (specification IV.A.2.l).
const OPTIONAL: u16 = 1;
/// Option of szip: nearest-neighbour coding.
const SZIP_NEAREST_NEIGHBOUR: u32 = 32;

fn filter(id: u16, flags: u16, client_data: Vec<u32>) -> FilterInfo {
    FilterInfo { id, flags, name: None, client_data }
}

impl<T> fmt::Debug for DatasetBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { path, shape, maximum, layout, new, .. } = self;
        let mut shown = f.debug_struct("DatasetBuilder");
        shown.field("path", &Name::new(path.as_slice()));
        shown.field("shape", shape).field("maximum", maximum).field("layout", layout);
        shown.field("new", new).finish_non_exhaustive()
    }
}
