//! Changes of fixed arrays (specification VII.C).
//!
//! A data block of up to [`COPIED_BYTES`] is replaced as a whole, and the header with it. In a larger one the header and the data block
//! stay where they are: each page is a stable block, and so is the part with the bitmap of pages, which is published after them.

use std::collections::{BTreeMap, BTreeSet};

use h5_format::fixed_array::{FixedArrayHeader, is_page_initialized};
use h5_types::{Address, Error, Result};

use super::patch::{address_bytes, element_of, location_of, part, put, put_element, seal, set_bit};
use super::{Applied, Change};
use crate::chunk_index::ChunkGrid;
use crate::walk::at;
use crate::write::session::Session;
use crate::write::space::SpaceKind;

/// Bytes of a data block that is copied rather than changed in place.
const COPIED_BYTES: u64 = 64 << 10;

/// An array that is being changed.
struct Editor<'s> {
    session: &'s mut Session,
    grid: &'s ChunkGrid,
    /// The dataset, which is published after the array.
    dataset: Address,
    header: FixedArrayHeader,
    applied: Applied,
}

/// A page: its number, its place from the start of the data block, and its length.
type PagePlace = (u64, u64, u64);

/// True if changes of an array of so many elements are published together with the dataset's header.
pub(super) fn is_copied(session: &Session, grid: &ChunkGrid, page_bits: u8) -> bool {
    new_header(session, grid, page_bits).is_ok_and(|header| header.data_block_total_bytes() <= COPIED_BYTES)
}

