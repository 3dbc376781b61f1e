//! Whether two files hold the same, whatever backends they are on.

use std::collections::{BTreeMap, HashSet};

use h5_backend::{Attribute, File, Group, Object, ObjectKind, Order};
use h5_types::{DatasetInfo, LinkTarget, Name, ObjectToken, Reference, Result, Value};

/// What a file holds, in words that do not depend on the backend: for each path, lines that say what is there.
pub type Contents = BTreeMap<String, Vec<String>>;

/// Lists what a file holds. An object with several names is told of once, by the name that comes first; the others lead to it.
///
/// # Errors
/// Of the first thing that cannot be read.
pub fn contents(file: &File) -> Result<Contents> {
    let mut seen = Seen { paths: BTreeMap::new(), done: HashSet::new() };
    seen.find(&file.root()?, "")?;
    let mut contents = Contents::new();
    seen.describe(file.root()?.object(), "/", &mut contents)?;
    seen.group(&file.root()?, "", &mut contents)?;
    Ok(contents)
}

/// Where two listings differ, in words; empty if they are the same.
pub fn differences(one: &Contents, other: &Contents) -> Vec<String> {
    let mut found = Vec::new();
    for path in one.keys().chain(other.keys().filter(|path| !one.contains_key(*path))) {
        match (one.get(path), other.get(path)) {
            (Some(a), Some(b)) if a == b => {}
            (Some(a), Some(b)) => {
                let only = |x: &Vec<String>, y: &Vec<String>| -> Vec<String> {
                    x.iter().filter(|line| !y.contains(line)).cloned().collect()
                };
                found.push(format!("{path}: {:?} instead of {:?}", only(b, a), only(a, b)));
            }
            (Some(_), None) => found.push(format!("{path} is missing")),
            (None, _) => found.push(format!("{path} is too much")),
        }
    }
    found
}

/// Objects that were met.
struct Seen {
    /// First path of each.
    paths: BTreeMap<ObjectToken, String>,
    done: HashSet<ObjectToken>,
}

impl Seen {
    /// Finds the first path of every object. Links are listed by name, so that both files are walked alike.
    fn find(&mut self, group: &Group, path: &str) -> Result<()> {
        let mut open = vec![(group.clone(), path.to_owned())];
        self.paths
            .insert(group.object().token(), if path.is_empty() { "/".to_owned() } else { path.to_owned() });
        while let Some((group, path)) = open.pop() {
            for link in group.links(Order::Name)? {
                let link = link?;
                let LinkTarget::Hard(token) = link.target else { continue };
                let path = format!("{path}/{}", link.name);
                if self.paths.contains_key(&token) {
                    continue;
                }
                self.paths.insert(token, path.clone());
                let object = group.follow(&link)?;
                if object.kind() == ObjectKind::Group {
                    open.push((object.into_group()?, path));
                }
            }
        }
        Ok(())
    }

    fn group(&mut self, group: &Group, path: &str, contents: &mut Contents) -> Result<()> {
        let mut open = vec![(group.clone(), path.to_owned())];
        self.done.insert(group.object().token());
        while let Some((group, path)) = open.pop() {
            for link in group.links(Order::Name)? {
                let link = link?;
                let place = format!("{path}/{}", link.name);
                match &link.target {
                    LinkTarget::Hard(token) => {
                        if !self.done.insert(*token) {
                            contents.insert(place, vec![format!("another name of {}", self.path(*token))]);
                            continue;
                        }
                        let object = group.follow(&link)?;
                        self.describe(&object, &place, contents)?;
                        if object.kind() == ObjectKind::Group {
                            open.push((object.into_group()?, place));
                        }
                    }
                    other => {
                        contents.insert(place, vec![format!("{other:?}")]);
                    }
                }
            }
        }
        Ok(())
    }

    fn describe(&self, object: &Object, path: &str, contents: &mut Contents) -> Result<()> {
        let info = object.info()?;
        let mut lines = vec![format!("{:?}", object.kind())];
        // Those who use a committed datatype may be counted too, which is a backend's own affair.
        if object.kind() != ObjectKind::CommittedDatatype {
            lines.push(format!("hard links: {}", info.reference_count));
        }
        if let Some(comment) = &info.comment {
            lines.push(format!("comment {comment}"));
        }
        for attribute in object.attributes(Order::Name)? {
            lines.push(self.attribute(&attribute?)?);
        }
        match object.kind() {
            ObjectKind::Dataset => self.dataset(object.clone(), &mut lines)?,
            ObjectKind::CommittedDatatype => {
                lines.push(object.clone().into_datatype()?.datatype()?.memory_form().to_string());
            }
            ObjectKind::Group => {}
        }
        contents.insert(path.to_owned(), lines);
        Ok(())
    }

    fn attribute(&self, attribute: &Attribute) -> Result<String> {
        let values = attribute.elements()?;
        let values: Vec<String> =
            values.values().map(|value| Ok(self.show(&value?))).collect::<Result<_>>()?;
        let info = attribute.info();
        let committed = self.committed(info.committed_datatype).unwrap_or_default();
        let datatype = info.datatype.memory_form();
        Ok(format!("@{}: {datatype} {committed} {:?} = {values:?}", info.name, info.dataspace))
    }

    fn dataset(&self, object: Object, lines: &mut Vec<String>) -> Result<()> {
        let dataset = object.into_dataset()?;
        let info: &DatasetInfo = &*dataset.info()?;
        lines.push(format!("{} {:?}", info.datatype.memory_form(), info.dataspace));
        // With a variable part the bytes lead to places in the file; without, backends need not tell more than them.
        let variable = info.datatype.has_variable_part();
        let fill = if variable { dataset.node()?.fill_elements()? } else { None };
        lines.push(match fill {
            Some(fill) => format!("fill {}", self.show(&fill.value(0)?)),
            None => format!("fill {:?}", info.fill.definition),
        });
        if let Some(path) = self.committed(info.committed_datatype) {
            lines.push(format!("of {path}"));
        }
        for value in dataset.values()? {
            lines.push(self.show(&value?));
        }
        Ok(())
    }

    /// Where a committed datatype is. One without a name is found by some backends, and by others not.
    fn committed(&self, token: Option<ObjectToken>) -> Option<String> {
        self.paths.get(&token?).cloned()
    }

    fn path(&self, token: ObjectToken) -> String {
        self.paths.get(&token).cloned().unwrap_or_else(|| "an object without a name".to_owned())
    }

    /// A value with what its references lead to, since tokens are a backend's own.
    fn show(&self, value: &Value) -> String {
        match value {
            Value::Reference(Reference::Object(token)) => format!("-> {}", self.path(*token)),
            Value::Compound(members) => {
                let show = |(name, value): &(Name, Value)| format!("{name}: {}", self.show(value));
                format!("{{{}}}", members.iter().map(show).collect::<Vec<_>>().join(", "))
            }
            Value::Array { values, .. } | Value::Sequence(values) => {
                format!("[{}]", values.iter().map(|value| self.show(value)).collect::<Vec<_>>().join(", "))
            }
            other => format!("{other:?}"),
        }
    }
}
