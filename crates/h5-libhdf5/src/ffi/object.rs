//! Objects of any kind, and groups.

use std::ffi::CStr;

use h5_types::{Error, Name, Result};
use hdf5_metno_sys::h5o::{self, H5O_info1_t, H5O_type_t};
use hdf5_metno_sys::h5r;
use hdf5_metno_sys::{h5g, h5i, h5p, h5t};

use super::{Id, Library, c_string, declared};

/// Kinds of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ObjectType {
    Group,
    Dataset,
    Datatype,
}

/// What the library knows of an object.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ObjectFacts {
    /// Address of its header.
    pub(crate) address: u64,
    pub(crate) kind: ObjectType,
    pub(crate) reference_count: u32,
    /// Seconds since 1970, where they are stored.
    pub(crate) modified: Option<u64>,
    pub(crate) born: Option<u64>,
    pub(crate) header_version: u32,
    pub(crate) attributes: u64,
}

impl Library {
    /// Opens an object by the address of its header, which is what a reference to an object is in memory.
    pub(crate) fn open_object(&self, file: &Id, address: u64) -> Result<Id> {
        let reference: *const u64 = &address;
        self.open_beside(|access| {
            // SAFETY: the lock is held, the handles live, the reference has its type's size.
            unsafe { h5r::H5Rdereference2(file.0, access, super::reference::OBJECT, reference.cast()) }
        })
    }

    /// Opens the root group.
    pub(crate) fn open_root(&self, file: &Id) -> Result<Id> {
        // SAFETY: the lock is held, the handle lives.
        let root = unsafe { h5g::H5Gopen2(file.0, c"/".as_ptr(), h5p::H5P_DEFAULT) };
        self.id(root, "opening the root group")
    }

    /// What kind of object this is, where it lies, and what its header says.
    pub(crate) fn facts(&self, object: &Id) -> Result<ObjectFacts> {
        let mut info = H5O_info1_t::default();
        // SAFETY: the lock is held, the handle lives, the record is this function's.
        self.done(unsafe { declared::H5Oget_info1(object.0, &mut info) }, "an object's header")?;
        let kind = match info.type_ {
            H5O_type_t::H5O_TYPE_GROUP => ObjectType::Group,
            H5O_type_t::H5O_TYPE_DATASET => ObjectType::Dataset,
            H5O_type_t::H5O_TYPE_NAMED_DATATYPE => ObjectType::Datatype,
            other => return Err(Error::unsupported(format!("an object of kind {other:?}"))),
        };
        let seconds = |time: i64| u64::try_from(time).ok().filter(|&time| time > 0);
        Ok(ObjectFacts {
            address: info.addr,
            kind,
            reference_count: info.rc,
            modified: seconds(info.mtime),
            born: seconds(info.btime),
            header_version: info.hdr.version,
            attributes: info.num_attrs,
        })
    }

    /// The comment; `None` if there is none.
    pub(crate) fn comment(&self, object: &Id) -> Result<Option<Name>> {
        // SAFETY: the lock is held, the handle lives; nothing is written without a buffer.
        let length = unsafe { h5o::H5Oget_comment(object.0, std::ptr::null_mut(), 0) };
        let length = self.count(i64::try_from(length).unwrap_or(-1), "a comment")?;
        if length == 0 {
            return Ok(None);
        }
        let mut buffer = vec![0_u8; length.saturating_add(1)];
        // SAFETY: as above; the buffer has as many bytes as it is said to have.
        let read = unsafe { h5o::H5Oget_comment(object.0, buffer.as_mut_ptr().cast(), buffer.len()) };
        self.count(i64::try_from(read).unwrap_or(-1), "a comment")?;
        buffer.truncate(length);
        Ok(Some(Name::new(buffer)))
    }

    /// Sets the comment, or removes it.
    pub(crate) fn set_comment(&self, object: &Id, comment: Option<&CStr>) -> Result<()> {
        let text = comment.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: the lock is held, the handle lives, the text is one of C or none.
        #[allow(deprecated, reason = "the format has comments")]
        let set = unsafe { h5o::H5Oset_comment(object.0, text) };
        self.done(set, "setting a comment")
    }

    /// Creates a group and the link to it.
    pub(crate) fn create_group(
        &self,
        parent: &Id,
        name: &[u8],
        tracks_links: bool,
        tracks_attributes: bool,
    ) -> Result<Id> {
        let link = self.link_properties(name)?;
        let creation = self.object_properties(*h5p::H5P_CLS_GROUP_CREATE, tracks_attributes)?;
        if tracks_links {
            self.track_links(&creation)?;
        }
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C.
        let group = unsafe { h5g::H5Gcreate2(parent.0, name.as_ptr(), link.0, creation.0, h5p::H5P_DEFAULT) };
        self.id(group, "creating a group")
    }

    /// Stores a datatype as an object of its own, with a link to it. The handle is then that of the object.
    pub(crate) fn commit(&self, parent: &Id, name: &[u8], datatype: &Id) -> Result<()> {
        let link = self.link_properties(name)?;
        let name = c_string(name)?;
        // SAFETY: the lock is held, the handles live, the name is a text of C.
        let done = unsafe {
            h5t::H5Tcommit2(parent.0, name.as_ptr(), datatype.0, link.0, h5p::H5P_DEFAULT, h5p::H5P_DEFAULT)
        };
        self.done(done, "committing a datatype")
    }

    /// Whether a group tracks the order of its links, and an object that of its attributes.
    pub(crate) fn tracks(&self, object: &Id, kind: ObjectType) -> Result<(bool, bool)> {
        let creation = match kind {
            // SAFETY: the lock is held, the handle lives.
            ObjectType::Group => unsafe { h5g::H5Gget_create_plist(object.0) },
            // SAFETY: as above.
            ObjectType::Dataset => unsafe { hdf5_metno_sys::h5d::H5Dget_create_plist(object.0) },
            // SAFETY: as above.
            ObjectType::Datatype => unsafe { h5t::H5Tget_create_plist(object.0) },
        };
        let creation = self.id(creation, "creation properties")?;
        let (mut links, mut attributes) = (0, 0);
        if kind == ObjectType::Group {
            // SAFETY: the lock is held, the handle lives, the number is this function's.
            let got = unsafe { h5p::H5Pget_link_creation_order(creation.0, &mut links) };
            self.done(got, "order of links")?;
        }
        // SAFETY: as above.
        let got = unsafe { h5p::H5Pget_attr_creation_order(creation.0, &mut attributes) };
        self.done(got, "order of attributes")?;
        Ok((links & TRACKED != 0, attributes & TRACKED != 0))
    }

    /// Has the new group of these properties track the order of its links.
    pub(super) fn track_links(&self, creation: &Id) -> Result<()> {
        // SAFETY: the lock is held, the handle lives.
        let set = unsafe { h5p::H5Pset_link_creation_order(creation.0, TRACKED) };
        self.done(set, "order of links")
    }

    /// Properties of the creation of an object.
    pub(super) fn object_properties(&self, class: h5i::hid_t, tracks_attributes: bool) -> Result<Id> {
        // SAFETY: the lock is held.
        let creation = self.id(unsafe { h5p::H5Pcreate(class) }, "creation properties")?;
        if tracks_attributes {
            // SAFETY: the lock is held, the handle lives.
            let set = unsafe { h5p::H5Pset_attr_creation_order(creation.0, TRACKED) };
            self.done(set, "order of attributes")?;
        }
        Ok(creation)
    }
}

/// Tracked, and indexed by it.
const TRACKED: u32 = h5p::H5P_CRT_ORDER_TRACKED | h5p::H5P_CRT_ORDER_INDEXED;
