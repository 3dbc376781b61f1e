//! Shared object header message tables (specification III.I).

use h5_types::Address;

use crate::message::{Context, MessageType};
use crate::{Reader, Result, Sizes};

/// One index of the master table (`SMTB`): which messages it holds, and where.
///
/// ```text
/// | SMTB | indexes: version 0, type (1), message types (2), smallest size (4), list above (2), tree below (2), number (2),
/// |        index (O), fractal heap (O) | checksum (4) |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMessageIndex {
    /// Bit n set: the index holds messages of type n.
    pub message_type_flags: u16,
    /// Smallest message that is shared, in bytes.
    pub minimum_message_size: u32,
    /// Number of messages.
    pub number_of_messages: u16,
    /// The list or B-tree that finds a message by its hash; `None` while there is no message.
    pub index_address: Option<Address>,
    /// The heap that holds the messages; `None` while there is no message.
    pub fractal_heap_address: Option<Address>,
}

impl SharedMessageIndex {
    /// Bytes of a master table with that many indexes.
    pub fn table_bytes(indexes: u8, sizes: Sizes) -> u64 {
        let index = u64::from(sizes.offsets).saturating_mul(2).saturating_add(14);
        u64::from(indexes).saturating_mul(index).saturating_add(8)
    }

    /// Decodes a master table of [`SharedMessageIndex::table_bytes`] bytes.
    ///
    /// # Errors
    /// If signature, version or checksum is wrong, or the bytes end early.
    pub fn decode_table(bytes: &[u8], indexes: u8, context: Context<'_>) -> Result<Vec<Self>> {
        let mut reader = Reader::new(bytes, "Shared Object Header Message Table", "III.I");
        reader.signature(b"SMTB")?;
        let mut table = Vec::new();
        for _ in 0..indexes {
            table.push(Self::decode(&mut reader, context)?);
        }
        reader.checksum()?;
        Ok(table)
    }

    fn decode(reader: &mut Reader<'_>, context: Context<'_>) -> Result<Self> {
        reader.version(0..=0, "0")?;
        let index_type = reader.u8()?;
        if index_type > 1 {
            return Err(reader.bad_value("index_type", index_type, "0 or 1"));
        }
        let message_type_flags = reader.u16()?;
        let minimum_message_size = reader.u32()?;
        reader.skip(4)?;
        let number_of_messages = reader.u16()?;
        Ok(Self {
            message_type_flags,
            minimum_message_size,
            number_of_messages,
            index_address: reader.address(context.sizes)?,
            fractal_heap_address: reader.address(context.sizes)?,
        })
    }

    /// Whether the index holds messages of that type.
    pub fn holds(&self, kind: MessageType) -> bool {
        u32::from(self.message_type_flags).checked_shr(u32::from(kind.number())).is_some_and(|b| b & 1 != 0)
    }
}
