//! Data Storage - Filter Pipeline (specification IV.A.2.l), versions 1 and 2.

use h5_types::{FilterInfo, Name};

use crate::{Reader, Result, Writer};

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

/// Appends the message's body.
///
/// Version 2 has no place for the names of the library's own filters: they are left out.
///
/// # Errors
/// If the version does not exist, there are more than 32 filters, or a name or a list of parameters is too long.
pub fn encode(filters: &[FilterInfo], version: u8, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer::new(out, "Filter Pipeline message", "IV.A.2.l");
    if !(1..=2).contains(&version) {
        return Err(writer.unencodable("version", "1 or 2"));
    }
    let count = u8::try_from(filters.len()).ok().filter(|&count| count <= MAXIMUM_FILTERS);
    let count = count.ok_or_else(|| writer.unencodable("number_of_filters", "at most 32"))?;
    writer.put(&[version, count]);
    if version == 1 {
        writer.zeros(6);
    }
    filters.iter().try_for_each(|filter| encode_filter(&mut writer, filter, version))
}

fn encode_filter(writer: &mut Writer<'_>, filter: &FilterInfo, version: u8) -> Result<()> {
    let mut name = filter.name.as_ref().map(|name| name.as_bytes().to_vec()).unwrap_or_default();
    if name.contains(&0) {
        return Err(writer.unencodable("name", "a text without NUL"));
    }
    if !name.is_empty() {
        name.push(0);
    }
    writer.u16(filter.id);
    if version == 1 {
        name.resize(name.len().next_multiple_of(8), 0);
        writer.count("name_length", name.len(), 2)?;
    } else if filter.id >= FIRST_REGISTERED_ID {
        writer.count("name_length", name.len(), 2)?;
    } else {
        name.clear();
    }
    writer.u16(filter.flags);
    writer.count("number_of_client_data_values", filter.client_data.len(), 2)?;
    writer.put(&name);
    filter.client_data.iter().for_each(|&value| writer.u32(value));
    if version == 1 && filter.client_data.len() % 2 == 1 {
        writer.zeros(4);
    }
    Ok(())
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
        let encoded = |filters: &[FilterInfo], version| {
            let mut out = Vec::new();
            encode(filters, version, &mut out).map(|()| out)
        };
        assert_eq!(encoded(&first, 1).unwrap(), v1);
        assert_eq!(encoded(&first, 2).unwrap(), v2);
        assert_eq!(encoded(&second, 2).unwrap(), v2);
        assert!(encoded(&vec![first[0].clone(); 33], 2).is_err());
        assert!(encoded(&[], 3).is_err());
        assert!(decode(&v2[..v2.len() - 1]).is_err());
        assert!(decode(&[2, 33]).is_err());
    }
}
