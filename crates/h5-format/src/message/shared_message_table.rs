use h5_types::Address;

use super::Context;
use crate::{Reader, Result};

/// Shared Message Table (specification IV.A.2.p): where the file's shared messages are, in the superblock extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SharedMessageTable {
    /// Address of the master table (`SMTB`).
    pub table_address: Address,
    /// Number of indexes in the table.
    pub number_of_indices: u8,
}

impl SharedMessageTable {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0, the address is undefined, or there is no index.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Shared Message Table message", "IV.A.2.p");
        reader.version(0..=0, "0")?;
        let table_address =
            reader.defined_address(context.sizes, "shared_object_header_message_table_address")?;
        let number_of_indices = reader.u8()?;
        if !(1..=8).contains(&number_of_indices) {
            return Err(reader.bad_value("number_of_indices", number_of_indices, "1 to 8"));
        }
        Ok(Self { table_address, number_of_indices })
    }
}
