use h5_format::Sizes;
use h5_format::local_heap::{LocalHeap, LocalHeapFreeBlock};
use h5_types::{Address, Error, Result};

use super::super::session::Session;
use super::super::space::SpaceKind;
use crate::walk::at;

/// What stands for the next free block in the last one.
const END_OF_FREE_LIST: u64 = 1;

/// A part of a data segment: offset and bytes.
pub(super) type Part = (u64, u64);

/// The names of a group, of which there will be more.
///
/// New names go to the ends of free blocks, whose own fields are at their beginnings: until a smaller size is published there, the names
/// are free space. Where that leaves no room, the data segment is copied to another place and the header leads there.
#[derive(Debug)]
pub(super) struct NameHeap {
    address: Address,
    heap: LocalHeap,
    free: Vec<LocalHeapFreeBlock>,
}

/// Where texts are to be put: for each the offset, in their order.
struct Places {
    offsets: Vec<u64>,
    /// Free blocks afterwards; some may have no bytes.
    free: Vec<LocalHeapFreeBlock>,
}

impl NameHeap {
    /// Reads header and free-list.
    ///
    /// # Errors
    /// `Format` if they are damaged, `Limit`, `Io`.
    pub(super) fn open(session: &Session, address: Address) -> Result<Self> {
        let (storage, sizes) = (session.core().storage(), session.sizes());
        let header = storage.metadata(address, LocalHeap::bytes(sizes))?;
        let heap = LocalHeap::decode(&header, sizes).map_err(at(address))?;
        let free = match heap.free_list_head_offset {
            None => Vec::new(),
            Some(_) => {
                let segment = storage.metadata(heap.data_segment_address, heap.data_segment_bytes)?;
                heap.free_blocks(&segment, sizes).map_err(at(address))?
            }
        };
        if free.iter().any(|block| !block.offset.is_multiple_of(8)) {
            return Err(Error::format("a free block that begins at no multiple of eight bytes")
                .in_structure("local heap", "III.D")
                .at_address(address.0));
        }
        Ok(Self { address, heap, free })
    }

    /// The first bytes of a new heap: an empty name at offset 0 and free space.
    ///
    /// # Errors
    /// `Limit` if the file is full.
    pub(super) fn create(session: &mut Session, data_segment_bytes: u64) -> Result<Address> {
        let sizes = session.sizes();
        let (free, segment) = empty_segment(data_segment_bytes, sizes)?;
        let data_segment_address = session.allocate(SpaceKind::Metadata, data_segment_bytes)?;
        session.write_raw(data_segment_address, &segment)?;
        let heap = LocalHeap { data_segment_bytes, free_list_head_offset: Some(free), data_segment_address };
        session.put(SpaceKind::Stable, heap.encode(sizes)?)
    }

    /// Puts texts into the heap and says where they are. `root` is the block that leads to them once it is published; `used` tells
    /// which parts of the data segment must stay, in case it is copied.
    ///
    /// # Errors
    /// Those of `used`; `Limit` if the file is full, `Io`.
    pub(super) fn insert(
        &mut self,
        session: &mut Session,
        texts: &[&[u8]],
        root: Address,
        used: impl FnOnce(&Session) -> Result<Vec<Part>>,
    ) -> Result<Vec<u64>> {
        // A free block must keep its fields here: it cannot leave the list without a change of another.
        if let Some(places) = self.place(&self.free, texts, minimum(session), false) {
            self.write_in_place(session, texts, &places, root)?;
            self.free = places.free;
            return Ok(places.offsets);
        }
        let used = used(session)?;
        self.write_copy(session, texts, &used, root)
    }

    /// Places for texts at the ends of free blocks; `None` if there are not enough.
    fn place(
        &self,
        free: &[LocalHeapFreeBlock],
        texts: &[&[u8]],
        minimum: u64,
        may_vanish: bool,
    ) -> Option<Places> {
        let mut free = free.to_vec();
        let mut offsets = Vec::with_capacity(texts.len());
        let mut blocks = free.iter_mut();
        let mut block = blocks.next();
        for text in texts {
            let bytes = name_bytes(text);
            loop {
                let open = block.as_deref_mut()?;
                let rest = open.size.checked_sub(bytes);
                if let Some(rest) = rest.filter(|&rest| rest >= minimum || (may_vanish && rest == 0)) {
                    open.size = rest;
                    offsets.push(open.offset.saturating_add(rest));
                    break;
                }
                block = blocks.next();
            }
        }
        Some(Places { offsets, free })
    }

