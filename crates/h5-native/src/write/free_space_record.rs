//! What a file says of its free space between one writer and the next: the *File Space Info* message in the superblock extension
//! (specification IV.A.2.x) and the managers that it leads to (III.H).
//!
//! The record is struck out before anything is published that may lie in space that it calls free: the message then names no manager,
//! as in a file whose last writer has not come to its end. Closing the file writes it anew. A writer that is killed in between leaves a
//! file whose free space nobody knows, and never one that calls space free which is in use.

use std::collections::BTreeMap;

use h5_format::free_space::{FreeSection, FreeSpaceClient, FreeSpaceHeader};
use h5_format::message::{FileSpaceInfo, FileSpaceStrategy, MessageType};
use h5_types::{Address, Error, Result};

use super::free_list::FreeList;
use super::free_space::{Class, Part, Regime};
use super::session::Session;
use super::space::{Space, SpaceKind};
use crate::FileSpace;
use crate::object::FileCore;

/// Managers by kind of memory, and then again for large blocks: the library's drivers for one file use that of the superblock for all
/// metadata and that of raw data for raw data and the global heap.
const METADATA: usize = 0;
const RAW: usize = 2;
const GLOBAL_HEAP: usize = 4;
const LARGE: usize = 6;

/// Classes of the file's sections: anywhere, in a page, and of whole pages with what is behind the last block in them.
const SECTION_CLASSES: u16 = 3;
const SIMPLE: u8 = 0;
const SMALL_IN_PAGES: u8 = 1;
const LARGE_IN_PAGES: u8 = 2;
/// What the library writes: the list shrinks and grows at these percentages.
const SHRINK_PERCENT: u16 = 80;
const EXPAND_PERCENT: u16 = 120;

/// Sections that writing the record may add.
const ADDED_SECTIONS: usize = 16;

/// Where a file that keeps its free space says so.
#[derive(Debug)]
pub(crate) struct FreeSpaceRecord {
    /// The superblock extension.
    pub(super) extension: Address,
    info: FileSpaceInfo,
    /// Version of the message.
    version: u8,
    /// Managers and their lists, if the record is in the file.
    blocks: Vec<(Address, u64)>,
    /// Whether the file is without the record, as it is while it is changed.
    is_struck: bool,
}

/// The space of a file that ends at `end`, with what its record says is free.
///
/// # Errors
/// `Format` for a page size that cannot be; `Io`.
pub(super) fn load(core: &FileCore, end: u64) -> Result<(Space, Option<FreeSpaceRecord>)> {
    let (offsets, base) = (core.storage().sizes().offsets, core.storage().base_address());
    let extension = core.superblock().superblock_extension_address;
    let (Some(info), Some(extension)) = (&core.extension().file_space_info, extension) else {
        return Ok((Space::new(end, offsets, Regime::Mixed, base), None));
    };
    let regime = match info.strategy {
        FileSpaceStrategy::Pages => Regime::Pages(page_bytes(info)?),
        FileSpaceStrategy::FreeSpaceManagers if info.persisting_free_space => Regime::Apart,
        _ => Regime::Mixed,
    };
    let mut space = Space::new(end, offsets, regime, base);
    if !info.persisting_free_space {
        return Ok((space, None));
    }
    let version = if info.managers.len() > LARGE { 1 } else { 0 };
    let mut record =
        FreeSpaceRecord { extension, info: info.clone(), version, blocks: Vec::new(), is_struck: false };
    record.is_struck = !record.names_something();
    let found = sections(core, info, end);
    // Of a record that is damaged, nothing is believed; the next one is whole again.
    if let Some((blocks, sections)) = known(found)? {
        record.blocks = blocks;
        for (part, address, length) in sections {
            space.known_free(part, address, length);
        }
    }
    Ok((space, Some(record)))
}

fn page_bytes(info: &FileSpaceInfo) -> Result<u64> {
    let page = info.file_space_page_size;
    let possible = FileSpace::PAGE_BYTES;
    if possible.contains(&page) {
        return Ok(page);
    }
    let text = format!("pages of {page} bytes, expected {} to {}", possible.start(), possible.end());
    Err(Error::format(text).in_structure("File Space Info message", "IV.A.2.x"))
}

/// Tells a damaged record, which is none, from a failing storage.
fn known<T>(found: Result<T>) -> Result<Option<T>> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == h5_types::ErrorKind::Io => Err(error),
        Err(_) => Ok(None),
    }
}

type Blocks = Vec<(Address, u64)>;
type Sections = Vec<(Part, u64, u64)>;

