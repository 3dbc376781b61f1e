//! Python literals as text, and the attributes of PyMoDAQ that hold them.
//!
//! [`parse()`] reads what Python's `repr` writes and evaluates nothing; [`repr()`] writes what Python writes, to the
//! character. [`Envelope`] is the JSON object that PyMoDAQ stores attributes in.

mod envelope;
mod float;
mod json;
mod parse;
mod repr;
mod value;

pub use envelope::{Envelope, decode, decode_recovering, encode};
pub use parse::parse;
pub use repr::{repr, repr_float, repr_str};
pub use value::PyValue;
