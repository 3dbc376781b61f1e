//! What lost objects were called: their links are looked for where groups keep them.

use std::collections::{HashMap, HashSet};

use h5_format::local_heap::LocalHeap;
use h5_format::message::{LinkMessage, LinkMessageTarget};
use h5_format::symbol_table::{SymbolTableEntry, SymbolTableNode};
use h5_types::Address;

use super::scan::{Scan, bytes_at};
use crate::NativeFile;

/// Bytes that are searched for links behind the beginning of a block that may have some.
const LINK_BLOCK_BYTES: u64 = 64 << 10;
/// Names that are tried for the nodes of old-style groups, in all.
const LARGEST_TRIAL_COUNT: usize = 16 << 20;
/// Version 1 of a link message, and the flags that it may have.
const LINK_VERSION: u8 = 1;
const LINK_FLAGS: u8 = 0x1f;

/// Names of objects by their addresses, as far as a link to them is left anywhere, and no two links disagree.
pub(super) fn names(file: &NativeFile, scan: &Scan, wanted: &HashSet<u64>) -> HashMap<u64, Vec<u8>> {
    let mut found = Names::default();
    found.read_link_messages(file, scan, wanted);
    found.read_symbol_tables(file, scan, wanted);
    let agreed = |(address, name): (u64, Option<Vec<u8>>)| Some((address, name?));
    found.0.into_iter().filter_map(agreed).collect()
}

/// Names that were found; `None` where two differ.
#[derive(Debug, Default)]
struct Names(HashMap<u64, Option<Vec<u8>>>);

impl Names {
    fn take(&mut self, address: u64, name: &[u8]) {
        let entry = self.0.entry(address).or_insert_with(|| Some(name.to_vec()));
        if entry.as_deref() != Some(name) {
            *entry = None;
        }
    }

    /// Link messages (IV.A.2.g) in blocks of fractal heaps and headers: each byte of these may begin one. That it leads to an object
    /// that was found makes it one.
    fn read_link_messages(&mut self, file: &NativeFile, scan: &Scan, wanted: &HashSet<u64>) {
        let context = file.core().context();
        let mut searched = 0_u64;
        for &start in &scan.link_blocks {
            // Blocks whose searches overlap are searched once.
            let from = start.0.max(searched);
            let end = start.0.saturating_add(LINK_BLOCK_BYTES);
            searched = end;
            let length = end.saturating_sub(from);
            let Ok(block) = bytes_at(file.core().storage(), Address(from), length) else { continue };
            for at in 0..block.len() {
                let Some(body @ [LINK_VERSION, flags, ..]) = block.get(at..) else { continue };
                if *flags > LINK_FLAGS {
                    continue;
                }
                if let Ok(LinkMessage { name, target: LinkMessageTarget::Hard(address), .. }) =
                    LinkMessage::decode(body, context)
                    && wanted.contains(&address.0)
                    && may_be_name(name)
                {
                    self.take(address.0, name);
                }
            }
        }
    }

    /// Symbol table nodes (III.B) have offsets of names in the local heap of their group, and do not say which that is. A heap is it if
    /// all names are there and ascend.
    fn read_symbol_tables(&mut self, file: &NativeFile, scan: &Scan, wanted: &HashSet<u64>) {
        let nodes: Vec<_> = scan.symbol_nodes.iter().filter_map(|&node| entries(file, node)).collect();
        let is_wanted = |entries: &Vec<SymbolTableEntry>| {
            entries.iter().any(|entry| entry.object_header_address.is_some_and(|a| wanted.contains(&a.0)))
        };
        let nodes: Vec<_> = nodes.into_iter().filter(is_wanted).collect();
        let mut trials = 0_usize;
        for &heap in &scan.local_heaps {
            if nodes.is_empty() || trials > LARGEST_TRIAL_COUNT {
                return;
            }
            let Some(segment) = data_segment(file, heap) else { continue };
            for entries in &nodes {
                trials = trials.saturating_add(entries.len());
                let Some(names) = names_in(&segment, entries) else { continue };
                for (entry, name) in entries.iter().zip(names) {
                    if let Some(address) = entry.object_header_address.filter(|a| wanted.contains(&a.0)) {
                        self.take(address.0, name);
                    }
                }
            }
        }
    }
}

fn entries(file: &NativeFile, node: Address) -> Option<Vec<SymbolTableEntry>> {
    let storage = file.core().storage();
    let head = storage.metadata(node, SymbolTableNode::HEADER_BYTES).ok()?;
    let length = SymbolTableNode::node_bytes(&head, storage.sizes()).ok()?;
    let bytes = storage.metadata(node, length).ok()?;
    let node = SymbolTableNode::decode(&bytes, storage.sizes()).ok()?;
    (0..node.len()).map(|index| node.entry(index).ok()).collect()
}

fn data_segment(file: &NativeFile, heap: Address) -> Option<Vec<u8>> {
    let storage = file.core().storage();
    let head = storage.metadata(heap, LocalHeap::bytes(storage.sizes())).ok()?;
    let heap = LocalHeap::decode(&head, storage.sizes()).ok()?;
    // One that was enlarged and moved may be there in part.
    bytes_at(storage, heap.data_segment_address, heap.data_segment_bytes).ok()
}

/// The names of a node's entries; `None` if these are not of this heap.
fn names_in<'s>(segment: &'s [u8], entries: &[SymbolTableEntry]) -> Option<Vec<&'s [u8]>> {
    let name = |entry: &SymbolTableEntry| {
        let text = segment.get(usize::try_from(entry.link_name_offset).ok()?..)?;
        let end = text.iter().position(|&byte| byte == 0)?;
        text.get(..end).filter(|name| may_be_name(name))
    };
    let names: Vec<&[u8]> = entries.iter().map(name).collect::<Option<_>>()?;
    names.is_sorted_by(|a, b| a < b).then_some(names)
}

fn may_be_name(name: &[u8]) -> bool {
    !name.is_empty() && name != b"." && !name.iter().any(|&byte| byte == b'/' || byte == 0)
}
