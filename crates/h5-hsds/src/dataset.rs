//! Elements of a dataset.

use std::sync::Arc;

use h5_backend::{DatasetNode, Visit, append_by_resize};
use h5_types::{
    ChunkInfo, Converter, DatasetInfo, Dataspace, Datatype, Elements, Error, FillDefinition, Heap, Layout,
    ResolvedSelection, Result, Selection, StringLength,
};

use crate::id::Id;
use crate::node::HsdsNode;
use crate::object::{Kind, Object};
use crate::session::State;
use crate::transfer::Transfer;
use crate::value;
use crate::wire::{self, References};

/// Bytes of a dataset's elements that are sent together with the dataset.
const LARGEST_INITIAL: usize = 64 << 10;

impl DatasetNode for HsdsNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        let mut state = self.session.state()?;
        self.described(&mut state)
    }

    fn constant_info(&self) -> Result<Arc<DatasetInfo>> {
        let mut state = self.session.state()?;
        if let Some(Object { kind: Kind::Dataset(info), is_wanted, .. }) = state.objects.get_mut(&self.token)
        {
            *is_wanted = true;
            return Ok(Arc::clone(info));
        }
        self.described(&mut state)
    }

    fn fill_elements(&self) -> Result<Option<Elements>> {
        let info = self.info()?;
        Ok(match &info.fill.definition {
            FillDefinition::User(bytes) if !info.datatype.has_variable_part() => Some(Elements {
                datatype: info.datatype.clone(),
                bytes: bytes.clone(),
                heap: Heap::default(),
            }),
            _ => None,
        })
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        let mut state = self.session.state()?;
        self.session.send_pending(&mut state)?;
        self.session.send_appended(&mut state, self.token)?;
        let info = self.described(&mut state)?;
        let id = state.id(self.token)?;
        drop(state);
        let converter = Converter::new(&info.datatype, memory)?;
        let Some(resolved) = resolve(selection, &info)? else { return expect_bytes(out.len(), 0) };
        let count = resolved.element_count();
        let bytes = usize::try_from(count).ok().and_then(|count| count.checked_mul(memory.size()));
        expect_bytes(out.len(), bytes.unwrap_or(usize::MAX))?;
        if count == 0 {
            return Ok(());
        }
        let transfer = Transfer { session: &self.session, id, info: &info, memory };
        let met = transfer.read(selection, &resolved, &converter, out, heap)?;
        if !met.is_empty() {
            self.session.lock().remember(met);
        }
        Ok(())
    }

    fn storage_bytes(&self) -> Result<u64> {
        // The server counts what is stored now and then only; this is what the elements take without filters.
        let info = self.info()?;
        let size = wire::fixed_size(&info.datatype).unwrap_or_else(|| info.datatype.size());
        let count = info.dataspace.element_count().unwrap_or(u64::MAX);
        Ok(count.saturating_mul(u64::try_from(size).unwrap_or(u64::MAX)))
    }

    fn refresh(&self) -> Result<()> {
        let mut state = self.session.state()?;
        self.session.send_pending(&mut state)?;
        self.session.send_appended(&mut state, self.token)?;
        state.objects.remove(&self.token);
        self.session.object(&mut state, self.token).map(drop)
    }

    fn chunks(&self, _visit: Visit<'_, ChunkInfo>) -> Result<()> {
        if is_chunked(&*self.info()?) { Err(no_chunks()) } else { Ok(()) }
    }

    fn read_raw_chunk(&self, _offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        Err(raw_chunk_error(&*self.info()?))
    }

    fn write(&self, selection: &Selection, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        let mut state = self.session.edit()?;
        let info = self.described(&mut state)?;
        let converter = Converter::new(memory, &info.datatype)?;
        let Some(resolved) = resolve(selection, &info)? else { return expect_bytes(elements.len(), 0) };
        let count = usize::try_from(resolved.element_count()).unwrap_or(usize::MAX);
        expect_bytes(elements.len(), count.saturating_mul(memory.size()))?;
        if count == 0 {
            return Ok(());
        }
        let mut stored = zeros(count, &info.datatype)?;
        let mut stored_heap = Heap::default();
        if lacks_members(memory, &info.datatype) {
            // What is not written keeps its value.
            drop(state);
            self.read(selection, &info.datatype, &mut stored, &mut stored_heap)?;
            state = self.session.edit()?;
        }
        converter.convert(elements, heap, &mut stored, &mut stored_heap)?;
        if resolved.is_all() && self.is_initial(&mut state, &info, &stored, &stored_heap)? {
            return Ok(());
        }
        self.session.send_pending(&mut state)?;
        self.session.send_appended(&mut state, self.token)?;
        state.change();
        let id = state.id(self.token)?;
        let wire = WireElements::new(&state, &info.datatype, stored, stored_heap)?;
        drop(state);
        Transfer { session: &self.session, id, info: &info, memory }.write(selection, &resolved, &wire)
    }

    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        let mut state = self.session.edit()?;
        let info = self.described(&mut state)?;
        let Dataspace::Simple { dimensions: old, maximum } = &info.dataspace else {
            return Err(Error::usage("a dataset without dimensions has no size"));
        };
        if dimensions.len() != old.len() {
            let (found, rank) = (dimensions.len(), old.len());
            return Err(Error::usage(format!("{found} sizes for a dataset of rank {rank}")));
        }
        if dimensions == old.as_slice() {
            return Ok(());
        }
        if !is_chunked(&info) {
            return Err(Error::usage("another size of a dataset without chunks"));
        }
        for (&size, &most) in dimensions.iter().zip(maximum) {
            if most.is_some_and(|most| size > most) {
                return Err(Error::usage(format!("a dimension of {size} beyond its maximum")));
            }
        }
        self.session.set_dimensions(&mut state, self.token, dimensions)
    }

    fn append(&self, axis: usize, count: u64, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        let mut state = self.session.edit()?;
        let info = self.described(&mut state)?;
        let dimensions = info.dataspace.dimensions();
        let Some((&base, others)) = row(dimensions, axis) else {
            let rank = dimensions.len();
            return Err(Error::usage(format!("no dimension {axis} in a dataset of rank {rank}")));
        };
        let number = others.checked_mul(count).and_then(|number| usize::try_from(number).ok());
        let number = number.ok_or_else(|| Error::usage("more elements than memory has"))?;
        let is_plain = !lacks_members(memory, &info.datatype) && number > 0;
        if !is_plain {
            drop(state);
            return append_by_resize(self, axis, count, memory, elements, heap);
        }
        let converter = Converter::new(memory, &info.datatype)?;
        expect_bytes(elements.len(), number.saturating_mul(memory.size()))?;
        let length =
            base.checked_add(count).ok_or_else(|| Error::usage("a dimension of more than 64 bits"))?;
        if !is_chunked(&info) {
            return Err(Error::usage("another size of a dataset without chunks"));
        }
        let most = match &info.dataspace {
            Dataspace::Simple { maximum, .. } => maximum.get(axis).copied().flatten(),
            _ => None,
        };
        if most.is_some_and(|most| length > most) {
            return Err(Error::usage(format!("a dimension of {length} beyond its maximum")));
        }
        let mut stored = zeros(number, &info.datatype)?;
        let mut stored_heap = Heap::default();
        converter.convert(elements, heap, &mut stored, &mut stored_heap)?;
        let wire = WireElements::new(&state, &info.datatype, stored, stored_heap)?;
        self.session.append(&mut state, self.token, (axis, base, count), wire.bytes)
    }

    fn write_raw_chunk(&self, _offset: &[u64], _filter_mask: u32, _stored: &[u8]) -> Result<()> {
        drop(self.session.edit()?);
        Err(raw_chunk_error(&*self.info()?))
    }
}

