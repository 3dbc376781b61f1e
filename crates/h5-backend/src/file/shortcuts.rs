//! What changes the root group and what is below it, by paths from there.

use h5_types::{Datatype, H5Type, Name, NewDataset, Result};

use super::File;
use crate::object::{CommittedDatatype, Object};
use crate::{ArrayData, Dataset, DatasetBuilder, Group};

impl File {
    /// As [`Group::create_group`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn create_group(&self, path: impl AsRef<[u8]>) -> Result<Group> {
        self.root()?.create_group(path)
    }

    /// As [`Group::require_group`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn require_group(&self, path: impl AsRef<[u8]>) -> Result<Group> {
        self.root()?.require_group(path)
    }

    /// As [`Group::new_dataset`], from the root.
    pub fn new_dataset<T: H5Type>(&self, path: impl AsRef<[u8]>) -> DatasetBuilder<T> {
        DatasetBuilder::new(self.root(), path.as_ref())
    }

    /// As [`Group::create_dataset_from`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn create_dataset_from(&self, path: impl AsRef<[u8]>, dataset: &NewDataset) -> Result<Dataset> {
        self.root()?.create_dataset_from(path, dataset)
    }

    /// As [`Group::write_array`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn write_array(&self, path: impl AsRef<[u8]>, array: impl ArrayData) -> Result<Dataset> {
        self.root()?.write_array(path, array)
    }

    /// As [`Group::commit_datatype`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn commit_datatype(&self, path: impl AsRef<[u8]>, datatype: &Datatype) -> Result<CommittedDatatype> {
        self.root()?.commit_datatype(path, datatype)
    }

    /// As [`Group::link_hard`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn link_hard(&self, path: impl AsRef<[u8]>, object: impl AsRef<Object>) -> Result<()> {
        self.root()?.link_hard(path, object)
    }

    /// As [`Group::link_soft`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn link_soft(&self, path: impl AsRef<[u8]>, target: impl Into<Name>) -> Result<()> {
        self.root()?.link_soft(path, target)
    }

    /// As [`Group::link_external`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn link_external(
        &self,
        path: impl AsRef<[u8]>,
        file: impl Into<Name>,
        target: impl Into<Name>,
    ) -> Result<()> {
        self.root()?.link_external(path, file, target)
    }

    /// As [`Group::remove`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn remove(&self, path: impl AsRef<[u8]>) -> Result<()> {
        self.root()?.remove(path)
    }

    /// As [`Group::rename`], from the root.
    ///
    /// # Errors
    /// As there.
    pub fn rename(&self, from: impl AsRef<[u8]>, to: impl AsRef<[u8]>) -> Result<()> {
        self.root()?.rename(from, to)
    }
}
