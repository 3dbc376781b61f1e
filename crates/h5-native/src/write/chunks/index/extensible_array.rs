//! Changes of extensible arrays (specification VII.D).
//!
//! All blocks know the address of the header, which is a stable block therefore. Every other block that changes is replaced, up to the
//! header, which is published before the dataset's: chunks that a dataset is not long enough for are not seen. Where it would show other
//! changes too early, the array is made anew instead.

use h5_format::extensible_array::{
    DataBlock, ElementPlace, ExtensibleArrayHeader, IndexBlock, SuperBlock, SuperBlockShape,
};
use h5_types::{Address, Error, Result};

use super::patch::{address_bytes, element_of, location_of, part, put, put_element, seal, set_bit};
use super::{Applied, Change};
use crate::chunk_index::ChunkGrid;
use crate::walk::at;
use crate::write::session::Session;
use crate::write::space::SpaceKind;

/// What the layout message says of an array.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parameters {
    pub(super) max_bits: u8,
    pub(super) index_elements: u8,
    pub(super) min_pointers: u8,
    pub(super) min_elements: u8,
    pub(super) page_bits: u8,
}

/// An array that is being changed. Changes come sorted, so that each block is opened once.
struct Editor<'s> {
    session: &'s mut Session,
    grid: &'s ChunkGrid,
    address: Address,
    header: ExtensibleArrayHeader,
    index: Vec<u8>,
    super_block: Option<OpenSuperBlock>,
    data_block: Option<OpenDataBlock>,
    applied: Applied,
}

struct OpenSuperBlock {
    number: u64,
    shape: SuperBlockShape,
    address: Option<Address>,
    bytes: Vec<u8>,
}

