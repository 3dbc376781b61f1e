//! A new dataset: its messages, its header, and the link to it.

use h5_filters::{ChunkShape, complete, registered_name};
use h5_format::message::dataspace::DataspaceForm;
use h5_format::message::{
    DataLayout, ExternalFileList, ExternalFileSlot, MessageType, dataspace, fill_value, filter_pipeline,
};
use h5_format::object_header::Prefix;
use h5_format::{Sizes, local_heap::LocalHeap};
use h5_types::{
    Address, AllocationTime, Dataspace, Datatype, ExternalFile, FillDefinition, FillValue, FilterInfo, Name,
    NewDataset, NewLayout, Result,
};

use super::contiguous;
use super::description::Description;
use super::fill_copies::separate;
use super::layout::new_layout;
use super::validate::validate;
use super::versions::{Versions, check_datatype};
use super::virtual_layout::{self, heap_block};
use super::with_state;
use crate::write::datatypes::{StoredDatatype, share};
use crate::write::header::HeaderMessage;
use crate::write::links;
use crate::write::session::Session;
use crate::write::space::SpaceKind;
use crate::write::stored_form::StoredForm;

/// Room in the first block of a new dataset's header beside what describes the dataset, in bytes: a few attributes fit there.
const ATTRIBUTE_ROOM: u64 = 128;

/// Creates a dataset and the link to it.
///
/// # Errors
/// See `h5_backend::GroupNode::create_dataset`.
pub(crate) fn create(
    session: &mut Session,
    parent: Address,
    name: &Name,
    dataset: &NewDataset,
) -> Result<Address> {
    let plan = Plan::new(session, dataset)?;
    links::check_new(session, parent, name)?;
    let versions = Versions::of(session.options().bounds);
    let tracks = dataset.tracks_attribute_creation;
    let prefix = |room: u64| match versions.header {
        // Version 1 does not track the creation of attributes.
        1 if !tracks => Prefix::version_1(room.next_multiple_of(8)),
        _ => Prefix::version_2(room, None, tracks),
    };
    let bytes = |body: usize| prefix(0).message_bytes(body);
    // What cannot be encoded fails before anything is allocated.
    let mut messages = plan.messages(session.sizes(), &Storage::default())?;
    let needed = messages.iter().map(|m| bytes(m.body.len())).fold(0, u64::saturating_add);
    let room = needed.saturating_add(ATTRIBUTE_ROOM);
    let storage = Storage::allocate(session, &plan)?;
    if !storage.is_empty() {
        messages = plan.messages(session.sizes(), &storage)?;
    }
    let address = session.create_header(prefix, messages, room)?;
    let linked = allocate_chunks(session, &plan, address)
        .and_then(|()| links::link_new(session, parent, name, address));
    if let Err(error) = linked {
        session.remove_header(address)?;
        storage.free(session);
        return Err(error);
    }
    if let Some(committed) = plan.committed {
        // The header is new: it is the link to it that has to come later.
        share(session, committed, parent)?;
    }
    Ok(address)
}

/// All that a new dataset is, checked, before anything is changed for it.
struct Plan {
    description: Description,
    layout: DataLayout,
    layout_version: u8,
    /// What the global heap is to have of a virtual dataset; empty without mappings.
    mappings: Vec<u8>,
    versions: Versions,
    datatype: HeaderMessage,
    /// The committed datatype that is shared.
    committed: Option<Address>,
}

/// What a new dataset has besides its header.
#[derive(Default)]
struct Storage {
    /// Elements of a contiguous dataset that is allocated early.
    block: Option<(Address, u64)>,
    /// Names of external files: a local heap.
    names: Option<(Address, u64)>,
    /// Where the mappings of a virtual dataset are.
    mappings: Option<DataLayout>,
}

