//! Attributes of an object.

use h5_backend::{AttributeInfo, Order};
use h5_types::{Converter, Elements, Error, ErrorKind, Heap, Name, NewAttribute, ObjectToken, Result};
use serde_json::{Map, Value, json};
use ureq::http::Method;

use crate::datatype;
use crate::group::{later, now};
use crate::http::encoded;
use crate::id::Id;
use crate::json::lacks;
use crate::object::{Attribute, AttributeValue, Object, attributes_by_creation};
use crate::session::{Session, State};
use crate::spelled;
use crate::value;
use crate::wire::{self, References};

impl Session {
    pub(crate) fn list_attributes(&self, token: ObjectToken, order: Order) -> Result<Vec<AttributeInfo>> {
        let mut state = self.state()?;
        if order != Order::Creation {
            self.meet(&mut state, token)?;
        } else if !self.object(&mut state, token)?.tracks_attributes {
            return Err(Error::unsupported("the order in which attributes were made is not tracked"));
        }
        // That never changes: an old description tells it too.
        let tracked = state.objects.get(&token).is_some_and(|object| object.tracks_attributes);
        let attributes = state.attributes(token)?;
        let shown = |(attribute, number): (&Attribute, u32)| AttributeInfo {
            creation_order: tracked.then_some(number),
            ..attribute.info.clone()
        };
        let mut list: Vec<AttributeInfo> =
            attributes_by_creation(attributes).into_iter().zip(0..).map(shown).collect();
        if order != Order::Creation {
            list.sort_by(|a, b| a.name.cmp(&b.name));
        }
        Ok(list)
    }

    pub(crate) fn read_attribute(&self, token: ObjectToken, name: &[u8]) -> Result<Elements> {
        let mut state = self.state()?;
        self.meet(&mut state, token)?;
        let attribute = state.attributes(token)?.get(name).ok_or_else(|| no_attribute(name))?.clone();
        let known = |token| state.names.get(&token).copied();
        let references = References::new(&known);
        let read = match &attribute.value {
            AttributeValue::Known(elements) => return Ok(elements.clone()),
            AttributeValue::Json(json) => read_json(&attribute.info, json, &references)?,
            AttributeValue::Elsewhere => None,
        };
        let read = match read {
            Some(read) => read,
            None => self.ask_for_value(state.id(token)?, &attribute.info, &references)?,
        };
        let met = references.met.into_inner();
        state.remember(met);
        if let Some(found) = state.attributes(token)?.get_mut(name) {
            found.value = AttributeValue::Known(read.clone());
        }
        Ok(read)
    }

    /// Asks for a value that is not known as it was written.
    fn ask_for_value(&self, id: Id, info: &AttributeInfo, references: &References<'_>) -> Result<Elements> {
        let name = datatype::text(&info.name)?;
        let is_fixed = wire::fixed_size(&info.datatype).is_some();
        let encoding = if is_fixed { "IncludeData=1&encoding=base64" } else { "IncludeData=1" };
        let attributes = format!("{}/attributes", id.path());
        let answer = if name.contains('/') {
            // What no path holds.
            let answer = self.send(Method::POST, &attributes, encoding, &json!({"attr_names": [name]}))?;
            answer
                .get("attributes")
                .and_then(|list| list.get(0))
                .cloned()
                .ok_or_else(|| lacks("attributes"))?
        } else {
            self.get(&format!("{attributes}/{}", encoded(name)), encoding)?
        };
        let value = answer.get("value").ok_or_else(|| lacks("value"))?;
        match (answer.get("encoding").and_then(Value::as_str), value) {
            (Some("base64"), Value::String(text)) => {
                value::read_base64(&info.datatype, &info.dataspace, text, references)
            }
            (None, json) => read_json(info, json, references)?.ok_or_else(|| lacks("value")),
            _ => Err(lacks("value")),
        }
    }

