//! Stored references (specification VIII): in the element itself or as an object of the global heap.

use h5_format::message::{MessageType, dataspace};
use h5_format::{
    StoredReference, encode_object_reference, encode_reference_block, encode_region_block,
    encode_region_reference, encode_revised_reference,
};
use h5_types::{Address, Dataspace, Error, ObjectToken, Reference, ReferenceKind, Result, Selection};

use super::session::Session;
use crate::object::ObjectHeader;

/// Encodes one reference as an element of a reference datatype.
///
/// # Errors
/// `Usage` for a reference of another kind than the datatype's, or one to no dataset whose region it is.
pub(super) fn encode(
    session: &mut Session,
    reference: &Reference,
    kind: ReferenceKind,
    to: &mut [u8],
) -> Result<()> {
    let sizes = session.sizes();
    let stored = match (kind, reference) {
        (_, Reference::Dangling(_)) => dangling(kind, sizes),
        (ReferenceKind::Object, _) => encode_object_reference(reference, sizes),
        (ReferenceKind::Region, Reference::Null) => {
            encode_region_reference(&StoredReference::Here(Reference::Null), sizes)
        }
        (ReferenceKind::Region, _) => {
            let block = encode_region_block(reference, sizes).map_err(wrong_kind)?;
            let id = session.add_heap_object(&block)?;
            let place = StoredReference::InHeap {
                collection_address: id.collection_address,
                object_index: id.object_index,
                header: None,
            };
            encode_region_reference(&place, sizes)
        }
        (_, Reference::Null) => encode_revised_reference(&StoredReference::Here(Reference::Null), 0, sizes),
        (_, Reference::Object(_)) if kind == ReferenceKind::Object2 => {
            encode_revised_reference(&StoredReference::Here(reference.clone()), 0, sizes)
        }
        _ => return encode_in_heap(session, reference, kind, to),
    };
    put(&stored.map_err(wrong_kind)?, to)
}

/// A reference that leads nowhere: into the superblock, where no object and no heap ever is.
fn dangling(kind: ReferenceKind, sizes: h5_format::Sizes) -> h5_format::Result<Vec<u8>> {
    const NOWHERE: Address = Address(1);
    let object = Reference::Object(ObjectToken(u128::from(NOWHERE.0)));
    match kind {
        ReferenceKind::Object => encode_object_reference(&object, sizes),
        ReferenceKind::Region => {
            let place =
                StoredReference::InHeap { collection_address: NOWHERE, object_index: 1, header: None };
            encode_region_reference(&place, sizes)
        }
        _ => encode_revised_reference(&StoredReference::Here(object), 0, sizes),
    }
}

/// References of HDF5 1.12 that an element has no room for.
fn encode_in_heap(
    session: &mut Session,
    reference: &Reference,
    kind: ReferenceKind,
    to: &mut [u8],
) -> Result<()> {
    let sizes = session.sizes();
    let target = match reference {
        Reference::External { target, .. } => target,
        other => other,
    };
    let (found, rank) = match target {
        Reference::Object(_) => (ReferenceKind::Object2, 0),
        Reference::Attribute { .. } => (ReferenceKind::Attribute, 0),
        Reference::Region { object, selection } => {
            let is_here = std::ptr::eq(target, reference);
            (ReferenceKind::Region2, rank_of(session, *object, selection, is_here)?)
        }
        _ => return Err(Error::usage("an external reference to nothing, or to yet another file")),
    };
    // The C library's one reference type of 1.12 is stored as type 2, whatever its values refer to.
    if found != kind && kind != ReferenceKind::Object2 {
        return Err(Error::usage("a reference of another kind than its datatype says"));
    }
    let (header, block) = encode_reference_block(reference, rank, sizes).map_err(wrong_kind)?;
    let block_bytes = u32::try_from(block.len()).map_err(|_| Error::limit("a reference over 4 GiB"))?;
    let id = session.add_heap_object(&block)?;
    let place = StoredReference::InHeap {
        collection_address: id.collection_address,
        object_index: id.object_index,
        header: Some(header),
    };
    put(&encode_revised_reference(&place, block_bytes, sizes).map_err(wrong_kind)?, to)
}

/// Dimensions of the dataset that a region is in: those of the selection, or else those of the dataset.
fn rank_of(session: &mut Session, object: ObjectToken, selection: &Selection, is_here: bool) -> Result<u32> {
    let rank = match selection {
        Selection::Hyperslab(hyperslab) => hyperslab.dimensions.len(),
        Selection::Points(points) => points.rank,
        Selection::Union(blocks) if !blocks.is_empty() => blocks.first().map_or(0, |block| block.start.len()),
        _ if is_here => dataset_rank(session, object)?,
        _ => return Err(Error::usage("a region of another file that does not say its rank")),
    };
    u32::try_from(rank).map_err(|_| Error::usage("a region of more dimensions than 32 bits count"))
}

fn dataset_rank(session: &mut Session, object: ObjectToken) -> Result<usize> {
    let address = u64::try_from(object.0).map_err(|_| Error::usage("a token of another backend"))?;
    session.settle(Address(address))?;
    let core = std::sync::Arc::clone(session.core());
    let header = ObjectHeader::load(core.storage(), Address(address))?;
    let message = header.find(MessageType::Dataspace).filter(|message| !message.flags.is_shared());
    let message =
        message.ok_or_else(|| Error::unsupported("a region of an object without a dataspace of its own"))?;
    match dataspace::decode(message.body, core.context()).map_err(|e| header.error(e))? {
        Dataspace::Simple { dimensions, .. } => Ok(dimensions.len()),
        _ => Ok(0),
    }
}

/// The encoding fills the element; one of another file's offsets may be wider.
fn put(stored: &[u8], to: &mut [u8]) -> Result<()> {
    let wider = || Error::usage("a reference datatype narrower than the file's references");
    let (place, rest) = to.split_at_mut_checked(stored.len()).ok_or_else(wider)?;
    place.copy_from_slice(stored);
    rest.fill(0);
    Ok(())
}

fn wrong_kind(error: h5_format::FormatError) -> Error {
    Error::usage("a reference that its datatype cannot hold").with_source(error)
}
