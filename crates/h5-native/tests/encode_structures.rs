//! Index and heap structures of real files, decoded and encoded again: the bytes must be those of the file. Structures are found by their
//! signatures, in the fixtures, and in the folder of HDF5 files that the environment variable `H5_CORPUS` names, if it does. What does not
//! decode is no structure, or one that a later one was written over, and is passed over; the counts show that enough do.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type, ChunkKey};
use h5_format::btree_v2::{
    AttributeCreationOrderRecord, AttributeNameRecord, BTreeV2Header, BTreeV2Node, BTreeV2Type, ChunkRecord,
    HugeObjectRecord, LinkCreationOrderRecord, LinkNameRecord, NodeGeometry, SharedMessageRecord,
};
use h5_format::extensible_array::{
    DataBlock, ExtensibleArrayHeader, IndexBlock, SuperBlock, SuperBlockShape,
};
use h5_format::fixed_array::{FixedArrayDataBlock, FixedArrayHeader, is_page_initialized};
use h5_format::fractal_heap::{DirectBlock, FractalHeapHeader, IndirectBlock, RootBlock};
use h5_format::free_space::FreeSpaceHeader;
use h5_format::global_heap::{GlobalHeapCollection, GlobalHeapObject};
use h5_format::local_heap::LocalHeap;
use h5_format::shared_message_table::SharedMessageIndex;
use h5_format::symbol_table::SymbolTableNode;
use h5_format::{
    ChunkElement, ChunkElementFormat, Records, Result, Sizes, decode_virtual_layout, encode_virtual_layout,
};
use h5_native::object::FileCore;
use h5_native::vfd::MemoryVfd;
use h5_types::{Address, Limits};

/// What was compared, and what differs.
#[derive(Default)]
struct Tally {
    counts: BTreeMap<&'static str, usize>,
    differences: Vec<String>,
}

/// One file, from its base address on.
struct File<'a> {
    name: &'a str,
    bytes: &'a [u8],
    core: &'a FileCore,
    sizes: Sizes,
    tally: &'a mut Tally,
}

impl<'a> File<'a> {
    fn at(&self, address: Address, length: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(address.0).ok()?;
        self.bytes.get(start..start.checked_add(usize::try_from(length).ok()?)?)
    }

    /// Counts a structure whose bytes are `stored`, and compares what was encoded with them.
    fn compare(&mut self, kind: &'static str, address: Address, stored: &[u8], encoded: Result<Vec<u8>>) {
        *self.tally.counts.entry(kind).or_default() += 1;
        let difference = match encoded {
            Err(error) => error.to_string(),
            Ok(bytes) if bytes.len() < stored.len() => format!("{} bytes, not {}", bytes.len(), stored.len()),
            Ok(bytes) => match stored.iter().zip(&bytes).position(|(a, b)| a != b) {
                Some(at) => format!("byte {at} is {}, not {}", bytes[at], stored[at]),
                None => return,
            },
        };
        self.tally.differences.push(format!("{} {kind} at {address}: {difference}", self.name));
    }

    fn visit(&mut self, address: Address) {
        let Some(signature) = self.at(address, 4) else { return };
        // A structure that does not decode is none.
        let _ = match signature {
            b"TREE" => self.b_tree_v1(address),
            b"SNOD" => self.symbol_table_node(address),
            b"HEAP" => self.local_heap(address),
            b"GCOL" => self.global_heap_collection(address),
            b"BTHD" => self.b_tree_v2(address),
            b"FRHP" => self.fractal_heap(address),
            b"FAHD" => self.fixed_array(address),
            b"EAHD" => self.extensible_array(address),
            b"FSHD" => self.free_space(address),
            b"SMTB" => self.shared_messages(address),
            _ => None,
        };
    }

    fn b_tree_v1(&mut self, address: Address) -> Option<()> {
        match self.at(address, 5)?[4] {
            0 => self.b_tree_v1_node(address, BTreeV1Type::Group),
            // The rank is that with which the offsets in the bytes of an element are zero and children are in the file.
            1 => (1..=32).find_map(|rank| self.b_tree_v1_node(address, BTreeV1Type::Chunks { rank })),
            _ => None,
        }
    }

