//! Differences between two descriptions, as PyMoDAQ's checker tells them.

use serde_json::Value;

/// Attributes that differ from run to run or from library to library.
const VOLATILE: [&str; 15] = [
    "backend",
    "VERSION",
    "PYTABLES_FORMAT_VERSION",
    "EXTDIM",
    "FLAVOR",
    "PSEUDOATOM",
    "FILTERS",
    "date",
    "time",
    "timestamp",
    "file",
    "pymodaq_version",
    "pymodaq_data_version",
    "swmr_active",
    "swmr_compatible",
];

/// Differences, one a line.
pub fn differences(expected: &Value, found: &Value) -> Vec<String> {
    let (mut expected, mut found) = (expected.clone(), found.clone());
    strip(&mut expected);
    strip(&mut found);
    let mut told = Vec::new();
    diff(&expected, &found, "", &mut told);
    told
}

fn strip(description: &mut Value) {
    if let Some(object) = description.as_object_mut() {
        object.remove("settings");
    }
    let Some(nodes) = description.get_mut("nodes").and_then(Value::as_object_mut) else { return };
    for node in nodes.values_mut() {
        let Some(attrs) = node.get_mut("attrs").and_then(Value::as_object_mut) else { continue };
        attrs.retain(|name, _| !VOLATILE.contains(&name.as_str()));
        for value in attrs.values_mut() {
            if let Some(tags) = xml_tags(value) {
                *value = tags;
            }
        }
    }
}

/// The names of the elements of settings, which is all that does not differ from run to run.
fn xml_tags(value: &Value) -> Option<Value> {
    let text = value.get("bytes").unwrap_or(value).as_str()?;
    if !text.starts_with('<') {
        return None;
    }
    let names = text.split('<').skip(1).filter(|tag| !tag.starts_with('/'));
    let names = names.map(|tag| tag.split([' ', '>', '/']).next().unwrap_or_default().into());
    Some(std::iter::once(Value::from("xml")).chain(names).collect())
}

fn diff(expected: &Value, found: &Value, path: &str, told: &mut Vec<String>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (name, value) in a {
                match b.get(name) {
                    Some(other) => diff(value, other, &format!("{path}/{name}"), told),
                    None => told.push(format!("{path}/{name}: missing, expected {}", short(value))),
                }
            }
            for (name, value) in b.iter().filter(|(name, _)| !a.contains_key(*name)) {
                told.push(format!("{path}/{name}: unexpected {}", short(value)));
            }
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                told.push(format!("{path}: expected {} items, found {}", a.len(), b.len()));
            }
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                diff(a, b, &format!("{path}[{index}]"), told);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap_or(0.0), b.as_f64().unwrap_or(0.0));
            if (a - b).abs() > 1e-9 * a.abs().max(b.abs()) {
                told.push(format!("{path}: expected {a}, found {b}"));
            }
        }
        _ if expected == found => {}
        _ => told.push(format!("{path}: expected {}, found {}", short(expected), short(found))),
    }
}

fn short(value: &Value) -> String {
    value.to_string().chars().take(200).collect()
}
