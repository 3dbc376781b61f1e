#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

mod attribute_value;
mod backend;
mod browsing;
mod clock;
mod data;
mod elements;
mod error;
mod h5saver;
mod module;
mod node;
mod saver;

pub use backend::{Compression, FileMode, Flavour, H5Backend, Location, WalkGroups, WalkNodes};
pub use browsing::{ExporterFactory, FileOrigin, H5Attributes, H5BrowserUtil, H5Exporter, ScanPicture};
pub use data::{
    AxisSaverLoader, BkgSaver, ChannelLayout, DataBundle, DataEnlargeableSaver, DataExtendedSaver,
    DataLayout, DataLoader, DataManagement, DataSaverLoader, DataToExportEnlargeableSaver,
    DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver, ErrorSaverLoader, SaveOptions,
};
pub use h5saver::{BaseOptions, Connection, FilePaths, H5Saver, H5SaverBase, H5SaverSignal};
pub use module::{
    ActuatorEnlargeableSaver, ActuatorSaver, ActuatorTimeSaver, DetectorEnlargeableSaver,
    DetectorExtendedSaver, DetectorSaver, DetectorTimeSaver, Extension, LoggerSaver, Module, ModuleSaver,
    OptimizerSaver, ScanSaver, TimeModuleSaver,
};
pub use node::{CARRAY, EARRAY, GROUP, Node, NodeKind, StringARRAY, VLARRAY};
pub use saver::{ArrayOptions, Fidelity, FlushSchedule, H5SaverLowLevel, InitOptions};

/// The release of PyMoDAQ whose layout is written, as attribute `pymodaq_version` of each file.
pub const PYMODAQ_VERSION: &str = "5.3.8";
/// The release of `pymodaq_data` whose layout is written, as attribute `pymodaq_data_version` of each file.
pub const LAYOUT_VERSION: &str = "5.3.0";
