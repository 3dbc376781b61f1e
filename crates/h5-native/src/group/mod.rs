//! Where a group's links are, besides its object header.

mod dense;
mod symbol_table;

pub use dense::{DenseAttribute, DenseAttributes, DenseLinks};
pub use symbol_table::SymbolTable;
