use h5_types::Result;
use pymodaq_data::{Attributes, DataDistribution, DataToExport, PyValue};

use super::{
    DataToExportEnlargeableSaver, DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver,
};

/// Data with what a saver has to know to save them: what one thread hands to another that saves.
#[derive(Debug, Clone, PartialEq)]
pub struct DataBundle {
    /// The data.
    pub dte: DataToExport,
    /// The path of the group that they go to.
    pub node: String,
    /// Settings, where the saver notes them: as XML.
    pub settings: Option<PyValue>,
    /// The place in a scan.
    pub indexes: Vec<usize>,
    /// A value of each axis along which data grow.
    pub axis_values: Vec<f64>,
    /// How the places of a scan lie.
    pub distribution: DataDistribution,
    /// The number of the step, for whoever counts them; no saver looks at it.
    pub save_index: usize,
}

impl DataBundle {
    /// Data for a group; everything else is empty.
    pub fn new(dte: DataToExport, node: impl Into<String>) -> Self {
        Self {
            dte,
            node: node.into(),
            settings: None,
            indexes: Vec::new(),
            axis_values: Vec::new(),
            distribution: DataDistribution::Uniform,
            save_index: 0,
        }
    }
}

impl DataToExportSaver {
    /// Saves data and their settings.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_data`].
    pub fn add_data_bundle(&self, bundle: &DataBundle) -> Result<()> {
        self.add_data_with(&bundle.node, &bundle.dte, bundle.settings.clone(), &Attributes::new())
    }
}

impl DataToExportEnlargeableSaver {
    /// Appends data with their axis values.
    ///
    /// # Errors
    /// As [`DataToExportEnlargeableSaver::add_data`].
    pub fn add_data_bundle(&self, bundle: &DataBundle) -> Result<()> {
        self.add_data(&bundle.node, &bundle.dte, &bundle.axis_values)
    }
}

impl DataToExportTimedSaver {
    /// Appends data at the time of their timestamp.
    ///
    /// # Errors
    /// As [`DataToExportTimedSaver::add_data`].
    pub fn add_data_bundle(&self, bundle: &DataBundle) -> Result<()> {
        self.add_data(&bundle.node, &bundle.dte)
    }
}

impl DataToExportExtendedSaver {
    /// Saves data at their place in the scan.
    ///
    /// # Errors
    /// As [`DataToExportExtendedSaver::add_data`].
    pub fn add_data_bundle(&self, bundle: &DataBundle) -> Result<()> {
        self.add_data(&bundle.node, &bundle.dte, &bundle.indexes, bundle.distribution)
    }
}
