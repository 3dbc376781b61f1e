use h5_types::{Error, Result};
use pymodaq_data::{Array, DataToExport, DataType, DataWithAxes};

use super::axis::AxisSaverLoader;
use super::channels::Channels;
use super::children::Children;
use super::enlargeable::DataEnlargeableSaver;
use super::export_extended::nav_group;
use super::handles::Handles;
use super::management::DataManagement;
use crate::backend::Location;
use crate::node::{EARRAY, GROUP};
use crate::saver::{Fidelity, H5SaverLowLevel};

/// Appends several data each time, with axes that they share: see [`DataEnlargeableSaver`].
#[derive(Debug)]
pub struct DataToExportEnlargeableSaver {
    saver: DataEnlargeableSaver,
    channels: Channels,
    enl_axes: Vec<(String, String)>,
    axes: Handles<Vec<EARRAY>>,
}

impl DataToExportEnlargeableSaver {
    /// Of a file, with labels and units of the axes along which data grow.
    pub fn new(h5saver: &H5SaverLowLevel, enl_axes: &[(&str, &str)]) -> Self {
        Self {
            saver: DataEnlargeableSaver::new(h5saver, &[]),
            channels: Channels::new(h5saver),
            enl_axes: enl_axes.iter().map(|&(label, units)| (label.to_owned(), units.to_owned())).collect(),
            axes: Handles::default(),
        }
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        self.saver.h5saver()
    }

    /// Appends data, with a value of each axis.
    ///
    /// # Errors
    /// `Usage` for data of another shape, and for another number of values than axes; else as [`H5SaverLowLevel::add_array`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport, axis_values: &[f64]) -> Result<()> {
        let all: Vec<_> = data.iter().collect();
        self.save(&place.group(self.h5saver())?, &all, axis_values)?;
        self.h5saver().tick_complete()
    }

    pub(crate) fn save(&self, group: &GROUP, data: &[&DataWithAxes], axis_values: &[f64]) -> Result<()> {
        if axis_values.len() != self.enl_axes.len() {
            let message = format!("{axis_values:?} for {} axes", self.enl_axes.len());
            return Err(Error::usage(message).with_path(group.path()));
        }
        self.channels.each(group, data, |channel, one| self.saver.save(channel, one, None))?;
        let axes = self.axes.get_or_make(group, || self.open_or_create_axes(group))?;
        let counts = self.h5saver().fidelity() == Fidelity::Improved || !self.h5saver().is_swmr_active();
        for (axis, &value) in axes.iter().zip(axis_values) {
            if !counts {
                // PyMoDAQ forgets values while readers follow the file.
                axis.miscount(-1);
            }
            axis.append(&Array::from([value]))?;
        }
        Ok(())
    }

    fn open_or_create_axes(&self, group: &GROUP) -> Result<Vec<EARRAY>> {
        let (nav, is_new) = nav_group(self.h5saver(), group)?;
        if !is_new {
            let children = Children::of(&nav)?;
            let axes = children.of_type(DataType::Axis).map(|child| child.node.clone().into_earray());
            return axes.collect();
        }
        let saver = AxisSaverLoader::new(self.h5saver());
        let axes = self.enl_axes.iter().enumerate();
        axes.map(|(order, (label, units))| saver.add_enlargeable_axis(&nav, label, units, order)).collect()
    }
}

/// Appends several data each time, with the time of each: axis `time`, in seconds since 1970.
#[derive(Debug)]
pub struct DataToExportTimedSaver(DataToExportEnlargeableSaver);

impl DataToExportTimedSaver {
    /// Of a file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self(DataToExportEnlargeableSaver::new(h5saver, &[("time", "s")]))
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        self.0.h5saver()
    }

    /// Appends data at the time of their timestamp.
    ///
    /// # Errors
    /// As [`DataToExportEnlargeableSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.0.add_data(place, data, &[data.timestamp()])
    }

    pub(crate) fn save(&self, group: &GROUP, data: &[&DataWithAxes], timestamp: f64) -> Result<()> {
        self.0.save(group, data, &[timestamp])
    }
}
