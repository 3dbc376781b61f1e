//! What the binding declares in a way that cannot be used here: classes of links are any number to 255, where it has an enumeration of
//! five.

use std::ffi::{c_char, c_int, c_void};

use hdf5_metno_sys::h5::{H5_index_t, H5_iter_order_t, hbool_t, herr_t, hsize_t, htri_t};
use hdf5_metno_sys::h5i::hid_t;
use hdf5_metno_sys::h5t::H5T_cset_t;

/// `H5L_info1_t`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct LinkInfo {
    pub(super) class: c_int,
    pub(super) corder_valid: hbool_t,
    pub(super) corder: i64,
    cset: H5T_cset_t,
    /// Address of a hard link's object; size of any other link's value, in as many bytes as a `size_t` has.
    pub(super) value: u64,
}

/// `H5L_class_t` of its version 0.
#[repr(C)]
pub(super) struct LinkClass {
    pub(super) version: c_int,
    pub(super) id: c_int,
    pub(super) comment: *const c_char,
    pub(super) create: *const c_void,
    pub(super) moved: *const c_void,
    pub(super) copied: *const c_void,
    pub(super) traverse:
        Option<unsafe extern "C" fn(*const c_char, hid_t, *const c_void, usize, hid_t) -> hid_t>,
    pub(super) delete: *const c_void,
    pub(super) query:
        Option<unsafe extern "C" fn(*const c_char, *const c_void, usize, *mut c_void, usize) -> isize>,
}

pub(super) type LinkVisitor =
    unsafe extern "C" fn(hid_t, *const c_char, *const LinkInfo, *mut c_void) -> herr_t;

impl LinkInfo {
    pub(super) const fn zeroed() -> Self {
        Self { class: 0, corder_valid: 0, corder: 0, cset: H5T_cset_t::H5T_CSET_ASCII, value: 0 }
    }
}

#[allow(clashing_extern_declarations, reason = "see the module's documentation")]
unsafe extern "C" {
    #[cfg_attr(not(hdf5_1_12), link_name = "H5Lget_info")]
    pub(super) fn H5Lget_info1(
        group: hid_t,
        name: *const c_char,
        info: *mut LinkInfo,
        access: hid_t,
    ) -> herr_t;
    #[cfg_attr(not(hdf5_1_12), link_name = "H5Literate")]
    pub(super) fn H5Literate1(
        group: hid_t,
        index: H5_index_t,
        order: H5_iter_order_t,
        position: *mut hsize_t,
        visitor: Option<LinkVisitor>,
        data: *mut c_void,
    ) -> herr_t;
    pub(super) fn H5Lcreate_ud(
        group: hid_t,
        name: *const c_char,
        class: c_int,
        value: *const c_void,
        size: usize,
        creation: hid_t,
        access: hid_t,
    ) -> herr_t;
    pub(super) fn H5Lregister(class: *const LinkClass) -> herr_t;
    pub(super) fn H5Lis_registered(class: c_int) -> htri_t;
    /// The binding has it where `H5Oget_info` is a macro only.
    pub(super) fn H5Oget_info1(object: hid_t, info: *mut hdf5_metno_sys::h5o::H5O_info1_t) -> herr_t;
}
