use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use h5_filters::{Pipeline, PipelineError, Registry, Scratch, Stage};
use h5_format::Sizes;
use h5_format::btree_v2::{BTreeV2Type, HugeObjectRecord};
use h5_format::fractal_heap::{
    DirectBlock, DirectBlockEntry, FractalHeapHeader, HeapId, HugeObject, IndirectBlock, RootBlock,
};
use h5_types::{Address, Error, ErrorKind, Result};

use h5_format::message::filter_pipeline;

use crate::btree_v2::{BTreeV2, RecordQuery};
use crate::walk::at;
use crate::{Metadata, Storage};

/// Blocks that are remembered; when there are more, all are forgotten.
const KNOWN_BLOCKS: usize = 1 << 14;

/// A fractal heap (specification III.G), whose header was read.
///
/// The first object of a direct block costs one read a level of indirect blocks, and one of the whole block, to verify its checksum; the
/// others cost one for themselves. May be shared by threads.
#[derive(Debug)]
pub struct FractalHeap {
    address: Address,
    header: FractalHeapHeader,
    /// Undoes the filters of blocks and huge objects, if the heap has any.
    filters: Option<Pipeline>,
    huge_objects: OnceLock<BTreeV2>,
    /// Direct blocks that were found and, unless they are filtered, verified; by their offsets in the heap.
    known: Mutex<BTreeMap<u64, Located>>,
    /// The filtered block decoded last.
    decoded: Mutex<Option<(Address, Arc<Vec<u8>>)>>,
}

/// A direct block and what it holds of the heap's address space.
#[derive(Debug, Clone, Copy)]
struct Located {
    entry: DirectBlockEntry,
    offset: u64,
    bytes: u64,
}

impl FractalHeap {
    /// Reads the header at `address`.
    ///
    /// # Errors
    /// `Format` if there is no valid header, `Io`.
    pub fn open(storage: &Storage, address: Address) -> Result<Self> {
        let sizes = storage.sizes();
        let first = storage.metadata(address, FractalHeapHeader::bytes(sizes))?;
        let length = FractalHeapHeader::total_bytes(&first, sizes).map_err(at(address))?;
        let bytes = storage.metadata(address, length)?;
        let header = FractalHeapHeader::decode(&bytes, sizes).map_err(at(address))?;
        let filters = header.filter_information.as_deref().map(pipeline).transpose().map_err(at(address))?;
        Ok(Self {
            address,
            header,
            filters,
            huge_objects: OnceLock::new(),
            known: Mutex::default(),
            decoded: Mutex::default(),
        })
    }

    /// The decoded header.
    pub fn header(&self) -> &FractalHeapHeader {
        &self.header
    }

