//! Storage drivers that stand between a file and its bytes: one that remembers what was written, one that fails, one that is soon full,
//! one that gives a byte at a time.

mod accompanied;
mod bounded;
mod faulty;
mod recording;
mod trickle;

pub use accompanied::AccompaniedVfd;
pub use bounded::BoundedVfd;
pub use faulty::{Fault, FaultKind, FaultyVfd};
pub use recording::{Operation, Place, RecordingVfd, Replay};
pub use trickle::TrickleVfd;