    fn write_in_place(
        &self,
        session: &mut Session,
        texts: &[&[u8]],
        places: &Places,
        root: Address,
    ) -> Result<()> {
        let segment = self.heap.data_segment_address;
        let mut run: Option<(u64, Vec<u8>)> = None;
        for (text, &offset) in texts.iter().zip(&places.offsets) {
            let mut bytes = stored(text);
            // Texts of one block are put there from its end on: each comes before the one before it.
            run = match run {
                Some((start, rest)) if offset.saturating_add(name_bytes(text)) == start => {
                    bytes.extend(rest);
                    Some((offset, bytes))
                }
                Some((start, rest)) => {
                    session.write_raw(Address(segment.0.saturating_add(start)), &rest)?;
                    Some((offset, bytes))
                }
                None => Some((offset, bytes)),
            };
        }
        if let Some((start, rest)) = run {
            session.write_raw(Address(segment.0.saturating_add(start)), &rest)?;
        }
        for (index, (now, before)) in places.free.iter().zip(&self.free).enumerate() {
            if now == before {
                continue;
            }
            let next = places.free.get(index.saturating_add(1)..).unwrap_or_default();
            let fields = fields(now, next, session);
            let address = Address(segment.0.saturating_add(now.offset));
            if session.is_fresh(segment) {
                session.write_raw(address, &fields)?;
            } else {
                session.publish_before(address, root)?;
                session.stage(address, fields);
            }
        }
        Ok(())
    }

    /// Copies the data segment, with what is not used as free blocks, and larger if that is not much.
    fn write_copy(
        &mut self,
        session: &mut Session,
        texts: &[&[u8]],
        used: &[Part],
        root: Address,
    ) -> Result<Vec<u64>> {
        let old_bytes = self.heap.data_segment_bytes;
        let least = minimum(session);
        let needed = texts.iter().map(|text| name_bytes(text)).fold(0, u64::saturating_add);
        let gaps = gaps(used, old_bytes, least);
        let spare = |places: &Places| places.free.iter().map(|f| f.size).fold(0, u64::saturating_add);
        let fitting = self.place(&gaps, texts, least, true).filter(|p| spare(p) >= old_bytes / 8);
        let (places, bytes) = match fitting {
            Some(places) => (places, old_bytes),
            None => {
                let grown = old_bytes.saturating_add(needed).saturating_add(least).next_multiple_of(8);
                let bytes = old_bytes.saturating_mul(2).next_multiple_of(8).max(grown);
                let gaps = self::gaps(used, bytes, least);
                let places = self.place(&gaps, texts, least, true);
                (places.ok_or_else(|| Error::limit("the names of a group are too long"))?, bytes)
            }
        };
        let free: Vec<_> = places.free.iter().copied().filter(|block| block.size > 0).collect();
        let image = self.image(session, texts, &places.offsets, used, &free, bytes)?;
        let address = session.allocate(SpaceKind::Metadata, bytes)?;
        session.write_raw(address, &image)?;
        self.give_back(session);
        self.heap = LocalHeap {
            data_segment_bytes: bytes,
            free_list_head_offset: free.first().map(|block| block.offset),
            data_segment_address: address,
        };
        self.free = free;
        session.publish_before(self.address, root)?;
        session.stage(self.address, self.heap.encode(session.sizes())?);
        Ok(places.offsets)
    }

    /// The bytes of the copy.
    fn image(
        &self,
        session: &Session,
        texts: &[&[u8]],
        offsets: &[u64],
        used: &[Part],
        free: &[LocalHeapFreeBlock],
        bytes: u64,
    ) -> Result<Vec<u8>> {
        let storage = session.core().storage();
        let old = storage.metadata(self.heap.data_segment_address, self.heap.data_segment_bytes)?;
        let length = usize::try_from(bytes).ok().filter(|_| bytes <= storage.limits().metadata_block_bytes);
        let length = length.ok_or_else(|| Error::limit("the names of a group take too many bytes"))?;
        let mut image = Vec::new();
        image.try_reserve_exact(length).map_err(|_| Error::limit("the names of a group exceed memory"))?;
        image.resize(length, 0);
        for &(offset, bytes) in used {
            let (start, end) = (index(offset), index(offset.saturating_add(bytes)).min(old.len()));
            put(&mut image, offset, old.get(start..end).unwrap_or_default());
        }
        for (text, &offset) in texts.iter().zip(offsets) {
            put(&mut image, offset, text);
        }
        for (number, block) in free.iter().enumerate() {
            let next = free.get(number.saturating_add(1)..).unwrap_or_default();
            put(&mut image, block.offset, &fields(block, next, session));
        }
        Ok(image)
    }

