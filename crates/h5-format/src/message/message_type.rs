/// What a message is: the *Header Message Type* (specification IV.A.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageType {
    /// 0x00: nothing; room for another message.
    Nil,
    /// 0x01.
    Dataspace,
    /// 0x02.
    LinkInfo,
    /// 0x03.
    Datatype,
    /// 0x04: the fill value as before HDF5 1.6.
    FillValueOld,
    /// 0x05.
    FillValue,
    /// 0x06.
    Link,
    /// 0x07: raw data in other files.
    ExternalFiles,
    /// 0x08.
    DataLayout,
    /// 0x09: written by the library's own tests only.
    Bogus,
    /// 0x0a.
    GroupInfo,
    /// 0x0b.
    FilterPipeline,
    /// 0x0c.
    Attribute,
    /// 0x0d.
    Comment,
    /// 0x0e: the time as text.
    ModificationTimeOld,
    /// 0x0f: where the file's shared messages are.
    SharedMessageTable,
    /// 0x10.
    Continuation,
    /// 0x11: an old-style group's B-tree and heap.
    SymbolTable,
    /// 0x12.
    ModificationTime,
    /// 0x13.
    BTreeKValues,
    /// 0x14.
    DriverInfo,
    /// 0x15.
    AttributeInfo,
    /// 0x16.
    ReferenceCount,
    /// 0x17.
    FileSpaceInfo,
    /// 0x18: where the metadata cache's image is.
    MetadataCacheImage,
    /// Any other number.
    Unknown(u16),
}

/// The numbered types, in the order of their numbers.
const NUMBERED: [MessageType; 25] = [
    MessageType::Nil,
    MessageType::Dataspace,
    MessageType::LinkInfo,
    MessageType::Datatype,
    MessageType::FillValueOld,
    MessageType::FillValue,
    MessageType::Link,
    MessageType::ExternalFiles,
    MessageType::DataLayout,
    MessageType::Bogus,
    MessageType::GroupInfo,
    MessageType::FilterPipeline,
    MessageType::Attribute,
    MessageType::Comment,
    MessageType::ModificationTimeOld,
    MessageType::SharedMessageTable,
    MessageType::Continuation,
    MessageType::SymbolTable,
    MessageType::ModificationTime,
    MessageType::BTreeKValues,
    MessageType::DriverInfo,
    MessageType::AttributeInfo,
    MessageType::ReferenceCount,
    MessageType::FileSpaceInfo,
    MessageType::MetadataCacheImage,
];

impl From<u16> for MessageType {
    fn from(number: u16) -> Self {
        NUMBERED.get(usize::from(number)).copied().unwrap_or(Self::Unknown(number))
    }
}

impl MessageType {
    /// The number in the file.
    pub fn number(self) -> u16 {
        match self {
            Self::Unknown(number) => number,
            known => {
                let position = NUMBERED.iter().position(|&t| t == known);
                position.and_then(|p| u16::try_from(p).ok()).unwrap_or(u16::MAX)
            }
        }
    }

    /// True if the message may lie elsewhere, with a shared message in its place (specification IV.A.2, flag bit 1).
    pub fn is_shareable(self) -> bool {
        matches!(
            self,
            Self::Dataspace
                | Self::Datatype
                | Self::FillValueOld
                | Self::FillValue
                | Self::FilterPipeline
                | Self::Attribute
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_both_ways() {
        for number in 0..=40 {
            assert_eq!(MessageType::from(number).number(), number);
        }
        assert_eq!(MessageType::from(0x18), MessageType::MetadataCacheImage);
        assert_eq!(MessageType::from(0x19), MessageType::Unknown(0x19));
    }
}
