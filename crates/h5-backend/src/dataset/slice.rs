//! Reading and writing what `s![..]` names.

use h5_types::{Error, H5Type, Hyperslab, HyperslabDimension, Result, Selection};
use ndarray::{Array, ArrayView, Axis, Dimension, IxDyn, SliceInfo, SliceInfoElem};

use super::{ArrayData, Dataset};

impl Dataset {
    /// Reads a slice, written with ndarray's `s!`: one entry for each axis of the dataset, slowest-varying first.
    ///
    /// ```text
    /// let frame: Array2<f64> = dataset.read_slice(s![7, 100..200, ..])?;
    /// let odd = dataset.read_slice::<u16, _>(s![1..;2, -1, ..])?;
    /// ```
    ///
    /// It means what it means for an array, and only its elements are read: an index drops its axis, negative numbers count from the end,
    /// `NewAxis` adds an axis of length 1. A negative step walks the range from its end: `s![..;-1]` reverses. The axes of the result
    /// that have one lie reversed in memory (`as_standard_layout` undoes that), all others are in C order.
    ///
    /// `s!` expands to unsafe code. A crate that forbids it makes a slice with `SliceInfo::try_from` of an array of `SliceInfoElem`.
    ///
    /// # Errors
    /// `Usage` if the slice has not one entry for each axis or leaves the extent; else as [`Dataset::read`].
    pub fn read_slice<T: H5Type, D: Dimension>(
        &self,
        slice: SliceInfo<impl AsRef<[SliceInfoElem]>, impl Dimension, D>,
    ) -> Result<Array<T, D>> {
        let elements: &[SliceInfoElem] = (*slice).as_ref();
        let info = self.info()?;
        let picked = Picked::new(elements, info.dataspace.dimensions()).map_err(|e| self.0.locate(e))?;
        let values = self.read_selection(&picked.selection)?;
        let shape = D::from_dimension(&IxDyn(&picked.shape)).ok_or_else(|| {
            self.0.locate(Error::usage("the slice has another number of axes than it says"))
        })?;
        let mut array = Array::from_shape_vec(shape, values)
            .map_err(|e| self.0.locate(Error::limit("the shape of a slice").with_source(e)))?;
        for axis in picked.reversed {
            array.invert_axis(Axis(axis));
        }
        Ok(array)
    }
}

impl Dataset {
    /// Writes to a slice, written with ndarray's `s!`: one entry for each axis of the dataset, as in [`Dataset::read_slice`].
    ///
    /// ```text
    /// dataset.write_slice(frame.view(), s![7, 100..200, ..])?;
    /// dataset.write_slice(aview0(&0.0), s![.., 0])?;
    /// ```
    ///
    /// The data has the shape of the slice, or one that ndarray broadcasts to it: a single value fills it.
    ///
    /// # Errors
    /// `Usage` if the slice has not one entry for each axis or leaves the extent, or the data has another shape; else as
    /// [`Dataset::write`].
    pub fn write_slice<T: H5Type + Clone, D: Dimension>(
        &self,
        data: ArrayView<'_, T, D>,
        slice: SliceInfo<impl AsRef<[SliceInfoElem]>, impl Dimension, impl Dimension>,
    ) -> Result<()> {
        let elements: &[SliceInfoElem] = (*slice).as_ref();
        let info = self.info()?;
        let picked = Picked::new(elements, info.dataspace.dimensions()).map_err(|e| self.0.locate(e))?;
        let Some(mut data) = data.broadcast(IxDyn(&picked.shape)) else {
            let message = format!("data of shape {:?} for a slice of {:?}", data.shape(), picked.shape);
            return Err(self.0.locate(Error::usage(message)));
        };
        for axis in picked.reversed {
            data.invert_axis(Axis(axis));
        }
        self.write_selection(&picked.selection, &data.values())
    }
}

/// A slice, applied to an extent.
#[derive(Debug, PartialEq, Eq)]
struct Picked {
    selection: Selection,
    /// Axes of the result.
    shape: Vec<usize>,
    /// Those of them that are read in rising order and wanted in falling order.
    reversed: Vec<usize>,
}

