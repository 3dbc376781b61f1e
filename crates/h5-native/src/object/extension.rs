use h5_format::message::{
    BTreeKValues, Context, DriverInfo, FileSpaceInfo, MessageType, MetadataCacheImageMessage,
    SharedMessageTable,
};
use h5_format::superblock::DriverInformation;
use h5_types::{Address, Result};

use super::ObjectHeader;
use crate::Storage;

/// Superblock Extension (specification II.C): what superblock versions 2 and 3 keep in an object header of its own.
#[derive(Debug, Clone, Default)]
pub struct SuperblockExtension {
    /// Capacities of version 1 B-trees, where they are not the defaults.
    pub b_tree_k_values: Option<BTreeKValues>,
    /// Where the file's shared messages are.
    pub shared_message_table: Option<SharedMessageTable>,
    /// What a driver of several files keeps.
    pub driver_information: Option<DriverInformation>,
    /// How free space is managed.
    pub file_space_info: Option<FileSpaceInfo>,
    /// Where the metadata cache's image is.
    pub metadata_cache_image: Option<MetadataCacheImageMessage>,
}

impl SuperblockExtension {
    /// Loads the extension's object header and decodes its messages.
    ///
    /// # Errors
    /// Those of [`ObjectHeader::load`], and `Format` if a message is damaged.
    pub fn load(storage: &Storage, address: Address) -> Result<Self> {
        let header = ObjectHeader::load(storage, address)?;
        let context = Context { sizes: storage.sizes(), limits: storage.limits() };
        let mut extension = Self::default();
        for message in header.messages() {
            let body = message.body;
            let at = |e| header.error(e);
            match message.kind {
                MessageType::BTreeKValues => {
                    extension.b_tree_k_values = Some(BTreeKValues::decode(body).map_err(at)?);
                }
                MessageType::SharedMessageTable => {
                    let table = SharedMessageTable::decode(body, context).map_err(at)?;
                    extension.shared_message_table = Some(table);
                }
                MessageType::DriverInfo => {
                    let info = DriverInfo::decode(body).map_err(at)?;
                    let (id, bytes) = (info.driver_identification, info.driver_information);
                    let information = DriverInformation::decode(id, bytes, context).map_err(at)?;
                    extension.driver_information = Some(information);
                }
                // A library that did not know the message changed the file: what it says is out of date, and the library does not
                // look at it any more. Such messages exist with fields that are damaged.
                MessageType::FileSpaceInfo if message.flags.was_unknown() => {}
                MessageType::FileSpaceInfo => {
                    extension.file_space_info = Some(FileSpaceInfo::decode(body, context).map_err(at)?);
                }
                MessageType::MetadataCacheImage => {
                    let image = MetadataCacheImageMessage::decode(body, context).map_err(at)?;
                    extension.metadata_cache_image = Some(image);
                }
                _ => {}
            }
        }
        Ok(extension)
    }
}
