use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// What Attribute Info and Link Info say alike (specification IV.A.2.v and IV.A.2.c): where many named things are kept, and how they are
/// numbered. `I` is the number of one of them.
///
/// ```text
/// | version 0 | flags | max creation index (2 or 8, flag 0) | fractal heap (O) | name B-tree (O) | order B-tree (O, flag 1) |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseInfo<I> {
    /// Whether the creation order is tracked.
    pub creation_order_tracked: bool,
    /// Whether it is indexed.
    pub creation_order_indexed: bool,
    /// Largest creation order index that was given out; present if tracked.
    pub maximum_creation_index: Option<I>,
    /// Heap of dense storage; `None`: all are messages of the object header.
    pub fractal_heap_address: Option<Address>,
    /// Version 2 B-tree of names.
    pub name_index_b_tree_address: Option<Address>,
    /// Version 2 B-tree of creation orders.
    pub creation_order_b_tree_address: Option<Address>,
}

/// The number that a thing gets when it is made, and the message that says the largest one.
pub trait CreationIndex: Copy {
    /// Name of the message.
    const MESSAGE: &'static str;
    /// Section of the specification.
    const SECTION: &'static str;

    /// Reads a number.
    ///
    /// # Errors
    /// If the body ends early.
    fn read(reader: &mut Reader<'_>) -> Result<Self>;

    /// Writes a number.
    fn write(self, writer: &mut Writer<'_>);
}

impl<I: CreationIndex> DenseInfo<I> {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, I::MESSAGE, I::SECTION);
        reader.version(0..=0, "0")?;
        let flags = reader.u8()?;
        let (creation_order_tracked, creation_order_indexed) = (flags & 1 != 0, flags & 2 != 0);
        let maximum_creation_index = if creation_order_tracked { Some(I::read(&mut reader)?) } else { None };
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
        let mut writer = Writer::new(out, I::MESSAGE, I::SECTION);
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
            index.write(&mut writer);
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