impl Plan {
    fn new(session: &mut Session, dataset: &NewDataset) -> Result<Self> {
        dataset.check()?;
        let bounds = session.options().bounds;
        let versions = Versions::of(bounds);
        let stored = StoredDatatype::new(session, &dataset.datatype, dataset.committed_datatype)?;
        check_datatype(bounds, &stored.datatype)?;
        let mut description = Description {
            datatype: stored.datatype.clone(),
            dataspace: dataset.dataspace.clone(),
            filters: Vec::new(),
            fill: FillValue {
                definition: fill_definition(session, dataset, &stored.datatype)?,
                allocation_time: allocation_time(dataset),
                fill_time: dataset.effective_fill_time(),
            },
            external: dataset.external.clone(),
        };
        validate(session, dataset, &description)?;
        description.filters = complete_filters(dataset, &description)?;
        let mappings = match &dataset.layout {
            NewLayout::Virtual { mappings } if !mappings.is_empty() => heap_block(session, mappings)?,
            _ => Vec::new(),
        };
        let (mut layout, layout_version) = new_layout(bounds, session.sizes(), dataset, &description)?;
        if let DataLayout::Compact { data } = &mut layout {
            separate(session, &description, data)?;
        }
        Ok(Self {
            description,
            layout,
            layout_version,
            mappings,
            versions,
            committed: stored.committed,
            datatype: stored.into_message(),
        })
    }

    /// The messages of the header, in the order of the C library.
    fn messages(&self, sizes: Sizes, storage: &Storage) -> Result<Vec<HeaderMessage>> {
        let Description { dataspace: extent, filters, fill, external, .. } = &self.description;
        let mut messages = Vec::new();
        let mut body = Vec::new();
        let version = if *extent == Dataspace::Null { 2 } else { self.versions.dataspace };
        // The maximum is written even where it equals the extent, as the library does for datasets.
        dataspace::encode(extent, DataspaceForm { version, with_maximum: true }, sizes, &mut body)?;
        messages.push(HeaderMessage::new(MessageType::Dataspace, body));
        messages.push(self.datatype.clone());
        let mut body = Vec::new();
        fill_value::encode(fill, self.versions.fill_value, &mut body)?;
        messages.push(HeaderMessage::constant(MessageType::FillValue, body));
        if !filters.is_empty() {
            let mut body = Vec::new();
            filter_pipeline::encode(filters, self.versions.filter_pipeline, &mut body)?;
            messages.push(HeaderMessage::constant(MessageType::FilterPipeline, body));
        }
        if !external.is_empty() {
            let heap = storage.names.map_or(Address(0), |(address, _)| address);
            messages
                .push(HeaderMessage::new(MessageType::ExternalFiles, external_list(external, heap, sizes)?));
        }
        let mut body = Vec::new();
        self.layout(storage).encode(self.layout_version, sizes, &mut body)?;
        messages.push(HeaderMessage::new(MessageType::DataLayout, body));
        Ok(messages)
    }

    fn layout(&self, storage: &Storage) -> DataLayout {
        if let Some(layout) = &storage.mappings {
            return layout.clone();
        }
        match (&self.layout, storage.block) {
            (DataLayout::Contiguous { size, .. }, Some((address, _))) => {
                DataLayout::Contiguous { address: Some(address), size: *size }
            }
            (layout, _) => layout.clone(),
        }
    }
}

impl Storage {
    fn allocate(session: &mut Session, plan: &Plan) -> Result<Self> {
        let Description { fill, external, .. } = &plan.description;
        let mut storage = Self::default();
        if !external.is_empty() {
            storage.names = Some(put_names(session, external)?);
            return Ok(storage);
        }
        if !plan.mappings.is_empty() {
            storage.mappings = Some(virtual_layout::store(session, &plan.mappings)?);
        }
        if let (DataLayout::Contiguous { size: Some(bytes), .. }, AllocationTime::Early) =
            (&plan.layout, fill.allocation_time)
            && *bytes > 0
        {
            let address = contiguous::allocate(session, &plan.description, *bytes)?;
            storage.block = Some((address, *bytes));
        }
        Ok(storage)
    }

    fn is_empty(&self) -> bool {
        self.block.is_none() && self.names.is_none() && self.mappings.is_none()
    }

    fn free(&self, session: &mut Session) {
        if let Some((address, bytes)) = self.block {
            session.free_raw(address, bytes);
        }
        if let Some((address, bytes)) = self.names {
            session.free(address, bytes);
        }
    }
}

/// Chunks that are allocated early are there as soon as the dataset is.
fn allocate_chunks(session: &mut Session, plan: &Plan, dataset: Address) -> Result<()> {
    let is_early = plan.description.fill.allocation_time == AllocationTime::Early;
    if !is_early || !matches!(plan.layout, DataLayout::Chunked(_)) {
        return Ok(());
    }
    with_state(session, dataset, |session, state| match state.chunked_mut() {
        Some(chunks) => chunks.allocate(session, dataset),
        None => Ok(()),
    })
}

