//! Links.

use std::ffi::{CStr, c_char, c_void};

use h5_types::{Name, Result};
use hdf5_metno_sys::h5::{self, H5_index_t, H5_iter_order_t, herr_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::{h5g, h5l, h5o, h5p, h5t};

use super::declared::{self, LinkInfo};
use super::{Id, Library, c_string, convert};

/// What a link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    /// To the object at an address.
    Hard(u64),
    /// To a path.
    Soft,
    /// Of another class, 64 being external.
    Other(u8),
}

/// A link without its value.
#[derive(Debug, Clone)]
pub(crate) struct LinkEntry {
    pub(crate) name: Name,
    pub(crate) kind: LinkKind,
    pub(crate) creation_order: Option<i64>,
}

impl Library {
    /// Number of links of a group.
    pub(crate) fn link_count(&self, group: &Id) -> Result<u64> {
        let mut info = h5g::H5G_info_t::default();
        // SAFETY: the lock is held, the handle lives, the record is this function's.
        self.done(unsafe { h5g::H5Gget_info(group.0, &mut info) }, "a group")?;
        Ok(info.nlinks)
    }

    /// Is there a link of that name?
    pub(crate) fn has_link(&self, group: &Id, name: &[u8]) -> Result<bool> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        let found = unsafe { h5l::H5Lexists(group.0, name.as_ptr(), h5p::H5P_DEFAULT) };
        self.answer(found, "finding a link")
    }

    /// A link that is there.
    pub(crate) fn link(&self, group: &Id, name: &[u8]) -> Result<LinkEntry> {
        let text = c_string(name)?;
        let mut info = LinkInfo::zeroed();
        // SAFETY: the lock is held, the handle lives, the name is a text of C, the record is this function's.
        let got = unsafe { declared::H5Lget_info1(group.0, text.as_ptr(), &mut info, h5p::H5P_DEFAULT) };
        self.done(got, "a link")?;
        Ok(entry(Name::new(name), &info))
    }

    /// The value of a link that is not hard.
    pub(crate) fn link_value(&self, group: &Id, name: &[u8]) -> Result<Vec<u8>> {
        let name = c_string(name)?;
        let mut info = LinkInfo::zeroed();
        // SAFETY: the lock is held, the handle lives, the name is a text of C, the record is this function's.
        let got = unsafe { declared::H5Lget_info1(group.0, name.as_ptr(), &mut info, h5p::H5P_DEFAULT) };
        self.done(got, "a link")?;
        let size = convert(info.value, "the value of a link")?;
        let mut value = vec![0_u8; size];
        if size > 0 {
            // SAFETY: as above; the buffer has as many bytes as it is said to have.
            let got = unsafe {
                h5l::H5Lget_val(group.0, name.as_ptr(), value.as_mut_ptr().cast(), size, h5p::H5P_DEFAULT)
            };
            self.done(got, "the value of a link")?;
        }
        Ok(value)
    }

    /// All links of a group: by name, or by the order in which they were made.
    pub(crate) fn links(&self, group: &Id, by_creation: bool) -> Result<Vec<LinkEntry>> {
        let index = if by_creation { H5_index_t::H5_INDEX_CRT_ORDER } else { H5_index_t::H5_INDEX_NAME };
        let (mut position, mut list): (u64, Vec<LinkEntry>) = (0, Vec::new());
        // SAFETY: the lock is held and the handle lives; the callback is given the list, which outlives the call, and nothing else uses
        // it meanwhile.
        let done = unsafe {
            let list: *mut Vec<LinkEntry> = &mut list;
            declared::H5Literate1(
                group.0,
                index,
                H5_iter_order_t::H5_ITER_INC,
                &mut position,
                Some(add_link),
                list.cast(),
            )
        };
        self.done(done, "listing links")?;
        Ok(list)
    }

    /// Makes another name of an object.
    pub(crate) fn link_hard(&self, object: &Id, group: &Id, name: &[u8]) -> Result<()> {
        let properties = self.link_properties(name)?;
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the names are texts of C.
        let done = unsafe {
            h5l::H5Lcreate_hard(
                object.0,
                c".".as_ptr(),
                group.0,
                name.as_ptr(),
                properties.0,
                h5p::H5P_DEFAULT,
            )
        };
        self.done(done, "creating a hard link")
    }

    /// Makes a link to a path.
    pub(crate) fn link_soft(&self, target: &[u8], group: &Id, name: &[u8]) -> Result<()> {
        let properties = self.link_properties(name)?;
        let (target, name) = (c_string(target)?, c_string(name)?);
        // SAFETY: the lock is held, the handles live, the names are texts of C.
        let done = unsafe {
            h5l::H5Lcreate_soft(target.as_ptr(), group.0, name.as_ptr(), properties.0, h5p::H5P_DEFAULT)
        };
        self.done(done, "creating a soft link")
    }

    /// Makes a link of another class, with its value as it is stored.
    pub(crate) fn link_other(&self, class: u8, value: &[u8], group: &Id, name: &[u8]) -> Result<()> {
        self.know_class(class)?;
        let properties = self.link_properties(name)?;
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C, and the value has as many bytes as it is said to have.
        let done = unsafe {
            declared::H5Lcreate_ud(
                group.0,
                name.as_ptr(),
                class.into(),
                value.as_ptr().cast(),
                value.len(),
                properties.0,
                h5p::H5P_DEFAULT,
            )
        };
        self.done(done, "creating a link")
    }

    /// Removes a link of a group to itself. The library goes through the group's header meanwhile, and 1.10.8 crashes where the count of links
    /// leaves it just then: so it is one more until the link is gone.
    pub(crate) fn remove_own_link(&self, group: &Id, name: &[u8]) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        self.done(unsafe { h5o::H5Oincr_refcount(group.0) }, "removing a link")?;
        let removed = self.remove_link(group, name);
        // SAFETY: as above.
        let counted = self.done(unsafe { h5o::H5Odecr_refcount(group.0) }, "removing a link");
        removed.and(counted)
    }

    /// Removes a link.
    pub(crate) fn remove_link(&self, group: &Id, name: &[u8]) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handle lives, the name is a text of C.
        let done = unsafe { h5l::H5Ldelete(group.0, name.as_ptr(), h5p::H5P_DEFAULT) };
        self.done(done, "removing a link")
    }

    /// Properties of a new link: the character set of its name.
    pub(super) fn link_properties(&self, name: &[u8]) -> Result<Id> {
        self.named(*h5p::H5P_CLS_LINK_CREATE, name)
    }

    /// Properties of what has a name: its character set.
    pub(super) fn named(&self, class: hid_t, name: &[u8]) -> Result<Id> {
        // SAFETY: the lock is held.
        let properties = self.id(unsafe { h5p::H5Pcreate(class) }, "creation properties")?;
        if !name.is_ascii() && std::str::from_utf8(name).is_ok() {
            let utf8 = h5t::H5T_cset_t::H5T_CSET_UTF8;
            // SAFETY: the lock is held, the handle lives.
            let set = unsafe { h5p::H5Pset_char_encoding(properties.0, utf8) };
            self.done(set, "the encoding of a name")?;
        }
        Ok(properties)
    }
}

fn entry(name: Name, info: &LinkInfo) -> LinkEntry {
    let kind = match info.class {
        0 => LinkKind::Hard(info.value),
        1 => LinkKind::Soft,
        other => LinkKind::Other(u8::try_from(other).unwrap_or(u8::MAX)),
    };
    LinkEntry { name, kind, creation_order: (info.corder_valid != 0).then_some(info.corder) }
}

unsafe extern "C" fn add_link(
    _: hid_t,
    name: *const c_char,
    info: *const LinkInfo,
    list: *mut c_void,
) -> herr_t {
    // SAFETY: the library hands over a link's record and the list that `links` gave it.
    let (info, list) = unsafe { (info.as_ref(), list.cast::<Vec<LinkEntry>>().as_mut()) };
    let (Some(info), Some(list), false) = (info, list, name.is_null()) else { return h5::H5_ITER_ERROR };
    // SAFETY: a name is a text of C that lives until this returns.
    let name = unsafe { CStr::from_ptr(name) };
    list.push(entry(Name::new(name.to_bytes()), info));
    0
}
