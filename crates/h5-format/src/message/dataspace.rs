//! Dataspace (specification IV.A.2.b), versions 1 and 2.

use h5_types::Dataspace;

use super::Context;
use crate::{Fault, Reader, Result};

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

    #[test]
    fn rejects_what_contradicts_itself() {
        assert!(decode(&[2, 1, 0, 0, 3, 0]).is_err(), "a scalar with a dimension");
        assert!(decode(&[2, 1, 1, 1, 3, 0, 2, 0]).is_err(), "larger than its maximum");
        assert!(decode(&[2, 33, 0, 1]).is_err(), "too many dimensions");
        assert!(decode(&[2, 1, 0, 1, 3]).is_err(), "truncated");
        assert!(decode(&[3, 0, 0, 0]).is_err(), "version");
    }
}
