use std::fmt;
use std::sync::{Arc, OnceLock};

use h5_format::Sizes;
use h5_format::message::{BTreeKValues, Context, MessageType};
use h5_format::metadata_cache_image::CacheImageEntry;
use h5_format::shared_message_table::SharedMessageIndex;
use h5_format::superblock::{DriverInformation, DriverInformationBlock, Superblock};
use h5_types::{Address, Error, Limits, Result};

use super::{SuperblockExtension, find_superblock};
use crate::Storage;
use crate::commit_record::{Beside, Of, Records};
use crate::live::Stamp;
use crate::vfd::{NO_FILES, Vfd};

/// An open file as the objects in it see it: its bytes, its superblock, and what is kept beside that.
#[derive(Debug)]
pub struct FileCore {
    storage: Storage,
    superblock: Superblock,
    extension: SuperblockExtension,
    warnings: Vec<Warning>,
    shared_message_indexes: OnceLock<Vec<SharedMessageIndex>>,
}

/// What is odd about a file and does not keep it from being read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Warning {
    /// A writer has the file open, or ended without closing it.
    OpenForWriting {
        /// Whether that writer lets readers in.
        swmr: bool,
    },
    /// The file ends before the superblock says; data past its end cannot be read.
    Truncated {
        /// Where the file should end, in bytes from its beginning.
        expected: u64,
        /// Where it ends.
        found: u64,
    },
    /// A commit was cut short by a power cut, or its writer was killed. The blocks that it did not come to replace are taken from the record
    /// beside the file, until somebody opens the file for writing: then they are written.
    HalfDoneCommit,
}

/// Widths that are in force until the superblock has been read; nothing before it has a number of such a width.
const PROVISIONAL_SIZES: Sizes = Sizes { offsets: 8, lengths: 8 };

impl FileCore {
    /// Opens the file of a driver: finds the superblock, and reads nothing else, except the superblock extension of files that
    /// have one. The extension may say that other blocks take the place of metadata (a metadata cache image), so that nothing can
    /// be read before it. So may the record of a commit that was cut short, beside the file.
    ///
    /// # Errors
    /// `Format` if there is no superblock, or it or its extension is damaged; `Limit`, `Io`.
    pub fn open(vfd: Arc<dyn Vfd>, limits: Limits) -> Result<Self> {
        Self::open_with(vfd, limits, Records::Shown(Of::ClosedFiles))
    }

