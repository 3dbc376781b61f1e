use std::ops::Range;

use h5_format::extensible_array::{
    DataBlock, ElementPlace, ExtensibleArrayHeader, IndexBlock, SuperBlock, SuperBlockShape,
};
use h5_format::{ChunkElementFormat, Records};
use h5_types::{Address, Error, Result};

use super::grid::{Next, for_each_coordinate};
use super::{ChunkGrid, ChunkLocation, ChunkVisitor};
use crate::walk::{Budget, at};
use crate::{Metadata, Storage};

/// Chunks in an extensible array (specification VII.D). Chunks are numbered in row-major order with the unlimited dimension as the
/// slowest, so that a growing dataset only adds numbers.
#[derive(Debug)]
pub(super) struct ExtensibleArrayChunks {
    address: Address,
    header: ExtensibleArrayHeader,
    format: ChunkElementFormat,
    unlimited_dimension: usize,
}

/// Part of the array: its elements from number `first` on, all in one verified piece of the file.
struct Part<'s> {
    first: u64,
    count: u64,
    /// `None`: no chunk of this part was ever written.
    elements: Option<(Metadata<'s>, usize)>,
    /// Bytes that were read to find it.
    read_bytes: usize,
}

/// A data block to read: its shape, its place in the array, and the element that is wanted.
struct Wanted {
    shape: SuperBlockShape,
    block_offset: u64,
    /// Its number in the index block, if it is listed there.
    listed_as: Option<u64>,
    element: u64,
    /// Data blocks from this one on of which none was written; 1 where that is not known.
    absent_blocks: u64,
    /// Bytes of the super block.
    read_bytes: usize,
}

impl ExtensibleArrayChunks {
    pub(super) fn open(storage: &Storage, address: Address, grid: &ChunkGrid) -> Result<Self> {
        let format = grid.element_format(storage.sizes());
        let bytes = storage.metadata(address, ExtensibleArrayHeader::bytes(storage.sizes()))?;
        let header = ExtensibleArrayHeader::decode(&bytes, format).map_err(at(address))?;
        let unlimited_dimension = grid.unlimited_dimension().ok_or_else(|| {
            Error::format("an extensible array for a dataset that has not exactly one unlimited dimension")
                .in_structure("extensible array header", "VII.D")
                .at_address(address.0)
        })?;
        Ok(Self { address, header, format, unlimited_dimension })
    }

    pub(super) fn lookup(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        scaled: &[u64],
    ) -> Result<Option<ChunkLocation>> {
        let index = self.index(grid, scaled)?;
        let Some(block) = self.index_block(storage)? else { return Ok(None) };
        let block = self.decode_index_block(&block)?;
        self.element(&self.part(storage, &block, index)?, index, grid)
    }

    pub(super) fn for_each_in(
        &self,
        storage: &Storage,
        grid: &ChunkGrid,
        ranges: &[Range<u64>],
        visit: &mut ChunkVisitor<'_>,
    ) -> Result<()> {
        let Some(block) = self.index_block(storage)? else { return Ok(()) };
        let block = self.decode_index_block(&block)?;
        let ranges = self.unlimited_first(ranges, grid);
        let mut budget = Budget::new(storage);
        let mut part: Option<Part<'_>> = None;
        let mut scaled = vec![0; grid.rank()];
        for_each_coordinate(&ranges, &mut |moved| {
            self.in_order_of_dataset(moved, &mut scaled);
            let index = self.index(grid, &scaled)?;
            // Numbers rise, so that each block is come to once.
            let current = match part.take() {
                Some(part) if index.checked_sub(part.first).is_some_and(|at| at < part.count) => part,
                _ => {
                    let part = self.part(storage, &block, index)?;
                    budget.visit(self.address, part.read_bytes)?;
                    part
                }
            };
            if current.elements.is_none() {
                let after = current.first.saturating_add(current.count);
                let next = grid.coordinates_from(after, self.unlimited_dimension);
                return Ok(next.map_or(Next::One, Next::From));
            }
            let location = self.element(&current, index, grid)?;
            part = Some(current);
            if let Some(location) = location {
                visit(&scaled, location)?;
            }
            Ok(Next::One)
        })
    }

