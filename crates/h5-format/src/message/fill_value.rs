//! Data Storage - Fill Value, old and new (specification IV.A.2.e, IV.A.2.f), versions 1 to 3.

use h5_types::{AllocationTime, FillDefinition, FillTime, FillValue};

use crate::{Reader, Result, Writer};

/// Decodes the old message's body: the value alone; `None` if its size is zero.
///
/// # Errors
/// If the body ends early.
pub fn decode_old(body: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut reader = Reader::new(body, "Fill Value message (old)", "IV.A.2.e");
    let size = reader.u32()?;
    let value = reader.take_u64(u64::from(size))?;
    Ok((!value.is_empty()).then(|| value.to_vec()))
}

/// Appends the old message's body.
///
/// # Errors
/// If the value has more than 32 bits of bytes.
pub fn encode_old(value: Option<&[u8]>, out: &mut Vec<u8>) -> Result<()> {
    encode_value(&mut Writer::new(out, "Fill Value message (old)", "IV.A.2.e"), value.unwrap_or_default())
}

/// Decodes the body of the new message.
///
/// # Errors
/// If the version or one of the times is none that exists, or the body ends early.
pub fn decode(body: &[u8]) -> Result<FillValue> {
    let mut reader = Reader::new(body, "Fill Value message", "IV.A.2.f");
    if reader.version(1..=3, "1, 2 or 3")? == 3 {
        return decode_v3(reader);
    }
    let allocation_time = reader.u8()?;
    let allocation_time = decode_allocation_time(&reader, allocation_time)?;
    let fill_time = reader.u8()?;
    let fill_time = decode_fill_time(&reader, fill_time)?;
    let defined = reader.u8()? != 0;
    // Version 1 has a size even where no value is defined; the library does not look at it then, nor do we.
    let definition = if defined { decode_value(&mut reader)? } else { FillDefinition::Undefined };
    Ok(FillValue { definition, allocation_time, fill_time })
}

/// Appends the body of the new message, version 1, 2 or 3.
///
/// # Errors
/// If the version does not exist, or a value of the caller is empty (which would read as the default) or exceeds 32 bits of bytes.
pub fn encode(fill: &FillValue, version: u8, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer::new(out, "Fill Value message", "IV.A.2.f");
    let allocation_time = match fill.allocation_time {
        AllocationTime::Early => 1,
        AllocationTime::Late => 2,
        AllocationTime::Incremental => 3,
    };
    let fill_time = match fill.fill_time {
        FillTime::Allocation => 0,
        FillTime::Never => 1,
        FillTime::IfSet => 2,
    };
    let value = match &fill.definition {
        FillDefinition::Undefined => None,
        FillDefinition::Default => Some(&[][..]),
        FillDefinition::User(value) if value.is_empty() => {
            return Err(writer.unencodable("fill_value", "at least one byte"));
        }
        FillDefinition::User(value) => Some(&value[..]),
    };
    match version {
        1 | 2 => {
            writer.put(&[version, allocation_time, fill_time, value.is_some().into()]);
            match value {
                Some(value) => encode_value(&mut writer, value),
                // Version 1 has the size in any case.
                None if version == 1 => encode_value(&mut writer, &[]),
                None => Ok(()),
            }
        }
        3 => {
            let definition = match value {
                None => 0x10,
                Some([]) => 0,
                Some(_) => 0x20,
            };
            writer.put(&[3, allocation_time | fill_time << 2 | definition]);
            value.filter(|value| !value.is_empty()).map_or(Ok(()), |value| encode_value(&mut writer, value))
        }
        _ => Err(writer.unencodable("version", "1, 2 or 3")),
    }
}

/// Version 3 packs the fields: bits 0-1 allocation time, 2-3 fill time, 4 undefined, 5 defined.
fn decode_v3(mut reader: Reader<'_>) -> Result<FillValue> {
    let flags = reader.u8()?;
    let allocation_time = decode_allocation_time(&reader, flags & 3)?;
    let fill_time = decode_fill_time(&reader, flags >> 2 & 3)?;
    let definition = match (flags & 0x10 != 0, flags & 0x20 != 0) {
        (true, true) => return Err(reader.bad_value("flags", flags, "not both undefined and defined")),
        (true, false) => FillDefinition::Undefined,
        (false, true) => decode_value(&mut reader)?,
        (false, false) => FillDefinition::Default,
    };
    Ok(FillValue { definition, allocation_time, fill_time })
}

/// A size, then that many bytes; none at all is the default value.
fn decode_value(reader: &mut Reader<'_>) -> Result<FillDefinition> {
    let size = reader.u32()?;
    let value = reader.take_u64(u64::from(size))?;
    Ok(if value.is_empty() { FillDefinition::Default } else { FillDefinition::User(value.to_vec()) })
}

