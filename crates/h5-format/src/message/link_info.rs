use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// Link Info (specification IV.A.2.c): how a new-style group keeps its links.
///
/// ```text
/// | version 0 | flags | max creation index (8, flag 0) | fractal heap (O) | name B-tree (O) | order B-tree (O, flag 1) |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkInfo {
    /// Whether the links' creation order is tracked.
    pub creation_order_tracked: bool,
    /// Whether it is indexed.
    pub creation_order_indexed: bool,
    /// Largest creation order index that was given to a link; present if tracked.
    pub maximum_creation_index: Option<i64>,
    /// Heap of densely stored links; `None`: the links are messages of the object header.
    pub fractal_heap_address: Option<Address>,
    /// Version 2 B-tree of names.
    pub name_index_b_tree_address: Option<Address>,
    /// Version 2 B-tree of creation orders.
    pub creation_order_b_tree_address: Option<Address>,
}

impl LinkInfo {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "Link Info message", "IV.A.2.c");
        reader.version(0..=0, "0")?;
        let flags = reader.u8()?;
        let (creation_order_tracked, creation_order_indexed) = (flags & 1 != 0, flags & 2 != 0);
        let maximum_creation_index =
            if creation_order_tracked { Some(reader.u64()?.cast_signed()) } else { None };
        let fractal_heap_address = reader.address(context.sizes)?;
        let name_index_b_tree_address = reader.address(context.sizes)?;
        let creation_order_b_tree_address =
            if creation_order_indexed { reader.address(context.sizes)? } else { None };
        Ok(Self {
            creation_order_tracked,
            creation_order_indexed,
            maximum_creation_index,
            fractal_heap_address,
            name_index_b_tree_address,
            creation_order_b_tree_address,
        })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If an optional field is there without its flag or the flag without the field, or a number exceeds its field.
    pub fn encode(&self, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Link Info message", "IV.A.2.c");
        if self.creation_order_tracked != self.maximum_creation_index.is_some() {
            return Err(
                writer.unencodable("maximum_creation_index", "a value exactly if the order is tracked")
            );
        }
        if !self.creation_order_indexed && self.creation_order_b_tree_address.is_some() {
            return Err(
                writer.unencodable("creation_order_b_tree_address", "none if the order is not indexed")
            );
        }
        writer.u8(0);
        writer.u8(u8::from(self.creation_order_tracked) | u8::from(self.creation_order_indexed) << 1);
        if let Some(index) = self.maximum_creation_index {
            writer.u64(index.cast_unsigned());
        }
        writer.optional_address("fractal_heap_address", self.fractal_heap_address, sizes)?;
        writer.optional_address("name_index_b_tree_address", self.name_index_b_tree_address, sizes)?;
        if self.creation_order_indexed {
            let address = self.creation_order_b_tree_address;
            writer.optional_address("creation_order_b_tree_address", address, sizes)?;
        }
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
        let decoded = LinkInfo::decode(body, Context { sizes, limits: &limits }).unwrap();
        let mut out = Vec::new();
        decoded.encode(sizes, &mut out).unwrap();
        out
    }

    #[test]
    fn optional_fields_follow_their_flags() {
        let (heap, names, order) = ([1, 0, 0, 0], [2, 0, 0, 0], [3, 0, 0, 0]);
        let plain = [&[0, 0][..], &[0xff; 8]].concat();
        assert_eq!(decode_and_encode(&plain), plain);
        let tracked = [&[0, 1, 7, 0, 0, 0, 0, 0, 0, 0][..], &heap, &names].concat();
        assert_eq!(decode_and_encode(&tracked), tracked);
        let indexed = [&[0, 3, 7, 0, 0, 0, 0, 0, 0, 0][..], &heap, &names, &order].concat();
        assert_eq!(decode_and_encode(&indexed), indexed);
    }

    #[test]
    fn a_field_without_its_flag_is_an_error() {
        let none = LinkInfo {
            creation_order_tracked: false,
            creation_order_indexed: false,
            maximum_creation_index: None,
            fractal_heap_address: None,
            name_index_b_tree_address: None,
            creation_order_b_tree_address: None,
        };
        let encode = |info: LinkInfo| info.encode(Sizes { offsets: 4, lengths: 4 }, &mut Vec::new());
        assert!(encode(none).is_ok());
        assert!(encode(LinkInfo { maximum_creation_index: Some(0), ..none }).is_err());
        assert!(encode(LinkInfo { creation_order_tracked: true, ..none }).is_err());
        assert!(encode(LinkInfo { creation_order_b_tree_address: Some(Address(1)), ..none }).is_err());
        assert!(encode(LinkInfo { fractal_heap_address: Some(Address(1 << 32)), ..none }).is_err());
    }
}