    /// Compares a node up to its last used key: old writers left in the rest what was in memory.
    fn b_tree_v1_node(&mut self, address: Address, node_type: BTreeV1Type) -> Option<()> {
        let sizes = self.sizes;
        let header = self.at(address, BTreeV1NodeHeader::bytes(sizes))?;
        let header = BTreeV1NodeHeader::decode(header, node_type, sizes).ok()?;
        let stored = self.at(address, header.node_bytes(node_type, sizes))?;
        let node = BTreeV1Node::decode(stored, node_type, sizes).ok()?;
        let children: Vec<Address> = (0..node.len()).map(|at| node.child(at)).collect::<Result<_>>().ok()?;
        let values = self.core.b_tree_k_values();
        let k = match node_type {
            BTreeV1Type::Group => values.group_internal_node_k,
            BTreeV1Type::Chunks { .. } => values.indexed_storage_internal_node_k,
        };
        match node_type {
            BTreeV1Type::Group => {
                let keys: Vec<u64> =
                    (0..=node.len()).map(|at| node.group_key(at)).collect::<Result<_>>().ok()?;
                let encoded = BTreeV1Node::encode_group(&header, &keys, &children, k, sizes);
                self.compare("B-tree v1 group node", address, stored, encoded);
            }
            BTreeV1Type::Chunks { rank } => {
                let key = |at| {
                    let mut offset = vec![0; rank + 1];
                    node.chunk_key(at, &mut offset).map(|key| (key, offset))
                };
                let keys: Vec<(ChunkKey, Vec<u64>)> =
                    (0..=node.len()).map(key).collect::<Result<_>>().ok()?;
                let is_rank = keys[..node.len()].iter().all(|(_, offset)| offset[rank] == 0)
                    && children.iter().all(|child| child.0 < self.bytes.len() as u64);
                if !is_rank || children.is_empty() {
                    return None;
                }
                let encoded = BTreeV1Node::encode_chunks(&header, rank, &keys, &children, k, sizes);
                self.compare("B-tree v1 chunk node", address, stored, encoded);
            }
        }
        Some(())
    }

    fn symbol_table_node(&mut self, address: Address) -> Option<()> {
        let header = self.at(address, SymbolTableNode::HEADER_BYTES)?;
        let stored = self.at(address, SymbolTableNode::node_bytes(header, self.sizes).ok()?)?;
        let node = SymbolTableNode::decode(stored, self.sizes).ok()?;
        let entries: Vec<_> = (0..node.len()).map(|at| node.entry(at)).collect::<Result<_>>().ok()?;
        let k = self.core.b_tree_k_values().group_leaf_node_k;
        let encoded = SymbolTableNode::encode(&entries, k, self.sizes);
        let stored = self.at(address, SymbolTableNode::full_bytes(k, self.sizes)).unwrap_or(stored);
        self.compare("symbol table node", address, stored, encoded);
        Some(())
    }

    /// The header, and the data segment with all between free blocks taken for one name each.
    fn local_heap(&mut self, address: Address) -> Option<()> {
        let stored = self.at(address, LocalHeap::bytes(self.sizes))?;
        let heap = LocalHeap::decode(stored, self.sizes).ok()?;
        self.compare("local heap", address, stored, heap.encode(self.sizes));
        let segment = self.at(heap.data_segment_address, heap.data_segment_bytes)?;
        let free_blocks = heap.free_blocks(segment, self.sizes).ok()?;
        let mut encoded =
            LocalHeap::encode_data_segment(&[], &free_blocks, heap.data_segment_bytes, self.sizes);
        if let Ok(encoded) = &mut encoded {
            // Names, and what is left of names in free blocks, are not the list's.
            let mut is_list = vec![false; segment.len()];
            for block in &free_blocks {
                is_list[block.offset as usize..][..2 * usize::from(self.sizes.lengths)].fill(true);
            }
            for ((byte, stored), is_list) in encoded.iter_mut().zip(segment).zip(is_list) {
                *byte = if is_list { *byte } else { *stored };
            }
        }
        if !free_blocks.is_empty() {
            self.compare("local heap free-list", heap.data_segment_address, segment, encoded);
        }
        Some(())
    }

