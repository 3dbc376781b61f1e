//! Between links as users know them and as they are stored.

use h5_format::Sizes;
use h5_format::message::{LinkMessage, LinkMessageTarget};
use h5_types::{Address, CharacterSet, Error, LinkTarget, Name, ObjectToken, Result};

/// The body of a link message (IV.A.2.g).
pub(super) fn encode(
    sizes: Sizes,
    name: &Name,
    target: &LinkTarget,
    creation_order: Option<i64>,
) -> Result<Vec<u8>> {
    let name = name.as_bytes();
    let character_set = if name.is_ascii() { CharacterSet::Ascii } else { CharacterSet::Utf8 };
    let target = match target {
        LinkTarget::Hard(token) => LinkMessageTarget::Hard(token_address(*token)?),
        LinkTarget::Soft(path) => LinkMessageTarget::Soft(path.as_bytes()),
        LinkTarget::External { file, path } => {
            LinkMessageTarget::External { file: file.as_bytes(), path: path.as_bytes() }
        }
        LinkTarget::UserDefined { class, value } => LinkMessageTarget::UserDefined { class: *class, value },
        _ => return Err(Error::unsupported("links of this class")),
    };
    let mut body = Vec::new();
    LinkMessage { name, character_set, creation_order, target }.encode(sizes, &mut body)?;
    Ok(body)
}

/// Fails for what no link can be: an empty path, texts with a NUL, values of more than 65,535 bytes.
///
/// # Errors
/// `Usage`.
pub(super) fn check(sizes: Sizes, name: &Name, target: &LinkTarget) -> Result<()> {
    match encode(sizes, name, target, None) {
        Ok(_) => Ok(()),
        Err(error) => Err(Error::usage(format!("no link `{name}` can be that: {error}")).with_source(error)),
    }
}

/// A hard link's target.
pub(super) fn hard(object: Address) -> LinkTarget {
    LinkTarget::Hard(ObjectToken(u128::from(object.0)))
}

/// The object that a hard link leads to.
///
/// # Errors
/// `Usage` for a token of another backend.
pub(super) fn address(target: &LinkTarget) -> Result<Option<Address>> {
    match target {
        LinkTarget::Hard(token) => token_address(*token).map(Some),
        _ => Ok(None),
    }
}

fn token_address(token: ObjectToken) -> Result<Address> {
    u64::try_from(token.0).map(Address).map_err(|_| Error::usage("a token of another backend"))
}
