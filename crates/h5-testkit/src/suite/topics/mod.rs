//! The cases, a topic a file.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::indexing_slicing,
    reason = "cases compute with small numbers of their own; a panic is a failure of the case"
)]

mod attribute_types;
mod attributes;
mod capability;
mod chunks;
mod concurrency;
mod conversion;
mod creation_order;
mod dataset_types;
mod datasets;
mod errors;
mod fill;
mod groups;
mod large;
mod links;
mod listing;
mod other_files;
mod read_only;
mod references;
mod reopening;
mod resizing;
mod selections;
mod swmr;
mod variable_length;

use h5_backend::{Group, Order};
use h5_types::{Dataspace, Elements, H5Type, LinkTarget, NewAttribute, NewDataset, NewLayout, Result};

use super::Case;

/// Every case.
pub(super) fn all() -> Vec<Case> {
    let topics = [
        groups::cases(),
        links::cases(),
        other_files::cases(),
        listing::cases(),
        creation_order::cases(),
        attributes::cases(),
        attribute_types::cases(),
        datasets::cases(),
        dataset_types::cases(),
        selections::cases(),
        conversion::cases(),
        resizing::cases(),
        fill::cases(),
        chunks::cases(),
        variable_length::cases(),
        references::cases(),
        errors::cases(),
        read_only::cases(),
        reopening::cases(),
        swmr::cases(),
        concurrency::cases(),
        large::cases(),
        capability::cases(),
    ];
    topics.into_iter().flatten().collect()
}

/// Names of a group's links.
fn names(group: &Group, order: Order) -> Result<Vec<String>> {
    group.links(order)?.into_iter().map(|link| Ok(link?.name.to_string())).collect()
}

/// A soft link's target.
fn soft(path: &str) -> LinkTarget {
    LinkTarget::Soft(path.into())
}

/// A scalar attribute with the type of its value.
fn scalar<T: H5Type>(name: &str, value: T) -> Result<(NewAttribute, Elements)> {
    Ok((NewAttribute::new(name, T::datatype(), Dataspace::Scalar), Elements::from_values(&[value])?))
}

/// A dataset of fixed extent.
fn plain<T: H5Type>(dimensions: &[u64]) -> NewDataset {
    NewDataset::new(T::datatype(), Dataspace::fixed(dimensions))
}

/// A chunked dataset that can grow without limit.
fn growing<T: H5Type>(dimensions: &[u64], chunk: &[u64]) -> NewDataset {
    let maximum = vec![None; dimensions.len()];
    let dataspace = Dataspace::Simple { dimensions: dimensions.to_vec(), maximum };
    let mut new = NewDataset::new(T::datatype(), dataspace);
    new.layout = NewLayout::Chunked { chunk: chunk.to_vec(), index: None };
    new
}
