//! Any bytes decode to a tree, heap or array structure or to an error, and never to a panic.

use h5_format::btree_v1::{BTreeV1Node, BTreeV1Type};
use h5_format::btree_v2::{BTreeV2Header, NodeGeometry};
use h5_format::extensible_array::{ExtensibleArrayHeader, IndexBlock};
use h5_format::fixed_array::FixedArrayHeader;
use h5_format::fractal_heap::{FractalHeapHeader, HeapId};
use h5_format::free_space::FreeSpaceHeader;
use h5_format::global_heap::GlobalHeapCollection;
use h5_format::local_heap::LocalHeap;
use h5_format::symbol_table::SymbolTableNode;
use h5_format::{ChunkElementFormat, Sizes, lookup3};
use h5_types::Address;
use proptest::prelude::*;

const SIGNATURES: [&[u8]; 9] =
    [b"TREE\0", b"TREE\x01", b"SNOD\x01", b"HEAP\0", b"GCOL\x01", b"BTHD\0", b"FRHP\0", b"FAHD\0", b"EAHD\0"];

/// Bytes that begin like a structure and, where the length is right, end with the right checksum.
fn plausible(signature: usize, rest: &[u8], length: usize) -> Vec<u8> {
    let mut bytes = SIGNATURES.get(signature).copied().unwrap_or(b"FSHD\0").to_vec();
    bytes.extend(rest);
    bytes.truncate(length.saturating_sub(4));
    let checksum = lookup3(&bytes);
    bytes.extend(checksum.to_le_bytes());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn any_bytes_decode_or_fail(
        signature in 0..10_usize,
        rest in prop::collection::vec(prop_oneof![3 => 0..16_u8, 1 => any::<u8>()], 0..220),
        width in prop::sample::select(vec![2_u8, 4, 8, 16]),
        filtered in any::<bool>(),
    ) {
        let sizes = Sizes { offsets: width, lengths: width };
        let format = ChunkElementFormat { chunk_size_bytes: filtered.then_some(3), sizes };
        let bytes = |length: u64| plausible(signature, &rest, usize::try_from(length).unwrap_or(usize::MAX));
        let whole = bytes(u64::MAX);
        for node_type in [BTreeV1Type::Group, BTreeV1Type::Chunks { rank: 3 }] {
            if let Ok(node) = BTreeV1Node::decode(&whole, node_type, sizes) {
                let _ = (node.child(1), node.group_key(2), node.chunk_key(0, &mut [0; 3]));
            }
        }
        if let Ok(node) = SymbolTableNode::decode(&whole, sizes) {
            let _ = node.entry(0);
        }
        let _ = LocalHeap::decode(&whole, sizes);
        if let Ok(collection) = GlobalHeapCollection::decode(&whole, sizes) {
            prop_assert!(collection.iter().all(|(_, range)| whole.get(range).is_some()));
        }
        if let Ok(header) = BTreeV2Header::decode(&bytes(BTreeV2Header::bytes(sizes)), sizes) {
            let _ = NodeGeometry::new(&header, sizes, 64).map(|geometry| geometry.node_bytes(1, 9));
        }
        if let Ok(header) = FractalHeapHeader::decode(&bytes(FractalHeapHeader::bytes(sizes)), sizes) {
            let _ = (HeapId::decode(&rest, &header, sizes), header.doubling_table.locate(u64::MAX));
        }
        if let Ok(header) = FixedArrayHeader::decode(&bytes(FixedArrayHeader::bytes(sizes)), format) {
            let _ = (header.page(3), header.decode_data_block(&whole, Address(0)));
        }
        if let Ok(header) = ExtensibleArrayHeader::decode(&bytes(ExtensibleArrayHeader::bytes(sizes)), format) {
            let _ = (header.locate(u64::MAX), IndexBlock::bytes(&header));
        }
        if let Ok(header) = FreeSpaceHeader::decode(&bytes(FreeSpaceHeader::bytes(sizes)), sizes) {
            let _ = header.decode_sections(&rest, Address(0), 4, sizes);
        }
    }
}
