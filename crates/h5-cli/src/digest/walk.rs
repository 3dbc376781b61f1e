use std::ops::ControlFlow;

use h5::{Attribute, File, Link, LinkTarget, Object, ObjectToken, Order, Result};
use serde_json::{Value, json};

use super::{Paths, Record, data_record, dataset, datatype, encode::Context};

/// Objects that one digest visits.
const LARGEST_OBJECT_COUNT: usize = 200_000;
/// Bytes of all paths together, for any file and for each byte of it.
const PATH_BYTES: u64 = 4 << 20;
const PATH_BYTES_A_BYTE: u64 = 2;

/// What the first pass finds: every object once, and every link.
pub(super) struct Walked {
    /// Objects in the order met, with canonical path.
    objects: Vec<(ObjectToken, String)>,
    /// Canonical path of each.
    paths: Paths,
    /// Records of objects that could not be opened.
    broken: Record,
    /// One record a link.
    pub(super) links: Record,
    /// Bytes that the paths of further links may have.
    path_bytes_left: u64,
}

/// A hard link that waits to be followed.
struct Pending {
    path: String,
    token: ObjectToken,
}

/// Depth first over hard links, names in byte order; the first path met is an object's canonical path.
pub(super) fn walk(file: &File) -> Result<Walked> {
    let root = file.root()?;
    let token = root.object().token();
    let file_bytes = file.info().ok().and_then(|info| info.length_bytes).unwrap_or(0);
    let mut walked = Walked {
        objects: Vec::new(),
        paths: Paths::new(),
        broken: Record::new(),
        links: Record::new(),
        path_bytes_left: file_bytes.saturating_mul(PATH_BYTES_A_BYTE).saturating_add(PATH_BYTES),
    };
    let mut stack = vec![Pending { path: "/".into(), token }];
    while let Some(pending) = stack.pop() {
        if walked.objects.len() > LARGEST_OBJECT_COUNT {
            return Err(h5::Error::limit(format!("more than {LARGEST_OBJECT_COUNT} objects")));
        }
        walked.visit(file, pending, &mut stack);
    }
    Ok(walked)
}

impl Walked {
    fn visit(&mut self, file: &File, pending: Pending, stack: &mut Vec<Pending>) {
        let Pending { path, token } = pending;
        let known = self.paths.get(&token).cloned();
        let opened = match known {
            Some(_) => None,
            None => match file.object_by_token(token, path.clone()) {
                Ok(object) => Some(object),
                Err(error) => {
                    self.links.insert(path.clone(), json!({ "kind": "hard", "error": true }));
                    self.broken.insert(path, json!({ "error": error.to_string() }));
                    return;
                }
            },
        };
        if path != "/" {
            let target = known.as_deref().unwrap_or(&path);
            self.links.insert(path.clone(), json!({ "kind": "hard", "target": target }));
        }
        let Some(object) = opened else { return };
        self.paths.insert(token, path.clone());
        self.objects.push((token, path.clone()));
        if let Ok(group) = object.into_group() {
            let mut children = Vec::new();
            let listed = group.visit_links(Order::Name, None, &mut |link| {
                match link {
                    Ok(link) => self.note_link(&path, &link, &mut children),
                    Err(error) => {
                        self.broken.insert(
                            format!("{path}?{}", self.broken.len()),
                            json!({ "error": error.to_string() }),
                        );
                    }
                }
                ControlFlow::Continue(())
            });
            if let Err(error) = listed {
                self.broken.insert(path.clone(), json!({ "error": error.to_string() }));
            }
            stack.extend(children.into_iter().rev());
        }
    }

    /// A link's path; `None` once all paths together are far longer than the file. Groups inside one another have paths whose sum
    /// grows with the square of their number.
    fn path(&mut self, parent: &str, link: &Link) -> Option<String> {
        let path = format!("{}/{}", parent.strip_suffix('/').unwrap_or(parent), link.name.to_text());
        let left = self.path_bytes_left.checked_sub(u64::try_from(path.len()).unwrap_or(u64::MAX));
        match left {
            Some(left) => self.path_bytes_left = left,
            None => {
                let reason = "links are left out: their paths are too long for a file of this length";
                self.broken.insert(parent.into(), json!({ "links_error": reason }));
                return None;
            }
        }
        Some(path)
    }

