//! Properties of a dataset's creation: layout, filters, fill value, other files.

use std::ffi::{c_char, c_uint};

use h5_types::{AllocationTime, ExternalFile, FillTime, Name, Result};
use hdf5_metno_sys::h5d::{self, H5D_alloc_time_t, H5D_fill_time_t, H5D_fill_value_t, H5D_layout_t};
use hdf5_metno_sys::h5p;

use super::{Id, Library, c_string, convert};

/// Layouts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LayoutKind {
    Compact,
    Contiguous,
    Chunked,
    Virtual,
}

/// A filter as it is asked for or stored.
#[derive(Debug, Clone)]
pub(crate) struct Filter {
    pub(crate) id: u16,
    pub(crate) flags: u16,
    pub(crate) name: Name,
    pub(crate) client_data: Vec<u32>,
}

/// One piece of a virtual dataset; the selections are those of the dataspaces.
#[derive(Debug)]
pub(crate) struct Mapping {
    pub(crate) file: Name,
    pub(crate) dataset: Name,
    pub(crate) source: Id,
    pub(crate) target: Id,
}

impl Library {
    /// Properties of a new dataset.
    pub(crate) fn dataset_properties(&self, tracks_attributes: bool) -> Result<Id> {
        self.object_properties(*h5p::H5P_CLS_DATASET_CREATE, tracks_attributes)
    }

