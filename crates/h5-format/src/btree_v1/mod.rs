//! Version 1 B-tree node: HDF5 File Format Specification 4.0, III.A.1. Reads and writes its only version, which has no
//! version field.
//!
//! ```text
//! byte 0  "TREE"
//!      4  node type (0 group, 1 chunks)   5  node level (0 leaf)   6  entries used (2 bytes)
//!      8  address of left sibling (O)     address of right sibling (O)
//!         key 0, child 0 (O), key 1, child 1 (O), ... key N
//! ```
//! A group's key is an offset in its local heap (L). A chunk's key is the stored size (4), the filter mask (4) and the offset of
//! the chunk's first element, 8 bytes a dimension, with one more dimension for the bytes of an element, in which it is zero, except in the last key of a level, which
//! no chunk has: there it is the element's size.
//! There is room for 2K children; only the used ones have meaning.

mod header;
mod node;

pub use header::{BTreeV1NodeHeader, BTreeV1Type, wrong_level};
pub use node::{BTreeV1Node, ChunkKey};

const STRUCTURE: &str = "B-tree v1 node";
const SECTION: &str = "III.A.1";
