//! Object headers of real files: with the environment variable `H5_CORPUS` set to a folder of HDF5 files, every object that
//! hard links of old-style and compact groups lead to must load, and its messages decode; so must those of each version 2 header that
//! is found by its signature and loads.
//!
//! Files of [`DAMAGED`] must only not panic.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

mod common;

use std::path::Path;
use std::sync::Arc;

use common::headers::{DAMAGED, files, linked_headers, signatures};
use h5_format::message::{Message, MessageType};
use h5_native::object::{FileCore, ObjectHeader};
use h5_native::vfd::MemoryVfd;
use h5_types::Limits;

/// Decodes all messages of a header; returns how many, and the first failure.
fn decode(core: &FileCore, header: &ObjectHeader) -> (usize, Option<String>) {
    let context = core.context();
    let mut count = 0;
    for raw in header.messages() {
        count += 1;
        let failure = match raw.decode(context) {
            Err(error) => Some(error),
            Ok(Message::Attribute(attribute)) => {
                attribute.datatype(context).err().or(attribute.dataspace(context).err())
            }
            Ok(_) => None,
        };
        if let Some(error) = failure {
            return (count, Some(format!("{:?}: {error}", raw.kind)));
        }
    }
    (count, None)
}

#[test]
fn every_header_of_the_corpus_decodes() {
    let Ok(folder) = std::env::var("H5_CORPUS") else { return };
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths);
    let (mut objects, mut messages, mut failures) = (0, 0, Vec::new());
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_damaged = DAMAGED.contains(&&*name);
        let Ok(core) = FileCore::open(Arc::new(MemoryVfd::new(bytes.clone())), Limits::default()) else {
            if !is_damaged && bytes.starts_with(b"\x89HDF") {
                failures.push(format!("{}: does not open", path.display()));
            }
            continue;
        };
        let linked = linked_headers(&core);
        for &address in signatures(&bytes[core.user_block_bytes() as usize..]).union(&linked) {
            let failure = match ObjectHeader::load(core.storage(), address) {
                Err(error) => linked.contains(&address).then(|| error.to_string()),
                Ok(header) => {
                    let (count, failure) = decode(&core, &header);
                    (objects, messages) = (objects + 1, messages + count);
                    assert!(header.find(MessageType::Nil).is_none());
                    failure
                }
            };
            if let Some(failure) = failure.filter(|_| !is_damaged) {
                failures.push(format!("{} {address}: {failure}", path.display()));
            }
        }
    }
    println!("{objects} objects, {messages} messages");
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
}
