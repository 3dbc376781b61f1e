//! The blocks that lead to a heap's direct blocks.

use h5_format::fractal_heap::{DirectBlockEntry, DoublingTable, FractalHeapHeader, IndirectBlock, RootBlock};
use h5_types::{Address, Error, Result};

use super::{Session, SpaceKind};
use crate::Storage;
use crate::walk::at;

/// What is needed to load a block: the file, the heap's header and its address.
pub(super) type Context<'a> = (&'a Storage, &'a FractalHeapHeader, Address);

/// All indirect blocks, loaded as they are needed.
#[derive(Debug)]
pub(super) enum Tree {
    /// No block at all.
    Empty,
    /// One direct block; `None` until it is written.
    Direct(Option<DirectBlockEntry>),
    /// A stored root.
    Stored(Address, u32),
    /// A root in memory.
    Indirect(Box<Indirect>),
}

/// An indirect block in memory.
#[derive(Debug)]
pub(super) struct Indirect {
    stored: Option<Address>,
    /// Bytes of the stored form.
    stored_bytes: u64,
    changed: bool,
    /// Where it begins in the heap.
    offset: u64,
    rows: u32,
    direct: Vec<Option<DirectBlockEntry>>,
    indirect: Vec<Option<Below>>,
}

/// An indirect block in another.
#[derive(Debug)]
enum Below {
    Stored(Address),
    Loaded(Box<Indirect>),
}

impl Tree {
    /// What the header names.
    pub(super) fn of_header(header: &FractalHeapHeader) -> Self {
        match header.root {
            None => Self::Empty,
            Some(RootBlock::Direct { address, filtered }) => {
                Self::Direct(Some(DirectBlockEntry { address, filtered }))
            }
            Some(RootBlock::Indirect { address, rows }) => Self::Stored(address, u32::from(rows)),
        }
    }

    /// The root indirect block, if there is one.
    fn root(&mut self, context: Context<'_>) -> Result<Option<&mut Indirect>> {
        if let Self::Stored(address, rows) = *self {
            let most = context.1.doubling_table.max_rows();
            if rows > most {
                let message = format!("{rows} rows in the root block, at most {most} expected");
                return Err(Error::format(message).at_address(address.0));
            }
            *self = Self::Indirect(Box::new(Indirect::load(context, address, 0, rows)?));
        }
        match self {
            Self::Indirect(root) => Ok(Some(root)),
            _ => Ok(None),
        }
    }

    /// Where the direct block that holds an offset begins, how long it is, and where it is stored.
    pub(super) fn find_direct(
        &mut self,
        context: Context<'_>,
        offset: u64,
    ) -> Result<(u64, u64, DirectBlockEntry)> {
        let missing = || Error::format(format!("no block of the fractal heap holds offset {offset}"));
        if let Self::Direct(entry) = self {
            let length = context.1.doubling_table.starting_block_bytes();
            let entry = entry.filter(|_| offset < length).ok_or_else(missing)?;
            return Ok((0, length, entry));
        }
        let root = self.root(context)?.ok_or_else(missing)?;
        let (start, length, entry) = root.slot(context, offset, false)?.ok_or_else(missing)?;
        Ok((start, length, entry.ok_or_else(missing)?))
    }

    /// Says where a direct block is stored now.
    pub(super) fn set_direct(
        &mut self,
        context: Context<'_>,
        offset: u64,
        entry: DirectBlockEntry,
    ) -> Result<()> {
        if let Self::Direct(root) = self {
            *root = Some(entry);
            return Ok(());
        }
        let missing = || Error::format(format!("no place in the fractal heap for a block at {offset}"));
        let (_, _, slot) =
            self.root(context)?.ok_or_else(missing)?.slot(context, offset, true)?.ok_or_else(missing)?;
        *slot = Some(entry);
        Ok(())
    }

