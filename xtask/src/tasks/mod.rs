//! One module a task.

pub(crate) mod bench;
pub(crate) mod binary;
pub(crate) mod browser;
pub(crate) mod cargo_checks;
pub(crate) mod conformance;
pub(crate) mod crash;
pub(crate) mod dependencies;
pub(crate) mod fuzz;
pub(crate) mod hsds;
pub(crate) mod interop;
pub(crate) mod killed;
pub(crate) mod libhdf5;
pub(crate) mod live;
pub(crate) mod malformed;
pub(crate) mod matrix;
pub(crate) mod msrv;
pub(crate) mod pymodaq;
mod python;
pub(crate) mod random;
pub(crate) mod readme;
pub(crate) mod repack;
pub(crate) mod simulation;
pub(crate) mod sources;
pub(crate) mod static_binary;
pub(crate) mod wasm;
mod wasm_toolchain;
