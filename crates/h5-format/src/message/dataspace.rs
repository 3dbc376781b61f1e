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
