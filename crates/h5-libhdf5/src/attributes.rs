//! Attributes of an object.

use h5_backend::{AttributeInfo, Order};
use h5_types::{Datatype, Elements, Error, ErrorKind, Heap, Name, NewAttribute, Result};

use crate::datatype::{self, refused};
use crate::ffi::Id;
use crate::node::LibraryNode;
use crate::session::Session;

impl LibraryNode {
    pub(crate) fn list_attributes(&self, order: Order) -> Result<Vec<Result<AttributeInfo>>> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        let by_creation = order == Order::Creation;
        if by_creation {
            let kind = session.library.facts(&id)?.kind;
            if !session.library.tracks(&id, kind)?.1 {
                return Err(Error::unsupported("the order in which attributes were made is not tracked"));
            }
        }
        let names = session.library.attribute_names(&id, by_creation)?;
        Ok(names.into_iter().map(|name| describe(&session, &id, name)).collect())
    }

    pub(crate) fn find_attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        if !has(&session, &id, name)? {
            return Ok(None);
        }
        describe(&session, &id, Name::new(name)).map(Some)
    }

    pub(crate) fn attribute_elements(&self, name: &[u8]) -> Result<Elements> {
        let session = self.file.session()?;
        let id = session.object(self.token)?;
        if !has(&session, &id, name)? {
            return Err(no_attribute(name));
        }
        let attribute = session.library.open_attribute(&id, name)?;
        let form = session.library.c_form(session.library.attribute_type(&attribute)?)?;
        let datatype = datatype::decode(&session.library, form.datatype())?;
        let space = session.library.attribute_space(&attribute)?;
        let (mut bytes, mut heap) = (Vec::new(), Heap::default());
        if session.library.extent(&space)?.element_count() != Some(0) {
            bytes = session.translator()?.read_attribute(&attribute, &form, &mut heap)?;
        }
        Ok(Elements { datatype, bytes, heap })
    }

    pub(crate) fn put_attribute(&self, new: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        new.check()?;
        let there = has(&session, &id, new.name.as_bytes())?;
        if there && !replace {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("an attribute `{}`", new.name)));
        }
        if u64::try_from(value.count()).ok() != new.dataspace.element_count() {
            let message = format!("{} elements of an attribute of {:?}", value.count(), new.dataspace);
            return Err(Error::usage(message));
        }
        let stored = stored_type(&session, new.committed_datatype, &new.datatype)?;
        let value = value.convert(&new.datatype.memory_form())?;
        if !there {
            return create(&session, &id, new.name.as_bytes(), new, stored, &value);
        }
        // Made under another name first, so that a failure leaves the old one.
        let spare = free_name(&session, &id)?;
        create(&session, &id, &spare, new, stored, &value)?;
        let replaced = remove(&session, &id, new.name.as_bytes())
            .and_then(|()| session.library.rename_attribute(&id, &spare, new.name.as_bytes()));
        replaced.inspect_err(|_| {
            // The first error is the one to tell of.
            let _ = session.library.remove_attribute(&id, &spare);
        })
    }

    pub(crate) fn take_attribute(&self, name: &[u8]) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        if !has(&session, &id, name)? {
            return Err(no_attribute(name));
        }
        remove(&session, &id, name)
    }

    pub(crate) fn relabel_attribute(&self, from: &[u8], to: &Name) -> Result<()> {
        let session = self.file.edit()?;
        let id = session.object(self.token)?;
        if !has(&session, &id, from)? {
            return Err(no_attribute(from));
        }
        if !is_name(to.as_bytes()) {
            return Err(Error::usage(format!("`{to}` is no name of an attribute")));
        }
        if has(&session, &id, to.as_bytes())? {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("an attribute `{to}`")));
        }
        session.library.rename_attribute(&id, from, to.as_bytes()).map_err(refused)
    }
}

/// The datatype to store: the committed one, if it is the same, or one of its own.
pub(crate) fn stored_type(
    session: &Session<'_>,
    committed: Option<h5_types::ObjectToken>,
    datatype: &Datatype,
) -> Result<Id> {
    let Some(token) = committed else { return datatype::encode(&session.library, datatype) };
    let id = session.library.open_object(&session.state()?.file, session.address(token)?)?;
    let is_same = session.library.facts(&id)?.kind == crate::ffi::ObjectType::Datatype
        && datatype::decode(&session.library, &id)? == datatype.memory_form();
    if is_same { Ok(id) } else { Err(Error::usage(format!("object {token} is not the datatype {datatype}"))) }
}

fn describe(session: &Session<'_>, object: &Id, name: Name) -> Result<AttributeInfo> {
    let library = &session.library;
    let (_, tracks) = library.tracks(object, library.facts(object)?.kind)?;
    let attribute = library.open_attribute(object, name.as_bytes())?;
    let id = library.attribute_type(&attribute)?;
    let committed = session.committed_at(&id)?;
    Ok(AttributeInfo {
        name,
        datatype: datatype::decode(library, &id)?,
        committed_datatype: committed.map(|address| session.token(address)).transpose()?,
        dataspace: library.extent(&library.attribute_space(&attribute)?)?,
        // The library numbers them in any case.
        creation_order: if tracks { library.attribute_order(&attribute)? } else { None },
    })
}

/// Creates an attribute and writes its value, or leaves none.
fn create(
    session: &Session<'_>,
    object: &Id,
    name: &[u8],
    new: &NewAttribute,
    stored: Id,
    value: &Elements,
) -> Result<()> {
    let library = &session.library;
    let space = library.make_space(&new.dataspace)?;
    let attribute = library.create_attribute(object, name, &stored, &space).map_err(refused)?;
    let written = match value.bytes.is_empty() {
        true => Ok(()),
        false => library.c_form(library.attribute_type(&attribute)?).and_then(|form| {
            session.translator()?.write_attribute(&attribute, &form, &value.bytes, &value.heap)
        }),
    };
    drop(attribute);
    written.inspect_err(|_| {
        // The first error is the one to tell of.
        let _ = library.remove_attribute(object, name);
    })
}

/// Removes an attribute, and with it the last use of a committed datatype that no link leads to.
fn remove(session: &Session<'_>, object: &Id, name: &[u8]) -> Result<()> {
    let attribute = session.library.open_attribute(object, name)?;
    let committed = session.committed_at(&session.library.attribute_type(&attribute)?)?;
    drop(attribute);
    let gone = committed.map_or(Ok(Vec::new()), |address| session.doomed(address))?;
    session.library.remove_attribute(object, name)?;
    session.forget(&gone)
}

/// A name that no attribute of the object has.
fn free_name(session: &Session<'_>, object: &Id) -> Result<Vec<u8>> {
    for number in 0..=u32::MAX {
        let name = format!("h5-replacement-{number}").into_bytes();
        if !session.library.has_attribute(object, &name)? {
            return Ok(name);
        }
    }
    Err(Error::limit("no name is free"))
}

fn has(session: &Session<'_>, object: &Id, name: &[u8]) -> Result<bool> {
    Ok(is_name(name) && session.library.has_attribute(object, name)?)
}

fn is_name(name: &[u8]) -> bool {
    !name.is_empty() && !name.contains(&0)
}

fn no_attribute(name: &[u8]) -> Error {
    Error::not_found(format!("no attribute `{}`", Name::new(name)))
}
