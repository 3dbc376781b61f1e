//! Files.

use std::ffi::CStr;

use h5_types::{LibverBounds, Locking, Result};
use hdf5_metno_sys::h5f::{self, H5F_fspace_strategy_t, H5F_libver_t};
use hdf5_metno_sys::h5p;

use super::{Id, Library};
use crate::options::LibraryOptions;

/// How a file is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
    Truncate,
    Exclusive,
}

/// What a file says of itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SuperblockInfo {
    pub(crate) version: u32,
    pub(crate) user_block_bytes: u64,
    pub(crate) offset_bytes: usize,
    pub(crate) length_bytes: usize,
    pub(crate) shared_message_indexes: u32,
    /// The number of the file space strategy; `None` for one that has none.
    pub(crate) strategy: Option<u8>,
    pub(crate) file_bytes: u64,
}

impl Library {
    /// Opens or creates a file.
    pub(crate) fn open_file(&self, path: &CStr, access: Access, options: &LibraryOptions) -> Result<Id> {
        // SAFETY: the lock is held.
        let properties = unsafe { h5p::H5Pcreate(*h5p::H5P_CLS_FILE_ACCESS) };
        let properties = self.id(properties, "access properties")?;
        let low = lowest(options.bounds);
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe { h5p::H5Pset_libver_bounds(properties.0, low, h5f::H5F_LIBVER_LATEST) };
        self.done(set, "version bounds")?;
        self.set_locking(&properties, options.locking)?;
        let creation = self.file_creation(options)?;
        let name = path.as_ptr();
        // SAFETY: the lock is held, the name is a text of C and the handles live.
        let file = unsafe {
            match access {
                Access::Read => h5f::H5Fopen(name, h5f::H5F_ACC_RDONLY, properties.0),
                Access::ReadWrite => h5f::H5Fopen(name, h5f::H5F_ACC_RDWR, properties.0),
                Access::Truncate => h5f::H5Fcreate(name, h5f::H5F_ACC_TRUNC, creation.0, properties.0),
                Access::Exclusive => h5f::H5Fcreate(name, h5f::H5F_ACC_EXCL, creation.0, properties.0),
            }
        };
        self.id(file, "opening the file")
    }

    /// Properties of a new file and its root group.
    fn file_creation(&self, options: &LibraryOptions) -> Result<Id> {
        let attributes = options.root.tracks_attribute_creation;
        let creation = self.object_properties(*h5p::H5P_CLS_FILE_CREATE, attributes)?;
        if options.root.tracks_link_creation {
            self.track_links(&creation)?;
        }
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe { h5p::H5Pset_userblock(creation.0, options.user_block_bytes) };
        self.done(set, "a user block").map_err(|error| h5_types::Error::usage(error.message().to_owned()))?;
        Ok(creation)
    }

    /// Locks as asked for, where the library can be told; older ones go by the environment alone.
    #[cfg(hdf5_1_12)]
    fn set_locking(&self, properties: &Id, locking: Locking) -> Result<()> {
        let (on, best_effort) = match locking {
            Locking::Environment => return Ok(()),
            Locking::On => (1, 0),
            Locking::BestEffort => (1, 1),
            Locking::Off => (0, 1),
        };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5p::H5Pset_file_locking(properties.0, on, best_effort) }, "file locking")
    }

    #[cfg(not(hdf5_1_12))]
    fn set_locking(&self, _: &Id, locking: Locking) -> Result<()> {
        match locking {
            Locking::Environment => Ok(()),
            other => Err(h5_types::Error::unsupported(format!(
                "file locking {other:?}: this release of libhdf5 goes by HDF5_USE_FILE_LOCKING alone"
            ))),
        }
    }

    /// Writes what is held in memory.
    pub(crate) fn flush(&self, file: &Id) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        let flushed = unsafe { h5f::H5Fflush(file.0, h5f::H5F_scope_t::H5F_SCOPE_LOCAL) };
        self.done(flushed, "flushing")
    }

    /// Gives the file back, and tells whether that went well. Every other handle of it has to be gone.
    pub(crate) fn close_file(&self, file: Id) -> Result<()> {
        let number = file.0;
        // The handle is given back here, not by its drop.
        std::mem::forget(file);
        // SAFETY: the lock is held, the handle lived until now.
        self.done(unsafe { h5f::H5Fclose(number) }, "closing the file")
    }

    /// What the superblock and its extension say.
    pub(crate) fn superblock(&self, file: &Id) -> Result<SuperblockInfo> {
        let mut info = h5f::H5F_info2_t::default();
        // SAFETY: the lock is held, the handle lives, the record is this function's.
        self.done(unsafe { h5f::H5Fget_info2(file.0, &mut info) }, "the superblock")?;
        // SAFETY: the lock is held, the handle lives.
        let creation = self.id(unsafe { h5f::H5Fget_create_plist(file.0) }, "creation properties")?;
        let mut found = SuperblockInfo {
            version: info.super_.version,
            user_block_bytes: 0,
            offset_bytes: 0,
            length_bytes: 0,
            shared_message_indexes: 0,
            strategy: None,
            file_bytes: 0,
        };
        let (mut persists, mut threshold) = (0, 0);
        let mut strategy = H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_FSM_AGGR;
        // SAFETY: the lock is held, the handles live, all pointers are to numbers of this function's.
        let returned = unsafe {
            [
                h5p::H5Pget_userblock(creation.0, &mut found.user_block_bytes),
                h5p::H5Pget_sizes(creation.0, &mut found.offset_bytes, &mut found.length_bytes),
                h5p::H5Pget_shared_mesg_nindexes(creation.0, &mut found.shared_message_indexes),
                h5p::H5Pget_file_space_strategy(creation.0, &mut strategy, &mut persists, &mut threshold),
                h5f::H5Fget_filesize(file.0, &mut found.file_bytes),
            ]
        };
        for status in returned {
            self.done(status, "what the file says of itself")?;
        }
        found.strategy = match strategy {
            H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_FSM_AGGR => Some(0),
            H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_PAGE => Some(1),
            H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_AGGR => Some(2),
            H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_NONE => Some(3),
            H5F_fspace_strategy_t::H5F_FSPACE_STRATEGY_NTYPES => None,
        };
        Ok(found)
    }
}

/// The oldest structures that are written within bounds.
fn lowest(bounds: LibverBounds) -> H5F_libver_t {
    match bounds {
        LibverBounds::Earliest => H5F_libver_t::H5F_LIBVER_EARLIEST,
        LibverBounds::V18 => H5F_libver_t::H5F_LIBVER_V18,
        LibverBounds::V110 => H5F_libver_t::H5F_LIBVER_V110,
        LibverBounds::V200 => h5f::H5F_LIBVER_LATEST,
    }
}