    /// Gives the data segment back, with what is staged over its free blocks.
    fn give_back(&self, session: &mut Session) {
        for (address, length) in self.segment_parts() {
            session.free(address, length);
        }
    }

    /// The data segment, cut where its free blocks begin: something may be staged there.
    fn segment_parts(&self) -> Vec<(Address, u64)> {
        let segment = self.heap.data_segment_address.0;
        let mut starts: Vec<u64> = self.free.iter().map(|block| block.offset).collect();
        starts.push(0);
        starts.push(self.heap.data_segment_bytes);
        starts.sort_unstable();
        starts.dedup();
        let pairs = starts.iter().zip(starts.iter().skip(1));
        pairs.map(|(&s, &end)| (Address(segment.saturating_add(s)), end.saturating_sub(s))).collect()
    }

    /// All that the heap takes in the file.
    pub(super) fn blocks(&self, sizes: Sizes) -> Vec<(Address, u64)> {
        let mut blocks = self.segment_parts();
        blocks.push((self.address, LocalHeap::bytes(sizes)));
        blocks
    }
}

/// A data segment with the empty name at offset 0, and where its free space begins.
pub(super) fn empty_segment(bytes: u64, sizes: Sizes) -> Result<(u64, Vec<u8>)> {
    let free = LocalHeapFreeBlock { offset: 8, size: bytes.saturating_sub(8) };
    let segment = LocalHeap::encode_data_segment(&[(0, b"")], &[free], bytes, sizes)?;
    Ok((free.offset, segment))
}

/// Bytes that a text takes, with its NUL.
pub(super) fn name_bytes(text: &[u8]) -> u64 {
    u64::try_from(LocalHeap::name_bytes(text)).unwrap_or(u64::MAX)
}

/// A text as it is stored.
fn stored(text: &[u8]) -> Vec<u8> {
    let mut bytes = text.to_vec();
    bytes.resize(LocalHeap::name_bytes(text), 0);
    bytes
}

/// The smallest free block.
fn minimum(session: &Session) -> u64 {
    u64::from(session.sizes().lengths).saturating_mul(2).next_multiple_of(8)
}

/// What a free block begins with (III.D), where `next` are the blocks after it in the list: where the next one is, and how long it is.
fn fields(block: &LocalHeapFreeBlock, next: &[LocalHeapFreeBlock], session: &Session) -> Vec<u8> {
    let width = usize::from(session.sizes().lengths);
    let numbers = [next.first().map_or(END_OF_FREE_LIST, |next| next.offset), block.size];
    let mut bytes = Vec::new();
    for number in numbers {
        // Both are at most the segment's length, which has that width.
        let mut field = number.to_le_bytes().to_vec();
        field.resize(width, 0);
        bytes.extend(field);
    }
    bytes
}

/// What is not used of so many bytes, where it has room for the fields of a free block.
fn gaps(used: &[Part], bytes: u64, minimum: u64) -> Vec<LocalHeapFreeBlock> {
    let mut used: Vec<Part> = used.to_vec();
    used.sort_unstable();
    used.push((bytes, 0));
    let mut gaps = Vec::new();
    let mut end = 0_u64;
    for (offset, length) in used {
        let start = end.next_multiple_of(8);
        if let Some(size) = offset.checked_sub(start).filter(|&size| size >= minimum) {
            gaps.push(LocalHeapFreeBlock { offset: start, size });
        }
        end = end.max(offset.saturating_add(length));
    }
    gaps
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn put(image: &mut [u8], offset: u64, bytes: &[u8]) {
    for (place, byte) in image.get_mut(index(offset)..).unwrap_or_default().iter_mut().zip(bytes) {
        *place = *byte;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_what_is_not_used() {
        let free = |offset, size| LocalHeapFreeBlock { offset, size };
        assert_eq!(gaps(&[(0, 8), (40, 8), (16, 8)], 100, 16), [free(24, 16), free(48, 52)]);
        assert_eq!(gaps(&[(0, 8), (0, 100)], 100, 16), []);
        assert_eq!(gaps(&[(0, 3), (3, 90)], 100, 4), [free(96, 4)]);
    }
}