    /// Finds the place of a new direct block that has room for so many bytes of objects, behind all others, and makes the table as large as
    /// it takes. Returns the block's offset and length. Places for smaller blocks on the way there stay unused.
    ///
    /// # Errors
    /// `Limit` if the heap's address space ends before, `Format` or `Io` of blocks.
    pub(super) fn add_direct(
        &mut self,
        (storage, address, prefix): (&Storage, Address, u64),
        header: &mut FractalHeapHeader,
        needed: u64,
    ) -> Result<(u64, u64)> {
        let table = header.doubling_table.clone();
        let start = table.starting_block_bytes();
        let wanted = needed.saturating_add(prefix);
        if matches!(self, Self::Empty) && wanted <= start {
            *self = Self::Direct(None);
            header.managed_bytes = start;
            header.managed_free_bytes = start.saturating_sub(prefix);
            return Ok((0, start));
        }
        let old = match self {
            Self::Direct(entry) => Some(*entry),
            Self::Empty => None,
            _ => {
                self.root((storage, header, address))?;
                None
            }
        };
        if let Self::Direct(_) | Self::Empty = self {
            let mut root = Indirect::new(&table, 0, 0);
            if let Some(entry) = old {
                root.grow(&table, header, u32::from(header.starting_root_rows).max(1), prefix)?;
                root.set_first(entry);
                header.allocation_iterator_offset = start;
            }
            *self = Self::Indirect(Box::new(root));
        }
        let Self::Indirect(root) = self else { return Err(Error::format("a heap without a root block")) };
        let mut offset = header.allocation_iterator_offset;
        loop {
            let place = Place::at(&table, offset)?;
            if place.root_row >= root.rows {
                root.grow(&table, header, place.root_row.saturating_add(1), prefix)?;
            }
            let next = offset.checked_add(place.block_bytes).ok_or_else(full)?;
            if place.block_bytes >= wanted {
                header.allocation_iterator_offset = next;
                return Ok((offset, place.block_bytes));
            }
            offset = next;
        }
    }

    /// Writes all changed blocks, and returns what leads to the root.
    pub(super) fn write(
        &mut self,
        session: &mut Session,
        header: &FractalHeapHeader,
        heap: Address,
    ) -> Result<Option<RootBlock>> {
        Ok(match self {
            Self::Empty => None,
            Self::Direct(entry) => {
                entry.map(|entry| RootBlock::Direct { address: entry.address, filtered: entry.filtered })
            }
            Self::Stored(..) => header.root,
            Self::Indirect(root) => {
                let address = root.write(session, header, heap)?;
                let rows = u16::try_from(root.rows).map_err(|_| full())?;
                Some(RootBlock::Indirect { address, rows })
            }
        })
    }

    /// All blocks that are stored, with their lengths.
    pub(super) fn stored_blocks(&mut self, context: Context<'_>) -> Result<Vec<(Address, u64)>> {
        let mut blocks = Vec::new();
        if let Self::Direct(Some(entry)) = self {
            let decoded = context.1.doubling_table.starting_block_bytes();
            blocks.push((entry.address, entry.filtered.map_or(decoded, |(stored, _)| stored)));
        }
        if let Some(root) = self.root(context)? {
            root.stored_blocks(context, &mut blocks)?;
        }
        Ok(blocks)
    }
}

/// Where an offset of the heap is: in which row of the root, and in a direct block of which size.
struct Place {
    root_row: u32,
    block_bytes: u64,
}

impl Place {
    fn at(table: &DoublingTable, offset: u64) -> Result<Self> {
        let first = table.locate(offset).filter(|place| place.row < table.max_rows()).ok_or_else(full)?;
        let mut place = first;
        let mut inside = offset.saturating_sub(place.offset);
        // Each step leads to a smaller block.
        while table.rows_below(place.row).is_some() {
            place = table.locate(inside).ok_or_else(full)?;
            inside = inside.saturating_sub(place.offset);
        }
        Ok(Self { root_row: first.row, block_bytes: place.block_bytes })
    }
}

impl Indirect {
    /// A block without entries.
    fn new(table: &DoublingTable, offset: u64, rows: u32) -> Self {
        let mut block = Self {
            stored: None,
            stored_bytes: 0,
            changed: true,
            offset,
            rows,
            direct: Vec::new(),
            indirect: Vec::new(),
        };
        block.make_room(table);
        block
    }

