use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use h5_types::{Error, Heap, Result};
use pymodaq_data::{Array, DType, PyValue};

use super::carray::{Regular, to_usize};
use super::{CARRAY, Node, NodeKind};
use crate::elements::bytes_of;

/// An array that grows along its first dimension.
#[derive(Debug, Clone)]
pub struct EARRAY {
    regular: Arc<Regular>,
    /// Of an axis, by how much its attribute `size` is above its length, which it follows.
    size_above: Option<Arc<AtomicI64>>,
}

impl EARRAY {
    /// A new array, whose shape and datatype the caller knows.
    pub(crate) fn wrap(node: Node, shape: &[u64], dtype: DType) -> Result<Self> {
        let node = node.with_kind(NodeKind::EArray);
        Regular::new(node, shape, dtype, None)
            .map(|regular| Self { regular: Arc::new(regular), size_above: None })
    }

    pub(super) fn open(node: Node) -> Result<Self> {
        let is_axis = node.get_attr("data_type")?.as_ref().and_then(PyValue::as_str) == Some("axis");
        // An axis that PyMoDAQ began, whose size it counts from another number, goes on from there.
        let size = if is_axis { node.get_attr("size")?.as_ref().and_then(PyValue::as_usize) } else { None };
        let regular = Regular::open(node)?;
        let length = regular.shape.first().copied().unwrap_or(0);
        let above = size.map_or(0, |size| signed(size).saturating_sub(signed(length)));
        let size_above = is_axis.then(|| Arc::new(AtomicI64::new(above)));
        Ok(Self { regular: Arc::new(regular), size_above })
    }

    pub(super) fn node(&self) -> &Node {
        &self.regular.node
    }

    /// The same, whose attribute `size` follows its length from now on.
    pub(crate) fn into_axis(self) -> Self {
        self.counting_from(0)
    }

    /// The same, whose attribute `size` follows its length from a number on.
    pub(crate) fn counting_from(self, above: i64) -> Self {
        Self { size_above: Some(Arc::new(AtomicI64::new(above))), ..self }
    }

    /// Counts values for the attribute `size` that are not there, or not those that are.
    pub(crate) fn miscount(&self, values: i64) {
        if let Some(above) = &self.size_above {
            above.fetch_add(values, Ordering::Relaxed);
        }
    }

    /// The same as a regular array, to read it.
    pub fn as_carray(&self) -> CARRAY {
        CARRAY(Arc::clone(&self.regular))
    }

    /// The current dimensions.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn shape(&self) -> Result<Vec<usize>> {
        to_usize(&self.regular.dataset.shape()?)
    }

    /// Number of rows.
    ///
    /// # Errors
    /// As [`EARRAY::shape`].
    pub fn len(&self) -> Result<usize> {
        self.as_carray().len()
    }

    /// Whether there are no rows yet.
    ///
    /// # Errors
    /// As [`EARRAY::shape`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The datatype of the elements in memory.
    pub fn dtype(&self) -> DType {
        self.regular.dtype
    }

    /// All elements.
    ///
    /// # Errors
    /// As [`CARRAY::read`].
    pub fn read(&self) -> Result<Array> {
        self.as_carray().read()
    }

    /// Appends one row, if the array has the shape of one, or all rows of the array.
    ///
    /// Rows of one element are appended from an array of one dimension too: three values to an array of shape `[n, 1]` are three rows.
    ///
    /// # Errors
    /// `Usage` if the shape or the datatype is another; `Unsupported`, `Io`, `Service`.
    pub fn append(&self, array: &Array) -> Result<()> {
        self.append_rows(self.rows_of(array)?, array)
    }

    /// How many rows an array is here.
    ///
    /// # Errors
    /// `Usage` if its shape is that of no row and of no rows.
    pub(crate) fn rows_of(&self, array: &Array) -> Result<u64> {
        let row = self.regular.shape.get(1..).unwrap_or_default();
        let shape: Vec<u64> = array.shape().iter().map(|&s| u64::try_from(s).unwrap_or(u64::MAX)).collect();
        let one_row = !row.is_empty() && shape == row;
        match shape.split_first() {
            _ if one_row => Ok(1),
            Some((&rows, rest)) if rest == row => Ok(rows),
            Some((&rows, [])) if row.iter().all(|&size| size == 1) => Ok(rows),
            None if row.iter().all(|&size| size == 1) => Ok(1),
            _ => {
                let message = format!("an array of shape {shape:?} for rows of shape {row:?}");
                Err(self.usage(message))
            }
        }
    }

    /// Appends rows whose number the caller has checked.
    fn append_rows(&self, count: u64, array: &Array) -> Result<()> {
        let Regular { node, dataset, dtype, memory, .. } = &*self.regular;
        let append = |array: &Array| {
            let node = dataset.node()?;
            let appended = node.append(0, count, memory, &bytes_of(array)?, &Heap::default());
            appended.map_err(|error| error.with_path(self.path()))
        };
        if array.dtype() == *dtype {
            append(array)?;
        } else {
            append(&array.cast(*dtype).map_err(|error| self.usage(error.to_string()))?)?;
        }
        node.backend()
            .mark_grown(dataset, self.size_above.as_ref().map(|above| above.load(Ordering::Relaxed)));
        Ok(())
    }

    fn usage(&self, message: String) -> Error {
        Error::usage(message).with_path(self.path())
    }
}

fn signed(size: impl TryInto<i64>) -> i64 {
    size.try_into().unwrap_or(i64::MAX)
}