/// When storage is allocated where nothing else was asked for, as the C library has it.
fn allocation_time(dataset: &NewDataset) -> AllocationTime {
    dataset.allocation_time.unwrap_or(match dataset.layout {
        NewLayout::Compact => AllocationTime::Early,
        NewLayout::Contiguous => AllocationTime::Late,
        _ => AllocationTime::Incremental,
    })
}

/// The fill value as the file has it. What it refers to goes into the global heap.
fn fill_definition(session: &mut Session, dataset: &NewDataset, stored: &Datatype) -> Result<FillDefinition> {
    if let Some(value) = &dataset.fill_elements {
        let form = StoredForm::new(&value.datatype, stored)?;
        return Ok(FillDefinition::User(form.encode(session, &value.bytes, &value.heap)?));
    }
    match &dataset.fill {
        FillDefinition::User(_) if stored.has_variable_part() => {
            // It was checked to be null, which is as wide as this file has it.
            Ok(FillDefinition::User(vec![0; stored.size()]))
        }
        definition => Ok(definition.clone()),
    }
}

/// The filters with all parameters, and with their names where the message has a place for them.
fn complete_filters(dataset: &NewDataset, description: &Description) -> Result<Vec<FilterInfo>> {
    // Filters without chunks are refused later, with all else that contradicts itself.
    let NewLayout::Chunked { chunk, .. } = &dataset.layout else { return Ok(dataset.filters.clone()) };
    let Description { datatype, fill, .. } = description;
    let shape = ChunkShape { datatype, chunk, fill: &fill.definition };
    let completed = |filter: &FilterInfo| {
        let mut filter = complete(filter, shape)?;
        if filter.name.is_none() {
            filter.name = registered_name(filter.id).map(|name| Name::from(name.to_ascii_lowercase()));
        }
        Ok(filter)
    };
    dataset.filters.iter().map(completed).collect()
}

/// A local heap with the names of external files (III.D), in one block with its header; the first text is empty, as the library has it.
fn put_names(session: &mut Session, files: &[ExternalFile]) -> Result<(Address, u64)> {
    let sizes = session.sizes();
    let offsets = name_offsets(files);
    let end =
        offsets.last().zip(files.last()).map_or(8, |(&offset, file)| offset.saturating_add(name_room(file)));
    let mut names: Vec<(u64, &[u8])> = vec![(0, &[])];
    names.extend(offsets.iter().copied().zip(files.iter().map(|file| file.name.as_bytes())));
    let segment = LocalHeap::encode_data_segment(&names, &[], end, sizes)?;
    let header_bytes = LocalHeap::bytes(sizes);
    let total = header_bytes.saturating_add(end);
    let address = session.allocate(SpaceKind::Metadata, total)?;
    let heap = LocalHeap {
        data_segment_bytes: end,
        free_list_head_offset: None,
        data_segment_address: Address(address.0.saturating_add(header_bytes)),
    };
    let mut block = heap.encode(sizes)?;
    block.extend(segment);
    session.stage(address, block);
    Ok((address, total))
}

fn name_room(file: &ExternalFile) -> u64 {
    u64::try_from(LocalHeap::name_bytes(file.name.as_bytes())).unwrap_or(u64::MAX)
}

/// Where each file's name is in the heap's data segment.
fn name_offsets(files: &[ExternalFile]) -> Vec<u64> {
    let mut next = 8_u64;
    let mut place = |file| {
        let offset = next;
        next = next.saturating_add(name_room(file));
        offset
    };
    files.iter().map(&mut place).collect()
}

fn external_list(files: &[ExternalFile], heap_address: Address, sizes: Sizes) -> Result<Vec<u8>> {
    let slots = files.iter().zip(name_offsets(files)).map(|(file, name_offset_in_heap)| ExternalFileSlot {
        name_offset_in_heap,
        offset_in_file: file.offset_bytes,
        data_size: file.size_bytes,
    });
    let list = ExternalFileList { heap_address, slots: slots.collect() };
    let mut body = Vec::new();
    list.encode(sizes, &mut body)?;
    Ok(body)
}
