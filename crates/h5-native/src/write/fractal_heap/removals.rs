//! Objects that were removed, and whose bytes wait for a commit.

use h5_types::Result;

use super::{HeapWriter, Session};

/// An object that was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::write) enum Removal {
    /// In a direct block.
    Managed {
        /// Where it begins in the heap.
        offset: u64,
        /// Its bytes.
        length: u64,
    },
    /// On its own, by its key.
    Huge {
        /// The key.
        key: u64,
    },
}

/// Objects that were removed from one heap, of which only this session knows: in the file they are objects still. If the session ends
/// without being closed, their bytes stay unused.
#[derive(Debug, Default)]
pub(in crate::write) struct Removals {
    /// Since the last commit.
    waiting: Vec<Removal>,
    /// Before it: no index of the file names them any more.
    ripe: Vec<Removal>,
}

impl Removals {
    /// Notes a removal since the last commit.
    pub(super) fn wait(&mut self, removal: Removal) {
        self.waiting.push(removal);
    }

    /// A commit has been made.
    pub(in crate::write) fn committed(&mut self) {
        self.ripe.append(&mut self.waiting);
    }

    /// True if nothing can be given back yet.
    pub(in crate::write) fn is_unripe(&self) -> bool {
        self.ripe.is_empty()
    }
}

/// Gives back what was removed before the last commit, from all heaps of the file, in the order of their addresses: the same changes make
/// the same file.
///
/// # Errors
/// Those of opening and finishing the heaps.
pub(in crate::write) fn give_back(session: &mut Session) -> Result<()> {
    let heaps = session.heap_removals.iter().filter(|(_, removals)| !removals.is_unripe());
    let mut heaps: Vec<_> = heaps.map(|(&address, _)| address).collect();
    heaps.sort_unstable();
    for address in heaps {
        HeapWriter::open(session, address)?.finish(session)?;
    }
    Ok(())
}

/// Gives back what was removed from a heap before the last commit.
pub(super) fn apply_ripe(session: &mut Session, heap: &mut HeapWriter) -> Result<()> {
    let Some(removals) = session.heap_removals.get_mut(&heap.address) else { return Ok(()) };
    let ripe = std::mem::take(&mut removals.ripe);
    if removals.waiting.is_empty() {
        session.heap_removals.remove(&heap.address);
    }
    ripe.into_iter().try_for_each(|removal| heap.give_back(session, removal))
}

impl HeapWriter {
    /// Gives back the bytes of an object that nobody names any more.
    pub(super) fn give_back(&mut self, session: &mut Session, removal: Removal) -> Result<()> {
        self.changed = true;
        match removal {
            Removal::Managed { offset, length } => {
                self.free.insert(offset, length);
                self.header.managed_free_bytes = self.header.managed_free_bytes.saturating_add(length);
                self.header.managed_objects = self.header.managed_objects.saturating_sub(1);
                Ok(())
            }
            Removal::Huge { key } => self.remove_huge(session, key),
        }
    }
}
