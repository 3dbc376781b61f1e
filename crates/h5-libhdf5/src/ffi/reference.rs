//! References to regions, in the form that they have in memory.

use h5_types::Result;
use hdf5_metno_sys::h5r::{self, H5R_type_t, hdset_reg_ref_t};

use super::{Id, Library};

/// Kinds of references: since 1.12, those of before have a number in their names.
#[cfg(hdf5_1_12)]
pub(super) const OBJECT: H5R_type_t = H5R_type_t::H5R_OBJECT1;
#[cfg(hdf5_1_12)]
const REGION: H5R_type_t = H5R_type_t::H5R_DATASET_REGION1;
#[cfg(not(hdf5_1_12))]
pub(super) const OBJECT: H5R_type_t = H5R_type_t::H5R_OBJECT;
#[cfg(not(hdf5_1_12))]
const REGION: H5R_type_t = H5R_type_t::H5R_DATASET_REGION;

/// Bytes of a reference to a region in memory.
pub(super) const REGION_BYTES: usize = size_of::<hdset_reg_ref_t>();

impl Library {
    /// A reference to what a dataspace selects of a dataset.
    pub(super) fn make_region(&self, dataset: &Id, selected: &Id) -> Result<hdset_reg_ref_t> {
        let mut reference: hdset_reg_ref_t = [0; REGION_BYTES];
        // SAFETY: the lock is held, the handles live, the name is a text of C, the reference has its type's size.
        let made = unsafe {
            h5r::H5Rcreate(reference.as_mut_ptr().cast(), dataset.0, c".".as_ptr(), REGION, selected.0)
        };
        self.done(made, "making a reference")?;
        Ok(reference)
    }

    /// The dataset and the dataspace that a reference in a file leads to.
    pub(super) fn open_region(&self, file: &Id, reference: &hdset_reg_ref_t) -> Result<(Id, Id)> {
        let kind = REGION;
        let pointer = reference.as_ptr().cast();
        // SAFETY: the lock is held, the handles live, the reference has its type's size.
        let dataset =
            self.open_beside(|access| unsafe { h5r::H5Rdereference2(file.0, access, kind, pointer) })?;
        // SAFETY: as above.
        let space = unsafe { h5r::H5Rget_region(file.0, kind, pointer) };
        Ok((dataset, self.id(space, "following a reference")?))
    }
}
