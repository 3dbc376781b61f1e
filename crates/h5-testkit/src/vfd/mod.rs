//! Storage drivers that stand between a file and its bytes: one that remembers what was written, one that fails.

mod faulty;
mod recording;

pub use faulty::{Fault, FaultKind, FaultyVfd};
pub use recording::{Operation, RecordingVfd, Replay};
