use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

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

    /// Appends the message's body.
    ///
    /// # Errors
    /// If the number of indexes is not 1 to 8 or the address exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Shared Message Table message", "IV.A.2.p");
        if !(1..=8).contains(&self.number_of_indices) {
            return Err(writer.unencodable("number_of_indices", "1 to 8"));
        }
        writer.u8(0);
        writer.address("shared_object_header_message_table_address", self.table_address, sizes)?;
        writer.u8(self.number_of_indices);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = SharedMessageTable::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn place_and_number_of_indexes() {
        assert_eq!(decode_and_encode(&[0, 0x60, 0, 0, 0, 3]), [0, 0x60, 0, 0, 0, 3]);
        for number_of_indices in [0, 9] {
            let table = SharedMessageTable { table_address: Address(1), number_of_indices };
            assert!(table.encode(Sizes { offsets: 4, lengths: 4 }, &mut Vec::new()).is_err());
        }
    }
}
