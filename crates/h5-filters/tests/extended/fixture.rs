//! Reader of the golden vectors; `tests/fixtures/filters/make_ext.py` has their layout.

use std::path::PathBuf;

use h5_filters::{Bitshuffle, Blosc, Blosc2, Bzip2, Filter, Lz4, Zstd};

/// One stored chunk and what it decodes to.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) filter_id: u32,
    pub(crate) client_data: Vec<u32>,
    pub(crate) name: String,
    pub(crate) decoded: Vec<u8>,
    pub(crate) stored: Vec<u8>,
}

/// All records of `<name>_0.bin`, `<name>_1.bin`, ...; at least one file must be there.
pub(crate) fn load(name: &str) -> Vec<Record> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/filters");
    let mut records = Vec::new();
    for part in 0.. {
        match std::fs::read(folder.join(format!("{name}_{part}.bin"))) {
            Ok(bytes) => parse(&bytes, &mut records),
            Err(error) if part == 0 => panic!("{name}_0.bin in {}: {error}", folder.display()),
            Err(_) => break,
        }
    }
    records
}

fn parse(mut bytes: &[u8], records: &mut Vec<Record>) {
    let bytes = &mut bytes;
    let blobs: Vec<Vec<u8>> = (0..number(bytes)).map(|_| blob(bytes)).collect();
    for _ in 0..number(bytes) {
        let filter_id = number(bytes);
        let client_data = (0..number(bytes)).map(|_| number(bytes)).collect();
        let name = String::from_utf8(blob(bytes)).unwrap();
        let decoded = blobs[number(bytes) as usize].clone();
        records.push(Record { filter_id, client_data, name, decoded, stored: blob(bytes) });
    }
    assert!(bytes.is_empty(), "the fixture is read to its end");
}

fn number(bytes: &mut &[u8]) -> u32 {
    let (number, rest) = bytes.split_first_chunk().unwrap();
    *bytes = rest;
    u32::from_le_bytes(*number)
}

fn blob(bytes: &mut &[u8]) -> Vec<u8> {
    let length = number(bytes) as usize;
    let (blob, rest) = bytes.split_at(length);
    *bytes = rest;
    blob.to_vec()
}

/// The filter with a registered id.
pub(crate) fn filter(id: u32) -> &'static dyn Filter {
    match id {
        307 => &Bzip2,
        32001 => &Blosc,
        32004 => &Lz4,
        32008 => &Bitshuffle,
        32015 => &Zstd,
        32026 => &Blosc2,
        other => panic!("no filter {other}"),
    }
}