    fn global_heap_collection(&mut self, address: Address) -> Option<()> {
        let sizes = self.sizes;
        let header_bytes = GlobalHeapCollection::header_bytes(sizes);
        let header = self.at(address, header_bytes as u64)?;
        let stored = self.at(address, GlobalHeapCollection::collection_bytes(header, sizes).ok()?)?;
        let collection = GlobalHeapCollection::decode(stored, sizes).ok()?;
        let mut objects: Vec<_> = collection.iter().collect();
        objects.sort_by_key(|(_, range)| range.start);
        let mut used = header_bytes;
        // The bytes that fill objects up are what was there before.
        let mut filled = stored.to_vec();
        let mut list = Vec::new();
        for (index, range) in objects {
            let count = &stored[range.start - header_bytes + 2..][..2];
            used = range.end.next_multiple_of(8).min(stored.len());
            filled[range.end..used].fill(0);
            list.push(GlobalHeapObject {
                index: index as u16,
                reference_count: u16::from_le_bytes([count[0], count[1]]),
                data: &stored[range],
            });
        }
        // Of the free space only the header is written.
        let used = if stored.len() - used >= header_bytes { used + header_bytes } else { used };
        let encoded = GlobalHeapCollection::encode(&list, stored.len() as u64, sizes);
        list.iter().for_each(|object| self.virtual_layout(address, object.data));
        self.compare("global heap collection", address, &filled[..used], encoded);
        Some(())
    }

    /// A heap object that decodes as a virtual layout (its checksum makes that sure) is one. The library writes limited hyperslabs in
    /// other versions than we do, so that it is what the bytes say that must be the same.
    fn virtual_layout(&mut self, collection: Address, object: &[u8]) {
        let limits = Limits::default();
        let Ok(mappings) = decode_virtual_layout(object, self.sizes, &limits) else { return };
        let encoded = encode_virtual_layout(&mappings, object[0], self.sizes);
        let decoded = encoded.and_then(|bytes| decode_virtual_layout(&bytes, self.sizes, &limits));
        *self.tally.counts.entry("virtual layout").or_default() += 1;
        if decoded.as_ref() != Ok(&mappings) {
            let difference = format!("{} virtual layout in {collection}: {decoded:?}", self.name);
            self.tally.differences.push(difference);
        }
    }

    fn b_tree_v2(&mut self, address: Address) -> Option<()> {
        let stored = self.at(address, BTreeV2Header::bytes(self.sizes))?;
        let header = BTreeV2Header::decode(stored, self.sizes).ok()?;
        self.compare("B-tree v2 header", address, stored, header.encode(self.sizes));
        let geometry = NodeGeometry::new(&header, self.sizes, 64).ok()?;
        let mut pending: Vec<_> = header
            .root_node_address
            .map(|root| (root, usize::from(header.depth), u64::from(header.records_in_root)))
            .into_iter()
            .collect();
        while let Some((address, depth, count)) = pending.pop() {
            let stored = self.at(address, geometry.node_bytes(depth, count).ok()?)?;
            let node = BTreeV2Node::decode(stored, &geometry, depth, count).ok()?;
            let children = if depth == 0 { 0 } else { count as usize + 1 };
            let children: Vec<_> = (0..children).map(|at| node.child(at)).collect::<Result<_>>().ok()?;
            let records: Vec<&[u8]> = node.records().iter().collect();
            let encoded = BTreeV2Node::encode(&geometry, depth, &records, &children);
            let kind = if depth == 0 { "B-tree v2 leaf node" } else { "B-tree v2 internal node" };
            self.compare(kind, address, stored, encoded);
            for record in records {
                self.record(header.record_type, address, record);
            }
            pending.extend(children.iter().map(|child| (child.address, depth - 1, child.records)));
        }
        Some(())
    }