impl HsdsNode {
    fn described(&self, state: &mut State) -> Result<Arc<DatasetInfo>> {
        match &self.session.object(state, self.token)?.kind {
            Kind::Dataset(info) => Ok(Arc::clone(info)),
            _ => Err(Error::usage(format!("object {} is no dataset", self.token))),
        }
    }

    /// Gives elements along with a dataset that the server does not have yet, if it may have them so: it leaves those of other layouts out.
    fn is_initial(&self, state: &mut State, info: &DatasetInfo, stored: &[u8], heap: &Heap) -> Result<bool> {
        let is_new = state.objects.get(&self.token).is_some_and(|object| object.is_new);
        let as_json = match &info.datatype {
            Datatype::Integer(_) | Datatype::Float(_) => true,
            Datatype::String(text) => matches!(text.length, StringLength::Variable { .. }),
            _ => false,
        };
        let bytes = stored.len().saturating_add(heap.bytes.len());
        if !is_new
            || !as_json
            || info.layout != Layout::Contiguous
            || bytes > LARGEST_INITIAL
            || state.appended.contains_key(&self.token)
        {
            return Ok(false);
        }
        let references = References::new(&|_| None);
        let dimensions = info.dataspace.dimensions();
        let Ok(json) = value::nested(&info.datatype, stored, heap, dimensions, &references) else {
            return Ok(false);
        };
        // The server takes a scalar of zero for none: what is never written reads as the fill value.
        let reads_as_zero =
            info.fill.definition == FillDefinition::Default && stored.iter().all(|&byte| byte == 0);
        if dimensions.is_empty() && is_nothing(&json) && !reads_as_zero {
            return Ok(false);
        }
        let id: Id = state.id(self.token)?;
        Ok(state.pending.set_value(id, json, bytes))
    }
}

