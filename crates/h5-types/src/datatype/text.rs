/// Character string.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StringType {
    /// Fixed or variable length.
    pub length: StringLength,
    /// How the end of the text is marked.
    pub padding: StringPadding,
    /// Encoding that the file claims.
    pub character_set: CharacterSet,
}

/// Length of a string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StringLength {
    /// That many bytes, at least 1.
    Fixed(usize),
    /// Any length; the element itself (length and pointer) takes `size` bytes: 4 + 4 + the file's size of offsets as stored, 16 in
    /// memory form.
    Variable {
        /// Bytes of the element itself.
        size: usize,
    },
}

/// How the end of the text is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StringPadding {
    /// Ends at the first NUL.
    NullTerminated,
    /// Filled up with NULs.
    NullPadded,
    /// Filled up with spaces.
    SpacePadded,
}

/// Encoding that the file claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CharacterSet {
    /// US-ASCII.
    Ascii,
    /// UTF-8.
    Utf8,
}

impl StringType {
    /// Bytes of one element.
    pub fn size(&self) -> usize {
        match self.length {
            StringLength::Fixed(size) | StringLength::Variable { size } => size,
        }
    }

    /// A UTF-8 string of a fixed number of bytes.
    pub const fn fixed(size: usize, padding: StringPadding) -> Self {
        Self { length: StringLength::Fixed(size), padding, character_set: CharacterSet::Utf8 }
    }

    /// A variable-length UTF-8 string in memory form.
    pub const fn variable_utf8() -> Self {
        Self {
            length: StringLength::Variable { size: super::VLEN_MEMORY_BYTES },
            padding: StringPadding::NullTerminated,
            character_set: CharacterSet::Utf8,
        }
    }
}
