use h5_types::Address;

use super::Context;
use crate::{Reader, Result, Sizes, Writer};

/// File Space Info (specification IV.A.2.x): how the file's free space is managed; in the superblock extension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileSpaceInfo {
    /// The strategy.
    pub strategy: FileSpaceStrategy,
    /// Whether free space is kept when the file is closed.
    pub persisting_free_space: bool,
    /// Smallest free section that is tracked, in bytes.
    pub free_space_section_threshold: u64,
    /// Bytes of a file space page; 0 in version 0, which has none.
    pub file_space_page_size: u64,
    /// Smallest rest of a page that is tracked, in bytes.
    pub page_end_metadata_threshold: u16,
    /// End of allocated space before the managers themselves were written.
    pub end_of_allocation: Option<Address>,
    /// Free-space managers, as many as are stored: by kind of memory, then again for large sections.
    pub managers: Vec<Option<Address>>,
}

/// How free space is used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSpaceStrategy {
    /// Free-space managers, aggregators and the driver.
    FreeSpaceManagers,
    /// The same within file space pages.
    Pages,
    /// Aggregators and the driver.
    Aggregators,
    /// The driver alone.
    None,
}

/// Kinds of memory that have a manager of their own.
const MEMORY_KINDS: usize = 6;

impl FileSpaceInfo {
    /// Managers of a file that keeps its free space, in version 1.
    pub const MANAGERS: usize = 2 * MEMORY_KINDS;

    /// Decodes the message's body, version 0 (HDF5 1.10.0 only) or 1.
    ///
    /// # Errors
    /// If version or strategy is none that exists, or the body ends early.
    pub fn decode(body: &[u8], context: Context<'_>) -> Result<Self> {
        let mut reader = Reader::new(body, "File Space Info message", "IV.A.2.x");
        if reader.version(0..=1, "0 or 1")? == 0 {
            return Self::decode_v0(reader, context);
        }
        let strategy = match reader.u8()? {
            0 => FileSpaceStrategy::FreeSpaceManagers,
            1 => FileSpaceStrategy::Pages,
            2 => FileSpaceStrategy::Aggregators,
            3 => FileSpaceStrategy::None,
            other => return Err(reader.bad_value("strategy", other, "0 to 3")),
        };
        let persisting_free_space = reader.u8()? != 0;
        let free_space_section_threshold = reader.length(context.sizes)?;
        let file_space_page_size = reader.length(context.sizes)?;
        let page_end_metadata_threshold = reader.u16()?;
        let end_of_allocation = reader.address(context.sizes)?;
        let mut managers = Vec::new();
        if persisting_free_space {
            for _ in 0..Self::MANAGERS {
                managers.push(reader.address(context.sizes)?);
            }
        }
        Ok(Self {
            strategy,
            persisting_free_space,
            free_space_section_threshold,
            file_space_page_size,
            page_end_metadata_threshold,
            end_of_allocation,
            managers,
        })
    }

