use crate::message::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Driver Information Block (specification II.B).
///
/// ```text
/// | version 0 | reserved (3) | size (4) | identification (8) | information (size) |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriverInformationBlock {
    /// Bytes of the information that follows.
    pub driver_information_size: u32,
    /// `NCSAmult`, `NCSAfami`, or of a driver unknown here.
    pub driver_identification: [u8; 8],
}

impl DriverInformationBlock {
    /// Bytes before the information.
    pub const HEADER_BYTES: u64 = 16;

    /// Decodes the fixed part.
    ///
    /// # Errors
    /// If the version is not 0 or the bytes end early.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes, "Driver Information Block", "II.B");
        reader.version(0..=0, "0")?;
        reader.skip(3)?;
        let driver_information_size = reader.u32()?;
        let mut driver_identification = [0; 8];
        driver_identification.copy_from_slice(reader.take(8)?);
        Ok(Self { driver_information_size, driver_identification })
    }

    /// Appends the fixed part; the information follows it.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out, "Driver Information Block", "II.B");
        writer.u8(0);
        writer.zeros(3);
        writer.u32(self.driver_information_size);
        writer.put(&self.driver_identification);
    }
}

/// What a storage driver of several files keeps in a file (specification II.B).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverInformation {
    /// `NCSAfami`: one address space cut into files of equal size.
    Family {
        /// Bytes of each file but the last.
        member_size: u64,
    },
    /// `NCSAmult`: one file for each kind of data.
    Multi {
        /// The files, in the order of the kinds of data: superblock, B-tree, raw data, global heap, local heap, object header. A
        /// kind that is mapped to another has no file of its own.
        members: Vec<MultiMember>,
    },
    /// Of a driver unknown here.
    Other {
        /// The driver's identification.
        driver_identification: [u8; 8],
    },
}

/// One file of the multi driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultiMember {
    /// Which kind of data the file holds, 1 to 6.
    pub kind: u8,
    /// Where in the common address space the file begins.
    pub address: u64,
    /// Where its allocated space ends; `None` if that is not known.
    pub end_of_address: Option<u64>,
    /// Pattern of its name: `%s` stands for the name of the whole.
    pub name: Vec<u8>,
}

/// Kinds of data that the multi driver tells apart.
const MULTI_KINDS: u8 = 6;

impl DriverInformation {
    /// Decodes what the driver of that identification keeps.
    ///
    /// # Errors
    /// If a mapping is out of range, the member size is zero, or the bytes end early.
    pub fn decode(driver_identification: [u8; 8], information: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(information, "Driver Information", "II.B");
        match &driver_identification {
            // Eight bytes whatever the size of lengths: the driver writes a 64-bit number.
            b"NCSAfami" => match reader.u64()? {
                0 => Err(reader.bad_value("size_of_member_file", 0_u8, "at least 1")),
                member_size => Ok(Self::Family { member_size }),
            },
            b"NCSAmult" => Self::decode_multi(reader, context),
            _ => Ok(Self::Other { driver_identification }),
        }
    }

    /// Six mappings, two reserved bytes, then for each file its addresses (8 bytes each), then all names.
    fn decode_multi(mut reader: Reader<'_>, context: Context<'_>) -> Result<Self> {
        let wide = Sizes { offsets: 8, ..context.sizes };
        let mut kinds = Vec::new();
        for kind in 1..=MULTI_KINDS {
            let mapped = reader.u8()?;
            if mapped > MULTI_KINDS {
                return Err(reader.bad_value("member_mapping", mapped, "0 to 6"));
            }
            // 0 is "default": each kind in its own file.
            let mapped = if mapped == 0 { kind } else { mapped };
            if !kinds.contains(&mapped) {
                kinds.push(mapped);
            }
        }
        reader.skip(2)?;
        let mut members = Vec::new();
        for kind in kinds {
            let address = reader.defined_address(wide, "address_of_member_file")?.0;
            let end_of_address = reader.address(wide)?.map(|end| end.0);
            members.push(MultiMember { kind, address, end_of_address, name: Vec::new() });
        }
        for member in &mut members {
            let name = reader.nul_terminated()?;
            reader.skip(name.len().saturating_add(1).wrapping_neg() & 7)?;
            member.name = name.to_vec();
        }
        Ok(Self::Multi { members })
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    #[test]
    fn driver_information_of_each_driver() {
        let limits = Limits::default();
        let context = Context { sizes: Sizes { offsets: 8, lengths: 8 }, limits: &limits };
        let family = DriverInformation::decode(*b"NCSAfami", &4096_u64.to_le_bytes(), context).unwrap();
        assert_eq!(family, DriverInformation::Family { member_size: 4096 });
        let mut split = vec![1, 1, 3, 1, 1, 1, 0, 0];
        split.extend([0, 0x800, 1 << 62, 0x100_u64].map(u64::to_le_bytes).concat());
        split.extend(b"%s-m.h5\0%s-r.h5\0");
        let split = DriverInformation::decode(*b"NCSAmult", &split, context).unwrap();
        let DriverInformation::Multi { members } = split else { panic!("not multi") };
        assert_eq!((members[0].kind, &*members[0].name), (1, &b"%s-m.h5"[..]));
        assert_eq!((members[1].kind, members[1].address), (3, 1 << 62));
        assert_eq!(members[1].end_of_address, Some(0x100));
    }

    #[test]
    fn fixed_part_is_written_as_it_reads() {
        let block =
            DriverInformationBlock { driver_information_size: 0x102, driver_identification: *b"NCSAfami" };
        let mut out = Vec::new();
        block.encode(&mut out);
        assert_eq!(out, b"\0\0\0\0\x02\x01\0\0NCSAfami");
        assert_eq!(DriverInformationBlock::decode(&out).unwrap(), block);
    }
}