fn encode_value(writer: &mut Writer<'_>, value: &[u8]) -> Result<()> {
    writer.count("size", value.len(), 4)?;
    writer.put(value);
    Ok(())
}

fn decode_allocation_time(reader: &Reader<'_>, value: u8) -> Result<AllocationTime> {
    match value {
        1 => Ok(AllocationTime::Early),
        2 => Ok(AllocationTime::Late),
        3 => Ok(AllocationTime::Incremental),
        other => Err(reader.bad_value("space_allocation_time", other, "1, 2 or 3")),
    }
}

fn decode_fill_time(reader: &Reader<'_>, value: u8) -> Result<FillTime> {
    match value {
        0 => Ok(FillTime::Allocation),
        1 => Ok(FillTime::Never),
        2 => Ok(FillTime::IfSet),
        other => Err(reader.bad_value("fill_value_write_time", other, "0, 1 or 2")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_says_undefined_default_or_a_value() {
        let user = FillDefinition::User(vec![7, 8]);
        let cases: [(&[u8], FillDefinition); 9] = [
            (&[1, 2, 2, 0, 9, 9, 9, 9], FillDefinition::Undefined),
            (&[1, 2, 2, 1, 0, 0, 0, 0], FillDefinition::Default),
            (&[1, 2, 2, 1, 2, 0, 0, 0, 7, 8], user.clone()),
            (&[2, 2, 2, 0], FillDefinition::Undefined),
            (&[2, 2, 2, 1, 2, 0, 0, 0, 7, 8], user.clone()),
            (&[3, 0x0a], FillDefinition::Default),
            (&[3, 0x1a], FillDefinition::Undefined),
            (&[3, 0x2a, 2, 0, 0, 0, 7, 8], user),
            (&[3, 0x2a, 0, 0, 0, 0], FillDefinition::Default),
        ];
        for (body, definition) in cases {
            let (allocation_time, fill_time) = (AllocationTime::Late, FillTime::IfSet);
            let expected = FillValue { definition, allocation_time, fill_time };
            assert_eq!(decode(body).unwrap(), expected, "{body:?}");
        }
        assert_eq!(decode_old(&[2, 0, 0, 0, 7, 8, 0, 0]).unwrap(), Some(vec![7, 8]));
        assert_eq!(decode_old(&[0, 0, 0, 0]).unwrap(), None);
    }

    #[test]
    fn each_version_is_written_as_it_reads() {
        let user = FillDefinition::User(vec![7, 8]);
        let cases: [(&[u8], FillDefinition); 9] = [
            (&[1, 2, 2, 0, 0, 0, 0, 0], FillDefinition::Undefined),
            (&[1, 2, 2, 1, 0, 0, 0, 0], FillDefinition::Default),
            (&[1, 2, 2, 1, 2, 0, 0, 0, 7, 8], user.clone()),
            (&[2, 2, 2, 0], FillDefinition::Undefined),
            (&[2, 2, 2, 1, 0, 0, 0, 0], FillDefinition::Default),
            (&[2, 2, 2, 1, 2, 0, 0, 0, 7, 8], user.clone()),
            (&[3, 0x0a], FillDefinition::Default),
            (&[3, 0x1a], FillDefinition::Undefined),
            (&[3, 0x2a, 2, 0, 0, 0, 7, 8], user),
        ];
        for (body, definition) in cases {
            let (allocation_time, fill_time) = (AllocationTime::Late, FillTime::IfSet);
            let mut out = Vec::new();
            encode(&FillValue { definition, allocation_time, fill_time }, body[0], &mut out).unwrap();
            assert_eq!(out, body);
        }
        let mut old = Vec::new();
        encode_old(Some(&[7, 8]), &mut old).unwrap();
        encode_old(None, &mut old).unwrap();
        assert_eq!(old, [2, 0, 0, 0, 7, 8, 0, 0, 0, 0]);
        let empty = FillDefinition::User(Vec::new());
        let fill = FillValue {
            definition: empty,
            allocation_time: AllocationTime::Early,
            fill_time: FillTime::Never,
        };
        assert!(encode(&fill, 3, &mut old).is_err());
        assert!(encode(&FillValue { definition: FillDefinition::Default, ..fill }, 4, &mut old).is_err());
    }

    #[test]
    fn rejects_sizes_past_the_end_and_contradictions() {
        assert!(decode(&[2, 2, 2, 1, 0, 0, 0, 0x80, 1]).is_err());
        assert!(decode(&[3, 0x3a, 0, 0, 0, 0]).is_err());
        assert!(decode(&[2, 0, 2, 0]).is_err());
        assert!(decode(&[2, 2, 3, 0]).is_err());
        assert!(decode_old(&[3, 0, 0, 0, 1]).is_err());
    }
}
