//! Where blocks of damaged chunk indexes say that chunks are, whether the index still leads to the blocks or not.

use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type};
use h5_format::btree_v2::{BTreeV2Header, BTreeV2Node, ChunkRecord, NodeGeometry};
use h5_format::extensible_array::{DataBlock, ElementPlace, ExtensibleArrayHeader, SuperBlockShape};
use h5_format::fixed_array::{FixedArrayDataBlock, FixedArrayHeader};
use h5_format::message::ChunkIndex;
use h5_format::{ChunkElementFormat, Records};
use h5_types::Address;

use super::scan::Scan;
use crate::Storage;
use crate::chunk_index::{ChunkGrid, ChunkLocation};

/// A chunk that some block knows: its scaled coordinates and its place.
pub(super) type Known = (Vec<u64>, ChunkLocation);

/// A dataset whose chunks are looked for.
pub(super) struct Wanted<'a> {
    pub(super) storage: &'a Storage,
    pub(super) scan: &'a Scan,
    pub(super) grid: &'a ChunkGrid,
    pub(super) index: ChunkIndex,
    /// Bytes of an element.
    pub(super) element_bytes: u64,
}

impl Wanted<'_> {
    /// All chunks of this dataset that blocks of its kind of index know. Blocks of arrays name the array that they are of; nodes of
    /// B-trees do not, and may be another dataset's with chunks of the same shape.
    pub(super) fn known(&self) -> Vec<Known> {
        match self.index {
            ChunkIndex::BTreeV1 { address: Some(_) } => self.in_old_trees(),
            ChunkIndex::BTreeV2 { address: Some(header), .. } => self.in_leaves(header),
            ChunkIndex::ExtensibleArray { address: Some(header), .. } => self.in_extensible_array(header),
            ChunkIndex::FixedArray { address: Some(header), .. } => self.in_fixed_array(header),
            _ => Vec::new(),
        }
    }

    /// True if blocks of the index say whose they are, so that one that nothing leads to can be trusted.
    pub(super) fn has_owned_blocks(&self) -> bool {
        matches!(self.index, ChunkIndex::ExtensibleArray { .. } | ChunkIndex::FixedArray { .. })
    }

    /// Leaves of version 1 B-trees (III.A.1): all chunks of a leaf must lie on this dataset's grid.
    fn in_old_trees(&self) -> Vec<Known> {
        let leaves = self.scan.chunk_trees.iter().filter_map(|&node| self.old_leaf(node));
        leaves.flatten().filter(|(scaled, place)| self.is_possible(scaled, place)).collect()
    }

    fn old_leaf(&self, address: Address) -> Option<Vec<Known>> {
        let (storage, rank) = (self.storage, self.grid.rank());
        let kind = BTreeV1Type::Chunks { rank };
        let head = storage.metadata(address, BTreeV1NodeHeader::bytes(storage.sizes())).ok()?;
        let header = BTreeV1NodeHeader::decode(&head, kind, storage.sizes()).ok()?;
        if header.node_level != 0 {
            return None;
        }
        let bytes = storage.metadata(address, header.node_bytes(kind, storage.sizes())).ok()?;
        let node = BTreeV1Node::decode(&bytes, kind, storage.sizes()).ok()?;
        let mut known = Vec::new();
        for index in 0..node.len() {
            // The last coordinate is one within an element, and zero (III.A.1).
            let mut offset = vec![0; rank.saturating_add(1)];
            let key = node.chunk_key(index, offset.get_mut(..rank)?).ok()?;
            let scaled: Vec<u64> = offset
                .iter()
                .zip(self.grid.chunk_dimensions())
                .map(|(&at, &chunk)| at.is_multiple_of(chunk.max(1)).then(|| at.checked_div(chunk)).flatten())
                .collect::<Option<_>>()?;
            let stored_bytes = u64::from(key.stored_bytes);
            if !self.grid.is_filtered() && stored_bytes != self.grid.chunk_bytes() {
                return None;
            }
            let filter_mask = key.filter_mask;
            known.push((
                scaled,
                ChunkLocation { address: node.child(index).ok()?, stored_bytes, filter_mask },
            ));
        }
        Some(known)
    }

    /// Leaves of version 2 B-trees (III.A.2). How many records a leaf has is known to the node above it alone, which may be of another
    /// time: the checksum tells.
    fn in_leaves(&self, header: Address) -> Vec<Known> {
        let sizes = self.storage.sizes();
        let header = self.storage.metadata(header, BTreeV2Header::bytes(sizes));
        let header = header.ok().and_then(|bytes| BTreeV2Header::decode(&bytes, sizes).ok());
        // Each level of an internal node has a layout of its own.
        let depth = self.storage.limits().tree_depth;
        let Some((header, geometry)) = header.and_then(|header| {
            let geometry = NodeGeometry::new(&header, sizes, depth).ok()?;
            Some((header, geometry))
        }) else {
            return Vec::new();
        };
        let mut known = Vec::new();
        for &node in &self.scan.chunk_leaves {
            let Ok(bytes) = self.storage.metadata_up_to(node, u64::from(header.node_size)) else { continue };
            let levels = 0..=usize::from(header.depth);
            let decoded = levels.rev().find_map(|depth| whole_node(&bytes, &geometry, depth));
            for record in decoded.iter().flat_map(|node| each(node.records())) {
                let mut scaled = vec![0; self.grid.rank()];
                let size = self.grid.chunk_size_bytes(sizes);
                let Ok(record) = ChunkRecord::decode(record, sizes, size, &mut scaled) else { continue };
                let Some(address) = record.address else { continue };
                let (stored_bytes, filter_mask) = record.filtered.unwrap_or((self.grid.chunk_bytes(), 0));
                let place = ChunkLocation { address, stored_bytes, filter_mask };
                if self.is_possible(&scaled, &place) {
                    known.push((scaled, place));
                }
            }
        }
        known
    }

    fn in_extensible_array(&self, address: Address) -> Vec<Known> {
        let format = self.format();
        let header = self.storage.metadata(address, ExtensibleArrayHeader::bytes(self.storage.sizes()));
        let header = header.ok().and_then(|bytes| ExtensibleArrayHeader::decode(&bytes, format).ok());
        let Some((header, unlimited)) = header.zip(self.grid.unlimited_dimension()) else {
            return Vec::new();
        };
        let mut known = Vec::new();
        let mut index = u64::from(header.index_block_elements);
        // The places of the array in their order, block by block: each found block is at one of them.
        let blocks = self.scan.data_blocks.get(&address.0).map(Vec::as_slice).unwrap_or_default();
        let mut parts = blocks.len().saturating_mul(PARTS_A_BLOCK);
        while index < header.max_index_set.max(header.realized_elements) && parts > 0 {
            parts = parts.saturating_sub(1);
            let (shape, block_offset, listed_as) = match header.locate(index) {
                Some(ElementPlace::Direct { data_block, shape, block_offset, .. }) => {
                    (shape, block_offset, Some(data_block))
                }
                Some(ElementPlace::Super { shape, block_offset, .. }) => (shape, block_offset, None),
                _ => break,
            };
            let array = ArrayPart { address, header: &header, shape, block_offset, listed_as };
            for &block in blocks {
                for (number, element) in self.array_part(&array, block) {
                    let scaled = self.scaled(index.saturating_add(number), unlimited);
                    self.take(scaled, element, &format, &mut known);
                }
            }
            index = index.saturating_add(shape.data_block_elements.max(1));
        }
        known
    }

    /// The elements of a data block, with their numbers in it, if it is that part of the array.
    fn array_part(&self, part: &ArrayPart<'_>, block: Address) -> Vec<(u64, Vec<u8>)> {
        let length = DataBlock::bytes(part.header, &part.shape);
        let Ok(bytes) = self.storage.metadata(block, length) else { return Vec::new() };
        let decoded = DataBlock::decode(
            &bytes,
            part.header,
            part.address,
            &part.shape,
            part.block_offset,
            part.listed_as,
        );
        let Ok(decoded) = decoded else { return Vec::new() };
        if part.shape.pages == 0 {
            return numbered(0, decoded.elements);
        }
        let mut found = Vec::new();
        for page in 0..part.shape.pages {
            let Some((offset, length)) = DataBlock::page(part.header, &part.shape, page) else { break };
            let Ok(bytes) = self.storage.metadata(Address(block.0.saturating_add(offset)), length) else {
                break;
            };
            // A page that was never written has no checksum.
            if let Ok(elements) = DataBlock::decode_page(&bytes, part.header) {
                found.extend(numbered(page.saturating_mul(part.header.page_elements()), elements));
            }
        }
        found
    }

    fn in_fixed_array(&self, address: Address) -> Vec<Known> {
        let (format, storage) = (self.format(), self.storage);
        let header = storage.metadata(address, FixedArrayHeader::bytes(storage.sizes()));
        let header = header.ok().and_then(|bytes| FixedArrayHeader::decode(&bytes, format).ok());
        let Some(header) = header else { return Vec::new() };
        let mut known = Vec::new();
        for &block in self.scan.data_blocks.get(&address.0).into_iter().flatten() {
            let Ok(bytes) = storage.metadata(block, header.data_block_bytes()) else { continue };
            match header.decode_data_block(&bytes, address) {
                Ok(FixedArrayDataBlock::Elements(elements)) => {
                    for (number, element) in numbered(0, elements) {
                        self.take(self.scaled(number, 0), element, &format, &mut known);
                    }
                }
                Ok(FixedArrayDataBlock::Paged { .. }) => {
                    for page in 0..header.pages() {
                        let Some((offset, _, length)) = header.page(page) else { break };
                        let place = Address(block.0.saturating_add(offset));
                        let Ok(bytes) = storage.metadata(place, length) else { break };
                        let Ok(elements) = header.decode_page(&bytes) else { continue };
                        let first = page.saturating_mul(header.page_elements());
                        for (number, element) in numbered(first, elements) {
                            self.take(self.scaled(number, 0), element, &format, &mut known);
                        }
                    }
                }
                Err(_) => {}
            }
        }
        known
    }

    fn format(&self) -> ChunkElementFormat {
        self.grid.element_format(self.storage.sizes())
    }

    /// Coordinates of the chunk that an array numbers so, whose slowest dimension that is.
    fn scaled(&self, number: u64, slowest: usize) -> Option<Vec<u64>> {
        let mut scaled = self.grid.coordinates_from(number, slowest)?;
        scaled.get_mut(..=slowest)?.rotate_left(1);
        Some(scaled)
    }

    /// Takes note of the chunk that an element of an array names.
    fn take(
        &self,
        scaled: Option<Vec<u64>>,
        element: Vec<u8>,
        format: &ChunkElementFormat,
        known: &mut Vec<Known>,
    ) {
        let Ok(Some(element)) = format.decode(&element) else { return };
        let (stored_bytes, filter_mask) = element.filtered.unwrap_or((self.grid.chunk_bytes(), 0));
        let place = ChunkLocation { address: element.address, stored_bytes, filter_mask };
        if let Some(scaled) = scaled
            && self.is_possible(&scaled, &place)
        {
            known.push((scaled, place));
        }
    }

    /// Whether a chunk lies in the dataset and in the file.
    fn is_possible(&self, scaled: &[u64], place: &ChunkLocation) -> bool {
        let end = place.address.0.checked_add(place.stored_bytes);
        self.grid.contains(scaled)
            && place.stored_bytes > 0
            && self.element_bytes > 0
            && end.is_some_and(|end| end <= self.storage.length())
    }
}

