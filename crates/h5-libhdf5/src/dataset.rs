//! Elements of a dataset.

use std::sync::Arc;

use h5_backend::{DatasetNode, Visit};
use h5_types::{
    Block, ChunkInfo, Converter, DatasetInfo, Dataspace, Datatype, Elements, Error, FillTime, Heap, Layout,
    Result, Selection,
};

use crate::datatype::{self, refused};
use crate::describe::describe;
use crate::ffi::{CForm, Id, LayoutKind, RawChunk};
use crate::node::{LibraryNode, show};
use crate::selection::select;
use crate::session::Session;
use crate::virtual_pieces;

impl DatasetNode for LibraryNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        let session = self.file.session()?;
        Ok(Arc::new(describe(&session, &*session.object(self.token)?)?))
    }

    fn fill_elements(&self) -> Result<Option<Elements>> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        let properties = session.library.dataset_creation(&id)?;
        if session.library.has_fill(&properties)? != Some(true) {
            return Ok(None);
        }
        let form = session.library.c_form(session.library.dataset_type(&id)?)?;
        let datatype = datatype::decode(&session.library, form.datatype())?;
        let mut heap = Heap::default();
        let bytes = session.translator()?.read_fill(&properties, &form, &mut heap)?;
        Ok(Some(Elements { datatype, bytes, heap }))
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        let session = self.file.session()?;
        let part = self.part(&session, selection)?;
        check_length(out.len(), part.count, memory)?;
        let converter = Converter::new(&part.datatype, memory)?;
        if part.count == 0 {
            return Ok(());
        }
        if part.form.is_plain() && converter.is_identity() {
            return session.library.read(&part.id, part.form.datatype(), &part.space, out);
        }
        let mut found = Heap::default();
        let stored = part.read(&session, &mut found)?;
        converter.convert(&stored, &found, out, heap)
    }

    fn storage_bytes(&self) -> Result<u64> {
        let session = self.file.session()?;
        session.library.storage_bytes(&*session.object(self.token)?)
    }

    fn chunks(&self, visit: Visit<'_, ChunkInfo>) -> Result<()> {
        let found = self.list_chunks()?;
        show(found, visit);
        Ok(())
    }

    fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        check_chunk(&session, &id, offset)?;
        let missing = || Error::not_found(format!("no chunk was written at {offset:?}"));
        let mut chunk = session.library.chunk_at(&id, offset)?.ok_or_else(missing)?;
        let bytes = session.library.read_chunk(&id, &mut chunk)?;
        Ok((info(chunk), bytes))
    }

    fn write(&self, selection: &Selection, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        let session = self.file.edit()?;
        let part = self.part(&session, selection)?;
        check_length(elements.len(), part.count, memory)?;
        let converter = Converter::new(memory, &part.datatype)?;
        if part.count == 0 {
            return Ok(());
        }
        if !matches!(selection, Selection::All) {
            clear_unwritten(&session, &part.id, true)?;
        }
        let translator = session.translator()?;
        if converter.is_identity() {
            return translator.write_dataset(&part.id, &part.form, &part.space, elements, heap);
        }
        // Converted into what is there, so that members that are not written keep their values.
        let mut found = Heap::default();
        let mut stored = match keeps_members(memory, &part.datatype) {
            true => part.read(&session, &mut found)?,
            false => zeros(part.count, part.datatype.size())?,
        };
        converter.convert(elements, heap, &mut stored, &mut found)?;
        translator.write_dataset(&part.id, &part.form, &part.space, &stored, &found)
    }

    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        let library = &session.library;
        let Dataspace::Simple { dimensions: now, maximum } = library.extent(&library.dataset_space(&id)?)?
        else {
            return Err(Error::usage("a dataset without dimensions has no size"));
        };
        if dimensions.len() != now.len() {
            let (found, rank) = (dimensions.len(), now.len());
            return Err(Error::usage(format!("{found} sizes for a dataset of rank {rank}")));
        }
        if dimensions == now {
            return Ok(());
        }
        let properties = library.dataset_creation(&id)?;
        let layout = library.layout(&properties)?;
        let in_file = layout == LayoutKind::Contiguous && library.externals(&properties)?.is_empty();
        if layout == LayoutKind::Compact || in_file {
            return Err(Error::usage("another size of a dataset without chunks"));
        }
        for (&size, &most) in dimensions.iter().zip(&maximum) {
            if most.is_some_and(|most| size > most) {
                return Err(Error::usage(format!("a dimension of {size} beyond its maximum")));
            }
        }
        library.set_extent(&id, dimensions).map_err(refused)
    }

    fn write_raw_chunk(&self, offset: &[u64], filter_mask: u32, stored: &[u8]) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        check_chunk(&session, &id, offset)?;
        session.library.write_chunk(&id, offset, filter_mask, stored).map_err(refused)
    }
}

/// Elements that a selection picks of a dataset.
struct Part {
    id: Arc<Id>,
    form: CForm,
    datatype: Datatype,
    space: Id,
    count: u64,
}

impl Part {
    /// The elements, in memory form.
    fn read(&self, session: &Session<'_>, heap: &mut Heap) -> Result<Vec<u8>> {
        if !self.form.is_plain() {
            return session.translator()?.read_dataset(&self.id, &self.form, &self.space, heap);
        }
        let mut bytes = zeros(self.count, self.datatype.size())?;
        session.library.read(&self.id, self.form.datatype(), &self.space, &mut bytes)?;
        Ok(bytes)
    }
}

