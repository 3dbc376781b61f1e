//! How a command ends.

use std::fmt;
use std::io;
use std::process::ExitCode;

/// How a command ends that could do its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Done; the same; undamaged.
    Success,
    /// Done, and the answer is no: something differs, is damaged, or was not found.
    No,
    /// What was asked for could not be read, and the output says so itself.
    Unreadable,
    /// The user stopped it.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Success => 0,
            Exit::No => 1,
            Exit::Unreadable => 2,
            // As a shell says of a program that control-C ended.
            Exit::Interrupted => 130,
        })
    }
}

/// Why a command could not do its work.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A file could not be read.
    File {
        /// The file, as the user called it.
        file: String,
        /// What is wrong with it.
        error: h5::Error,
    },
    /// The arguments make no sense together, or for this file.
    Usage(String),
    /// The output could not be written.
    Output(io::Error),
}

/// What every command returns.
pub(crate) type Outcome<T = Exit> = Result<T, Failure>;

impl Failure {
    /// The arguments make no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }

    /// True if the reader of our output has gone, which is its right.
    pub(crate) fn is_closed_pipe(&self) -> bool {
        matches!(self, Self::Output(error) if error.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // Errors of opening a file name it already.
            Self::File { file, error } if error.path() == Some(file) => write!(f, "{error}"),
            Self::File { file, error } => write!(f, "{file}: {error}"),
            Self::Usage(message) => f.write_str(message),
            Self::Output(error) => write!(f, "cannot write the output: {error}"),
        }
    }
}

/// Tells the user something on the standard error, in text that is safe for a terminal.
pub(crate) fn warn(message: &str) {
    use io::Write as _;
    // Nobody is left to tell if the standard error cannot be written to.
    let _ = writeln!(io::stderr(), "h5: {}", crate::describe::printable(message));
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<serde_json::Error> for Failure {
    fn from(error: serde_json::Error) -> Self {
        Self::Output(error.into())
    }
}