    /// As [`FileCore::open`], with a record beside the file treated in another way.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn open_with(vfd: Arc<dyn Vfd>, limits: Limits, records: Records) -> Result<Self> {
        let storage = Storage::new(vfd, 0, PROVISIONAL_SIZES, limits)?;
        let (place, superblock) = find_superblock(&storage)?;
        let mut warnings = warnings(&superblock, place, storage.length());
        // The library's rule: wherever the signature is, there the file begins, whatever base address was stored.
        let mut storage = storage.rebased(place, superblock.sizes);
        if let Some(end) = end_of_file(&superblock) {
            storage.end_at(end);
        }
        if !NO_FILES && records.count(is_open(&superblock)) {
            heed_record(&storage, &superblock, records, &mut warnings)?;
        }
        let extension = match superblock.superblock_extension_address {
            Some(address) => SuperblockExtension::load(&storage, address)?,
            None => SuperblockExtension::default(),
        };
        if matches!(extension.driver_information, Some(DriverInformation::Multi { .. })) {
            // The end that such a file stores is the end of its first member.
            storage.end_with_driver();
        }
        overlay_cache_image(&mut storage, &extension)?;
        Ok(Self { storage, superblock, extension, warnings, shared_message_indexes: OnceLock::new() })
    }

    /// The file's bytes.
    pub fn storage(&self) -> &Storage {
        &self.storage
    }

    /// The superblock.
    pub fn superblock(&self) -> &Superblock {
        &self.superblock
    }

    /// The superblock extension; empty in files without one.
    pub fn extension(&self) -> &SuperblockExtension {
        &self.extension
    }

    /// What is odd about the file.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// Where the file should end, in bytes from its driver's beginning; `None` while a writer has it open, which stores that last.
    pub(crate) fn stated_end(&self) -> Option<u64> {
        (!is_open(&self.superblock)).then(|| stated_end(&self.superblock, self.storage.base_address()))
    }

    /// What decoding a message needs to know.
    pub fn context(&self) -> Context<'_> {
        Context { sizes: self.storage.sizes(), limits: self.storage.limits() }
    }

    /// Bytes before the superblock.
    pub fn user_block_bytes(&self) -> u64 {
        self.storage.base_address()
    }

    /// Capacities of version 1 B-trees.
    pub fn b_tree_k_values(&self) -> BTreeKValues {
        self.extension.b_tree_k_values.unwrap_or(self.superblock.b_tree_k_values)
    }

    /// What a driver of several files keeps in this file, from the superblock extension or the driver information block.
    ///
    /// # Errors
    /// `Format` if the block is damaged, `Limit`, `Io`.
    pub fn driver_information(&self) -> Result<Option<DriverInformation>> {
        if let Some(information) = &self.extension.driver_information {
            return Ok(Some(information.clone()));
        }
        let Some(address) = self.superblock.driver_information_block_address else { return Ok(None) };
        let at = |e| Error::from(e).at_address(address.0);
        let head = self.storage.metadata(address, DriverInformationBlock::HEADER_BYTES)?;
        let head = DriverInformationBlock::decode(&head).map_err(at)?;
        let body = Address(address.0.saturating_add(DriverInformationBlock::HEADER_BYTES));
        let body = self.storage.metadata(body, u64::from(head.driver_information_size))?;
        DriverInformation::decode(head.driver_identification, &body, self.context()).map(Some).map_err(at)
    }

    /// The fractal heap of shared messages of a type. The table is read when it is first asked for.
    ///
    /// # Errors
    /// `Format` if the file shares no messages of that type or the table is damaged; `Limit`, `Io`.
    pub fn shared_message_heap(&self, kind: MessageType) -> Result<Address> {
        let indexes = match self.shared_message_indexes.get() {
            Some(indexes) => indexes,
            None => {
                let indexes = self.read_shared_message_table()?;
                self.shared_message_indexes.get_or_init(|| indexes)
            }
        };
        indexes
            .iter()
            .find(|index| index.holds(kind))
            .and_then(|index| index.fractal_heap_address)
            .ok_or_else(|| {
                let message = format!("the file has no heap of shared messages of type {:#x}", kind.number());
                Error::format(message).in_structure("Shared Object Header Message Table", "III.I")
            })
    }

    fn read_shared_message_table(&self) -> Result<Vec<SharedMessageIndex>> {
        let Some(table) = self.extension.shared_message_table else {
            return Err(Error::format("a message is shared by a heap, but the file has no table of such")
                .in_structure("Shared Object Header Message Table", "III.I"));
        };
        let length = SharedMessageIndex::table_bytes(table.number_of_indices, self.storage.sizes());
        let bytes = self.storage.metadata(table.table_address, length)?;
        SharedMessageIndex::decode_table(&bytes, table.number_of_indices, self.storage.sizes())
            .map_err(|e| Error::from(e).at_address(table.table_address.0))
    }
}

/// Looks for the record of a commit that was cut short.
fn heed_record(
    storage: &Storage,
    superblock: &Superblock,
    records: Records,
    warnings: &mut Vec<Warning>,
) -> Result<()> {
    let Some(beside) = Beside::look(&**storage.vfd())? else { return Ok(()) };
    let pending = beside.pending(storage.base_address())?;
    if matches!(records, Records::Completed(_)) {
        if let Some(pending) = pending {
            pending.complete(storage, Address(Stamp::behind(superblock)))?;
        }
        return beside.discard();
    }
    if let Some(pending) = pending {
        pending.into_blocks().for_each(|(address, block)| storage.stage(address, block));
        warnings.push(Warning::HalfDoneCommit);
    }
    Ok(())
}

/// Puts the blocks of a metadata cache image in the place of the file's own.
fn overlay_cache_image(storage: &mut Storage, extension: &SuperblockExtension) -> Result<()> {
    let Some(message) = extension.metadata_cache_image else { return Ok(()) };
    let Some(address) = message.image_address else { return Ok(()) };
    let blocks: Vec<_> = {
        let image = storage.metadata(address, message.image_length)?;
        let context = Context { sizes: storage.sizes(), limits: storage.limits() };
        let entries = CacheImageEntry::decode_image(&image, context)
            .map_err(|e| Error::from(e).at_address(address.0))?;
        let block =
            |entry: CacheImageEntry| (entry.address, image.get(entry.block).unwrap_or_default().to_vec());
        entries.into_iter().map(block).collect()
    };
    storage.overlay(blocks)
}

