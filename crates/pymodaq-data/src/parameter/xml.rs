//! Trees of parameters as XML.

use std::fmt::Write;

use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Parameter;
use crate::error::{Error, Result};

/// How deep elements may be nested.
const MAX_DEPTH: usize = 100;

pub(super) fn read(text: &str) -> Result<Parameter> {
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let at = reader.buffer_position();
        let event =
            reader.read_event().map_err(|error| Error::parse(format!("XML at byte {at}: {error}")))?;
        match event {
            Event::Start(start) => tree.open(element(&start)?)?,
            Event::Empty(start) => {
                tree.open(element(&start)?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text)?,
            Event::CData(text) => tree.text(&text)?,
            Event::GeneralRef(reference) => tree.text(&resolve(&reference)?)?,
            Event::Decl(_) | Event::PI(_) | Event::Comment(_) => {}
            // Entities that a document declares itself are how small files become large.
            Event::DocType(_) => return Err(Error::parse("XML with a document type declaration")),
            Event::Eof => return tree.finish(),
        }
    }
}

/// The elements that are open, outermost first, and the root once it is closed.
#[derive(Default)]
struct Tree {
    open: Vec<Parameter>,
    root: Option<Parameter>,
}

impl Tree {
    fn open(&mut self, element: Parameter) -> Result<()> {
        if self.root.is_some() {
            return Err(Error::parse("XML with more than one root element"));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Error::limit(format!("XML nested more than {MAX_DEPTH} deep")));
        }
        self.open.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let mut element =
            self.open.pop().ok_or_else(|| Error::parse("an XML end tag without its start tag"))?;
        if !element.children.is_empty() && element.text.trim().is_empty() {
            // Indentation between children is no value.
            element.text.clear();
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<()> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(Error::parse("text outside the XML root element")),
        }
        Ok(())
    }

    fn finish(self) -> Result<Parameter> {
        match (self.root, self.open.last()) {
            (Some(root), None) => Ok(root),
            (_, Some(open)) => Err(Error::parse(format!("XML element {:?} is not closed", open.name))),
            (None, None) => Err(Error::parse("XML without an element")),
        }
    }
}

fn element(start: &BytesStart<'_>) -> Result<Parameter> {
    let mut made = Parameter::bare(start.name().into_inner());
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| Error::parse(format!("an XML attribute: {error}")))?;
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|error| Error::parse(format!("an XML attribute: {error}")))?;
        // The reader refuses a second attribute of the same name.
        made.attributes.push((attribute.key.into_inner().to_owned(), value.into_owned()));
    }
    Ok(made)
}

fn resolve(reference: &BytesRef<'_>) -> Result<String> {
    let unknown = || Error::parse(format!("XML reference &{};", &**reference));
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| unknown())? {
        return Ok(letter.to_string());
    }
    resolve_predefined_entity(reference).map(str::to_owned).ok_or_else(unknown)
}

pub(super) fn write(parameter: &Parameter) -> Result<String> {
    let mut out = String::new();
    write_element(&mut out, parameter, 0)?;
    Ok(out)
}

fn write_element(out: &mut String, parameter: &Parameter, depth: usize) -> Result<()> {
    if depth >= MAX_DEPTH {
        return Err(Error::limit(format!("parameters nested more than {MAX_DEPTH} deep")));
    }
    let name = checked_name(&parameter.name)?;
    out.extend(["<", name]);
    for (attribute, value) in &parameter.attributes {
        out.extend([" ", checked_name(attribute)?, "=\""]);
        escape(out, value, true)?;
        out.push('"');
    }
    if parameter.text.is_empty() && parameter.children.is_empty() {
        out.push_str(" />");
        return Ok(());
    }
    out.push('>');
    escape(out, &parameter.text, false)?;
    for child in &parameter.children {
        write_element(out, child, depth.saturating_add(1))?;
    }
    out.extend(["</", name, ">"]);
    Ok(())
}

/// A name that XML takes for elements and attributes.
fn checked_name(name: &str) -> Result<&str> {
    let first = name.chars().next().is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    let rest = name.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':'));
    if first && rest && name.is_ascii() {
        return Ok(name);
    }
    Err(Error::value(format!("{name:?} cannot be the name of an XML element")))
}

/// Characters as Python's `xml.etree` writes them in ASCII.
fn escape(out: &mut String, text: &str, attribute: bool) -> Result<()> {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\n' if attribute => out.push_str("&#10;"),
            '\t' if attribute => out.push_str("&#09;"),
            // A reader would take it for a line feed otherwise.
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' | ' '..='~' => out.push(letter),
            '\u{80}'.. if !matches!(letter, '\u{fffe}' | '\u{ffff}') => {
                // Writing into a `String` cannot fail.
                let _ = write!(out, "&#{};", u32::from(letter));
            }
            other => return Err(Error::value(format!("XML does not hold the character {other:?}"))),
        }
    }
    Ok(())
}