    fn record(&mut self, record_type: BTreeV2Type, node: Address, record: &[u8]) {
        use BTreeV2Type as T;
        let sizes = self.sizes;
        let huge = |filtered, direct| {
            HugeObjectRecord::decode(record, sizes, filtered, direct).and_then(|record| record.encode(sizes))
        };
        let (kind, encoded) = match record_type {
            T::HugeIndirect => ("record 1", huge(false, false)),
            T::HugeIndirectFiltered => ("record 2", huge(true, false)),
            T::HugeDirect => ("record 3", huge(false, true)),
            T::HugeDirectFiltered => ("record 4", huge(true, true)),
            T::LinkName => ("record 5", LinkNameRecord::decode(record).and_then(|r| r.encode())),
            T::LinkCreationOrder => {
                ("record 6", LinkCreationOrderRecord::decode(record).and_then(|r| r.encode()))
            }
            T::SharedMessages => {
                ("record 7", SharedMessageRecord::decode(record, sizes).and_then(|r| r.encode(sizes)))
            }
            T::AttributeName => ("record 8", AttributeNameRecord::decode(record).and_then(|r| r.encode())),
            T::AttributeCreationOrder => {
                ("record 9", AttributeCreationOrderRecord::decode(record).and_then(|r| r.encode()))
            }
            T::Chunks => {
                let mut scaled = vec![0; (record.len() - usize::from(sizes.offsets)) / 8];
                let record = ChunkRecord::decode(record, sizes, None, &mut scaled);
                ("record 10", record.and_then(|record| record.encode(sizes, None, &scaled)))
            }
            T::ChunksFiltered => {
                // The width of the chunk size is 1 to 8 bytes, and the offsets after it have 8 each.
                let rest = record.len() - usize::from(sizes.offsets) - 4;
                let width = (rest - 1) % 8 + 1;
                let mut scaled = vec![0; (rest - width) / 8];
                let record = ChunkRecord::decode(record, sizes, Some(width), &mut scaled);
                ("record 11", record.and_then(|record| record.encode(sizes, Some(width), &scaled)))
            }
        };
        self.compare(kind, node, record, encoded);
    }

    fn fractal_heap(&mut self, address: Address) -> Option<()> {
        let first = self.at(address, FractalHeapHeader::bytes(self.sizes))?;
        let stored = self.at(address, FractalHeapHeader::total_bytes(first, self.sizes).ok()?)?;
        let heap = FractalHeapHeader::decode(stored, self.sizes).ok()?;
        self.compare("fractal heap header", address, stored, heap.encode(self.sizes));
        match heap.root? {
            RootBlock::Direct { address: root, .. } => {
                self.direct_block(&heap, address, root, 0, heap.doubling_table.starting_block_bytes())
            }
            RootBlock::Indirect { address: root, rows } => {
                self.indirect_block(&heap, address, root, 0, u32::from(rows))
            }
        }
    }

    fn direct_block(
        &mut self,
        heap: &FractalHeapHeader,
        owner: Address,
        address: Address,
        offset: u64,
        bytes: u64,
    ) -> Option<()> {
        if heap.is_filtered() {
            return None;
        }
        let stored = self.at(address, bytes)?;
        DirectBlock::decode(stored, heap, owner, offset, self.sizes).ok()?;
        let objects = &stored[DirectBlock::prefix_bytes(heap, self.sizes)..];
        let encoded = DirectBlock::encode(heap, owner, offset, objects, bytes, self.sizes);
        self.compare("fractal heap direct block", address, stored, encoded);
        Some(())
    }

