//! Attributes that follow the length of a growing array.
//!
//! PyMoDAQ rewrites `shape` with each row. Here a row only marks its array, and the attribute is brought up to date before anybody can
//! see the old one: when it is read, and at each flush and close. So a row costs the same whatever the array's length. While readers follow
//! the file, attributes cannot change, and are brought up to date when that ends.

use std::collections::BTreeMap;

use h5_backend::Dataset;
use h5_types::{ObjectToken, Result};
use pymodaq_data::PyValue;

use super::Flavour;
use crate::attribute_value::write_value;

/// Attributes that follow the length of an array: its shape, and of an axis its size.
pub(crate) const FOLLOWING: [&str; 2] = ["shape", "size"];

/// Arrays whose attributes are behind their extent.
#[derive(Debug, Default)]
pub(super) struct Pending(BTreeMap<ObjectToken, Grown>);

/// An array, from whose extent come the attributes that follow it.
#[derive(Debug, Clone)]
pub(crate) struct Grown {
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

    /// Always in builds for reading only, which the optimizer sees: nothing that writes is compiled in for it then.
    fn is_empty(&self) -> bool {
        cfg!(h5_read_only) || self.0.is_empty()
    }

    /// Brings the attributes of one array up to date.
    pub(super) fn settle(&mut self, token: ObjectToken, flavour: Flavour) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        if let Some(grown) = self.0.get(&token) {
            grown.settle(flavour)?;
            self.0.remove(&token);
        }
        Ok(())
    }

    /// Brings the attributes of all arrays up to date.
    pub(super) fn settle_all(&mut self, flavour: Flavour) -> Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        while let Some((&token, grown)) = self.0.first_key_value() {
            grown.settle(flavour)?;
            self.0.remove(&token);
        }
        Ok(())
    }

    /// An array whose attributes are behind.
    pub(super) fn get(&self, token: ObjectToken) -> Option<Grown> {
        if self.is_empty() { None } else { self.0.get(&token).cloned() }
    }

    /// Forgets what was noted.
    pub(super) fn clear(&mut self) {
        if !self.is_empty() {
            self.0.clear();
        }
    }
}

impl Grown {
    pub(crate) fn new(array: Dataset, size_above: Option<i64>) -> Self {
        Self { array, size_above }
    }

    pub(super) fn settle(&self, flavour: Flavour) -> Result<()> {
        FOLLOWING.iter().try_for_each(|name| match self.value(name)? {
            Some(value) => write_value(self.array.object(), name, &value, flavour),
            None => Ok(()),
        })
    }

    /// The value that an attribute should have; `None` for one that does not follow the extent.
    pub(crate) fn value(&self, name: &str) -> Result<Option<PyValue>> {
        match (name, self.size_above) {
            ("shape", _) => {
                let shape = self.array.shape()?;
                Ok(Some(PyValue::Tuple(shape.into_iter().map(integer).collect())))
            }
            ("size", Some(above)) => {
                let length = self.array.shape()?.first().copied();
                Ok(length.map(|length| integer(length.saturating_add_signed(above))))
            }
            _ => Ok(None),
        }
    }
}

/// A length as Python's integer.
fn integer(length: u64) -> PyValue {
    PyValue::Int(i64::try_from(length).unwrap_or(i64::MAX))
}
