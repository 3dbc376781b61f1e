//! Object headers in files that libhdf5 wrote (`tests/fixtures/objects/make.py`).

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use std::path::PathBuf;
use std::sync::Arc;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::message::{
    AttributeMessage, DataLayout, LinkMessage, LinkMessageTarget, MaybeShared, MessageType,
    SymbolTableMessage, dataspace, datatype,
};
use h5_format::superblock::DriverInformation;
use h5_format::symbol_table::SymbolTableNode;
use h5_native::object::{FileCore, HeapReader, ObjectHeader, resolve, resolve_raw};
use h5_native::vfd::{FamilyVfd, FileVfd, MemoryVfd, MultiVfd, Vfd, read_exact_at};
use h5_types::{Address, Dataspace, Datatype, Limits};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/objects").join(name)
}

fn vfd(name: &str) -> Arc<dyn Vfd> {
    Arc::new(FileVfd::open(&path(name)).unwrap())
}

fn open(vfd: Arc<dyn Vfd>) -> FileCore {
    FileCore::open(vfd, Limits::default()).unwrap()
}

/// None of these files shares messages in a heap.
const NO_HEAP: HeapReader<'static> = &|_, _, _| panic!("no shared message heap here");

/// Addresses that a group's hard links lead to, whichever way it stores them but for dense storage.
fn children(core: &FileCore, group: Address) -> Vec<Address> {
    let header = ObjectHeader::load(core.storage(), group).unwrap();
    let context = core.context();
    let links =
        header.find_all(MessageType::Link).map(|m| LinkMessage::decode(m.body, context).unwrap().target);
    let mut found: Vec<_> = links
        .filter_map(|target| if let LinkMessageTarget::Hard(address) = target { Some(address) } else { None })
        .collect();
    if let Some(message) = header.find(MessageType::SymbolTable) {
        let table = SymbolTableMessage::decode(message.body, context).unwrap();
        found.extend(symbols(core, table.b_tree_address));
    }
    found
}

fn symbols(core: &FileCore, node: Address) -> Vec<Address> {
    let (storage, sizes) = (core.storage(), core.storage().sizes());
    let head = storage.metadata(node, BTreeV1NodeHeader::bytes(sizes)).unwrap();
    let head = BTreeV1NodeHeader::decode(&head, BTreeV1Type::Group, sizes).unwrap();
    let bytes = storage.metadata(node, head.node_bytes(BTreeV1Type::Group, sizes)).unwrap();
    let node = BTreeV1Node::decode(&bytes, BTreeV1Type::Group, sizes).unwrap();
    assert_eq!(head.node_level, 0);
    let mut found = Vec::new();
    for child in 0..node.len() {
        let place = node.child(child).unwrap();
        let head = storage.metadata(place, SymbolTableNode::HEADER_BYTES).unwrap();
        let bytes = storage.metadata(place, SymbolTableNode::node_bytes(&head, sizes).unwrap()).unwrap();
        let leaf = SymbolTableNode::decode(&bytes, sizes).unwrap();
        found.extend((0..leaf.len()).map(|i| leaf.entry(i).unwrap().object_header_address.unwrap()));
    }
    found
}

/// What `fill` of make.py put into a file.
fn check_contents(core: &FileCore, tracked: bool) {
    let root = core.superblock().root_group_object_header_address;
    let top = children(core, root);
    assert_eq!(top.len(), 3);
    let group = top.iter().copied().find(|&child| !children(core, child).is_empty()).unwrap();
    let [data] = children(core, group)[..] else { panic!("one dataset") };
    assert!(top.contains(&data), "the second link leads to the same object");
    let header = ObjectHeader::load(core.storage(), data).unwrap();
    assert_eq!(header.reference_count().unwrap(), 2);
    let space = resolve_raw(core, NO_HEAP, header.find(MessageType::Dataspace).unwrap(), dataspace::decode);
    assert_eq!(space.unwrap(), Dataspace::fixed([3]));
    let raw = header.find(MessageType::Datatype).unwrap();
    assert!(raw.flags.is_shared(), "the datatype is committed");
    let compound = resolve_raw(core, NO_HEAP, raw, datatype::decode).unwrap();
    assert!(matches!(&compound, Datatype::Compound(t) if t.size == 12 && t.members.len() == 2));
    check_attributes(core, &header, &compound, tracked);
    let layout = DataLayout::decode(header.find(MessageType::DataLayout).unwrap().body, core.context());
    assert!(matches!(layout.unwrap(), DataLayout::Contiguous { size: Some(36), .. }));
}

