//! The proof that a flush is kept: workloads that know what they flushed, the states in which their file can be found after a crash,
//! and the judge of such a state.
//!
//! A [`Script`] changes a file and, in the same breath, a [`Model`] of it; each flush keeps a copy of the model. [`prefixes`],
//! [`power_cuts`], [`torn_power_cuts`] and [`torn_writes`] make the states, of the file and of the record beside it. [`observe`] reads a state whole, and [`judge()`] compares what was found with the
//! models on either side of the crash.

mod judge;
mod model;
mod observed;
mod script;
mod states;
pub mod workloads;

pub use judge::judge;
pub use model::{Content, Id, Model, ModelObject, Value};
pub use observed::{Observed, ObservedContent, observe};
pub use script::{DatasetShape, Script};
pub use states::{State, power_cuts, prefixes, torn_power_cuts, torn_writes};
