//! Elements as values of Rust types.

use h5_types::{Dataspace, Error, H5Type, PlainType, Result, Selection, check_readable};
use ndarray::{ArrayD, IxDyn};

use super::Dataset;

impl Dataset {
    /// Reads all elements as `T`, in C order: `read::<f64>()`, `read::<String>()`.
    ///
    /// Whatever converts is converted (see [`h5_types::convert`]), strings of fixed length to `String` too. Numbers are read straight
    /// into the result, without a second buffer.
    ///
    /// # Errors
    /// `Conversion` if the elements do not convert to `T` or lack one of its members, `Limit` if memory is short, `Unsupported` for a
    /// missing filter, `Format`, `Io`.
    pub fn read<T: H5Type>(&self) -> Result<Vec<T>> {
        if T::datatype().has_variable_part() {
            return self.while_steady(|_| self.read_by_slabs());
        }
        self.read_selection(&Selection::All)
    }

    /// Reads all elements into an array of the dataset's shape, slowest-varying axis first. A scalar gives an array without axes, a null
    /// dataspace one of shape `[0]`.
    ///
    /// # Errors
    /// As [`Dataset::read`].
    pub fn read_array<T: H5Type>(&self) -> Result<ArrayD<T>> {
        self.while_steady(|info| {
            let shape = array_shape(&info.dataspace).map_err(|e| self.0.locate(e))?;
            let values = self.read()?;
            ArrayD::from_shape_vec(shape, values)
                .map_err(|e| self.0.locate(Error::usage("another shape than the elements").with_source(e)))
        })
    }

    /// Reads the one element of a scalar dataset, or of one whose extent has one element.
    ///
    /// # Errors
    /// `Usage` if there are more or none; else as [`Dataset::read`].
    pub fn read_scalar<T: H5Type>(&self) -> Result<T> {
        let count = self.info()?.dataspace.element_count();
        if count != Some(1) {
            return Err(self.0.locate(not_one(count)));
        }
        let mut values = self.read()?;
        values.pop().ok_or_else(|| self.0.locate(not_one(Some(0))))
    }

    /// Reads the selected elements, in selection order.
    ///
    /// # Errors
    /// As [`Dataset::read`]; `Usage` if the selection does not fit the extent.
    pub fn read_selection<T: H5Type>(&self, selection: &Selection) -> Result<Vec<T>> {
        let memory = T::datatype();
        self.while_steady(|info| {
            check_readable(&info.datatype, &memory).map_err(|e| self.0.locate(e))?;
            let count = self.count_of(info, selection)?;
            T::decode_filled(count, &mut |bytes, heap| self.read_raw(selection, &memory, bytes, heap))
                .map_err(|e| self.0.locate(e))
        })
    }

    /// Reads all elements into a slice of exactly that many, in C order, without any buffer between.
    ///
    /// # Errors
    /// As [`Dataset::read`]; `Usage` if the slice has another length. It is then unspecified.
    pub fn read_into<T: PlainType>(&self, values: &mut [T]) -> Result<()> {
        self.read_selection_into(&Selection::All, values)
    }

    /// Reads the selected elements into a slice of exactly that many, in selection order, without any buffer between.
    ///
    /// # Errors
    /// As [`Dataset::read_selection`]; `Usage` if the slice has another length. It is then unspecified.
    pub fn read_selection_into<T: PlainType>(&self, selection: &Selection, values: &mut [T]) -> Result<()> {
        let memory = T::datatype();
        check_readable(&self.info()?.datatype, &memory).map_err(|e| self.0.locate(e))?;
        let count = self.element_count(selection)?;
        if count != values.len() {
            let message = format!("a slice of {} elements for {count} selected ones", values.len());
            return Err(self.0.locate(Error::usage(message)));
        }
        let bytes = bytemuck::try_cast_slice_mut(values)
            .map_err(|_| self.0.locate(Error::usage("elements of no bytes")))?;
        self.read_raw(selection, &memory, bytes, &mut Default::default())
    }
}

/// The error where one element is wanted.
pub(crate) fn not_one(count: Option<u64>) -> Error {
    match count {
        Some(count) => Error::usage(format!("one element is wanted, there are {count}")),
        None => Error::usage("one element is wanted, there are more than 64 bits count"),
    }
}

/// An extent as the shape of an array.
pub(crate) fn array_shape(dataspace: &Dataspace) -> Result<IxDyn> {
    if *dataspace == Dataspace::Null {
        return Ok(IxDyn(&[0]));
    }
    let sizes: Result<Vec<usize>, _> = dataspace.dimensions().iter().map(|&d| usize::try_from(d)).collect();
    match sizes {
        Ok(sizes) => Ok(IxDyn(&sizes)),
        Err(_) => Err(Error::limit("an extent that a usize does not count; select less")),
    }
}
