use std::ops::Range;

use h5_types::{Datatype, Error, H5Type, Heap, Result};

/// Elements that are made when they are needed, so that those of variable length need not all be in memory form at once.
///
/// What makes them must not use the file that they are written to, which waits for it.
pub trait ElementSource {
    /// How many there are.
    fn count(&self) -> usize;

    /// The memory form of all.
    fn datatype(&self) -> Datatype;

    /// Makes some of them in memory form: `bytes` has room for just as many; what does not fit in an element is appended to `heap`.
    ///
    /// # Errors
    /// `Usage` if there are no such elements or the room is another; `Conversion` if a value does not fit its datatype; `Limit`.
    fn fill(&self, range: Range<usize>, bytes: &mut [u8], heap: &mut Heap) -> Result<()>;
}

impl dyn ElementSource + '_ {
    /// Makes all elements.
    ///
    /// # Errors
    /// As [`ElementSource::fill`]; `Limit` if there is no memory for them.
    pub fn collect(&self) -> Result<(Vec<u8>, Heap)> {
        let (mut bytes, mut heap) = (Vec::new(), Heap::default());
        let size = self.count().checked_mul(self.datatype().size());
        let size = size.filter(|&size| bytes.try_reserve_exact(size).is_ok());
        let size = size.ok_or_else(|| Error::limit(format!("no memory for {} elements", self.count())))?;
        bytes.resize(size, 0);
        self.fill(0..self.count(), &mut bytes, &mut heap)?;
        Ok((bytes, heap))
    }
}

/// Values of a Rust type.
#[derive(Debug)]
pub(crate) struct ValueSource<'v, T>(pub(crate) &'v [T]);

impl<T: H5Type> ElementSource for ValueSource<'_, T> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn datatype(&self) -> Datatype {
        T::datatype()
    }

    fn fill(&self, range: Range<usize>, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        T::encode_slice(self.0.get(range).ok_or_else(missing)?, bytes, heap)
    }
}

/// Whatever is text, without a copy of it.
#[derive(Debug)]
pub(crate) struct TextSource<'v, T>(pub(crate) &'v [T]);

impl<T: AsRef<str>> ElementSource for TextSource<'_, T> {
    fn count(&self) -> usize {
        self.0.len()
    }

    fn datatype(&self) -> Datatype {
        String::datatype()
    }

    fn fill(&self, range: Range<usize>, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        let texts = self.0.get(range).ok_or_else(missing)?;
        if texts.len().checked_mul(String::SIZE) != Some(bytes.len()) {
            return Err(missing());
        }
        texts.iter().zip(bytes.chunks_exact_mut(String::SIZE)).try_for_each(|(text, element)| {
            let text = text.as_ref();
            heap.push_sequence(text.len(), text.as_bytes(), element)
        })
    }
}

fn missing() -> Error {
    Error::usage("other elements asked for than there are")
}

#[cfg(test)]
mod tests {
    use h5_types::Elements;

    use super::*;

    #[test]
    fn text_is_made_as_strings_are() {
        let texts = ["a", "", "longer than the others"];
        let strings: Vec<String> = texts.iter().map(ToString::to_string).collect();
        let expected = Elements::from_values(&strings).unwrap();
        for source in [&TextSource(&texts) as &dyn ElementSource, &ValueSource(&strings)] {
            let (bytes, heap) = source.collect().unwrap();
            assert_eq!((&bytes, &heap), (&expected.bytes, &expected.heap));
            let (mut bytes, mut heap) = (vec![0; 16], Heap::default());
            source.fill(2..3, &mut bytes, &mut heap).unwrap();
            assert_eq!(heap.sequence(&bytes, 1).unwrap().1, texts[2].as_bytes());
            assert!(source.fill(2..4, &mut [0; 32], &mut heap).is_err());
            assert!(source.fill(0..2, &mut [0; 16], &mut heap).is_err());
        }
    }
}
