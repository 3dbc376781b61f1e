//! Changing a file: which space may be written, what a change is made of, and in which order it reaches the file.
//!
//! The rules are in `spec-notes/decisions/0004-commit-protocol.md`. In short: new and changed blocks go to space that was free at the
//! last commit; a commit writes them, then the end-of-file address, and then replaces the few *stable* blocks that lead to them, each
//! by one write.

pub(crate) mod btree_v2;
mod commit;
mod create;
pub(crate) mod dataset;
pub(crate) mod fractal_heap;
mod free_list;
mod header;
pub(crate) mod links;
mod order;
mod session;
mod space;
#[cfg(test)]
mod test_file;

pub(crate) use create::create;
pub(crate) use session::Session;
