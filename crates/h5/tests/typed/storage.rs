use std::fs;
use std::io;
use std::sync::Arc;

use h5::prelude::*;
use h5::vfd::Vfd;

use crate::{fixture, open};

/// A driver that reads a byte at a time, as a driver may.
#[derive(Debug)]
struct Trickle(Vec<u8>);

impl Vfd for Trickle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        match (self.0.get(offset as usize), buffer.first_mut()) {
            (Some(&byte), Some(place)) => {
                *place = byte;
                Ok(1)
            }
            _ => Ok(0),
        }
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// Path and values of all datasets of a file, as text.
fn contents(file: &File) -> Vec<(String, Vec<String>)> {
    let objects = file.root().unwrap().walk().map(Result::unwrap);
    let datasets = objects.filter_map(|object| object.into_dataset().ok());
    let shown = |dataset: Dataset| {
        let values = dataset.values().unwrap().map(|value| value.unwrap().to_string()).collect();
        (dataset.object().path().to_owned(), values)
    };
    datasets.map(shown).collect()
}

#[test]
fn every_way_to_the_bytes_gives_the_same_values() {
    let expected = contents(&open());
    assert!(
        expected.len() > 40 && expected.iter().any(|(path, values)| path == "/notes" && values.len() == 2)
    );
    let with = |storage| File::open_with(fixture(), &OpenOptions::new().storage(storage)).unwrap();
    let bytes = fs::read(fixture()).unwrap();
    assert_eq!(contents(&with(StorageKind::Memory)), expected);
    #[cfg(feature = "mmap")]
    assert_eq!(contents(&with(StorageKind::Map)), expected);
    assert_eq!(contents(&File::from_bytes(bytes.clone()).unwrap()), expected);
    assert_eq!(contents(&File::open_reader(fs::File::open(fixture()).unwrap()).unwrap()), expected);
    let trickle = File::open_vfd(Arc::new(Trickle(bytes)), &OpenOptions::new()).unwrap();
    assert_eq!(contents(&trickle), expected);
}
