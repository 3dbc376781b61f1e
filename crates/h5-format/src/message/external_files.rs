use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Data Storage - External Data Files (specification IV.A.2.h).
///
/// ```text
/// | version 1 | reserved (3) | allocated slots (2) | used slots (2) | heap (O) | slots: name (L) offset (L) size (L) |
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalFileList {
    /// Local heap with the names.
    pub heap_address: Address,
    /// The files, in the order of the data.
    pub slots: Vec<ExternalFileSlot>,
}

/// One file of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExternalFileSlot {
    /// Where the name is in the local heap's data segment.
    pub name_offset_in_heap: u64,
    /// First byte of the data in the file.
    pub offset_in_file: u64,
    /// Bytes of the data in the file; `None` is unlimited.
    pub data_size: Option<u64>,
}

impl ExternalFileList {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 1, the heap's address is undefined, or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "External Data Files message", "IV.A.2.h");
        reader.version(1..=1, "1")?;
        reader.skip(3)?;
        let allocated = reader.u16()?;
        let used = reader.u16()?;
        if used > allocated {
            return Err(reader.bad_value("used_slots", used, "at most allocated_slots"));
        }
        let heap_address = reader.defined_address(context.sizes, "heap_address")?;
        let mut slots = Vec::new();
        for _ in 0..used {
            slots.push(ExternalFileSlot {
                name_offset_in_heap: reader.length(context.sizes)?,
                offset_in_file: reader.length(context.sizes)?,
                data_size: reader.optional_length(context.sizes)?,
            });
        }
        Ok(Self { heap_address, slots })
    }

    /// Appends the message's body, with no slots but the used ones.
    ///
    /// # Errors
    /// If a number exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "External Data Files message", "IV.A.2.h");
        writer.u8(1);
        writer.zeros(3);
        writer.count("allocated_slots", self.slots.len(), 2)?;
        writer.count("used_slots", self.slots.len(), 2)?;
        writer.address("heap_address", self.heap_address, sizes)?;
        for slot in &self.slots {
            writer.length("name_offset_in_heap", slot.name_offset_in_heap, sizes)?;
            writer.length("offset_in_file", slot.offset_in_file, sizes)?;
            writer.optional_length("data_size", slot.data_size, sizes)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = ExternalFileList::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn slots_are_written_as_they_read() {
        let body = [
            &[1, 0, 0, 0, 2, 0, 2, 0][..],
            &[0x60, 0, 0, 0],
            &[8, 0, 0, 1, 9, 0],
            &[16, 0, 0, 0, 0xff, 0xff],
        ];
        assert_eq!(decode_and_encode(&body.concat()), body.concat());
        let slot = ExternalFileSlot { name_offset_in_heap: 0, offset_in_file: 0x1_0000, data_size: None };
        let list = ExternalFileList { heap_address: Address(1), slots: vec![slot] };
        assert!(list.encode(Sizes { offsets: 4, lengths: 2 }, &mut Vec::new()).is_err());
    }
}
