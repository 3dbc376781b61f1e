//! Objects that no link leads to.

use std::collections::{HashMap, HashSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{Backend, GroupNode, Node, ObjectKind, Order};
use h5_format::message::{MessageType, SymbolTableMessage};
use h5_types::{Address, LinkTarget, ObjectToken};

use super::reach::Reach;
use super::scan::Scan;
use crate::NativeFile;
use crate::object::ObjectHeader;

/// An object that was found, and those found below it if it is a group.
struct Found {
    kind: ObjectKind,
    children: Vec<u64>,
}

/// The objects of a scan that were not reached, and to which no other such object leads; with their kinds, by their addresses. The number
/// says how many there are with those below them.
pub(super) fn topmost(file: &NativeFile, scan: &Scan, reach: &Reach) -> (Vec<(u64, ObjectKind)>, u64) {
    let candidates = scan.headers.iter().map(|&a| (a, 2)).chain(scan.old_headers.iter().map(|&a| (a, 1)));
    let candidates = candidates.filter(|(address, _)| !reach.objects.contains(&address.0));
    let mut found: HashMap<u64, Found> = candidates
        .filter_map(|(address, version)| {
            let node = if version == 1 { open_old(file, address) } else { open(file, address) }?;
            Some((address.0, Found { kind: node.kind(), children: children(&*node) }))
        })
        .collect();
    let known: HashSet<u64> = found.keys().copied().collect();
    for object in found.values_mut() {
        object.children.retain(|child| known.contains(child));
    }
    let mut addresses: Vec<u64> = known.into_iter().collect();
    addresses.sort_unstable();
    let count = u64::try_from(addresses.len()).unwrap_or(u64::MAX);
    let has_parent: HashSet<u64> = found
        .iter()
        .flat_map(|(&parent, object)| object.children.iter().copied().filter(move |&child| child != parent))
        .collect();
    // First those that nothing leads to, then one of each ring of groups that lead to each other.
    let (tops, others): (Vec<u64>, Vec<u64>) = addresses.into_iter().partition(|a| !has_parent.contains(a));
    let mut shown = HashSet::new();
    let mut topmost = Vec::new();
    for address in tops.into_iter().chain(others) {
        if let Some(object) = found.get(&address)
            && !shown.contains(&address)
        {
            topmost.push((address, object.kind));
            show(address, &found, &mut shown);
        }
    }
    (topmost, count)
}

/// Takes note of an object and all below it.
fn show(address: u64, found: &HashMap<u64, Found>, shown: &mut HashSet<u64>) {
    let mut next = vec![address];
    while let Some(address) = next.pop() {
        if shown.insert(address)
            && let Some(object) = found.get(&address)
        {
            next.extend(&object.children);
        }
    }
}

/// Where hard links of a group lead.
fn children(node: &dyn Node) -> Vec<u64> {
    let mut children = Vec::new();
    if let Some(group) = node.as_group() {
        collect_children(group, &mut children);
    }
    children
}

fn collect_children(group: &dyn GroupNode, children: &mut Vec<u64>) {
    // What cannot be listed is not below the group: it is found by itself.
    let _ = group.links(Order::Native, None, &mut |link| {
        if let Ok(LinkTarget::Hard(token)) = link.map(|link| link.target)
            && let Ok(address) = u64::try_from(token.0)
        {
            children.push(address);
        }
        ControlFlow::Continue(())
    });
}

/// The object with a header of version 2, of which the checksum tells that it is one.
fn open(file: &NativeFile, address: Address) -> Option<Arc<dyn Node>> {
    Backend::open(file, ObjectToken(u128::from(address.0))).ok()
}

/// The object with what looks like a header of version 1, if it makes sense as a whole: all messages are of types that exist, what its
/// kind needs decodes, and what that leads to is there.
fn open_old(file: &NativeFile, address: Address) -> Option<Arc<dyn Node>> {
    let storage = file.core().storage();
    let header = ObjectHeader::load(storage, address).ok()?;
    if header.messages().any(|message| matches!(message.kind, MessageType::Unknown(_))) {
        return None;
    }
    let node = open(file, address)?;
    let is_sound = match node.kind() {
        ObjectKind::Group => {
            let message = header.find(MessageType::SymbolTable)?;
            let table = SymbolTableMessage::decode(message.body, file.core().context()).ok()?;
            has_signature(file, table.b_tree_address, b"TREE")
                && has_signature(file, table.local_heap_address, b"HEAP")
        }
        ObjectKind::Dataset => {
            let dataset = node.as_dataset()?;
            dataset.info().is_ok() && dataset.storage_bytes().is_ok() && is_within(file, &header)
        }
        ObjectKind::CommittedDatatype => header.messages().next()?.kind == MessageType::Datatype,
    };
    is_sound.then_some(node)
}

fn has_signature(file: &NativeFile, address: Address, signature: &[u8; 4]) -> bool {
    file.core().storage().metadata(address, 4).is_ok_and(|found| *found == signature[..])
}

/// False if a dataset's contiguous data would lie behind the end of the file.
fn is_within(file: &NativeFile, header: &ObjectHeader) -> bool {
    use h5_format::message::DataLayout;
    let Some(message) = header.find(MessageType::DataLayout) else { return false };
    match DataLayout::decode(message.body, file.core().context()) {
        Ok(DataLayout::Contiguous { address: Some(start), size }) => {
            start.0.checked_add(size.unwrap_or(0)).is_some_and(|end| end <= file.core().storage().length())
        }
        Ok(_) => true,
        Err(_) => false,
    }
}
