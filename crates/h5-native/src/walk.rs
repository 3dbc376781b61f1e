use h5_format::FormatError;
use h5_types::{Address, Error, Limits, Result};

/// What is left of the blocks that one walk may visit: a structure that refers to itself ends in an error, not in a hang.
#[derive(Debug)]
pub(crate) struct Budget {
    left: u64,
    limit: u64,
}

impl Budget {
    /// All of `structure_blocks`.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self { left: limits.structure_blocks, limit: limits.structure_blocks }
    }

    /// Counts the block at `address`.
    pub(crate) fn visit(&mut self, address: Address) -> Result<()> {
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                let limit = self.limit;
                Err(Error::limit(format!("the walk visits more than {limit} blocks")).at_address(address.0))
            }
        }
    }
}

/// Adds the address of the structure to an error of its decoder.
pub(crate) fn at(address: Address) -> impl Fn(FormatError) -> Error {
    move |error| Error::from(error).at_address(address.0)
}
