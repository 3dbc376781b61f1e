use std::fmt;

use h5_types::{Error, ErrorKind};

/// Why bytes are not the structure that they should be, or why a structure cannot be written as bytes. The layer that knows the address and
/// the object's path adds them when it turns this into an [`Error`].
///
/// One pointer: nearly every function of this crate hands errors on, and each would copy the fields one by one, which made a sixth
/// of its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatError(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    structure: &'static str,
    section: &'static str,
    fault: Fault,
}

impl FormatError {
    /// A fault of a structure, by its name (`B-tree v2 header`) and its section in the specification (`III.A.2`).
    #[cold]
    #[inline(never)]
    pub fn new(structure: &'static str, section: &'static str, fault: Fault) -> Self {
        Self(Box::new(Parts { structure, section, fault }))
    }

    /// The structure's name in the specification.
    pub fn structure(&self) -> &'static str {
        self.0.structure
    }

    /// The structure's section in the specification.
    pub fn section(&self) -> &'static str {
        self.0.section
    }

    /// What is wrong.
    pub fn fault(&self) -> Fault {
        self.0.fault
    }
}

/// What is wrong with a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// The bytes end before the structure does.
    Truncated {
        /// Bytes that the next field needs.
        needed: u64,
        /// Bytes that remain.
        available: u64,
    },
    /// The four (or eight) characters that begin the structure are others.
    Signature,
    /// A version number that does not exist, or does not go with what is around it.
    Version {
        /// What the file says.
        found: u64,
        /// What is possible, in words.
        expected: &'static str,
    },
    /// The stored checksum is not that of the bytes.
    Checksum {
        /// What the file says.
        stored: u32,
        /// What the bytes give.
        computed: u32,
    },
    /// A field has an impossible value.
    Value {
        /// The field, in snake_case of the specification's name.
        field: &'static str,
        /// What the file says.
        found: u64,
        /// What is possible, in words.
        expected: &'static str,
    },
    /// A field exceeds a bound of `Limits`.
    Limit {
        /// The field or quantity.
        field: &'static str,
        /// What the file says.
        found: u64,
        /// The bound.
        limit: u64,
    },
    /// A number to be written is larger than its field.
    DoesNotFit {
        /// The field.
        field: &'static str,
        /// The number.
        value: u64,
        /// Bytes of the field.
        width_bytes: usize,
    },
    /// Something to be written has no place in the structure, or in the version of it that was asked for.
    Unencodable {
        /// The field, or the property.
        field: &'static str,
        /// What is possible, in words.
        expected: &'static str,
    },
    /// Valid, but not implemented.
    Unsupported {
        /// The feature.
        what: &'static str,
        /// The value that asks for it.
        found: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Truncated { needed, available } => {
                write!(f, "truncated: the next field needs {needed} bytes, {available} remain")
            }
            Self::Signature => write!(f, "wrong signature"),
            Self::Version { found, expected } => write!(f, "version {found}, expected {expected}"),
            Self::Checksum { stored, computed } => {
                write!(f, "checksum {stored:#010x} stored, {computed:#010x} computed")
            }
            Self::Value { field, found, expected } => write!(f, "{field} is {found}, expected {expected}"),
            Self::Limit { field, found, limit } => write!(f, "{field} is {found}, over the limit of {limit}"),
            Self::DoesNotFit { field, value, width_bytes } => {
                write!(f, "{field} is {value}, which {width_bytes} bytes cannot hold")
            }
            Self::Unencodable { field, expected } => {
                write!(f, "{field} cannot be written, expected {expected}")
            }
            Self::Unsupported { what, found } => write!(f, "{what} ({found}) is not supported"),
        }
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} ({})", self.0.structure, self.0.fault, self.0.section)
    }
}

impl std::error::Error for FormatError {}

impl From<FormatError> for Error {
    fn from(error: FormatError) -> Self {
        let kind = match error.0.fault {
            Fault::Limit { .. } => ErrorKind::Limit,
            Fault::Unsupported { .. } => ErrorKind::Unsupported,
            Fault::DoesNotFit { .. } | Fault::Unencodable { .. } => ErrorKind::Usage,
            _ => ErrorKind::Format,
        };
        Error::new(kind, error.0.fault.to_string()).in_structure(error.0.structure, error.0.section)
    }
}
