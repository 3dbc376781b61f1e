//! Datasets: the handle, and reading and writing as bytes. Typed access is in the modules below.

mod append;
mod array_data;
mod auto_chunks;
mod builder;
mod chunks;
mod read;
mod slice;
mod steady;
mod values;
mod write;

use std::sync::Arc;

use h5_types::{DatasetInfo, Dataspace, Datatype, Elements, Error, Heap, Result, Selection};

pub use array_data::ArrayData;
pub use auto_chunks::auto_chunk;
pub use builder::DatasetBuilder;
pub(crate) use read::{array_shape, not_one};
pub use values::{Iter, Values};

use crate::Attribute;
use crate::backend::{DatasetNode, wrong_kind};
use crate::object::Object;

/// A dataset.
#[derive(Debug, Clone)]
pub struct Dataset(pub(crate) Object);

impl Dataset {
    /// The handle for what all objects have: attributes, info, path.
    pub fn object(&self) -> &Object {
        &self.0
    }

    /// Everything but the values.
    ///
    /// # Errors
    /// `Format`, `Io`, `Unsupported`.
    pub fn info(&self) -> Result<Arc<DatasetInfo>> {
        self.node()?.info().map_err(|e| self.0.locate(e))
    }

    /// Current dimensions, slowest-varying first; empty for a scalar or null dataspace.
    ///
    /// # Errors
    /// As [`Dataset::info`].
    pub fn shape(&self) -> Result<Vec<u64>> {
        Ok(self.info()?.dataspace.dimensions().to_vec())
    }

    /// Reads the selected elements in the memory form of the stored datatype.
    ///
    /// # Errors
    /// As [`DatasetNode::read`].
    pub fn elements(&self, selection: &Selection) -> Result<Elements> {
        let memory = self.info()?.datatype.memory_form();
        self.elements_as(selection, &memory)
    }

    /// Reads the selected elements, converted to a memory form of the caller's choice.
    ///
    /// # Errors
    /// As [`DatasetNode::read`]; `Limit` if the buffer cannot be allocated.
    pub fn elements_as(&self, selection: &Selection, memory: &Datatype) -> Result<Elements> {
        self.while_steady(|info| {
            let count = self.count_of(info, selection)?;
            let mut bytes = zeroed(count.checked_mul(memory.size())).map_err(|e| self.0.locate(e))?;
            let mut heap = Heap::default();
            self.read_raw(selection, memory, &mut bytes, &mut heap)?;
            Ok(Elements { datatype: memory.clone(), bytes, heap })
        })
    }

    /// Reads into the caller's buffer: see [`DatasetNode::read`].
    ///
    /// # Errors
    /// As [`DatasetNode::read`].
    pub fn read_raw(
        &self,
        selection: &Selection,
        memory: &Datatype,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        self.node()?.read(selection, memory, out, heap).map_err(|e| self.0.locate(e))
    }

    /// Shows what another process has flushed of this dataset meanwhile: see [`crate::Backend::refresh`].
    ///
    /// # Errors
    /// `NotFound` if the dataset is gone; `Format`, `Io`, `Service`.
    pub fn refresh(&self) -> Result<()> {
        self.node()?.refresh().map_err(|e| self.0.locate(e))
    }

    /// The attribute of that name.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`.
    pub fn attr(&self, name: impl AsRef<[u8]>) -> Result<Attribute> {
        self.0.attribute(name)
    }

    /// Number of elements that a selection picks; 0 of a null dataspace.
    ///
    /// # Errors
    /// `Usage` if the selection does not fit the extent, `Limit` if a `usize` does not count the elements.
    pub fn element_count(&self, selection: &Selection) -> Result<usize> {
        self.count_of(&*self.info()?, selection)
    }

    fn count_of(&self, info: &DatasetInfo, selection: &Selection) -> Result<usize> {
        let count = match info.dataspace {
            Dataspace::Null => 0,
            _ => selection.element_count(info.dataspace.dimensions()).map_err(|e| self.0.locate(e))?,
        };
        usize::try_from(count).map_err(|_| {
            self.0.locate(Error::limit(format!("{count} elements do not fit in memory; select less")))
        })
    }

    /// The node below, for what the handle does not offer.
    ///
    /// # Errors
    /// None today; a handle is made only of a node that is a dataset.
    pub fn node(&self) -> Result<&dyn DatasetNode> {
        self.0.node.as_dataset().ok_or_else(|| wrong_kind(self.0.kind(), "a dataset"))
    }
}

/// Zeroed bytes, which cost nothing until they are touched; an error where the system has not that much memory.
fn zeroed(length: Option<usize>) -> Result<Vec<u8>> {
    length
        .and_then(|length| bytemuck::allocation::try_zeroed_vec(length).ok())
        .ok_or_else(|| Error::limit("more elements than fit in memory; select less"))
}
