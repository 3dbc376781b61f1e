//! Errors of the data objects as errors of the files that hold them.

use h5_types::{Error, ErrorKind};

/// An error of a data object as one of the caller's, or of the file's if that is where the object comes from.
pub(crate) trait IntoH5 {
    /// The caller asked for something that makes no sense.
    fn usage(self) -> Error;

    /// The file holds something that makes no sense.
    fn format(self) -> Error;
}

impl IntoH5 for pymodaq_data::Error {
    fn usage(self) -> Error {
        let kind = match self.kind() {
            pymodaq_data::ErrorKind::Limit => ErrorKind::Limit,
            pymodaq_data::ErrorKind::Name => ErrorKind::NotFound,
            pymodaq_data::ErrorKind::Type => ErrorKind::Conversion,
            _ => ErrorKind::Usage,
        };
        Error::new(kind, self.message().to_owned()).with_source(self)
    }

    fn format(self) -> Error {
        let kind = match self.kind() {
            pymodaq_data::ErrorKind::Limit => ErrorKind::Limit,
            _ => ErrorKind::Format,
        };
        Error::new(kind, self.message().to_owned()).with_source(self)
    }
}
