//! Objects below a group: those that come, those that go, and datasets that grow.

use std::collections::BTreeMap;
use std::io::Write as _;

use h5::{Dataspace, Group, ObjectKind};
use serde_json::json;

use crate::describe::printable;
use crate::json::write_value;
use crate::out::{Out, Role};

/// What was seen of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    kind: ObjectKind,
    /// Dimensions of a dataset; none of anything else.
    shape: Vec<u64>,
}

/// A group and what was seen below it.
#[derive(Debug)]
pub(super) struct Tree {
    group: Group,
    json: bool,
    seen: BTreeMap<String, Seen>,
}

impl Tree {
    pub(super) fn new(group: Group, json: bool) -> Self {
        Self { group, json, seen: BTreeMap::new() }
    }

    /// Looks at all objects; with `tell`, says what is new. True if anything was.
    ///
    /// # Errors
    /// Those of the group itself. What cannot be read below it may be half made by another library, and is looked at again the next time.
    pub(super) fn look(&mut self, tell: bool, out: &mut Out) -> h5::Result<bool> {
        self.group.link_count()?;
        let mut now = BTreeMap::new();
        for object in self.group.walk().filter_map(Result::ok) {
            let (path, kind) = (object.path().to_owned(), object.kind());
            let shape =
                match object.into_dataset().and_then(|dataset| dataset.info().map(|i| i.dataspace.clone())) {
                    Ok(Dataspace::Simple { dimensions, .. }) => dimensions,
                    _ => Vec::new(),
                };
            now.insert(path, Seen { kind, shape });
        }
        let before = std::mem::replace(&mut self.seen, now);
        let mut news = false;
        for (path, object) in &self.seen {
            let old = before.get(path);
            if old == Some(object) {
                continue;
            }
            news = true;
            if tell {
                self.tell(path, old, Some(object), out)?;
            }
        }
        for (path, object) in before.iter().filter(|(path, _)| !self.seen.contains_key(*path)) {
            news = true;
            if tell {
                self.tell(path, Some(object), None, out)?;
            }
        }
        Ok(news)
    }

    fn tell(&self, path: &str, old: Option<&Seen>, new: Option<&Seen>, out: &mut Out) -> h5::Result<()> {
        let event = match (old, new) {
            (None, _) => "created",
            (_, None) => "removed",
            _ => "resized",
        };
        let shape = new.or(old).map(|seen| seen.shape.clone()).unwrap_or_default();
        let kind = new.or(old).map_or("object", |seen| match seen.kind {
            ObjectKind::Group => "group",
            ObjectKind::Dataset => "dataset",
            ObjectKind::CommittedDatatype => "datatype",
        });
        if self.json {
            let event = json!({
                "event": event, "kind": kind, "path": path, "shape": shape, "before": old.map(|seen| &seen.shape),
            });
            write_value(out, &event)?;
            writeln!(out)?;
            return Ok(());
        }
        let role = if kind == "group" { Role::Group } else { Role::Dataset };
        let name = out.paint.text(role, &printable(path));
        let size = match (old, kind) {
            (Some(old), "dataset") if new.is_some() => format!(" {:?} -> {shape:?}", old.shape),
            (_, "dataset") => format!(" {shape:?}"),
            _ => String::new(),
        };
        writeln!(out, "{event} {kind} {name}{size}")?;
        Ok(())
    }
}
