//! The attributes that arrays of data have.

use pymodaq_data::{Attributes, DataDistribution, DataWithAxes, PyValue};

/// Attributes that describe an array; all others are extra.
const DESCRIBING: [&str; 20] = [
    "TITLE",
    "CLASS",
    "VERSION",
    "backend",
    "source",
    "data_dimension",
    "distribution",
    "label",
    "origin",
    "nav_indexes",
    "dtype",
    "data_type",
    "subdtype",
    "shape",
    "size",
    "EXTDIM",
    "path",
    "timestamp",
    "units",
    "extra_attributes",
];

/// Where an array's data come from, and in which of the two forms.
#[derive(Debug, Clone, Copy)]
pub(super) struct Described<'a> {
    pub(super) data: &'a DataWithAxes,
    pub(super) nav_indexes: &'a [usize],
    pub(super) distribution: DataDistribution,
    pub(super) units: bool,
}

impl<'a> Described<'a> {
    /// Data as they are.
    pub(super) fn plain(data: &'a DataWithAxes) -> Self {
        Self { data, nav_indexes: data.nav_indexes(), distribution: data.distribution(), units: true }
    }

    /// The attributes of the array of one label.
    pub(super) fn attributes(&self, label: &str, further: &Attributes) -> Attributes {
        let data = self.data;
        let mut attributes = Attributes::new();
        attributes.set("timestamp", data.timestamp());
        attributes.set("label", label);
        attributes.set("source", data.source().name());
        attributes.set("distribution", self.distribution.name());
        attributes.set("origin", data.origin());
        if self.units {
            attributes.set("units", data.units());
        }
        attributes.set("nav_indexes", PyValue::tuple_of(self.nav_indexes));
        for (name, value) in further.iter().chain(data.extra_attributes().iter()) {
            attributes.set(name, value.clone());
        }
        attributes
    }
}

/// Whether an attribute is extra: not one that describes the array.
pub(super) fn is_extra(name: &str) -> bool {
    !DESCRIBING.contains(&name)
}
