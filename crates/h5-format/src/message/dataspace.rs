//! Dataspace (specification IV.A.2.b), versions 1 and 2.

use h5_types::Dataspace;

use super::Context;
use crate::{Fault, Reader, Result, Sizes, Writer};

/// Decodes the message's body.
///
/// ```text
/// | 1 | rank | flags | reserved (5)  | dimensions (L) | maximum (L, flag 0) |
/// | 2 | rank | flags | type          | dimensions (L) | maximum (L, flag 0) |
/// ```
/// Flag 1, permutation indices, was never implemented: they come last and are not looked at.
///
/// # Errors
/// If version or type is none that exists, the rank is over `Limits::rank` or does not go with the type, a dimension exceeds
/// its maximum, or the body ends early.
pub fn decode(body: &[u8], context: Context<'_>) -> Result<Dataspace> {
    let mut reader = Reader::new(body, "Dataspace message", "IV.A.2.b");
    let version = reader.version(1..=2, "1 or 2")?;
    let rank = reader.u8()?;
    let flags = reader.u8()?;
    let kind = reader.u8()?;
    if version == 1 {
        reader.skip(4)?;
    }
    let limit = context.limits.rank;
    if usize::from(rank) > limit {
        let limit = u64::try_from(limit).unwrap_or(u64::MAX);
        return Err(reader.error(Fault::Limit { field: "dimensionality", found: u64::from(rank), limit }));
    }
    match (version, kind) {
        (2, 0 | 2) if rank > 0 => {
            return Err(reader.bad_value("dimensionality", rank, "0 for a scalar or null dataspace"));
        }
        (2, 2) => return Ok(Dataspace::Null),
        (2, 3..) => return Err(reader.bad_value("type", kind, "0, 1 or 2")),
        _ if rank == 0 => return Ok(Dataspace::Scalar),
        _ => {}
    }
    let mut dimensions = Vec::with_capacity(usize::from(rank));
    for _ in 0..rank {
        dimensions.push(reader.length(context.sizes)?);
    }
    let mut maximum = Vec::with_capacity(usize::from(rank));
    if flags & 1 == 0 {
        maximum.extend(dimensions.iter().copied().map(Some));
    } else {
        for &dimension in &dimensions {
            let most = reader.optional_length(context.sizes)?;
            if most.is_some_and(|most| most < dimension) {
                return Err(reader.bad_value("dimension_size", dimension, "at most its maximum size"));
            }
            maximum.push(most);
        }
    }
    Ok(Dataspace::Simple { dimensions, maximum })
}

/// How a dataspace is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataspaceForm {
    /// Version, 1 or 2; a null dataspace needs 2.
    pub version: u8,
    /// Whether maximum sizes are written, which may be left out where they equal the current ones. The library writes them always, so
    /// that a message keeps its length.
    pub with_maximum: bool,
}

/// Appends the message's body.
///
/// # Errors
/// If the version does not exist or cannot say it, there is a maximum to be left out, there are more than 255 dimensions or not as many
/// maximum sizes, a dimension exceeds its maximum, or a number exceeds its field.
pub fn encode(dataspace: &Dataspace, form: DataspaceForm, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
    let mut writer = Writer::new(out, "Dataspace message", "IV.A.2.b");
    let (kind, dimensions, maximum) = match dataspace {
        Dataspace::Scalar => (0, &[][..], &[][..]),
        Dataspace::Simple { dimensions, maximum } => (1, &dimensions[..], &maximum[..]),
        Dataspace::Null => (2, &[][..], &[][..]),
    };
    if kind == 1 && dimensions.is_empty() {
        return Err(writer.unencodable("dimensionality", "at least 1 in a simple dataspace"));
    }
    check_maximum(&writer, dimensions, maximum, form.with_maximum)?;
    let flags = u8::from(form.with_maximum && kind == 1);
    writer.u8(form.version);
    writer.count("dimensionality", dimensions.len(), 1)?;
    writer.u8(flags);
    match form.version {
        1 if kind == 2 => return Err(writer.unencodable("version", "2 for a null dataspace")),
        1 => writer.zeros(5),
        2 => writer.u8(kind),
        _ => return Err(writer.unencodable("version", "1 or 2")),
    }
    for &dimension in dimensions {
        writer.length("dimension_size", dimension, sizes)?;
    }
    for &most in maximum.iter().filter(|_| flags != 0) {
        writer.optional_length("dimension_maximum_size", most, sizes)?;
    }
    Ok(())
}

