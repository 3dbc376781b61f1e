//! What is filled in during the first pass: small objects that refer to no others. Storage that gathers what is new sends them as a whole.

use h5_types::{Layout, Result, Selection};

use super::{Copier, Step, contents};
use crate::Attribute;
use crate::backend::ObjectKind;
use crate::object::Object;

/// What was copied of an object in the first pass.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Filled {
    pub(super) attributes: bool,
    pub(super) elements: bool,
}

/// Bytes of elements that count as small.
const SMALL_BYTES: u64 = 64 << 10;

impl Copier<'_> {
    pub(super) fn filled(&self, at: usize) -> Filled {
        self.filled.get(at).copied().unwrap_or_default()
    }

    /// Copies what belongs to an object that was just made, if that was asked for and needs no others.
    pub(super) fn fill_early(&mut self, at: usize) -> Step {
        if !self.options.early {
            return Ok(());
        }
        let is_behind = self.checkpoint.as_ref().is_some_and(|c| super::is_below(at, c.earlier.laid_out));
        let mut filled = Filled::default();
        let source = self.known.source(at)?;
        if has_plain_attributes(&source) {
            if !is_behind {
                self.copy_attributes(at)?;
                self.copy_comment(at)?;
            }
            filled.attributes = true;
        }
        if filled.attributes
            && source.kind() == ObjectKind::Dataset
            && has_small_elements(source).unwrap_or(false)
        {
            if !is_behind {
                self.copy_elements(at)?;
            }
            filled.elements = true;
        }
        if let Some(noted) = self.filled.get_mut(at) {
            *noted = filled;
        }
        self.note(|now| now.laid_out = super::count(at.saturating_add(1)))
    }
}

/// True if no attribute refers to another object. Those that cannot be read are told of later.
fn has_plain_attributes(object: &Object) -> bool {
    let is_plain = |attribute: Attribute| {
        attribute.info().committed_datatype.is_none()
            && (!attribute.info().datatype.has_variable_part()
                || attribute.elements().is_ok_and(|elements| elements.heap.references.is_empty()))
    };
    let listed = contents::all_attributes(object);
    listed.is_ok_and(|list| list.into_iter().all(|attribute| attribute.is_ok_and(is_plain)))
}

/// True if the elements are few and refer to no object.
fn has_small_elements(object: Object) -> Result<bool> {
    let dataset = object.into_dataset()?;
    let info = dataset.info()?;
    let size = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
    let count = info.dataspace.element_count().unwrap_or(0);
    let is_here = !matches!(info.layout, Layout::Virtual { .. }) && info.external.is_empty();
    if !is_here || count.saturating_mul(size) > SMALL_BYTES {
        return Ok(false);
    }
    Ok(!info.datatype.has_variable_part() || dataset.elements(&Selection::All)?.heap.references.is_empty())
}
