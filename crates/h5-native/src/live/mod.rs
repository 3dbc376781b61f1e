//! Files that another process is writing: see `spec-notes/decisions/0007-live.md`.

mod file;
mod node;
mod split;
mod stamp;
mod surroundings;
mod view;

pub use file::LiveFile;
pub(crate) use stamp::Stamp;
pub use surroundings::Surroundings;
