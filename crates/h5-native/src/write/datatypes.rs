//! Datatypes as they are stored: their message, written out or shared with a committed datatype.

use h5_format::message::{MessageType, RawMessage, SharedMessage, datatype};
use h5_format::object_header::Prefix;
use h5_format::{Sizes, revised_reference_bytes};
use h5_types::{
    Address, ArrayType, CompoundType, Datatype, Error, LibverBounds, LinkTarget, Name, ObjectToken,
    ReferenceKind, ReferenceType, Result, StringLength, StringType, VlenType,
};

use super::header::HeaderMessage;
use super::session::Session;
use super::{links, remove};
use crate::object::ObjectHeader;

/// A datatype that something is to be stored with.
#[derive(Debug)]
pub(crate) struct StoredDatatype {
    /// The datatype, with the sizes that its variable parts have in this file.
    pub(crate) datatype: Datatype,
    /// The body of the Datatype message or, if it is shared, that of the Shared Message (IV.A.2.d, IV.A.2).
    pub(crate) body: Vec<u8>,
    /// The committed datatype that is shared.
    pub(crate) committed: Option<Address>,
}

impl StoredDatatype {
    /// Finds out how a datatype is stored. Nothing changes; whoever uses a committed datatype then says so with [`share`].
    ///
    /// # Errors
    /// `Unsupported` if the datatype cannot be described in a file; `Usage` if `committed` is no committed datatype or another one.
    pub(crate) fn new(
        session: &mut Session,
        datatype: &Datatype,
        committed: Option<ObjectToken>,
    ) -> Result<Self> {
        let datatype = file_form(datatype, session.sizes());
        let Some(token) = committed else {
            let body = encode(session, &datatype)?;
            return Ok(Self { datatype, body, committed: None });
        };
        let address = address_of(token)?;
        if committed_datatype(session, address)? != datatype {
            return Err(Error::usage("the committed datatype is another than the one asked for"));
        }
        let mut body = Vec::new();
        // Version 2: version 3 came with messages in a heap, and older readers do not know it.
        SharedMessage::ObjectHeader(address).encode(2, session.sizes(), &mut body)?;
        Ok(Self { datatype, body, committed: Some(address) })
    }

    /// The message of an object header.
    pub(crate) fn into_message(self) -> HeaderMessage {
        let mut message = HeaderMessage::constant(MessageType::Datatype, self.body);
        if self.committed.is_some() {
            message.flags.0 |= 2;
        }
        message
    }
}

/// The body of a Datatype message, by the file's version bounds: the lowest version that can say it, from HDF5 1.10 on the compact form
/// of version 3.
///
/// # Errors
/// `Unsupported` if the datatype cannot be described in a file.
pub(crate) fn encode(session: &Session, datatype: &Datatype) -> Result<Vec<u8>> {
    let version = match session.options().bounds {
        LibverBounds::Earliest | LibverBounds::V18 => 1,
        LibverBounds::V110 => 3,
        _ => 5,
    };
    let mut body = Vec::new();
    datatype::encode(datatype, version, session.sizes(), &mut body)
        .map_err(|e| Error::unsupported("a datatype that cannot be described in a file").with_source(e))?;
    Ok(body)
}

/// The datatype with variable parts as wide as a file of these sizes has them. Compounds whose members change their size are packed,
/// all others stay as they are.
pub(crate) fn file_form(datatype: &Datatype, sizes: Sizes) -> Datatype {
    if !datatype.has_variable_part() {
        return datatype.clone();
    }
    let offsets = usize::from(sizes.offsets);
    let vlen_size = offsets.saturating_add(8);
    match datatype {
        Datatype::Vlen(t) => {
            Datatype::Vlen(VlenType { size: vlen_size, base: Box::new(file_form(&t.base, sizes)) })
        }
        Datatype::String(t) => {
            Datatype::String(StringType { length: StringLength::Variable { size: vlen_size }, ..t.clone() })
        }
        Datatype::Reference(t) => {
            let size = match t.kind {
                ReferenceKind::Object => offsets,
                ReferenceKind::Region => offsets.saturating_add(4),
                ReferenceKind::Object2 | ReferenceKind::Region2 | ReferenceKind::Attribute => {
                    revised_reference_bytes(sizes)
                }
            };
            Datatype::Reference(ReferenceType { size, kind: t.kind })
        }
        Datatype::Array(t) => Datatype::Array(ArrayType {
            dimensions: t.dimensions.clone(),
            base: Box::new(file_form(&t.base, sizes)),
        }),
        Datatype::Compound(t) => Datatype::Compound(compound_form(t, sizes)),
        other => other.clone(),
    }
}

