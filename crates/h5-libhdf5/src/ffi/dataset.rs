//! Datasets.

use h5_types::{Error, Result};
use hdf5_metno_sys::h5d::{self, H5D_space_status_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::{h5p, h5s};

use super::{Id, LayoutKind, Library, ObjectType, c_string, convert};

/// A chunk as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct RawChunk {
    pub(crate) offset: Vec<u64>,
    pub(crate) address: u64,
    pub(crate) bytes: u64,
    pub(crate) filter_mask: u32,
}

impl Library {
    /// Creates a dataset and the link to it. External files are looked for beside the file.
    pub(crate) fn create_dataset(
        &self,
        parent: &Id,
        name: &[u8],
        datatype: &Id,
        space: &Id,
        creation: &Id,
    ) -> Result<Id> {
        let link = self.link_properties(name)?;
        let is_beside =
            self.layout(creation)? == LayoutKind::Virtual || !self.externals(creation)?.is_empty();
        let access = if is_beside { Some(self.beside()?) } else { None };
        let access = access.as_ref().map_or(h5p::H5P_DEFAULT, |access| access.0);
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C.
        let made = unsafe {
            h5d::H5Dcreate2(parent.0, name.as_ptr(), datatype.0, space.0, link.0, creation.0, access)
        };
        self.id(made, "creating a dataset")
    }

    /// The dataset of a path in a file; `None` if there is none.
    pub(crate) fn open_path(&self, file: &Id, path: &[u8]) -> Result<Option<Id>> {
        let path = c_string(path)?;
        // SAFETY: the lock is held, the handles live, the path is a text of C.
        let opened = self.open_beside(|access| unsafe { h5d::H5Dopen2(file.0, path.as_ptr(), access) });
        Ok(opened.ok())
    }

    /// Opens an object in such a way that other files which it names are looked for beside its own. The library refuses to open one
    /// dataset twice in different ways, and opens some by itself: so all others are opened as it does that.
    pub(super) fn open_beside(&self, open: impl Fn(hid_t) -> hid_t) -> Result<Id> {
        let id = match self.id(open(h5p::H5P_DEFAULT), "opening an object") {
            Ok(id) if self.names_other_files(&id)? => {
                // Given back first, since it is to be opened in another way.
                drop(id);
                None
            }
            Ok(id) => Some(id),
            Err(_) => None,
        };
        match id {
            Some(id) => Ok(id),
            None => {
                let access = self.beside()?;
                self.id(open(access.0), "opening an object")
            }
        }
    }

    fn names_other_files(&self, object: &Id) -> Result<bool> {
        if self.facts(object)?.kind != ObjectType::Dataset {
            return Ok(false);
        }
        let creation = self.dataset_creation(object)?;
        match self.layout(&creation)? {
            LayoutKind::Virtual => Ok(true),
            LayoutKind::Contiguous => Ok(!self.externals(&creation)?.is_empty()),
            LayoutKind::Compact | LayoutKind::Chunked => Ok(false),
        }
    }

    /// How datasets are opened that name other files.
    fn beside(&self) -> Result<Id> {
        // SAFETY: the lock is held.
        let access = unsafe { h5p::H5Pcreate(*h5p::H5P_CLS_DATASET_ACCESS) };
        let access = self.id(access, "access properties")?;
        let origin = c"${ORIGIN}".as_ptr();
        // SAFETY: the lock is held, the handle lives, the prefix is a text of C.
        let returned = unsafe {
            [h5p::H5Pset_efile_prefix(access.0, origin), h5p::H5Pset_virtual_prefix(access.0, origin)]
        };
        returned.into_iter().try_for_each(|status| self.done(status, "the place of other files"))?;
        Ok(access)
    }

