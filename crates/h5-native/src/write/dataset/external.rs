//! Elements in other files, whose parts follow one another as one block (specification IV.A.2.h).

use std::sync::Arc;

use h5_types::{Dataspace, Error, Name, Result};

use super::block::{ElementBlock, write_elements};
use super::description::Description;
use super::fill::filled;
use super::write::NewElements;
use crate::vfd::{self, Vfd};
use crate::write::session::Session;

/// Bytes written at once.
const TILE_BYTES: u64 = 1 << 20;

/// The way to files that a dataset names, under the access policy of the file.
pub(crate) trait Files {
    /// A file to be written, which is created if it is not there.
    ///
    /// # Errors
    /// `PermissionDenied` if the policy forbids it; `Io`.
    fn open_raw_writable(&self, name: &Name) -> Result<Arc<dyn Vfd>>;
}

/// Writes elements. They are overwritten in place.
///
/// # Errors
/// Those of storing elements and of opening the files; `Format` if the files reserve too few bytes; `Io`.
pub(super) fn write(
    session: &mut Session,
    files: &dyn Files,
    description: &Description,
    new: &NewElements<'_>,
) -> Result<()> {
    if new.form.needs_session() {
        let text = "elements with variable parts in external files, which no commit covers";
        return Err(Error::unsupported(text));
    }
    let mut block = ExternalBlock::open(description, files)?;
    write_elements(session, &mut block, new)
}

/// Makes ready for another extent, which differs in the first dimension: elements that are given up become the fill value.
///
/// # Errors
/// As [`write()`].
pub(super) fn resize(files: &dyn Files, description: &Description, extent: &Dataspace) -> Result<()> {
    let now = description.stored_bytes()?;
    let then = Description { dataspace: extent.clone(), ..description.clone() }.stored_bytes()?;
    if then >= now {
        // The files may have room for them.
        let most = description
            .external
            .iter()
            .try_fold(0_u64, |sum, file| file.size_bytes.map(|size| sum.saturating_add(size)));
        return match most.filter(|&most| most < then) {
            Some(most) => Err(Error::usage(format!("external files of {most} bytes for {then}"))),
            None => Ok(()),
        };
    }
    let block = ExternalBlock::open(description, files)?;
    let element_bytes = description.element_bytes().max(1);
    let elements = TILE_BYTES.checked_div(element_bytes).unwrap_or(1).max(1);
    let tile = filled(description, elements.saturating_mul(element_bytes).min(now.saturating_sub(then)))?;
    let mut at = then;
    while at < now {
        let left = usize::try_from(now.saturating_sub(at)).unwrap_or(usize::MAX);
        let part = tile.get(..left.min(tile.len())).unwrap_or(&tile);
        block.put(at, part)?;
        at = at.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
    }
    Ok(())
}

/// Files that hold the elements one after the other.
struct ExternalBlock {
    parts: Vec<Part>,
}

struct Part {
    name: Name,
    /// First byte of the block that is in this file.
    start: u64,
    /// First byte that is not.
    end: u64,
    offset_in_file: u64,
    file: Arc<dyn Vfd>,
}

impl ExternalBlock {
    /// Opens the files that hold elements; the others are not needed.
    fn open(description: &Description, files: &dyn Files) -> Result<Self> {
        let needed = description.stored_bytes()?;
        let (mut parts, mut start) = (Vec::new(), 0_u64);
        for slot in &description.external {
            if start >= needed {
                break;
            }
            let end = slot.size_bytes.map_or(u64::MAX, |size| start.saturating_add(size));
            let file = files.open_raw_writable(&slot.name)?;
            parts.push(Part { name: slot.name.clone(), start, end, offset_in_file: slot.offset_bytes, file });
            start = end;
        }
        if start < needed {
            return Err(Error::format(format!(
                "the external files reserve {start} bytes, the dataset has {needed}"
            ))
            .in_structure("Data Storage - External Data Files message", "IV.A.2.h"));
        }
        Ok(Self { parts })
    }

    fn put(&self, offset: u64, bytes: &[u8]) -> Result<()> {
        self.for_each(offset, bytes.len(), |part, at, range| {
            vfd::write_all_at(&*part.file, at, bytes.get(range).unwrap_or_default())
        })
    }

    /// Calls `each` with a file, an offset in it, and the range of the caller's bytes that belong there.
    fn for_each(
        &self,
        offset: u64,
        length: usize,
        mut each: impl FnMut(&Part, u64, std::ops::Range<usize>) -> std::io::Result<()>,
    ) -> Result<()> {
        let mut done = 0_usize;
        for part in &self.parts {
            let position = offset.saturating_add(u64::try_from(done).unwrap_or(u64::MAX));
            if done >= length || position < part.start || position >= part.end {
                continue;
            }
            let room = usize::try_from(part.end.saturating_sub(position)).unwrap_or(usize::MAX);
            let next = done.saturating_add(room).min(length);
            let within = position.saturating_sub(part.start);
            let at = part.offset_in_file.checked_add(within);
            let at = at.ok_or_else(|| Error::format("an external file's offset past 64 bits"))?;
            each(part, at, done..next)
                .map_err(|error| Error::from(error).with_path(part.name.to_string()))?;
            done = next;
        }
        Ok(())
    }
}

impl ElementBlock for ExternalBlock {
    fn read(&self, _session: &Session, offset: u64, buffer: &mut [u8]) -> Result<()> {
        // What a file is too short for reads as zeros.
        buffer.fill(0);
        let length = buffer.len();
        self.for_each(offset, length, |part, at, range| {
            vfd::read_up_to(&*part.file, at, buffer.get_mut(range).unwrap_or_default()).map(|_| ())
        })
    }

    fn write(&mut self, _session: &mut Session, offset: u64, bytes: &[u8]) -> Result<()> {
        self.put(offset, bytes)
    }
}
