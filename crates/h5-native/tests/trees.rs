//! Groups, attributes, heaps and chunk indexes of files that the C library wrote, against what it says of them
//! (`tests/fixtures/trees/make.py`).
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, which fail by panicking"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use h5_format::global_heap::GlobalHeapId;
use h5_format::message::{
    AttributeInfo, AttributeMessage, DataLayout, LinkInfo, LinkMessage, MessageType, SymbolTableMessage,
    dataspace,
};
use h5_native::chunk_index::{ChunkGrid, ChunkIndex, ChunkLocation};
use h5_native::group::{DenseAttributes, DenseLinks, SymbolTable};
use h5_native::heap::GlobalHeapReader;
use h5_native::object::{FileCore, ObjectHeader};
use h5_native::vfd::{FileVfd, MemoryVfd, Vfd};
use h5_types::{Address, Limits, LinkTarget, Result};
use proptest::prelude::*;

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/trees").join(name)
}

fn open(name: &str) -> FileCore {
    let bytes = std::fs::read(path(&format!("{name}.h5"))).unwrap();
    open_bytes(bytes).unwrap()
}

fn open_bytes(bytes: Vec<u8>) -> Result<FileCore> {
    FileCore::open(Arc::new(MemoryVfd::new(bytes)), Limits::default())
}

fn answers(name: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path(&format!("{name}.txt"))).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn root(core: &FileCore) -> Result<ObjectHeader> {
    ObjectHeader::load(core.storage(), core.superblock().root_group_object_header_address)
}

fn symbol_table(core: &FileCore) -> Result<Option<SymbolTable>> {
    let header = root(core)?;
    let Some(message) = header.find(MessageType::SymbolTable) else { return Ok(None) };
    let message = SymbolTableMessage::decode(message.body, core.context())?;
    SymbolTable::open(core.storage(), message.b_tree_address, message.local_heap_address).map(Some)
}

fn dense_links(core: &FileCore) -> Result<Option<DenseLinks>> {
    let header = root(core)?;
    let Some(message) = header.find(MessageType::LinkInfo) else { return Ok(None) };
    let info = LinkInfo::decode(message.body, core.context())?;
    let (Some(heap), Some(names)) = (info.fractal_heap_address, info.name_index_b_tree_address) else {
        return Ok(None);
    };
    DenseLinks::open(core.storage(), heap, names, info.creation_order_b_tree_address).map(Some)
}

fn dense_attributes(core: &FileCore, object: Address) -> Result<Option<DenseAttributes>> {
    let header = ObjectHeader::load(core.storage(), object)?;
    let Some(message) = header.find(MessageType::AttributeInfo) else { return Ok(None) };
    let info = AttributeInfo::decode(message.body, core.context())?;
    let (Some(heap), Some(names)) = (info.fractal_heap_address, info.name_index_b_tree_address) else {
        return Ok(None);
    };
    DenseAttributes::open(core.storage(), heap, names, info.creation_order_b_tree_address).map(Some)
}

/// The root group's hard links, from wherever they are.
fn hard_links(core: &FileCore) -> Result<BTreeMap<Vec<u8>, Address>> {
    let mut links = BTreeMap::new();
    if let Some(table) = symbol_table(core)? {
        table.for_each_after(core.storage(), None, &mut |link| {
            if let LinkTarget::Hard(token) = link.target {
                links.insert(link.name.as_bytes().to_vec(), Address(token.0 as u64));
            }
            Ok(ControlFlow::Continue(()))
        })?;
    }
    let mut add = |body: &[u8]| {
        let link = LinkMessage::decode(body, core.context())?;
        if let h5_format::message::LinkMessageTarget::Hard(address) = link.target {
            links.insert(link.name.to_vec(), address);
        }
        Ok(ControlFlow::Continue(()))
    };
    for message in root(core)?.find_all(MessageType::Link) {
        let _flow: ControlFlow<()> = add(message.body)?;
    }
    if let Some(dense) = dense_links(core)? {
        dense.for_each_by_name(core.storage(), 0, &mut |body| add(&body))?;
    }
    Ok(links)
}

fn chunk_index(core: &FileCore, object: Address) -> Result<Option<ChunkIndex>> {
    let header = ObjectHeader::load(core.storage(), object)?;
    let (Some(space), Some(layout)) =
        (header.find(MessageType::Dataspace), header.find(MessageType::DataLayout))
    else {
        return Ok(None);
    };
    let space = dataspace::decode(space.body, core.context())?;
    let h5_types::Dataspace::Simple { dimensions, maximum } = space else { return Ok(None) };
    let DataLayout::Chunked(layout) = DataLayout::decode(layout.body, core.context())? else {
        return Ok(None);
    };
    let filtered = header.has(MessageType::FilterPipeline);
    let grid = ChunkGrid::new(&dimensions, &maximum, &layout, filtered, core.storage().limits())?;
    ChunkIndex::open(core.storage(), grid, layout.index).map(Some)
}