    /// The ranges with the unlimited dimension before the others, and without chunks that the array never had.
    fn unlimited_first(&self, ranges: &[Range<u64>], grid: &ChunkGrid) -> Vec<Range<u64>> {
        let mut moved = ranges.to_vec();
        if let Some(slowest) = moved.get_mut(..=self.unlimited_dimension) {
            slowest.rotate_right(1);
        }
        let one_further: Vec<u64> =
            (0..grid.rank()).map(|dimension| u64::from(dimension == self.unlimited_dimension)).collect();
        let row = grid.linear_index_from(&one_further, self.unlimited_dimension).unwrap_or(1).max(1);
        if let Some(first) = moved.first_mut() {
            first.end = first.end.min(self.header.max_index_set.div_ceil(row));
        }
        moved
    }

    /// Undoes the move of the unlimited dimension.
    fn in_order_of_dataset(&self, moved: &[u64], scaled: &mut [u64]) {
        scaled.copy_from_slice(moved);
        if let Some(slowest) = scaled.get_mut(..=self.unlimited_dimension) {
            slowest.rotate_left(1);
        }
    }

    fn index(&self, grid: &ChunkGrid, scaled: &[u64]) -> Result<u64> {
        grid.linear_index_from(scaled, self.unlimited_dimension)
            .ok_or_else(|| self.error(format!("the chunk at {scaled:?} is outside the largest dataset")))
    }

