use h5_types::{Dataspace, Datatype, FillValue, FilterInfo};

use super::{
    AttributeInfo, AttributeMessage, BTreeKValues, Comment, Context, Continuation, DataLayout, DriverInfo,
    ExternalFileList, FileSpaceInfo, GroupInfo, LinkInfo, LinkMessage, MessageType,
    MetadataCacheImageMessage, ModificationTime, ReferenceCount, SharedMessage, SharedMessageTable,
    SymbolTableMessage, dataspace, datatype, fill_value, filter_pipeline,
};
use crate::Result;

/// A message as it lies in an object header, not decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawMessage<'a> {
    /// What it is.
    pub kind: MessageType,
    /// *Header Message Flags*.
    pub flags: MessageFlags,
    /// Creation order within the object, in headers that track it.
    pub creation_index: Option<u16>,
    /// The body, with any padding.
    pub body: &'a [u8],
}

/// *Header Message Flags* (specification IV.A.1.a).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MessageFlags(pub u8);

impl MessageFlags {
    /// Bit 0: the message never changes.
    pub fn is_constant(self) -> bool {
        self.0 & 0x01 != 0
    }

    /// Bit 1: the body says where the message is, as a [`SharedMessage`].
    pub fn is_shared(self) -> bool {
        self.0 & 0x02 != 0
    }

    /// Bit 2: the message must not be shared.
    pub fn must_not_be_shared(self) -> bool {
        self.0 & 0x04 != 0
    }

    /// Bit 3: who does not know the type must not open the object for writing.
    pub fn fails_if_unknown_and_writing(self) -> bool {
        self.0 & 0x08 != 0
    }

    /// Bit 4: who does not know the type sets bit 5.
    pub fn marks_if_unknown(self) -> bool {
        self.0 & 0x10 != 0
    }

    /// Bit 5: who did not know the type changed the object after this message was written, which may thus be out of date.
    pub fn was_unknown(self) -> bool {
        self.0 & 0x20 != 0
    }

    /// Bit 6: the message may be shared.
    pub fn may_be_shared(self) -> bool {
        self.0 & 0x40 != 0
    }

    /// Bit 7: who does not know the type must not open the object at all.
    pub fn fails_if_unknown(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// A decoded message of any type.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message<'a> {
    /// 0x00.
    Nil,
    /// 0x01.
    Dataspace(Dataspace),
    /// 0x02.
    LinkInfo(LinkInfo),
    /// 0x03.
    Datatype(Datatype),
    /// 0x04.
    FillValueOld(Option<Vec<u8>>),
    /// 0x05.
    FillValue(FillValue),
    /// 0x06.
    Link(LinkMessage<'a>),
    /// 0x07.
    ExternalFiles(ExternalFileList),
    /// 0x08.
    DataLayout(DataLayout),
    /// 0x09, with its body.
    Bogus(&'a [u8]),
    /// 0x0a.
    GroupInfo(GroupInfo),
    /// 0x0b.
    FilterPipeline(Vec<FilterInfo>),
    /// 0x0c.
    Attribute(AttributeMessage<'a>),
    /// 0x0d.
    Comment(Comment<'a>),
    /// 0x0e and 0x12.
    ModificationTime(ModificationTime),
    /// 0x0f.
    SharedMessageTable(SharedMessageTable),
    /// 0x10.
    Continuation(Continuation),
    /// 0x11.
    SymbolTable(SymbolTableMessage),
    /// 0x13.
    BTreeKValues(BTreeKValues),
    /// 0x14.
    DriverInfo(DriverInfo<'a>),
    /// 0x15.
    AttributeInfo(AttributeInfo),
    /// 0x16.
    ReferenceCount(ReferenceCount),
    /// 0x17.
    FileSpaceInfo(FileSpaceInfo),
    /// 0x18.
    MetadataCacheImage(MetadataCacheImageMessage),
    /// A shareable message that lies elsewhere.
    Shared(SharedMessage),
    /// A type that does not exist here, with its body.
    Unknown(&'a [u8]),
}

impl<'a> RawMessage<'a> {
    /// Decodes the body as what the type says it is.
    ///
    /// # Errors
    /// Those of the message's own `decode`.
    pub fn decode(&self, context: Context<'_>) -> Result<Message<'a>> {
        let body = self.body;
        if self.flags.is_shared() && self.kind.is_shareable() {
            return SharedMessage::decode(body, context).map(Message::Shared);
        }
        match self.kind {
            MessageType::Nil => Ok(Message::Nil),
            MessageType::Dataspace => dataspace::decode(body, context).map(Message::Dataspace),
            MessageType::LinkInfo => LinkInfo::decode(body, context).map(Message::LinkInfo),
            MessageType::Datatype => datatype::decode(body, context).map(Message::Datatype),
            MessageType::FillValueOld => fill_value::decode_old(body).map(Message::FillValueOld),
            MessageType::FillValue => fill_value::decode(body).map(Message::FillValue),
            MessageType::Link => LinkMessage::decode(body, context).map(Message::Link),
            MessageType::ExternalFiles => ExternalFileList::decode(body, context).map(Message::ExternalFiles),
            MessageType::DataLayout => DataLayout::decode(body, context).map(Message::DataLayout),
            MessageType::Bogus => Ok(Message::Bogus(body)),
            MessageType::GroupInfo => GroupInfo::decode(body).map(Message::GroupInfo),
            MessageType::FilterPipeline => filter_pipeline::decode(body).map(Message::FilterPipeline),
            MessageType::Attribute => AttributeMessage::decode(body).map(Message::Attribute),
            MessageType::Comment => Comment::decode(body).map(Message::Comment),
            MessageType::ModificationTimeOld => {
                ModificationTime::decode_old(body).map(Message::ModificationTime)
            }
            MessageType::ModificationTime => ModificationTime::decode(body).map(Message::ModificationTime),
            MessageType::SharedMessageTable => {
                SharedMessageTable::decode(body, context).map(Message::SharedMessageTable)
            }
            MessageType::Continuation => Continuation::decode(body, context).map(Message::Continuation),
            MessageType::SymbolTable => SymbolTableMessage::decode(body, context).map(Message::SymbolTable),
            MessageType::BTreeKValues => BTreeKValues::decode(body).map(Message::BTreeKValues),
            MessageType::DriverInfo => DriverInfo::decode(body).map(Message::DriverInfo),
            MessageType::AttributeInfo => AttributeInfo::decode(body, context).map(Message::AttributeInfo),
            MessageType::ReferenceCount => ReferenceCount::decode(body).map(Message::ReferenceCount),
            MessageType::FileSpaceInfo => FileSpaceInfo::decode(body, context).map(Message::FileSpaceInfo),
            MessageType::MetadataCacheImage => {
                MetadataCacheImageMessage::decode(body, context).map(Message::MetadataCacheImage)
            }
            MessageType::Unknown(_) => Ok(Message::Unknown(body)),
        }
    }
}
