//! Heaps, read from storage: where names, variable-length values and messages are.

mod fractal;
mod global;
mod local;

pub use fractal::FractalHeap;
pub use global::GlobalHeapReader;
pub use local::{HeapText, LocalHeapReader};
