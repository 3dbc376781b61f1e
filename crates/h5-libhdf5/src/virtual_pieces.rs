//! Pieces of virtual datasets.

use h5_types::{Dataspace, Error, Result, Selection, VirtualMapping};

use crate::ffi::{Id, Library, Mapping};
use crate::selection::select;
use crate::session::Session;
use crate::siblings::Siblings;

/// The name that stands for the file itself.
const SAME_FILE: &[u8] = b".";

/// Adds the pieces of a new virtual dataset to its properties.
pub(crate) fn set(
    session: &Session<'_>,
    siblings: &Siblings,
    properties: &Id,
    extent: &Dataspace,
    mappings: &[VirtualMapping],
) -> Result<()> {
    let library = &session.library;
    library.set_layout(properties, crate::ffi::LayoutKind::Virtual)?;
    for mapping in mappings {
        if mapping.source_file.as_bytes() != SAME_FILE {
            siblings.check(&mapping.source_file)?;
        }
        let target = library.make_space(extent)?;
        select_pattern(library, &target, extent, &mapping.virtual_selection)?;
        let source = source_extent(mapping, extent)?;
        let source_space = library.make_space(&source)?;
        select_pattern(library, &source_space, &source, &mapping.source_selection)?;
        library.add_mapping(
            properties,
            &Mapping {
                file: mapping.source_file.clone(),
                dataset: mapping.source_dataset.clone(),
                source: source_space,
                target,
            },
        )?;
    }
    Ok(())
}

/// The pieces of a virtual dataset.
pub(crate) fn get(library: &Library, properties: &Id) -> Result<Vec<VirtualMapping>> {
    let pieces = library.mappings(properties)?;
    let mapping = |piece: Mapping| {
        Ok(VirtualMapping {
            source_selection: library.selection(&piece.source)?,
            virtual_selection: library.selection(&piece.target)?,
            source_file: piece.file,
            source_dataset: piece.dataset,
        })
    };
    pieces.into_iter().map(mapping).collect()
}

/// Selects, with unlimited counts as they are.
fn select_pattern(library: &Library, space: &Id, extent: &Dataspace, selection: &Selection) -> Result<()> {
    match selection {
        Selection::Hyperslab(slab) if selection.is_unlimited() => {
            library.select_hyperslab(space, &slab.dimensions, false)
        }
        other => select(library, space, extent, other).map(drop),
    }
}

/// An extent that a source's selection fits in: a mapping says nothing of the source's own, but the library wants one.
fn source_extent(mapping: &VirtualMapping, extent: &Dataspace) -> Result<Dataspace> {
    let unlimited = |rank: usize| Dataspace::Simple { dimensions: vec![1; rank], maximum: vec![None; rank] };
    let dimensions = match &mapping.source_selection {
        Selection::Hyperslab(slab) if mapping.source_selection.is_unlimited() => {
            return Ok(unlimited(slab.dimensions.len()));
        }
        Selection::Hyperslab(slab) => slab
            .dimensions
            .iter()
            .map(|d| {
                let (count, block) = (d.count.unwrap_or(1), d.block.unwrap_or(1));
                let last = count.saturating_sub(1).saturating_mul(d.stride);
                d.start.saturating_add(last).saturating_add(block).max(1)
            })
            .collect(),
        Selection::Union(blocks) => {
            let rank = blocks.first().map_or(0, |block| block.start.len());
            let end = |axis: usize| {
                let ends = blocks
                    .iter()
                    .filter_map(|block| Some(block.start.get(axis)?.saturating_add(*block.size.get(axis)?)));
                ends.max().unwrap_or(1)
            };
            (0..rank).map(end).collect()
        }
        Selection::All => {
            // All of the source goes to as many elements: its shape is that of the place.
            let resolved = mapping.virtual_selection.resolve(extent.dimensions())?;
            resolved.regular_shape().ok_or_else(|| {
                Error::unsupported("all of a source in a place that is no regular hyperslab")
            })?
        }
        other => return Err(Error::unsupported(format!("a virtual source of {other:?}"))),
    };
    if dimensions.is_empty() { Ok(Dataspace::Scalar) } else { Ok(Dataspace::fixed(dimensions)) }
}

/// Fails if the pieces of a virtual dataset, or of those in the same file that it is made of, lie in files that the policy forbids.
pub(crate) fn check(session: &Session<'_>, siblings: &Siblings, properties: &Id, depth: usize) -> Result<()> {
    if depth > DEEPEST {
        return Err(Error::limit(format!("more than {DEEPEST} virtual datasets lead to one another")));
    }
    let library = &session.library;
    for piece in library.mappings(properties)? {
        if piece.file.as_bytes() != SAME_FILE {
            siblings.check(&piece.file)?;
            continue;
        }
        // One that is not there reads as the fill value.
        let Some(source) = library.open_path(&session.state()?.file, piece.dataset.as_bytes())? else {
            continue;
        };
        let of_source = library.dataset_creation(&source)?;
        for file in library.externals(&of_source)? {
            siblings.check(&file.name)?;
        }
        if library.layout(&of_source)? == crate::ffi::LayoutKind::Virtual {
            check(session, siblings, &of_source, depth.saturating_add(1))?;
        }
    }
    Ok(())
}

/// Virtual datasets of one file that may be made of one another.
const DEEPEST: usize = 8;
