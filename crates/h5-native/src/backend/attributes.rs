//! Attributes: in the object header or densely stored, shared or not.

use std::ops::ControlFlow;

use h5_backend::{AttributeInfo, Order, Visit};
use h5_format::message::{
    AttributeInfo as AttributeInfoMessage, AttributeMessage, Context, MaybeShared, MessageType,
    SharedMessage, dataspace, datatype,
};
use h5_types::{Dataspace, Datatype, Elements, Error, Name, ObjectToken, Result};

use super::loaded::{LoadedObject, token_of};
use crate::dataset::materialize_elements;
use crate::group::{DenseAttribute, DenseAttributes};

/// Where an object's attributes are, besides its header.
#[derive(Debug)]
pub(super) enum Place {
    /// Only in the header.
    Header,
    /// In a fractal heap.
    Dense(Box<DenseAttributes>),
}

/// Makes something of an attribute message; the number is its creation order.
type Take<T> = fn(&LoadedObject, &AttributeMessage<'_>, Option<u32>) -> Result<T>;

/// Called with the body of an attribute message and its creation order.
type VisitBody<'v> = &'v mut dyn FnMut(Result<&[u8]>, Option<u32>) -> ControlFlow<()>;

/// Lists all attributes in an order.
pub(super) fn list(node: &LoadedObject, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
    if order == Order::Creation && !node.header.prefix().attribute_creation_order_tracked {
        return Err(Error::unsupported("the object does not track the creation order of its attributes"));
    }
    let mut found = Vec::new();
    each(node, &mut |body, number| {
        found.push(
            body.and_then(|body| decode(node, body)).and_then(|message| describe(node, &message, number)),
        );
        ControlFlow::Continue(())
    })?;
    match order {
        // What cannot be read has no name: it comes last.
        Order::Name => found.sort_by(|a, b| sort_key(a, |i| &i.name).cmp(&sort_key(b, |i| &i.name))),
        Order::Creation => {
            found.sort_by(|a, b| sort_key(a, |i| &i.creation_order).cmp(&sort_key(b, |i| &i.creation_order)));
        }
        Order::Native => {}
    }
    for item in found {
        if visit(item).is_break() {
            break;
        }
    }
    Ok(())
}

fn sort_key<'i, K>(
    item: &'i Result<AttributeInfo>,
    key: impl FnOnce(&'i AttributeInfo) -> &'i K,
) -> (bool, Option<&'i K>) {
    let key = item.as_ref().ok().map(key);
    (key.is_none(), key)
}

/// Finds one attribute by its name.
pub(super) fn find<T>(node: &LoadedObject, name: &[u8], take: Take<T>) -> Result<Option<T>> {
    let storage = node.file.core().storage();
    if let Place::Dense(dense) = place(node)? {
        return dense.find(storage, name, |attribute| {
            with_body(node, &attribute, |body| {
                let message = decode(node, body)?;
                if message.name != name {
                    return Ok(None);
                }
                take(node, &message, creation_order(node, attribute.record.creation_order)).map(Some)
            })
        });
    }
    let mut found = None;
    let mut failure = None;
    each(node, &mut |body, number| {
        match body.and_then(|body| decode(node, body)) {
            Ok(message) if message.name == name => found = Some(take(node, &message, number)),
            Ok(_) => {}
            // A broken attribute may be the one that is looked for: it is an error unless another one is.
            Err(error) => failure = Some(error),
        }
        if found.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    match (found, failure) {
        (Some(found), _) => found.map(Some),
        (None, Some(error)) => Err(error),
        (None, None) => Ok(None),
    }
}

/// An attribute without its value.
pub(super) fn describe(
    node: &LoadedObject,
    message: &AttributeMessage<'_>,
    creation_order: Option<u32>,
) -> Result<AttributeInfo> {
    let (datatype, committed_datatype) = datatype_of(node, message)?;
    let dataspace = dataspace_of(node, message)?;
    Ok(AttributeInfo {
        name: Name::new(message.name),
        datatype,
        committed_datatype,
        dataspace,
        creation_order,
    })
}

/// An attribute's value.
pub(super) fn read(node: &LoadedObject, message: &AttributeMessage<'_>, _: Option<u32>) -> Result<Elements> {
    let (datatype, _) = datatype_of(node, message)?;
    let size = u64::try_from(datatype.size()).unwrap_or(u64::MAX);
    let bytes = dataspace_of(node, message)?
        .element_count()
        .and_then(|count| count.checked_mul(size))
        .ok_or_else(|| Error::format("an attribute of more bytes than 64 bits count"))?;
    let stored = message.data(bytes).map_err(|e| node.at(e))?;
    node.with_read_context(|context| materialize_elements(context, &datatype, stored))
}

fn datatype_of(
    node: &LoadedObject,
    message: &AttributeMessage<'_>,
) -> Result<(Datatype, Option<ObjectToken>)> {
    let part = message.datatype(node.file.context()).map_err(|e| node.at(e))?;
    let committed = match &part {
        MaybeShared::Shared(shared) => token_of(*shared),
        MaybeShared::Here(_) => None,
    };
    Ok((node.resolve_part(MessageType::Datatype, part, datatype::decode)?, committed))
}

fn dataspace_of(node: &LoadedObject, message: &AttributeMessage<'_>) -> Result<Dataspace> {
    let part = message.dataspace(node.file.context()).map_err(|e| node.at(e))?;
    node.resolve_part(MessageType::Dataspace, part, dataspace::decode)
}

fn decode<'b>(node: &LoadedObject, body: &'b [u8]) -> Result<AttributeMessage<'b>> {
    AttributeMessage::decode(body).map_err(|e| node.at(e))
}

fn creation_order(node: &LoadedObject, number: u32) -> Option<u32> {
    node.header.prefix().attribute_creation_order_tracked.then_some(number)
}

/// Where this object's attributes are.
fn place(node: &LoadedObject) -> Result<&Place> {
    if let Some(place) = node.attributes.get() {
        return Ok(place);
    }
    let place = open_place(node)?;
    Ok(node.attributes.get_or_init(|| place))
}

fn open_place(node: &LoadedObject) -> Result<Place> {
    let Some(message) = node.header.find(MessageType::AttributeInfo) else { return Ok(Place::Header) };
    let info = AttributeInfoMessage::decode(message.body, node.file.context()).map_err(|e| node.at(e))?;
    match (info.fractal_heap_address, info.name_index_b_tree_address) {
        (Some(heap), Some(names)) => {
            let storage = node.file.core().storage();
            DenseAttributes::open(storage, heap, names, info.creation_order_b_tree_address)
                .map(|dense| Place::Dense(Box::new(dense)))
        }
        _ => Ok(Place::Header),
    }
}

/// Shows the body of each attribute message, wherever it is, with its creation order.
fn each(node: &LoadedObject, visit: VisitBody<'_>) -> Result<()> {
    if let Place::Dense(dense) = place(node)? {
        return dense.for_each_by_name(node.file.core().storage(), 0, &mut |attribute| {
            let number = creation_order(node, attribute.record.creation_order);
            let mut flow = ControlFlow::Continue(());
            let shown = with_body(node, &attribute, |body| {
                flow = visit(Ok(body), number);
                Ok(())
            });
            if let Err(error) = shown {
                flow = visit(Err(error), number);
            }
            Ok(flow)
        });
    }
    for message in node.header.find_all(MessageType::Attribute) {
        let number = message.creation_index.map(u32::from);
        let flow = if message.flags.is_shared() {
            match shared_body(node, message.body) {
                Ok(body) => visit(Ok(&body), number),
                Err(error) => visit(Err(error), number),
            }
        } else {
            visit(Ok(message.body), number)
        };
        if flow.is_break() {
            break;
        }
    }
    Ok(())
}

/// The body of a densely stored attribute: in the object's heap, or in that of shared messages.
fn with_body<T>(
    node: &LoadedObject,
    attribute: &DenseAttribute<'_>,
    take: impl FnOnce(&[u8]) -> Result<T>,
) -> Result<T> {
    match attribute.message {
        Some(body) => take(body),
        None => take(&node.file.shared_message(MessageType::Attribute, attribute.record.heap_id)?),
    }
}

/// The body of an attribute message that is shared.
fn shared_body(node: &LoadedObject, body: &[u8]) -> Result<Vec<u8>> {
    let shared = SharedMessage::decode(body, node.file.context()).map_err(|e| node.at(e))?;
    let whole = |body: &[u8], _: Context<'_>| Ok(body.to_vec());
    node.resolve_part(MessageType::Attribute, MaybeShared::Shared(shared), whole)
}
