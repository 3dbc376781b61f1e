//! The few msgpack forms that blosc2 frames are made of. Source: the msgpack specification.

use crate::FilterError;
use crate::bounded::Reader;

/// Reads an integer of any width. Negative ones are errors: nothing in a frame is below zero.
pub(super) fn unsigned(reader: &mut Reader<'_>) -> Result<u64, FilterError> {
    let marker = reader.u8()?;
    let signed = match marker {
        0x00..=0x7f => return Ok(u64::from(marker)),
        0xcc => return reader.u8().map(u64::from),
        0xcd => return reader.array().map(|bytes| u64::from(u16::from_be_bytes(bytes))),
        0xce => return reader.u32_be().map(u64::from),
        0xcf => return reader.u64_be(),
        0xd0 => i64::from(i8::from_be_bytes(reader.array()?)),
        0xd1 => i64::from(i16::from_be_bytes(reader.array()?)),
        0xd2 => i64::from(i32::from_be_bytes(reader.array()?)),
        0xd3 => i64::from_be_bytes(reader.array()?),
        other => return Err(unexpected("an integer", other)),
    };
    u64::try_from(signed).map_err(|_| FilterError::Corrupt(format!("blosc2 frame with a size of {signed}")))
}

/// As [`unsigned`], for what must fit the address space.
pub(super) fn size(reader: &mut Reader<'_>) -> Result<usize, FilterError> {
    let stated = unsigned(reader)?;
    usize::try_from(stated).map_err(|_| FilterError::Corrupt(format!("blosc2 frame with a size of {stated}")))
}

pub(super) fn boolean(reader: &mut Reader<'_>) -> Result<bool, FilterError> {
    match reader.u8()? {
        0xc2 => Ok(false),
        0xc3 => Ok(true),
        other => Err(unexpected("a boolean", other)),
    }
}

pub(super) fn string<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], FilterError> {
    let length = match reader.u8()? {
        short @ 0xa0..=0xbf => u64::from(short & 0x1f),
        0xd9 => u64::from(reader.u8()?),
        0xda => u64::from(u16::from_be_bytes(reader.array()?)),
        0xdb => u64::from(reader.u32_be()?),
        other => return Err(unexpected("a string", other)),
    };
    reader.take(usize::try_from(length).unwrap_or(usize::MAX))
}

pub(super) fn binary<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], FilterError> {
    let length = match reader.u8()? {
        0xc4 => u64::from(reader.u8()?),
        0xc5 => u64::from(u16::from_be_bytes(reader.array()?)),
        0xc6 => u64::from(reader.u32_be()?),
        other => return Err(unexpected("binary data", other)),
    };
    reader.take(usize::try_from(length).unwrap_or(usize::MAX))
}

/// The number of elements of the array that follows.
pub(super) fn array_length(reader: &mut Reader<'_>) -> Result<usize, FilterError> {
    match reader.u8()? {
        short @ 0x90..=0x9f => Ok(usize::from(short & 0x0f)),
        0xdc => Ok(usize::from(u16::from_be_bytes(reader.array()?))),
        other => Err(unexpected("an array", other)),
    }
}

/// The number of pairs of the map that follows.
pub(super) fn map_length(reader: &mut Reader<'_>) -> Result<usize, FilterError> {
    match reader.u8()? {
        short @ 0x80..=0x8f => Ok(usize::from(short & 0x0f)),
        0xde => Ok(usize::from(u16::from_be_bytes(reader.array()?))),
        other => Err(unexpected("a map", other)),
    }
}

/// The 16 bytes of an extension.
pub(super) fn extension_16(reader: &mut Reader<'_>) -> Result<[u8; 16], FilterError> {
    match reader.u8()? {
        0xd8 => {
            let _type = reader.u8()?;
            reader.array()
        }
        other => Err(unexpected("a 16-byte extension", other)),
    }
}

fn unexpected(expected: &str, marker: u8) -> FilterError {
    FilterError::Corrupt(format!("blosc2 frame: {expected} expected, found marker {marker:#04x}"))
}
