//! Reads the golden vectors of `tests/fixtures/filters`; their format is described in `make.py` there.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a fixture that cannot be read fails the test")]

use std::num::TryFromIntError;

use h5_filters::{Pipeline, Registry, Stage};

/// One chunk as libhdf5 stored and decoded it.
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) stages: Vec<Stage>,
    pub(crate) filter_mask: u32,
    pub(crate) stored: Vec<u8>,
    pub(crate) decoded: Vec<u8>,
}

impl Record {
    pub(crate) fn pipeline(&self) -> Pipeline {
        Pipeline::new(self.stages.clone(), &Registry::standard())
    }

    /// Appends the record in the fixtures' format.
    #[allow(dead_code, reason = "only one program that includes this module writes")]
    pub(crate) fn write(&self, output: &mut Vec<u8>) -> Result<(), TryFromIntError> {
        output.extend(u16::try_from(self.name.len())?.to_le_bytes());
        output.extend(self.name.as_bytes());
        output.extend(u16::try_from(self.stages.len())?.to_le_bytes());
        for stage in &self.stages {
            let count = u16::try_from(stage.client_data.len())?;
            [stage.id, stage.flags, count].iter().for_each(|value| output.extend(value.to_le_bytes()));
            stage.client_data.iter().for_each(|value| output.extend(value.to_le_bytes()));
        }
        output.extend(self.filter_mask.to_le_bytes());
        for part in [&self.stored, &self.decoded] {
            output.extend(u32::try_from(part.len())?.to_le_bytes());
            output.extend(part);
        }
        Ok(())
    }
}

/// All records of a fixture of the repository; never none.
#[allow(dead_code, reason = "not every program that includes this module reads by name")]
pub(crate) fn records(fixture: &str) -> Vec<Record> {
    let path = format!("{}/../../tests/fixtures/filters/{fixture}.bin", env!("CARGO_MANIFEST_DIR"));
    let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let records = parse(&bytes);
    assert!(!records.is_empty(), "{path} is empty");
    records
}

/// The records of a fixture file.
pub(crate) fn parse(bytes: &[u8]) -> Vec<Record> {
    let mut reader = Reader(bytes);
    let mut records = Vec::new();
    while !reader.0.is_empty() {
        let length = reader.u16().into();
        let name = String::from_utf8(reader.bytes(length)).unwrap();
        let stages = (0..reader.u16()).map(|_| reader.stage()).collect();
        let filter_mask = reader.u32();
        let [stored, decoded] = std::array::from_fn(|_| {
            let length = reader.u32() as usize;
            reader.bytes(length)
        });
        records.push(Record { name, stages, filter_mask, stored, decoded });
    }
    records
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn bytes(&mut self, length: usize) -> Vec<u8> {
        let (bytes, rest) = self.0.split_at(length);
        self.0 = rest;
        bytes.to_vec()
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.bytes(2).try_into().unwrap())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.bytes(4).try_into().unwrap())
    }

    fn stage(&mut self) -> Stage {
        let (id, flags, count) = (self.u16(), self.u16(), self.u16());
        Stage { id, flags, name: None, client_data: (0..count).map(|_| self.u32()).collect() }
    }
}
