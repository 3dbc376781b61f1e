use std::ops::Range;

use h5_format::fixed_array::{FixedArrayDataBlock, FixedArrayHeader, is_page_initialized};
use h5_format::{ChunkElementFormat, Records};
use h5_types::{Address, Error, Result};

use super::grid::{Next, for_each_coordinate};
use super::{ChunkGrid, ChunkLocation, ChunkVisitor};
use crate::walk::{Budget, at};
use crate::{Metadata, Storage};

/// Chunks in a fixed array (specification VII.C).
#[derive(Debug)]
pub(super) struct FixedArrayChunks {
    address: Address,
    header: FixedArrayHeader,
    format: ChunkElementFormat,
}

/// Part of the array: its elements from number `first` on.
struct Part<'b> {
    first: u64,
    count: u64,
    elements: Elements<'b>,
}

/// Where the elements of a part are.
enum Elements<'b> {
    InBlock(Records<'b>),
    /// The bytes of a verified page.
    InPage(Metadata<'b>),
    /// No chunk of the part was ever written.
    Unwritten,
}

/// A verified data block.
#[derive(Clone, Copy)]
struct Block<'b> {
    address: Address,
    content: FixedArrayDataBlock<'b>,
}

impl Part<'_> {
    fn read_bytes(&self) -> usize {
        if let Elements::InPage(bytes) = &self.elements { bytes.len() } else { 0 }
    }
}

impl FixedArrayChunks {
    pub(super) fn open(storage: &Storage, address: Address, grid: &ChunkGrid) -> Result<Self> {
        let format = grid.element_format(storage.sizes());
        let bytes = storage.metadata(address, FixedArrayHeader::bytes(storage.sizes()))?;
        let header = FixedArrayHeader::decode(&bytes, format).map_err(at(address))?;
        Ok(Self { address, header, format })
    }

    pub(super) fn lookup(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        scaled: &[u64],
    ) -> Result<Option<ChunkLocation>> {
        let index = self.index(grid, scaled)?;
        let Some((address, bytes)) = self.data_block(storage)? else { return Ok(None) };
        let block = self.decode(address, &bytes)?;
        self.element(&self.part(storage, block, index)?, index, grid)
    }

    pub(super) fn for_each_in(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let Some((address, bytes)) = self.data_block(storage)? else { return Ok(()) };
        let block = self.decode(address, &bytes)?;
        let mut budget = Budget::new(storage);
        let mut part: Option<Part<'_>> = None;
        for_each_coordinate(ranges, &mut |scaled| {
            let index = self.index(grid, scaled)?;
            // Indexes rise, so that each page is come to once.
            let current = match part.take() {
                Some(part) if index.checked_sub(part.first).is_some_and(|at| at < part.count) => part,
                _ => {
                    let part = self.part(storage, block, index)?;
                    budget.visit(self.address, part.read_bytes())?;
                    part
                }
            };
            if matches!(current.elements, Elements::Unwritten) {
                let next = grid.coordinates_from(current.first.saturating_add(current.count), 0);
                return Ok(next.map_or(Next::One, Next::From));
            }
            let location = self.element(&current, index, grid)?;
            part = Some(current);
            if let Some(location) = location {
                visit(scaled, location)?;
            }
            Ok(Next::One)
        })
    }

    fn index(&self, grid: &ChunkGrid, scaled: &[u64]) -> Result<u64> {
        let index = grid.linear_index(scaled).filter(|&index| index < self.header.max_num_entries);
        index.ok_or_else(|| {
            let entries = self.header.max_num_entries;
            self.error(format!("the chunk at {scaled:?} is not among the array's {entries} entries"))
        })
    }

    /// The data block without its pages.
    fn data_block<'s>(&self, storage: &'s Storage) -> Result<Option<(Address, Metadata<'s>)>> {
        let Some(address) = self.header.data_block_address else { return Ok(None) };
        Ok(Some((address, storage.metadata(address, self.header.data_block_bytes())?)))
    }

    fn decode<'b>(&self, address: Address, bytes: &'b [u8]) -> Result<Block<'b>> {
        let content = self.header.decode_data_block(bytes, self.address).map_err(at(address))?;
        Ok(Block { address, content })
    }

    /// The page, or the whole array if it has none, that element `index` is in.
    fn part<'b>(&self, storage: &'b Storage, block: Block<'b>, index: u64) -> Result<Part<'b>> {
        let bitmap = match block.content {
            FixedArrayDataBlock::Elements(records) => {
                let elements = Elements::InBlock(records);
                return Ok(Part { first: 0, count: self.header.max_num_entries, elements });
            }
            FixedArrayDataBlock::Paged { bitmap } => bitmap,
        };
        let page = index.checked_div(self.header.page_elements()).unwrap_or(0);
        let first = page.saturating_mul(self.header.page_elements());
        let missing = || self.error(format!("no page {page}"));
        let (offset, count, length) = self.header.page(page).ok_or_else(missing)?;
        if !is_page_initialized(bitmap, page) {
            return Ok(Part { first, count, elements: Elements::Unwritten });
        }
        let address = Address(block.address.0.checked_add(offset).ok_or_else(missing)?);
        let bytes = storage.metadata(address, length)?;
        self.header.decode_page(&bytes).map_err(at(address))?;
        Ok(Part { first, count, elements: Elements::InPage(bytes) })
    }

    fn element(&self, part: &Part<'_>, index: u64, grid: &ChunkGrid) -> Result<Option<ChunkLocation>> {
        let records = match &part.elements {
            Elements::InBlock(records) => *records,
            // The checksum behind the elements is shorter than one: no record reaches into it that is asked for.
            Elements::InPage(bytes) => Records::new(bytes, self.format.bytes()),
            Elements::Unwritten => return Ok(None),
        };
        let number = usize::try_from(index.saturating_sub(part.first)).unwrap_or(usize::MAX);
        let element = records.get(number).ok_or_else(|| self.error(format!("no element {index}")))?;
        let element = self.format.decode(element).map_err(at(self.address))?;
        Ok(element.map(|element| super::location_of(element, grid)))
    }

    fn error(&self, message: String) -> Error {
        Error::format(message).in_structure("fixed array", "VII.C").at_address(self.address.0)
    }
}