type Chunks = BTreeMap<Vec<u64>, (u64, u64, u32)>;

fn numbers(text: &str) -> Vec<u64> {
    text.split(' ').map(|number| number.parse().unwrap()).collect()
}

/// The library's chunks by dataset.
fn expected_chunks(name: &str) -> BTreeMap<String, Chunks> {
    let mut datasets: BTreeMap<String, Chunks> = BTreeMap::new();
    for line in answers(name) {
        let (kind, rest) = line.split_once(' ').unwrap();
        let fields: Vec<&str> = rest.split(';').collect();
        let chunks = datasets.entry(fields[0].to_owned()).or_default();
        if kind == "chunk" {
            let place = numbers(fields[2]);
            chunks.insert(numbers(fields[1]), (place[0], place[1], place[2] as u32));
        }
    }
    datasets
}

fn place(location: ChunkLocation) -> (u64, u64, u32) {
    (location.address.0, location.stored_bytes, location.filter_mask)
}

fn check_chunks(name: &str) {
    let core = open(name);
    let links = hard_links(&core).unwrap();
    let expected = expected_chunks(name);
    assert_eq!(links.len(), expected.len());
    for (dataset, expected) in expected {
        let index = chunk_index(&core, links[dataset.as_bytes()]).unwrap().unwrap();
        let mut found = Chunks::new();
        index
            .for_each(core.storage(), &mut |scaled, location| {
                assert!(
                    found.insert(scaled.to_vec(), place(location)).is_none(),
                    "{dataset}: {scaled:?} twice"
                );
                Ok(())
            })
            .unwrap();
        assert_eq!(found, expected, "{name}/{dataset}");
        check_lookups(&core, &index, &expected, &dataset);
        check_boxes(&core, &index, &expected, &dataset);
    }
}

/// Each chunk that is there is found, and so is each neighbour that is not.
fn check_lookups(core: &FileCore, index: &ChunkIndex, expected: &Chunks, dataset: &str) {
    for scaled in expected.keys() {
        for dimension in 0..scaled.len() {
            for step in [-1_i64, 0, 1] {
                let mut wanted = scaled.clone();
                let Some(moved) = wanted[dimension].checked_add_signed(step) else { continue };
                wanted[dimension] = moved;
                let found = index.lookup(core.storage(), &wanted).unwrap().map(place);
                assert_eq!(found, expected.get(&wanted).copied(), "{dataset} {wanted:?}");
            }
        }
    }
    let rank = index.grid().rank();
    assert_eq!(index.lookup(core.storage(), &vec![1 << 40; rank]).unwrap(), None);
    assert!(index.lookup(core.storage(), &vec![0; rank + 1]).is_err());
}

/// Boxes of several shapes hold exactly the chunks inside them.
fn check_boxes(core: &FileCore, index: &ChunkIndex, expected: &Chunks, dataset: &str) {
    let chunks = index.grid().chunks().to_vec();
    for (start, divisor) in [(0, 2), (1, 1), (2, 3), (7, 1)] {
        for thin in 0..chunks.len() {
            let mut ranges: Vec<_> = chunks.iter().map(|&n| start..(n / divisor).max(start)).collect();
            ranges[thin] = start..start + 1;
            let inside = |scaled: &&Vec<u64>| scaled.iter().zip(&ranges).all(|(c, range)| range.contains(c));
            let wanted: Vec<Vec<u64>> = expected.keys().filter(inside).cloned().collect();
            let mut found = Vec::new();
            index
                .for_each_in(core.storage(), &ranges, &mut |scaled, _| {
                    found.push(scaled.to_vec());
                    Ok(())
                })
                .unwrap();
            found.sort();
            assert_eq!(found, wanted, "{dataset} {ranges:?}");
        }
    }
}

#[test]
fn chunks_of_all_indexes_of_the_latest_format() {
    check_chunks("chunks_latest");
}

#[test]
fn chunks_of_a_b_tree_of_three_levels() {
    check_chunks("chunks_tree_deep");
}

#[test]
fn chunks_of_an_extensible_array_with_partly_written_pages() {
    check_chunks("chunks_array_paged");
}

#[test]
fn chunks_of_the_earliest_format() {
    check_chunks("chunks_earliest");
}

