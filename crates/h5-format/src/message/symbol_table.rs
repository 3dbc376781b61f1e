use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Symbol Table (specification IV.A.2.r): an old-style group's links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SymbolTableMessage {
    /// Version 1 B-tree of the links.
    pub b_tree_address: Address,
    /// Local heap with their names.
    pub local_heap_address: Address,
}

impl SymbolTableMessage {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If an address is undefined or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Symbol Table message", "IV.A.2.r");
        Ok(Self {
            b_tree_address: reader.defined_address(context.sizes, "b_tree_address")?,
            local_heap_address: reader.defined_address(context.sizes, "local_heap_address")?,
        })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If an address exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Symbol Table message", "IV.A.2.r");
        writer.address("b_tree_address", self.b_tree_address, sizes)?;
        writer.address("local_heap_address", self.local_heap_address, sizes)
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    fn decode_and_encode(body: &[u8]) -> Vec<u8> {
        let limits = Limits::default();
        let sizes = Sizes { offsets: 4, lengths: 2 };
        let decoded = SymbolTableMessage::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn both_addresses_are_written_as_they_read() {
        assert_eq!(decode_and_encode(&[1, 0, 0, 0, 2, 0, 0, 0]), [1, 0, 0, 0, 2, 0, 0, 0]);
        let table = SymbolTableMessage { b_tree_address: Address(1), local_heap_address: Address(1 << 32) };
        assert!(table.encode(Sizes { offsets: 4, lengths: 4 }, &mut Vec::new()).is_err());
    }
}