    fn index_block<'s>(&self, storage: &'s Storage) -> Result<Option<Metadata<'s>>> {
        let Some(address) = self.header.index_block_address else { return Ok(None) };
        storage.metadata(address, IndexBlock::bytes(&self.header)).map(Some)
    }

    fn decode_index_block<'b>(&'b self, bytes: &'b [u8]) -> Result<IndexBlock<'b>> {
        let address = self.header.index_block_address.unwrap_or(self.address);
        IndexBlock::decode(bytes, &self.header, self.address).map_err(at(address))
    }

    /// The piece of the file that element `index` is in.
    fn part<'s>(&self, storage: &'s Storage, block: &IndexBlock<'_>, index: u64) -> Result<Part<'s>> {
        let in_index = u64::from(self.header.index_block_elements);
        let here = at(self.header.index_block_address.unwrap_or(self.address));
        let missing = || self.error(format!("the array cannot have an element {index}"));
        match self.header.locate(index).ok_or_else(missing)? {
            ElementPlace::Index { .. } => {
                let mut elements = Vec::new();
                block.elements.iter().for_each(|element| elements.extend_from_slice(element));
                let (count, read_bytes) = (block.elements.len(), elements.len());
                let elements = Some((Metadata::Owned(elements), count));
                Ok(Part { first: 0, count: in_index, elements, read_bytes })
            }
            ElementPlace::Direct { data_block, shape, block_offset, element } => {
                let address = block.data_block(data_block).map_err(here)?;
                if shape.pages > 0 {
                    return Err(self.error("a data block of the index block is paged".into()));
                }
                let listed_as = Some(data_block);
                let wanted =
                    Wanted { shape, block_offset, listed_as, element, absent_blocks: 1, read_bytes: 0 };
                self.data_block(storage, address, &wanted, |_| true)
            }
            ElementPlace::Super { super_block, shape, data_block, block_offset, element } => {
                let rest = shape.data_blocks.saturating_sub(data_block);
                let mut wanted = Wanted {
                    shape,
                    block_offset,
                    listed_as: None,
                    element,
                    absent_blocks: rest,
                    read_bytes: 0,
                };
                let Some(address) = block.super_block(super_block).map_err(here)? else {
                    return self.data_block(storage, None, &wanted, |_| false);
                };
                let bytes = storage.metadata(address, SuperBlock::bytes(&self.header, &shape))?;
                wanted.read_bytes = bytes.len();
                let block =
                    SuperBlock::decode(&bytes, &self.header, self.address, &shape).map_err(at(address))?;
                let data_address = block.data_block(data_block).map_err(at(address))?;
                // So that the super block is not read again for each data block that is not there.
                let absent = |number: &u64| block.data_block(*number).is_ok_and(|address| address.is_none());
                let run = (data_block..shape.data_blocks).take_while(absent).count();
                wanted.absent_blocks = u64::try_from(run).unwrap_or(u64::MAX).max(1);
                self.data_block(storage, data_address, &wanted, |page| {
                    block.is_page_initialized(data_block, page)
                })
            }
        }
    }

    /// The data block at `address`, or that page of it which holds the element.
    fn data_block<'s>(
        &self,
        storage: &'s Storage,
        address: Option<Address>,
        wanted: &Wanted,
        is_initialized: impl Fn(u64) -> bool,
    ) -> Result<Part<'s>> {
        let Wanted { shape, block_offset, listed_as, element, absent_blocks, read_bytes } = wanted;
        let first = block_offset.saturating_add(u64::from(self.header.index_block_elements));
        let Some(address) = address else {
            let count = shape.data_block_elements.saturating_mul(*absent_blocks);
            return Ok(Part { first, count, elements: None, read_bytes: *read_bytes });
        };
        let bytes = storage.metadata(address, DataBlock::bytes(&self.header, shape))?;
        let block = DataBlock::decode(&bytes, &self.header, self.address, shape, *block_offset, *listed_as)
            .map_err(at(address))?;
        if shape.pages == 0 {
            let count = block.elements.len();
            let elements = storage.metadata(
                Address(address.0.saturating_add(DataBlock::elements_offset(&self.header))),
                shape.data_block_elements.saturating_mul(self.element_bytes()),
            )?;
            let read_bytes = read_bytes.saturating_add(elements.len());
            let elements = Some((elements, count));
            return Ok(Part { first, count: shape.data_block_elements, elements, read_bytes });
        }
        let page_elements = self.header.page_elements();
        let page = element.checked_div(page_elements).unwrap_or(0);
        let first = first.saturating_add(page.saturating_mul(page_elements));
        let absent_pages = (page..shape.pages).take_while(|&page| !is_initialized(page)).count();
        if absent_pages > 0 {
            let count = page_elements.saturating_mul(u64::try_from(absent_pages).unwrap_or(u64::MAX));
            return Ok(Part { first, count, elements: None, read_bytes: *read_bytes });
        }
        let missing = || self.error(format!("no page {page} in a data block"));
        let (offset, length) = DataBlock::page(&self.header, shape, page).ok_or_else(missing)?;
        let address = Address(address.0.checked_add(offset).ok_or_else(missing)?);
        let bytes = storage.metadata(address, length)?;
        let count = DataBlock::decode_page(&bytes, &self.header).map_err(at(address))?.len();
        let read_bytes = read_bytes.saturating_add(bytes.len());
        Ok(Part { first, count: page_elements, elements: Some((bytes, count)), read_bytes })
    }

    fn element(&self, part: &Part<'_>, index: u64, grid: &ChunkGrid) -> Result<Option<ChunkLocation>> {
        let Some((bytes, count)) = &part.elements else { return Ok(None) };
        let number = usize::try_from(index.saturating_sub(part.first)).unwrap_or(usize::MAX);
        let element = Records::new(bytes, self.format.bytes()).get(number).filter(|_| number < *count);
        let element = element.ok_or_else(|| self.error(format!("no element {index}")))?;
        let element = self.format.decode(element).map_err(at(self.address))?;
        Ok(element.map(|element| super::location_of(element, grid)))
    }

    fn element_bytes(&self) -> u64 {
        u64::try_from(self.format.bytes()).unwrap_or(u64::MAX)
    }

    fn error(&self, message: String) -> Error {
        Error::format(message).in_structure("extensible array", "VII.D").at_address(self.address.0)
    }
}