impl Picked {
    fn new(slice: &[SliceInfoElem], dimensions: &[u64]) -> Result<Self> {
        let mut sizes = dimensions.iter().copied();
        let mut slabs = Vec::with_capacity(dimensions.len());
        let mut picked = Self { selection: Selection::None, shape: Vec::new(), reversed: Vec::new() };
        let wrong_rank = || {
            let entries = slice.iter().filter(|e| !matches!(e, SliceInfoElem::NewAxis)).count();
            Error::usage(format!("a slice of {entries} entries for {} dimensions", dimensions.len()))
        };
        for element in slice {
            match *element {
                SliceInfoElem::NewAxis => picked.shape.push(1),
                SliceInfoElem::Index(index) => {
                    let start = single(index, sizes.next().ok_or_else(wrong_rank)?)?;
                    slabs.push(HyperslabDimension { start, stride: 1, count: Some(1), block: Some(1) });
                }
                SliceInfoElem::Slice { start, end, step } => {
                    let size = sizes.next().ok_or_else(wrong_rank)?;
                    let slab = range(start, end, step, size)?;
                    if step < 0 {
                        picked.reversed.push(picked.shape.len());
                    }
                    let count = slab.count.unwrap_or(0).saturating_mul(slab.block.unwrap_or(0));
                    picked.shape.push(usize::try_from(count).map_err(|_| too_many(count))?);
                    slabs.push(slab);
                }
            }
        }
        if sizes.next().is_some() {
            return Err(wrong_rank());
        }
        if !picked.shape.contains(&0) {
            picked.selection = Selection::Hyperslab(Hyperslab { dimensions: slabs });
        }
        Ok(picked)
    }
}

/// An index along a dimension; a negative one counts from the end.
fn single(index: isize, size: u64) -> Result<u64> {
    from_end(index, size)
        .filter(|&index| index < size)
        .ok_or_else(|| Error::usage(format!("index {index} of a dimension of {size}")))
}

/// A range along a dimension, as rising indices.
fn range(start: isize, end: Option<isize>, step: isize, size: u64) -> Result<HyperslabDimension> {
    let outside = |index| Error::usage(format!("a range to index {index} of a dimension of {size}"));
    let first = from_end(start, size).filter(|&at| at <= size).ok_or_else(|| outside(start))?;
    let end = match end {
        Some(end) => from_end(end, size).filter(|&at| at <= size).ok_or_else(|| outside(end))?,
        None => size,
    };
    // An end before the start picks nothing, as in ndarray.
    let length = end.saturating_sub(first);
    let stride = u64::try_from(step.unsigned_abs()).unwrap_or(u64::MAX);
    if stride == 0 {
        return Err(Error::usage("a step of 0"));
    }
    if step == 1 {
        let stride = length.max(1);
        return Ok(HyperslabDimension { start: first, stride, count: Some(1), block: Some(length) });
    }
    let count = length.div_ceil(stride);
    // A falling range begins with the last index of the range: the rising one ends there.
    let skipped = if step < 0 && count > 0 {
        let spanned = count.saturating_sub(1).saturating_mul(stride);
        length.saturating_sub(1).saturating_sub(spanned)
    } else {
        0
    };
    let start = first.saturating_add(skipped);
    Ok(HyperslabDimension { start, stride, count: Some(count), block: Some(1) })
}

/// A position along a dimension; a negative one counts from the end. `None` if that is before its start.
fn from_end(index: isize, size: u64) -> Option<u64> {
    let distance = u64::try_from(index.unsigned_abs()).ok()?;
    if index < 0 { size.checked_sub(distance) } else { Some(distance) }
}

fn too_many(count: u64) -> Error {
    Error::limit(format!("{count} elements do not fit in memory; select less"))
}

#[cfg(test)]
mod tests {
    use h5_types::ErrorKind;
    use ndarray::SliceInfoElem;

    use super::Picked;

    // `s!` expands to unsafe code, which this crate forbids; it is tested in the crate `h5`.

    #[test]
    fn a_slice_that_leaves_the_extent_is_the_callers_mistake() {
        let refused = |slice: &[SliceInfoElem]| {
            assert_eq!(Picked::new(slice, &[4, 5]).unwrap_err().kind(), ErrorKind::Usage, "{slice:?}");
        };
        let all = SliceInfoElem::from(..);
        refused(&[4.into(), all]);
        refused(&[(-5).into(), all]);
        refused(&[(..5).into(), all]);
        refused(&[(-5..).into(), all]);
        refused(&[all]);
        refused(&[all, all, all]);
        refused(&[SliceInfoElem::Slice { start: 0, end: None, step: 0 }, all]);
    }

    #[test]
    fn an_index_drops_its_axis_and_a_new_axis_has_length_one() {
        let odd = SliceInfoElem::Slice { start: 1, end: None, step: 2 };
        let picked = Picked::new(&[(-1).into(), SliceInfoElem::NewAxis, odd], &[4, 5]).unwrap();
        assert_eq!(picked.shape, [1, 2]);
    }
}
