//! The elements of a node of any kind, PyMoDAQ's or not.

use h5_types::{Error, Result};
use pymodaq_data::Array;

use crate::node::{Node, NodeKind};

/// What an array holds.
#[derive(Debug)]
pub(super) enum Contents {
    /// Numbers, truth values, or text of which each element is one.
    Regular(Array),
    /// Lines of text.
    Lines(Vec<String>),
    /// Rows of different lengths.
    Rows(Vec<Array>),
}

/// The elements of an array.
///
/// # Errors
/// `Usage` for a group, `Unsupported` for elements that are neither numbers nor text; those of reading.
pub(super) fn contents(node: &Node) -> Result<Contents> {
    match node.kind() {
        NodeKind::Group => Err(Error::usage("a group, expected an array").with_path(node.path())),
        NodeKind::StringArray => node.clone().into_string_array()?.read().map(Contents::Lines),
        NodeKind::VlArray => node.clone().into_vlarray()?.read().map(Contents::Rows),
        NodeKind::CArray | NodeKind::EArray if is_text(node)? => text(node).map(Contents::Regular),
        NodeKind::CArray | NodeKind::EArray => node.clone().into_carray()?.read().map(Contents::Regular),
    }
}

/// The elements of an array, where rows of different lengths make no sense.
///
/// # Errors
/// `Usage` for rows of different lengths; else as [`contents`].
pub(super) fn regular(node: &Node) -> Result<Array> {
    match contents(node)? {
        Contents::Regular(array) => Ok(array),
        Contents::Lines(lines) => Ok(Array::from(lines)),
        Contents::Rows(rows) => {
            let length = rows.first().map(Array::size);
            if rows.iter().any(|row| Some(row.size()) != length) {
                return Err(
                    Error::usage("rows of different lengths, which make no table").with_path(node.path())
                );
            }
            if cfg!(h5_read_only) {
                // Putting arrays of 14 types together would be a tenth of a module that only reads.
                let message = "rows that are stored one by one are exported by the program `h5` alone";
                return Err(Error::unsupported(message).with_path(node.path()));
            }
            Array::stack(&rows).map_err(|error| Error::usage(error.to_string()).with_path(node.path()))
        }
    }
}

fn is_text(node: &Node) -> Result<bool> {
    let info = node.dataset()?.info()?;
    Ok(matches!(info.datatype, h5_types::Datatype::String(_)))
}

fn text(node: &Node) -> Result<Array> {
    let texts = node.dataset()?.read_array::<String>()?;
    Ok(Array::from(texts))
}