    fn indirect_block(
        &mut self,
        heap: &FractalHeapHeader,
        owner: Address,
        address: Address,
        offset: u64,
        rows: u32,
    ) -> Option<()> {
        let stored = self.at(address, IndirectBlock::bytes(heap, rows, self.sizes))?;
        let block = IndirectBlock::decode(stored, heap, owner, offset, rows, self.sizes).ok()?;
        let table = &heap.doubling_table;
        let first_indirect = (table.max_direct_rows().min(rows) * u32::from(table.table_width)) as usize;
        let direct: Vec<_> = (0..first_indirect).map(|at| block.direct(at)).collect::<Result<_>>().ok()?;
        let indirect: Vec<_> =
            (first_indirect..block.len()).map(|at| block.indirect(at)).collect::<Result<_>>().ok()?;
        let encoded = IndirectBlock::encode(heap, owner, offset, rows, (&direct, &indirect), self.sizes);
        self.compare("fractal heap indirect block", address, stored, encoded);
        let mut place = offset;
        for (entry, row) in (0..rows).flat_map(|row| vec![row; table.table_width.into()]).enumerate() {
            let bytes = table.block_bytes(row)?;
            if let Some(Some(child)) = direct.get(entry) {
                self.direct_block(heap, owner, child.address, place, bytes);
            } else if let Some(Some(child)) =
                entry.checked_sub(first_indirect).and_then(|at| indirect.get(at))
            {
                self.indirect_block(heap, owner, *child, place, table.rows_below(row)?);
            }
            place += bytes;
        }
        Some(())
    }

    /// How the elements of the array with this header are encoded, by the client and the size in the header.
    fn element_format(&self, header: &[u8]) -> Option<ChunkElementFormat> {
        let extra = usize::from(header[6]).checked_sub(self.sizes.offsets.into())?;
        let chunk_size_bytes = if header[5] == 0 { None } else { Some(extra.checked_sub(4)?) };
        Some(ChunkElementFormat { chunk_size_bytes, sizes: self.sizes })
    }

    fn fixed_array(&mut self, address: Address) -> Option<()> {
        let stored = self.at(address, FixedArrayHeader::bytes(self.sizes))?;
        let format = self.element_format(stored)?;
        let header = FixedArrayHeader::decode(stored, format).ok()?;
        self.compare("fixed array header", address, stored, header.encode());
        let place = header.data_block_address?;
        let stored = self.at(place, header.data_block_bytes())?;
        match header.decode_data_block(stored, address).ok()? {
            FixedArrayDataBlock::Elements(records) => {
                let encoded = header.encode_data_block(&elements(format, records)?, address);
                self.compare("fixed array data block", place, stored, encoded);
            }
            FixedArrayDataBlock::Paged { bitmap } => {
                let pages: Vec<_> =
                    (0..header.pages()).map(|page| is_page_initialized(bitmap, page)).collect();
                let encoded = header.encode_paged_data_block(&pages, address);
                self.compare("fixed array paged data block", place, stored, encoded);
                for (page, _) in (0..).zip(pages).filter(|(_, is_initialized)| *is_initialized) {
                    let (offset, _, bytes) = header.page(page)?;
                    let place = Address(place.0 + offset);
                    let stored = self.at(place, bytes)?;
                    let elements = elements(format, header.decode_page(stored).ok()?)?;
                    self.compare("fixed array page", place, stored, header.encode_page(page, &elements));
                }
            }
        }
        Some(())
    }

    fn extensible_array(&mut self, address: Address) -> Option<()> {
        let stored = self.at(address, ExtensibleArrayHeader::bytes(self.sizes))?;
        let format = self.element_format(stored)?;
        let header = ExtensibleArrayHeader::decode(stored, format).ok()?;
        self.compare("extensible array header", address, stored, header.encode());
        let place = header.index_block_address?;
        let stored = self.at(place, IndexBlock::bytes(&header))?;
        let index = IndexBlock::decode(stored, &header, address).ok()?;
        let data: Vec<_> =
            (0..header.data_blocks_in_index()).map(|at| index.data_block(at)).collect::<Result<_>>().ok()?;
        let rest: Vec<_> = (0..header.super_block_addresses())
            .map(|at| index.super_block(at))
            .collect::<Result<_>>()
            .ok()?;
        let first = elements(format, index.elements)?;
        let encoded = IndexBlock::encode(&header, address, &first, &data, &rest);
        self.compare("extensible array index block", place, stored, encoded);
        let in_index = header.super_block_min_data_pointers.trailing_zeros() * 2;
        let shapes = (0..in_index).filter_map(|number| header.shape(number));
        let places = shapes.flat_map(|shape| (0..shape.data_blocks).map(move |at| (shape, at)));
        for ((listed_as, place), (shape, at)) in (0..).zip(&data).zip(places) {
            let offset = shape.first_element + at * shape.data_block_elements;
            self.array_data_block(&header, address, *place, &shape, offset, Some(listed_as), &|_| true);
        }
        for (number, place) in (in_index..).zip(rest) {
            self.array_super_block(&header, address, place, &header.shape(number)?);
        }
        Some(())
    }

