//! Nodes of version 1 B-trees, read from storage (specification III.A.1).

use h5_format::Sizes;
use h5_format::btree_v1::{BTreeV1Node, BTreeV1NodeHeader, BTreeV1Type, wrong_level};
use h5_types::{Address, Error, Result};

use crate::walk::at;
use crate::{Metadata, Storage};

/// The used part of a node, read from the file and ready to decode.
#[derive(Debug)]
pub(crate) struct NodeBlock<'s> {
    bytes: Metadata<'s>,
    address: Address,
    node_type: BTreeV1Type,
    sizes: Sizes,
}

impl<'s> NodeBlock<'s> {
    /// Reads the node at `address`. A root may have any level within the limit; of other nodes the level is known.
    pub(crate) fn read(
        storage: &'s Storage,
        address: Address,
        node_type: BTreeV1Type,
        level: Option<u8>,
    ) -> Result<Self> {
        let sizes = storage.sizes();
        let first = storage.metadata(address, BTreeV1NodeHeader::bytes(sizes))?;
        let header = BTreeV1NodeHeader::decode(&first, node_type, sizes).map_err(at(address))?;
        let found = header.node_level;
        if level.is_some_and(|level| level != found) {
            return Err(at(address)(wrong_level(found)));
        }
        let limit = storage.limits().tree_depth;
        if usize::from(found) > limit {
            let message = format!("B-tree of {found} levels, over the limit of {limit}");
            return Err(Error::limit(message).at_address(address.0));
        }
        let bytes = storage.metadata(address, header.node_bytes(node_type, sizes))?;
        Ok(Self { bytes, address, node_type, sizes })
    }

    /// Bytes of the node that are in use.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The node.
    pub(crate) fn node(&self) -> Result<BTreeV1Node<'_>> {
        BTreeV1Node::decode(&self.bytes, self.node_type, self.sizes).map_err(at(self.address))
    }
}
