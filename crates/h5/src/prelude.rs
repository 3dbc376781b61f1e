//! What most programs use: `use h5::prelude::*;`.

pub use h5_types::Complex;
pub use ndarray::{self, Array, Array1, Array2, Array3, ArrayD, s};

pub use crate::{
    AccessPolicy, Attribute, Dataset, Dataspace, Datatype, Error, ErrorKind, File, Group, H5Type, Name,
    Object, ObjectKind, OpenOptions, Order, PlainType, Reference, Result, Selection, StorageKind, Value,
};
