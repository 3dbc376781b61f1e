//! Growing.

use h5_types::{Error, Result};

use super::{ArrayData, Dataset};

impl Dataset {
    /// Sets the current dimensions. Elements beyond the new ones are gone for good, new ones have the fill value.
    ///
    /// # Errors
    /// `Usage` if the number of dimensions is another, one is over its maximum or the layout has a fixed size; `Unsupported`, `Io`,
    /// `Service`.
    pub fn resize(&self, dimensions: impl AsRef<[u64]>) -> Result<()> {
        self.node()?.resize(dimensions.as_ref()).map_err(|e| self.0.locate(e))
    }

    /// Makes the dataset longer along its first dimension and writes the new part: `append(&rows)`, or one row, which has a dimension
    /// less.
    ///
    /// # Errors
    /// As [`Dataset::append_axis`].
    pub fn append(&self, data: impl ArrayData) -> Result<()> {
        self.append_axis(0, data)
    }

    /// Makes the dataset longer along a dimension and writes the new part. The data has the dataset's size along all other dimensions; it
    /// may leave out the one that grows, and is then one element long along it.
    ///
    /// # Errors
    /// `Usage` if the data has another shape or the dataset cannot grow so; else as [`Dataset::write`].
    pub fn append_axis(&self, axis: usize, data: impl ArrayData) -> Result<()> {
        let mut info = self.node()?.constant_info().map_err(|e| self.0.locate(e))?;
        // The length along the one dimension does not matter; the others have to be those of now.
        if info.dataspace.dimensions().len() > 1 {
            info = self.info()?;
        }
        let dimensions = info.dataspace.dimensions();
        let shape = data.shape();
        let count = appended_length(dimensions, axis, &shape).ok_or_else(|| {
            let message = format!("data of shape {shape:?} along dimension {axis} of {dimensions:?}");
            self.0.locate(Error::usage(message))
        })?;
        self.with_memory(&data.values(), |memory, bytes, heap| {
            self.node()?.append(axis, count, memory, bytes, heap).map_err(|e| self.0.locate(e))
        })
    }
}

/// How much longer data of a shape makes a dataset; `None` if it does not fit.
fn appended_length(dimensions: &[u64], axis: usize, shape: &[usize]) -> Option<u64> {
    let mut sizes = shape.iter().map(|&size| u64::try_from(size).ok()).collect::<Option<Vec<_>>>()?;
    dimensions.get(axis)?;
    if sizes.len().checked_add(1)? == dimensions.len() {
        sizes.insert(axis, 1);
    }
    let count = *sizes.get(axis)?;
    let fits = sizes.len() == dimensions.len()
        && sizes.iter().zip(dimensions).enumerate().all(|(at, (size, wanted))| at == axis || size == wanted);
    fits.then_some(count)
}

#[cfg(test)]
mod tests {
    use super::appended_length;

    #[test]
    fn data_has_the_other_dimensions_and_may_leave_out_the_one_that_grows() {
        assert_eq!(appended_length(&[5, 2, 3], 0, &[4, 2, 3]), Some(4));
        assert_eq!(appended_length(&[5, 2, 3], 0, &[2, 3]), Some(1));
        assert_eq!(appended_length(&[5, 2, 3], 2, &[5, 2]), Some(1));
        assert_eq!(appended_length(&[5], 0, &[]), Some(1));
        assert_eq!(appended_length(&[5, 2, 3], 0, &[3, 2]), None);
        assert_eq!(appended_length(&[5, 2, 3], 3, &[5, 2, 3]), None);
        assert_eq!(appended_length(&[5], 0, &[1, 1]), None);
        assert_eq!(appended_length(&[], 0, &[]), None);
    }
}
