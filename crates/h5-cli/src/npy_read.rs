//! Arrays of numpy (NEP 1, versions 1 to 3) as elements.

use std::io::Read;

use h5::{Datatype, H5Type as _};

use crate::type_spec;

/// What a `.npy` file says before its elements.
#[derive(Debug, PartialEq)]
pub(crate) struct Header {
    /// Datatype of the elements.
    pub(crate) datatype: Datatype,
    /// Dimensions, slowest-varying first.
    pub(crate) shape: Vec<u64>,
}

/// Longest header that is read, in bytes.
const LARGEST_HEADER: u64 = 1 << 20;

/// Reads the header; the reader is then at the first element.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn header(reader: &mut impl Read) -> Result<Header, String> {
    let mut magic = [0; 8];
    reader.read_exact(&mut magic).map_err(|error| error.to_string())?;
    let [b'\x93', b'N', b'U', b'M', b'P', b'Y', version, _] = magic else {
        return Err("no array of numpy".into());
    };
    let length = if version == 1 {
        let mut length = [0; 2];
        reader.read_exact(&mut length).map_err(|error| error.to_string())?;
        u64::from(u16::from_le_bytes(length))
    } else {
        let mut length = [0; 4];
        reader.read_exact(&mut length).map_err(|error| error.to_string())?;
        u64::from(u32::from_le_bytes(length))
    };
    if length > LARGEST_HEADER {
        return Err(format!("a header of {length} bytes"));
    }
    let mut text = String::new();
    reader.take(length).read_to_string(&mut text).map_err(|error| error.to_string())?;
    parse(&text)
}

fn parse(text: &str) -> Result<Header, String> {
    if field(text, "fortran_order")?.starts_with("True") {
        return Err("an array in Fortran order; numpy.ascontiguousarray turns it".into());
    }
    let shape = field(text, "shape")?;
    let shape = shape.strip_prefix('(').and_then(|rest| rest.split_once(')')).ok_or("no shape")?.0;
    let sizes = shape.split(',').map(str::trim).filter(|size| !size.is_empty());
    let shape =
        sizes.map(|size| size.trim_end_matches('L').parse().map_err(|_| format!("`{size}` as a size")));
    let descr = field(text, "descr")?;
    Ok(Header { datatype: datatype(descr)?, shape: shape.collect::<Result<_, String>>()? })
}

/// What follows a key of the dictionary.
fn field<'t>(text: &'t str, key: &str) -> Result<&'t str, String> {
    let found = ["'", "\""].iter().find_map(|quote| text.split_once(&format!("{quote}{key}{quote}:")));
    found.map(|(_, rest)| rest.trim_start()).ok_or_else(|| format!("no `{key}` in the header"))
}

fn datatype(descr: &str) -> Result<Datatype, String> {
    if let Some(list) = descr.strip_prefix('[') {
        return record(list);
    }
    let (name, _) = quoted(descr)?;
    simple(name)
}

fn simple(name: &str) -> Result<Datatype, String> {
    match name {
        "|b1" | "?" => Ok(bool::datatype()),
        _ if name.contains(['U', 'O', 'M', 'm', '=']) => {
            Err(format!("elements `{name}` of numpy have no datatype"))
        }
        _ => type_spec::parse(name).map_err(|_| format!("elements `{name}` of numpy have no datatype")),
    }
}

/// `('x', '<f4'), ('y', '<i2', (3,)), ]`: members without gaps.
fn record(list: &str) -> Result<Datatype, String> {
    let mut members = Vec::new();
    let mut rest = list.trim_start();
    while let Some(member) = rest.strip_prefix('(') {
        let (name, after) = quoted(member.trim_start())?;
        let after = after.trim_start().strip_prefix(',').ok_or("a member without a datatype")?.trim_start();
        let (base, after) = if after.starts_with('[') {
            return Err("records within records".into());
        } else {
            quoted(after)?
        };
        let mut member = simple(base)?;
        let mut after = after.trim_start();
        if let Some(shape) = after.strip_prefix(',').map(str::trim_start).and_then(|s| s.strip_prefix('(')) {
            let (sizes, behind) = shape.split_once(')').ok_or("a shape without end")?;
            let sizes = sizes.split(',').map(str::trim).filter(|size| !size.is_empty());
            let dimensions = sizes.map(|size| size.parse().map_err(|_| format!("`{size}` as a size")));
            let dimensions = dimensions.collect::<Result<_, String>>()?;
            member = Datatype::Array(h5::ArrayType { dimensions, base: Box::new(member) });
            after = behind.trim_start();
        }
        members.push((h5::Name::from(name), member));
        rest = after.strip_prefix(')').ok_or("a member without end")?.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    if members.is_empty() || !rest.starts_with(']') {
        return Err("a record that is not understood".into());
    }
    Ok(Datatype::Compound(h5::CompoundType::packed(members)))
}

/// The text between quotation marks, and what follows them.
fn quoted(text: &str) -> Result<(&str, &str), String> {
    let quote =
        text.chars().next().filter(|c| matches!(c, '\'' | '"')).ok_or("a name without quotation marks")?;
    text.get(1..).and_then(|text| text.split_once(quote)).ok_or_else(|| "a name without end".to_owned())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn headers_of_numpy_are_understood() {
        for (text, datatype, shape) in [
            ("{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }", "float64", vec![3, 4]),
            ("{'descr': '>i2', 'fortran_order': False, 'shape': (5,), }", "int16 big-endian", vec![5]),
            ("{'descr': '|S7', 'fortran_order': False, 'shape': (), }", "string(7)", vec![]),
            (
                "{'descr': [('x', '<f4'), ('n', '|u1', (2, 3))], 'fortran_order': False, 'shape': (1,), }",
                "{x: float32, n: [2,3] uint8}",
                vec![1],
            ),
        ] {
            let header = parse(text).unwrap();
            assert_eq!((header.datatype.to_string(), header.shape), (datatype.to_owned(), shape));
        }
        for text in [
            "{'descr': '<f8', 'fortran_order': True, 'shape': (3, 4), }",
            "{'descr': '<U4', 'fortran_order': False, 'shape': (3,), }",
            "{'descr': '<f8'}",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
