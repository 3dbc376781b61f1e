use h5_backend::Dataset;
use h5_types::{Block, Datatype, Error, Heap, Result, Selection, VlenType};
use pymodaq_data::{Array, DType, pickle};

use super::{Node, NodeKind};
use crate::elements::{NumericType, bytes_of, from_bytes};

/// An array of rows of different lengths.
#[derive(Debug, Clone)]
pub struct VLARRAY {
    node: Node,
    dataset: Dataset,
    dtype: DType,
    memory: Datatype,
}

/// An array of lines of text: the log of a file.
#[derive(Debug, Clone)]
pub struct StringARRAY(VLARRAY);

/// Bytes of one row in memory form.
const ROW_BYTES: usize = 16;

impl VLARRAY {
    pub(crate) fn wrap(node: Node) -> Result<Self> {
        let dataset = node.dataset()?;
        let info = dataset.info()?;
        let Datatype::Vlen(vlen) = &info.datatype else {
            return Err(Error::usage("rows of one length").with_path(node.path()));
        };
        let dtype = NumericType::of(&vlen.base, &node)?;
        let base = NumericType::memory(dtype, Some(&vlen.base), node.backend().flavour())?;
        let memory = Datatype::Vlen(VlenType { size: ROW_BYTES, base: Box::new(base) });
        let kind = if node.kind() == NodeKind::StringArray { node.kind() } else { NodeKind::VlArray };
        Ok(Self { node: node.with_kind(kind), dataset, dtype, memory })
    }

    pub(super) fn node(&self) -> &Node {
        &self.node
    }

    /// Number of rows.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn len(&self) -> Result<usize> {
        let rows = self.dataset.shape()?.first().copied().unwrap_or(0);
        usize::try_from(rows).map_err(|_| Error::limit(format!("{rows} rows")).with_path(self.path()))
    }

    /// Whether there are no rows.
    ///
    /// # Errors
    /// As [`VLARRAY::len`].
    pub fn is_empty(&self) -> Result<bool> {
        Ok(self.len()? == 0)
    }

    /// The datatype of the elements in memory.
    pub fn dtype(&self) -> DType {
        self.dtype
    }

    /// Appends a row: an array of one dimension.
    ///
    /// # Errors
    /// `Usage` if the datatype is another; `Unsupported`, `Io`, `Service`.
    pub fn append(&self, row: &Array) -> Result<()> {
        let row =
            row.cast(self.dtype).map_err(|error| Error::usage(error.to_string()).with_path(self.path()))?;
        self.append_bytes(row.size(), &bytes_of(&row)?)
    }

    fn append_bytes(&self, count: usize, values: &[u8]) -> Result<()> {
        let (mut element, mut heap) = ([0; ROW_BYTES], Heap::default());
        heap.push_sequence(count, values, &mut element)?;
        let appended = self.dataset.node()?.append(0, 1, &self.memory, &element, &heap);
        appended.map_err(|error| error.with_path(self.path()))?;
        self.backend().mark_grown(&self.dataset, None);
        Ok(())
    }

    /// All rows.
    ///
    /// # Errors
    /// `Limit` if they do not fit in memory, `Format`, `Io`.
    pub fn read(&self) -> Result<Vec<Array>> {
        self.rows(&Selection::All, |count, bytes| from_bytes(&[count], self.dtype, bytes))
    }

    /// One row.
    ///
    /// # Errors
    /// `Usage` if there is no such row; else as [`VLARRAY::read`].
    pub fn row(&self, index: u64) -> Result<Array> {
        let mut rows = self.rows(&one(index), |count, bytes| from_bytes(&[count], self.dtype, bytes))?;
        rows.pop().ok_or_else(|| Error::usage(format!("no row {index}")).with_path(self.path()))
    }

    fn rows<T>(&self, selection: &Selection, make: impl Fn(usize, &[u8]) -> Result<T>) -> Result<Vec<T>> {
        let elements = self.dataset.elements_as(selection, &self.memory)?;
        let Datatype::Vlen(VlenType { base, .. }) = &self.memory else { return Ok(Vec::new()) };
        let rows = elements.bytes.chunks_exact(ROW_BYTES).map(|row| {
            let (count, bytes) = elements.heap.sequence(row, base.size())?;
            make(count, bytes)
        });
        rows.collect::<Result<_>>().map_err(|error| error.with_path(self.path()))
    }
}

impl StringARRAY {
    pub(crate) fn wrap(node: Node) -> Result<Self> {
        VLARRAY::wrap(node.with_kind(NodeKind::StringArray)).map(Self)
    }

    pub(super) fn node(&self) -> &Node {
        &self.0.node
    }

    /// Number of lines.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn len(&self) -> Result<usize> {
        self.0.len()
    }

    /// Whether there are no lines.
    ///
    /// # Errors
    /// As [`StringARRAY::len`].
    pub fn is_empty(&self) -> Result<bool> {
        self.0.is_empty()
    }

    /// Appends a line.
    ///
    /// # Errors
    /// `Unsupported` on a file that is open for reading, `Io`, `Service`.
    pub fn append(&self, line: &str) -> Result<()> {
        let pickled = pickle::dumps(line);
        self.0.append_bytes(pickled.len(), &pickled)
    }

    /// All lines. One that is no text, or a pickle that would run code, reads as an `Err` among the others.
    ///
    /// # Errors
    /// As [`VLARRAY::read`].
    pub fn lines(&self) -> Result<Vec<Result<String>>> {
        self.0.rows(&Selection::All, |_, bytes| Ok(self.unpickle(bytes)))
    }

    /// All lines.
    ///
    /// # Errors
    /// `Format` if one is no text; else as [`VLARRAY::read`].
    pub fn read(&self) -> Result<Vec<String>> {
        self.lines()?.into_iter().collect()
    }

    /// One line.
    ///
    /// # Errors
    /// `Usage` if there is no such line, `Format` if it is no text; else as [`VLARRAY::read`].
    pub fn line(&self, index: u64) -> Result<String> {
        let mut lines = self.0.rows(&one(index), |_, bytes| self.unpickle(bytes))?;
        lines.pop().ok_or_else(|| Error::usage(format!("no line {index}")).with_path(self.path()))
    }

    fn unpickle(&self, bytes: &[u8]) -> Result<String> {
        pickle::loads(bytes).map_err(|error| Error::format(error.to_string()).with_path(self.path()))
    }
}

fn one(index: u64) -> Selection {
    Selection::from_block(&Block { start: vec![index], size: vec![1] })
}
