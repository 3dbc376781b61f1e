//! Elements in one buffer, and selections of them.

use h5_types::{Converter, Elements, Error, Heap, ResolvedSelection, Result};

/// The same elements in another datatype, a memory form; what they pointed to and nothing else is in the new heap.
pub(super) fn converted(elements: &Elements, datatype: &h5_types::Datatype) -> Result<Elements> {
    let converter = Converter::new(&elements.datatype, datatype)?;
    let length = elements.count().checked_mul(datatype.size());
    let mut bytes = zeros(length)?;
    let mut heap = Heap::default();
    converter.convert(&elements.bytes, &elements.heap, &mut bytes, &mut heap)?;
    Ok(Elements { datatype: datatype.clone(), bytes, heap })
}

/// Copies the selected elements of `size` bytes out of a buffer of all, in selection order.
pub(super) fn gather(all: &[u8], size: usize, selection: &ResolvedSelection) -> Result<Vec<u8>> {
    let mut packed = Vec::new();
    for run in selection.runs()? {
        let part = all.get(bytes_of(run.offset, run.length, size)?).ok_or_else(outside)?;
        packed.try_reserve(part.len()).map_err(|e| Error::limit("a selection").with_source(e))?;
        packed.extend_from_slice(part);
    }
    Ok(packed)
}

/// Copies packed elements to where they are selected; one that is selected twice has the later value.
pub(super) fn scatter(
    packed: &[u8],
    all: &mut [u8],
    size: usize,
    selection: &ResolvedSelection,
) -> Result<()> {
    let mut rest = packed;
    for run in selection.runs()? {
        let part = all.get_mut(bytes_of(run.offset, run.length, size)?).ok_or_else(outside)?;
        let (values, after) = rest.split_at_checked(part.len()).ok_or_else(outside)?;
        part.copy_from_slice(values);
        rest = after;
    }
    Ok(())
}

/// Zeroed bytes, or an error where the memory has not so many.
pub(super) fn zeros(length: Option<usize>) -> Result<Vec<u8>> {
    let length = length.ok_or_else(|| Error::limit("more bytes than the memory has"))?;
    let mut bytes = Vec::new();
    bytes
        .try_reserve_exact(length)
        .map_err(|e| Error::limit(format!("{length} bytes in memory")).with_source(e))?;
    bytes.resize(length, 0);
    Ok(bytes)
}

fn bytes_of(offset: u64, length: u64, size: usize) -> Result<std::ops::Range<usize>> {
    let bytes = |elements: u64| usize::try_from(elements).ok()?.checked_mul(size);
    let start = bytes(offset).ok_or_else(outside)?;
    let end = bytes(length).and_then(|length| start.checked_add(length)).ok_or_else(outside)?;
    Ok(start..end)
}

fn outside() -> Error {
    Error::usage("a selection that leaves the elements")
}
