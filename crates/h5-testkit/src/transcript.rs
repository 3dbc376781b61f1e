//! A walk over everything that a file holds, within bounds, that leaves a transcript: of broken files too.

use std::collections::HashSet;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{Dataset, File, Group, Object, Order};
use h5_native::vfd::Vfd;
use h5_native::{NativeFile, OpenOptions};
use h5_types::{AccessPolicy, Elements, Limits, LinkTarget, Result, Selection};

/// Objects of one file that are visited; links, attributes and chunks of one object.
const MOST_OBJECTS: usize = 200;
const MOST_ITEMS: usize = 200;
/// Largest dataset that is read, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Limits under which a broken file costs little, so that many are tried.
pub fn options() -> OpenOptions {
    let mut limits = Limits::default();
    limits.metadata_block_bytes = 4 << 20;
    limits.chunk_bytes = 4 << 20;
    limits.read_bytes = 16 << 20;
    limits.structure_blocks = 1 << 14;
    // One thread: which of two faults is met first must not be chance.
    OpenOptions::new().access(AccessPolicy::Deny).limits(limits).threads(1)
}

/// Opens a file and tells, line by line, what it holds: values by their hash, faults by their texts.
pub fn transcript(vfd: Arc<dyn Vfd>, options: &OpenOptions) -> Vec<String> {
    let mut lines = Vec::new();
    let opened = NativeFile::open_vfd(vfd, options).and_then(|native| {
        let file = File::from_backend(Arc::new(native));
        lines.push(said(&file.info()));
        file.root()
    });
    match opened {
        Ok(root) => walk(root, &mut lines),
        Err(error) => lines.push(error.to_string()),
    }
    lines
}

fn walk(root: Group, lines: &mut Vec<String>) {
    let mut seen = HashSet::from([root.object().token()]);
    let mut pending = vec![root.object().clone()];
    while let Some(object) = pending.pop() {
        lines.push(format!("{} {}", object.path(), said(&object.info())));
        attributes(&object, lines);
        if let Ok(dataset) = object.clone().into_dataset() {
            lines.push(said(&dataset.info()));
            chunks(&dataset, lines);
            lines.push(values(&dataset));
        } else if let Ok(group) = object.into_group() {
            for child in children(&group, lines) {
                if seen.len() < MOST_OBJECTS && seen.insert(child.token()) {
                    pending.push(child);
                }
            }
        }
    }
}

fn attributes(object: &Object, lines: &mut Vec<String>) {
    match object.attributes(Order::Name) {
        Ok(all) => {
            for item in all.into_iter().take(MOST_ITEMS) {
                lines.push(said(
                    &item.and_then(|attribute| attribute.elements()).map(|elements| hash(&elements)),
                ));
            }
        }
        Err(error) => lines.push(error.to_string()),
    }
}

/// The objects that a group's links lead to. Soft links are followed too.
fn children(group: &Group, lines: &mut Vec<String>) -> Vec<Object> {
    let links = match group.links_page(None, MOST_ITEMS) {
        Ok(links) => links,
        Err(error) => {
            lines.push(error.to_string());
            return Vec::new();
        }
    };
    let mut found = Vec::new();
    for link in links {
        lines.push(said(&link));
        let Ok(link) = link else { continue };
        // A link that is listed is also found by its name, and says the same.
        lines.push(said(&group.link(link.name.as_bytes())));
        match group.follow(&link) {
            Ok(object) if matches!(link.target, LinkTarget::Hard(_) | LinkTarget::Soft(_)) => {
                found.push(object)
            }
            Ok(_) => {}
            Err(error) => lines.push(error.to_string()),
        }
    }
    found
}

fn chunks(dataset: &Dataset, lines: &mut Vec<String>) {
    let Ok(node) = dataset.node() else { return };
    lines.push(said(&node.storage_bytes()));
    let mut left = MOST_ITEMS;
    let listed = node.chunks(&mut |chunk| {
        lines.push(said(&chunk));
        left = left.saturating_sub(1);
        if left == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    lines.push(said(&listed));
}

/// All values of a small dataset.
fn values(dataset: &Dataset) -> String {
    let size = dataset.info().and_then(|info| {
        let count = Selection::All.element_count(info.dataspace.dimensions())?;
        let size = u64::try_from(info.datatype.memory_form().size()).unwrap_or(u64::MAX);
        Ok(count.saturating_mul(size))
    });
    match size {
        Ok(bytes) if bytes > MOST_BYTES => "too large to be read here".to_owned(),
        Ok(_) => said(&dataset.elements(&Selection::All).map(|elements| hash(&elements))),
        Err(error) => error.to_string(),
    }
}

fn hash(elements: &Elements) -> u64 {
    let mut hasher = DefaultHasher::new();
    elements.bytes.hash(&mut hasher);
    elements.heap.bytes.hash(&mut hasher);
    format!("{:?}", elements.heap.references).hash(&mut hasher);
    hasher.finish()
}

fn said<T: Debug>(result: &Result<T>) -> String {
    match result {
        Ok(value) => format!("{value:?}"),
        Err(error) => error.to_string(),
    }
}