/// The blocks of all managers and the sections that they list.
fn sections(core: &FileCore, info: &FileSpaceInfo, end: u64) -> Result<(Blocks, Sections)> {
    let (storage, sizes) = (core.storage(), core.storage().sizes());
    let (mut blocks, mut sections) = (Vec::new(), Vec::new());
    let mut seen = FreeList::default();
    // What is certainly in use.
    let superblock = h5_format::superblock::Superblock::encoded_bytes(core.superblock().version, sizes);
    seen.insert(0, u64::try_from(superblock).unwrap_or(u64::MAX));
    for (kind, manager) in info.managers.iter().enumerate() {
        let Some(address) = *manager else { continue };
        let header_bytes = FreeSpaceHeader::bytes(sizes);
        let header = FreeSpaceHeader::decode(&storage.metadata(address, header_bytes)?, sizes)?;
        if header.client != FreeSpaceClient::File {
            return Err(Error::format("free space of a fractal heap in the place of the file's"));
        }
        claim(&mut seen, address.0, header_bytes, end)?;
        blocks.push((address, header_bytes));
        let Some(list) = header.section_list_address else { continue };
        claim(&mut seen, list.0, header.section_list_allocated_bytes, end)?;
        blocks.push((list, header.section_list_allocated_bytes));
        let bytes = storage.metadata(list, header.section_list_used_bytes)?;
        for section in header.decode_sections(&bytes, address, 0, sizes)? {
            claim(&mut seen, section.offset, section.size, end)?;
            sections.push((part_of(kind), section.offset, section.size));
        }
    }
    Ok((blocks, sections))
}

/// Notes bytes that were said to be one thing; they must lie in the file, and be nothing else.
fn claim(seen: &mut FreeList, address: u64, length: u64, end: u64) -> Result<()> {
    let stop = address.checked_add(length).filter(|&stop| length > 0 && stop <= end);
    let Some(stop) = stop else {
        return Err(Error::format(format!("{length} bytes at {address:#x} of a file that ends at {end:#x}")));
    };
    if seen.overlaps(address, stop) {
        return Err(Error::format(format!("{length} bytes at {address:#x} are free twice or in use")));
    }
    seen.insert(address, length);
    Ok(())
}

fn part_of(manager: usize) -> Part {
    match manager {
        RAW | GLOBAL_HEAP => Part::Of(Class::Raw),
        0..LARGE => Part::Of(Class::Metadata),
        _ => Part::Large,
    }
}

impl FreeSpaceRecord {
    fn names_something(&self) -> bool {
        self.info.end_of_allocation.is_some() || self.info.managers.iter().any(Option::is_some)
    }

    fn encode(&self, sizes: h5_format::Sizes) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        self.info.encode(self.version, sizes, &mut body)?;
        Ok(body)
    }
}

impl Session {
    /// Says that the file's free space is not known, for the commit to publish before all else.
    ///
    /// # Errors
    /// Those of changing the superblock extension.
    pub(super) fn strike_free_space_record(&mut self) -> Result<()> {
        let Some(record) = self.free_space_record.as_mut().filter(|record| !record.is_struck) else {
            return Ok(());
        };
        record.info.managers.iter_mut().for_each(|manager| *manager = None);
        record.info.end_of_allocation = None;
        let blocks = std::mem::take(&mut record.blocks);
        self.set_free_space_message()?;
        for (address, length) in blocks {
            self.free(address, length);
        }
        if let Some(record) = &mut self.free_space_record {
            record.is_struck = true;
        }
        Ok(())
    }

    fn set_free_space_message(&mut self) -> Result<()> {
        let Some(record) = &self.free_space_record else { return Ok(()) };
        let (extension, body) = (record.extension, record.encode(self.sizes())?);
        self.header(extension)?.set(MessageType::FileSpaceInfo, body);
        Ok(())
    }

    /// Writes what is free, for the next writer, into space that is free itself. Only the commit that publishes it comes after that: any
    /// other would have to strike it out again.
    ///
    /// # Errors
    /// `Limit` if the file is full, `Io`.
    pub(super) fn record_free_space(&mut self) -> Result<()> {
        let is_kept = self.space.regime() != Regime::Mixed;
        let is_struck = self.free_space_record.as_ref().is_some_and(|record| record.is_struck);
        if !is_kept || !is_struck || self.recorded_sections().iter().all(|(_, list)| list.is_empty()) {
            return Ok(());
        }
        // The lists' own places change what is free: first a place for each, then what is left.
        let room = self.list_room()?;
        let mut places = BTreeMap::new();
        while let Some(manager) = self.manager_without_place(&places) {
            let header = self.allocate(SpaceKind::Metadata, FreeSpaceHeader::bytes(self.sizes()))?;
            places.insert(manager, (header, self.allocate(SpaceKind::Metadata, room)?));
        }
        for (manager, sections) in self.recorded_sections() {
            // One whose last section has become its own place is not written: a few bytes are lost.
            let Some(&(header, list)) = places.get(&manager).filter(|_| !sections.is_empty()) else {
                continue;
            };
            self.write_manager(header, (list, room), &sections)?;
            let managers = self.free_space_record.as_mut().map(|record| &mut record.info.managers);
            if let Some(place) = managers.and_then(|managers| managers.get_mut(manager)) {
                *place = Some(header);
            }
        }
        let end = self.space.end();
        if let Some(record) = &mut self.free_space_record {
            // None of the managers lies behind what they manage.
            record.info.end_of_allocation = (record.version > 0).then_some(Address(end));
        }
        self.set_free_space_message()
    }

