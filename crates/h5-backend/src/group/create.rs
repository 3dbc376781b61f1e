//! New objects.

use h5_types::{Datatype, H5Type, LinkTarget, NewDataset, NewGroup, ObjectToken, Result};

use super::Group;
use crate::object::{CommittedDatatype, Object};
use crate::path::{join, names_reversed, parent, start_of};
use crate::{ArrayData, Dataset, DatasetBuilder};

impl Group {
    /// Creates a group. As with every creation, the groups on the way must be there.
    ///
    /// # Errors
    /// `AlreadyExists`; `NotFound` and those of [`Group::object_at`] for the groups on the way; `Unsupported`, `Io`, `Service`.
    pub fn create_group(&self, path: impl AsRef<[u8]>) -> Result<Self> {
        self.create_group_from(path, &NewGroup::default())
    }

    /// Creates a group that is to be more than a plain one.
    ///
    /// # Errors
    /// As [`Group::create_group`].
    pub fn create_group_from(&self, path: impl AsRef<[u8]>, group: &NewGroup) -> Result<Self> {
        self.create(path, |node, name| node.create_group(name, group))?.into_group()
    }

    /// Opens a group, or creates it and all groups on the way that are not there.
    ///
    /// # Errors
    /// As [`Group::object_at`], but for missing links; `Usage` if a part of the path is something else than a group; `Unsupported`, `Io`,
    /// `Service`.
    pub fn require_group(&self, path: impl AsRef<[u8]>) -> Result<Self> {
        let path = path.as_ref();
        let mut names = names_reversed(path);
        let mut here = Self(start_of(&self.0, path)?).0.into_group()?;
        while let Some(name) = names.pop() {
            here = match here.link(name.as_bytes())? {
                // The token is at hand; anything else is followed by its name.
                Some(link) if matches!(link.target, LinkTarget::Hard(_)) => {
                    here.follow(&link)?.into_group()?
                }
                Some(_) => here.group(name.as_bytes())?,
                None => here.create_group(name.as_bytes())?,
            };
        }
        Ok(here)
    }

    /// Begins a new dataset of elements of `T`: say what it is to be, then [`DatasetBuilder::create`] it.
    ///
    /// ```text
    /// let frames = group.new_dataset::<u16>("frames")
    ///     .shape([0, 2048, 2048]).max_shape([None, Some(2048), Some(2048)])
    ///     .chunks([1, 2048, 2048]).shuffle().deflate(4)
    ///     .create()?;
    /// ```
    pub fn new_dataset<T: H5Type>(&self, path: impl AsRef<[u8]>) -> DatasetBuilder<T> {
        DatasetBuilder::new(Ok(self.clone()), path.as_ref())
    }

    /// Creates a dataset.
    ///
    /// # Errors
    /// As [`Group::create_group`]; `Usage` and `Unsupported` as [`NewDataset::check`].
    pub fn create_dataset_from(&self, path: impl AsRef<[u8]>, dataset: &NewDataset) -> Result<Dataset> {
        self.create(path, |node, name| node.create_dataset(name, dataset))?.into_dataset()
    }

    /// Creates a contiguous dataset and writes all its elements: of the shape of an array, or the length of a slice.
    ///
    /// # Errors
    /// As [`DatasetBuilder::create_with`].
    pub fn write_array<A: ArrayData>(&self, path: impl AsRef<[u8]>, array: A) -> Result<Dataset> {
        self.new_dataset::<A::Element>(path).create_with(array)
    }

    /// Creates a committed datatype.
    ///
    /// # Errors
    /// As [`Group::create_group`].
    pub fn commit_datatype(&self, path: impl AsRef<[u8]>, datatype: &Datatype) -> Result<CommittedDatatype> {
        self.create(path, |node, name| node.commit_datatype(name, datatype))?.into_datatype()
    }

    fn create(
        &self,
        path: impl AsRef<[u8]>,
        make: impl FnOnce(&dyn crate::GroupNode, &h5_types::Name) -> Result<ObjectToken>,
    ) -> Result<Object> {
        let (group, name) = parent(&self.0, path.as_ref())?;
        let path = join(&group.0.path, &name);
        match make(group.node()?, &name) {
            Ok(token) => group.0.file.object_by_token(token, path),
            Err(error) => Err(error.with_path(path)),
        }
    }
}
