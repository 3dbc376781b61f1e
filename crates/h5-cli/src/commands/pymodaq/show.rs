//! `h5 pymodaq show`.

use std::ffi::OsStr;
use std::io::Write as _;

use pymodaq_data::{Array, Axis, DataWithAxes, Parameter, PyValue};
use pymodaq_h5::{DataLoader, Node, NodeKind};
use serde_json::{Map, Value, json};

use super::settings;
use crate::args::GlobalArgs;
use crate::describe::{printable, shortened};
use crate::failure::{Exit, Outcome};
use crate::json::{record, write_document};
use crate::out::{Out, Role};
use crate::picture::{Image, curve, mean, short, shrunk};
use crate::pymodaq_file::{Place, origin_text};

/// Elements of data that are loaded for a picture.
const LARGEST_SHOWN: u64 = 1 << 26;
/// Lines of a curve.
const CURVE_LINES: u8 = 10;

pub(super) fn run(place: &OsStr, json: bool, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let place = Place::open(place, global)?;
    let node = place.node()?;
    let blame = |error| place.blame(error);
    let attributes = place.browser.get_h5_attributes(&node).map_err(blame)?;
    let tree = place.browser.settings(&node);
    let data = load(&node, &place)?;
    if json {
        let mut fields = record(json!({
            "file": place.location.file_json(),
            "writer": origin_text(&place.origin),
            "path": node.path(),
            "kind": node.kind().name(),
        }));
        let values = attributes.attributes.iter().filter(|(name, _)| *name != "settings");
        let values = values.map(|(name, value)| (name.clone(), settings::value_json(value)));
        fields.insert("attributes".into(), Value::Object(values.collect::<Map<_, _>>()));
        if let Some(tree) = tree.map_err(blame)? {
            fields.insert("settings".into(), settings::to_json(&tree));
        }
        if let Some(Shown::Data(data)) = &data {
            fields.insert("data".into(), data_json(data));
        }
        write_document(out, "h5.pymodaq.show", &fields)?;
        return Ok(Exit::Success);
    }
    let title = format!("{} ({}), {}", node.path(), node.kind().name(), origin_text(&place.origin));
    writeln!(out, "{}", out.paint.text(Role::Heading, &shortened(&printable(&title), 300)))?;
    for (name, value) in attributes.attributes.iter().filter(|(name, _)| *name != "settings") {
        let name = out.paint.text(Role::Attribute, &shortened(&printable(name), 60));
        writeln!(out, "  {name} = {}", settings::value_text(value))?;
    }
    match tree {
        Ok(Some(tree)) => write_settings(&tree, out)?,
        Ok(None) => {}
        Err(error) => writeln!(out, "{}", out.paint.text(Role::Broken, &printable(&error.to_string())))?,
    }
    match data {
        Some(Shown::Data(data)) => picture(&data, out)?,
        Some(Shown::TooLarge(count)) => {
            writeln!(out, "\n{count} elements, too many for a picture; take a part of them with h5 get")?;
        }
        None => children(&node, &place, out)?,
    }
    Ok(Exit::Success)
}

/// Data that are shown.
enum Shown {
    Data(Box<DataWithAxes>),
    TooLarge(u64),
}

/// The data of an array; `None` for what holds none.
fn load(node: &Node, place: &Place) -> Outcome<Option<Shown>> {
    if !matches!(node.kind(), NodeKind::CArray | NodeKind::EArray) {
        return Ok(None);
    }
    let blame = |error| place.blame(error);
    let info = node.object().clone().into_dataset().and_then(|dataset| dataset.info()).map_err(blame)?;
    let count = info.dataspace.dimensions().iter().fold(1_u64, |count, &size| count.saturating_mul(size));
    if count > LARGEST_SHOWN {
        return Ok(Some(Shown::TooLarge(count)));
    }
    match DataLoader::new(place.browser.h5saver()).load_data(node, false, false) {
        Ok(data) => Ok(Some(Shown::Data(Box::new(data)))),
        // Text and structures of other programs are no data; their attributes are shown all the same.
        Err(error) if error.kind() == h5::ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(place.blame(error)),
    }
}

fn write_settings(tree: &Parameter, out: &mut Out) -> Outcome<()> {
    writeln!(out, "\n{}", out.paint.text(Role::Heading, "Settings"))?;
    tree.children().iter().try_for_each(|child| settings::write(child, 1, out))?;
    Ok(())
}

