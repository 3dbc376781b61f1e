//! Raw data in external files (specification IV.A.2.h): the files' parts follow one another as one block.

use std::sync::Arc;

use h5_types::{Error, ErrorKind, ExternalFile, Name, Result};

use super::FileResolver;
use crate::vfd::{self, Vfd};

/// The external files of one dataset, opened.
#[derive(Debug)]
pub(super) struct ExternalStorage {
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    name: Name,
    /// First byte of the block that is in this file.
    start: u64,
    /// Its bytes in this file; `None` is all that follow.
    size: Option<u64>,
    offset_in_file: u64,
    file: Arc<dyn Vfd>,
}

impl ExternalStorage {
    /// Opens the files that hold the first `needed_bytes` of the block; the others are not needed.
    pub(super) fn open(
        files: &[ExternalFile],
        needed_bytes: u64,
        resolver: &dyn FileResolver,
    ) -> Result<Self> {
        let mut parts = Vec::with_capacity(files.len());
        let mut start = 0_u64;
        for slot in files {
            if start >= needed_bytes {
                break;
            }
            let file = resolver.open_raw(&slot.name)?.ok_or_else(|| {
                Error::new(
                    ErrorKind::NotFound,
                    format!("external raw data file \"{}\" is not there", slot.name),
                )
            })?;
            let size = slot.size_bytes;
            parts.push(Part {
                name: slot.name.clone(),
                start,
                size,
                offset_in_file: slot.offset_bytes,
                file,
            });
            start = size.and_then(|size| start.checked_add(size)).unwrap_or(u64::MAX);
        }
        if start < needed_bytes {
            return Err(Error::format(format!(
                "the external files reserve {start} bytes, the dataset has {needed_bytes}"
            ))
            .in_structure("Data Storage - External Data Files message", "IV.A.2.h"));
        }
        Ok(Self { parts })
    }

    /// Fills `buffer` from byte `offset` of the block on. What a file is too short for reads as zeros.
    pub(super) fn read(&self, offset: u64, buffer: &mut [u8]) -> Result<()> {
        let (mut position, mut rest) = (offset, buffer);
        for part in &self.parts {
            if rest.is_empty() {
                break;
            }
            let Some(within) = position.checked_sub(part.start) else { break };
            let available = part.size.map_or(u64::MAX, |size| size.saturating_sub(within));
            let take = usize::try_from(available).unwrap_or(usize::MAX).min(rest.len());
            if take == 0 {
                continue;
            }
            let (here, later) = rest.split_at_mut(take);
            let at = part
                .offset_in_file
                .checked_add(within)
                .ok_or_else(|| Error::format("offset past 64 bits"))?;
            let filled = vfd::read_up_to(&*part.file, at, here)
                .map_err(|error| Error::from(error).with_path(part.name.to_string()))?;
            here.get_mut(filled..).unwrap_or_default().fill(0);
            position = position.saturating_add(u64::try_from(take).unwrap_or(u64::MAX));
            rest = later;
        }
        rest.fill(0);
        Ok(())
    }
}
