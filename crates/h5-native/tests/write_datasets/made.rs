//! Elements that are made as they are written.

use super::*;

/// Numbered texts, of which one cannot be made.
struct Texts {
    count: usize,
    broken: Option<usize>,
}

impl Texts {
    fn text(number: usize) -> String {
        "x".repeat(number % 50) + &number.to_string()
    }
}

impl ElementSource for Texts {
    fn count(&self) -> usize {
        self.count
    }

    fn datatype(&self) -> Datatype {
        String::datatype()
    }

    fn fill(&self, range: std::ops::Range<usize>, bytes: &mut [u8], heap: &mut Heap) -> h5_types::Result<()> {
        for (number, element) in range.zip(bytes.chunks_exact_mut(16)) {
            if self.broken == Some(number) {
                return Err(h5_types::Error::usage("broken"));
            }
            let text = Self::text(number);
            heap.push_sequence(text.len(), text.as_bytes(), element)?;
        }
        Ok(())
    }
}

#[test]
fn many_texts_are_written_as_they_are_made_or_not_at_all() {
    let written = Written::new(LibverBounds::V18);
    let count = 100_000_u64;
    let new = NewDataset::new(String::datatype(), Dataspace::fixed([count]));
    let dataset = written.create("d", &new).unwrap();
    let expected: Vec<String> = (0..100_000).map(Texts::text).collect();
    let node = dataset.node().unwrap();
    let broken = |broken| node.write_made(&Selection::All, &Texts { count: 100_000, broken });
    assert_eq!(broken(Some(90_000)).unwrap_err().kind(), ErrorKind::Usage);
    assert!(dataset.read::<String>().unwrap().iter().all(String::is_empty));
    broken(None).unwrap();
    assert!(dataset.read::<String>().unwrap() == expected);
    written.native.flush().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == expected);
    // A second time: the block and the collections that the last commit uses stay as they are.
    assert_eq!(broken(Some(99_999)).unwrap_err().kind(), ErrorKind::Usage);
    dataset.write_strings(&expected[..99_999]).unwrap_err();
    let reversed: Vec<&str> = expected.iter().rev().map(String::as_str).collect();
    dataset.write_strings(&reversed).unwrap();
    assert!(dataset.read::<String>().unwrap() == reversed);
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == expected);
    written.native.close().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == reversed);
}
