//! What backends differ in.

use std::fmt;

macro_rules! features {
    ($($(#[doc = $doc:literal])+ $feature:ident,)*) => {
        /// One thing that some backends can do and others cannot; see [`Capability`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Feature {
            $($(#[doc = $doc])+ $feature,)*
        }

        impl Feature {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$feature,)*];

            /// What it is called.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$feature => stringify!($feature),)*
                }
            }

            /// What it means, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self {
                    $(Self::$feature => concat!($($doc),+).trim(),)*
                }
            }
        }
    };
}

features! {
    /// Creates, changes and removes what the file holds; no other feature changes anything without it.
    Write,
    /// Reads of several threads run at the same time, where without it they take turns.
    ParallelReads,
    /// Names, paths in links and text of variable length may be any bytes, where without it they are UTF-8.
    AnyText,
    /// An object may have several hard links.
    HardLinks,
    /// Stores soft links.
    SoftLinks,
    /// Soft links may hold any path, also one with slashes of no effect, which are refused without it.
    AnySoftPath,
    /// Stores external links and opens the files that they name.
    ExternalLinks,
    /// Stores links of user-defined classes, which nobody follows.
    UserDefinedLinks,
    /// Moves a link in one step, within a group or to another one.
    MoveLink,
    /// Groups may keep the order in which their links were made, and list them by it.
    LinkCreationOrder,
    /// Objects may keep the order in which their attributes were made, and list them by it.
    AttributeCreationOrder,
    /// Gives attributes another name.
    RenameAttribute,
    /// Attributes may be larger than 64 KiB.
    LargeAttributes,
    /// Objects may have a comment.
    Comments,
    /// Stores committed datatypes, and datasets and attributes that refer to them.
    CommittedDatatypes,
    /// Stores variable-length sequences and strings.
    VariableLength,
    /// Stores sequences whose elements are themselves of variable length.
    NestedSequences,
    /// Stores references to objects.
    ObjectReferences,
    /// Stores references to elements of a dataset.
    RegionReferences,
    /// Stores references to attributes.
    AttributeReferences,
    /// Stores bit fields.
    Bitfields,
    /// Stores opaque elements and their tag.
    Opaque,
    /// Stores numbers with padding bits, and floating-point formats other than binary16, binary32 and binary64.
    CustomNumbers,
    /// Stores elements of the class time.
    Time,
    /// Stores elements of the class complex number.
    ComplexNumbers,
    /// Keeps datasets in their object header when asked to.
    CompactLayout,
    /// Keeps datasets in one block when asked to, where without it they are in whatever layout the backend has.
    ContiguousLayout,
    /// Keeps datasets in chunks of the shape asked for.
    ChunkedLayout,
    /// Assembles datasets from others, of this file or of other files.
    VirtualLayout,
    /// Keeps the elements of datasets in other files.
    ExternalLayout,
    /// Lists stored chunks, reads and writes them as they are stored.
    RawChunks,
    /// Datasets may have maximum dimensions beyond the current ones, and grow.
    Resize,
    /// Datasets may become smaller.
    Shrink,
    /// Remembers that a fill value is explicitly undefined, where without it such a dataset says that it has the default one.
    UndefinedFill,
    /// Writes a file so that other processes read it at the same time (SWMR).
    Swmr,
}

/// What a backend, as it was opened, can do beyond what each can.
///
/// Each backend reads groups, links, attributes and datasets of integers, binary floating-point numbers, strings of fixed length,
/// enumerations, arrays and compounds, of fixed extent, by every kind of selection; with [`Feature::Write`] it creates and changes
/// them. What it has not got is refused with an error of kind `Unsupported`, never left undone. How the backends of this project
/// differ:
#[doc = include_str!("../../docs/capabilities.md")]
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capability {
    /// A bit each, by its place in [`Feature::ALL`].
    features: u64,
    /// In order.
    filters: Vec<u16>,
}

const _: () = assert!(Feature::ALL.len() <= 64, "a bit each");

impl Feature {
    const fn bit(self) -> u64 {
        1_u64.wrapping_shl(self as u32)
    }
}

impl Capability {
    /// These features, and no filters.
    pub fn new(features: impl IntoIterator<Item = Feature>) -> Self {
        let features = features.into_iter().fold(0, |all, feature| all | feature.bit());
        Self { features, filters: Vec::new() }
    }

    /// Every feature there is.
    pub fn all() -> Self {
        Self::new(Feature::ALL.iter().copied())
    }

    /// The same without some features.
    #[must_use]
    pub fn without(mut self, features: impl IntoIterator<Item = Feature>) -> Self {
        for feature in features {
            self.features &= !feature.bit();
        }
        self
    }

    /// The same with filters, by their registered numbers, that new datasets may have.
    #[must_use]
    pub fn with_filters(mut self, filters: impl IntoIterator<Item = u16>) -> Self {
        self.filters.extend(filters);
        self.filters.sort_unstable();
        self.filters.dedup();
        self
    }

    /// True if the backend has the feature.
    pub fn has(&self, feature: Feature) -> bool {
        self.features & feature.bit() != 0
    }

    /// True if the elements of new datasets may go through the filter of that number.
    pub fn encodes(&self, filter: u16) -> bool {
        self.filters.binary_search(&filter).is_ok()
    }

    /// The features, in the order of [`Feature::ALL`].
    pub fn features(&self) -> impl Iterator<Item = Feature> + '_ {
        Feature::ALL.iter().copied().filter(|&feature| self.has(feature))
    }

    /// The filters that new datasets may have, in the order of their numbers.
    pub fn filters(&self) -> impl Iterator<Item = u16> + '_ {
        self.filters.iter().copied()
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
