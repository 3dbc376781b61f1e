//! Values of Rust types as elements.

use std::slice;

use h5_types::{Datatype, Elements, Error, H5Type, Heap, Result, Selection, Value, check_writable};

use super::Dataset;
use crate::backend::{ElementSource, TextSource, ValueSource};

impl Dataset {
    /// Writes all elements, in C order.
    ///
    /// Whatever converts is converted (see [`h5_types::convert`]): numbers are clipped and rounded, text is cut to the length of a
    /// fixed-length string. Numbers are handed on as they lie in memory, without a second buffer.
    ///
    /// # Errors
    /// `Usage` if there are more or fewer values than elements; `Conversion` if they do not convert to the stored datatype, or have a
    /// member that it lacks; `Unsupported` for a filter that cannot be applied; `Io`, `Limit`, `Service`.
    pub fn write<T: H5Type>(&self, values: &[T]) -> Result<()> {
        self.write_selection(&Selection::All, values)
    }

    /// Writes all elements as text.
    ///
    /// # Errors
    /// As [`Dataset::write`].
    pub fn write_strings<T: AsRef<str>>(&self, values: &[T]) -> Result<()> {
        self.check_values(&Selection::All, values.len())?;
        self.write_made(&Selection::All, &TextSource(values))
    }

    /// Writes the one element of a scalar dataset, or of one whose extent has one element.
    ///
    /// # Errors
    /// As [`Dataset::write`].
    pub fn write_scalar<T: H5Type>(&self, value: &T) -> Result<()> {
        self.write(slice::from_ref(value))
    }

    /// Writes the selected elements, in selection order.
    ///
    /// # Errors
    /// As [`Dataset::write`]; `Usage` if the selection does not fit the extent.
    pub fn write_selection<T: H5Type>(&self, selection: &Selection, values: &[T]) -> Result<()> {
        self.check_values(selection, values.len())?;
        if T::as_memory(values).is_none() {
            return self.write_made(selection, &ValueSource(values));
        }
        self.with_memory(values, |memory, bytes, heap| self.write_raw(selection, memory, bytes, heap))
    }

    fn check_values(&self, selection: &Selection, values: usize) -> Result<()> {
        let count = self.element_count(selection)?;
        if count == values {
            return Ok(());
        }
        Err(self.0.locate(Error::usage(format!("{values} values for {count} selected elements"))))
    }

    /// Writes elements that are not all in memory form at once.
    fn write_made(&self, selection: &Selection, source: &dyn ElementSource) -> Result<()> {
        let node = self.node()?;
        let writable =
            node.constant_info().and_then(|info| check_writable(&info.datatype, &source.datatype()));
        writable.and_then(|()| node.write_made(selection, source)).map_err(|e| self.0.locate(e))
    }

    /// Writes the selected elements, in selection order, from values of any kind: see [`Value::encode`] for what fits.
    ///
    /// # Errors
    /// `Conversion` if a value does not fit the stored datatype, `Usage` if there are more or fewer than selected elements; else as
    /// [`Dataset::write`].
    pub fn write_values<'a>(
        &self,
        selection: &Selection,
        values: impl IntoIterator<Item = &'a Value>,
    ) -> Result<()> {
        let memory = self.info()?.datatype.memory_form();
        let elements = Elements::from_dynamic(&memory, values).map_err(|e| self.0.locate(e))?;
        self.write_elements(selection, &elements)
    }

    /// Writes the selected elements from a memory form of the caller's choice.
    ///
    /// # Errors
    /// As [`DatasetNode::write`](crate::DatasetNode::write).
    pub fn write_elements(&self, selection: &Selection, elements: &Elements) -> Result<()> {
        self.write_raw(selection, &elements.datatype, &elements.bytes, &elements.heap)
    }

    /// Writes from the caller's buffer: see [`DatasetNode::write`](crate::DatasetNode::write).
    ///
    /// # Errors
    /// As [`DatasetNode::write`](crate::DatasetNode::write).
    pub fn write_raw(
        &self,
        selection: &Selection,
        memory: &Datatype,
        elements: &[u8],
        heap: &Heap,
    ) -> Result<()> {
        self.node()?.write(selection, memory, elements, heap).map_err(|e| self.0.locate(e))
    }

    /// Hands values on in memory form, without a copy where they are their own.
    pub(super) fn with_memory<T: H5Type>(
        &self,
        values: &[T],
        write: impl FnOnce(&Datatype, &[u8], &Heap) -> Result<()>,
    ) -> Result<()> {
        let memory = T::datatype();
        let stored = self.node()?.constant_info();
        stored.and_then(|info| check_writable(&info.datatype, &memory)).map_err(|e| self.0.locate(e))?;
        if let Some(bytes) = T::as_memory(values) {
            return write(&memory, bytes, &Heap::default());
        }
        let elements = Elements::from_values(values).map_err(|e| self.0.locate(e))?;
        write(&memory, &elements.bytes, &elements.heap)
    }
}
