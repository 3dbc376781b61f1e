use std::sync::Arc;

use crate::Filter;

/// Filters by their identification number.
#[derive(Debug, Clone, Default)]
pub struct Registry {
    /// By rising number.
    filters: Vec<Arc<dyn Filter>>,
}

impl Registry {
    /// A registry without any filter.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// All filters that this crate is built with.
    #[must_use]
    pub fn standard() -> Self {
        let mut registry = Self::new();
        registry.register(Arc::new(crate::Shuffle));
        registry.register(Arc::new(crate::Fletcher32));
        registry.register_optional();
        registry
    }

    /// Those of them that a build may leave out, see [`OPTIONAL`].
    #[must_use]
    pub fn optional() -> Self {
        let mut registry = Self::new();
        registry.register_optional();
        registry
    }

    fn register_optional(&mut self) {
        #[cfg(feature = "codecs")]
        {
            self.register(Arc::new(crate::Deflate));
            self.register(Arc::new(crate::Szip));
            self.register(Arc::new(crate::Nbit));
            self.register(Arc::new(crate::ScaleOffset));
            self.register(Arc::new(crate::Lzf));
        }
        #[cfg(feature = "plugins")]
        {
            self.register(Arc::new(crate::Bzip2));
            self.register(Arc::new(crate::Lz4));
            self.register(Arc::new(crate::Zstd));
            self.register(Arc::new(crate::Blosc));
            self.register(Arc::new(crate::Blosc2));
            self.register(Arc::new(crate::Bitshuffle));
            self.register(Arc::new(crate::Zfp));
        }
    }

    /// Adds a filter under its own number, and returns the one that had it.
    pub fn register(&mut self, filter: Arc<dyn Filter>) -> Option<Arc<dyn Filter>> {
        match self.place(filter.id()) {
            Ok(place) => self.filters.get_mut(place).map(|known| std::mem::replace(known, filter)),
            Err(place) => {
                self.filters.insert(place, filter);
                None
            }
        }
    }

    /// The filter of a number.
    #[must_use]
    pub fn get(&self, id: u16) -> Option<&Arc<dyn Filter>> {
        self.place(id).ok().and_then(|place| self.filters.get(place))
    }

    /// All filters, by rising number.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn Filter>> {
        self.filters.iter()
    }

    fn place(&self, id: u16) -> Result<usize, usize> {
        self.filters.binary_search_by_key(&id, |filter| filter.id())
    }
}

/// Numbers and names of the filters in the features `codecs` and `plugins`: for builds that leave them to someone else.
pub const OPTIONAL: [(u16, &str); 12] = [
    (1, "deflate"),
    (4, "szip"),
    (5, "nbit"),
    (6, "scaleoffset"),
    (307, "bzip2"),
    (32000, "lzf"),
    (32001, "blosc"),
    (32004, "lz4"),
    (32008, "bitshuffle"),
    (32013, "zfp"),
    (32015, "zstd"),
    (32026, "blosc2"),
];

/// The name under which The HDF Group lists a filter number, whether or not this crate has the filter.
#[must_use]
pub fn registered_name(id: u16) -> Option<&'static str> {
    let index = REGISTERED.binary_search_by_key(&id, |&(id, _)| id).ok()?;
    REGISTERED.get(index).map(|&(_, name)| name)
}

/// By rising number: specification IV.A.2.l for those below 256, else the list of registered filter plugins.
const REGISTERED: &[(u16, &str)] = &[
    (1, "deflate"),
    (2, "shuffle"),
    (3, "fletcher32"),
    (4, "szip"),
    (5, "nbit"),
    (6, "scaleoffset"),
    (257, "hzip"),
    (258, "fpzip"),
    (305, "LZO"),
    (307, "BZIP2"),
    (32000, "LZF"),
    (32001, "BLOSC"),
    (32002, "MAFISC"),
    (32003, "Snappy"),
    (32004, "LZ4"),
    (32005, "APAX"),
    (32006, "CBF"),
    (32007, "JPEG-XR"),
    (32008, "bitshuffle"),
    (32009, "SPDP"),
    (32010, "LPC-Rice"),
    (32011, "CCSDS-123"),
    (32012, "JPEG-LS"),
    (32013, "zfp"),
    (32014, "fpzip"),
    (32015, "Zstandard"),
    (32016, "B3D"),
    (32017, "SZ"),
    (32018, "FCIDECOMP"),
    (32019, "JPEG"),
    (32020, "VBZ"),
    (32021, "FAPEC"),
    (32022, "BitGroom"),
    (32023, "Granular BitRound"),
    (32024, "SZ3"),
    (32025, "Delta-Rice"),
    (32026, "BLOSC2"),
    (32027, "FLAC"),
    (32028, "H5Z-SPERR"),
    (32029, "TERSE/PROLIX"),
    (32030, "FFMPEG"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_by_number() {
        assert!(REGISTERED.is_sorted_by_key(|&(id, _)| id));
        assert!(REGISTERED.iter().all(|&(id, name)| registered_name(id) == Some(name)));
        assert_eq!(registered_name(7), None);
    }

    #[test]
    fn every_filter_of_the_crate_has_a_registered_number() {
        for filter in Registry::standard().iter() {
            let listed = registered_name(filter.id()).map(str::to_ascii_lowercase);
            assert_eq!(
                listed.as_deref().map(|name| name.starts_with(&filter.name()[..2])),
                Some(true),
                "{filter:?}"
            );
        }
    }

    #[test]
    #[cfg(all(feature = "plugins", feature = "codecs"))]
    fn the_list_of_optional_filters_is_what_the_features_have() {
        let optional = Registry::optional();
        assert!(optional.iter().map(|filter| (filter.id(), filter.name())).eq(OPTIONAL));
    }

    #[test]
    fn a_filter_from_outside_replaces_one_of_the_same_number() {
        let mut registry = Registry::standard();
        assert!(registry.register(Arc::new(crate::Shuffle)).is_some());
        assert!(registry.get(305).is_none());
    }
}