    /// Appends the message's body, version 0 or 1.
    ///
    /// # Errors
    /// If the version does not exist or cannot say it (version 0 has no pages), the managers are not as many as the version has, or a
    /// number exceeds its field.
    pub fn encode(&self, version: u8, sizes: Sizes, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "File Space Info message", "IV.A.2.x");
        if version > 1 {
            return Err(writer.unencodable("version", "0 or 1"));
        }
        let kinds = if version == 0 { MEMORY_KINDS } else { Self::MANAGERS };
        if self.managers.len() != if self.persisting_free_space { kinds } else { 0 } {
            return Err(
                writer.unencodable("managers", "one for each kind of memory exactly if free space persists")
            );
        }
        writer.u8(version);
        if version == 0 {
            writer.u8(self.strategy_v0(&writer)?);
            writer.length("free_space_section_threshold", self.free_space_section_threshold, sizes)?;
        } else {
            writer.u8(match self.strategy {
                FileSpaceStrategy::FreeSpaceManagers => 0,
                FileSpaceStrategy::Pages => 1,
                FileSpaceStrategy::Aggregators => 2,
                FileSpaceStrategy::None => 3,
            });
            writer.u8(self.persisting_free_space.into());
            writer.length("free_space_section_threshold", self.free_space_section_threshold, sizes)?;
            writer.length("file_space_page_size", self.file_space_page_size, sizes)?;
            writer.u16(self.page_end_metadata_threshold);
            writer.optional_address("end_of_allocation", self.end_of_allocation, sizes)?;
        }
        for &manager in &self.managers {
            writer.optional_address("manager_address", manager, sizes)?;
        }
        Ok(())
    }

    /// Version 0 has strategy and persistence in one number, and nothing of pages.
    fn strategy_v0(&self, writer: &Writer<'_>) -> Result<u8> {
        let has_later_fields = self.file_space_page_size != 0
            || self.page_end_metadata_threshold != 0
            || self.end_of_allocation.is_some();
        match (self.strategy, self.persisting_free_space) {
            _ if has_later_fields => Err(writer.unencodable("file_space_page_size", "0 in version 0")),
            (FileSpaceStrategy::FreeSpaceManagers, true) => Ok(1),
            (FileSpaceStrategy::FreeSpaceManagers, false) => Ok(2),
            (FileSpaceStrategy::Aggregators, false) => Ok(3),
            (FileSpaceStrategy::None, false) => Ok(4),
            _ => {
                Err(writer
                    .unencodable("strategy", "no pages, and persistence with managers only, in version 0"))
            }
        }
    }

    fn decode_v0(mut reader: Reader<'_>, context: Context<'_>) -> Result<Self> {
        let stored_strategy = reader.u8()?;
        let strategy = match stored_strategy {
            1 | 2 => FileSpaceStrategy::FreeSpaceManagers,
            3 => FileSpaceStrategy::Aggregators,
            4 => FileSpaceStrategy::None,
            other => return Err(reader.bad_value("strategy", other, "1 to 4")),
        };
        let persisting_free_space = stored_strategy == 1;
        let free_space_section_threshold = reader.length(context.sizes)?;
        let mut managers = Vec::new();
        if persisting_free_space {
            for _ in 0..MEMORY_KINDS {
                managers.push(reader.address(context.sizes)?);
            }
        }
        Ok(Self {
            strategy,
            persisting_free_space,
            free_space_section_threshold,
            file_space_page_size: 0,
            page_end_metadata_threshold: 0,
            end_of_allocation: None,
            managers,
        })
    }
}

#[cfg(test)]
mod tests {
    use h5_types::Limits;

    use super::*;

    const SIZES: Sizes = Sizes { offsets: 2, lengths: 2 };

    fn decode(body: &[u8]) -> FileSpaceInfo {
        FileSpaceInfo::decode(body, Context { sizes: SIZES, limits: &Limits::default() }).unwrap()
    }

    fn encode(info: &FileSpaceInfo, version: u8) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        info.encode(version, SIZES, &mut out).map(|()| out)
    }

    #[test]
    fn each_strategy_of_each_version_is_written_as_it_reads() {
        let managers = [[0xff; 2], [1, 0], [0xff; 2], [2, 0], [3, 0], [0xff; 2]].concat();
        let persisting_v0 = [&[0, 1, 5, 0][..], &managers].concat();
        assert_eq!(encode(&decode(&persisting_v0), 0).unwrap(), persisting_v0);
        for strategy in 2..=4 {
            let body = [0, strategy, 5, 0];
            assert_eq!(encode(&decode(&body), 0).unwrap(), body);
        }
        for strategy in 0..=3 {
            let body = [1, strategy, 0, 1, 0, 0, 16, 2, 0, 0xff, 0xff];
            assert_eq!(encode(&decode(&body), 1).unwrap(), body);
        }
        let persisting = [&[1, 1, 1, 1, 0, 0, 16, 2, 0, 9, 0][..], &managers, &managers].concat();
        assert_eq!(encode(&decode(&persisting), 1).unwrap(), persisting);
    }

    #[test]
    fn what_a_version_cannot_say_is_an_error() {
        let pages = decode(&[1, 1, 0, 1, 0, 0, 16, 2, 0, 0xff, 0xff]);
        assert!(encode(&pages, 0).is_err());
        assert!(encode(&pages, 2).is_err());
        assert!(encode(&FileSpaceInfo { persisting_free_space: true, ..pages.clone() }, 1).is_err());
        assert!(encode(&FileSpaceInfo { managers: vec![None; 12], ..pages }, 1).is_err());
        let aggregators = decode(&[0, 3, 1, 0]);
        let managers = vec![None; 6];
        assert!(encode(&FileSpaceInfo { persisting_free_space: true, managers, ..aggregators }, 0).is_err());
    }
}
