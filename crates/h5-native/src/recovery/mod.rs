//! What a writer that was killed, or a copy that was cut short, leaves behind: what is wrong is told, and what is there is saved.
//!
//! [`Recovery`] shows a damaged file as it can be saved: with the superblock that it should have, and with a group `/lost+found` of the
//! objects that no link leads to any more. Nothing is written to the file; a copy of what is shown is a sound file.

mod chunk_blocks;
mod chunks;
mod in_place;
mod lost_and_found;
mod mended;
mod names;
mod orphans;
mod reach;
mod recovered;
mod scan;
mod superblock;

pub use in_place::{Relinked, recover_in_place};
pub use recovered::{Diagnosis, LOST_AND_FOUND, Orphan, Recovery, SavedChunk};
pub use superblock::{Cleared, clear_flags, inspect_flags};