/// Where the file ends by its superblock, from the base address on. What lies behind was given up, as the C library sees it too. A
/// writer that is still at work, or was killed, did not come to store the end, and with several files there is none: `None`.
fn end_of_file(superblock: &Superblock) -> Option<u64> {
    let several = superblock.driver_information_block_address.is_some();
    let end = superblock.end_of_file_address.saturating_sub(superblock.base_address);
    (!is_open(superblock) && !several).then_some(end)
}

fn is_open(superblock: &Superblock) -> bool {
    superblock.is_open_for_writing() || superblock.is_open_for_swmr_writing()
}

/// The stored end moves with the base address where the file as a whole was moved.
fn stated_end(superblock: &Superblock, place: u64) -> u64 {
    superblock.end_of_file_address.saturating_sub(superblock.base_address).saturating_add(place)
}

fn warnings(superblock: &Superblock, place: u64, length: u64) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if is_open(superblock) {
        warnings.push(Warning::OpenForWriting { swmr: superblock.is_open_for_swmr_writing() });
    }
    let expected = stated_end(superblock, place);
    if length < expected {
        warnings.push(Warning::Truncated { expected, found: length });
    }
    warnings
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenForWriting { swmr } => {
                let mode = if *swmr { " (SWMR)" } else { "" };
                write!(f, "a writer has the file open{mode}, or ended without closing it")
            }
            Self::Truncated { expected, found } => {
                write!(f, "the file ends at {found:#x}, its superblock says {expected:#x}")
            }
            Self::HalfDoneCommit => write!(
                f,
                "a commit was cut short; its blocks are taken from the record beside the file until it is opened for writing"
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use h5_format::lookup3;

    use super::*;
    use crate::object::ObjectHeader;
    use crate::vfd::MemoryVfd;

    fn with_checksum(mut block: Vec<u8>) -> Vec<u8> {
        let checksum = lookup3(&block);
        block.extend(checksum.to_le_bytes());
        block
    }

    /// A file whose root group's object header is in the metadata cache image alone; its place in the file is zeros.
    fn file_with_image() -> Vec<u8> {
        const ROOT: u16 = 0x100;
        const IMAGE: u16 = 0x80;
        let root = with_checksum(b"OHDR\x02\x00\x06\x0a\x02\x00\x00\x00\x00".to_vec());
        let entry =
            [&[0x16, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff][..], &ROOT.to_le_bytes()].concat();
        let entry = [entry, (root.len() as u16).to_le_bytes().to_vec(), root].concat();
        let length = (8 + 4 + entry.len() + 4) as u16;
        let image = [&b"MDCI\0\0"[..], &length.to_le_bytes(), &[1, 0, 0, 0], &entry].concat();
        let image = with_checksum(image);
        let message = [&[0x18, 5, 0, 0, 0][..], &IMAGE.to_le_bytes(), &length.to_le_bytes()].concat();
        let extension = [&b"OHDR\x02\x00\x09"[..], &message].concat();
        let superblock = b"\x89HDF\r\n\x1a\n\x02\x02\x02\0\0\0\x20\0\x20\x01\0\x01".to_vec();
        let mut file = with_checksum(superblock);
        file.resize(0x20, 0);
        file.extend(with_checksum(extension));
        file.resize(IMAGE.into(), 0);
        file.extend(image);
        file.resize(0x120, 0);
        file
    }

    #[test]
    fn a_metadata_cache_image_takes_the_place_of_the_file() {
        let core = FileCore::open(Arc::new(MemoryVfd::new(file_with_image())), Limits::default()).unwrap();
        assert_eq!(core.warnings(), []);
        let root = core.superblock().root_group_object_header_address;
        let header = ObjectHeader::load(core.storage(), root).unwrap();
        assert!(header.has(MessageType::GroupInfo));
        let mut stored = [1; 4];
        core.storage().read_raw(root, &mut stored).unwrap();
        assert_eq!(stored, [0; 4], "raw data come from the file");
    }

    #[test]
    fn a_damaged_image_is_an_error() {
        let mut file = file_with_image();
        file[0x90] ^= 1;
        assert!(FileCore::open(Arc::new(MemoryVfd::new(file)), Limits::default()).is_err());
    }
}
