//! Attributes of an object.

use h5_backend::{AttributeInfo, Order};
use h5_types::{Elements, Error, ErrorKind, Name, NewAttribute, Result};

use super::elements::converted;
use super::state::{Object, StoredAttribute};

impl Object {
    pub(super) fn list_attributes(&self, order: Order) -> Result<Vec<AttributeInfo>> {
        if order == Order::Creation && !self.tracks_attributes {
            return Err(Error::unsupported("the order in which attributes were made is not tracked"));
        }
        let mut found: Vec<AttributeInfo> = self.attributes.values().map(|a| a.info.clone()).collect();
        if order == Order::Creation {
            found.sort_by_key(|info| info.creation_order);
        }
        Ok(found.into_iter().map(|info| self.shown(info)).collect())
    }

    pub(super) fn attribute(&self, name: &[u8]) -> Option<AttributeInfo> {
        self.attributes.get(name).map(|attribute| self.shown(attribute.info.clone()))
    }

    pub(super) fn attribute_value(&self, name: &[u8]) -> Result<Elements> {
        let attribute = self.attributes.get(name).ok_or_else(|| no_attribute(name))?;
        Ok(attribute.value.clone())
    }

    pub(super) fn write_attribute(
        &mut self,
        new: &NewAttribute,
        value: &Elements,
        replace: bool,
    ) -> Result<()> {
        new.check()?;
        if !replace {
            self.check_free(&new.name)?;
        }
        let count = new.dataspace.element_count();
        if u64::try_from(value.count()).ok() != count {
            let message = format!("{} elements of an attribute of {:?}", value.count(), new.dataspace);
            return Err(Error::usage(message));
        }
        let value = converted(value, &new.datatype.memory_form())?;
        let info = AttributeInfo {
            name: new.name.clone(),
            datatype: new.datatype.clone(),
            committed_datatype: new.committed_datatype,
            dataspace: new.dataspace.clone(),
            creation_order: Some(self.attributes_made),
        };
        self.attributes_made = self.attributes_made.saturating_add(1);
        self.attributes.insert(new.name.clone(), StoredAttribute { info, value });
        Ok(())
    }

    pub(super) fn remove_attribute(&mut self, name: &[u8]) -> Result<()> {
        self.attributes.remove(name).map(drop).ok_or_else(|| no_attribute(name))
    }

    pub(super) fn rename_attribute(&mut self, from: &[u8], to: &Name) -> Result<()> {
        if !self.attributes.contains_key(from) {
            return Err(no_attribute(from));
        }
        if to.is_empty() || to.as_bytes().contains(&0) {
            return Err(Error::usage(format!("`{to}` is no name of an attribute")));
        }
        self.check_free(to)?;
        if let Some(mut attribute) = self.attributes.remove(from) {
            attribute.info.name = to.clone();
            self.attributes.insert(to.clone(), attribute);
        }
        Ok(())
    }

    fn shown(&self, info: AttributeInfo) -> AttributeInfo {
        let creation_order = info.creation_order.filter(|_| self.tracks_attributes);
        AttributeInfo { creation_order, ..info }
    }

    fn check_free(&self, name: &Name) -> Result<()> {
        if self.attributes.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("an attribute `{name}`")));
        }
        Ok(())
    }
}

fn no_attribute(name: &[u8]) -> Error {
    Error::not_found(format!("no attribute `{}`", Name::new(name)))
}
