//! A group whose children's attributes were read once.

use std::collections::BTreeMap;

use h5_types::Result;
use pymodaq_data::{Axis, DataType, PyValue};

use super::axis;
use crate::node::{GROUP, Node, NodeKind};
use crate::saver::number_of;

/// The children of a group, in order of their names.
#[derive(Debug)]
pub(super) struct Children(pub(super) Vec<Child>);

/// A child with its attributes.
#[derive(Debug)]
pub(super) struct Child {
    pub(super) node: Node,
    pub(super) attributes: BTreeMap<String, PyValue>,
}

impl Children {
    pub(super) fn of(group: &GROUP) -> Result<Self> {
        let nodes = group.children()?.into_values();
        let children = nodes.map(|node| {
            // Groups are only counted here; what they say of themselves is read when they are asked.
            let attributes = if node.kind() == NodeKind::Group { BTreeMap::new() } else { node.attrs()? };
            Ok(Child { node, attributes })
        });
        children.collect::<Result<_>>().map(Self)
    }

    /// Arrays of a type.
    pub(super) fn of_type(&self, data_type: DataType) -> impl Iterator<Item = &Child> {
        self.0.iter().filter(move |child| child.data_type() == Some(data_type.name()))
    }

    /// The array of a type with the same number as an array.
    pub(super) fn matching(&self, data_type: DataType, number: u32) -> Option<&Child> {
        self.of_type(data_type).find(|child| number_of(child.node.name(), data_type.value()) == Some(number))
    }

    /// All axes; one that cannot be loaded is an error.
    pub(super) fn axes(&self) -> Result<Vec<Axis>> {
        self.of_type(DataType::Axis).map(|child| axis::load(&child.node, &child.attributes)).collect()
    }
}

impl Child {
    pub(super) fn data_type(&self) -> Option<&str> {
        self.attributes.get("data_type").and_then(PyValue::as_str)
    }
}
