//! Version 2 B-tree: HDF5 File Format Specification 4.0, III.A.2. One module each for the header, the nodes and the records.

mod header;
mod node;
mod record;

pub use header::{BTreeV2Header, BTreeV2Type};
pub use node::{BTreeV2Child, BTreeV2Node, NodeGeometry};
pub use record::{
    AttributeCreationOrderRecord, AttributeNameRecord, ChunkRecord, HugeObjectRecord,
    LinkCreationOrderRecord, LinkNameRecord, SharedMessageLocation, SharedMessageRecord,
};

const SECTION: &str = "III.A.2";
