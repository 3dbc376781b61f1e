//! What a browser shows of a node: attributes, settings and pictures.

use std::collections::BTreeMap;

use h5_backend::Attribute;
use h5_types::{Datatype, ErrorKind, Result, StringLength};
use pymodaq_data::{PyValue, literal};

use super::H5BrowserUtil;
use crate::backend::Location;
use crate::node::Node;

/// The attributes of a node, sorted as a browser shows them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct H5Attributes {
    /// All attributes by their names.
    pub attributes: BTreeMap<String, PyValue>,
    /// The values of those whose name contains `settings`, but not `scan_settings`.
    pub settings: Vec<PyValue>,
    /// The value of `scan_settings`, unless it is empty.
    pub scan_settings: Option<PyValue>,
    /// The bytes of pictures (PNG), which old files have as attributes `pixmap1D` and `pixmap2D`.
    pub pixmaps: Vec<Vec<u8>>,
}

/// A scan that has a picture of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScanPicture {
    /// The name of its group and its own.
    pub scan_name: String,
    /// Where it is.
    pub path: String,
    /// The bytes of the picture (PNG).
    pub data: Vec<u8>,
}

impl H5BrowserUtil {
    /// The attributes of a node.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`. An attribute that cannot be read is left out.
    pub fn get_h5_attributes(&self, place: impl Location) -> Result<H5Attributes> {
        let node = place.node(self.h5saver())?;
        let mut found = H5Attributes { attributes: node.attrs()?, ..H5Attributes::default() };
        for name in node.attrs_name()? {
            if name.contains("pixmap") {
                found.pixmaps.extend(picture(&node, &name)?);
            }
            let Some(value) = found.attributes.get(&name) else { continue };
            if name.contains("settings") && !name.contains("scan_settings") {
                found.settings.push(value.clone());
            }
            if name == "scan_settings" && value.as_str() != Some("") {
                found.scan_settings = Some(value.clone());
            }
        }
        Ok(found)
    }

    /// The nodes below a group that have a picture of a scan.
    ///
    /// # Errors
    /// `NotFound`, `Usage`, `Format`, `Io`. What cannot be opened is left out.
    pub fn get_h5file_scans(&self, place: impl Location) -> Result<Vec<ScanPicture>> {
        let mut scans = Vec::new();
        for node in self.h5saver().walk_nodes(place)? {
            let Ok(node) = node else { continue };
            if !node.has_attr("pixmap2D")? {
                continue;
            }
            let Some(data) = picture(&node, "pixmap2D")? else { continue };
            let parent = node.parent_node()?.map(|parent| parent.name().to_owned()).unwrap_or_default();
            let scan_name = format!("{parent}_{}", node.name());
            scans.push(ScanPicture { scan_name, path: node.path().to_owned(), data });
        }
        Ok(scans)
    }
}

/// The bytes of an attribute that holds a picture, however the library stored them; `None` if it holds no bytes.
fn picture(node: &Node, name: &str) -> Result<Option<Vec<u8>>> {
    let attribute = match node.object().attribute(name) {
        Ok(attribute) => attribute,
        Err(error) if error.kind() == ErrorKind::Unsupported => return Ok(None),
        Err(error) => return Err(error),
    };
    let bytes = stored_bytes(&attribute)?;
    // PyMoDAQ itself writes bytes as the literal of Python's.
    let decoded =
        bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()).map(literal::decode_recovering);
    Ok(match decoded {
        Some(PyValue::Bytes(bytes)) => Some(bytes),
        _ => bytes,
    })
}

/// The bytes of text, of an opaque value, or of a list of bytes.
fn stored_bytes(attribute: &Attribute) -> Result<Option<Vec<u8>>> {
    let elements = attribute.elements()?;
    Ok(match attribute.datatype() {
        Datatype::String(string) => match string.length {
            StringLength::Variable { .. } => Some(elements.heap.sequence(&elements.bytes, 1)?.1.to_vec()),
            StringLength::Fixed(_) => Some(elements.bytes),
        },
        Datatype::Opaque(_) => Some(elements.bytes),
        Datatype::Integer(integer) if integer.size == 1 => Some(elements.bytes),
        Datatype::Vlen(vlen) if vlen.base.size() == 1 => {
            Some(elements.heap.sequence(&elements.bytes, 1)?.1.to_vec())
        }
        _ => None,
    })
}