    fn load((storage, header, heap): Context<'_>, address: Address, offset: u64, rows: u32) -> Result<Self> {
        let sizes = storage.sizes();
        let stored_bytes = IndirectBlock::bytes(header, rows, sizes);
        let bytes = storage.metadata(address, stored_bytes)?;
        let stored = IndirectBlock::decode(&bytes, header, heap, offset, rows, sizes).map_err(at(address))?;
        let mut block = Self::new(&header.doubling_table, offset, rows);
        (block.stored, block.stored_bytes, block.changed) = (Some(address), stored_bytes, false);
        for (entry, place) in block.direct.iter_mut().enumerate() {
            *place = stored.direct(entry).map_err(at(address))?;
        }
        let direct = block.direct.len();
        for (entry, place) in block.indirect.iter_mut().enumerate() {
            let below = stored.indirect(direct.saturating_add(entry)).map_err(at(address))?;
            *place = below.map(Below::Stored);
        }
        Ok(block)
    }

    /// Room for the entries of all rows.
    fn make_room(&mut self, table: &DoublingTable) {
        let entries = |rows: u32| {
            usize::try_from(rows).unwrap_or(usize::MAX).saturating_mul(usize::from(table.table_width))
        };
        let direct_rows = self.rows.min(table.max_direct_rows());
        self.direct.resize(entries(direct_rows), None);
        self.indirect.resize_with(entries(self.rows.saturating_sub(direct_rows)), || None);
    }

    /// Gives the root block more rows: twice as many, and at least so many.
    fn grow(
        &mut self,
        table: &DoublingTable,
        header: &mut FractalHeapHeader,
        rows: u32,
        prefix: u64,
    ) -> Result<()> {
        let before = self.rows;
        let rows = self.rows.saturating_mul(2).min(table.max_rows()).max(rows);
        if rows > table.max_rows() {
            return Err(full());
        }
        self.rows = rows;
        self.changed = true;
        self.make_room(table);
        let room = room_by_row(table, rows, prefix);
        let sum = |from: usize, rows: u32| -> (u64, u64) {
            let rows = usize::try_from(rows).unwrap_or(usize::MAX);
            room.get(from..rows).unwrap_or_default().iter().fold((0, 0), |(bytes, free), row| {
                (u64::saturating_add(bytes, row.0), u64::saturating_add(free, row.1))
            })
        };
        let total = sum(0, rows);
        let added = sum(usize::try_from(before).unwrap_or(usize::MAX), rows);
        // A heap that had one direct block had counted it.
        let counted = if before == 0 { header.managed_bytes } else { 0 };
        let counted_free = if counted == 0 { 0 } else { counted.saturating_sub(prefix) };
        header.managed_bytes = total.0;
        header.managed_free_bytes =
            header.managed_free_bytes.saturating_add(added.1).saturating_sub(counted_free);
        Ok(())
    }

    /// Puts what was the heap's only block into the first place.
    fn set_first(&mut self, entry: Option<DirectBlockEntry>) {
        if let Some(first) = self.direct.first_mut() {
            *first = entry;
        }
    }

    /// The entry of the direct block that holds an offset, with the block's offset and length. If it is `to_change`, blocks on the way
    /// are made and marked.
    fn slot(
        &mut self,
        context: Context<'_>,
        offset: u64,
        to_change: bool,
    ) -> Result<Option<(u64, u64, &mut Option<DirectBlockEntry>)>> {
        let table = &context.1.doubling_table;
        let place = table.locate(offset.saturating_sub(self.offset)).filter(|place| place.row < self.rows);
        let Some(place) = place else { return Ok(None) };
        let start = self.offset.saturating_add(place.offset);
        self.changed |= to_change;
        let Some(rows) = table.rows_below(place.row) else {
            return Ok(self.direct.get_mut(place.entry).map(|entry| (start, place.block_bytes, entry)));
        };
        let entry = place.entry.checked_sub(self.direct.len());
        let Some(below) = entry.and_then(|entry| self.indirect.get_mut(entry)) else { return Ok(None) };
        match below {
            None if to_change => *below = Some(Below::Loaded(Box::new(Self::new(table, start, rows)))),
            Some(Below::Stored(address)) => {
                *below = Some(Below::Loaded(Box::new(Self::load(context, *address, start, rows)?)));
            }
            _ => {}
        }
        match below {
            Some(Below::Loaded(below)) => below.slot(context, offset, to_change),
            _ => Ok(None),
        }
    }

