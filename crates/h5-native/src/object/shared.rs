use h5_format::message::{Context, MaybeShared, MessageType, RawMessage, SharedMessage};
use h5_types::{Address, Error, Result};

use super::{FileCore, ObjectHeader};

/// Reads one object of the fractal heap at an address.
pub type HeapReader<'f> = &'f dyn Fn(&FileCore, Address, &[u8]) -> Result<Vec<u8>>;

/// Decodes a message that may lie elsewhere: where it is shared, its body is fetched first.
///
/// # Errors
/// `Format` if what is shared is not there or is shared again, and those of `decode`.
pub fn resolve<T>(
    core: &FileCore,
    read_heap: HeapReader<'_>,
    kind: MessageType,
    message: MaybeShared<T>,
    decode: impl FnOnce(&[u8], Context<'_>) -> h5_format::Result<T>,
) -> Result<T> {
    let shared = match message {
        MaybeShared::Here(value) => return Ok(value),
        MaybeShared::Shared(shared) => shared,
    };
    let context = core.context();
    match shared {
        SharedMessage::Heap(id) => {
            let body = read_heap(core, core.shared_message_heap(kind)?, &id)?;
            decode(&body, context).map_err(Error::from)
        }
        SharedMessage::ObjectHeader(address) => {
            let header = ObjectHeader::load(core.storage(), address)?;
            let message = header.find(kind).ok_or_else(|| {
                let text = format!("the object header has no message {:#x} to share", kind.number());
                Error::format(text).at_address(address.0)
            })?;
            if message.flags.is_shared() {
                return Err(Error::format("a shared message is itself shared").at_address(address.0));
            }
            decode(message.body, context).map_err(|e| header.error(e))
        }
    }
}

/// As [`resolve`], for a message of an object header.
///
/// # Errors
/// Those of [`resolve`].
pub fn resolve_raw<T>(
    core: &FileCore,
    read_heap: HeapReader<'_>,
    message: RawMessage<'_>,
    decode: impl FnOnce(&[u8], Context<'_>) -> h5_format::Result<T>,
) -> Result<T> {
    let context = core.context();
    if message.flags.is_shared() && message.kind.is_shareable() {
        let shared = SharedMessage::decode(message.body, context)?;
        return resolve(core, read_heap, message.kind, MaybeShared::Shared(shared), decode);
    }
    decode(message.body, context).map_err(Error::from)
}