    fn array_super_block(
        &mut self,
        header: &ExtensibleArrayHeader,
        owner: Address,
        place: Option<Address>,
        shape: &SuperBlockShape,
    ) -> Option<()> {
        let stored = self.at(place?, SuperBlock::bytes(header, shape))?;
        let block = SuperBlock::decode(stored, header, owner, shape).ok()?;
        let data: Vec<_> =
            (0..shape.data_blocks).map(|at| block.data_block(at)).collect::<Result<_>>().ok()?;
        let pages: Vec<bool> = (0..shape.data_blocks)
            .flat_map(|at| (0..shape.pages).map(move |page| (at, page)))
            .map(|(at, page)| block.is_page_initialized(at, page))
            .collect();
        let encoded = SuperBlock::encode(header, owner, shape, &pages, &data);
        self.compare("extensible array super block", place?, stored, encoded);
        for (at, place) in (0..).zip(data) {
            let offset = shape.first_element + at * shape.data_block_elements;
            let is_initialized = |page| block.is_page_initialized(at, page);
            self.array_data_block(header, owner, place, shape, offset, None, &is_initialized);
        }
        Some(())
    }

    #[allow(clippy::too_many_arguments, reason = "what a block is found by, each once")]
    fn array_data_block(
        &mut self,
        header: &ExtensibleArrayHeader,
        owner: Address,
        place: Option<Address>,
        shape: &SuperBlockShape,
        offset: u64,
        listed_as: Option<u64>,
        is_initialized: &dyn Fn(u64) -> bool,
    ) -> Option<()> {
        let place = place?;
        let stored = self.at(place, DataBlock::bytes(header, shape))?;
        let block = DataBlock::decode(stored, header, owner, shape, offset, listed_as).ok()?;
        let own = elements(header.format, block.elements)?;
        let encoded = DataBlock::encode(header, owner, shape, offset, listed_as, &own);
        self.compare("extensible array data block", place, stored, encoded);
        for page in (0..shape.pages).filter(|&page| is_initialized(page)) {
            let (at, bytes) = DataBlock::page(header, shape, page)?;
            let place = Address(place.0 + at);
            let stored = self.at(place, bytes)?;
            let elements = elements(header.format, DataBlock::decode_page(stored, header).ok()?)?;
            self.compare("extensible array page", place, stored, DataBlock::encode_page(header, &elements));
        }
        Some(())
    }

    fn free_space(&mut self, address: Address) -> Option<()> {
        let stored = self.at(address, FreeSpaceHeader::bytes(self.sizes))?;
        let header = FreeSpaceHeader::decode(stored, self.sizes).ok()?;
        self.compare("free-space manager header", address, stored, header.encode(self.sizes));
        let place = header.section_list_address?;
        let stored = self.at(place, header.section_list_used_bytes)?;
        // The offsets of fractal heaps are as wide as those of their free space.
        let heap_offset_bytes = usize::from(header.address_space_bits).div_ceil(8);
        let sections = header.decode_sections(stored, address, heap_offset_bytes, self.sizes).ok()?;
        let encoded = header.encode_sections(&sections, address, heap_offset_bytes, self.sizes);
        self.compare("free-space section list", place, stored, encoded);
        Some(())
    }

