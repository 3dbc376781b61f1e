//! What is found in a file, by whichever reader.

use std::collections::BTreeMap;

use h5_backend::{Attribute, File, Object, ObjectKind, Order};
use h5_native::object::Warning;
use h5_types::{Error, LinkTarget, Result};

use super::model::Value;

/// Groups within groups that are followed: the workloads make no more.
const DEEPEST: usize = 16;

/// An object as it was found, with all that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// What the reader knows it by.
    pub token: u128,
    /// Hard links to it, as it says.
    pub reference_count: u64,
    /// Attributes by name.
    pub attributes: BTreeMap<String, Value>,
    /// The rest.
    pub content: ObservedContent,
}

/// What an object holds beside its attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedContent {
    /// Hard links.
    Group(BTreeMap<String, Observed>),
    /// Elements.
    Dataset(Value),
}

/// Reads everything.
///
/// # Errors
/// Whatever is wrong anywhere, warnings included, but for that of a commit that is taken from its record: that is as good as any.
pub fn observe(file: &File) -> Result<Observed> {
    let finished = Warning::HalfDoneCommit.to_string();
    if let Some(warning) = file.info()?.warnings.iter().find(|&warning| *warning != finished) {
        return Err(Error::format(warning.clone()));
    }
    object(file.root()?.object(), DEEPEST)
}

fn object(found: &Object, depth: usize) -> Result<Observed> {
    let deeper = depth.checked_sub(1).ok_or_else(|| Error::limit("groups too deep for a workload"))?;
    let mut attributes = BTreeMap::new();
    for attribute in found.attributes(Order::Name)? {
        let attribute = attribute?;
        attributes.insert(attribute.name().to_string(), attribute_value(&attribute)?);
    }
    let content = match found.kind() {
        ObjectKind::Group => {
            let group = found.clone().into_group()?;
            let mut links = BTreeMap::new();
            for link in group.links(Order::Name)? {
                let link = link?;
                let LinkTarget::Hard(_) = link.target else {
                    return Err(
                        Error::format("a link that no workload makes").with_path(link.name.to_string())
                    );
                };
                let name = link.name.to_string();
                // The index must lead to what the listing shows.
                if group.link(&name)?.as_ref() != Some(&link) {
                    return Err(Error::format("a link that is listed and not found").with_path(name));
                }
                links.insert(name, object(&group.follow(&link)?, deeper)?);
            }
            ObservedContent::Group(links)
        }
        ObjectKind::Dataset => {
            let dataset = found.clone().into_dataset()?;
            let values = dataset.read::<i64>()?;
            ObservedContent::Dataset(Value::Numbers { shape: dataset.shape()?, values })
        }
        ObjectKind::CommittedDatatype => return Err(Error::format("an object that no workload makes")),
    };
    let reference_count = u64::from(found.info()?.reference_count);
    Ok(Observed { token: found.token().0, reference_count, attributes, content })
}

fn attribute_value(attribute: &Attribute) -> Result<Value> {
    if let Ok(text) = attribute.read_scalar::<String>() {
        return Ok(Value::Text(text));
    }
    Ok(Value::Numbers { shape: attribute.shape().to_vec(), values: attribute.read::<i64>()? })
}