    fn write(&mut self, session: &mut Session, header: &FractalHeapHeader, heap: Address) -> Result<Address> {
        if let Some(address) = self.stored.filter(|_| !self.changed) {
            return Ok(address);
        }
        let mut indirect = Vec::with_capacity(self.indirect.len());
        for below in &mut self.indirect {
            indirect.push(match below {
                None => None,
                Some(Below::Stored(address)) => Some(*address),
                Some(Below::Loaded(below)) => Some(below.write(session, header, heap)?),
            });
        }
        let entries = (&self.direct[..], &indirect[..]);
        let block = IndirectBlock::encode(header, heap, self.offset, self.rows, entries, session.sizes())?;
        let length = u64::try_from(block.len()).unwrap_or(u64::MAX);
        let address = match self.stored {
            Some(old) => session.replace(old, self.stored_bytes, block)?,
            None => session.put(SpaceKind::Metadata, block)?,
        };
        (self.stored, self.stored_bytes, self.changed) = (Some(address), length, false);
        Ok(address)
    }

    fn stored_blocks(&mut self, context: Context<'_>, blocks: &mut Vec<(Address, u64)>) -> Result<()> {
        let table = &context.1.doubling_table;
        if let Some(address) = self.stored {
            blocks.push((address, self.stored_bytes));
        }
        if u64::try_from(blocks.len()).unwrap_or(u64::MAX) > context.0.limits().structure_blocks {
            return Err(Error::limit("too many blocks in a fractal heap").at_address(context.2.0));
        }
        let width = usize::from(table.table_width);
        let row_of = |entry: usize| u32::try_from(entry.checked_div(width).unwrap_or(0)).unwrap_or(u32::MAX);
        for (entry, place) in self.direct.iter().enumerate() {
            if let Some(block) = place {
                let decoded = table.block_bytes(row_of(entry)).unwrap_or(0);
                blocks.push((block.address, block.filtered.map_or(decoded, |(stored, _)| stored)));
            }
        }
        let mut start = self.offset;
        let first = self.direct.len();
        for row in 0..row_of(first) {
            let bytes = table.block_bytes(row).unwrap_or(0).saturating_mul(u64::from(table.table_width));
            start = start.saturating_add(bytes);
        }
        for (entry, below) in self.indirect.iter_mut().enumerate() {
            let row = row_of(first.saturating_add(entry));
            let rows = table.rows_below(row).unwrap_or(0);
            match below {
                None => {}
                Some(Below::Stored(address)) => {
                    Self::load(context, *address, start, rows)?.stored_blocks(context, blocks)?;
                }
                Some(Below::Loaded(below)) => below.stored_blocks(context, blocks)?,
            }
            start = start.saturating_add(table.block_bytes(row).unwrap_or(0));
        }
        Ok(())
    }
}

/// For each row: bytes of all its blocks, and of them those that direct blocks have for objects.
fn room_by_row(table: &DoublingTable, rows: u32, prefix: u64) -> Vec<(u64, u64)> {
    let width = u64::from(table.table_width);
    let mut room: Vec<(u64, u64)> = Vec::new();
    for row in 0..rows {
        let bytes = table.block_bytes(row).unwrap_or(0);
        let free = match table.rows_below(row) {
            None => bytes.saturating_sub(prefix),
            Some(below) => {
                let below = usize::try_from(below).unwrap_or(usize::MAX);
                room.iter().take(below).fold(0, |sum, row| u64::saturating_add(sum, row.1))
            }
        };
        room.push((bytes.saturating_mul(width), free.saturating_mul(width)));
    }
    room
}

fn full() -> Error {
    Error::limit("the address space of a fractal heap is full")
}