    pub(crate) fn dataset_type(&self, dataset: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5d::H5Dget_type(dataset.0) }, "the datatype of a dataset")
    }

    pub(crate) fn dataset_space(&self, dataset: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5d::H5Dget_space(dataset.0) }, "the dataspace of a dataset")
    }

    pub(crate) fn dataset_creation(&self, dataset: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5d::H5Dget_create_plist(dataset.0) }, "the properties of a dataset")
    }

    pub(crate) fn storage_bytes(&self, dataset: &Id) -> Result<u64> {
        let mut status = H5D_space_status_t::H5D_SPACE_STATUS_ERROR;
        // SAFETY: the lock is held, the handle lives, the number is this function's.
        let got = unsafe { h5d::H5Dget_space_status(dataset.0, &mut status) };
        self.done(got, "the storage of a dataset")?;
        // SAFETY: the lock is held, the handle lives. Zero is no error after the call above.
        Ok(unsafe { h5d::H5Dget_storage_size(dataset.0) })
    }

    /// Reads the elements that a dataspace selects, packed, in the form of a datatype in memory. The buffer has to have their size.
    pub(crate) fn read(&self, dataset: &Id, memory: &Id, selected: &Id, out: &mut [u8]) -> Result<()> {
        let packed = self.packed(out.len(), memory, selected)?;
        let buffer = out.as_mut_ptr().cast();
        // SAFETY: the lock is held, the handles live, and the buffer has just as many bytes as the elements, which `packed` checked.
        let read =
            unsafe { h5d::H5Dread(dataset.0, memory.0, packed.0, selected.0, h5p::H5P_DEFAULT, buffer) };
        self.done(read, "reading elements")
    }

    /// Writes the elements that a dataspace selects. What they point to has to be there, as the datatype says.
    pub(super) fn write_bytes(&self, dataset: &Id, memory: &Id, selected: &Id, bytes: &[u8]) -> Result<()> {
        let packed = self.packed(bytes.len(), memory, selected)?;
        let buffer = bytes.as_ptr().cast();
        // SAFETY: the lock is held, the handles live, and the buffer has just as many bytes as the elements, which `packed` checked.
        let written =
            unsafe { h5d::H5Dwrite(dataset.0, memory.0, packed.0, selected.0, h5p::H5P_DEFAULT, buffer) };
        self.done(written, "writing elements")
    }

    /// The dataspace of packed elements in a buffer; fails unless the buffer has just their size.
    pub(super) fn packed(&self, bytes: usize, memory: &Id, selected: &Id) -> Result<Id> {
        let count = self.selected_elements(selected)?;
        if count.checked_mul(self.type_size(memory)?) != Some(bytes) {
            return Err(Error::usage(format!("a buffer of {bytes} bytes for {count} elements")));
        }
        let length = [convert(count, "elements")?];
        // SAFETY: the lock is held; the list has the one number that the rank says.
        let space = unsafe { h5s::H5Screate_simple(1, length.as_ptr(), std::ptr::null()) };
        self.id(space, "a dataspace in memory")
    }

    /// True if no storage was allocated yet.
    pub(crate) fn is_unallocated(&self, dataset: &Id) -> Result<bool> {
        let mut status = H5D_space_status_t::H5D_SPACE_STATUS_ERROR;
        // SAFETY: the lock is held, the handle lives, the number is this function's.
        let got = unsafe { h5d::H5Dget_space_status(dataset.0, &mut status) };
        self.done(got, "the storage of a dataset")?;
        Ok(status == H5D_space_status_t::H5D_SPACE_STATUS_NOT_ALLOCATED)
    }

    /// Sets the dimensions, of which the dataset has as many.
    pub(crate) fn set_extent(&self, dataset: &Id, dimensions: &[u64]) -> Result<()> {
        let space = self.dataset_space(dataset)?;
        if self.extent(&space)?.rank() != dimensions.len() {
            return Err(Error::usage("another number of dimensions"));
        }
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as the dataset has dimensions.
        self.done(unsafe { h5d::H5Dset_extent(dataset.0, dimensions.as_ptr()) }, "resizing")
    }

    /// Number of stored chunks.
    pub(crate) fn chunk_count(&self, dataset: &Id) -> Result<u64> {
        let (space, mut count) = (self.dataset_space(dataset)?, 0);
        // SAFETY: the lock is held, the handles live, the number is this function's.
        let got = unsafe { h5d::H5Dget_num_chunks(dataset.0, space.0, &mut count) };
        self.done(got, "counting chunks")?;
        Ok(count)
    }

    /// The stored chunk of a number, of a dataset of a rank.
    pub(crate) fn chunk_by_number(&self, dataset: &Id, rank: usize, number: u64) -> Result<RawChunk> {
        let mut chunk = RawChunk { offset: vec![0; rank.max(1)], address: 0, bytes: 0, filter_mask: 0 };
        let space = self.dataset_space(dataset)?;
        // SAFETY: the lock is held, the handles live, the list has as many numbers as the dataset has dimensions.
        let got = unsafe {
            h5d::H5Dget_chunk_info(
                dataset.0,
                space.0,
                number,
                chunk.offset.as_mut_ptr(),
                &mut chunk.filter_mask,
                &mut chunk.address,
                &mut chunk.bytes,
            )
        };
        self.done(got, "a stored chunk")?;
        chunk.offset.truncate(rank);
        Ok(chunk)
    }

    /// The stored chunk at an offset, which has the dataset's rank; `None` if none was written.
    pub(crate) fn chunk_at(&self, dataset: &Id, offset: &[u64]) -> Result<Option<RawChunk>> {
        let mut chunk = RawChunk { offset: offset.to_vec(), address: 0, bytes: 0, filter_mask: 0 };
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as the dataset has dimensions.
        let got = unsafe {
            h5d::H5Dget_chunk_info_by_coord(
                dataset.0,
                offset.as_ptr(),
                &mut chunk.filter_mask,
                &mut chunk.address,
                &mut chunk.bytes,
            )
        };
        self.done(got, "a stored chunk")?;
        Ok(Some(chunk).filter(|chunk| chunk.address != NOWHERE))
    }

    /// The bytes of a chunk as they are stored.
    pub(crate) fn read_chunk(&self, dataset: &Id, chunk: &mut RawChunk) -> Result<Vec<u8>> {
        let length = convert(chunk.bytes, "a stored chunk")?;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(length)
            .map_err(|e| Error::limit(format!("a stored chunk of {length} bytes")).with_source(e))?;
        bytes.resize(length, 0_u8);
        // SAFETY: the lock is held, the handle lives, the offset has the dataset's rank, and the buffer has the size that the library
        // says the chunk has; nobody changes it meanwhile, since the lock is held.
        #[allow(deprecated, reason = "the newer one is not in older releases")]
        let read = unsafe {
            h5d::H5Dread_chunk1(
                dataset.0,
                h5p::H5P_DEFAULT,
                chunk.offset.as_ptr(),
                &mut chunk.filter_mask,
                bytes.as_mut_ptr().cast(),
            )
        };
        self.done(read, "reading a stored chunk")?;
        Ok(bytes)
    }

    /// Writes a chunk as it is to be stored; the offset has the dataset's rank.
    pub(crate) fn write_chunk(
        &self,
        dataset: &Id,
        offset: &[u64],
        filter_mask: u32,
        bytes: &[u8],
    ) -> Result<()> {
        // SAFETY: the lock is held, the handle lives, the buffer has the size that it is said to have.
        let written = unsafe {
            h5d::H5Dwrite_chunk(
                dataset.0,
                h5p::H5P_DEFAULT,
                filter_mask,
                offset.as_ptr(),
                bytes.len(),
                bytes.as_ptr().cast(),
            )
        };
        self.done(written, "writing a stored chunk")
    }
}

/// The undefined address.
const NOWHERE: u64 = u64::MAX;
