use std::sync::Arc;

use h5_backend::{CopyOptions, File};
use h5_types::Result;
use pymodaq_data::{Attributes, Axis, DataDistribution, DataToExport, DataWithAxes, GroupModuleType};

use super::{Module, ModuleSaver, add_module, settings};
use crate::backend::Location;
use crate::data::{
    DataToExportEnlargeableSaver, DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver,
};
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Where files of other programs are copied to.
const EXTERNAL_DATA: &str = "External_data";

/// Saves snapshots of a detector, in a group `Detector000`.
#[derive(Debug)]
pub struct DetectorSaver {
    module: Arc<dyn Module>,
    saver: DataToExportSaver,
}

/// Appends what a detector gives, with the time of each.
#[derive(Debug)]
pub struct DetectorTimeSaver {
    module: Arc<dyn Module>,
    saver: DataToExportTimedSaver,
}

/// Appends what a detector gives, with values of axes of the caller's.
#[derive(Debug)]
pub struct DetectorEnlargeableSaver {
    module: Arc<dyn Module>,
    saver: DataToExportEnlargeableSaver,
}

/// Saves what a detector gives at the points of a scan.
#[derive(Debug)]
pub struct DetectorExtendedSaver {
    module: Arc<dyn Module>,
    saver: DataToExportExtendedSaver,
}

impl DetectorSaver {
    /// Of a detector, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>) -> Self {
        Self { module, saver: DataToExportSaver::new(h5saver) }
    }

    /// Saves data in a group, but what is not to be saved: data with attribute `do_save` as it says, others by the settings of the file,
    /// `save_2D` and `save_raw_only`.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.saver.add_data(place, &self.filter_data(data))
    }

    /// The data that are saved.
    pub fn filter_data(&self, data: &DataToExport) -> DataToExport {
        let filter = self.h5saver().filter();
        let mut kept = DataToExport::new(data.name(), data.iter().filter(|one| filter.keeps(one)).cloned());
        kept.set_timestamp(data.timestamp());
        kept
    }

    /// Saves backgrounds of data in a group, in the same order.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_bkg`].
    pub fn add_bkg(&self, place: impl Location, background: &DataToExport) -> Result<()> {
        self.saver.add_bkg(place, background)
    }

    /// Copies what another HDF5 file holds, of any program, into a group `External_data` of the detector's: what a camera's own software
    /// saved, for instance. Its root's attributes go with it, but for those that say what kind of node `External_data` is.
    ///
    /// # Errors
    /// `AlreadyExists` if the group holds external data already, `Unsupported` on a file that is open for reading; those of reading the other
    /// file and of copying.
    pub fn add_external_h5(&self, place: impl Location, other: &File) -> Result<GROUP> {
        let place = place.group(self.h5saver())?;
        let group = self.h5saver().new_group(&place, EXTERNAL_DATA, "")?;
        CopyOptions::new().copy_contents(&other.root()?, &group.h5_group()?)?;
        group.describe("GROUP", "", Some("1.0"))?;
        group.set_attr("type", "external_h5")?;
        Ok(group)
    }
}

impl DetectorTimeSaver {
    /// Of a detector, in a file.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>) -> Self {
        Self { module, saver: DataToExportTimedSaver::new(h5saver) }
    }

    /// Appends data in a group: see [`DetectorSaver::add_data`] for which.
    ///
    /// # Errors
    /// As [`DataToExportTimedSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        let kept = kept(self.h5saver(), data.iter());
        self.saver.save(&place.group(self.h5saver())?, &kept, data.timestamp())?;
        self.h5saver().tick_complete()
    }

    pub(super) fn save(&self, group: &GROUP, data: &[&DataWithAxes], timestamp: f64) -> Result<()> {
        self.saver.save(group, &kept(self.h5saver(), data.iter().copied()), timestamp)
    }
}

impl DetectorEnlargeableSaver {
    /// Of a detector, in a file, with labels and units of the axes.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>, enl_axes: &[(&str, &str)]) -> Self {
        Self { module, saver: DataToExportEnlargeableSaver::new(h5saver, enl_axes) }
    }

    /// Appends data in a group: see [`DetectorSaver::add_data`] for which.
    ///
    /// # Errors
    /// As [`DataToExportEnlargeableSaver::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport, axis_values: &[f64]) -> Result<()> {
        let all: Vec<_> = data.iter().collect();
        self.save(&place.group(self.h5saver())?, &all, axis_values)?;
        self.h5saver().tick_complete()
    }

    pub(super) fn save(&self, group: &GROUP, data: &[&DataWithAxes], axis_values: &[f64]) -> Result<()> {
        self.saver.save(group, &kept(self.h5saver(), data.iter().copied()), axis_values)
    }
}

impl DetectorExtendedSaver {
    /// Of a detector, in a file, for scans of a shape.
    pub fn new(h5saver: &H5SaverLowLevel, module: Arc<dyn Module>, extended_shape: &[usize]) -> Self {
        Self { module, saver: DataToExportExtendedSaver::new(h5saver, extended_shape) }
    }

    /// Saves a point in a group: see [`DetectorSaver::add_data`] for which data.
    ///
    /// # Errors
    /// As [`DataToExportExtendedSaver::add_data`].
    pub fn add_data(
        &self,
        place: impl Location,
        data: &DataToExport,
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        let all: Vec<_> = data.iter().collect();
        self.save(&place.group(self.h5saver())?, &all, indexes, distribution)?;
        self.h5saver().tick_complete()
    }

    pub(super) fn save(
        &self,
        group: &GROUP,
        data: &[&DataWithAxes],
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        let kept = kept(self.h5saver(), data.iter().copied());
        self.saver.save(group, &kept, indexes, distribution)
    }

    /// Saves the axes of the scan in a group, unless it has some already.
    ///
    /// # Errors
    /// As [`DataToExportExtendedSaver::add_nav_axes`].
    pub fn add_nav_axes(&self, place: impl Location, axes: &[Axis]) -> Result<()> {
        self.saver.add_nav_axes(place, axes)
    }
}

fn kept<'a>(
    h5saver: &H5SaverLowLevel,
    data: impl Iterator<Item = &'a DataWithAxes>,
) -> Vec<&'a DataWithAxes> {
    let filter = h5saver.filter();
    data.filter(|one| filter.keeps(one)).collect()
}

macro_rules! detector {
    ($($saver:ty),*) => {$(
        impl ModuleSaver for $saver {
            fn h5saver(&self) -> &H5SaverLowLevel {
                self.saver.h5saver()
            }

            fn group_type(&self) -> GroupModuleType {
                GroupModuleType::Detector
            }

            fn title(&self) -> &str {
                self.module.title()
            }

            fn add_module(&self, place: &GROUP, metadata: &Attributes) -> Result<GROUP> {
                let settings = settings::with_file(self.h5saver(), &*self.module)?;
                add_module(self.h5saver(), self.group_type(), place, self.title(), settings, metadata)
            }
        }
    )*};
}

detector!(DetectorSaver, DetectorTimeSaver, DetectorEnlargeableSaver, DetectorExtendedSaver);
