//! Object headers of a file, found without the layers that are tested: by hard links, and by their signature.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::message::{LinkMessageTarget, Message};
use h5_format::symbol_table::SymbolTableNode;
use h5_native::object::{FileCore, ObjectHeader};
use h5_types::{Address, Error, Result};

/// Files with at least one object that no reader can open, nor does the C library: damaged on purpose, or parts of a file.
pub(crate) const DAMAGED: [&str; 24] = [
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

/// All files below a folder.
pub(crate) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
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
pub(crate) fn linked_headers(core: &FileCore) -> BTreeSet<Address> {
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
pub(crate) fn signatures(bytes: &[u8]) -> BTreeSet<Address> {
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
