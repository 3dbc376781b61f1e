use h5_types::{Block, Datatype, Error, Heap, Result, Selection};

use super::DatasetNode;

/// What [`DatasetNode::append`] does where a backend has no better way: a resize, then a write.
///
/// # Errors
/// As those two. If the write fails, the resize is undone.
pub fn append_by_resize(
    dataset: &(impl DatasetNode + ?Sized),
    axis: usize,
    count: u64,
    memory: &Datatype,
    elements: &[u8],
    heap: &Heap,
) -> Result<()> {
    let info = dataset.info()?;
    let mut dimensions = info.dataspace.dimensions().to_vec();
    let rank = dimensions.len();
    let Some(length) = dimensions.get_mut(axis) else {
        return Err(Error::usage(format!("no dimension {axis} in a dataset of rank {rank}")));
    };
    let mut start = vec![0; rank];
    if let Some(start) = start.get_mut(axis) {
        *start = *length;
    }
    *length = length.checked_add(count).ok_or_else(|| Error::usage("a dimension of more than 64 bits"))?;
    let mut extent = dimensions.clone();
    if let Some(extent) = extent.get_mut(axis) {
        *extent = count;
    }
    dataset.resize(&dimensions)?;
    let added = Selection::from_block(&Block { start, size: extent });
    dataset.write(&added, memory, elements, heap).inspect_err(|_| {
        // The first error is the one to tell of.
        let _ = dataset.resize(info.dataspace.dimensions());
    })
}
