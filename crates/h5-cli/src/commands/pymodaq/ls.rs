//! `h5 pymodaq ls`.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Write as _;

use h5::Result;
use pymodaq_data::{Axis, PyValue};
use pymodaq_h5::{AxisSaverLoader, DataLoader, Node, NodeKind};
use serde_json::{Value, json};

use crate::args::GlobalArgs;
use crate::describe::{counted, error_json, printable, shortened};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record};
use crate::out::{Out, Role};
use crate::pymodaq_file::{Place, origin_text};

/// An array in a list.
struct Row {
    path: String,
    name: String,
    /// What tells it from other arrays of the same data.
    label: String,
    /// `data`, `axis`, `bkg` and so on; empty for arrays of other programs.
    data_type: String,
    dim: String,
    dtype: String,
    shape: Vec<usize>,
    units: String,
    /// Label, units and size of each axis, in order of their dimensions.
    axes: Vec<(String, String, usize)>,
}

/// Axes of navigation by the group that has them, so that each is read once.
type Known = BTreeMap<String, Vec<Axis>>;

pub(super) fn run(place: &OsStr, all: bool, json: bool, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let place = Place::open(place, global)?;
    let start = place.node()?;
    let mut document = None;
    if json {
        let head = json!({ "file": place.location.file_json(), "writer": origin_text(&place.origin) });
        document = Some(ListDocument::begin(out, "h5.pymodaq.ls", &record(head), "arrays")?);
    } else {
        writeln!(
            out,
            "{}",
            out.paint.text(
                Role::Heading,
                &printable(&format!("{}: {}", place.location.text(), origin_text(&place.origin)))
            )
        )?;
    }
    let (mut exit, mut count, mut known) = (Exit::Success, 0_u64, Known::new());
    for node in place.browser.walk_nodes(&start).map_err(|error| place.blame(error))? {
        let row = node.and_then(|node| row(&node, all, &place, &mut known));
        match (row, &mut document) {
            (Ok(None), _) => continue,
            (Ok(Some(row)), Some(document)) => document.item(out, &row.to_json())?,
            (Ok(Some(row)), None) => row.write(out)?,
            (Err(error), Some(document)) => {
                exit = Exit::No;
                document.item(out, &json!({ "path": error.path(), "error": error_json(&error) }))?;
            }
            (Err(error), None) => {
                exit = Exit::No;
                writeln!(
                    out,
                    "{}",
                    out.paint.text(Role::Broken, &shortened(&printable(&error.to_string()), 400))
                )?;
            }
        }
        count = count.saturating_add(1);
    }
    match document {
        Some(document) => document.end(out, &record(json!({})))?,
        None => writeln!(out, "{}", out.paint.text(Role::Aside, &counted(count, "array")))?,
    }
    Ok(if count == 0 { Exit::No } else { exit })
}

/// What is listed of a node; `None` if it is not listed.
fn row(node: &Node, all: bool, place: &Place, known: &mut Known) -> Result<Option<Row>> {
    if node.kind() == NodeKind::Group {
        return Ok(None);
    }
    let attributes = node.attrs()?;
    let text = |name: &str| {
        let value = attributes.get(name);
        value.map(|value| value.as_str().map_or_else(String::new, str::to_owned)).unwrap_or_default()
    };
    let data_type = text("data_type");
    if !all && !data_type.is_empty() && !data_type.contains("data") {
        return Ok(None);
    }
    let info = node.object().clone().into_dataset()?.info()?;
    let shape = info.dataspace.dimensions().iter().map(|&size| usize::try_from(size).unwrap_or(usize::MAX));
    let axes =
        if data_type.contains("data") { axes_of(node, &attributes, place, known)? } else { Vec::new() };
    let title = text("TITLE");
    Ok(Some(Row {
        path: node.path().to_owned(),
        name: if title.is_empty() { node.name().to_owned() } else { title },
        label: text("label"),
        data_type,
        dim: text("data_dimension"),
        dtype: if attributes.contains_key("dtype") { text("dtype") } else { info.datatype.to_string() },
        shape: shape.collect(),
        units: text("units"),
        axes,
    }))
}

/// The axes of data: those of its group, and those of navigation in a group above.
fn axes_of(
    node: &Node,
    attributes: &BTreeMap<String, PyValue>,
    place: &Place,
    known: &mut Known,
) -> Result<Vec<(String, String, usize)>> {
    let loader = AxisSaverLoader::new(place.browser.h5saver());
    let mut axes = loader.get_axes(node)?;
    let has_navigation =
        attributes.get("nav_indexes").and_then(PyValue::as_slice).is_some_and(|n| !n.is_empty());
    if has_navigation && let Some(group) = DataLoader::new(place.browser.h5saver()).get_nav_group(node)? {
        let path = group.path().to_owned();
        if !known.contains_key(&path) {
            known.insert(path.clone(), loader.get_axes(&group)?);
        }
        axes.extend(known.get(&path).into_iter().flatten().cloned());
    }
    axes.sort_by_key(|axis| (axis.index(), axis.spread_order()));
    Ok(axes.into_iter().map(|axis| (axis.label().to_owned(), axis.units().to_owned(), axis.size())).collect())
}

impl Row {
    fn write(&self, out: &mut Out) -> std::io::Result<()> {
        let path = shortened(&printable(&self.path), 1000);
        writeln!(out, "{}", out.paint.text(Role::Dataset, &path))?;
        let shape: Vec<String> = self.shape.iter().map(usize::to_string).collect();
        let shape = if shape.is_empty() { "scalar".to_owned() } else { shape.join(" x ") };
        let units = if self.units.is_empty() { String::new() } else { format!(" in {}", self.units) };
        let kind = match self.data_type.as_str() {
            "" | "data" => String::new(),
            kind => format!("{kind}, "),
        };
        let dim = if self.dim.is_empty() { String::new() } else { format!("{} of ", self.dim) };
        let name = match self.label.as_str() {
            "" => self.name.clone(),
            label if label == self.name => self.name.clone(),
            label => format!("{}, {label}", self.name),
        };
        let facts = format!("{kind}{name}: {dim}{shape} {}{units}", self.dtype);
        writeln!(out, "    {}", shortened(&printable(&facts), 300))?;
        if !self.axes.is_empty() {
            let axes = self.axes.iter().map(|(label, units, size)| match units.as_str() {
                "" => format!("{label} [{size}]"),
                units => format!("{label} ({units}) [{size}]"),
            });
            let axes = axes.collect::<Vec<_>>().join(", ");
            writeln!(
                out,
                "    {} {}",
                out.paint.text(Role::Aside, "axes"),
                shortened(&printable(&axes), 300)
            )?;
        }
        Ok(())
    }

    fn to_json(&self) -> Value {
        let axes = self
            .axes
            .iter()
            .map(|(label, units, size)| json!({ "label": label, "units": units, "size": size }));
        json!({
            "path": self.path,
            "name": self.name,
            "label": self.label,
            "data_type": self.data_type,
            "data_dimension": self.dim,
            "dtype": self.dtype,
            "shape": self.shape,
            "units": self.units,
            "axes": axes.collect::<Vec<_>>(),
        })
    }
}