    pub(crate) fn set_layout(&self, properties: &Id, layout: LayoutKind) -> Result<()> {
        let layout = match layout {
            LayoutKind::Compact => H5D_layout_t::H5D_COMPACT,
            LayoutKind::Contiguous => H5D_layout_t::H5D_CONTIGUOUS,
            LayoutKind::Chunked => H5D_layout_t::H5D_CHUNKED,
            LayoutKind::Virtual => H5D_layout_t::H5D_VIRTUAL,
        };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5p::H5Pset_layout(properties.0, layout) }, "a layout")
    }

    pub(crate) fn layout(&self, properties: &Id) -> Result<LayoutKind> {
        // SAFETY: the lock is held, the handle lives.
        match unsafe { h5p::H5Pget_layout(properties.0) } {
            H5D_layout_t::H5D_COMPACT => Ok(LayoutKind::Compact),
            H5D_layout_t::H5D_CONTIGUOUS => Ok(LayoutKind::Contiguous),
            H5D_layout_t::H5D_CHUNKED => Ok(LayoutKind::Chunked),
            H5D_layout_t::H5D_VIRTUAL => Ok(LayoutKind::Virtual),
            _ => Err(self.error("a layout")),
        }
    }

    pub(crate) fn set_chunk(&self, properties: &Id, chunk: &[u64]) -> Result<()> {
        let rank = convert(chunk.len(), "a rank")?;
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as the rank says.
        self.done(unsafe { h5p::H5Pset_chunk(properties.0, rank, chunk.as_ptr()) }, "a chunk's shape")
    }

    /// Shape of a chunk of so many dimensions.
    pub(crate) fn chunk(&self, properties: &Id, rank: usize) -> Result<Vec<u64>> {
        let mut chunk = vec![0_u64; rank];
        let most = convert(rank, "a rank")?;
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as the rank says.
        let got = unsafe { h5p::H5Pget_chunk(properties.0, most, chunk.as_mut_ptr()) };
        self.count(got, "a chunk's shape")?;
        Ok(chunk)
    }

    pub(crate) fn add_filter(&self, properties: &Id, filter: &Filter) -> Result<()> {
        let data = filter.client_data.as_slice();
        // SAFETY: the lock is held, the handle lives, the list has as many numbers as it is said to have.
        let set = unsafe {
            h5p::H5Pset_filter(properties.0, filter.id.into(), filter.flags.into(), data.len(), data.as_ptr())
        };
        self.done(set, "a filter")
    }

    /// The filters, in the order of writing.
    pub(crate) fn filters(&self, properties: &Id) -> Result<Vec<Filter>> {
        // SAFETY: the lock is held, the handle lives.
        let count = self.count(unsafe { h5p::H5Pget_nfilters(properties.0) }, "the filters")?;
        (0..count).map(|index| self.filter(properties, convert(index, "filters")?)).collect()
    }

    fn filter(&self, properties: &Id, index: c_uint) -> Result<Filter> {
        let mut client_data = vec![0_u32; 64];
        let (mut flags, mut config) = (0, 0);
        loop {
            let (mut count, mut name) = (client_data.len(), [0_u8; 256]);
            // SAFETY: the lock is held, the handle lives; both buffers have the sizes that they are said to have.
            let id = unsafe {
                h5p::H5Pget_filter2(
                    properties.0,
                    index,
                    &mut flags,
                    &mut count,
                    client_data.as_mut_ptr(),
                    name.len(),
                    name.as_mut_ptr().cast(),
                    &mut config,
                )
            };
            let id = self.count(id, "a filter")?;
            if count > client_data.len() {
                client_data.resize(count, 0);
                continue;
            }
            client_data.truncate(count);
            return Ok(Filter {
                id: convert(id, "a filter's number")?,
                // Beyond the stored bits are those that say how the filter was called.
                flags: convert(flags & 0xff, "a filter's flags")?,
                name: Name::new(name.split(|&byte| byte == 0).next().unwrap_or_default()),
                client_data,
            });
        }
    }

    pub(crate) fn set_times(
        &self,
        properties: &Id,
        allocation: Option<AllocationTime>,
        fill: FillTime,
    ) -> Result<()> {
        let fill = match fill {
            FillTime::Allocation => H5D_fill_time_t::H5D_FILL_TIME_ALLOC,
            FillTime::Never => H5D_fill_time_t::H5D_FILL_TIME_NEVER,
            FillTime::IfSet => H5D_fill_time_t::H5D_FILL_TIME_IFSET,
        };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5p::H5Pset_fill_time(properties.0, fill) }, "the fill time")?;
        let allocation = match allocation {
            None => return Ok(()),
            Some(AllocationTime::Early) => H5D_alloc_time_t::H5D_ALLOC_TIME_EARLY,
            Some(AllocationTime::Late) => H5D_alloc_time_t::H5D_ALLOC_TIME_LATE,
            Some(AllocationTime::Incremental) => H5D_alloc_time_t::H5D_ALLOC_TIME_INCR,
        };
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5p::H5Pset_alloc_time(properties.0, allocation) }, "the allocation time")
    }

    /// When storage is allocated, and when the fill value is written.
    pub(crate) fn times(&self, properties: &Id) -> Result<(AllocationTime, FillTime)> {
        let mut allocation = H5D_alloc_time_t::H5D_ALLOC_TIME_DEFAULT;
        let mut fill = H5D_fill_time_t::H5D_FILL_TIME_IFSET;
        // SAFETY: the lock is held, the handle lives, the numbers are this function's.
        let returned = unsafe {
            [
                h5p::H5Pget_alloc_time(properties.0, &mut allocation),
                h5p::H5Pget_fill_time(properties.0, &mut fill),
            ]
        };
        returned.into_iter().try_for_each(|status| self.done(status, "allocation and fill time"))?;
        let allocation = match allocation {
            H5D_alloc_time_t::H5D_ALLOC_TIME_EARLY => AllocationTime::Early,
            H5D_alloc_time_t::H5D_ALLOC_TIME_INCR => AllocationTime::Incremental,
            _ => AllocationTime::Late,
        };
        let fill = match fill {
            H5D_fill_time_t::H5D_FILL_TIME_ALLOC => FillTime::Allocation,
            H5D_fill_time_t::H5D_FILL_TIME_NEVER => FillTime::Never,
            _ => FillTime::IfSet,
        };
        Ok((allocation, fill))
    }

    /// Sets a fill value, whose size is checked; `None` is explicitly none.
    pub(crate) fn set_fill(&self, properties: &Id, datatype: &Id, value: Option<&[u8]>) -> Result<()> {
        let pointer = match value {
            Some(value) if value.len() != self.type_size(datatype)? => {
                let found = value.len();
                return Err(h5_types::Error::usage(format!("a fill value of {found} bytes")));
            }
            Some(value) => value.as_ptr().cast(),
            None => std::ptr::null(),
        };
        // SAFETY: the lock is held, the handles live, the value has the size of an element or is none. What it points to is as the
        // datatype says: see `Translator`.
        let set = unsafe { h5p::H5Pset_fill_value(properties.0, datatype.0, pointer) };
        self.done(set, "a fill value")
    }

    /// Whether a fill value is the user's; `None`: explicitly none.
    pub(crate) fn has_fill(&self, properties: &Id) -> Result<Option<bool>> {
        let mut status = H5D_fill_value_t::H5D_FILL_VALUE_DEFAULT;
        // SAFETY: the lock is held, the handle lives, the number is this function's.
        self.done(unsafe { h5p::H5Pfill_value_defined(properties.0, &mut status) }, "a fill value")?;
        Ok(match status {
            H5D_fill_value_t::H5D_FILL_VALUE_UNDEFINED => None,
            H5D_fill_value_t::H5D_FILL_VALUE_USER_DEFINED => Some(true),
            _ => Some(false),
        })
    }

    /// The fill value, as one element in memory.
    pub(crate) fn fill(&self, properties: &Id, datatype: &Id) -> Result<Vec<u8>> {
        let mut value = vec![0_u8; self.type_size(datatype)?];
        // SAFETY: the lock is held, the handles live, the buffer has the size of an element.
        let got = unsafe { h5p::H5Pget_fill_value(properties.0, datatype.0, value.as_mut_ptr().cast()) };
        self.done(got, "a fill value")?;
        Ok(value)
    }

    pub(crate) fn add_external(&self, properties: &Id, file: &ExternalFile) -> Result<()> {
        let name = c_string(file.name.as_bytes())?;
        let offset = convert(file.offset_bytes, "an offset in an external file")?;
        let size = file.size_bytes.unwrap_or(UNLIMITED);
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        let set = unsafe { h5p::H5Pset_external(properties.0, name.as_ptr(), offset, size) };
        self.done(set, "an external file")
    }

    /// The files that hold the elements.
    pub(crate) fn externals(&self, properties: &Id) -> Result<Vec<ExternalFile>> {
        // SAFETY: the lock is held, the handle lives.
        let count = self.count(unsafe { h5p::H5Pget_external_count(properties.0) }, "external files")?;
        let mut files = Vec::new();
        for index in 0..count {
            let index = convert(index, "external files")?;
            let (mut name, mut offset, mut size) = (vec![0_u8; LONGEST_NAME], 0, 0);
            // SAFETY: the lock is held, the handle lives, the buffer has the size that it is said to have less one, so that a NUL stays.
            let got = unsafe {
                h5p::H5Pget_external(
                    properties.0,
                    index,
                    name.len().saturating_sub(1),
                    name.as_mut_ptr().cast(),
                    &mut offset,
                    &mut size,
                )
            };
            self.done(got, "an external file")?;
            files.push(ExternalFile {
                name: Name::new(name.split(|&byte| byte == 0).next().unwrap_or_default()),
                offset_bytes: u64::try_from(offset).unwrap_or(0),
                size_bytes: Some(size).filter(|&size| size != UNLIMITED),
            });
        }
        Ok(files)
    }

    pub(crate) fn add_mapping(&self, properties: &Id, mapping: &Mapping) -> Result<()> {
        let (file, dataset) = (c_string(mapping.file.as_bytes())?, c_string(mapping.dataset.as_bytes())?);
        // SAFETY: the lock is held, the handles live, the names are texts of C.
        let set = unsafe {
            h5p::H5Pset_virtual(
                properties.0,
                mapping.target.0,
                file.as_ptr(),
                dataset.as_ptr(),
                mapping.source.0,
            )
        };
        self.done(set, "a piece of a virtual dataset")
    }

    /// The pieces of a virtual dataset.
    pub(crate) fn mappings(&self, properties: &Id) -> Result<Vec<Mapping>> {
        let mut count = 0;
        // SAFETY: the lock is held, the handle lives, the number is this function's.
        self.done(unsafe { h5p::H5Pget_virtual_count(properties.0, &mut count) }, "a virtual dataset")?;
        let mut mappings = Vec::new();
        for index in 0..count {
            let doing = "a piece of a virtual dataset";
            // SAFETY: the lock is held, the handle lives.
            let (source, target) = unsafe {
                (
                    h5p::H5Pget_virtual_srcspace(properties.0, index),
                    h5p::H5Pget_virtual_vspace(properties.0, index),
                )
            };
            let (source, target) = (self.id(source, doing)?, self.id(target, doing)?);
            // SAFETY: as above; `text` hands over a buffer and its size, or none.
            let file = self.text_of(|buffer, size| unsafe {
                h5p::H5Pget_virtual_filename(properties.0, index, buffer, size)
            })?;
            // SAFETY: as above.
            let dataset = self.text_of(|buffer, size| unsafe {
                h5p::H5Pget_virtual_dsetname(properties.0, index, buffer, size)
            })?;
            mappings.push(Mapping { file, dataset, source, target });
        }
        Ok(mappings)
    }

    /// A text from a function that tells its length and, given a buffer, writes it with a NUL.
    fn text_of(&self, get: impl Fn(*mut c_char, usize) -> isize) -> Result<Name> {
        let length = self.count(i64::try_from(get(std::ptr::null_mut(), 0)).unwrap_or(-1), "a name")?;
        let mut buffer = vec![0_u8; length.saturating_add(1)];
        let got = get(buffer.as_mut_ptr().cast(), buffer.len());
        self.count(i64::try_from(got).unwrap_or(-1), "a name")?;
        buffer.truncate(length);
        Ok(Name::new(buffer))
    }

    /// How chunks are found.
    pub(crate) fn chunk_index(&self, dataset: &Id) -> Result<u32> {
        let mut kind = 0;
        // SAFETY: the lock is held, the handle lives, the number is this function's.
        let got = unsafe { h5d::H5Dget_chunk_index_type(dataset.0, &mut kind) };
        self.done(got, "the index of chunks")?;
        Ok(kind)
    }
}

/// Size of an external file that is not limited.
const UNLIMITED: u64 = u64::MAX;
/// Most bytes of an external file's name that are read.
const LONGEST_NAME: usize = 64 << 10;
