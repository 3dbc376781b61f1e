//! Attributes.

use std::ffi::{CStr, c_char, c_void};

use h5_types::{Error, Name, Result};
use hdf5_metno_sys::h5::{self, H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5a::{self, H5A_info_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5p;

use super::{Id, Library, c_string};

impl Library {
    /// Names of all attributes, by name or by the order in which they were made.
    pub(crate) fn attribute_names(&self, object: &Id, by_creation: bool) -> Result<Vec<Name>> {
        let index = if by_creation { H5_index_t::H5_INDEX_CRT_ORDER } else { H5_index_t::H5_INDEX_NAME };
        let (mut position, mut list): (u64, Vec<Name>) = (0, Vec::new());
        // SAFETY: the lock is held and the handle lives; the callback is given the list, which outlives the call, and nothing else uses
        // it meanwhile.
        let done = unsafe {
            let list: *mut Vec<Name> = &mut list;
            h5a::H5Aiterate2(
                object.0,
                index,
                H5_iter_order_t::H5_ITER_INC,
                &mut position,
                Some(add_name),
                list.cast(),
            )
        };
        if done >= 0 {
            return Ok(list);
        }
        // HDF5 2 opens the object once more as it does by default, which fails for a dataset that names other files.
        self.attribute_names_one_by_one(object, index)
    }

    fn attribute_names_one_by_one(&self, object: &Id, index: H5_index_t) -> Result<Vec<Name>> {
        let doing = "listing attributes";
        let one = |number: u64| {
            let get = |buffer: *mut c_char, size: usize| {
                // SAFETY: the lock is held, the handle lives, the buffer has the size that it is said to have, or is none.
                unsafe {
                    h5a::H5Aget_name_by_idx(
                        object.0,
                        c".".as_ptr(),
                        index,
                        H5_iter_order_t::H5_ITER_INC,
                        number,
                        buffer,
                        size,
                        h5p::H5P_DEFAULT,
                    )
                }
            };
            let length = self.count(i64::try_from(get(std::ptr::null_mut(), 0)).unwrap_or(-1), doing)?;
            let mut name = vec![0_u8; length.saturating_add(1)];
            let got = get(name.as_mut_ptr().cast(), name.len());
            self.count(i64::try_from(got).unwrap_or(-1), doing)?;
            name.truncate(length);
            Ok(Name::new(name))
        };
        (0..self.facts(object)?.attributes).map(one).collect()
    }

    /// Is there an attribute of that name?
    pub(crate) fn has_attribute(&self, object: &Id, name: &[u8]) -> Result<bool> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        self.answer(unsafe { h5a::H5Aexists(object.0, name.as_ptr()) }, "finding an attribute")
    }

    /// Opens an attribute.
    pub(crate) fn open_attribute(&self, object: &Id, name: &[u8]) -> Result<Id> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        let opened = unsafe { h5a::H5Aopen(object.0, name.as_ptr(), h5p::H5P_DEFAULT) };
        self.id(opened, "opening an attribute")
    }

    /// Number of an attribute in the order of creation, where that is tracked.
    pub(crate) fn attribute_order(&self, attribute: &Id) -> Result<Option<u32>> {
        let mut info = H5A_info_t::default();
        // SAFETY: the lock is held, the handle lives, the record is this function's.
        self.done(unsafe { h5a::H5Aget_info(attribute.0, &mut info) }, "an attribute")?;
        Ok((info.corder_valid != 0).then_some(info.corder))
    }

    /// Datatype of an attribute.
    pub(crate) fn attribute_type(&self, attribute: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5a::H5Aget_type(attribute.0) }, "the datatype of an attribute")
    }

    /// Dataspace of an attribute.
    pub(crate) fn attribute_space(&self, attribute: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        self.id(unsafe { h5a::H5Aget_space(attribute.0) }, "the dataspace of an attribute")
    }

    /// Creates an attribute.
    pub(crate) fn create_attribute(&self, object: &Id, name: &[u8], datatype: &Id, space: &Id) -> Result<Id> {
        let properties = self.named(*h5p::H5P_CLS_ATTRIBUTE_CREATE, name)?;
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C.
        let made = unsafe {
            h5a::H5Acreate2(object.0, name.as_ptr(), datatype.0, space.0, properties.0, h5p::H5P_DEFAULT)
        };
        self.id(made, "creating an attribute")
    }

    /// Reads all elements, in the form of a datatype in memory.
    pub(crate) fn read_attribute(&self, attribute: &Id, memory: &Id, out: &mut [u8]) -> Result<()> {
        let space = self.attribute_space(attribute)?;
        self.check_bytes(out.len(), memory, &space)?;
        // SAFETY: the lock is held, the handles live, and the buffer has just as many bytes as the elements, which was checked.
        let read = unsafe { h5a::H5Aread(attribute.0, memory.0, out.as_mut_ptr().cast()) };
        self.done(read, "reading an attribute")
    }

    /// Writes all elements. What they point to has to be there, as the datatype says.
    pub(super) fn write_attribute_bytes(&self, attribute: &Id, memory: &Id, bytes: &[u8]) -> Result<()> {
        let space = self.attribute_space(attribute)?;
        self.check_bytes(bytes.len(), memory, &space)?;
        // SAFETY: the lock is held, the handles live, and the buffer has just as many bytes as the elements, which was checked.
        let written = unsafe { h5a::H5Awrite(attribute.0, memory.0, bytes.as_ptr().cast()) };
        self.done(written, "writing an attribute")
    }

    /// Removes an attribute.
    pub(crate) fn remove_attribute(&self, object: &Id, name: &[u8]) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        self.done(unsafe { h5a::H5Adelete(object.0, name.as_ptr()) }, "removing an attribute")
    }

    /// Gives an attribute another name.
    pub(crate) fn rename_attribute(&self, object: &Id, from: &[u8], to: &[u8]) -> Result<()> {
        let (from, to) = (c_string(from)?, c_string(to)?);
        // SAFETY: the lock is held, the handle lives, the names are texts of C.
        let done = unsafe { h5a::H5Arename(object.0, from.as_ptr(), to.as_ptr()) };
        self.done(done, "renaming an attribute")
    }

    /// Fails unless a buffer holds all elements of a dataspace.
    pub(super) fn check_bytes(&self, bytes: usize, memory: &Id, space: &Id) -> Result<()> {
        let count = self.space_elements(space)?;
        if count.checked_mul(self.type_size(memory)?) == Some(bytes) {
            return Ok(());
        }
        Err(Error::usage(format!("a buffer of {bytes} bytes for {count} elements")))
    }
}

unsafe extern "C" fn add_name(
    _: hid_t,
    name: *const c_char,
    _: *const H5A_info_t,
    list: *mut c_void,
) -> herr_t {
    // SAFETY: the library hands over the list that `attribute_names` gave it.
    let list = unsafe { list.cast::<Vec<Name>>().as_mut() };
    let (Some(list), false) = (list, name.is_null()) else { return h5::H5_ITER_ERROR };
    // SAFETY: a name is a text of C that lives until this returns.
    let name = unsafe { CStr::from_ptr(name) };
    list.push(Name::new(name.to_bytes()));
    0
}