/// Makes changes, sorted by their places in the array, to the array at `address` or to a new one. Returns its address.
///
/// # Errors
/// `Format`, `Io`, `Limit`.
pub(super) fn apply(
    session: &mut Session,
    grid: &ChunkGrid,
    dataset: Address,
    (address, page_bits): (Option<Address>, u8),
    changes: &[Change<'_>],
) -> Result<(Address, Applied)> {
    let mut numbered = BTreeMap::new();
    let header = match address {
        Some(address) => load_header(session, grid, address)?,
        None => new_header(session, grid, page_bits)?,
    };
    for change in changes {
        let number = grid.linear_index(change.scaled).filter(|&number| number < header.max_num_entries);
        let outside =
            || Error::format("a chunk has no place in its fixed array").in_structure("fixed array", "VII.C");
        numbered.insert(number.ok_or_else(outside)?, *change);
    }
    let copied = header.data_block_total_bytes() <= COPIED_BYTES;
    let mut editor = Editor { session, grid, dataset, header, applied: Applied::default() };
    let address =
        if copied { editor.copy(address, &numbered)? } else { editor.change_in_place(address, &numbered)? };
    Ok((address, editor.applied))
}

/// Gives back all blocks of an array.
///
/// # Errors
/// `Format`, `Io`; nothing has changed then.
pub(super) fn release(session: &mut Session, grid: &ChunkGrid, address: Address) -> Result<()> {
    let header = load_header(session, grid, address)?;
    if let Some(block) = header.data_block_address {
        if header.data_block_total_bytes() <= COPIED_BYTES {
            session.free(block, header.data_block_total_bytes());
        } else {
            // Piece by piece: each may be staged.
            session.free(block, header.data_block_bytes());
            for (offset, _, length) in (0..header.pages()).map_while(|page| header.page(page)) {
                session.free(Address(block.0.saturating_add(offset)), length);
            }
        }
    }
    session.free(address, FixedArrayHeader::bytes(session.sizes()));
    Ok(())
}

fn load_header(session: &Session, grid: &ChunkGrid, address: Address) -> Result<FixedArrayHeader> {
    let storage = session.core().storage();
    let bytes = storage.metadata(address, FixedArrayHeader::bytes(storage.sizes()))?;
    FixedArrayHeader::decode(&bytes, grid.element_format(storage.sizes())).map_err(at(address))
}

fn new_header(session: &Session, grid: &ChunkGrid, page_bits: u8) -> Result<FixedArrayHeader> {
    let max_num_entries = grid
        .most_chunks()
        .ok_or_else(|| Error::format("a fixed array of a dataset that has an unlimited dimension"))?;
    let format = grid.element_format(session.sizes());
    Ok(FixedArrayHeader { page_bits, max_num_entries, data_block_address: None, format })
}

impl Editor<'_> {
    /// Where the part of the data block that is after its owner's address begins.
    fn content_offset(&self) -> u64 {
        u64::from(self.header.format.sizes.offsets).saturating_add(6)
    }

    /// Place of an element in the data block, and of its page: from the start of the block, and its length.
    fn place(&self, number: u64) -> Result<(u64, Option<PagePlace>)> {
        let bytes = u64::try_from(self.header.format.bytes()).unwrap_or(u64::MAX);
        let within = |start: u64, element: u64| start.saturating_add(element.saturating_mul(bytes));
        if self.header.pages() == 0 {
            return Ok((within(self.content_offset(), number), None));
        }
        let page_elements = self.header.page_elements();
        let page = number.checked_div(page_elements).unwrap_or(0);
        let missing = || Error::format(format!("no page {page} in a fixed array"));
        let (offset, _, length) = self.header.page(page).ok_or_else(missing)?;
        let element = number.checked_rem(page_elements).unwrap_or(0);
        Ok((within(offset, element), Some((page, offset, length))))
    }

    /// A page without chunks.
    fn empty_page(&self, page: u64) -> Result<Vec<u8>> {
        let count = self.header.page(page).map_or(0, |(_, count, _)| count);
        Ok(self.header.encode_page(page, &vec![None; usize::try_from(count).unwrap_or(0)])?)
    }

    /// A data block without chunks, and without pages.
    fn empty_block(&self, owner: Address) -> Result<Vec<u8>> {
        let count =
            |count: u64| usize::try_from(count).map_err(|_| Error::limit("a fixed array larger than memory"));
        Ok(match self.header.pages() {
            0 => self.header.encode_data_block(&vec![None; count(self.header.max_num_entries)?], owner)?,
            pages => self.header.encode_paged_data_block(&vec![false; count(pages)?], owner)?,
        })
    }

    /// Changes an array whose blocks are replaced as a whole.
    fn copy(&mut self, address: Option<Address>, changes: &BTreeMap<u64, Change<'_>>) -> Result<Address> {
        let total = self.header.data_block_total_bytes();
        let prefix = self.header.data_block_bytes();
        let old = self.header.data_block_address;
        let mut block = match (old, address) {
            (Some(block), Some(owner)) => {
                let bytes = self.session.core().storage().metadata(block, total)?;
                self.header.decode_data_block(part(&bytes, 0, prefix)?, owner).map_err(at(block))?;
                bytes.to_vec()
            }
            _ => self.empty_block(Address(0))?,
        };
        block.resize(usize::try_from(total).unwrap_or(block.len()), 0);
        let mut touched = BTreeSet::new();
        for (&number, change) in changes {
            let (offset, page) = self.place(number)?;
            if let Some((page, start, length)) = page {
                if set_bit(&mut block, self.content_offset(), page)? {
                    put(&mut block, start, &self.empty_page(page)?)?;
                }
                touched.insert((start, length));
            }
            self.put(&mut block, offset, change)?;
        }
        touched.into_iter().try_for_each(|(start, length)| seal(&mut block, start, length))?;
        // The header's new address is in the data block, and the data block's in the header.
        let length = FixedArrayHeader::bytes(self.session.sizes());
        let header = self.header.encode()?;
        let address = match address {
            Some(address) => self.session.replace(address, length, header)?,
            None => self.session.put(SpaceKind::Metadata, header)?,
        };
        put(&mut block, 6, &address_bytes(address, self.header.format.sizes.offsets))?;
        seal(&mut block, 0, prefix)?;
        let block = match old {
            Some(old) => self.session.replace(old, total, block)?,
            None => self.session.put(SpaceKind::Metadata, block)?,
        };
        self.header.data_block_address = Some(block);
        self.session.stage(address, self.header.encode()?);
        Ok(address)
    }

    /// Changes an array whose blocks stay where they are.
    fn change_in_place(
        &mut self,
        address: Option<Address>,
        changes: &BTreeMap<u64, Change<'_>>,
    ) -> Result<Address> {
        let prefix_bytes = self.header.data_block_bytes();
        let address = match address {
            Some(address) => address,
            None => self.session.put(SpaceKind::Stable, self.header.encode()?)?,
        };
        let (block, mut prefix) = match self.header.data_block_address {
            Some(block) => {
                let bytes = self.session.core().storage().metadata(block, prefix_bytes)?;
                self.header.decode_data_block(&bytes, address).map_err(at(block))?;
                (block, bytes.to_vec())
            }
            None => {
                let prefix = self.empty_block(address)?;
                let block =
                    self.session.allocate(SpaceKind::Metadata, self.header.data_block_total_bytes())?;
                self.header.data_block_address = Some(block);
                self.session.stage(address, self.header.encode()?);
                self.session.stage(block, prefix.clone());
                self.session.publish_before(block, address)?;
                self.session.publish_before(address, self.dataset)?;
                (block, prefix)
            }
        };
        let mut pages: BTreeMap<u64, Vec<(u64, &Change<'_>)>> = BTreeMap::new();
        for (&number, change) in changes {
            let (offset, page) = self.place(number)?;
            let (page, start, _) = page.ok_or_else(|| Error::format("a large fixed array without pages"))?;
            pages.entry(page).or_default().push((offset.saturating_sub(start), change));
        }
        for (page, changes) in pages {
            self.change_page(block, &mut prefix, page, &changes)?;
        }
        Ok(address)
    }

    /// Changes one page in place.
    fn change_page(
        &mut self,
        block: Address,
        prefix: &mut [u8],
        page: u64,
        changes: &[(u64, &Change<'_>)],
    ) -> Result<()> {
        let missing = || Error::format(format!("no page {page} in a fixed array"));
        let (start, _, length) = self.header.page(page).ok_or_else(missing)?;
        let address = Address(block.0.checked_add(start).ok_or_else(missing)?);
        let bitmap = self.content_offset();
        let is_new = !is_page_initialized(part(prefix, bitmap, self.header.pages().div_ceil(8))?, page);
        let mut bytes = if is_new {
            self.empty_page(page)?
        } else {
            let bytes = self.session.core().storage().metadata(address, length)?;
            self.header.decode_page(&bytes).map_err(at(address))?;
            bytes.to_vec()
        };
        for (offset, change) in changes {
            self.put(&mut bytes, *offset, change)?;
        }
        seal(&mut bytes, 0, length)?;
        self.session.stage(address, bytes);
        self.session.publish_before(address, self.dataset)?;
        if is_new {
            set_bit(prefix, bitmap, page)?;
            seal(prefix, 0, self.header.data_block_bytes())?;
            self.session.stage(block, prefix.to_vec());
            // A page that its bitmap tells of is there.
            self.session.publish_before(address, block)?;
            self.session.publish_before(block, self.dataset)?;
        }
        Ok(())
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
