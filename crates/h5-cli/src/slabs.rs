//! Reads values in C order of the result, a few megabytes at a time.

use h5::{Dataset, Datatype, Elements, ErrorKind, Hyperslab, HyperslabDimension, Result, Selection};

use crate::slice::{Axis, Slice};

/// Bytes of elements read at a time.
const SLAB_BYTES: usize = 4 << 20;
/// Elements read at first if they have parts of variable size, whose bytes are known only afterwards.
const FIRST_VARIABLE_ELEMENTS: u64 = 64;
/// Above so many bytes of variable parts the next slab is smaller, below an eighth of it larger.
const VARIABLE_BYTES: usize = 4 << 20;

/// The values of a slice of a dataset, slab by slab.
#[derive(Debug)]
pub(crate) struct Slabs<'a> {
    dataset: &'a Dataset,
    slice: &'a Slice,
    memory: Datatype,
    /// Elements of the result handed out so far.
    position: u64,
    /// Elements to hand out.
    end: u64,
    /// Most elements of one slab.
    step: u64,
    variable: bool,
}

impl<'a> Slabs<'a> {
    /// At most `limit` elements of the slice, in the memory form of the dataset's datatype.
    pub(crate) fn new(dataset: &'a Dataset, slice: &'a Slice, limit: u64) -> Result<Self> {
        let memory = dataset.info()?.datatype.memory_form();
        Ok(Self::converted(dataset, slice, memory, limit))
    }

    /// At most `limit` elements, converted to a memory form.
    pub(crate) fn converted(dataset: &'a Dataset, slice: &'a Slice, memory: Datatype, limit: u64) -> Self {
        let variable = memory.has_variable_part();
        let most = u64::try_from(SLAB_BYTES.checked_div(memory.size()).unwrap_or(1).max(1)).unwrap_or(1);
        let step = if variable { FIRST_VARIABLE_ELEMENTS.min(most) } else { most };
        Self { dataset, slice, memory, position: 0, end: slice.element_count().min(limit), step, variable }
    }

    /// Allows larger slabs, of so many bytes, for elements of fixed size.
    #[must_use]
    pub(crate) fn largest_slab(mut self, bytes: u64) -> Self {
        let size = u64::try_from(self.memory.size()).unwrap_or(u64::MAX);
        if !self.variable {
            self.step = self.step.max(bytes.checked_div(size).unwrap_or(1));
        }
        self
    }

    /// Makes the next slabs of two readers equally large.
    pub(crate) fn agree(&mut self, other: &mut Self) {
        let step = self.step.min(other.step);
        self.step = step;
        other.step = step;
    }

    fn read_next(&mut self) -> Result<Elements> {
        let (region, mut elements) = loop {
            let region = Region::at(&self.slice.axes, self.position, self.step.min(self.remaining()));
            match self.dataset.elements_as(&region.selection(&self.slice.axes), &self.memory) {
                Ok(elements) => break (region, elements),
                // So few elements of variable size may hold more than is read at once.
                Err(error) if error.kind() == ErrorKind::Limit && self.variable && self.step > 1 => {
                    self.step = self.step.div_ceil(2);
                }
                Err(error) => return Err(error),
            }
        };
        region.put_in_order(&self.slice.axes, &mut elements);
        self.position = self.position.saturating_add(region.element_count());
        if self.variable {
            self.adapt(elements.heap.bytes.len());
        }
        Ok(elements)
    }

    fn adapt(&mut self, variable_bytes: usize) {
        if variable_bytes > VARIABLE_BYTES {
            self.step = self.step.div_ceil(2);
        } else if variable_bytes < VARIABLE_BYTES >> 3 {
            let most =
                u64::try_from(SLAB_BYTES.checked_div(self.memory.size()).unwrap_or(1)).unwrap_or(1).max(1);
            self.step = self.step.saturating_mul(2).min(most);
        }
    }

    fn remaining(&self) -> u64 {
        self.end.saturating_sub(self.position)
    }
}

impl Iterator for Slabs<'_> {
    type Item = Result<Elements>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.position >= self.end {
            return None;
        }
        let elements = self.read_next();
        if elements.is_err() {
            // The next slab would most likely fail too, and an error for each would never end.
            self.position = self.end;
        }
        Some(elements)
    }
}

/// A box of the result that is contiguous in C order.
#[derive(Debug)]
pub(crate) struct Region {
    /// First index along each dimension of the result.
    start: Vec<u64>,
    /// Size along each dimension of the result.
    size: Vec<u64>,
}

