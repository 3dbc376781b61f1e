//! Savers and loaders of data, by the names that `pymodaq_data` gives them.

mod axis;
mod bundle;
mod channels;
mod children;
mod description;
mod enlargeable;
mod export;
mod export_enlargeable;
mod export_extended;
mod extended;
mod handles;
mod layout;
mod load;
mod loader;
mod management;
mod saver;

pub use axis::AxisSaverLoader;
pub use bundle::DataBundle;
pub use enlargeable::DataEnlargeableSaver;
pub use export::DataToExportSaver;
pub use export_enlargeable::{DataToExportEnlargeableSaver, DataToExportTimedSaver};
pub use export_extended::DataToExportExtendedSaver;
pub use extended::DataExtendedSaver;
pub use layout::{ChannelLayout, DataLayout};
pub use loader::DataLoader;
pub use management::DataManagement;
pub use saver::{BkgSaver, DataSaverLoader, ErrorSaverLoader, SaveOptions};

/// Name of the group that holds the axes of navigation.
pub(crate) const NAV_AXES: &str = "NavAxes";
