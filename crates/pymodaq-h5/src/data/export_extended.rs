use h5_types::Result;
use pymodaq_data::{Axis, DataDistribution, DataToExport, DataWithAxes, Scalar};

use super::NAV_AXES;
use super::axis::AxisSaverLoader;
use super::channels::Channels;
use super::extended::DataExtendedSaver;
use super::management::DataManagement;
use crate::backend::Location;
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Saves the points of a scan of known shape, each of several data: see [`DataExtendedSaver`].
#[derive(Debug)]
pub struct DataToExportExtendedSaver {
    saver: DataExtendedSaver,
    channels: Channels,
}

impl DataToExportExtendedSaver {
    /// Of a file, for scans of a shape.
    pub fn new(h5saver: &H5SaverLowLevel, extended_shape: &[usize]) -> Self {
        Self { saver: DataExtendedSaver::new(h5saver, extended_shape), channels: Channels::new(h5saver) }
    }

    /// The same, with what points that are not visited hold; without, it is the file's.
    #[must_use]
    pub fn with_fill_value(self, fill_value: impl Into<Scalar>) -> Self {
        Self { saver: self.saver.with_fill_value(fill_value), ..self }
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        self.saver.h5saver()
    }

    /// Saves the axes of the scan in a group, unless it has some already.
    ///
    /// # Errors
    /// As [`AxisSaverLoader::add_axis`].
    pub fn add_nav_axes(&self, place: impl Location, axes: &[Axis]) -> Result<()> {
        let (group, is_new) = nav_group(self.h5saver(), &place.group(self.h5saver())?)?;
        if !is_new {
            return Ok(());
        }
        let saver = AxisSaverLoader::new(self.h5saver());
        axes.iter().try_for_each(|axis| saver.add_axis(&group, axis).map(|_| ()))
    }

    /// Saves a point: see [`DataExtendedSaver::add_data`].
    ///
    /// # Errors
    /// As there.
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

    pub(crate) fn save(
        &self,
        group: &GROUP,
        data: &[&DataWithAxes],
        indexes: &[usize],
        distribution: DataDistribution,
    ) -> Result<()> {
        self.channels.each(group, data, |channel, one| self.saver.save(channel, one, indexes, distribution))
    }
}

/// The group of axes of navigation of a group, and whether it holds none yet.
pub(super) fn nav_group(h5saver: &H5SaverLowLevel, group: &GROUP) -> Result<(GROUP, bool)> {
    let nav = h5saver.get_set_group(group, NAV_AXES, "")?;
    let is_empty = nav.children_name()?.is_empty();
    Ok((nav, is_empty))
}
