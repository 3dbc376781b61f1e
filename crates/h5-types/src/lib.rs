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

mod address;
pub mod convert;
mod creation;
mod dataset_info;
mod dataspace;
mod datatype;
mod element_type;
mod elements;
mod error;
mod limits;
mod link;
mod name;
mod options;
mod reference;
mod selection;
mod shortened;
mod value;

pub use address::Address;
pub use convert::Converter;
pub use creation::{NewAttribute, NewDataset, NewGroup, NewLayout};
pub use dataset_info::{
    AllocationTime, ChunkIndexKind, ChunkInfo, DatasetInfo, ExternalFile, FillDefinition, FillTime,
    FillValue, FilterInfo, Layout, VirtualMapping,
};
pub use dataspace::Dataspace;
pub use datatype::{
    ArrayType, BitfieldType, ByteOrder, CharacterSet, ComplexType, CompoundType, Datatype, EnumMember,
    EnumType, FloatType, IntegerType, MantissaNormalization, Member, OpaqueType, Padding, ReferenceKind,
    ReferenceType, StringLength, StringPadding, StringType, TimeType, VlenType,
};
pub use element_type::{
    FieldDecoder, FieldEncoder, Fill, H5Type, PlainType, check_readable, check_writable, decode_all,
};
pub use elements::{Elements, Heap};
pub use error::{Error, ErrorKind, Result};
pub use limits::Limits;
pub use link::{Link, LinkTarget};
pub use name::Name;
pub use num_complex::Complex;
pub use options::{AccessPolicy, Durability, LibverBounds, Locking};
pub use reference::{ObjectToken, Reference};
pub use selection::{
    Block, Copies, CopyRun, Hyperslab, HyperslabDimension, Partition, Piece, Pieces, Points,
    ResolvedSelection, Run, Runs, Selection,
};
pub use shortened::shortened;
pub use value::Value;
