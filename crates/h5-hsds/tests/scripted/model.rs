use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

/// What the service keeps.
#[derive(Debug, Default, Clone)]
pub(crate) struct Model {
    pub(crate) root: Option<String>,
    /// Objects by name, as they were described.
    pub(crate) objects: BTreeMap<String, Value>,
    pub(crate) links: BTreeMap<String, Map<String, Value>>,
    /// Elements of datasets, which are of 8 bytes and of rank 1.
    pub(crate) elements: BTreeMap<String, Vec<u8>>,
    /// True if attributes are told of one object at a time only.
    pub(crate) refuses_lists: bool,
    /// Objects that were made twice.
    pub(crate) twice: usize,
    /// When the service says that it was started.
    pub(crate) started: u64,
    /// What is in its storage.
    saved: Option<Box<Self>>,
}

type Answer = (u16, &'static str, Vec<u8>);

impl Model {
    /// Does what a request asks for.
    pub(crate) fn handle(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: BTreeMap<&str, &str> = query.split('&').filter_map(|part| part.split_once('=')).collect();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        match (method, parts.as_slice()) {
            ("DELETE", []) => {
                *self = Self { twice: self.twice, started: self.started, ..Self::default() };
                ok(&Value::Null)
            }
            ("PUT", []) if query.contains_key("flush") => {
                self.saved = Some(Box::new(Self { saved: None, ..self.clone() }));
                (204, JSON, Vec::new())
            }
            ("PUT", []) if self.root.is_some() => refused(409),
            ("PUT", []) => {
                let body: Value = serde_json::from_slice(body).unwrap();
                let root = body["root_id"].as_str().unwrap().to_owned();
                self.objects.insert(root.clone(), json!({}));
                self.root = Some(root.clone());
                (201, JSON, json!({"root": root}).to_string().into_bytes())
            }
            ("GET", ["about"]) => ok(&json!({"state": "READY", "start_time": self.started})),
            // No paths here: the client goes link by link then.
            ("GET", []) if query.contains_key("h5path") => refused(404),
            ("GET", []) => match &self.root {
                Some(root) => ok(&json!({"root": root, "class": "domain"})),
                None => refused(404),
            },
            ("POST", ["groups" | "datasets" | "datatypes"]) => {
                self.create(&serde_json::from_slice(body).unwrap())
            }
            ("GET", [_, id]) => self.describe(id, query.contains_key("include_links")),
            ("PUT", ["groups", id, "links"]) => self.link(id, &serde_json::from_slice(body).unwrap()),
            ("GET", ["groups", id, "links"]) => self.list(id),
            ("PUT", [_, id, "attributes"]) => {
                self.set_attributes(id, &serde_json::from_slice(body).unwrap(), query.contains_key("replace"))
            }
            ("POST", [_, _, "attributes"]) if !self.refuses_lists => {
                self.list_attributes(&serde_json::from_slice(body).unwrap())
            }
            ("PUT", ["datasets", id, "shape"]) => {
                let body: Value = serde_json::from_slice(body).unwrap();
                let length = body["shape"][0].as_u64().unwrap() as usize * 8;
                self.elements.get_mut(*id).unwrap().resize(length, 0);
                (201, JSON, b"{}".to_vec())
            }
            ("PUT", ["datasets", id, "value"]) => self.write(id, &query, body),
            ("GET", ["datasets", id, "value"]) => (200, BINARY, self.elements[*id].clone()),
            _ => refused(400),
        }
    }

    /// Is killed and started again: only what is in its storage is there.
    pub(crate) fn restart(&mut self) {
        let (started, twice) = (self.started + 1, self.twice);
        let saved = self.saved.take();
        *self = saved.as_deref().cloned().unwrap_or_default();
        (self.started, self.twice, self.saved) = (started, twice, saved);
    }

    fn create(&mut self, bodies: &Value) -> Answer {
        let one = [bodies.clone()];
        let bodies = bodies.as_array().map_or(one.as_slice(), Vec::as_slice);
        if bodies.iter().any(|body| self.objects.contains_key(body["id"].as_str().unwrap())) {
            self.twice += 1;
            return refused(400);
        }
        for body in bodies {
            let id = body["id"].as_str().unwrap().to_owned();
            self.elements.insert(id.clone(), Vec::new());
            self.objects.insert(id, body.clone());
        }
        (201, JSON, json!({"objects": []}).to_string().into_bytes())
    }

    fn describe(&self, id: &str, with_links: bool) -> Answer {
        let Some(object) = self.objects.get(id) else { return refused(404) };
        let mut object = object.clone();
        object["id"] = json!(id);
        if id.starts_with("d-") {
            let length = self.elements[id].len() / 8;
            object["shape"] = json!({"class": "H5S_SIMPLE", "dims": [length], "maxdims": [0]});
        }
        object["linkCount"] = json!(self.links.get(id).map_or(0, Map::len));
        if with_links {
            let links = self.links.get(id).into_iter().flatten();
            object["links"] = links
                .map(|(name, link)| (name.clone(), json!({"class": "H5L_TYPE_HARD", "id": link["id"]})))
                .collect::<Map<_, _>>()
                .into();
        }
        ok(&object)
    }

    /// Attributes of several objects. One that is not there spoils it for all, as on the real service, and one alone is answered in another form.
    fn list_attributes(&self, body: &Value) -> Answer {
        let ids = body["obj_ids"].as_array().unwrap();
        let mut lists = Map::new();
        for id in ids.iter().map(|id| id.as_str().unwrap()) {
            let Some(object) = self.objects.get(id) else { return refused(410) };
            let named = |(name, attribute): (&String, &Value)| {
                let mut attribute = attribute.clone();
                attribute["name"] = json!(name);
                attribute
            };
            let attributes = object["attributes"].as_object().into_iter().flatten();
            lists.insert(id.to_owned(), attributes.map(named).collect::<Vec<_>>().into());
        }
        if lists.len() == 1 {
            return ok(&json!({"attributes": lists.values().next()}));
        }
        ok(&json!({"attributes": lists}))
    }

    fn link(&mut self, group: &str, body: &Value) -> Answer {
        let groups = match body.get("grp_ids") {
            Some(groups) => groups.as_object().unwrap().clone(),
            None => Map::from_iter([(group.to_owned(), body.clone())]),
        };
        for (group, links) in groups {
            for (name, link) in links["links"].as_object().unwrap() {
                let there = self.links.entry(group.clone()).or_default();
                if there.get(name).is_some_and(|old| old["id"] != link["id"]) {
                    return refused(409);
                }
                there.insert(name.clone(), link.clone());
            }
        }
        (201, JSON, b"{}".to_vec())
    }

    fn list(&self, group: &str) -> Answer {
        let links: Vec<Value> = self
            .links
            .get(group)
            .into_iter()
            .flatten()
            .map(|(name, link)| json!({"title": name, "class": "H5L_TYPE_HARD", "id": link["id"]}))
            .collect();
        ok(&json!({"links": links}))
    }

    fn set_attributes(&mut self, id: &str, body: &Value, replace: bool) -> Answer {
        let Some(object) = self.objects.get_mut(id) else { return refused(404) };
        for (name, attribute) in body["attributes"].as_object().unwrap() {
            if !replace && object["attributes"].get(name).is_some() {
                return refused(409);
            }
            object["attributes"][name] = attribute.clone();
        }
        (201, JSON, b"{}".to_vec())
    }

    fn write(&mut self, id: &str, query: &BTreeMap<&str, &str>, body: &[u8]) -> Answer {
        let Some(elements) = self.elements.get_mut(id) else { return refused(404) };
        if let Some(count) = query.get("append") {
            assert_eq!(count.parse(), Ok(body.len() / 8));
            elements.extend_from_slice(body);
        } else {
            let select = query["select"].replace("%5B", "").replace("%5D", "").replace("%3A", ":");
            let (start, _) = select.trim_matches(['[', ']']).split_once(':').unwrap();
            let start = start.parse::<usize>().unwrap() * 8;
            elements[start..start + body.len()].copy_from_slice(body);
        }
        ok(&json!({}))
    }

    /// The elements of the only dataset that has any.
    pub(crate) fn rows(&self) -> Vec<f64> {
        let rows = self.elements.values().find(|rows| !rows.is_empty()).cloned().unwrap_or_default();
        rows.chunks_exact(8).map(|row| f64::from_le_bytes(row.try_into().unwrap())).collect()
    }
}

const JSON: &str = "application/json; charset=utf-8";
const BINARY: &str = "application/octet-stream";

fn ok(value: &Value) -> Answer {
    (200, JSON, value.to_string().into_bytes())
}

fn refused(status: u16) -> Answer {
    (status, "text/plain", format!("{status}: refused").into_bytes())
}
