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
    /// HSDS, the HDF service
    #[cfg(feature = "hsds")]
    Hsds,
    /// HSDS over TLS
    #[cfg(feature = "hsds")]
    #[value(name = "hsds+https")]
    HsdsTls,
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
const SCHEMES: [&str; 4] = ["native", "libhdf5", "hsds", "hsds+https"];

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
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => {
                let options = hsds::options(global).metadata_age(hsds::COMMAND_AGE);
                self.open_domain(path, h5::Mode::Read, options.limits(limits))
            }
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
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => {
                self.open_domain(path, h5::Mode::ReadLive, hsds::options(global).limits(limits))
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
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => {
                let options = hsds::options(global).metadata_age(hsds::COMMAND_AGE);
                self.open_domain(path, h5::Mode::ReadWrite, options.limits(limits))
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
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls if new.space != FileSpace::default() || new.user_block_bytes > 0 => {
                Err(h5::Error::unsupported(
                    "a user block, and choosing how a file's space is managed, on HSDS",
                ))
            }
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => {
                let options = hsds::options(global).metadata_age(hsds::COMMAND_AGE);
                let options = options.limits(limits).root(new.root.clone());
                let mode = if new.replaces { h5::Mode::Create } else { h5::Mode::CreateNew };
                self.open_domain(path, mode, options)
            }
        }
    }

    /// True if what it opens lies in the file system.
    pub(crate) fn has_files(self) -> bool {
        match self {
            Self::Native => true,
            #[cfg(feature = "libhdf5")]
            Self::Libhdf5 => true,
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => false,
        }
    }

    /// Gives what a command brought forth its name; what has that name is replaced.
    pub(crate) fn rename(self, path: &Path, name: &Path, global: &GlobalArgs) -> Result<()> {
        let _ = global;
        match self {
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => hsds::rename(path, name, self == Self::HsdsTls, global),
            _ => Ok(std::fs::rename(path, name)?),
        }
    }

    /// Removes what a command brought forth and could not finish.
    pub(crate) fn remove(self, path: &Path, global: &GlobalArgs) {
        let _ = global;
        match self {
            #[cfg(feature = "hsds")]
            Self::Hsds | Self::HsdsTls => hsds::remove(path, self == Self::HsdsTls, global),
            _ => {
                // What is not there needs no removal.
                let _ = std::fs::remove_file(path);
            }
        }
    }

    #[cfg(feature = "hsds")]
    fn open_domain(self, path: &Path, mode: h5::Mode, options: h5_hsds::HsdsOptions) -> Result<File> {
        hsds::open(path, self == Self::HsdsTls, mode, &options)
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

#[cfg(feature = "hsds")]
mod hsds {
    use std::path::Path;
    use std::time::Duration;

    use h5::{Durability, File, Mode, Result};
    use h5_hsds::{Folder, HsdsFile, HsdsOptions};

    use crate::args::GlobalArgs;

    /// What a command wrote survives the end of the server too, when the command ends.
    pub(super) fn options(global: &GlobalArgs) -> HsdsOptions {
        let options = HsdsOptions::new().access(global.access.into()).durability(Durability::Full);
        match global.threads {
            Some(threads) => options.requests_in_flight(usize::from(threads).saturating_mul(2)),
            None => options,
        }
    }

    /// How old what is known of objects may be: a command shows a domain as it was when it looked at it.
    pub(super) const COMMAND_AGE: Duration = Duration::from_secs(600);

    pub(super) fn open(path: &Path, is_secure: bool, mode: Mode, options: &HsdsOptions) -> Result<File> {
        let backend = HsdsFile::open(path, is_secure, mode, options)?;
        Ok(File::from_backend(backend))
    }

    pub(super) fn rename(path: &Path, name: &Path, is_secure: bool, global: &GlobalArgs) -> Result<()> {
        let split = |path: &Path| path.to_str().and_then(|text| text.rsplit_once('/')).map(owned);
        let (Some((folder, old)), Some((_, new))) = (split(path), split(name)) else {
            return Err(h5::Error::usage("a domain without a folder"));
        };
        Folder::open(&folder, is_secure, &options(global))?.rename(&old, &new, true)
    }

    fn owned((folder, name): (&str, &str)) -> (String, String) {
        (folder.to_owned(), name.to_owned())
    }

    pub(super) fn remove(path: &Path, is_secure: bool, global: &GlobalArgs) {
        let Some((folder, name)) = path.to_str().and_then(|text| text.rsplit_once('/')) else { return };
        // The failure that led here is the one to tell of.
        let _ = Folder::open(folder, is_secure, &options(global)).and_then(|folder| folder.remove(name));
    }
}

#[cfg(test)]
mod tests {
    use super::Backend;

    #[test]
    fn schemes_of_backends_are_told_from_paths() {
        assert_eq!(Backend::split_scheme("native:scan.h5"), Some(("native", "scan.h5")));
        assert_eq!(Backend::split_scheme("libhdf5:a.h5::/x"), Some(("libhdf5", "a.h5::/x")));
        assert_eq!(Backend::split_scheme("hsds://h:1/home/a.h5"), Some(("hsds", "//h:1/home/a.h5")));
        assert_eq!(Backend::split_scheme("hsds+https://h/a"), Some(("hsds+https", "//h/a")));
        for path in ["scan.h5", "native::/x", "./native:x", "other:x", "C:\\x"] {
            assert_eq!(Backend::split_scheme(path), None, "{path}");
        }
        assert_eq!(Backend::of_scheme("native"), Some(Backend::Native));
    }
}