fn check_maximum(
    writer: &Writer<'_>,
    dimensions: &[u64],
    maximum: &[Option<u64>],
    is_written: bool,
) -> Result<()> {
    let mut pairs = dimensions.iter().zip(maximum);
    if dimensions.len() != maximum.len()
        || pairs.clone().any(|(size, most)| most.is_some_and(|most| most < *size))
    {
        return Err(
            writer.unencodable("dimension_maximum_size", "one for each dimension, and none smaller than it")
        );
    }
    if !is_written && pairs.any(|(size, most)| *most != Some(*size)) {
        return Err(writer.unencodable("dimension_maximum_size", "the current size, if it is left out"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;
    use crate::Sizes;

    fn decode(body: &[u8]) -> Result<Dataspace> {
        let limits = Limits::default();
        super::decode(body, Context { sizes: Sizes { offsets: 8, lengths: 2 }, limits: &limits })
    }

    #[test]
    fn scalar_null_and_simple() {
        assert_eq!(decode(&[1, 0, 0, 0, 0, 0, 0, 0]).unwrap(), Dataspace::Scalar);
        assert_eq!(decode(&[2, 0, 0, 0]).unwrap(), Dataspace::Scalar);
        assert_eq!(decode(&[2, 0, 0, 2]).unwrap(), Dataspace::Null);
        assert_eq!(decode(&[2, 2, 0, 1, 3, 0, 4, 0]).unwrap(), Dataspace::fixed([3, 4]));
        let unlimited = Dataspace::Simple { dimensions: vec![3, 4], maximum: vec![None, Some(9)] };
        assert_eq!(decode(&[2, 2, 1, 1, 3, 0, 4, 0, 0xff, 0xff, 9, 0]).unwrap(), unlimited);
        assert_eq!(decode(&[1, 2, 1, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0xff, 0xff, 9, 0]).unwrap(), unlimited);
    }

    fn encode(dataspace: &Dataspace, version: u8, with_maximum: bool) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        let sizes = Sizes { offsets: 8, lengths: 2 };
        super::encode(dataspace, DataspaceForm { version, with_maximum }, sizes, &mut out).map(|()| out)
    }

    #[test]
    fn both_versions_are_written_as_they_read() {
        assert_eq!(encode(&Dataspace::Scalar, 1, true).unwrap(), [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(encode(&Dataspace::Scalar, 2, true).unwrap(), [2, 0, 0, 0]);
        assert_eq!(encode(&Dataspace::Null, 2, true).unwrap(), [2, 0, 0, 2]);
        assert_eq!(encode(&Dataspace::fixed([3, 4]), 2, false).unwrap(), [2, 2, 0, 1, 3, 0, 4, 0]);
        let unlimited = Dataspace::Simple { dimensions: vec![3, 4], maximum: vec![None, Some(9)] };
        assert_eq!(encode(&unlimited, 2, true).unwrap(), [2, 2, 1, 1, 3, 0, 4, 0, 0xff, 0xff, 9, 0]);
        let v1 = [1, 2, 1, 0, 0, 0, 0, 0, 3, 0, 4, 0, 0xff, 0xff, 9, 0];
        assert_eq!(encode(&unlimited, 1, true).unwrap(), v1);
        assert!(encode(&unlimited, 2, false).is_err());
        assert!(encode(&Dataspace::Null, 1, true).is_err());
        assert!(encode(&Dataspace::Scalar, 3, true).is_err());
        assert!(encode(&Dataspace::fixed([0x1_0000]), 2, false).is_err());
        assert!(encode(&Dataspace::fixed([0xffff]), 2, true).is_err(), "it would read as unlimited");
        assert!(encode(&Dataspace::fixed([]), 2, true).is_err());
        let smaller = Dataspace::Simple { dimensions: vec![3], maximum: vec![Some(2)] };
        assert!(encode(&smaller, 2, true).is_err());
    }

    #[test]
    fn rejects_what_contradicts_itself() {
        assert!(decode(&[2, 1, 0, 0, 3, 0]).is_err(), "a scalar with a dimension");
        assert!(decode(&[2, 1, 1, 1, 3, 0, 2, 0]).is_err(), "larger than its maximum");
        assert!(decode(&[2, 33, 0, 1]).is_err(), "too many dimensions");
        assert!(decode(&[2, 1, 0, 1, 3]).is_err(), "truncated");
        assert!(decode(&[3, 0, 0, 0]).is_err(), "version");
    }
}
