//! Attributes of nodes.

use std::collections::BTreeMap;

use h5_backend::{Attribute, Order};
use h5_types::{Error, Result};
use pymodaq_data::{Attributes, PyValue};

use super::{Node, NodeKind};
use crate::attribute_value::{decode, decode_as_pymodaq, read_value, write_value};
use crate::backend::{FOLLOWING, Followed, Grown, TextKind};

impl Node {
    /// The value of an attribute; `None` if there is none of that name.
    ///
    /// # Errors
    /// `Format`, `Io`, `Limit`; `Unsupported` for a value that is neither text nor numbers.
    pub fn get_attr(&self, name: &str) -> Result<Option<PyValue>> {
        if FOLLOWING.contains(&name)
            && let Some(value) = self.followed()?.map_or(Ok(None), |grown| grown.value(name))?
        {
            return Ok(Some(value));
        }
        read_value(self.object(), name)
    }

    /// The value of an attribute that must be there.
    ///
    /// # Errors
    /// `NotFound`; else as [`Node::get_attr`].
    pub fn attr(&self, name: &str) -> Result<PyValue> {
        self.get_attr(name)?
            .ok_or_else(|| Error::not_found(format!("no attribute {name:?}")).with_path(self.path()))
    }

    /// Whether there is an attribute of that name.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn has_attr(&self, name: &str) -> Result<bool> {
        Ok(self.object().node().attribute(name.as_bytes())?.is_some())
    }

    /// The names of all attributes, in order.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn attrs_name(&self) -> Result<Vec<String>> {
        let attributes = self.object().attributes(Order::Name)?;
        attributes.into_iter().map(|attribute| Ok(attribute?.name().to_text().into_owned())).collect()
    }

    /// All attributes by their names. One that cannot be read is left out.
    ///
    /// # Errors
    /// `Format` or `Io` if the list itself cannot be read.
    pub fn attrs(&self) -> Result<BTreeMap<String, PyValue>> {
        self.collect_attrs(decode)
    }

    /// All attributes as PyMoDAQ reads them, by their names: what it does not read back (`None`, NaN, integers of numpy) is what it makes
    /// of them.
    ///
    /// # Errors
    /// As [`Node::attrs`].
    pub fn attrs_as_pymodaq(&self) -> Result<BTreeMap<String, PyValue>> {
        self.collect_attrs(decode_as_pymodaq)
    }

    fn collect_attrs(&self, decode: fn(&Attribute) -> Result<PyValue>) -> Result<BTreeMap<String, PyValue>> {
        let followed = self.followed()?;
        let mut values = BTreeMap::new();
        for attribute in self.object().attributes(Order::Native)? {
            let Ok(attribute) = attribute else { continue };
            if let Ok(value) = decode(&attribute) {
                values.insert(attribute.name().to_text().into_owned(), value);
            }
        }
        for name in FOLLOWING {
            if let (Some(grown), Some(value)) = (&followed, values.get_mut(name))
                && let Some(current) = grown.value(name)?
            {
                *value = current;
            }
        }
        Ok(values)
    }

    /// The array from whose extent the values of [`FOLLOWING`] come, where the file has old ones: while it is written for readers.
    fn followed(&self) -> Result<Option<Grown>> {
        match self.backend().follow(self.object().token())? {
            Followed::InFile => Ok(None),
            Followed::Extent(grown) => Ok(Some(grown)),
            Followed::AnyExtent => match self.kind() {
                NodeKind::Group | NodeKind::CArray => Ok(None),
                NodeKind::EArray | NodeKind::VlArray | NodeKind::StringArray => {
                    let is_axis = self.has_attr("size")?;
                    Ok(Some(Grown::new(self.dataset()?, is_axis.then_some(0))))
                }
            },
        }
    }

    /// Sets an attribute to a value of Python's, whatever it was before.
    ///
    /// # Errors
    /// `Unsupported` on a file that is open for reading or for a value that is too large, `Io`, `Service`.
    pub fn set_attr(&self, name: &str, value: impl Into<PyValue>) -> Result<()> {
        write_value(self.object(), name, &value.into(), self.backend().flavour())
    }

    /// Sets attributes.
    ///
    /// # Errors
    /// As [`Node::set_attr`].
    pub fn set_attrs(&self, attributes: &Attributes) -> Result<()> {
        attributes.iter().try_for_each(|(name, value)| self.set_attr(name, value.clone()))
    }

    /// Sets an attribute to plain text, as the title and the class are, and the origin of a channel.
    ///
    /// # Errors
    /// As [`Node::set_attr`].
    pub fn set_raw_attr(&self, name: &str, text: &str) -> Result<()> {
        self.set_text(name, text, TextKind::User)
    }

    /// Sets the title.
    ///
    /// # Errors
    /// As [`Node::set_attr`].
    pub fn set_title(&self, title: &str) -> Result<()> {
        self.set_text("TITLE", title, TextKind::User)
    }

    pub(crate) fn set_text(&self, name: &str, text: &str, kind: TextKind) -> Result<()> {
        let (attribute, elements) = self.backend().flavour().text_attribute(name, text, kind)?;
        self.object().write_attr(&attribute, &elements)
    }
}
