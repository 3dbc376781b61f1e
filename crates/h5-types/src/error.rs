use std::borrow::Cow;
use std::fmt;

/// What every fallible operation of the workspace returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who is at fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The storage below failed.
    Io,
    /// The file contradicts the specification.
    Format,
    /// A bound of [`Limits`](crate::Limits) was reached.
    Limit,
    /// Valid, but this backend, filter or feature cannot do it.
    Unsupported,
    /// The caller asked for something that makes no sense here.
    Usage,
    /// No object, link or attribute of that name.
    NotFound,
    /// Something of that name is there already.
    AlreadyExists,
    /// The access policy or the storage forbids it.
    PermissionDenied,
    /// Values do not convert to the type asked for.
    Conversion,
    /// A remote service failed.
    Service,
}

/// The workspace's one public error: what kind, what was being done, and where.
///
/// Text that comes from a file is escaped when it is shown.
#[derive(Debug)]
pub struct Error(Box<Inner>);

#[derive(Debug)]
struct Inner {
    kind: ErrorKind,
    message: Cow<'static, str>,
    path: Option<String>,
    address: Option<u64>,
    structure: Option<&'static str>,
    section: Option<&'static str>,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error of a kind, with a message that names what was found and what was expected.
    pub fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        Self(Box::new(Inner {
            kind,
            message,
            path: None,
            address: None,
            structure: None,
            section: None,
            source: None,
        }))
    }

    /// The file contradicts the specification.
    pub fn format(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Format, message)
    }

    /// A bound was reached.
    pub fn limit(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Limit, message)
    }

    /// Valid, but not possible here.
    pub fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Unsupported, message)
    }

    /// The caller's mistake.
    pub fn usage(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Usage, message)
    }

    /// Nothing of that name.
    pub fn not_found(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::NotFound, message)
    }

    /// Adds the object's path, unless one is there already.
    #[must_use]
    pub fn with_path(mut self, path: impl Into<String>) -> Self {
        self.0.path.get_or_insert_with(|| path.into());
        self
    }

    /// Adds the file address (relative to the base address) of the structure at fault, unless one is there already.
    #[must_use]
    pub fn at_address(mut self, address: u64) -> Self {
        self.0.address.get_or_insert(address);
        self
    }

    /// Adds the structure's name and its section in the specification, unless they are there already.
    #[must_use]
    pub fn in_structure(mut self, structure: &'static str, section: &'static str) -> Self {
        if self.0.structure.is_none() {
            self.0.structure = Some(structure);
            self.0.section = Some(section);
        }
        self
    }

    /// Adds the error below this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Who is at fault.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What went wrong, without the place.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Path of the object being worked on.
    pub fn path(&self) -> Option<&str> {
        self.0.path.as_deref()
    }

    /// Address of the structure at fault, relative to the file's base address.
    pub fn address(&self) -> Option<u64> {
        self.0.address
    }

    /// Name of the structure at fault, in the specification's words.
    pub fn structure(&self) -> Option<&'static str> {
        self.0.structure
    }

    /// Section of the specification that the structure is defined in.
    pub fn section(&self) -> Option<&'static str> {
        self.0.section
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, path, address, structure, section, source, .. } = &*self.0;
        if let Some(path) = path {
            write!(f, "{path}: ")?;
        }
        match (structure, address) {
            (Some(structure), Some(address)) => write!(f, "{structure} at {address:#x}: ")?,
            (Some(structure), None) => write!(f, "{structure}: ")?,
            (None, Some(address)) => write!(f, "at {address:#x}: ")?,
            (None, None) => {}
        }
        write!(f, "{message}")?;
        if let Some(section) = section {
            write!(f, " ({section})")?;
        }
        if let Some(source) = source {
            write!(f, ": {source}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|s| &**s as &(dyn std::error::Error + 'static))
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound => ErrorKind::NotFound,
            std::io::ErrorKind::PermissionDenied => ErrorKind::PermissionDenied,
            std::io::ErrorKind::AlreadyExists => ErrorKind::AlreadyExists,
            _ => ErrorKind::Io,
        };
        Self::new(kind, "input/output").with_source(error)
    }
}
