//! Object header messages (specification IV.A.2): one module a message.
//!
//! A message is decoded when it is asked for, from the bytes of its body; names and values that are only passed on are
//! borrowed from there.

mod attribute;
mod attribute_info;
mod b_tree_k_values;
mod comment;
mod context;
mod continuation;
mod data_layout;
pub mod dataspace;
pub mod datatype;
mod dense_info;
mod driver_info;
mod external_files;
mod file_space_info;
pub mod fill_value;
pub mod filter_pipeline;
mod group_info;
mod link;
mod link_info;
mod message_type;
mod metadata_cache_image;
mod modification_time;
mod raw;
mod reference_count;
mod shared;
mod shared_message_table;
mod symbol_table;

pub use attribute::{AttributeMessage, AttributePart};
pub use attribute_info::AttributeInfo;
pub use b_tree_k_values::BTreeKValues;
pub use comment::Comment;
pub use context::Context;
pub use continuation::Continuation;
pub use data_layout::{ChunkIndex, ChunkedLayout, DataLayout};
pub use dense_info::{CreationIndex, DenseInfo};
pub use driver_info::DriverInfo;
pub use external_files::{ExternalFileList, ExternalFileSlot};
pub use file_space_info::{FileSpaceInfo, FileSpaceStrategy};
pub use group_info::GroupInfo;
pub use link::{LinkMessage, LinkMessageTarget};
pub use link_info::LinkInfo;
pub use message_type::MessageType;
pub use metadata_cache_image::MetadataCacheImageMessage;
pub use modification_time::ModificationTime;
pub use raw::{Message, MessageFlags, RawMessage};
pub use reference_count::ReferenceCount;
pub use shared::{MaybeShared, SharedMessage};
pub use shared_message_table::SharedMessageTable;
pub use symbol_table::SymbolTableMessage;
