use std::sync::{Arc, OnceLock};

use h5_backend::{ObjectInfo, ObjectKind};
use h5_format::message::{
    Comment, Context, LinkInfo, MaybeShared, MessageType, ModificationTime, RawMessage, SharedMessage,
    datatype,
};
use h5_types::{Address, Datatype, Error, Name, ObjectToken, Result};

use super::attributes;
use super::dataset::OpenedDataset;
use super::file::FileState;
use super::group::OpenedGroup;
use crate::dataset::ReadContext;
use crate::object::{ObjectHeader, resolve, resolve_raw};

/// An object as it was when its header was loaded: the header, and what was made of it so far. Immutable; where a file changes, it is
/// loaded again.
#[derive(Debug)]
pub(super) struct LoadedObject {
    pub(super) file: Arc<FileState>,
    pub(super) header: ObjectHeader,
    kind: ObjectKind,
    /// Virtual datasets of this file that led here one after another.
    virtual_hops: usize,
    /// The datatype of a committed datatype; decoded with the object, since the object is nothing else.
    datatype: Option<Datatype>,
    pub(super) group: OnceLock<OpenedGroup>,
    pub(super) dataset: OnceLock<OpenedDataset>,
    pub(super) attributes: OnceLock<attributes::Place>,
}

impl LoadedObject {
    pub(super) fn open(file: Arc<FileState>, address: Address, virtual_hops: usize) -> Result<Self> {
        let header = ObjectHeader::load(file.core().storage(), address)?;
        let kind = kind_of(|message| header.has(message)).ok_or_else(|| {
            let message = "the messages make neither a group, a dataset nor a committed datatype";
            Error::format(message).in_structure("Object Header", "IV.A").at_address(address.0)
        })?;
        let mut node = Self {
            file,
            header,
            kind,
            virtual_hops,
            datatype: None,
            group: OnceLock::new(),
            dataset: OnceLock::new(),
            attributes: OnceLock::new(),
        };
        if kind == ObjectKind::CommittedDatatype {
            let message = node.required(MessageType::Datatype)?;
            let decoded = node.decode_shareable(message, datatype::decode)?;
            node.datatype = Some(decoded);
        }
        Ok(node)
    }

    /// Calls `read` with what reading values needs of the file.
    pub(super) fn with_read_context<T>(&self, read: impl FnOnce(&ReadContext<'_>) -> Result<T>) -> Result<T> {
        self.file.with_read_context(self.virtual_hops, read)
    }

    /// A message that the object must have.
    pub(super) fn required(&self, kind: MessageType) -> Result<RawMessage<'_>> {
        self.header.find(kind).ok_or_else(|| {
            let message = format!("the object header has no message {:#x}", kind.number());
            Error::format(message).at_address(self.header.address().0)
        })
    }

    /// Decodes a message of this header, or what it shares.
    pub(super) fn decode_shareable<T>(
        &self,
        message: RawMessage<'_>,
        decode: impl FnOnce(&[u8], Context<'_>) -> h5_format::Result<T>,
    ) -> Result<T> {
        let state = &self.file;
        resolve_raw(state.core(), &|_, _, id| state.shared_message(message.kind, id), message, decode)
            .map_err(|e| e.at_address(self.header.address().0))
    }

    /// What a part of a message is, or shares.
    pub(super) fn resolve_part<T>(
        &self,
        kind: MessageType,
        part: MaybeShared<T>,
        decode: impl FnOnce(&[u8], Context<'_>) -> h5_format::Result<T>,
    ) -> Result<T> {
        let state = &self.file;
        resolve(state.core(), &|_, _, id| state.shared_message(kind, id), kind, part, decode)
            .map_err(|e| e.at_address(self.header.address().0))
    }

    /// The error of a message, with this header's address.
    pub(super) fn at(&self, error: h5_format::FormatError) -> Error {
        self.header.error(error)
    }

    /// The object header that a datatype message shares, where it is a committed datatype.
    pub(super) fn committed_datatype(&self, message: RawMessage<'_>) -> Result<Option<ObjectToken>> {
        if !message.flags.is_shared() {
            return Ok(None);
        }
        let shared = SharedMessage::decode(message.body, self.file.context()).map_err(|e| self.at(e))?;
        Ok(token_of(shared))
    }

    fn modification_time(&self) -> Result<Option<u64>> {
        if let Some(times) = &self.header.prefix().times {
            return Ok(Some(u64::from(times.modification)));
        }
        let time = if let Some(message) = self.header.find(MessageType::ModificationTime) {
            ModificationTime::decode(message.body)
        } else if let Some(message) = self.header.find(MessageType::ModificationTimeOld) {
            ModificationTime::decode_old(message.body)
        } else {
            return Ok(None);
        };
        Ok(u64::try_from(time.map_err(|e| self.at(e))?.seconds_after_unix_epoch).ok())
    }
}

/// The committed datatype that a shared message is.
pub(super) fn token_of(shared: SharedMessage) -> Option<ObjectToken> {
    match shared {
        SharedMessage::ObjectHeader(address) => Some(ObjectToken(u128::from(address.0))),
        SharedMessage::Heap(_) => None,
    }
}

/// What an object is follows from the messages that it has, as in the C library.
pub(super) fn kind_of(has: impl Fn(MessageType) -> bool) -> Option<ObjectKind> {
    if has(MessageType::SymbolTable) || has(MessageType::LinkInfo) {
        Some(ObjectKind::Group)
    } else if has(MessageType::Datatype) && has(MessageType::Dataspace) {
        Some(ObjectKind::Dataset)
    } else if has(MessageType::Datatype) {
        Some(ObjectKind::CommittedDatatype)
    } else {
        None
    }
}

impl LoadedObject {
    pub(super) fn kind(&self) -> ObjectKind {
        self.kind
    }

    /// True for a dataset that shows others (IV.A.2.i, version 4, class 3).
    pub(super) fn is_virtual(&self) -> bool {
        let layout = self.header.find(MessageType::DataLayout);
        layout.is_some_and(|message| matches!(message.body, [4..=u8::MAX, 3, ..]))
    }

    pub(super) fn as_datatype(&self) -> Option<&Datatype> {
        self.datatype.as_ref()
    }

    pub(super) fn info(&self) -> Result<ObjectInfo> {
        let mut info = ObjectInfo::default();
        let prefix = self.header.prefix();
        info.reference_count = self.header.reference_count()?;
        info.header_version = Some(prefix.version);
        info.modification_time = self.modification_time()?;
        info.birth_time = prefix.times.as_ref().map(|times| u64::from(times.birth));
        info.tracks_attribute_creation = prefix.attribute_creation_order_tracked;
        if let Some(message) = self.header.find(MessageType::Comment) {
            info.comment = Some(Name::new(Comment::decode(message.body).map_err(|e| self.at(e))?.text));
        }
        if let Some(message) = self.header.find(MessageType::LinkInfo) {
            let links = LinkInfo::decode(message.body, self.file.context()).map_err(|e| self.at(e))?;
            info.tracks_link_creation = links.creation_order_tracked;
        }
        Ok(info)
    }
}
