//! Objects as the server describes them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use h5_backend::AttributeInfo;
use h5_types::{DatasetInfo, Datatype, Elements, Error, LinkTarget, Name, ObjectToken, Result};
use serde_json::{Map, Value};

use crate::dataset_json;
use crate::datatype;
use crate::id::{Collection, Id};
use crate::json::{lacks, string};

/// What is known of an object.
#[derive(Debug, Clone)]
pub(crate) struct Object {
    pub(crate) id: Id,
    /// When the server was asked; for an object that it does not have yet, when it was made.
    pub(crate) known_since: Instant,
    /// True until the server has it.
    pub(crate) is_new: bool,
    /// True if more than its attributes was asked for since.
    pub(crate) is_wanted: bool,
    pub(crate) created: f64,
    pub(crate) modified: f64,
    pub(crate) tracks_attributes: bool,
    pub(crate) attributes: BTreeMap<Name, Attribute>,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Group(Links),
    Dataset(Arc<DatasetInfo>),
    Datatype(Datatype),
}

/// Links of a group, as far as they are known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    pub(crate) tracked: bool,
    pub(crate) count: u64,
    /// `None` before they were asked for.
    pub(crate) by_name: Option<Arc<BTreeMap<Name, StoredLink>>>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct StoredLink {
    pub(crate) target: LinkTarget,
    /// Seconds since 1970; what is made later has more.
    pub(crate) created: f64,
}

#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    /// Without its place in the order of creation.
    pub(crate) info: AttributeInfo,
    pub(crate) created: f64,
    pub(crate) value: AttributeValue,
}

/// The value of an attribute.
#[derive(Debug, Clone)]
pub(crate) enum AttributeValue {
    /// As it is.
    Known(Elements),
    /// As the server wrote it.
    Json(Value),
    /// To be asked for.
    Elsewhere,
}

/// What of an object names others.
#[derive(Debug, Default)]
pub(crate) struct Met(pub(crate) Vec<Id>);

impl Object {
    /// Reads an answer about an object, for which was asked at that moment.
    ///
    /// # Errors
    /// `Service` for what is no description of one; `Unsupported` for a datatype that is not known.
    pub(crate) fn read(json: &Value, asked: Instant, met: &mut Met) -> Result<Self> {
        let id = Id::parse(string(json, "id")?).ok_or_else(|| lacks("id"))?;
        met.0.push(id);
        let empty = Value::Object(Map::new());
        let creation = json.get("creationProperties").unwrap_or(&empty);
        let tracked = creation.get("CreateOrder").is_some_and(is_true);
        let kind = match id.collection() {
            Collection::Groups => Kind::Group(Links {
                tracked,
                count: json.get("linkCount").and_then(Value::as_u64).unwrap_or(0),
                by_name: json.get("links").map(|links| read_links(links, met).map(Arc::new)).transpose()?,
            }),
            Collection::Datasets => Kind::Dataset(Arc::new(dataset_json::read(json, creation, met)?)),
            Collection::Datatypes => {
                Kind::Datatype(datatype::decode(json.get("type").ok_or_else(|| lacks("type"))?)?)
            }
        };
        let mut attributes = BTreeMap::new();
        for (name, attribute) in json.get("attributes").and_then(Value::as_object).into_iter().flatten() {
            let name = Name::from(name.as_str());
            attributes.insert(name.clone(), Attribute::read(name, attribute, met)?);
        }
        let own = creation.get(dataset_json::OWN).and_then(|own| own.get("attributeOrder"));
        let time = |key| json.get(key).and_then(Value::as_f64).unwrap_or(0.0);
        Ok(Self {
            id,
            known_since: asked,
            is_new: false,
            is_wanted: false,
            created: time("created"),
            modified: time("lastModified"),
            tracks_attributes: own.map_or(tracked, is_true),
            attributes,
            kind,
        })
    }

    /// The attributes in the order in which they were made.
    pub(crate) fn attributes_by_creation(&self) -> Vec<&Attribute> {
        attributes_by_creation(&self.attributes)
    }
}

/// Attributes in the order in which they were made.
pub(crate) fn attributes_by_creation(attributes: &BTreeMap<Name, Attribute>) -> Vec<&Attribute> {
    let mut list: Vec<&Attribute> = attributes.values().collect();
    list.sort_by(|a, b| a.created.total_cmp(&b.created));
    list
}

impl Attribute {
    /// Reads an answer about an attribute.
    pub(crate) fn read(name: Name, json: &Value, met: &mut Met) -> Result<Self> {
        let (datatype, committed) = datatype::decode_stored(json.get("type").ok_or_else(|| lacks("type"))?)?;
        met.0.extend(committed);
        let info = AttributeInfo {
            name,
            datatype,
            committed_datatype: committed.map(Id::token),
            dataspace: dataset_json::dataspace(json.get("shape"))?,
            creation_order: None,
        };
        let value = match json.get("value") {
            Some(value) => AttributeValue::Json(value.clone()),
            None => AttributeValue::Elsewhere,
        };
        let created = json.get("created").and_then(Value::as_f64).unwrap_or(0.0);
        Ok(Self { info, created, value })
    }
}

/// Links by name, as a group's description has them.
fn read_links(json: &Value, met: &mut Met) -> Result<BTreeMap<Name, StoredLink>> {
    let links = json.as_object().ok_or_else(|| lacks("links"))?;
    links.iter().map(|(name, link)| Ok((Name::from(name.as_str()), StoredLink::read(link, met)?))).collect()
}

impl StoredLink {
    /// Reads a link.
    pub(crate) fn read(json: &Value, met: &mut Met) -> Result<Self> {
        let text = |key| string(json, key).map(Name::from);
        let target = match string(json, "class")? {
            "H5L_TYPE_HARD" => {
                let id = Id::parse(string(json, "id")?).ok_or_else(|| lacks("id"))?;
                met.0.push(id);
                LinkTarget::Hard(id.token())
            }
            "H5L_TYPE_SOFT" => LinkTarget::Soft(text("h5path")?),
            "H5L_TYPE_EXTERNAL" => {
                // Listings and requests call it differently.
                let file = text("file").or_else(|_| text("h5domain"))?;
                LinkTarget::External { file, path: text("h5path")? }
            }
            other => return Err(Error::unsupported(format!("a link of the class {}", Name::from(other)))),
        };
        Ok(Self { target, created: json.get("created").and_then(Value::as_f64).unwrap_or(0.0) })
    }
}

/// What the server may write for yes.
fn is_true(value: &Value) -> bool {
    value.as_bool().unwrap_or_else(|| value.as_u64().is_some_and(|number| number != 0))
}

/// The object that a hard link leads to.
pub(crate) fn hard(target: &LinkTarget) -> Option<ObjectToken> {
    match target {
        LinkTarget::Hard(token) => Some(*token),
        _ => None,
    }
}
