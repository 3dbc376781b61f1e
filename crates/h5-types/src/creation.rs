mod check;

use crate::{
    AllocationTime, ChunkIndexKind, Dataspace, Datatype, Elements, ExternalFile, FillDefinition, FillTime,
    FilterInfo, Name, ObjectToken, VirtualMapping,
};

/// What a new group is asked to be. The default is a plain group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct NewGroup {
    /// Keep the order in which links are made, so that they can be listed by it. Default: no.
    pub tracks_link_creation: bool,
    /// Keep the order in which attributes are made. Default: no.
    pub tracks_attribute_creation: bool,
}

/// What a new dataset is asked to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewDataset {
    /// Datatype of the elements as they are to be stored. Variable-length parts and references may have the size of any form: each
    /// backend stores them in its own.
    pub datatype: Datatype,
    /// The committed datatype to refer to rather than to repeat `datatype`, which must be the same.
    pub committed_datatype: Option<ObjectToken>,
    /// Current and maximum extent.
    pub dataspace: Dataspace,
    /// How elements are to be laid out.
    pub layout: NewLayout,
    /// Filters, in the order of writing. Parameters that follow from the datatype and the chunk's shape (the element size of
    /// `shuffle`, say) may be left out.
    pub filters: Vec<FilterInfo>,
    /// What elements that were never written read as; a user's value is one element in the file's datatype.
    pub fill: FillDefinition,
    /// In place of `fill`, a user's value as one element in memory form: the way to say one that has variable-length data or references,
    /// which each file keeps elsewhere than in the element.
    pub fill_elements: Option<Elements>,
    /// When storage is allocated; `None`: early for compact, late for contiguous, incremental for chunked and virtual layouts.
    pub allocation_time: Option<AllocationTime>,
    /// When the fill value is written to storage. Default: if a user set it; elements of variable length are always filled
    /// ([`NewDataset::effective_fill_time`]).
    pub fill_time: FillTime,
    /// Files that hold the elements of a contiguous layout; empty: the file itself does.
    pub external: Vec<ExternalFile>,
    /// Keep the order in which attributes are made. Default: no.
    pub tracks_attribute_creation: bool,
}

/// How a new dataset's elements are to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewLayout {
    /// In the object header; at most 65,535 bytes less what describes the dataset.
    Compact,
    /// In one block, or in external files.
    Contiguous,
    /// In chunks.
    Chunked {
        /// Dimensions of a chunk in elements, slowest-varying first; as many as the dataspace has.
        chunk: Vec<u64>,
        /// How chunks are to be found; `None`: as the file's version bounds and the extent say. A backend that has not this one takes
        /// its own.
        index: Option<ChunkIndexKind>,
    },
    /// Assembled from other datasets.
    Virtual {
        /// Pieces, in stored order.
        mappings: Vec<VirtualMapping>,
    },
}

/// What a new attribute is asked to be.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct NewAttribute {
    /// The attribute's name.
    pub name: Name,
    /// Datatype of the value as it is to be stored; sizes of variable-length parts and references as in [`NewDataset::datatype`].
    pub datatype: Datatype,
    /// The committed datatype to refer to rather than to repeat `datatype`, which must be the same.
    pub committed_datatype: Option<ObjectToken>,
    /// Extent of the value; its maximum dimensions, if any, equal the current ones.
    pub dataspace: Dataspace,
}

impl NewDataset {
    /// A contiguous dataset without filters, with the default fill value.
    pub fn new(datatype: Datatype, dataspace: Dataspace) -> Self {
        Self {
            datatype,
            committed_datatype: None,
            dataspace,
            layout: NewLayout::Contiguous,
            filters: Vec::new(),
            fill: FillDefinition::Default,
            fill_elements: None,
            allocation_time: None,
            fill_time: FillTime::IfSet,
            external: Vec::new(),
            tracks_attribute_creation: false,
        }
    }

    /// When the fill value is written (specification IV.A.2.f), of the datatype that this is: elements of variable length are filled as soon as
    /// they have a place, unless the fill value is undefined. What was there before would be taken for where they lie: the C library looks
    /// there for what it has to free, and chooses the same.
    #[must_use]
    pub fn effective_fill_time(&self) -> FillTime {
        let is_defined = self.fill != FillDefinition::Undefined || self.fill_elements.is_some();
        match self.fill_time {
            FillTime::IfSet if is_defined && self.datatype.has_variable_length() => FillTime::Allocation,
            time => time,
        }
    }
}

impl NewAttribute {
    /// An attribute of a datatype of its own.
    pub fn new(name: impl Into<Name>, datatype: Datatype, dataspace: Dataspace) -> Self {
        Self { name: name.into(), datatype, committed_datatype: None, dataspace }
    }
}
