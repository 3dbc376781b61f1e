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

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::message::{LinkMessageTarget, Message, MessageType};
use h5_format::symbol_table::SymbolTableNode;
use h5_native::object::{FileCore, ObjectHeader};
use h5_native::vfd::MemoryVfd;
use h5_types::{Address, Error, Limits, Result};

/// Files with at least one object that no reader can open, nor does the C library: damaged on purpose, or parts of a file.
const DAMAGED: [&str; 24] = [
    "3790_infinite_loop.h5",
    "broken.h5",
    "bug1523_testfile02_corrupt.h5",
    "cve_2020_10810.h5",
    "cve_2020_10812.h5",
    "err_attr_dspace.h5",
    "h5clear_fsm_persist_noclose.h5",
    "h5clear_status_noclose.h5",
    "h5repack_CVE-2018-14460.h5",
    "h5repack_CVE-2018-17432.h5",
    "h5stat_err_old_fill.h5",
    "h5stat_err_refcount.h5",
    "memleak_H5O_dtype_decode_helper_H5Odtype.h5",
    "tCVE-2021-37501_attr_decode.h5",
    "tCVE_2018_11206_fill_new.h5",
    "tCVE_2018_11206_fill_old.h5",
    "tbogus.h5",
    "test_attributes.h5",
    "test_subfiling_precreate_rank_0.h5",
    "test_subfiling_stripe_sizes.h5",
    "test_v1.12_simple.h5",
    "tfamily00000.h5",
    "th5s.h5",
    "tmulti-s.h5",
];

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Headers that hard links lead to from the root.
fn linked_headers(core: &FileCore) -> BTreeSet<Address> {
    let mut pending = vec![core.superblock().root_group_object_header_address];
    let mut found = BTreeSet::new();
    while let Some(address) = pending.pop() {
        if found.insert(address) {
            // A header that does not load is reported by the caller.
            if let Ok(header) = ObjectHeader::load(core.storage(), address) {
                pending.extend(children(core, &header));
            }
        }
    }
    found
}

/// Places with the signature of a version 2 header: among them the objects of densely stored links, and remains of deleted ones.
fn signatures(bytes: &[u8]) -> BTreeSet<Address> {
    let places = (0..bytes.len()).filter(|&at| bytes[at..].starts_with(b"OHDR\x02"));
    places.map(|at| Address(at as u64)).collect()
}

fn children(core: &FileCore, header: &ObjectHeader) -> Vec<Address> {
    let mut found = Vec::new();
    for raw in header.messages() {
        match raw.decode(core.context()) {
            Ok(Message::Link(link)) => {
                if let LinkMessageTarget::Hard(address) = link.target {
                    found.push(address);
                }
            }
            Ok(Message::SymbolTable(table)) => {
                let _ = symbols(core, table.b_tree_address, u8::MAX, &mut found);
            }
            _ => {}
        }
    }
    found
}

/// The objects of a group's B-tree, node by node; levels fall, so that the walk ends.
fn symbols(core: &FileCore, node: Address, below: u8, found: &mut Vec<Address>) -> Result<()> {
    let (storage, sizes) = (core.storage(), core.storage().sizes());
    let head = storage.metadata(node, BTreeV1NodeHeader::bytes(sizes))?;
    let head = BTreeV1NodeHeader::decode(&head, BTreeV1Type::Group, sizes)?;
    if head.node_level >= below {
        return Err(Error::format("levels do not fall"));
    }
    let bytes = storage.metadata(node, head.node_bytes(BTreeV1Type::Group, sizes))?;
    let node = BTreeV1Node::decode(&bytes, BTreeV1Type::Group, sizes)?;
    for child in 0..node.len() {
        let place = node.child(child)?;
        if head.node_level > 0 {
            symbols(core, place, head.node_level, found)?;
            continue;
        }
        let start = storage.metadata(place, SymbolTableNode::HEADER_BYTES)?;
        let bytes = storage.metadata(place, SymbolTableNode::node_bytes(&start, sizes)?)?;
        let leaf = SymbolTableNode::decode(&bytes, sizes)?;
        found.extend((0..leaf.len()).filter_map(|i| leaf.entry(i).ok()?.object_header_address));
    }
    Ok(())
}

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
