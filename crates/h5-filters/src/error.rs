use std::fmt;

/// Why a filter could not decode or encode. Small and without allocation on the common paths; the layer that knows
/// the dataset's path and the chunk's address adds them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FilterError {
    /// The stored bytes contradict the codec's format; says what was found and expected.
    Corrupt(String),
    /// A checksum that the filter keeps does not match.
    Checksum {
        /// What the chunk says.
        stored: u32,
        /// What its bytes give.
        computed: u32,
    },
    /// The output would be longer than the caller allows.
    TooLong {
        /// The bound that was given, in bytes.
        limit_bytes: usize,
    },
    /// The client data (filter parameters) are missing or contradict each other.
    Parameters(String),
    /// A valid stream that uses a feature of the codec that is not implemented here.
    Unsupported(String),
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Corrupt(what) => write!(f, "corrupt data: {what}"),
            Self::Checksum { stored, computed } => {
                write!(f, "checksum mismatch: stored {stored:#010x}, computed {computed:#010x}")
            }
            Self::TooLong { limit_bytes } => {
                write!(f, "output is longer than the {limit_bytes} bytes expected")
            }
            Self::Parameters(what) => write!(f, "bad client data: {what}"),
            Self::Unsupported(what) => write!(f, "not supported: {what}"),
        }
    }
}

impl std::error::Error for FilterError {}
