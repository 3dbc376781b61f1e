//! Trees of parameters: the settings that PyMoDAQ stores as XML beside data.

mod value;
mod xml;

use crate::error::{Error, ErrorKind, Result};
use crate::literal::PyValue;

/// The attributes that PyMoDAQ writes for every parameter, with their usual values.
const OPTIONS: [(&str, &str); 9] = [
    ("visible", "1"),
    ("removable", "0"),
    ("readonly", "0"),
    ("enabled", "1"),
    ("renamable", "0"),
    ("expanded", "1"),
    ("syncExpanded", "0"),
    ("showTop", "0"),
    ("strictNaming", "0"),
];

/// A named value of a type, or a group of parameters.
///
/// Text and attributes are kept as they are read, so that types of other programs survive; [`Parameter::value`] reads
/// the text by the type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Parameter>,
}

impl Parameter {
    /// A group of parameters.
    pub fn group(name: impl Into<String>, title: impl Into<String>) -> Self {
        Self::empty(name.into(), "group", title.into())
    }

    /// A parameter of a type (`str`, `int`, `float`, `bool`, `list`, ...) with its value.
    ///
    /// # Errors
    ///
    /// `Type`, for a value that the type does not take.
    pub fn new(
        name: impl Into<String>,
        kind: &str,
        title: impl Into<String>,
        value: impl Into<PyValue>,
    ) -> Result<Self> {
        let mut made = Self::empty(name.into(), kind, title.into());
        made.set_value(value)?;
        Ok(made)
    }

    /// An element with a name only, as those that PyMoDAQ puts around settings (`All_settings`).
    pub fn bare(name: impl Into<String>) -> Self {
        Self { name: name.into(), attributes: Vec::new(), text: String::new(), children: Vec::new() }
    }

    fn empty(name: String, kind: &str, title: String) -> Self {
        let mut made = Self::bare(name);
        made.set_attribute("type", kind);
        made.set_attribute("title", title);
        for (option, value) in OPTIONS {
            made.set_attribute(option, value);
        }
        made
    }

    /// The parameter with one more child, which replaces one of the same name.
    #[must_use]
    pub fn with_child(mut self, child: Self) -> Self {
        self.add_child(child);
        self
    }

    /// The parameter with an attribute set.
    #[must_use]
    pub fn with_attribute(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.set_attribute(name, value);
        self
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The title that is shown; without one the name.
    pub fn title(&self) -> &str {
        self.attribute("title").unwrap_or(&self.name)
    }

    /// The type: `group`, `str`, `int`, `float`, `bool`, `list` and others; empty if none is given.
    pub fn kind(&self) -> &str {
        self.attribute("type").unwrap_or("")
    }

    /// The text between the tags.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Sets the text between the tags, whatever the type.
    pub fn set_text(&mut self, text: impl Into<String>) {
        self.text = text.into();
    }

    /// An attribute of the element: `visible`, `limits`, `suffix` and others.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// Sets an attribute of the element.
    pub fn set_attribute(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let (name, value) = (name.into(), value.into());
        match self.attributes.iter_mut().find(|(known, _)| *known == name) {
            Some((_, old)) => *old = value,
            None => self.attributes.push((name, value)),
        }
    }

    /// The attributes of the element, in their order.
    pub fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The value, read from the text by the type.
    ///
    /// # Errors
    ///
    /// `Parse`, if the text is not one of the type.
    pub fn value(&self) -> Result<PyValue> {
        value::read(self.kind(), &self.text).ok_or_else(|| {
            Error::parse(format!("parameter {:?}: {:?} is no {}", self.name, self.text, self.kind()))
        })
    }

    /// Sets the value, written by the type.
    ///
    /// # Errors
    ///
    /// `Type`, for a value that the type does not take.
    pub fn set_value(&mut self, value: impl Into<PyValue>) -> Result<()> {
        let value = value.into();
        self.text = value::write(self.kind(), &value).ok_or_else(|| {
            let kind = self.kind();
            Error::type_error(format!(
                "parameter {:?} of type {kind} takes no {}",
                self.name,
                value.type_name()
            ))
        })?;
        Ok(())
    }

    /// The children, in their order.
    pub fn children(&self) -> &[Self] {
        &self.children
    }

    /// Adds a child; one of the same name is replaced in its place.
    pub fn add_child(&mut self, child: Self) {
        match self.children.iter_mut().find(|known| known.name == child.name) {
            Some(known) => *known = child,
            None => self.children.push(child),
        }
    }

    /// Takes a child out.
    pub fn remove_child(&mut self, name: &str) -> Option<Self> {
        let at = self.children.iter().position(|child| child.name == name)?;
        Some(self.children.remove(at))
    }

    /// The parameter below, by the names on the way to it.
    ///
    /// # Errors
    ///
    /// `Name`, if there is none.
    pub fn child(&self, path: &[&str]) -> Result<&Self> {
        path.iter().try_fold(self, |parent, name| {
            parent.children.iter().find(|child| child.name == *name).ok_or_else(|| absent(&parent.name, name))
        })
    }

    /// As [`Parameter::child`], to be changed.
    ///
    /// # Errors
    ///
    /// `Name`, if there is none.
    pub fn child_mut(&mut self, path: &[&str]) -> Result<&mut Self> {
        path.iter().try_fold(self, |parent, name| {
            let missing = absent(&parent.name, name);
            parent.children.iter_mut().find(|child| child.name == *name).ok_or(missing)
        })
    }

    /// Calls a function for the parameter and all below it, parents before children, with the number of levels above.
    pub fn walk<'a>(&'a self, visit: &mut dyn FnMut(&'a Self, usize)) {
        let mut pending = vec![(self, 0usize)];
        while let Some((parameter, depth)) = pending.pop() {
            visit(parameter, depth);
            pending.extend(parameter.children.iter().rev().map(|child| (child, depth.saturating_add(1))));
        }
    }

    /// Reads a tree from XML.
    ///
    /// # Errors
    ///
    /// `Parse`, for text that is not one XML element; `Limit`, for elements nested more than 100 deep.
    pub fn from_xml(text: &str) -> Result<Self> {
        xml::read(text)
    }

    /// Reads a tree from XML in UTF-8, as attributes hold it.
    ///
    /// # Errors
    ///
    /// As [`Parameter::from_xml`].
    pub fn from_xml_bytes(bytes: &[u8]) -> Result<Self> {
        xml::read(std::str::from_utf8(bytes).map_err(|_| Error::parse("XML that is not UTF-8"))?)
    }

    /// The tree as XML in ASCII, as PyMoDAQ writes it.
    ///
    /// # Errors
    ///
    /// `Value`, for a name that cannot be one of an element; `Limit`, for a tree more than 100 deep.
    pub fn to_xml(&self) -> Result<String> {
        xml::write(self)
    }
}

fn absent(parent: &str, name: &str) -> Error {
    Error::new(ErrorKind::Name, format!("parameter {parent:?} has no child {name:?}"))
}
