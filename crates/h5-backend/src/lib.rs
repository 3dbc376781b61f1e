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

mod attribute;
mod attribute_value;
mod backend;
mod children;
pub mod conventions;
mod copy;
mod dataset;
mod file;
mod group;
mod object;
mod path;
mod registry;
mod walk;

pub use attribute::Attribute;
pub use attribute_value::{AttributeElement, AttributeValue};
pub use backend::{
    AttributeInfo, Backend, Capability, DatasetNode, ElementSource, Feature, FileInfo, FileSpaceStrategy,
    GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit, append_by_resize,
};
pub use children::{Child, Children};
pub use copy::{
    CopiedPart, CopyFailure, CopyOptions, CopyProgress, CopyRemark, CopyReport, CopyVerdict, LinkCopy,
    unfinished_source,
};
pub use dataset::{ArrayData, Dataset, DatasetBuilder, Iter, Values, auto_chunk};
pub use file::File;
pub use group::Group;
pub use object::{CommittedDatatype, Object};
pub use registry::{Mode, Opener, Registry};
pub use walk::Walk;