/// True of what counts as no value in the server's language.
fn is_nothing(json: &serde_json::Value) -> bool {
    json.as_f64() == Some(0.0) || json.as_str() == Some("") || json.as_bool() == Some(false) || json.is_null()
}

/// Elements as they go over the wire, and where each begins if that differs.
pub(crate) struct WireElements {
    pub(crate) bytes: Vec<u8>,
    /// First bytes of all elements, and the end; empty for elements of one size.
    starts: Vec<usize>,
    size: usize,
}

impl WireElements {
    pub(crate) fn new(state: &State, datatype: &Datatype, stored: Vec<u8>, heap: Heap) -> Result<Self> {
        if !datatype.has_variable_part() {
            return Ok(Self { bytes: stored, starts: Vec::new(), size: datatype.size() });
        }
        let known = |token| state.names.get(&token).copied();
        let references = References::new(&known);
        let mut bytes = Vec::new();
        if let Some(size) = wire::fixed_size(datatype) {
            wire::encode(datatype, &stored, &heap, &references, &mut bytes)?;
            return Ok(Self { bytes, starts: Vec::new(), size });
        }
        let mut starts = Vec::new();
        for element in stored.chunks_exact(datatype.size().max(1)) {
            starts.push(bytes.len());
            wire::encode(datatype, element, &heap, &references, &mut bytes)?;
        }
        starts.push(bytes.len());
        Ok(Self { bytes, starts, size: 0 })
    }

    /// True if all elements have one size.
    pub(crate) fn is_fixed(&self) -> bool {
        self.starts.is_empty()
    }

    /// Bytes of consecutive elements.
    pub(crate) fn range(&self, elements: std::ops::Range<usize>) -> &[u8] {
        let at = |element: usize| match self.starts.get(element) {
            Some(&start) => start,
            None => element.saturating_mul(self.size),
        };
        self.bytes.get(at(elements.start)..at(elements.end)).unwrap_or_default()
    }
}

/// The length along an axis, and the number of elements of one row across it.
fn row(dimensions: &[u64], axis: usize) -> Option<(&u64, u64)> {
    let others = dimensions.iter().enumerate().filter(|(at, _)| *at != axis);
    let product = others.fold(1_u64, |product, (_, &size)| product.saturating_mul(size));
    dimensions.get(axis).map(|length| (length, product))
}

/// The selection, applied to the extent; `None` of a null dataspace, which has no elements to select.
fn resolve(selection: &Selection, info: &DatasetInfo) -> Result<Option<ResolvedSelection>> {
    match &info.dataspace {
        Dataspace::Null => selection.resolve(&[]).map(|_| None),
        dataspace => selection.resolve(dataspace.dimensions()).map(Some),
    }
}

/// True if `stored` has members that `memory` has not.
fn lacks_members(memory: &Datatype, stored: &Datatype) -> bool {
    match (memory, stored) {
        (Datatype::Compound(memory), Datatype::Compound(stored)) => stored.members.iter().any(|member| {
            memory
                .member(member.name.as_bytes())
                .is_none_or(|given| lacks_members(&given.datatype, &member.datatype))
        }),
        (Datatype::Array(memory), Datatype::Array(stored)) => lacks_members(&memory.base, &stored.base),
        _ => false,
    }
}

fn zeros(count: usize, datatype: &Datatype) -> Result<Vec<u8>> {
    let size =
        count.checked_mul(datatype.size()).ok_or_else(|| Error::limit("more bytes than memory has"))?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(size)
        .map_err(|e| Error::limit(format!("{size} bytes of elements")).with_source(e))?;
    bytes.resize(size, 0);
    Ok(bytes)
}

fn expect_bytes(found: usize, expected: usize) -> Result<()> {
    if found == expected {
        return Ok(());
    }
    Err(Error::usage(format!("a buffer of {found} bytes for {expected} bytes of elements")))
}

fn is_chunked(info: &DatasetInfo) -> bool {
    matches!(info.layout, Layout::Chunked { .. })
}

fn raw_chunk_error(info: &DatasetInfo) -> Error {
    if is_chunked(info) { no_chunks() } else { Error::usage("the dataset is not chunked") }
}

fn no_chunks() -> Error {
    Error::unsupported("HSDS gives and takes elements, not chunks as they are stored")
}
