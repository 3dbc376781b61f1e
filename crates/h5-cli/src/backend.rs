//! Backends that files are opened on, and how each opens them.

use std::path::Path;

use clap::ValueEnum;
use h5::{CreateOptions, File, FileSpace, LibverBounds, Limits, NewGroup, OpenOptions, Result, StorageKind};

use crate::args::GlobalArgs;

/// Bytes of decoded chunks kept for later reads. Commands go through a file once, so a few chunks are enough.
const CHUNK_CACHE_BYTES: usize = 16 << 20;

/// Where files are opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// h5's own
    Native,
    /// The C library
    #[cfg(feature = "libhdf5")]
    Libhdf5,
}

/// What a new file is to be.
#[derive(Debug, Clone, Default)]
pub(crate) struct NewFile {
    /// One that is there is replaced.
    pub(crate) replaces: bool,
    /// Bytes before the superblock.
    pub(crate) user_block_bytes: u64,
    /// The root group.
    pub(crate) root: NewGroup,
    /// How its space is managed.
    pub(crate) space: FileSpace,
}

/// Schemes of locations, those of backends that are not compiled in too.
const SCHEMES: [&str; 2] = ["native", "libhdf5"];

impl Backend {
    /// The backend of a scheme; `None` if it is not compiled in.
    pub(crate) fn of_scheme(scheme: &str) -> Option<Self> {
        Self::from_str(scheme, true).ok()
    }

    /// Takes `scheme:` off a location, if it is one of a backend's.
    pub(crate) fn split_scheme(location: &str) -> Option<(&str, &str)> {
        location.split_once(':').filter(|(scheme, rest)| SCHEMES.contains(scheme) && !rest.starts_with(':'))
    }

    /// Opens a file for reading.
    pub(crate) fn open(self, path: &Path, limits: Limits, global: &GlobalArgs) -> Result<File> {
        match self {
            Self::Native => File::open_with(path, &native_options(global).limits(limits)),
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 => libhdf5::open(path, h5::Mode::Read, &libhdf5::options(global).limits(limits)),
        }
    }

    /// Opens a file for reading that another process may be writing.
    pub(crate) fn open_live(self, path: &Path, limits: Limits, global: &GlobalArgs) -> Result<File> {
        match self {
            Self::Native => File::open_live_with(path, &native_options(global).limits(limits)),
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 => {
                libhdf5::open(path, h5::Mode::ReadLive, &libhdf5::options(global).limits(limits))
            }
        }
    }

    /// Opens a file for reading and writing.
    pub(crate) fn open_to_change(
        self,
        path: &Path,
        bounds: LibverBounds,
        limits: Limits,
        global: &GlobalArgs,
    ) -> Result<File> {
        match self {
            Self::Native => File::open_rw_with(path, &native_options(global).limits(limits).bounds(bounds)),
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 => {
                let options = libhdf5::options(global).limits(limits).bounds(bounds);
                libhdf5::open(path, h5::Mode::ReadWrite, &options)
            }
        }
    }

    /// Creates a file.
    pub(crate) fn create(
        self,
        path: &Path,
        new: &NewFile,
        bounds: LibverBounds,
        limits: Limits,
        global: &GlobalArgs,
    ) -> Result<File> {
        match self {
            Self::Native => {
                let create = CreateOptions::new()
                    .exclusive(!new.replaces)
                    .user_block_bytes(new.user_block_bytes)
                    .root(new.root.clone())
                    .file_space(new.space);
                File::create_with(path, &create, &native_options(global).limits(limits).bounds(bounds))
            }
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 if new.space != FileSpace::default() => {
                Err(h5::Error::unsupported("choosing how a file's space is managed, on the backend libhdf5"))
            }
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 => {
                let options = libhdf5::options(global)
                    .limits(limits)
                    .bounds(bounds)
                    .user_block_bytes(new.user_block_bytes)
                    .root(new.root.clone());
                let mode = if new.replaces { h5::Mode::Create } else { h5::Mode::CreateNew };
                libhdf5::open(path, mode, &options)
            }
        }
    }
}

/// How files are opened on the native backend.
pub(crate) fn native_options(global: &GlobalArgs) -> OpenOptions {
    let storage = if global.mmap { StorageKind::Map } else { StorageKind::File };
    let options =
        OpenOptions::new().access(global.access.into()).storage(storage).chunk_cache_bytes(CHUNK_CACHE_BYTES);
    match global.threads {
        Some(threads) => options.threads(threads.into()),
        None => options,
    }
}

#[cfg(feature = "libhdf5")]
mod libhdf5 {
    use std::path::Path;

    use h5::{File, Mode, Result};
    use h5_libhdf5::{LibraryFile, LibraryOptions};

    use crate::args::GlobalArgs;

    pub(super) fn options(global: &GlobalArgs) -> LibraryOptions {
        LibraryOptions::new().access(global.access.into())
    }

    pub(super) fn open(path: &Path, mode: Mode, options: &LibraryOptions) -> Result<File> {
        let backend = LibraryFile::open(path, mode, options)?;
        Ok(File::from_backend(backend))
    }
}

#[cfg(test)]
mod tests {
    use super::Backend;

    #[test]
    fn schemes_of_backends_are_told_from_paths() {
        assert_eq!(Backend::split_scheme("native:scan.h5"), Some(("native", "scan.h5")));
        assert_eq!(Backend::split_scheme("libhdf5:a.h5::/x"), Some(("libhdf5", "a.h5::/x")));
        for path in ["scan.h5", "native::/x", "./native:x", "other:x", "C:\\x"] {
            assert_eq!(Backend::split_scheme(path), None, "{path}");
        }
        assert_eq!(Backend::of_scheme("native"), Some(Backend::Native));
    }
}