/// What is in a group.
fn children(node: &Node, place: &Place, out: &mut Out) -> Outcome<()> {
    let Ok(group) = node.clone().into_group() else { return Ok(()) };
    let children = group.children().map_err(|error| place.blame(error))?;
    if children.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{}", out.paint.text(Role::Heading, "Holds"))?;
    for (name, child) in children {
        // A title that cannot be read is none.
        let title = child.title().unwrap_or_default();
        let role = if child.kind() == NodeKind::Group { Role::Group } else { Role::Dataset };
        let shown = out.paint.text(role, &shortened(&printable(&name), 100));
        let line = format!("  {shown:20} {}", shortened(&printable(&title), 100));
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

/// Axes, extremes and a picture of data: a map of means where there are two dimensions of navigation, else the first signal.
fn picture(data: &DataWithAxes, out: &mut Out) -> Outcome<()> {
    writeln!(out, "\n{}", out.paint.text(Role::Heading, "Data"))?;
    let units = if data.units().is_empty() { String::new() } else { format!(" in {}", data.units()) };
    writeln!(out, "  {} {}: {:?}{}", data.dim(), printable(data.name()), data.shape(), printable(&units))?;
    let mut axes: Vec<&Axis> = data.axes().iter().collect();
    axes.sort_by_key(|axis| (axis.index(), axis.spread_order()));
    for axis in axes {
        let (first, last) = ends(axis);
        let units = if axis.units().is_empty() { String::new() } else { format!(" ({})", axis.units()) };
        let (index, label, size) = (axis.index(), axis.label(), axis.size());
        let text = format!("axis {index}: {label}{units}, {size} values from {first} to {last}");
        writeln!(out, "  {}", shortened(&printable(&text), 200))?;
    }
    let Some(values) = data.data().first().and_then(|array| array.to_f64().ok()) else { return Ok(()) };
    let numbers = || values.iter().copied().filter(|value| !value.is_nan());
    if let (Some(lowest), Some(highest)) = (numbers().reduce(f64::min), numbers().reduce(f64::max)) {
        writeln!(out, "  from {} to {}, mean {}", short(lowest), short(highest), short(mean(&values)))?;
    } else {
        writeln!(out, "  nothing was measured")?;
        return Ok(());
    }
    draw(data, &values, out)
}

fn draw(data: &DataWithAxes, values: &[f64], out: &mut Out) -> Outcome<()> {
    let size =
        |indexes: &[usize]| indexes.iter().filter_map(|&index| data.shape().get(index)).product::<usize>();
    let (navigation, signal) = (data.nav_indexes(), data.sig_indexes());
    let first_are_navigation = navigation.iter().enumerate().all(|(place, &index)| place == index);
    match (navigation, signal.as_slice()) {
        ([_, columns], _) if first_are_navigation => {
            let means: Vec<f64> = values.chunks(size(&signal).max(1)).map(mean).collect();
            let caption = if signal.is_empty() { "map" } else { "map of the mean of each position" };
            image(&means, size(&[*columns]), caption, out)
        }
        ([], [_]) if values.len() > 1 => {
            curve(values, CURVE_LINES, out)?;
            Ok(())
        }
        ([_], []) if values.len() > 1 => {
            curve(values, CURVE_LINES, out)?;
            Ok(())
        }
        (_, [_, columns]) if first_are_navigation => {
            let first = values.get(..size(&signal)).unwrap_or_default();
            image(first, size(&[*columns]), if navigation.is_empty() { "image" } else { "first image" }, out)
        }
        ([_], [line]) if first_are_navigation => {
            image(values, size(&[*line]), "a line for each position", out)
        }
        _ => Ok(()),
    }
}

fn image(values: &[f64], columns: usize, caption: &str, out: &mut Out) -> Outcome<()> {
    let (small, columns) = shrunk(values, columns);
    writeln!(out, "\n  {}", out.paint.text(Role::Aside, caption))?;
    Image::new(columns, &small).draw(out)?;
    Ok(())
}

fn ends(axis: &Axis) -> (String, String) {
    let values = axis.to_f64();
    let text = |value: Option<&f64>| value.map_or_else(String::new, |value| short(*value));
    (text(values.first()), text(values.last()))
}

fn data_json(data: &DataWithAxes) -> Value {
    let axes = data.axes().iter().map(|axis| {
        json!({
            "label": axis.label(),
            "units": axis.units(),
            "index": axis.index(),
            "spread_order": axis.spread_order(),
            "values": axis.to_f64().into_iter().map(settings::number_json).collect::<Vec<_>>(),
        })
    });
    json!({
        "name": data.name(),
        "origin": data.origin(),
        "units": data.units(),
        "dim": data.dim().name(),
        "distribution": data.distribution().name(),
        "source": data.source().name(),
        "timestamp": settings::value_json(&PyValue::Float(data.timestamp())),
        "labels": data.labels(),
        "shape": data.shape(),
        "dtype": data.data().first().map(|array: &Array| array.dtype().name()),
        "nav_indexes": data.nav_indexes(),
        "axes": axes.collect::<Vec<_>>(),
    })
}