    /// The bytes of the object that `id` names.
    ///
    /// # Errors
    /// `Format` if the ID or a block on the way is invalid, `Limit`, `Unsupported` if a filter of the heap is missing, `Io`.
    pub fn object<'s>(&self, storage: &'s Storage, id: &[u8]) -> Result<Metadata<'s>> {
        match HeapId::decode(id, &self.header, storage.sizes()).map_err(at(self.address))? {
            HeapId::Managed { offset, length } => self.managed(storage, offset, length),
            HeapId::Tiny(bytes) => Ok(Metadata::Owned(bytes.to_vec())),
            HeapId::Huge(HugeObject::Direct { address, stored_bytes, filtered }) => {
                self.huge(storage, address, stored_bytes, filtered)
            }
            HeapId::Huge(HugeObject::Indirect { key }) => {
                let record = self.huge_record(storage, key)?;
                self.huge(storage, record.address, record.stored_bytes, record.filtered)
            }
        }
    }

    fn managed<'s>(&self, storage: &'s Storage, offset: u64, length: u64) -> Result<Metadata<'s>> {
        let block = match self.known(offset) {
            Some(block) => block,
            None => self.verified(storage, offset)?,
        };
        let start = offset.saturating_sub(block.offset);
        let prefix =
            u64::try_from(DirectBlock::prefix_bytes(&self.header, storage.sizes())).unwrap_or(u64::MAX);
        let fits = start.checked_add(length).is_some_and(|end| end <= block.bytes);
        if start < prefix || length == 0 || !fits {
            return Err(self.error(format!("{length} bytes at offset {offset} are no object of a block")));
        }
        if block.entry.filtered.is_some() {
            let decoded = self.decoded_block(storage, block)?;
            let range = usize::try_from(start).ok().zip(usize::try_from(length).ok());
            let bytes = range.and_then(|(start, length)| decoded.get(start..start.checked_add(length)?));
            let bytes = bytes.ok_or_else(|| self.error("the object is not in its block".into()))?;
            return Ok(Metadata::Owned(bytes.to_vec()));
        }
        storage.metadata(Address(block.entry.address.0.saturating_add(start)), length)
    }

    /// Finds the direct block that holds `offset`.
    fn locate(&self, storage: &Storage, offset: u64) -> Result<Located> {
        let missing = || self.error(format!("no block holds offset {offset}"));
        let table = &self.header.doubling_table;
        let (mut address, mut rows) = match self.header.root.ok_or_else(missing)? {
            RootBlock::Direct { address, filtered } => {
                let bytes = table.block_bytes(0).filter(|&bytes| offset < bytes).ok_or_else(missing)?;
                return Ok(Located { entry: DirectBlockEntry { address, filtered }, offset: 0, bytes });
            }
            RootBlock::Indirect { address, rows } => (address, u32::from(rows)),
        };
        if rows > table.max_rows() {
            let most = table.max_rows();
            return Err(self.error(format!("{rows} rows in the root block, at most {most} expected")));
        }
        let mut block_offset = 0_u64;
        // A block in row n has at most n rows, and n is less than the rows of the block it is in: this ends.
        loop {
            let sizes = storage.sizes();
            let bytes = storage.metadata(address, IndirectBlock::bytes(&self.header, rows, sizes))?;
            let block = IndirectBlock::decode(&bytes, &self.header, self.address, block_offset, rows, sizes)
                .map_err(at(address))?;
            let place = table
                .locate(offset.saturating_sub(block_offset))
                .filter(|place| place.row < rows)
                .ok_or_else(missing)?;
            block_offset = block_offset.saturating_add(place.offset);
            let Some(rows_below) = table.rows_below(place.row) else {
                let entry = block.direct(place.entry).map_err(at(address))?.ok_or_else(missing)?;
                return Ok(Located { entry, offset: block_offset, bytes: place.block_bytes });
            };
            address = block.indirect(place.entry).map_err(at(address))?.ok_or_else(missing)?;
            rows = rows_below;
        }
    }

    /// The direct block that holds `offset`, if it was met before.
    fn known(&self, offset: u64) -> Option<Located> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let (start, block) = known.range(..=offset).next_back()?;
        (offset.saturating_sub(*start) < block.bytes).then_some(*block)
    }

    /// Finds the direct block that holds `offset`. One that is not filtered is verified; others are whenever they are decoded.
    fn verified(&self, storage: &Storage, offset: u64) -> Result<Located> {
        let block = self.locate(storage, offset)?;
        if block.entry.filtered.is_none() && self.header.has_direct_block_checksums() {
            let bytes = storage.metadata(block.entry.address, block.bytes)?;
            self.check_block(&bytes, block, storage.sizes())?;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= KNOWN_BLOCKS {
            known.clear();
        }
        known.insert(block.offset, block);
        Ok(block)
    }

    fn check_block(&self, bytes: &[u8], block: Located, sizes: Sizes) -> Result<()> {
        DirectBlock::decode(bytes, &self.header, self.address, block.offset, sizes)
            .map(|_| ())
            .map_err(at(block.entry.address))
    }

    /// The decoded bytes of a filtered block.
    fn decoded_block(&self, storage: &Storage, block: Located) -> Result<Arc<Vec<u8>>> {
        let address = block.entry.address;
        if let Some((last, bytes)) = &*self.decoded.lock().unwrap_or_else(PoisonError::into_inner)
            && *last == address
        {
            return Ok(Arc::clone(bytes));
        }
        let (stored_bytes, mask) = block.entry.filtered.unwrap_or((block.bytes, u32::MAX));
        let decoded = self.unfilter(storage, address, stored_bytes, mask, block.bytes)?;
        self.check_block(&decoded, block, storage.sizes())?;
        let decoded = Arc::new(decoded);
        *self.decoded.lock().unwrap_or_else(PoisonError::into_inner) = Some((address, Arc::clone(&decoded)));
        Ok(decoded)
    }

    fn huge<'s>(
        &self,
        storage: &'s Storage,
        address: Address,
        stored_bytes: u64,
        filtered: Option<(u32, u64)>,
    ) -> Result<Metadata<'s>> {
        match filtered {
            None => storage.metadata(address, stored_bytes),
            Some((mask, bytes)) => {
                Ok(Metadata::Owned(self.unfilter(storage, address, stored_bytes, mask, bytes)?))
            }
        }
    }

    fn unfilter(
        &self,
        storage: &Storage,
        address: Address,
        stored_bytes: u64,
        mask: u32,
        decoded_bytes: u64,
    ) -> Result<Vec<u8>> {
        let limit = storage.limits().metadata_block_bytes;
        let length =
            usize::try_from(decoded_bytes).ok().filter(|_| decoded_bytes <= limit).ok_or_else(|| {
                Error::limit(format!("{decoded_bytes} decoded bytes, over the limit of {limit}"))
                    .at_address(address.0)
            })?;
        let stored = storage.metadata(address, stored_bytes)?;
        let Some(filters) = &self.filters else { return Ok(stored.to_vec()) };
        let decoded = filters.decode(mask, &stored, length, &mut Scratch::default()).map_err(|error| {
            let kind = match error {
                PipelineError::Missing { .. } => ErrorKind::Unsupported,
                _ => ErrorKind::Format,
            };
            Error::new(kind, error.to_string()).at_address(address.0)
        })?;
        if decoded.len() != length {
            let message = format!("{} decoded bytes, expected {length}", decoded.len());
            return Err(Error::format(message).at_address(address.0));
        }
        Ok(decoded)
    }

    /// Finds a huge object by its key in O(log n) reads.
    pub(crate) fn huge_record(&self, storage: &Storage, key: u64) -> Result<HugeObjectRecord> {
        let filtered = self.header.is_filtered();
        let tree = match self.huge_objects.get() {
            Some(tree) => tree,
            None => {
                let address = self.header.huge_objects_b_tree_address;
                let address = address.ok_or_else(|| self.error("no B-tree of huge objects".into()))?;
                let expected =
                    if filtered { BTreeV2Type::HugeIndirectFiltered } else { BTreeV2Type::HugeIndirect };
                let tree = BTreeV2::open(storage, address, &[expected])?;
                self.huge_objects.get_or_init(|| tree)
            }
        };
        let mut query = HugeQuery { key, filtered, sizes: storage.sizes(), found: None };
        tree.visit(storage, &mut query)?;
        query.found.ok_or_else(|| self.error(format!("no huge object with the key {key}")))
    }

    fn error(&self, message: String) -> Error {
        Error::format(message).in_structure("fractal heap", "III.G").at_address(self.address.0)
    }
}

/// The filters of a Filter Pipeline message.
fn pipeline(message: &[u8]) -> h5_format::Result<Pipeline> {
    let stages = filter_pipeline::decode(message)?.into_iter().map(|filter| Stage {
        id: filter.id,
        flags: filter.flags,
        name: filter.name.map(|name| name.to_text().into_owned()),
        client_data: filter.client_data,
    });
    Ok(Pipeline::new(stages, &Registry::standard()))
}

struct HugeQuery {
    key: u64,
    filtered: bool,
    sizes: Sizes,
    found: Option<HugeObjectRecord>,
}

impl RecordQuery for HugeQuery {
    fn position(&mut self, record: &[u8]) -> Result<Ordering> {
        let record = HugeObjectRecord::decode(record, self.sizes, self.filtered, false)?;
        Ok(record.id.cmp(&Some(self.key)))
    }

    fn descends(&mut self, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<bool> {
        Ok(true)
    }

    fn visit(&mut self, record: &[u8]) -> Result<ControlFlow<()>> {
        self.found = Some(HugeObjectRecord::decode(record, self.sizes, self.filtered, false)?);
        Ok(ControlFlow::Break(()))
    }
}
