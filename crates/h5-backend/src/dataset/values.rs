//! Values one after another, of datasets that do not fit in memory.

use std::vec;

use h5_types::{Block, Dataspace, Elements, Error, H5Type, Layout, Result, Selection, Value};

use super::Dataset;

/// Bytes of elements that are read at a time.
const SLAB_BYTES: u64 = 4 << 20;
/// The same where their values follow at once: what is read stays in the processor's cache.
const SMALL_SLAB_BYTES: u64 = 256 << 10;

impl Dataset {
    /// The element at a position, as a value of whatever type it has.
    ///
    /// # Errors
    /// `Usage` if there is no such element, `Unsupported` as [`Value::decode`]; else as [`Dataset::read`].
    pub fn value_at(&self, position: &[u64]) -> Result<Value> {
        let size = vec![1; position.len()];
        let selection = match self.info()?.dataspace {
            Dataspace::Null => Selection::None,
            _ => Selection::from_block(&Block { start: position.to_vec(), size }),
        };
        self.elements(&selection)?.value(0).map_err(|e| self.0.locate(e))
    }

    /// All elements in C order as values of whatever type they have. A few megabytes are read at a time.
    ///
    /// # Errors
    /// As [`Dataset::info`]. The iterator gives the errors of reading: one for a slab that cannot be read, and it ends there.
    pub fn values(&self) -> Result<Values> {
        Ok(Values { slabs: Slabs::new(self, SLAB_BYTES)?, elements: None, next: 0 })
    }

    /// All elements in C order as `T`. A few megabytes are read at a time.
    ///
    /// # Errors
    /// As [`Dataset::info`]. The iterator gives the errors of reading: one for a slab that cannot be read, and it ends there.
    pub fn iter<T: H5Type>(&self) -> Result<Iter<T>> {
        Ok(Iter { slabs: Slabs::new(self, SLAB_BYTES)?, values: Vec::new().into_iter() })
    }
}

impl Dataset {
    /// Values that own what they point to (strings, say), made a slab at a time: the stored form of all of them at once would take as
    /// much memory again.
    pub(super) fn read_by_slabs<T: H5Type>(&self) -> Result<Vec<T>> {
        let mut values = Vec::new();
        values.try_reserve_exact(self.element_count(&Selection::All)?).map_err(|e| {
            self.0.locate(Error::limit("more elements than fit in memory; select less").with_source(e))
        })?;
        let mut slabs = Slabs::new(self, SMALL_SLAB_BYTES)?;
        while let Some(selection) = slabs.next() {
            values.append(&mut self.read_selection(&selection)?);
        }
        Ok(values)
    }
}

/// All elements of a dataset: see [`Dataset::values`].
#[derive(Debug)]
pub struct Values {
    slabs: Slabs,
    elements: Option<Elements>,
    next: usize,
}

impl Iterator for Values {
    type Item = Result<Value>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(elements) = self.elements.as_ref().filter(|elements| self.next < elements.count()) {
                let value = elements.value(self.next);
                self.next = self.next.saturating_add(1);
                return Some(value.map_err(|e| self.slabs.dataset.0.locate(e)));
            }
            let selection = self.slabs.next()?;
            self.next = 0;
            match self.slabs.dataset.elements(&selection) {
                Ok(elements) => self.elements = Some(elements),
                Err(error) => {
                    self.slabs.end();
                    self.elements = None;
                    return Some(Err(error));
                }
            }
        }
    }
}

/// All elements of a dataset: see [`Dataset::iter`].
#[derive(Debug)]
pub struct Iter<T> {
    slabs: Slabs,
    values: vec::IntoIter<T>,
}

impl<T: H5Type> Iterator for Iter<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(value) = self.values.next() {
                return Some(Ok(value));
            }
            let selection = self.slabs.next()?;
            match self.slabs.dataset.read_selection(&selection) {
                Ok(values) => self.values = values.into_iter(),
                Err(error) => {
                    self.slabs.end();
                    return Some(Err(error));
                }
            }
        }
    }
}

/// Boxes that are contiguous in C order and follow one another until they cover the extent.
#[derive(Debug)]
struct Slabs {
    dataset: Dataset,
    dimensions: Vec<u64>,
    /// Size of a box: 1 along the slow dimensions, then part of one, then whole ones.
    size: Vec<u64>,
    /// Where the next box begins; `None` at the end.
    start: Option<Vec<u64>>,
}

impl Slabs {
    /// Boxes of about so many bytes.
    fn new(dataset: &Dataset, bytes: u64) -> Result<Self> {
        let info = dataset.info()?;
        let dimensions = info.dataspace.dimensions().to_vec();
        let chunk = match &info.layout {
            Layout::Chunked { chunk, .. } => chunk.as_slice(),
            _ => &[],
        };
        let element_bytes = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
        let size = slab_size(&dimensions, chunk, bytes.checked_div(element_bytes).unwrap_or(1));
        let empty = info.dataspace == Dataspace::Null || dimensions.contains(&0);
        let start = (!empty).then(|| vec![0; dimensions.len()]);
        Ok(Self { dataset: dataset.clone(), dimensions, size, start })
    }

    fn end(&mut self) {
        self.start = None;
    }

    fn next(&mut self) -> Option<Selection> {
        let start = self.start.take()?;
        let room = start.iter().zip(&self.dimensions).map(|(at, size)| size.saturating_sub(*at));
        let size = self.size.iter().zip(room).map(|(size, room)| room.min(*size)).collect();
        let mut next = start.clone();
        let mut axes = next.iter_mut().zip(self.size.iter().zip(&self.dimensions)).rev();
        let moved = axes.any(|(at, (size, dimension))| {
            *at = at.saturating_add(*size);
            let inside = *at < *dimension;
            if !inside {
                *at = 0;
            }
            inside
        });
        self.start = moved.then_some(next);
        Some(Selection::from_block(&Block { start, size }))
    }
}

/// The size of a box of about `elements` elements; whole chunks along the dimension that it divides, where they fit.
fn slab_size(dimensions: &[u64], chunk: &[u64], elements: u64) -> Vec<u64> {
    let mut size = vec![1; dimensions.len()];
    let mut room = elements.max(1);
    for (axis, (size, &dimension)) in size.iter_mut().zip(dimensions).enumerate().rev() {
        if dimension <= room {
            *size = dimension;
            room = room.checked_div(dimension).unwrap_or(1);
            continue;
        }
        let whole = chunk.get(axis).and_then(|&c| room.checked_div(c).map(|n| n.saturating_mul(c)));
        *size = whole.filter(|&whole| whole > 0).unwrap_or(room).max(1);
        break;
    }
    size
}

#[cfg(test)]
mod tests {
    use super::slab_size;

    #[test]
    fn slabs_are_whole_chunks_where_these_fit() {
        assert_eq!(slab_size(&[10, 100], &[], 1000), [10, 100]);
        assert_eq!(slab_size(&[100, 100], &[3, 100], 1000), [9, 100]);
        assert_eq!(slab_size(&[100, 100], &[30, 100], 1000), [10, 100]);
        assert_eq!(slab_size(&[5, 5000], &[], 1000), [1, 1000]);
        assert_eq!(slab_size(&[], &[], 1000), [0_u64; 0]);
        assert_eq!(slab_size(&[2, 2], &[], 0), [1, 1]);
    }
}
