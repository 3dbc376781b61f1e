//! Attributes that follow the length of a growing array.
//!
//! PyMoDAQ rewrites `shape` with each row. Here a row only marks its array, and the attribute is brought up to date before anybody can
//! see the old one: when it is read, and at each flush and close. So a row costs the same whatever the array's length.

use std::collections::BTreeMap;

use h5_backend::Dataset;
use h5_types::{ObjectToken, Result};
use pymodaq_data::PyValue;

use super::Flavour;
use crate::attribute_value::write_value;

/// Arrays whose attributes are behind their extent.
#[derive(Debug, Default)]
pub(super) struct Pending(BTreeMap<ObjectToken, Grown>);

#[derive(Debug, Clone)]
struct Grown {
    array: Dataset,
    /// Of an axis, by how much its attribute `size`, which follows too, is above its length.
    size_above: Option<i64>,
}

impl Pending {
    /// Notes that an array grew.
    pub(super) fn mark(&mut self, array: &Dataset, size_above: Option<i64>) {
        let token = array.object().token();
        let grown = self.0.entry(token).or_insert_with(|| Grown { array: array.clone(), size_above });
        grown.size_above = size_above;
    }

    /// Brings the attributes of one array up to date.
    pub(super) fn settle(&mut self, token: ObjectToken, flavour: Flavour) -> Result<()> {
        if let Some(grown) = self.0.get(&token) {
            grown.settle(flavour)?;
            self.0.remove(&token);
        }
        Ok(())
    }

    /// Brings the attributes of all arrays up to date.
    pub(super) fn settle_all(&mut self, flavour: Flavour) -> Result<()> {
        while let Some((&token, grown)) = self.0.first_key_value() {
            grown.settle(flavour)?;
            self.0.remove(&token);
        }
        Ok(())
    }

    /// Forgets what was noted.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Grown {
    fn settle(&self, flavour: Flavour) -> Result<()> {
        let shape = self.array.shape()?;
        let object = self.array.object();
        if let (Some(&length), Some(above)) = (shape.first(), self.size_above) {
            write_value(object, "size", &integer(length.saturating_add_signed(above)), flavour)?;
        }
        let shape = PyValue::Tuple(shape.into_iter().map(integer).collect());
        write_value(object, "shape", &shape, flavour)
    }
}

/// A length as Python's integer.
fn integer(length: u64) -> PyValue {
    PyValue::Int(i64::try_from(length).unwrap_or(i64::MAX))
}