#[test]
fn links_of_a_symbol_table_are_found_listed_and_resumed() {
    let core = open("group_earliest");
    let table = symbol_table(&core).unwrap().unwrap();
    let expected = answers("group_earliest");
    let list = |after: Option<&str>, most: usize| {
        let mut names = Vec::new();
        table
            .for_each_after(core.storage(), after.map(str::as_bytes), &mut |link| {
                names.push(link.name.to_text().into_owned());
                Ok(if names.len() == most { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .unwrap();
        names
    };
    assert_eq!(list(None, usize::MAX), expected);
    for (at, name) in expected.iter().enumerate() {
        let link = table.lookup(core.storage(), name.as_bytes()).unwrap().unwrap();
        if let Some(number) = name.strip_prefix("soft") {
            let number: u32 = number.parse().unwrap();
            assert_eq!(link.target, LinkTarget::Soft(format!("/target{number}").as_str().into()));
        } else {
            assert!(matches!(link.target, LinkTarget::Hard(_)));
        }
        let next: Vec<String> = expected.iter().skip(at + 1).take(3).cloned().collect();
        assert_eq!(list(Some(name), 3), next);
        assert_eq!(list(Some(&format!("{name}!")), 3), next);
    }
    for name in ["", "soft", "soft0000", "zzz", "a"] {
        assert_eq!(table.lookup(core.storage(), name.as_bytes()).unwrap(), None, "{name}");
    }
    assert_eq!(list(Some(""), usize::MAX), expected);
    assert!(list(Some("zzz"), usize::MAX).is_empty());
}

#[test]
fn dense_links_are_found_and_listed_in_both_orders() {
    let core = open("group_latest");
    let links = dense_links(&core).unwrap().unwrap();
    let expected = answers("group_latest");
    let name_of = |body: &[u8]| {
        String::from_utf8(LinkMessage::decode(body, core.context()).unwrap().name.to_vec()).unwrap()
    };
    let mut made = Vec::new();
    let has_order = links.for_each_by_creation_order(core.storage(), 0, &mut |body| {
        made.push(name_of(&body));
        Ok(ControlFlow::Continue(()))
    });
    assert!(has_order.unwrap());
    assert_eq!(made, expected);
    let mut by_name = Vec::new();
    links
        .for_each_by_name(core.storage(), 0, &mut |body| {
            by_name.push(name_of(&body));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert_eq!(by_name.len(), expected.len());
    assert!(by_name.is_sorted_by_key(|name| h5_format::lookup3(name.as_bytes())));
    for start in [0, 1, 37, 500, 999, 1000, 1001, 5000] {
        let mut page = Vec::new();
        links
            .for_each_by_name(core.storage(), start as u64, &mut |body| {
                page.push(name_of(&body));
                Ok(if page.len() == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
            })
            .unwrap();
        let wanted: Vec<String> = by_name.iter().skip(start).take(4).cloned().collect();
        assert_eq!(page, wanted, "{start}");
    }
    // Among them is one whose message is a huge object of the heap.
    for name in &expected {
        let found = links
            .find(core.storage(), name.as_bytes(), |body| Ok((name_of(body) == *name).then_some(body.len())));
        assert!(found.unwrap().is_some(), "{name}");
    }
    let missing = links
        .find(core.storage(), b"no such link", |body| Ok((name_of(body) == "no such link").then_some(())));
    assert_eq!(missing.unwrap(), None);
}

#[test]
fn dense_attributes_are_found_and_listed_in_both_orders() {
    let core = open("attributes_latest");
    let object = hard_links(&core).unwrap()[&b"g"[..]];
    let attributes = dense_attributes(&core, object).unwrap().unwrap();
    let expected = answers("attributes_latest");
    let name_of = |body: Option<&[u8]>| {
        String::from_utf8(AttributeMessage::decode(body.unwrap()).unwrap().name.to_vec()).unwrap()
    };
    assert_eq!(attributes.len(), expected.len() as u64);
    let mut made = Vec::new();
    let has_order = attributes.for_each_by_creation_order(core.storage(), 0, &mut |attribute| {
        assert_eq!(attribute.record.creation_order as usize, made.len());
        made.push(name_of(attribute.message));
        Ok(ControlFlow::Continue(()))
    });
    assert!(has_order.unwrap());
    assert_eq!(made, expected);
    for name in &expected {
        let found = attributes.find(core.storage(), name.as_bytes(), |attribute| {
            Ok((name_of(attribute.message) == *name).then_some(()))
        });
        assert!(found.unwrap().is_some(), "{name}");
    }
    assert!(attributes.find(core.storage(), b"none", |_| Ok(Some(()))).unwrap().is_none());
}

#[test]
fn global_heap_objects_with_lengths_of_four_and_eight_bytes() {
    for width in [4_u8, 8] {
        let name = format!("vlen_{width}");
        let core = open(&name);
        assert_eq!(core.storage().sizes().lengths, width);
        let header = ObjectHeader::load(core.storage(), hard_links(&core).unwrap()[&b"text"[..]]).unwrap();
        let layout = header.find(MessageType::DataLayout).unwrap();
        let DataLayout::Contiguous { address: Some(address), .. } =
            DataLayout::decode(layout.body, core.context()).unwrap()
        else {
            panic!("not contiguous")
        };
        let expected = answers(&name);
        let id_bytes = GlobalHeapId::bytes(core.storage().sizes());
        let mut elements = vec![0; expected.len() * (4 + id_bytes)];
        core.storage().read_raw(address, &mut elements).unwrap();
        let mut heap = GlobalHeapReader::new(core.storage());
        let elements: Vec<&[u8]> = elements.chunks_exact(4 + id_bytes).collect();
        // Forwards, and then jumping between collections.
        for at in (0..expected.len()).chain((0..expected.len()).map(|i| i * 171 % expected.len())) {
            let (length, id) = elements[at].split_at(4);
            let length = u32::from_le_bytes(length.try_into().unwrap()) as usize;
            let found = match GlobalHeapId::decode(id, core.storage().sizes()).unwrap() {
                Some(id) => heap.object(id).unwrap()[..length].to_vec(),
                None => Vec::new(),
            };
            assert_eq!(String::from_utf8(found).unwrap(), expected[at]);
        }
    }
}

#[test]
fn lookups_through_a_file_read_few_blocks() {
    let vfd: Arc<dyn Vfd> =
        Arc::new(Counting { file: FileVfd::open(&path("group_latest.h5")).unwrap(), reads: 0.into() });
    let core = FileCore::open(Arc::clone(&vfd), Limits::default()).unwrap();
    let links = dense_links(&core).unwrap().unwrap();
    let before = format!("{vfd:?}");
    let found = links.find(core.storage(), b"link0500", |body| {
        Ok((LinkMessage::decode(body, core.context())?.name == b"link0500").then_some(()))
    });
    assert_eq!(found.unwrap(), Some(()));
    let count = |text: &str| text.parse::<u64>().unwrap();
    // At most three nodes, the heap's root block and one direct block, a page or two each.
    let reads = count(&format!("{vfd:?}")) - count(&before);
    assert!(reads <= 12, "{reads} reads");
}

/// A driver that counts its reads, and shows the count as its debug text.
struct Counting {
    file: FileVfd,
    reads: std::sync::atomic::AtomicU64,
}

impl std::fmt::Debug for Counting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.reads.load(std::sync::atomic::Ordering::Relaxed))
    }
}

impl Vfd for Counting {
    fn len(&self) -> std::io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.reads.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        self.file.read_at(offset, buffer)
    }

    fn as_slice(&self) -> Option<&[u8]> {
        None
    }
}

/// Everything that can be walked in a file, with whatever errors come.
fn walk_everything(bytes: Vec<u8>) {
    let Ok(core) = open_bytes(bytes) else { return };
    let storage = core.storage();
    if let Ok(Some(table)) = symbol_table(&core) {
        let _ = table.for_each_after(storage, Some(b"soft300"), &mut |_| Ok(ControlFlow::Continue(())));
        let _ = table.lookup(storage, b"soft123");
    }
    if let Ok(Some(links)) = dense_links(&core) {
        let _ = links.find(storage, b"link0500", |_| Ok(None::<()>));
        let _ = links.for_each_by_creation_order(storage, 3, &mut |_| Ok(ControlFlow::Continue(())));
        let _ = links.for_each_by_name(storage, 0, &mut |_| Ok(ControlFlow::Continue(())));
    }
    for object in hard_links(&core).unwrap_or_default().into_values() {
        if let Ok(Some(attributes)) = dense_attributes(&core, object) {
            let _ = attributes.for_each_by_name(storage, 0, &mut |_| Ok(ControlFlow::Continue(())));
        }
        if let Ok(Some(index)) = chunk_index(&core, object) {
            let _ = index.for_each(storage, &mut |_, _| Ok(()));
            let _ = index.lookup(storage, &vec![1; index.grid().rank()]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn damaged_files_end_in_errors_not_in_panics(
        file in 0..7_usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..24),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let names = [
            "group_earliest", "group_latest", "attributes_latest", "chunks_latest", "chunks_earliest",
            "chunks_tree_deep", "chunks_array_paged",
        ];
        let mut bytes = std::fs::read(path(&format!("{}.h5", names[file]))).unwrap();
        for (at, value) in damage {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            let length = cut.index(bytes.len());
            bytes.truncate(length);
        }
        walk_everything(bytes);
    }
}