    pub(crate) fn write_attribute(
        &self,
        token: ObjectToken,
        new: &NewAttribute,
        given: &Elements,
        replace: bool,
    ) -> Result<()> {
        let mut state = self.edit()?;
        new.check()?;
        datatype::text(&new.name)?;
        let object = self.object(&mut state, token)?;
        if !replace && object.attributes.contains_key(new.name.as_bytes()) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("an attribute `{}`", new.name)));
        }
        let last = object.attributes.values().map(|attribute| attribute.created).fold(0.0, f64::max);
        let created = now().max(later(last));
        self.committed(&mut state, new.committed_datatype, &new.datatype)?;
        let attribute = Attribute {
            info: AttributeInfo {
                name: new.name.clone(),
                datatype: datatype::decode(&datatype::encode(&new.datatype)?)?,
                committed_datatype: new.committed_datatype,
                dataspace: new.dataspace.clone(),
                creation_order: None,
            },
            created,
            value: AttributeValue::Elsewhere,
        };
        let elements = stored(new, given, &attribute.info)?;
        let attribute = Attribute { value: AttributeValue::Known(elements), ..attribute };
        let described = described(&state, &attribute)?;
        if let AttributeValue::Known(elements) = &attribute.value
            && spelled::length(elements, &described) > spelled::MOST
        {
            let bytes = given.bytes.len().saturating_add(given.heap.bytes.len());
            let message = format!(
                "an attribute of {bytes} bytes: HSDS takes less than 1 MiB, with each number written out"
            );
            return Err(Error::limit(message));
        }
        let id = state.id(token)?;
        let is_new = self.object(&mut state, token)?.is_new;
        if is_new {
            state.pending.weigh(given.bytes.len().saturating_add(given.heap.bytes.len()));
        } else {
            // What it may refer to is there first.
            self.send_pending(&mut state)?;
            self.put_attribute(id, &new.name, described, replace)?;
        }
        state.change();
        let object = state.objects.get_mut(&token);
        object.map(|object: &mut Object| object.attributes.insert(new.name.clone(), attribute));
        Ok(())
    }

    pub(crate) fn put_attribute(&self, id: Id, name: &Name, described: Value, replace: bool) -> Result<()> {
        let path = format!("{}/attributes", id.path());
        let text = datatype::text(name)?.to_owned();
        let body = json!({"attributes": Map::from_iter([(text, described.clone())])});
        let query = if replace { "replace=1" } else { "" };
        match self.send(Method::PUT, &path, query, &body) {
            Ok(_) => Ok(()),
            // There, though it was not a moment ago: from an attempt whose answer was lost, or from another writer.
            Err(failure) if failure.status == Some(409) && failure.is_unknown => {
                let there = self.get(&id.path(), "include_attrs=1")?;
                let there = there.get("attributes").and_then(|list| list.get(datatype::text(name).ok()?));
                let same = there.is_some_and(|there| {
                    there.get("type") == described.get("type")
                        && (described.get("encoding").is_some()
                            || there.get("value") == described.get("value"))
                });
                if same { Ok(()) } else { Err(failure.error) }
            }
            Err(failure) => Err(failure.error),
        }
    }

    pub(crate) fn remove_attribute(&self, token: ObjectToken, name: &[u8]) -> Result<()> {
        let mut state = self.edit()?;
        let id = state.id(token)?;
        let object = self.object(&mut state, token)?;
        if !object.attributes.contains_key(name) {
            return Err(no_attribute(name));
        }
        if !object.is_new {
            let text = std::str::from_utf8(name).map_err(|_| no_attribute(name))?;
            let separator = ['/', '|', ';', '\t'].into_iter().find(|&c| !text.contains(c)).unwrap_or('\n');
            let separator = encoded(&separator.to_string()).replace('/', "%2F");
            let query = format!("attr_names={}&separator={separator}", encoded(text));
            self.delete(&format!("{}/attributes", id.path()), &query)?;
        }
        state.change();
        if let Some(object) = state.objects.get_mut(&token) {
            object.attributes.remove(name);
        }
        Ok(())
    }
}

/// A value in the form that it is stored in.
fn stored(new: &NewAttribute, given: &Elements, info: &AttributeInfo) -> Result<Elements> {
    let count = new.dataspace.element_count();
    if u64::try_from(given.count()).ok() != count {
        let message = format!("{} elements of an attribute of {:?}", given.count(), new.dataspace);
        return Err(Error::usage(message));
    }
    let converter = Converter::new(&given.datatype, &info.datatype)?;
    let size = given.count().checked_mul(info.datatype.size());
    let mut bytes = vec![0; size.ok_or_else(|| Error::limit("a value of too many bytes"))?];
    let mut heap = Heap::default();
    converter.convert(&given.bytes, &given.heap, &mut bytes, &mut heap)?;
    Ok(Elements { datatype: info.datatype.clone(), bytes, heap })
}

/// What the server is told of an attribute.
pub(crate) fn described(state: &State, attribute: &Attribute) -> Result<Value> {
    let info = &attribute.info;
    let mut body = Map::new();
    let committed = info.committed_datatype.map(|token| state.id(token)).transpose()?;
    let datatype = match committed {
        Some(id) => json!(id.to_string()),
        None => datatype::encode(&info.datatype)?,
    };
    body.insert("type".to_owned(), datatype);
    body.insert("created".to_owned(), json!(attribute.created));
    let shape = match &info.dataspace {
        h5_types::Dataspace::Null => json!("H5S_NULL"),
        h5_types::Dataspace::Scalar => json!({"class": "H5S_SCALAR"}),
        h5_types::Dataspace::Simple { dimensions, .. } => json!(dimensions),
    };
    body.insert("shape".to_owned(), shape);
    if let AttributeValue::Known(elements) = &attribute.value
        && info.dataspace.element_count() != Some(0)
    {
        let known = |token| state.names.get(&token).copied();
        let (value, encoding) = value::written(elements, &info.dataspace, &References::new(&known))?;
        body.insert("value".to_owned(), value);
        if let Some(encoding) = encoding {
            body.insert("encoding".to_owned(), json!(encoding));
        }
    }
    Ok(Value::Object(body))
}

/// A value as it came with the object; `None` if JSON does not hold it.
fn read_json(info: &AttributeInfo, json: &Value, references: &References<'_>) -> Result<Option<Elements>> {
    value::read(&info.datatype, &info.dataspace, json, references)
}

fn no_attribute(name: &[u8]) -> Error {
    Error::not_found(format!("no attribute `{}`", Name::new(name)))
}
