//! Data Storage - Filter Pipeline (specification IV.A.2.l), versions 1 and 2.

use h5_types::{FilterInfo, Name};

use crate::{Reader, Result};

/// Ids below this one are the library's own; version 2 stores no name for them.
const FIRST_REGISTERED_ID: u16 = 256;

/// Most filters of a pipeline, the library's own bound.
const MAXIMUM_FILTERS: u8 = 32;

/// Decodes the message's body: the filters in the order of writing.
///
/// # Errors
/// If the version is neither 1 nor 2, there are more than 32 filters, or the body ends early.
pub fn decode(body: &[u8]) -> Result<Vec<FilterInfo>> {
    let mut reader = Reader::new(body, "Filter Pipeline message", "IV.A.2.l");
    let version = reader.version(1..=2, "1 or 2")?;
    let count = reader.u8()?;
    if count > MAXIMUM_FILTERS {
        return Err(reader.bad_value("number_of_filters", count, "at most 32"));
    }
    if version == 1 {
        reader.skip(6)?;
    }
    let mut filters = Vec::new();
    for _ in 0..count {
        filters.push(decode_filter(&mut reader, version)?);
    }
    Ok(filters)
}

fn decode_filter(reader: &mut Reader<'_>, version: u8) -> Result<FilterInfo> {
    let id = reader.u16()?;
    let name_length = if version == 1 || id >= FIRST_REGISTERED_ID { usize::from(reader.u16()?) } else { 0 };
    let flags = reader.u16()?;
    let values = reader.u16()?;
    // Version 1 fills the name up to a multiple of eight bytes, and says so in the length already.
    let stored = reader.take(name_length)?;
    let name = stored.split(|&b| b == 0).next().unwrap_or_default();
    let name = (!name.is_empty()).then(|| Name::new(name));
    let mut client_data = Vec::new();
    for _ in 0..values {
        client_data.push(reader.u32()?);
    }
    if version == 1 && values % 2 == 1 {
        reader.skip(4)?;
    }
    Ok(FilterInfo { id, flags, name, client_data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_give_the_same_filters() {
        let v1 = [
            &[1, 2, 0, 0, 0, 0, 0, 0][..],
            &[1, 0, 8, 0, 1, 0, 1, 0],
            b"deflate\0",
            &[6, 0, 0, 0, 0, 0, 0, 0],
            &[4, 1, 8, 0, 0, 0, 2, 0],
            b"mine\0\0\0\0",
            &[1, 0, 0, 0, 2, 0, 0, 0],
        ]
        .concat();
        let v2 = [
            &[2, 2][..],
            &[1, 0, 1, 0, 1, 0, 6, 0, 0, 0],
            &[4, 1, 5, 0, 0, 0, 2, 0],
            b"mine\0",
            &[1, 0, 0, 0, 2, 0, 0, 0],
        ]
        .concat();
        let [first, second] = [decode(&v1).unwrap(), decode(&v2).unwrap()];
        assert_eq!(first[0].name, Some(Name::from("deflate")));
        assert_eq!((first[0].id, first[0].flags, &*first[0].client_data), (1, 1, &[6][..]));
        assert_eq!(second[0], FilterInfo { name: None, ..first[0].clone() });
        assert_eq!(second[1], first[1]);
        assert_eq!(second[1].client_data, [1, 2]);
        assert!(decode(&v2[..v2.len() - 1]).is_err());
        assert!(decode(&[2, 33]).is_err());
    }
}
