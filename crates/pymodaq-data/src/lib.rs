#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

pub mod array;
mod attributes;
mod axis;
mod data;
mod data_to_export;
mod enums;
mod error;
pub mod literal;
pub mod parameter;
pub mod pickle;
mod units;

pub use array::{Array, DType, Element, Index, Operation, Scalar};
pub use attributes::Attributes;
pub use axis::{Axis, AxisValues};
pub use data::{
    DataBuilder, DataCalculated, DataFromPlugins, DataFromRoi, DataRaw, DataWithAxes, ValueIndex,
};
pub use data_to_export::DataToExport;
pub use enums::{
    DataDim, DataDistribution, DataSource, DataType, FileType, GroupModuleType, GroupType, SaveType,
    capitalize,
};
pub use error::{Error, ErrorKind, Result};
pub use literal::PyValue;
pub use parameter::Parameter;
pub use {ndarray, num_complex};
