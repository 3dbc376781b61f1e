use h5_types::Limits;

use super::*;
use crate::Sizes;

fn decode(body: &[u8]) -> Result<DataLayout> {
    let limits = Limits::default();
    DataLayout::decode(body, Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits })
}

fn address(low: u8) -> [u8; 8] {
    [low, 0, 0, 0, 0, 0, 0, 0]
}

#[test]
fn compact_and_contiguous() {
    assert_eq!(decode(&[3, 0, 2, 0, 7, 8, 0, 0]).unwrap(), DataLayout::Compact { data: vec![7, 8] });
    let v3 = [&[3, 1][..], &[0xff; 8], &address(40)].concat();
    assert_eq!(decode(&v3).unwrap(), DataLayout::Contiguous { address: None, size: Some(40) });
    let v1 = [&[1, 1, 1, 0, 0, 0, 0, 0][..], &address(0x60), &[10, 0, 0, 0]].concat();
    assert_eq!(decode(&v1).unwrap(), DataLayout::Contiguous { address: Some(Address(0x60)), size: None });
    let old = [&[1, 1, 0, 0, 0, 0, 0, 0][..], &[2, 0, 0, 0], &[2, 0, 0, 0], &[5, 6]].concat();
    assert_eq!(decode(&old).unwrap(), DataLayout::Compact { data: vec![5, 6] });
}

#[test]
fn chunks_of_versions_1_and_3_are_the_same_but_for_the_version() {
    let v1 = [&[1, 3, 2, 0, 0, 0, 0, 0][..], &address(9), &[10, 0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0]].concat();
    let v3 = [&[3, 2, 3][..], &address(9), &[10, 0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0]].concat();
    for (body, version) in [(v1, 1), (v3, 3)] {
        let DataLayout::Chunked(chunked) = decode(&body).unwrap() else { panic!("not chunked") };
        assert_eq!(
            (chunked.version, &*chunked.chunk_dimensions, chunked.element_size),
            (version, &[10, 20][..], 4)
        );
        assert_eq!(chunked.index, ChunkIndex::BTreeV1 { address: Some(Address(9)) });
    }
}

#[test]
fn each_index_of_version_4() {
    let index = |flags: u8, information: &[u8]| {
        let body = [&[4, 2, flags, 2, 1, 10, 4][..], information, &address(9)].concat();
        assert_eq!(encode(&decode(&body).unwrap(), 4).unwrap(), body);
        let DataLayout::Chunked(chunked) = decode(&body).unwrap() else { panic!("not chunked") };
        assert_eq!(chunked.chunk_dimensions, [10]);
        chunked.index
    };
    let address = Some(Address(9));
    assert_eq!(index(0, &[1]), ChunkIndex::Single { address, filtered: None });
    let filtered = [&[1][..], &super::tests::address(30), &[1, 0, 0, 0]].concat();
    assert_eq!(index(2, &filtered), ChunkIndex::Single { address, filtered: Some((30, 1)) });
    assert_eq!(index(0, &[2]), ChunkIndex::Implicit { address });
    assert_eq!(index(0, &[3, 10]), ChunkIndex::FixedArray { address, page_bits: 10 });
    let extensible = ChunkIndex::ExtensibleArray {
        address,
        max_bits: 32,
        index_elements: 4,
        min_pointers: 5,
        min_elements: 16,
        page_bits: 10,
    };
    assert_eq!(index(0, &[4, 32, 4, 5, 16, 10]), extensible);
    let tree = ChunkIndex::BTreeV2 { address, node_size: 2048, split_percent: 100, merge_percent: 40 };
    assert_eq!(index(0, &[5, 0, 8, 0, 0, 100, 40]), tree);
}

fn encode(layout: &DataLayout, version: u8) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    layout.encode(version, Sizes { offsets: 8, lengths: 8 }, &mut out).map(|()| out)
}

#[test]
fn every_class_is_written_as_it_was_read() {
    let bodies = [
        [&[3, 0, 2, 0, 7, 8][..]].concat(),
        [&[4, 0, 0, 0][..]].concat(),
        [&[3, 1][..], &[0xff; 8], &address(40)].concat(),
        [&[3, 2, 3][..], &address(9), &[10, 0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0]].concat(),
        [&[4, 3][..], &address(9), &[3, 0, 0, 0]].concat(),
        [&[5, 2, 1, 2, 2][..], &[0, 1, 4, 0, 2], &address(9)].concat(),
    ];
    for body in bodies {
        assert_eq!(encode(&decode(&body).unwrap(), body[0]).unwrap(), body);
    }
}

#[test]
fn what_a_version_does_not_have_is_an_error() {
    let chunked = |version, index, dimension| {
        DataLayout::Chunked(ChunkedLayout {
            version,
            partial_edge_chunks_unfiltered: false,
            chunk_dimensions: vec![dimension],
            element_size: 4,
            index,
        })
    };
    let tree = ChunkIndex::BTreeV1 { address: None };
    let implicit = ChunkIndex::Implicit { address: None };
    assert!(encode(&chunked(3, tree, 10), 3).is_ok());
    assert!(encode(&chunked(3, tree, 10), 4).is_err(), "made for another version");
    assert!(encode(&chunked(4, tree, 10), 4).is_err());
    assert!(encode(&chunked(3, implicit, 10), 3).is_err());
    assert!(encode(&chunked(3, tree, 0), 3).is_err());
    assert!(encode(&chunked(3, tree, 1 << 32), 3).is_err(), "version 3 has 32 bits");
    assert!(encode(&chunked(4, implicit, 1 << 32), 4).is_ok());
    assert!(encode(&chunked(4, implicit, 1 << 62), 4).is_err());
    assert!(encode(&DataLayout::Virtual { heap_address: None, heap_index: 0 }, 3).is_err());
    assert!(encode(&DataLayout::Contiguous { address: None, size: None }, 3).is_err());
    assert!(encode(&DataLayout::Compact { data: vec![0; 0x1_0000] }, 3).is_err());
    assert!(encode(&DataLayout::Compact { data: vec![0] }, 2).is_err());
}

#[test]
fn rejects_impossible_chunks() {
    assert!(decode(&[&[3, 2, 2][..], &address(9), &[0, 0, 0, 0, 4, 0, 0, 0]].concat()).is_err());
    assert!(decode(&[&[3, 2, 1][..], &address(9), &[4, 0, 0, 0]].concat()).is_err());
    let overflow = [&[4, 2, 0, 3, 8][..], &[0xff; 16], &address(4), &[2], &address(9)].concat();
    assert!(decode(&overflow).is_err());
}
