//! The enumerations of PyMoDAQ with their exact names; names are read whatever their case.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// Declares an enumeration whose members have the names that Python gives them.
macro_rules! named_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$member_doc:meta])* $member:ident = $text:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$member_doc])* $member),+
        }

        impl $name {
            /// Every member, in the order of Python's enumeration.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The exact name of the member in Python, as files hold it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$member => $text),+
                }
            }

            /// The names of every member, in the order of Python's enumeration.
            pub fn names() -> Vec<&'static str> {
                Self::ALL.iter().map(|member| member.name()).collect()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let found = Self::ALL.iter().find(|member| member.name().eq_ignore_ascii_case(text));
                found.copied().ok_or_else(|| {
                    let names = Self::names().join(", ");
                    Error::value(format!("{text:?} is no {}; expected one of {names}", stringify!($name)))
                })
            }
        }
    };
}

named_enum! {
    /// The kind of a file: which module saves into it.
    SaveType {
        /// A scan of the DAQ_Scan extension.
        Scan = "scan",
        /// A snapshot of a detector.
        Detector = "detector",
        /// Data logged over time.
        Logger = "logger",
        /// Anything else.
        Custom = "custom",
        /// A snapshot of an actuator.
        Actuator = "actuator",
        /// The steps of an optimisation.
        Optimizer = "optimizer",
    }
}

named_enum! {
    /// The kind of a group, its attribute `type`.
    GroupType {
        /// The data of a detector.
        Detector = "detector",
        /// The data of an actuator.
        Actuator = "actuator",
        /// Data of any origin.
        Data = "data",
        /// One channel.
        Ch = "ch",
        /// One scan.
        Scan = "scan",
        /// A link to a file of another program.
        ExternalH5 = "external_h5",
        /// The data of one dimensionality.
        DataDim = "data_dim",
        /// Data logged over time.
        DataLogger = "data_logger",
    }
}

named_enum! {
    /// What an array holds, its attribute `data_type`.
    DataType {
        /// Data.
        Data = "data",
        /// An axis.
        Axis = "axis",
        /// Data of a scan that runs.
        LiveScan = "live_scan",
        /// Data of a file of another program.
        ExternalH5 = "external_h5",
        /// Lines of text.
        Strings = "strings",
        /// A background.
        Bkg = "bkg",
        /// Data that grow.
        DataEnlargeable = "data_enlargeable",
        /// Uncertainties of data.
        Error = "error",
    }
}

impl DataType {
    /// The value of the member in Python: what the names of such arrays start with.
    pub fn value(self) -> &'static str {
        match self {
            Self::Data => "Data",
            Self::Axis => "Axis",
            Self::LiveScan => "Live",
            Self::ExternalH5 => "ExtData",
            Self::Strings => "Strings",
            Self::Bkg => "Bkg",
            Self::DataEnlargeable => "EnlData",
            Self::Error => "ErrorBar",
        }
    }
}

named_enum! {
    /// Dimensionality of data.
    DataDim {
        /// A single value.
        Data0D = "Data0D",
        /// A curve.
        Data1D = "Data1D",
        /// An image.
        Data2D = "Data2D",
        /// Anything with navigation axes, or of more dimensions.
        DataND = "DataND",
    }
}

impl DataDim {
    /// The dimensionality of an array of that shape without navigation axes.
    pub fn from_shape(shape: &[usize]) -> Self {
        match shape {
            [] | [1] => Self::Data0D,
            [_] => Self::Data1D,
            [_, _] => Self::Data2D,
            _ => Self::DataND,
        }
    }

    /// The dimensionality that many axes make.
    pub fn from_ndim(ndim: usize) -> Self {
        match ndim {
            0 => Self::Data0D,
            1 => Self::Data1D,
            2 => Self::Data2D,
            _ => Self::DataND,
        }
    }
}

named_enum! {
    /// Where data come from.
    DataSource {
        /// An instrument.
        Raw = "raw",
        /// A computation.
        Calculated = "calculated",
    }
}

named_enum! {
    /// How the points of navigation lie.
    DataDistribution {
        /// On a grid: one axis a dimension.
        Uniform = "uniform",
        /// Anywhere: several axes for one dimension.
        Spread = "spread",
    }
}

named_enum! {
    /// The kind of a file of older releases.
    FileType {
        /// A detector's.
        Detector = "detector",
        /// An actuator's.
        Actuator = "actuator",
        /// An axis.
        Axis = "axis",
        /// A scan.
        Scan = "scan",
    }
}

named_enum! {
    /// The kind of module whose data a group holds.
    GroupModuleType {
        /// A DAQ_Viewer.
        Detector = "DETECTOR",
        /// A DAQ_Move.
        Actuator = "ACTUATOR",
        /// A DAQ_Scan.
        Scan = "SCAN",
        /// A DAQ_Logger.
        DataLogger = "DATALOGGER",
        /// An optimizer.
        Optimizer = "OPTIMIZER",
        /// The clock of a scan.
        Time = "TIME",
    }
}

/// The first letter in upper case and the rest unchanged: how PyMoDAQ makes names of nodes.
pub fn capitalize(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
