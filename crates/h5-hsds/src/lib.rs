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

mod ahead;
mod append;
mod attributes;
mod cache;
mod counts;
mod credentials;
mod dataset;
mod dataset_json;
mod datatype;
mod file;
mod folder;
mod group;
mod http;
mod id;
mod json;
mod listed;
mod location;
mod node;
mod object;
mod options;
mod pending;
mod restart;
mod select;
mod session;
mod spelled;
mod transfer;
mod value;
mod wire;

pub use credentials::Credentials;
pub use file::HsdsFile;
pub use folder::{Folder, FolderEntry};
pub use location::Endpoint;
pub use options::HsdsOptions;
