//! Enumerations convert by name: a table from each stored value of the source to the target's.

use std::collections::HashMap;

use crate::{EnumType, Name};

/// What each value of a source enumeration becomes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct EnumTable {
    /// Pairs of source and target elements, ordered by the source's.
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) source_size: usize,
    pub(crate) target_size: usize,
}

impl EnumTable {
    pub(crate) fn new(source: &EnumType, target: &EnumType) -> Self {
        let mut names: HashMap<&Name, &Vec<u8>> = HashMap::with_capacity(target.members.len());
        for member in &target.members {
            names.entry(&member.name).or_insert(&member.value);
        }
        let mut pairs: Vec<(Vec<u8>, Vec<u8>)> = source
            .members
            .iter()
            .filter_map(|member| Some((member.value.clone(), (*names.get(&member.name)?).clone())))
            .collect();
        // Stable, so that the first of several names of one value decides.
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        pairs.dedup_by(|later, first| later.0 == first.0);
        Self { pairs, source_size: source.base.size(), target_size: target.base.size() }
    }

    /// Converts one element. A value without a name in both enumerations becomes all ones, as in the C library.
    pub(crate) fn convert(&self, source: &[u8], target: &mut [u8]) {
        let found = self.pairs.binary_search_by(|(value, _)| value.as_slice().cmp(source));
        match found.ok().and_then(|index| self.pairs.get(index)) {
            Some((_, value)) if value.len() == target.len() => target.copy_from_slice(value),
            _ => target.fill(0xff),
        }
    }
}