    fn note_link(&mut self, parent: &str, link: &Link, children: &mut Vec<Pending>) {
        let Some(path) = self.path(parent, link) else { return };
        let record = match &link.target {
            LinkTarget::Hard(token) => {
                children.push(Pending { path, token: *token });
                return;
            }
            LinkTarget::Soft(target) => {
                let target = target.as_bytes().split(|&b| b == 0).next().unwrap_or_default();
                json!({ "kind": "soft", "target": h5::Name::new(target).to_text() })
            }
            LinkTarget::External { file, path } => {
                json!({ "kind": "external", "file": file.to_text(), "path": path.to_text() })
            }
            // The value belongs to the program that registered the class; the C library shows others none of it.
            LinkTarget::UserDefined { class, .. } => json!({ "kind": "user", "class": class, "hex": "" }),
            _ => json!({ "error": "a link of an unknown kind" }),
        };
        self.links.insert(path, record);
    }

    /// Second pass: a record of every object, now that references can be given as paths.
    pub(super) fn describe(&self, file: &File) -> Record {
        let mut records = self.broken.clone();
        for (token, path) in &self.objects {
            let mut record = Record::new();
            let described = file.object_by_token(*token, path.clone()).and_then(|object| {
                describe_object(&object, &Context { file, paths: &self.paths }, &mut record)
            });
            if let Err(error) = described {
                record.insert("error".into(), json!(error.to_string()));
            }
            match records.get_mut(path).and_then(Value::as_object_mut) {
                Some(earlier) => earlier.append(&mut record),
                None => {
                    records.insert(path.clone(), Value::Object(record));
                }
            }
        }
        records
    }
}

fn describe_object(object: &Object, context: &Context<'_>, record: &mut Record) -> Result<()> {
    let kind = match object.kind() {
        h5::ObjectKind::Group => "group",
        h5::ObjectKind::Dataset => "dataset",
        h5::ObjectKind::CommittedDatatype => "type",
    };
    record.insert("kind".into(), json!(kind));
    let reference_count = object.info()?.reference_count;
    if reference_count != 1 {
        record.insert("refcount".into(), json!(reference_count));
    }
    match object.attributes(Order::Name) {
        Ok(attributes) if attributes.is_empty() => {}
        Ok(attributes) => {
            record.insert("attrs".into(), Value::Object(describe_attributes(attributes, context)));
        }
        Err(error) => {
            record.insert("attrs_error".into(), json!(error.to_string()));
        }
    }
    match object.kind() {
        h5::ObjectKind::Group => {
            record.insert("nlinks".into(), json!(object.clone().into_group()?.link_count()?));
        }
        h5::ObjectKind::Dataset => dataset::describe(&object.clone().into_dataset()?, context, record)?,
        h5::ObjectKind::CommittedDatatype => {
            let committed = object.clone().into_datatype()?;
            record.insert("type".into(), datatype::describe(committed.datatype()?));
        }
    }
    Ok(())
}

fn describe_attributes(attributes: Vec<Result<Attribute>>, context: &Context<'_>) -> Record {
    let mut records = Record::new();
    for (number, attribute) in attributes.into_iter().enumerate() {
        match attribute {
            Ok(attribute) => {
                let mut record = Record::new();
                if let Err(error) = describe_attribute(&attribute, context, &mut record) {
                    record.insert("error".into(), json!(error.to_string()));
                }
                records.insert(attribute.name().to_text().into_owned(), Value::Object(record));
            }
            Err(error) => {
                records.insert(format!("?{number}"), json!({ "error": error.to_string() }));
            }
        }
    }
    records
}

fn describe_attribute(attribute: &Attribute, context: &Context<'_>, record: &mut Record) -> Result<()> {
    let info = attribute.info();
    if info.committed_datatype.is_some() {
        record.insert("type_committed".into(), json!(true));
    }
    record.insert("type".into(), datatype::describe(&info.datatype));
    record.insert("shape".into(), dataset::shape(&info.dataspace));
    record.insert("data".into(), data_record(&attribute.elements()?, context)?);
    Ok(())
}