fn compound_form(compound: &CompoundType, sizes: Sizes) -> CompoundType {
    let forms: Vec<Datatype> = compound.members.iter().map(|m| file_form(&m.datatype, sizes)).collect();
    let pairs = || compound.members.iter().zip(&forms);
    if pairs().any(|(member, form)| member.datatype.size() != form.size()) {
        return CompoundType::packed(pairs().map(|(member, form)| (member.name.clone(), form.clone())));
    }
    let mut same = compound.clone();
    for (member, form) in same.members.iter_mut().zip(forms) {
        member.datatype = form;
    }
    same
}

/// Creates a committed datatype and the link to it.
///
/// # Errors
/// See `h5_backend::GroupNode::commit_datatype`.
pub(crate) fn commit(
    session: &mut Session,
    parent: Address,
    name: &Name,
    datatype: &Datatype,
) -> Result<Address> {
    links::check_name(name)?;
    let stored = StoredDatatype::new(session, datatype, None)?;
    let is_old = session.options().bounds == LibverBounds::Earliest;
    let prefix = |room: u64| {
        if is_old {
            Prefix::version_1(room.checked_next_multiple_of(8).unwrap_or(room))
        } else {
            Prefix::version_2(room, None, false)
        }
    };
    // Room for the way to a continuation block, where attributes go.
    let message = stored.into_message();
    let room = prefix(0).message_bytes(message.body.len());
    let continuation = prefix(0).message_bytes(Prefix::continuation_bytes(session.sizes()));
    let address = session.create_header(prefix, vec![message], room.saturating_add(continuation))?;
    let target = LinkTarget::Hard(ObjectToken(u128::from(address.0)));
    if let Err(error) = links::insert(session, parent, name, &target) {
        session.remove_header(address)?;
        return Err(error);
    }
    Ok(address)
}

/// Counts a use of a committed datatype by a message of another object, which is published after it.
///
/// # Errors
/// Those of loading it; `Io`.
pub(crate) fn share(session: &mut Session, committed: Address, user: Address) -> Result<()> {
    session.publish_before(committed, user)?;
    let header = session.header(committed)?;
    let count = header.reference_count()?;
    let raised = count.checked_add(1).ok_or_else(|| Error::limit("a committed datatype used 2^32 times"))?;
    header.set_reference_count(raised);
    Ok(())
}

/// Counts one use less of a committed datatype by another object, which is published before it. The last use takes it away.
///
/// # Errors
/// `Io`.
pub(crate) fn unshare(session: &mut Session, committed: Address, user: Address) -> Result<()> {
    let plan = remove::plan(session, committed)?;
    for survivor in plan.survivors().filter(|&survivor| survivor != user) {
        session.publish_before(user, survivor)?;
    }
    plan.carry_out(session)
}

/// The datatype that is committed at an address.
fn committed_datatype(session: &mut Session, address: Address) -> Result<Datatype> {
    session.settle(address)?;
    let core = session.core();
    let header = ObjectHeader::load(core.storage(), address)?;
    let has_other = header.has(MessageType::Dataspace);
    let message: RawMessage<'_> = header
        .find(MessageType::Datatype)
        .filter(|message| !has_other && !message.flags.is_shared())
        .ok_or_else(|| Error::usage("this is no committed datatype").at_address(address.0))?;
    datatype::decode(message.body, core.context()).map_err(|e| header.error(e))
}

fn address_of(token: ObjectToken) -> Result<Address> {
    u64::try_from(token.0).map(Address).map_err(|_| Error::usage("a token of another backend"))
}