/// Places of an extensible array that are looked at for each block that was found: the blocks of a damaged array may lie far apart.
const PARTS_A_BLOCK: usize = 64;
/// Records that a node may have, each count of which is tried. The C library's nodes have some seventy.
const LARGEST_RECORD_COUNT: u64 = 4096;

/// Where a data block is in an extensible array.
struct ArrayPart<'h> {
    address: Address,
    header: &'h ExtensibleArrayHeader,
    shape: SuperBlockShape,
    block_offset: u64,
    listed_as: Option<u64>,
}

fn numbered(first: u64, elements: Records<'_>) -> Vec<(u64, Vec<u8>)> {
    (first..).zip(each(elements).map(<[u8]>::to_vec)).collect()
}

fn each(records: Records<'_>) -> impl Iterator<Item = &[u8]> {
    (0..records.len()).filter_map(move |index| records.get(index))
}

/// A node of a level with as many records as its checksum is right for.
fn whole_node<'b>(bytes: &'b [u8], geometry: &NodeGeometry, depth: usize) -> Option<BTreeV2Node<'b>> {
    (0..=geometry.max_records(depth).min(LARGEST_RECORD_COUNT)).rev().find_map(|records| {
        let length = usize::try_from(geometry.node_bytes(depth, records).ok()?).ok()?;
        BTreeV2Node::decode(bytes.get(..length)?, geometry, depth, records).ok()
    })
}
