//! Data with axes, described.

use h5_types::Result;
use pymodaq_data::{Axis, PyValue};
use pymodaq_h5::{DataLayout, DataLoader, H5BrowserUtil, Node, NodeKind};

use crate::json::{Record, number, numbers};

/// Characters of an extra attribute.
const EXTRA_CHARACTERS: usize = 200;

/// The data of an array; `None` for an array that is none of PyMoDAQ's.
pub(super) fn described(browser: &H5BrowserUtil, node: &Node) -> Result<Option<String>> {
    if !is_array_of_data(node) {
        return Ok(None);
    }
    let layout = layout(browser, node, true)?;
    let sig_indexes = (0..layout.shape.len()).filter(|index| !layout.nav_indexes.contains(index));
    let channels = layout.channels.iter().map(|channel| {
        let data_type = channel.node.clone().into_carray().map(|array| format!("{:?}", array.dtype()));
        Record::new()
            .text("path", channel.node.path())
            .text("label", &channel.label)
            .plain("background", channel.background.is_some())
            .plain("errors", channel.errors.is_some())
            .text("type", &data_type.unwrap_or_default().to_ascii_lowercase())
            .end()
    });
    let extra = layout.extra.iter().fold(Record::new(), |record, (name, value)| {
        let text = value.as_str().map_or_else(|| format!("{value:?}"), str::to_owned);
        record.text(name, &text.chars().take(EXTRA_CHARACTERS).collect::<String>())
    });
    let record = Record::new()
        .text("path", node.path())
        .text("name", &layout.name)
        .text("origin", &layout.origin)
        .text("source", &layout.source)
        .text("dim", layout.dim().name())
        .text("distribution", &layout.distribution)
        .text("units", &layout.units)
        .raw("shape", &numbers(&layout.shape))
        .raw("stored_shape", &numbers(&layout.stored_shape))
        .raw("nav_indexes", &numbers(&layout.nav_indexes))
        .raw("sig_indexes", &numbers(sig_indexes))
        .raw("timestamp", &layout.timestamp.map_or_else(|| "null".to_owned(), number))
        .list("channels", channels)
        .list("axes", layout.axes.iter().map(axis_json))
        .raw("extra", &extra.end());
    Ok(Some(record.end()))
}

fn axis_json(axis: &Axis) -> String {
    let values = axis.to_f64();
    let end = |value: Option<&f64>| value.map_or_else(|| "null".to_owned(), |value| number(*value));
    Record::new()
        .text("label", axis.label())
        .text("units", axis.units())
        .plain("index", axis.index())
        .plain("spread_order", axis.spread_order())
        .plain("size", axis.size())
        .raw("first", &end(values.first()))
        .raw("last", &end(values.last()))
        .plain("linear", axis.is_axis_linear())
        .end()
}

/// What the data of a node are.
pub(super) fn layout(browser: &H5BrowserUtil, node: &Node, all: bool) -> Result<DataLayout> {
    DataLoader::new(browser.h5saver()).layout(node, all)
}

fn data_type(node: &Node) -> Option<String> {
    node.get_attr("data_type").ok().flatten().as_ref().and_then(PyValue::as_str).map(str::to_owned)
}

/// True for arrays that have axes of their own: data, backgrounds, uncertainties, and axes themselves.
fn is_array_of_data(node: &Node) -> bool {
    matches!(node.kind(), NodeKind::CArray | NodeKind::EArray)
        && data_type(node).is_some_and(|t| t != "strings")
}

/// True for an array of data, and for a group that has one.
pub(super) fn holds_data(node: &Node) -> bool {
    let is_data = |node: &Node| {
        matches!(node.kind(), NodeKind::CArray | NodeKind::EArray)
            && data_type(node).is_some_and(|name| name.contains("data"))
    };
    match node.kind() {
        NodeKind::Group => {
            let children = node.clone().into_group().and_then(|group| group.children());
            children.is_ok_and(|children| children.values().any(is_data))
        }
        _ => is_data(node),
    }
}

/// Arrays of data in a group and below it, at most so many.
pub(super) fn nearby(group: &Node, limit: usize) -> Vec<String> {
    /// Groups that are looked into.
    const GROUPS: usize = 2000;
    /// A group of more children is no group of PyMoDAQ's.
    const CHILDREN: u64 = 2000;
    let (mut found, mut waiting, mut looked) = (Vec::new(), vec![group.clone()], 0_usize);
    while let Some(node) = waiting.pop() {
        looked = looked.saturating_add(1);
        if looked > GROUPS || found.len() >= limit {
            break;
        }
        let links = node.object().clone().into_group().and_then(|group| group.link_count());
        if links.is_ok_and(|count| count > CHILDREN) {
            continue;
        }
        let Ok(children) = node.into_group().and_then(|group| group.children()) else { continue };
        let mut below = Vec::new();
        for child in children.into_values() {
            match child.kind() {
                NodeKind::Group => below.push(child),
                NodeKind::CArray | NodeKind::EArray
                    if found.len() < limit && data_type(&child).is_some_and(|name| name.contains("data")) =>
                {
                    found.push(child.path().to_owned());
                }
                _ => {}
            }
        }
        waiting.extend(below.into_iter().rev());
    }
    found
}

/// The label of a channel, or where it has none the data's name.
pub(super) fn label(layout: &DataLayout, index: usize) -> String {
    let label = layout.channels.get(index).map(|channel| channel.label.as_str()).unwrap_or_default();
    if label.is_empty() { layout.name.clone() } else { label.to_owned() }
}