    fn shared_messages(&mut self, address: Address) -> Option<()> {
        // The number of indexes is that with which the checksum is right.
        let table = (1..=8).find_map(|count| {
            let stored = self.at(address, SharedMessageIndex::table_bytes(count, self.sizes))?;
            let indexes = SharedMessageIndex::decode_table(stored, count, self.sizes).ok()?;
            Some((stored, indexes))
        });
        let (stored, indexes) = table?;
        let encoded = SharedMessageIndex::encode_table(&indexes, self.sizes);
        self.compare("shared message table", address, stored, encoded);
        for index in indexes.iter().filter(|index| !index.is_b_tree) {
            let Some(place) = index.index_address else { continue };
            let stored = self.at(place, index.list_bytes(self.sizes))?;
            let records = index.decode_list(stored, self.sizes).ok()?;
            let encoded = index.encode_list(&records, self.sizes);
            self.compare("shared message list", place, stored, encoded);
        }
        Some(())
    }
}

fn elements(format: ChunkElementFormat, records: Records<'_>) -> Option<Vec<Option<ChunkElement>>> {
    records.iter().map(|record| format.decode(record)).collect::<Result<_>>().ok()
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap().map(std::result::Result::unwrap) {
        let path = entry.path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Compares all structures of all HDF5 files in a folder.
fn walk(folder: &Path) -> Tally {
    let mut paths = Vec::new();
    files(folder, &mut paths);
    let mut tally = Tally::default();
    let is_damaged = |path: &PathBuf| DAMAGED.iter().any(|name| path.ends_with(name));
    for path in paths.into_iter().filter(|path| !is_damaged(path)) {
        let bytes = std::fs::read(&path).unwrap();
        let vfd = Arc::new(MemoryVfd::new(bytes.clone()));
        let Ok(core) = FileCore::open(vfd, Limits::default()) else { continue };
        let bytes = &bytes[core.user_block_bytes() as usize..];
        let name = path.to_string_lossy();
        let mut file =
            File { name: &name, bytes, core: &core, sizes: core.storage().sizes(), tally: &mut tally };
        (0..bytes.len() as u64).map(Address).for_each(|address| file.visit(address));
    }
    println!("{:#?}", tally.counts);
    tally
}

/// Files of the corpus with structures whose bytes are not those of any writer: this one has text in the scratch-pad space of a symbol
/// table entry that caches nothing.
const DAMAGED: [&str; 1] = ["bug1523_testfile02_corrupt.h5"];

/// Kinds that the fixtures have.
const KINDS: [&str; 27] = [
    "B-tree v1 chunk node",
    "B-tree v1 group node",
    "B-tree v2 header",
    "B-tree v2 internal node",
    "B-tree v2 leaf node",
    "extensible array data block",
    "extensible array header",
    "extensible array index block",
    "extensible array page",
    "extensible array super block",
    "fixed array data block",
    "fixed array header",
    "fixed array page",
    "fixed array paged data block",
    "fractal heap direct block",
    "fractal heap header",
    "fractal heap indirect block",
    "free-space manager header",
    "free-space section list",
    "global heap collection",
    "local heap",
    "local heap free-list",
    "record 10",
    "record 5",
    "record 8",
    "symbol table node",
    "virtual layout",
];

#[test]
fn structures_of_the_fixtures_encode_to_their_bytes() {
    let tally = walk(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures"));
    let found: BTreeSet<&str> = tally.counts.keys().copied().collect();
    let missing: Vec<_> = KINDS.iter().filter(|kind| !found.contains(*kind)).collect();
    assert!(missing.is_empty(), "no {missing:?} among {found:?}");
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n"));
}

#[test]
fn structures_of_the_corpus_encode_to_their_bytes() {
    let Ok(folder) = std::env::var("H5_CORPUS") else { return };
    let tally = walk(Path::new(&folder));
    assert!(tally.differences.is_empty(), "{}", tally.differences.join("\n"));
}