    fn manager_without_place(&self, places: &BTreeMap<usize, (Address, Address)>) -> Option<usize> {
        let lists = self.recorded_sections().into_iter();
        lists.filter(|(_, list)| !list.is_empty()).map(|(n, _)| n).find(|n| !places.contains_key(n))
    }

    /// What each manager is to list, each sorted by size: sections of the same size make one set.
    fn recorded_sections(&self) -> [(usize, Vec<FreeSection>); 3] {
        let info = self.free_space_record.as_ref().map(|record| &record.info);
        let threshold = info.map_or(0, |info| info.free_space_section_threshold);
        let in_pages = self.space.page_bytes().is_some();
        let mut lists =
            [(METADATA, Part::Of(Class::Metadata)), (RAW, Part::Of(Class::Raw)), (LARGE, Part::Large)]
                .map(|(manager, part)| (part, manager, Vec::new()));
        for (part, offset, size) in self.space.free_sections() {
            let section_type = match part {
                _ if !in_pages => SIMPLE,
                Part::Of(_) => SMALL_IN_PAGES,
                Part::Large => LARGE_IN_PAGES,
            };
            if size >= threshold
                && let Some((_, _, list)) = lists.iter_mut().find(|list| list.0 == part)
            {
                list.push(FreeSection { offset, size, section_type, blocks: None });
            }
        }
        lists.map(|(_, manager, mut sections)| {
            sections.sort_by_key(|section| (section.size, section.offset));
            (manager, sections)
        })
    }

    /// Bytes that hold the list of any manager, if every section has a set of its own.
    fn list_room(&self) -> Result<u64> {
        let most = self.recorded_sections().iter().map(|(_, sections)| sections.len()).max().unwrap_or(0);
        let most = most.saturating_add(ADDED_SECTIONS);
        let sections: Vec<FreeSection> = (1..)
            .take(most)
            .map(|size| FreeSection { offset: 0, size, section_type: SIMPLE, blocks: None })
            .collect();
        let list = manager_header(&sections).encode_sections(&sections, Address(0), 0, self.sizes())?;
        Ok(u64::try_from(list.len()).unwrap_or(u64::MAX))
    }

    fn write_manager(
        &mut self,
        header_address: Address,
        (list_address, room): (Address, u64),
        sections: &[FreeSection],
    ) -> Result<()> {
        let sizes = self.sizes();
        let mut header = manager_header(sections);
        let mut list = header.encode_sections(sections, header_address, 0, sizes)?;
        header.section_list_address = Some(list_address);
        header.section_list_used_bytes = u64::try_from(list.len()).unwrap_or(u64::MAX);
        header.section_list_allocated_bytes = room;
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        if list.len() > room {
            return Err(Error::limit("more free sections than there was room for"));
        }
        list.resize(room, 0);
        self.stage(list_address, list);
        self.stage(header_address, header.encode(sizes)?);
        Ok(())
    }
}

/// The header of a manager, but for where its list is.
fn manager_header(sections: &[FreeSection]) -> FreeSpaceHeader {
    let count = u64::try_from(sections.len()).unwrap_or(u64::MAX);
    FreeSpaceHeader {
        client: FreeSpaceClient::File,
        total_space_bytes: sections.iter().fold(0_u64, |sum, section| sum.saturating_add(section.size)),
        total_sections: count,
        serialized_sections: count,
        unserialized_sections: 0,
        section_classes: SECTION_CLASSES,
        shrink_percent: SHRINK_PERCENT,
        expand_percent: EXPAND_PERCENT,
        // Offsets are not negative in the library.
        address_space_bits: 63,
        max_section_bytes: (1 << 63) - 1,
        section_list_address: None,
        section_list_used_bytes: 0,
        section_list_allocated_bytes: 0,
    }
}
