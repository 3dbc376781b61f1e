//! The free-space manager of a heap (specification III.H): what keeps its free space between one writer and the next.

use h5_format::fractal_heap::FractalHeapHeader;
use h5_format::free_space::{FreeSection, FreeSpaceClient, FreeSpaceHeader};
use h5_types::{Address, Error, Result};

use super::super::free_list::FreeList;
use super::{Session, SpaceKind};
use crate::Storage;
use crate::walk::at;

/// Class of sections that are ranges of bytes in a direct block; the others are blocks that do not exist.
const SINGLE: u8 = 0;
/// What the library writes: four classes of sections; the list shrinks and grows at these percentages.
const SECTION_CLASSES: u16 = 4;
const SHRINK_PERCENT: u16 = 80;
const EXPAND_PERCENT: u16 = 120;

/// The manager as it is in the file, apart from the ranges of bytes.
#[derive(Debug, Default)]
pub(super) struct Manager {
    address: Option<Address>,
    list: Option<(Address, u64)>,
    /// Sections of blocks that do not exist: other writers use them, this one does not.
    blocks: Vec<FreeSection>,
    /// Sections that follow from those, and their bytes.
    derived_sections: u64,
    derived_bytes: u64,
}

impl Manager {
    /// Reads what a heap's header names; ranges of bytes go to `free`.
    pub(super) fn load(storage: &Storage, heap: &FractalHeapHeader, free: &mut FreeList) -> Result<Self> {
        let Some(address) = heap.free_space_manager_address else { return Ok(Self::default()) };
        let sizes = storage.sizes();
        let bytes = storage.metadata(address, FreeSpaceHeader::bytes(sizes))?;
        let header = FreeSpaceHeader::decode(&bytes, sizes).map_err(at(address))?;
        let mut manager = Self { address: Some(address), ..Self::default() };
        let mut sections = Vec::new();
        if let Some(list) = header.section_list_address {
            let bytes = storage.metadata(list, header.section_list_used_bytes)?;
            sections =
                header.decode_sections(&bytes, address, heap.offset_bytes(), sizes).map_err(at(list))?;
            manager.list = Some((list, header.section_list_allocated_bytes));
        }
        let listed = sections.iter().fold(0_u64, |sum, section| sum.saturating_add(section.size));
        manager.derived_bytes = header.total_space_bytes.saturating_sub(listed);
        manager.derived_sections = header.unserialized_sections;
        for section in sections {
            if section.section_type != SINGLE {
                manager.blocks.push(section);
                continue;
            }
            let end = section.offset.checked_add(section.size).filter(|&end| end <= heap.managed_bytes);
            if end.is_none() {
                let message = format!("free space at {} is outside the heap", section.offset);
                return Err(Error::format(message)
                    .in_structure("free-space manager", "III.H")
                    .at_address(address.0));
            }
            free.insert(section.offset, section.size);
        }
        Ok(manager)
    }

    /// Writes the manager anew; returns its address, or `None` if there is no free space.
    pub(super) fn write(
        &mut self,
        session: &mut Session,
        heap: &FractalHeapHeader,
        free: &FreeList,
    ) -> Result<Option<Address>> {
        let sizes = session.sizes();
        let header_bytes = FreeSpaceHeader::bytes(sizes);
        if let Some((address, length)) = self.list.take() {
            session.free(address, length);
        }
        let single = |(offset, size)| FreeSection { offset, size, section_type: SINGLE, blocks: None };
        let mut sections: Vec<FreeSection> = free.sections().map(single).collect();
        sections.extend(&self.blocks);
        if sections.is_empty() {
            if let Some(address) = self.address.take() {
                session.free(address, header_bytes);
            }
            return Ok(None);
        }
        // The list is in sets of one size.
        sections.sort_by_key(|section| (section.size, section.offset));
        let room = vec![0; usize::try_from(header_bytes).unwrap_or(0)];
        let address = match self.address {
            Some(old) => session.replace(old, header_bytes, room)?,
            None => session.put(SpaceKind::Metadata, room)?,
        };
        let count = u64::try_from(sections.len()).unwrap_or(u64::MAX);
        let listed = sections.iter().fold(0_u64, |sum, section| sum.saturating_add(section.size));
        let mut header = FreeSpaceHeader {
            client: FreeSpaceClient::FractalHeap,
            total_space_bytes: listed.saturating_add(self.derived_bytes),
            total_sections: count.saturating_add(self.derived_sections),
            serialized_sections: count,
            unserialized_sections: self.derived_sections,
            section_classes: SECTION_CLASSES,
            shrink_percent: SHRINK_PERCENT,
            expand_percent: EXPAND_PERCENT,
            address_space_bits: heap.max_heap_size_bits,
            max_section_bytes: heap.max_direct_block_bytes,
            section_list_address: None,
            section_list_used_bytes: 0,
            section_list_allocated_bytes: 0,
        };
        let list = header.encode_sections(&sections, address, heap.offset_bytes(), sizes)?;
        let length = u64::try_from(list.len()).unwrap_or(u64::MAX);
        let list_address = session.put(SpaceKind::Metadata, list)?;
        header.section_list_address = Some(list_address);
        header.section_list_used_bytes = length;
        header.section_list_allocated_bytes = length;
        session.stage(address, header.encode(sizes)?);
        (self.address, self.list) = (Some(address), Some((list_address, length)));
        Ok(self.address)
    }

    /// Gives back the manager's blocks.
    pub(super) fn delete(&self, session: &mut Session) {
        if let Some((address, length)) = self.list {
            session.free(address, length);
        }
        if let Some(address) = self.address {
            let length = FreeSpaceHeader::bytes(session.sizes());
            session.free(address, length);
        }
    }
}
