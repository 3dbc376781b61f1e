use std::fmt;

/// What every fallible operation of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong; the comment names the exception that PyMoDAQ raises there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// Arrays of shapes that do not fit together (`DataShapeError`).
    Shape,
    /// Lists or axes of lengths that do not fit together (`DataLengthError`).
    Length,
    /// Data of a dimensionality that the operation does not take (`DataDimError`).
    Dim,
    /// An axis that is absent or does not fit (`AxisError`).
    Axis,
    /// An index outside its range (`IndexError`).
    Index,
    /// Units that do not fit together (`DataUnitError`).
    Units,
    /// A datatype that the operation does not take (`TypeError`).
    Type,
    /// A value that makes no sense there (`ValueError`).
    Value,
    /// No object of that name (`KeyError`, `NameError`).
    Name,
    /// Text or bytes that are not what they should be.
    Parse,
    /// A bound on depth or size was reached.
    Limit,
}

/// The crate's one error: its kind, and a message that names what was found and what was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<(ErrorKind, String)>);

impl Error {
    /// An error of a kind with its message.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new((kind, message.into())))
    }

    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.0
    }

    /// What was found and what was expected.
    pub fn message(&self) -> &str {
        &self.0.1
    }

    pub(crate) fn shape(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Shape, message)
    }

    pub(crate) fn index(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Index, message)
    }

    pub(crate) fn length(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Length, message)
    }

    pub(crate) fn dim(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Dim, message)
    }

    pub(crate) fn axis(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Axis, message)
    }

    pub(crate) fn type_error(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Type, message)
    }

    pub(crate) fn value(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Value, message)
    }

    pub(crate) fn parse(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Parse, message)
    }

    pub(crate) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.message())
    }
}

impl std::error::Error for Error {}
