use std::sync::Arc;

use h5_backend::Dataset;
use h5_types::{Block, Datatype, Error, Heap, Result, Selection};
use pymodaq_data::{Array, DType, Scalar};

use crate::error::IntoH5;

use super::{Node, NodeKind};
use crate::elements::{NumericType, bytes_of, read_array};

/// An array of fixed shape.
///
/// It keeps what writing a part needs, so that a point of a scan is one write and nothing is looked up.
#[derive(Debug, Clone)]
pub struct CARRAY(pub(super) Arc<Regular>);

/// What regular arrays keep at hand.
#[derive(Debug)]
pub(super) struct Regular {
    pub(super) node: Node,
    pub(super) dataset: Dataset,
    pub(super) dtype: DType,
    /// Dimensions when it was opened or made; the first one of an array that grows is out of date later.
    pub(super) shape: Vec<u64>,
    pub(super) memory: Datatype,
}

impl Regular {
    pub(super) fn new(node: Node, shape: &[u64], dtype: DType, stored: Option<&Datatype>) -> Result<Self> {
        let dataset = node.dataset()?;
        let memory = NumericType::memory(dtype, stored, node.backend().flavour())?;
        Ok(Self { node, dataset, dtype, shape: shape.to_vec(), memory })
    }

    pub(super) fn open(node: Node) -> Result<Self> {
        let dataset = node.dataset()?;
        let info = dataset.info()?;
        let dtype = NumericType::of(&info.datatype, &node)?;
        Self::new(node, info.dataspace.dimensions(), dtype, Some(&info.datatype))
    }
}

impl CARRAY {
    /// A new array, whose shape and datatype the caller knows.
    pub(crate) fn wrap(node: Node, shape: &[u64], dtype: DType) -> Result<Self> {
        let node = node.with_kind(NodeKind::CArray);
        Regular::new(node, shape, dtype, None).map(|regular| Self(Arc::new(regular)))
    }

    pub(super) fn open(node: Node) -> Result<Self> {
        Regular::open(node).map(|regular| Self(Arc::new(regular)))
    }

    pub(super) fn node(&self) -> &Node {
        &self.0.node
    }

