use h5_types::Result;
use pymodaq_data::{Attributes, DataToExport, DataType, PyValue};

use super::channels::Channels;
use super::saver::{DataSaverLoader, SaveOptions};
use crate::backend::Location;
use crate::saver::{Fidelity, H5SaverLowLevel};

/// Saves several data, each into the group of its channel: `Data0D/CH00`, `Data1D/CH00` ...
#[derive(Debug)]
pub struct DataToExportSaver {
    h5saver: H5SaverLowLevel,
    channels: Channels,
}

impl DataToExportSaver {
    /// Of a file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self { h5saver: h5saver.clone(), channels: Channels::new(h5saver) }
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    /// Saves data, with axes and uncertainties, in a group of a module.
    ///
    /// # Errors
    /// As [`DataSaverLoader::add_data`].
    pub fn add_data(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.add_data_with(place, data, None, &Attributes::new())
    }

    /// As [`DataToExportSaver::add_data`], with settings and further attributes of each array.
    ///
    /// # Errors
    /// As there.
    pub fn add_data_with(
        &self,
        place: impl Location,
        data: &DataToExport,
        settings: Option<PyValue>,
        attributes: &Attributes,
    ) -> Result<()> {
        let mut attributes = attributes.clone();
        if let Some(settings) = settings {
            // PyMoDAQ misspells the name.
            let faithful = self.h5saver.fidelity() == Fidelity::Original;
            attributes.set(if faithful { "settings]" } else { "settings" }, settings);
        }
        let options = SaveOptions::new().attributes(attributes);
        self.save(place, data, DataType::Data, &options)
    }

    /// Saves backgrounds of data of the same group, in the same order.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_data`].
    pub fn add_bkg(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.save(place, data, DataType::Bkg, &SaveOptions::new().save_axes(false))
    }

    /// Saves uncertainties of data of the same group, in the same order.
    ///
    /// # Errors
    /// As [`DataToExportSaver::add_data`].
    pub fn add_error(&self, place: impl Location, data: &DataToExport) -> Result<()> {
        self.save(place, data, DataType::Error, &SaveOptions::new().save_axes(false))
    }

    fn save(
        &self,
        place: impl Location,
        data: &DataToExport,
        data_type: DataType,
        options: &SaveOptions,
    ) -> Result<()> {
        let saver = DataSaverLoader::of_type(&self.h5saver, data_type);
        let group = place.group(&self.h5saver)?;
        let data: Vec<_> = data.iter().collect();
        self.channels.each(&group, &data, |channel, one| saver.save(channel, one, options))?;
        self.h5saver.tick_flush()
    }
}