fn check_attributes(core: &FileCore, header: &ObjectHeader, committed: &Datatype, tracked: bool) {
    let messages: Vec<_> = header.find_all(MessageType::Attribute).collect();
    assert_eq!(messages.len(), 7);
    for (number, raw) in messages.iter().enumerate() {
        assert_eq!(raw.creation_index, tracked.then_some(number as u16));
        let attribute = AttributeMessage::decode(raw.body).unwrap();
        let datatype = attribute.datatype(core.context()).unwrap();
        if number == 6 {
            assert_eq!(attribute.name, b"of committed type");
            assert!(matches!(datatype, MaybeShared::Shared(_)));
            let datatype = resolve(core, NO_HEAP, MessageType::Datatype, datatype, datatype::decode).unwrap();
            assert_eq!(&datatype, committed);
            assert_eq!(attribute.data(24).unwrap(), [0; 24]);
        } else {
            assert_eq!(attribute.name, format!("attribute {number}").as_bytes());
            let values: Vec<u8> = (0..=number as u16).flat_map(u16::to_le_bytes).collect();
            assert_eq!(attribute.data(values.len() as u64).unwrap(), values);
        }
    }
}

#[test]
fn version_1_headers_after_a_user_block() {
    let core = open(vfd("earliest.h5"));
    assert_eq!((core.superblock().version, core.user_block_bytes()), (0, 1024));
    assert_eq!(core.warnings(), []);
    check_contents(&core, false);
}

#[test]
fn version_2_headers_with_creation_order() {
    let core = open(vfd("latest.h5"));
    assert_eq!((core.superblock().version, core.user_block_bytes()), (3, 0));
    check_contents(&core, true);
}

#[test]
fn lengths_narrower_than_offsets() {
    let core = open(vfd("offsets_8_lengths_4.h5"));
    assert_eq!((core.storage().sizes().offsets, core.storage().sizes().lengths), (8, 4));
    check_contents(&core, false);
}

#[test]
fn a_file_that_was_moved_begins_at_its_signature() {
    let mut bytes = vec![0; 2048];
    bytes.extend(std::fs::read(path("latest.h5")).unwrap());
    let core = open(Arc::new(MemoryVfd::new(bytes)));
    assert_eq!(core.user_block_bytes(), 2048);
    assert_eq!(core.warnings(), []);
    check_contents(&core, true);
}

#[test]
fn a_truncated_file_opens_with_a_warning() {
    let mut bytes = std::fs::read(path("latest.h5")).unwrap();
    bytes.truncate(1100);
    let core = open(Arc::new(MemoryVfd::new(bytes)));
    assert_eq!(core.warnings().len(), 1);
}

#[test]
fn no_signature_is_an_error() {
    let empty: Arc<dyn Vfd> = Arc::new(MemoryVfd::new(Vec::new()));
    assert!(FileCore::open(empty, Limits::default()).is_err());
    let other: Arc<dyn Vfd> = Arc::new(MemoryVfd::new(vec![0x89; 5000]));
    assert!(FileCore::open(other, Limits::default()).is_err());
}

#[test]
fn family_driver() {
    let first = vfd("family00.h5");
    let alone = open(Arc::clone(&first));
    let Some(DriverInformation::Family { member_size }) = alone.driver_information().unwrap() else {
        panic!("driver information of a family")
    };
    assert_eq!((member_size, alone.warnings().len()), (1024, 1));
    let name = |number| FamilyVfd::member_name("family00.h5", number).unwrap();
    let member = |number| Ok(path(&name(number)).exists().then(|| vfd(&name(number))));
    let family = FamilyVfd::open(first, member_size, member).unwrap();
    let core = open(Arc::new(family));
    assert_eq!(core.warnings(), []);
    check_contents(&core, false);
}

#[test]
fn split_driver() {
    let first = open(vfd("split-m.h5"));
    let Some(DriverInformation::Multi { members }) = first.driver_information().unwrap() else {
        panic!("driver information of the multi driver")
    };
    let stem = MultiVfd::stem("split-m.h5", &members[0].name).unwrap();
    let multi: Arc<dyn Vfd> = Arc::new(MultiVfd::open(&members, stem, |name| Ok(Some(vfd(name)))).unwrap());
    let core = open(Arc::clone(&multi));
    check_contents(&core, false);
    let mut element = [0; 4];
    read_exact_at(&*multi, members[1].address, &mut element).unwrap();
    assert_eq!(element, 1_i32.to_le_bytes());
}