    /// The current dimensions.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn shape(&self) -> Result<Vec<usize>> {
        to_usize(&self.0.dataset.shape()?)
    }

    /// The datatype of the elements in memory.
    pub fn dtype(&self) -> DType {
        self.0.dtype
    }

    /// Number of rows: the first dimension.
    ///
    /// # Errors
    /// As [`CARRAY::shape`].
    pub fn len(&self) -> Result<usize> {
        Ok(self.shape()?.first().copied().unwrap_or(1))
    }

    /// Whether there are no rows.
    ///
    /// # Errors
    /// As [`CARRAY::shape`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// All elements.
    ///
    /// # Errors
    /// `Limit` if they do not fit in memory, `Format`, `Io`.
    pub fn read(&self) -> Result<Array> {
        let shape = self.shape()?;
        read_array(&self.0.dataset, &Selection::All, &shape, self.0.dtype, &self.0.memory)
    }

    /// A box of elements, of the same number of dimensions: `start` is its first element, `size` its shape.
    ///
    /// # Errors
    /// `Usage` if it does not lie in the array; else as [`CARRAY::read`].
    pub fn read_box(&self, start: &[u64], size: &[u64]) -> Result<Array> {
        let selection = Selection::from_block(&Block { start: start.to_vec(), size: size.to_vec() });
        read_array(&self.0.dataset, &selection, &to_usize(size)?, self.0.dtype, &self.0.memory)
    }

    /// Writes one element of the first dimensions: `array[indexes] = data`.
    ///
    /// The data has the size of what is left of the array, whatever its shape, so that a single value may be of shape `[1]`.
    ///
    /// # Errors
    /// `Usage` if an index is outside or the data is of another size or datatype; `Unsupported`, `Io`, `Service`.
    pub fn set_point(&self, indexes: &[usize], data: &Array) -> Result<()> {
        let shape = &self.0.shape;
        let inside = indexes.len() <= shape.len()
            && indexes.iter().zip(shape).all(|(&index, &size)| u64::try_from(index).is_ok_and(|i| i < size));
        if !inside {
            return Err(self.usage(format!("index {indexes:?} of an array of shape {shape:?}")));
        }
        let rest = shape.get(indexes.len()..).unwrap_or_default();
        let count = rest.iter().try_fold(1_u64, |count, &size| count.checked_mul(size));
        if count != u64::try_from(data.size()).ok() {
            let message = format!("data of shape {:?} where the array has {rest:?}", data.shape());
            return Err(self.usage(message));
        }
        let mut start = vec![0; shape.len()];
        let mut size = vec![1; shape.len()];
        for ((start, size), (axis, &length)) in start.iter_mut().zip(&mut size).zip(shape.iter().enumerate())
        {
            match indexes.get(axis) {
                Some(&index) => *start = u64::try_from(index).unwrap_or(u64::MAX),
                None => *size = length,
            }
        }
        self.write(&Selection::from_block(&Block { start, size }), data)
    }

    /// Writes all elements.
    pub(crate) fn write_all(&self, array: &Array) -> Result<()> {
        self.write(&Selection::All, array)
    }

    /// Writes one value to all elements, some rows at a time.
    pub(crate) fn fill(&self, value: &Scalar) -> Result<()> {
        let shape = to_usize(&self.0.shape)?;
        let Some((&rows, row)) = shape.split_first().filter(|_| !shape.contains(&0)) else {
            return if shape.is_empty() { self.write_all(&self.full(&[], value)?) } else { Ok(()) };
        };
        let row_elements = row.iter().try_fold(1_usize, |count, &size| count.checked_mul(size));
        let row_elements = row_elements.ok_or_else(|| self.usage(format!("an array of shape {shape:?}")))?;
        let at_once = SLAB_ELEMENTS.checked_div(row_elements).unwrap_or(1).clamp(1, rows);
        let slab_shape: Vec<usize> = std::iter::once(at_once).chain(row.iter().copied()).collect();
        let slab = self.full(&slab_shape, value)?;
        let bytes = bytes_of(&slab)?;
        let row_bytes = bytes.len().checked_div(at_once).unwrap_or(0);
        let mut first = 0_usize;
        while first < rows {
            let count = at_once.min(rows.saturating_sub(first));
            let mut start = vec![0; shape.len()];
            let mut size = self.0.shape.clone();
            if let (Some(start), Some(size)) = (start.first_mut(), size.first_mut()) {
                *start = u64::try_from(first).unwrap_or(u64::MAX);
                *size = u64::try_from(count).unwrap_or(u64::MAX);
            }
            let part = bytes.get(..count.saturating_mul(row_bytes)).unwrap_or_default();
            let selection = Selection::from_block(&Block { start, size });
            self.0.dataset.write_raw(&selection, &self.0.memory, part, &Heap::default())?;
            first = first.saturating_add(count);
        }
        Ok(())
    }

    fn full(&self, shape: &[usize], value: &Scalar) -> Result<Array> {
        Array::full(self.0.dtype, shape, value).map_err(|error| error.usage().with_path(self.path()))
    }

    fn write(&self, selection: &Selection, array: &Array) -> Result<()> {
        let Regular { dataset, dtype, memory, .. } = &*self.0;
        if array.dtype() == *dtype {
            return dataset.write_raw(selection, memory, &bytes_of(array)?, &Heap::default());
        }
        let cast = array.cast(*dtype).map_err(|error| self.usage(error.to_string()))?;
        dataset.write_raw(selection, memory, &bytes_of(&cast)?, &Heap::default())
    }

    fn usage(&self, message: String) -> Error {
        Error::usage(message).with_path(self.path())
    }
}

/// Elements that are written at a time where all are the same.
const SLAB_ELEMENTS: usize = 1 << 20;

pub(super) fn to_usize(shape: &[u64]) -> Result<Vec<usize>> {
    let sizes = shape.iter().map(|&size| usize::try_from(size));
    sizes.collect::<Result<_, _>>().map_err(|_| Error::limit(format!("an array of shape {shape:?}")))
}
