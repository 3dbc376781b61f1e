//! What a dataset is, apart from where its elements are: decoded once, and kept while the dataset is written.

use h5_format::message::{
    Context, DataLayout, ExternalFileList, MessageType, dataspace, datatype, fill_value, filter_pipeline,
};
use h5_types::{
    AllocationTime, DatasetInfo, Dataspace, Datatype, Error, ExternalFile, FillDefinition, FillTime,
    FillValue, FilterInfo, Layout, Name, Result,
};

use crate::chunk_index::index_kind;
use crate::heap::LocalHeapReader;
use crate::object::resolve_raw;
use crate::shared_messages::SharedMessageHeaps;
use crate::write::header::{EditedHeader, HeaderMessage};
use crate::write::session::Session;

/// A dataset's datatype, extent, filters, fill value and external files.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Description {
    pub(crate) datatype: Datatype,
    pub(crate) dataspace: Dataspace,
    /// In the order of writing.
    pub(crate) filters: Vec<FilterInfo>,
    pub(crate) fill: FillValue,
    /// Empty for storage in the file.
    pub(crate) external: Vec<ExternalFile>,
}

impl Description {
    /// Decodes the messages of a dataset's header.
    ///
    /// # Errors
    /// `Format` if the header is none of a dataset; those of fetching what is shared.
    pub(crate) fn decode(session: &Session, header: &EditedHeader) -> Result<Self> {
        let messages = Messages { session, messages: &header.messages, heaps: SharedMessageHeaps::default() };
        let (Some(datatype), Some(dataspace)) = (
            messages.decode(MessageType::Datatype, datatype::decode)?,
            messages.decode(MessageType::Dataspace, dataspace::decode)?,
        ) else {
            return Err(Error::usage("the object is no dataset"));
        };
        let filters =
            messages.decode(MessageType::FilterPipeline, |body, _| filter_pipeline::decode(body))?;
        let external = messages.external()?;
        Ok(Self {
            datatype,
            dataspace,
            filters: filters.unwrap_or_default(),
            fill: messages.fill()?,
            external,
        })
    }

    /// The dataset as users see it, where that is all there is to it: a datatype of its own, and elements in the file.
    pub(crate) fn info(&self, header: &EditedHeader, layout: &DataLayout) -> Option<DatasetInfo> {
        let shares = |kind| header.find(kind).is_none_or(|message| message.flags.is_shared());
        if !self.external.is_empty() || shares(MessageType::Datatype) || shares(MessageType::FillValue) {
            return None;
        }
        let layout = match layout {
            DataLayout::Contiguous { .. } => Layout::Contiguous,
            DataLayout::Chunked(chunked) => {
                Layout::Chunked { chunk: chunked.chunk_dimensions.clone(), index: index_kind(&chunked.index) }
            }
            DataLayout::Compact { .. } | DataLayout::Virtual { .. } => return None,
        };
        Some(DatasetInfo {
            datatype: self.datatype.clone(),
            committed_datatype: None,
            dataspace: self.dataspace.clone(),
            layout,
            filters: self.filters.clone(),
            fill: self.fill.clone(),
            external: Vec::new(),
        })
    }

    /// Bytes of one stored element.
    pub(crate) fn element_bytes(&self) -> u64 {
        u64::try_from(self.datatype.size()).unwrap_or(u64::MAX)
    }

    /// Bytes of all elements.
    ///
    /// # Errors
    /// `Limit` if 64 bits do not count them.
    pub(crate) fn stored_bytes(&self) -> Result<u64> {
        let count = self.dataspace.element_count();
        let bytes = count.and_then(|count| count.checked_mul(self.element_bytes()));
        bytes.ok_or_else(|| Error::limit("a dataset of more bytes than 64 bits count"))
    }

    /// The fill value as one stored element; `None` where it is all zeros.
    ///
    /// # Errors
    /// `Format` if it has another size than an element.
    pub(crate) fn fill_element(&self) -> Result<Option<&[u8]>> {
        let FillDefinition::User(value) = &self.fill.definition else { return Ok(None) };
        let (found, size) = (value.len(), self.datatype.size());
        if found != size {
            return Err(Error::format(format!("a fill value of {found} bytes for elements of {size}"))
                .in_structure("Fill Value message", "IV.A.2.f"));
        }
        Ok(value.iter().any(|&byte| byte != 0).then_some(value))
    }
}

/// The messages of a header that is being changed, decoded by type.
struct Messages<'m> {
    session: &'m Session,
    messages: &'m [HeaderMessage],
    heaps: SharedMessageHeaps,
}

impl Messages<'_> {
    /// The first message of a type, or what it shares.
    fn decode<T>(
        &self,
        kind: MessageType,
        decode: impl FnOnce(&[u8], Context<'_>) -> h5_format::Result<T>,
    ) -> Result<Option<T>> {
        let Some(message) = self.messages.iter().find(|message| message.kind == kind) else {
            return Ok(None);
        };
        let core = self.session.core();
        let fetch = |core: &crate::object::FileCore, _, id: &[u8]| {
            self.heaps.read(core, core.shared_message_heap(kind)?, id)
        };
        resolve_raw(core, &fetch, message.raw(), decode).map(Some)
    }

    /// The fill value by its message, the old one where there is no new one, or what the C library assumes without either.
    fn fill(&self) -> Result<FillValue> {
        if let Some(fill) = self.decode(MessageType::FillValue, |body, _| fill_value::decode(body))? {
            return Ok(fill);
        }
        let definition =
            match self.decode(MessageType::FillValueOld, |body, _| fill_value::decode_old(body))? {
                Some(value) => value.map_or(FillDefinition::Default, FillDefinition::User),
                None => FillDefinition::Undefined,
            };
        let (allocation_time, fill_time) = (AllocationTime::Late, FillTime::IfSet);
        Ok(FillValue { definition, allocation_time, fill_time })
    }

    fn external(&self) -> Result<Vec<ExternalFile>> {
        let Some(list) = self.decode(MessageType::ExternalFiles, ExternalFileList::decode)? else {
            return Ok(Vec::new());
        };
        let storage = self.session.core().storage();
        let heap = LocalHeapReader::open(storage, list.heap_address)?;
        let file = |slot: &h5_format::message::ExternalFileSlot| {
            let name = Name::new(&*heap.text(storage, slot.name_offset_in_heap)?);
            Ok(ExternalFile { name, offset_bytes: slot.offset_in_file, size_bytes: slot.data_size })
        };
        list.slots.iter().map(file).collect()
    }
}