struct OpenDataBlock {
    /// Where its address is kept.
    slot: Slot,
    shape: SuperBlockShape,
    address: Option<Address>,
    bytes: Vec<u8>,
    /// Pages that have changed, by their place and length.
    pages: Vec<(u64, u64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    /// In the index block.
    Index(u64),
    /// In the super block that is open.
    Super(u64, u64),
}

/// Makes changes to the array at `address` or to a new one. Returns its address.
///
/// # Errors
/// `Format`, `Io`, `Limit`.
pub(super) fn apply(
    session: &mut Session,
    grid: &ChunkGrid,
    dataset: Address,
    (address, parameters): (Option<Address>, Parameters),
    changes: &[Change<'_>],
) -> Result<(Address, Applied)> {
    let unlimited = grid.unlimited_dimension();
    let number = |change: &Change<'_>| grid.linear_index_from(change.scaled, unlimited?);
    let outside = || Error::format("a chunk has no place in its extensible array");
    let mut numbered = Vec::with_capacity(changes.len());
    for change in changes {
        numbered.push((number(change).ok_or_else(outside)?, change));
    }
    numbered.sort_unstable_by_key(|(number, _)| *number);
    let (address, header) = match address {
        Some(address) => (address, load_header(session, grid, address)?),
        None => {
            let header = new_header(session, grid, parameters);
            (session.put(SpaceKind::Stable, header.encode()?)?, header)
        }
    };
    let (super_block, data_block, applied) = (None, None, Applied::default());
    let index = Vec::new();
    let mut editor = Editor { session, grid, address, header, index, super_block, data_block, applied };
    editor.open_index()?;
    for (number, change) in numbered {
        editor.change(number, change)?;
    }
    editor.finish()?;
    let applied = editor.applied;
    session.publish_before(address, dataset)?;
    Ok((address, applied))
}

fn new_header(session: &Session, grid: &ChunkGrid, parameters: Parameters) -> ExtensibleArrayHeader {
    ExtensibleArrayHeader {
        max_nelmts_bits: parameters.max_bits,
        index_block_elements: parameters.index_elements,
        data_block_min_elements: parameters.min_elements,
        super_block_min_data_pointers: parameters.min_pointers,
        page_bits: parameters.page_bits,
        super_blocks: 0,
        super_blocks_bytes: 0,
        data_blocks: 0,
        data_blocks_bytes: 0,
        max_index_set: 0,
        realized_elements: 0,
        index_block_address: None,
        format: grid.element_format(session.sizes()),
    }
}

fn load_header(session: &Session, grid: &ChunkGrid, address: Address) -> Result<ExtensibleArrayHeader> {
    let storage = session.core().storage();
    let bytes = storage.metadata(address, ExtensibleArrayHeader::bytes(storage.sizes()))?;
    ExtensibleArrayHeader::decode(&bytes, grid.element_format(storage.sizes())).map_err(at(address))
}

/// Gives back all blocks of an array.
///
/// # Errors
/// `Format`, `Io`; nothing has changed then.
pub(super) fn release(session: &mut Session, grid: &ChunkGrid, address: Address) -> Result<()> {
    let header = load_header(session, grid, address)?;
    let mut blocks = vec![(address, ExtensibleArrayHeader::bytes(session.sizes()))];
    let storage = session.core().storage();
    if let Some(index_address) = header.index_block_address {
        let length = IndexBlock::bytes(&header);
        let bytes = storage.metadata(index_address, length)?;
        let index = IndexBlock::decode(&bytes, &header, address).map_err(at(index_address))?;
        blocks.push((index_address, length));
        let mut direct = 0_u64;
        for number in 0..u32::MAX {
            let Some(shape) = header.shape(number) else { break };
            if direct >= header.data_blocks_in_index() {
                break;
            }
            for _ in 0..shape.data_blocks {
                if let Some(block) = index.data_block(direct).map_err(at(index_address))? {
                    blocks.push((block, DataBlock::total_bytes(&header, &shape)));
                }
                direct = direct.saturating_add(1);
            }
        }
        let first = header.super_block_min_data_pointers.trailing_zeros().saturating_mul(2);
        for number in 0..header.super_block_addresses() {
            let Some(block) = index.super_block(number).map_err(at(index_address))? else { continue };
            let shape = u32::try_from(number).ok().and_then(|n| header.shape(first.checked_add(n)?));
            let shape = shape.ok_or_else(|| Error::format("a super block of no size").at_address(block.0))?;
            let length = SuperBlock::bytes(&header, &shape);
            let bytes = storage.metadata(block, length)?;
            let super_block = SuperBlock::decode(&bytes, &header, address, &shape).map_err(at(block))?;
            blocks.push((block, length));
            for number in 0..shape.data_blocks {
                if let Some(data) = super_block.data_block(number).map_err(at(block))? {
                    blocks.push((data, DataBlock::total_bytes(&header, &shape)));
                }
            }
        }
    }
    for (block, length) in blocks {
        session.free(block, length);
    }
    Ok(())
}

impl Editor<'_> {
    fn offsets(&self) -> u64 {
        u64::from(self.header.format.sizes.offsets)
    }

    fn element_bytes(&self) -> u64 {
        u64::try_from(self.header.format.bytes()).unwrap_or(u64::MAX)
    }

    /// Reads the index block, or makes one.
    fn open_index(&mut self) -> Result<()> {
        let storage = self.session.core().storage();
        if let Some(address) = self.header.index_block_address {
            let bytes = storage.metadata(address, IndexBlock::bytes(&self.header))?;
            IndexBlock::decode(&bytes, &self.header, self.address).map_err(at(address))?;
            self.index = bytes.to_vec();
            return Ok(());
        }
        let count = |count: u64| usize::try_from(count).unwrap_or(0);
        self.index = IndexBlock::encode(
            &self.header,
            self.address,
            &vec![None; usize::from(self.header.index_block_elements)],
            &vec![None; count(self.header.data_blocks_in_index())],
            &vec![None; count(self.header.super_block_addresses())],
        )?;
        self.header.realized_elements = u64::from(self.header.index_block_elements);
        Ok(())
    }

    fn change(&mut self, number: u64, change: &Change<'_>) -> Result<()> {
        let missing = || Error::limit(format!("an extensible array cannot have an element {number}"));
        let after = number.checked_add(1).ok_or_else(missing)?;
        match self.header.locate(number).ok_or_else(missing)? {
            ElementPlace::Index { element } => {
                let first = self.offsets().saturating_add(6);
                let offset = first.saturating_add(element.saturating_mul(self.element_bytes()));
                let mut index = std::mem::take(&mut self.index);
                let done = self.put(&mut index, offset, change);
                self.index = index;
                done?;
            }
            ElementPlace::Direct { data_block, shape, block_offset, element } => {
                self.open_data_block(Slot::Index(data_block), shape, block_offset)?;
                self.change_data_block(element, change)?;
            }
            ElementPlace::Super { super_block, shape, data_block, block_offset, element } => {
                self.open_super_block(super_block, shape)?;
                self.open_data_block(Slot::Super(super_block, data_block), shape, block_offset)?;
                self.change_data_block(element, change)?;
            }
        }
        if change.place.is_some() {
            self.header.max_index_set = self.header.max_index_set.max(after);
        }
        Ok(())
    }

    /// Writes what is open, then the index block, then the header.
    fn finish(&mut self) -> Result<()> {
        self.close_data_block()?;
        self.close_super_block()?;
        let length = IndexBlock::bytes(&self.header);
        let mut index = std::mem::take(&mut self.index);
        seal(&mut index, 0, length)?;
        self.header.index_block_address = Some(match self.header.index_block_address {
            Some(address) => self.session.replace(address, length, index)?,
            None => self.session.put(SpaceKind::Metadata, index)?,
        });
        self.session.stage(self.address, self.header.encode()?);
        Ok(())
    }

    fn open_super_block(&mut self, number: u64, shape: SuperBlockShape) -> Result<()> {
        if self.super_block.as_ref().is_some_and(|open| open.number == number) {
            return Ok(());
        }
        self.close_data_block()?;
        self.close_super_block()?;
        let index =
            IndexBlock::decode(&self.sealed_index()?, &self.header, self.address)?.super_block(number)?;
        let length = SuperBlock::bytes(&self.header, &shape);
        let bytes = match index {
            Some(address) => {
                let bytes = self.session.core().storage().metadata(address, length)?;
                SuperBlock::decode(&bytes, &self.header, self.address, &shape).map_err(at(address))?;
                bytes.to_vec()
            }
            None => {
                let blocks = usize::try_from(shape.data_blocks).unwrap_or(0);
                let pages = usize::try_from(shape.pages.saturating_mul(shape.data_blocks)).unwrap_or(0);
                let (pages, blocks) = (vec![false; pages], vec![None; blocks]);
                let header = &mut self.header;
                header.super_blocks = header.super_blocks.saturating_add(1);
                header.super_blocks_bytes = header.super_blocks_bytes.saturating_add(length);
                SuperBlock::encode(header, self.address, &shape, &pages, &blocks)?
            }
        };
        self.super_block = Some(OpenSuperBlock { number, shape, address: index, bytes });
        Ok(())
    }

    fn close_super_block(&mut self) -> Result<()> {
        let Some(mut open) = self.super_block.take() else { return Ok(()) };
        let length = SuperBlock::bytes(&self.header, &open.shape);
        seal(&mut open.bytes, 0, length)?;
        let address = match open.address {
            Some(address) => self.session.replace(address, length, open.bytes)?,
            None => self.session.put(SpaceKind::Metadata, open.bytes)?,
        };
        let before = self.header.data_blocks_in_index().saturating_add(open.number);
        self.put_in_index(before, address)
    }

    fn open_data_block(&mut self, slot: Slot, shape: SuperBlockShape, block_offset: u64) -> Result<()> {
        if self.data_block.as_ref().is_some_and(|open| open.slot == slot) {
            return Ok(());
        }
        self.close_data_block()?;
        let listed_as = if let Slot::Index(number) = slot { Some(number) } else { None };
        let address = self.data_block_address(slot)?;
        let total = DataBlock::total_bytes(&self.header, &shape);
        let bytes = match address {
            Some(address) => {
                let bytes = self.session.core().storage().metadata(address, total)?;
                let block = part(&bytes, 0, DataBlock::bytes(&self.header, &shape))?;
                DataBlock::decode(block, &self.header, self.address, &shape, block_offset, listed_as)
                    .map_err(at(address))?;
                bytes.to_vec()
            }
            None => {
                let count = if shape.pages == 0 { shape.data_block_elements } else { 0 };
                let elements = vec![None; usize::try_from(count).unwrap_or(0)];
                let header = &mut self.header;
                header.data_blocks = header.data_blocks.saturating_add(1);
                header.data_blocks_bytes = header.data_blocks_bytes.saturating_add(total);
                header.realized_elements = header.realized_elements.saturating_add(shape.data_block_elements);
                let mut bytes =
                    DataBlock::encode(header, self.address, &shape, block_offset, listed_as, &elements)?;
                bytes.resize(usize::try_from(total).unwrap_or(bytes.len()), 0);
                bytes
            }
        };
        self.data_block = Some(OpenDataBlock { slot, shape, address, bytes, pages: Vec::new() });
        Ok(())
    }

    /// Where the data block of a slot is.
    fn data_block_address(&self, slot: Slot) -> Result<Option<Address>> {
        match (slot, &self.super_block) {
            (Slot::Index(number), _) => {
                Ok(IndexBlock::decode(&self.sealed_index()?, &self.header, self.address)?
                    .data_block(number)?)
            }
            (Slot::Super(_, number), Some(open)) => {
                let mut bytes = open.bytes.clone();
                seal(&mut bytes, 0, SuperBlock::bytes(&self.header, &open.shape))?;
                let block = SuperBlock::decode(&bytes, &self.header, self.address, &open.shape)?;
                Ok(block.data_block(number)?)
            }
            (Slot::Super(..), None) => Err(Error::format("a data block without its super block")),
        }
    }

    /// The index block as it is now, with its checksum.
    fn sealed_index(&self) -> Result<Vec<u8>> {
        let mut bytes = self.index.clone();
        seal(&mut bytes, 0, IndexBlock::bytes(&self.header))?;
        Ok(bytes)
    }

    /// Puts an element into the data block that is open.
    fn change_data_block(&mut self, element: u64, change: &Change<'_>) -> Result<()> {
        let Some(mut open) = self.data_block.take() else { return Ok(()) };
        if open.shape.pages == 0 {
            let first = DataBlock::elements_offset(&self.header);
            let offset = first.saturating_add(element.saturating_mul(self.element_bytes()));
            self.put(&mut open.bytes, offset, change)?;
        } else {
            let page_elements = self.header.page_elements();
            let page = element.checked_div(page_elements).unwrap_or(0);
            let missing = || Error::format(format!("no page {page} in a data block"));
            let (start, length) = DataBlock::page(&self.header, &open.shape, page).ok_or_else(missing)?;
            if self.begin_page(open.slot, page)? {
                let elements = vec![None; usize::try_from(page_elements).unwrap_or(0)];
                put(&mut open.bytes, start, &DataBlock::encode_page(&self.header, &elements)?)?;
            } else if open.pages.last() != Some(&(start, length)) {
                DataBlock::decode_page(part(&open.bytes, start, length)?, &self.header)?;
            }
            if open.pages.last() != Some(&(start, length)) {
                open.pages.push((start, length));
            }
            let within = element.checked_rem(page_elements).unwrap_or(0);
            let offset = start.saturating_add(within.saturating_mul(self.element_bytes()));
            self.put(&mut open.bytes, offset, change)?;
        }
        self.data_block = Some(open);
        Ok(())
    }

    /// Notes that a page is written; true if it was not before.
    fn begin_page(&mut self, slot: Slot, page: u64) -> Result<bool> {
        let (Slot::Super(_, block), Some(open)) = (slot, &mut self.super_block) else {
            return Err(Error::format("a data block of the index block is paged"));
        };
        let offset_bytes = u64::try_from(self.header.offset_bytes()).unwrap_or(u64::MAX);
        let bitmap =
            u64::from(self.header.format.sizes.offsets).saturating_add(offset_bytes).saturating_add(6);
        let bit = block.saturating_mul(open.shape.pages).saturating_add(page);
        set_bit(&mut open.bytes, bitmap, bit)
    }

    fn close_data_block(&mut self) -> Result<()> {
        let Some(mut open) = self.data_block.take() else { return Ok(()) };
        let total = DataBlock::total_bytes(&self.header, &open.shape);
        if open.shape.pages == 0 {
            seal(&mut open.bytes, 0, total)?;
        }
        for &(start, length) in &open.pages {
            seal(&mut open.bytes, start, length)?;
        }
        let address = match open.address {
            Some(address) => self.session.replace(address, total, open.bytes)?,
            None => self.session.put(SpaceKind::Metadata, open.bytes)?,
        };
        match (open.slot, &mut self.super_block) {
            (Slot::Super(_, number), Some(parent)) => {
                // Addresses end where the checksum begins.
                let end = SuperBlock::bytes(&self.header, &parent.shape).saturating_sub(4);
                let behind = parent.shape.data_blocks.saturating_sub(number);
                let offsets = u64::from(self.header.format.sizes.offsets);
                let offset = end.saturating_sub(behind.saturating_mul(offsets));
                put(&mut parent.bytes, offset, &address_bytes(address, self.header.format.sizes.offsets))
            }
            (Slot::Index(number), _) => self.put_in_index(number, address),
            (Slot::Super(..), None) => Err(Error::format("a data block without its super block")),
        }
    }

    /// Puts an address into the index block; those of super blocks follow those of data blocks.
    fn put_in_index(&mut self, number: u64, address: Address) -> Result<()> {
        let elements = u64::from(self.header.index_block_elements).saturating_mul(self.element_bytes());
        let first = self.offsets().saturating_add(elements).saturating_add(6);
        let offset = first.saturating_add(number.saturating_mul(self.offsets()));
        put(&mut self.index, offset, &address_bytes(address, self.header.format.sizes.offsets))
    }

    fn put(&mut self, block: &mut [u8], offset: u64, change: &Change<'_>) -> Result<()> {
        let format = self.header.format;
        let element = change.place.map(|place| element_of(place, format));
        if let Some(old) = put_element(block, offset, format, element)? {
            self.applied.replaced.push(location_of(old, self.grid));
        }
        Ok(())
    }
}
