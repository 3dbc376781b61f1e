//! The commit stamp from the writer's side: see `spec-notes/decisions/0007-live.md`.

use h5_types::{Address, Result};

use super::publish::Replaced;
use crate::Storage;
use crate::live::Stamp;
use crate::object::FileCore;

/// The stamp of a file that has one. The others stay without: there is no room behind the superblock that is nobody's.
#[derive(Debug)]
pub(crate) struct Stamping {
    place: Address,
    last: Stamp,
}

impl Stamping {
    /// The stamp of an open file.
    pub(crate) fn find(core: &FileCore) -> Option<Self> {
        let place = Stamp::place(core);
        let last = Stamp::read(&**core.storage().vfd(), place)?;
        let place = Address(place.saturating_sub(core.storage().base_address()));
        // A writer that was killed while it published said so to the end.
        Some(Self { place, last: Stamp { publishing: false, ..last } })
    }

    /// Says that blocks are being replaced: whoever reads meanwhile reads again.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn begin(&self, storage: &Storage, replaced: &mut Replaced) -> Result<()> {
        replaced.push((self.place, self.last.encode().to_vec()));
        storage.write_raw(self.place, &Stamp { publishing: true, ..self.last }.encode())
    }

    /// Says that the next commit is there.
    ///
    /// # Errors
    /// `Io`. The stamp may then say either; when the commit is taken back, it first says again that blocks are being replaced.
    pub(crate) fn end(&mut self, storage: &Storage, replaced: &mut Replaced) -> Result<()> {
        let publishing = replaced.iter().any(|(address, _)| *address == self.place);
        replaced.push((self.place, Stamp { publishing, ..self.last }.encode().to_vec()));
        let next = Stamp { commit: self.last.commit.wrapping_add(1), publishing: false };
        storage.write_raw(self.place, &next.encode())?;
        self.last = next;
        Ok(())
    }
}
