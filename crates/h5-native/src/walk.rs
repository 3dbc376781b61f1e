use h5_format::FormatError;
use h5_types::{Address, Error, Result};

use crate::Storage;

/// What is left of the blocks that one walk may visit, and of the bytes that it may read: a structure that refers to itself, or
/// over and over to the same part, ends in an error, not in a hang.
#[derive(Debug)]
pub(crate) struct Budget {
    blocks: u64,
    bytes: u64,
}

impl Budget {
    /// All of `structure_blocks`, and a multiple of the file's length.
    pub(crate) fn new(storage: &Storage) -> Self {
        let limits = storage.limits();
        Self { blocks: limits.structure_blocks, bytes: limits.repeated_bytes(storage.length()) }
    }

    /// Counts the block of so many bytes at `address`.
    pub(crate) fn visit(&mut self, address: Address, bytes: usize) -> Result<()> {
        let Some(blocks) = self.blocks.checked_sub(1) else {
            return Err(Error::limit("the walk visits too many blocks").at_address(address.0));
        };
        self.blocks = blocks;
        self.read(bytes).map_err(|error| error.at_address(address.0))
    }

    /// Counts bytes that the walk reads beside its blocks: names, messages.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<()> {
        let left = self.bytes.checked_sub(u64::try_from(bytes).unwrap_or(u64::MAX));
        self.bytes = left.ok_or_else(|| {
            Error::limit(
                "the walk reads many times as much as the file holds: its parts refer to the same bytes",
            )
        })?;
        Ok(())
    }
}

/// Adds the address of the structure to an error of its decoder.
pub(crate) fn at(address: Address) -> impl Fn(FormatError) -> Error {
    move |error| Error::from(error).at_address(address.0)
}