impl LibraryNode {
    fn part(&self, session: &Session<'_>, selection: &Selection) -> Result<Part> {
        let id = session.object(self.token)?;
        let library = &session.library;
        let form = library.c_form(library.dataset_type(&id)?)?;
        let datatype = datatype::decode(library, form.datatype())?;
        let space = library.dataset_space(&id)?;
        let count = select(library, &space, &library.extent(&space)?, selection)?;
        self.check_other_files(session, &id)?;
        Ok(Part { id, form, datatype, space, count })
    }

    /// Fails if the library would open other files that the policy forbids.
    fn check_other_files(&self, session: &Session<'_>, dataset: &Id) -> Result<()> {
        let library = &session.library;
        let properties = library.dataset_creation(dataset)?;
        match library.layout(&properties)? {
            LayoutKind::Contiguous => {
                let files = library.externals(&properties)?;
                files.iter().try_for_each(|file| self.file.siblings.check(&file.name))
            }
            LayoutKind::Virtual => virtual_pieces::check(session, &self.file.siblings, &properties, 0),
            LayoutKind::Compact | LayoutKind::Chunked => Ok(()),
        }
    }

    fn list_chunks(&self) -> Result<Vec<Result<ChunkInfo>>> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        let library = &session.library;
        if library.layout(&library.dataset_creation(&id)?)? != LayoutKind::Chunked {
            return Ok(Vec::new());
        }
        let rank = library.extent(&library.dataset_space(&id)?)?.rank();
        let one = |number| library.chunk_by_number(&id, rank, number).map(info);
        Ok((0..library.chunk_count(&id)?).map(one).collect())
    }
}

/// Writes zeros to a contiguous dataset whose default fill value the library does not write: it would show what was in the file's space
/// before. With `first`, only before the first write allocates the storage.
pub(crate) fn clear_unwritten(session: &Session<'_>, dataset: &Id, first: bool) -> Result<()> {
    let library = &session.library;
    let properties = library.dataset_creation(dataset)?;
    let is_meant = library.layout(&properties)? == LayoutKind::Contiguous
        && library.has_fill(&properties)? != Some(true)
        && library.times(&properties)?.1 == FillTime::IfSet
        && library.externals(&properties)?.is_empty();
    if !is_meant || first && !library.is_unallocated(dataset)? {
        return Ok(());
    }
    let form = library.c_form(library.dataset_type(dataset)?)?;
    let extent = library.extent(&library.dataset_space(dataset)?)?;
    // Pointers of elements with a variable part are always written.
    if !form.is_plain() || extent.element_count() == Some(0) {
        return Ok(());
    }
    let rows = extent.dimensions().first().copied().unwrap_or(1);
    let row_elements = extent.element_count().and_then(|count| count.checked_div(rows)).unwrap_or(1);
    let row_bytes = u64::try_from(form.shared_size()).unwrap_or(1).saturating_mul(row_elements).max(1);
    let step = CLEARED_AT_ONCE.checked_div(row_bytes).unwrap_or(1).min(rows).max(1);
    for start in (0..rows).step_by(usize::try_from(step).unwrap_or(usize::MAX)) {
        let count = step.min(rows.saturating_sub(start));
        let space = library.dataset_space(dataset)?;
        if let Some((_, others)) = extent.dimensions().split_first() {
            let mut block = Block { start: vec![start], size: vec![count] };
            block.start.extend(others.iter().map(|_| 0));
            block.size.extend(others);
            select(library, &space, &extent, &Selection::from_block(&block))?;
        }
        let zeros = zeros(count.saturating_mul(row_elements), form.shared_size())?;
        session.translator()?.write_dataset(dataset, &form, &space, &zeros, &Heap::default())?;
    }
    Ok(())
}

/// Bytes of zeros that are written at a time, or a row of them.
const CLEARED_AT_ONCE: u64 = 1 << 20;

/// Fails unless a chunk of the dataset's begins at an offset.
fn check_chunk(session: &Session<'_>, dataset: &Id, offset: &[u64]) -> Result<()> {
    let info = describe(session, dataset)?;
    let Layout::Chunked { chunk, .. } = &info.layout else {
        return Err(Error::usage("the dataset is not chunked"));
    };
    let dimensions = info.dataspace.dimensions();
    let begins = |((&at, &chunk), &size): ((&u64, &u64), &u64)| at < size && at.checked_rem(chunk) == Some(0);
    let fits = offset.len() == chunk.len() && offset.iter().zip(chunk).zip(dimensions).all(begins);
    if fits { Ok(()) } else { Err(Error::usage(format!("no chunk begins at {offset:?}"))) }
}

fn info(chunk: RawChunk) -> ChunkInfo {
    let RawChunk { offset, address, bytes, filter_mask } = chunk;
    ChunkInfo { offset, address, stored_bytes: bytes, filter_mask }
}

fn check_length(bytes: usize, count: u64, memory: &Datatype) -> Result<()> {
    let expected = usize::try_from(count).ok().and_then(|count| count.checked_mul(memory.size()));
    if expected == Some(bytes) {
        return Ok(());
    }
    Err(Error::usage(format!("{bytes} bytes for {count} elements of {memory}")))
}

/// Does an element that is written leave a part of what is stored as it is?
fn keeps_members(memory: &Datatype, stored: &Datatype) -> bool {
    match (memory, stored) {
        (Datatype::Compound(_), Datatype::Compound(_)) => true,
        (Datatype::Array(memory), Datatype::Array(stored)) => keeps_members(&memory.base, &stored.base),
        _ => false,
    }
}

/// Zeroed bytes, or an error where the memory has not so many.
fn zeros(count: u64, size: usize) -> Result<Vec<u8>> {
    let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
    let length = length.ok_or_else(|| Error::limit("more bytes than the memory has"))?;
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(length).map_err(|e| Error::limit(format!("{length} bytes")).with_source(e))?;
    bytes.resize(length, 0);
    Ok(bytes)
}
