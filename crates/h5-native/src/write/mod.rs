//! Changing a file: which space may be written, what a change is made of, and in which order it reaches the file.
//!
//! The rules are in `spec-notes/decisions/0004-commit-protocol.md`. In short: new and changed blocks go to space that was free at the
//! last commit; a commit writes them, then the end-of-file address, and then replaces the few *stable* blocks that lead to them, each
//! by one write.

mod address_map;
pub(crate) mod attributes;
pub(crate) mod btree_v1_chunks;
pub(crate) mod btree_v2;
pub(crate) mod chunks;
mod commit;
mod create;
pub(crate) mod dataset;
pub(crate) mod datatypes;
pub(crate) mod fractal_heap;
mod free_list;
mod free_space;
mod free_space_record;
mod global_heap;
mod header;
mod heap_survivors;
pub(crate) mod heap_values;
pub(crate) mod links;
pub(crate) mod object;
mod order;
mod publish;
mod references;
mod remove;
mod session;
mod space;
mod stamping;
pub(crate) mod stored_form;
mod swmr;
mod symbol_table;
#[cfg(test)]
mod test_file;

pub(crate) use create::create;
pub(crate) use free_space::Regime;
pub(crate) use session::Session;
pub(crate) use space::SECTOR_BYTES;