impl Region {
    /// The largest box of at most `step` elements that begins at a linear position of the result.
    pub(crate) fn at(axes: &[Axis], position: u64, step: u64) -> Self {
        let mut start = vec![0; axes.len()];
        let mut size = vec![1; axes.len()];
        let mut inner = 1_u64;
        let mut growing = true;
        for (axis, (start, size)) in axes.iter().zip(start.iter_mut().zip(&mut size)).rev() {
            let index = position.checked_div(inner).and_then(|n| n.checked_rem(axis.count)).unwrap_or(0);
            *start = index;
            if growing {
                let room = step.checked_div(inner).unwrap_or(1).max(1);
                *size = room.min(axis.count.saturating_sub(index)).max(1);
                // Only whole rows may be put together along the next dimension.
                growing = index == 0 && *size == axis.count;
            }
            inner = inner.saturating_mul(axis.count);
        }
        Self { start, size }
    }

    /// Elements of the box.
    pub(crate) fn element_count(&self) -> u64 {
        self.size.iter().fold(1, |product, &size| product.saturating_mul(size))
    }

    /// The same box in the dataset.
    pub(crate) fn selection(&self, axes: &[Axis]) -> Selection {
        if axes.is_empty() {
            return Selection::All;
        }
        let dimension = |(axis, (&start, &size)): (&Axis, (&u64, &u64))| {
            let before =
                if axis.reversed { axis.count.saturating_sub(start).saturating_sub(size) } else { start };
            HyperslabDimension {
                start: axis.start.saturating_add(before.saturating_mul(axis.stride)),
                stride: axis.stride.max(1),
                count: Some(size),
                block: Some(1),
            }
        };
        let dimensions = axes.iter().zip(self.start.iter().zip(&self.size)).map(dimension).collect();
        Selection::Hyperslab(Hyperslab { dimensions })
    }

    /// Turns what was read in rising order into the order of the result, and back.
    pub(crate) fn put_in_order(&self, axes: &[Axis], elements: &mut Elements) {
        let mut row_bytes = elements.datatype.size().max(1);
        for (axis, &size) in axes.iter().zip(&self.size).rev() {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            let block_bytes = row_bytes.saturating_mul(size);
            if axis.reversed && size > 1 {
                for block in elements.bytes.chunks_exact_mut(block_bytes) {
                    let reversed: Vec<u8> = block.rchunks_exact(row_bytes).flatten().copied().collect();
                    block.copy_from_slice(&reversed);
                }
            }
            row_bytes = block_bytes;
        }
    }
}

#[cfg(test)]
mod tests {
    use h5::{ByteOrder, Datatype, Elements, Heap, IntegerType};

    use super::Region;
    use crate::slice::Slice;

    /// Reads a slice of an array whose elements are their own linear index, by regions of at most `step` elements.
    fn read(text: &str, dimensions: &[u64], step: u64) -> Vec<u8> {
        let slice = Slice::parse(text, dimensions).unwrap();
        let mut out = Vec::new();
        while (out.len() as u64) < slice.element_count() {
            let region = Region::at(&slice.axes, out.len() as u64, step);
            assert!(region.element_count() <= step.max(1));
            let resolved = region.selection(&slice.axes).resolve(dimensions).unwrap();
            let bytes = resolved
                .runs()
                .unwrap()
                .flat_map(|run| run.offset..run.offset + run.length)
                .map(|index| u8::try_from(index).unwrap())
                .collect();
            let datatype = Datatype::Integer(IntegerType::plain(1, false, ByteOrder::Little));
            let mut elements = Elements { datatype, bytes, heap: Heap::default() };
            region.put_in_order(&slice.axes, &mut elements);
            assert_eq!(elements.bytes.len() as u64, region.element_count());
            out.extend(elements.bytes);
        }
        out
    }

    #[test]
    fn the_order_does_not_depend_on_the_slab_size() {
        for text in
            ["", "::-1", "1,:,::-2", "...,::-1", "::-1,::-1,::-1", "1:,2,::2", "-1,-1,-1", "::2,1:3,1:4"]
        {
            let whole = read(text, &[3, 4, 5], 1000);
            for step in 1..62 {
                assert_eq!(read(text, &[3, 4, 5], step), whole, "[{text}] by {step}");
            }
        }
    }

    #[test]
    fn falling_ranges_are_read_backwards() {
        assert_eq!(read("::-1", &[5], 2), [4, 3, 2, 1, 0]);
        assert_eq!(read("::-1,::-2", &[2, 3], 100), [5, 3, 2, 0]);
        assert_eq!(read("1,::-1", &[2, 3], 100), [5, 4, 3]);
    }
}
