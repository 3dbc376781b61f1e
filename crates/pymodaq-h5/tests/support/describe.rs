//! Everything that the loaders return of a file, as JSON: the same that PyMoDAQ's checker writes of the real loaders.

use std::collections::BTreeMap;

use pymodaq_data::{Array, Axis, DataToExport, DataWithAxes, PyValue, SaveType, Scalar, literal};
use pymodaq_h5::{
    AxisSaverLoader, DataLoader, FileMode, Flavour, GROUP, H5SaverLowLevel, InitOptions, Node, NodeKind,
};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// Describes a file.
pub fn describe(registry: &h5_backend::Registry, location: &str) -> h5_types::Result<Value> {
    let options = InitOptions::new().mode(FileMode::Read);
    let saver = H5SaverLowLevel::from_file(registry, Flavour::H5py, SaveType::Custom, location, &options)?;
    let described = describe_open(&saver)?;
    saver.close_file()?;
    Ok(described)
}

/// Describes an open file.
pub fn describe_open(saver: &H5SaverLowLevel) -> h5_types::Result<Value> {
    let (loader, axes) = (DataLoader::new(saver), AxisSaverLoader::new(saver));
    let mut out: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for section in ["nodes", "data", "all", "bkg", "axes", "logs"] {
        out.insert(section, Map::new());
    }
    let mut put = |section: &str, path: &str, value: Value| {
        out.get_mut(section).unwrap().insert(path.to_owned(), value);
    };
    let (mut scans, mut has_raw) = (0, false);
    for node in saver.walk_nodes("/")? {
        let node = node?;
        let path = node.path().to_owned();
        has_raw |= path == "/RawData";
        scans += usize::from(node.has_attr("pixmap2D")?);
        let mut described = json!({ "node": node.kind().name(), "attrs": attrs(&node)? });
        match node.kind() {
            NodeKind::Group => {}
            NodeKind::StringArray => {
                let lines = node.clone().into_string_array()?;
                described["n"] = lines.len()?.into();
                put("logs", &path, guard(lines.read().map(Value::from)));
            }
            NodeKind::VlArray => {
                let rows = node.clone().into_vlarray()?.read()?;
                described["rows"] = rows.iter().map(array).collect();
            }
            NodeKind::CArray | NodeKind::EArray => {
                let elements = array(&node.clone().into_carray()?.read()?);
                described.as_object_mut().unwrap().extend(elements.as_object().unwrap().clone());
                sections(saver, &loader, &axes, &node, &mut put)?;
            }
        }
        put("nodes", &path, described);
    }
    let mut out: Map<String, Value> =
        out.into_iter().map(|(name, section)| (name.to_owned(), Value::Object(section))).collect();
    if has_raw {
        out.insert(
            "load_all".to_owned(),
            guard(loader.load_all("/RawData", false).map(|all| export(saver, &all))),
        );
    }
    out.insert("scans".to_owned(), scans.into());
    Ok(Value::Object(out))
}

fn sections(
    saver: &H5SaverLowLevel,
    loader: &DataLoader,
    axes: &AxisSaverLoader,
    node: &Node,
    put: &mut impl FnMut(&str, &str, Value),
) -> h5_types::Result<()> {
    let path = node.path();
    let Some(data_type) = node.get_attr("data_type")? else { return Ok(()) };
    let data_type = data_type.as_str().unwrap_or_default().to_owned();
    if data_type == "axis" {
        put("axes", path, guard(axes.load_axis(path).map(|loaded| axis(&loaded))));
        return Ok(());
    }
    let load = |bkg, all| guard(loader.load_data(path, bkg, all).map(|loaded| data(saver, &loaded)));
    put("data", path, load(false, false));
    if path.ends_with("00") && data_type.contains("data") {
        put("all", path, load(false, true));
        let group = node.parent_node()?.unwrap();
        if has_background(&group)? {
            put("bkg", path, load(true, false));
        }
    }
    Ok(())
}

fn has_background(group: &GROUP) -> h5_types::Result<bool> {
    for child in group.children()?.into_values() {
        if child.get_attr("data_type")? == Some("bkg".into()) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn attrs(node: &Node) -> h5_types::Result<Value> {
    Ok(node.attrs_as_pymodaq()?.into_iter().map(|(name, value)| (name, python(&value))).collect())
}

fn guard(result: h5_types::Result<Value>) -> Value {
    result.unwrap_or_else(|error| json!({ "EXC": error.to_string() }))
}

fn python(value: &PyValue) -> Value {
    match value {
        PyValue::None => Value::Null,
        PyValue::Bool(value) | PyValue::NumpyBool(value) => (*value).into(),
        PyValue::Int(value) | PyValue::NumpyInt64(value) => (*value).into(),
        PyValue::Float(value) | PyValue::NumpyFloat64(value) => float(*value),
        PyValue::Str(text) => text.as_str().into(),
        PyValue::Bytes(bytes) => {
            let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
            json!({ "bytes": text })
        }
        PyValue::Tuple(items) | PyValue::List(items) => items.iter().map(python).collect(),
        PyValue::Dict(pairs) => pairs
            .iter()
            .map(|(name, value)| (name.as_str().unwrap_or_default().to_owned(), python(value)))
            .collect(),
        PyValue::DateTime(text) => format!("datetime.datetime:{text}").into(),
        other => literal::repr(other).into(),
    }
}

fn float(value: f64) -> Value {
    if value.is_finite() { value.into() } else { literal::repr_float(value).into() }
}

fn array(array: &Array) -> Value {
    let mut sha = Sha256::new();
    pymodaq_data::with_array!(array, typed => for element in typed.iter() {
        sha.update(bytes_of(&element_scalar(element), array));
    });
    let digest: String = sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut described = json!({ "shape": array.shape(), "dtype": array.dtype().name(), "sha256": digest });
    if array.size() <= 6 && !array.dtype().is_complex() {
        described["values"] = pymodaq_data::with_array!(array, typed => typed.iter().map(|e| scalar(&element_scalar(e))).collect());
    }
    described
}

fn element_scalar<T: pymodaq_data::Element>(element: &T) -> Scalar {
    element.to_scalar()
}

fn scalar(value: &Scalar) -> Value {
    match value {
        Scalar::Bool(value) => (*value).into(),
        Scalar::Int(value) => (*value).into(),
        Scalar::UInt(value) => (*value).into(),
        Scalar::Float(value) => float(*value),
        other => format!("{other:?}").into(),
    }
}

/// An element as numpy stores it on a machine that is little-endian.
fn bytes_of(value: &Scalar, array: &Array) -> Vec<u8> {
    let size = array.dtype().item_size().unwrap();
    match value {
        Scalar::Bool(value) => vec![u8::from(*value)],
        Scalar::Int(value) => value.to_le_bytes()[..size].to_vec(),
        Scalar::UInt(value) => value.to_le_bytes()[..size].to_vec(),
        Scalar::Float(value) if size == 4 => (*value as f32).to_le_bytes().to_vec(),
        Scalar::Float(value) => value.to_le_bytes().to_vec(),
        Scalar::Complex(value) if size == 8 => {
            [(value.re as f32).to_le_bytes(), (value.im as f32).to_le_bytes()].concat()
        }
        Scalar::Complex(value) => [value.re.to_le_bytes(), value.im.to_le_bytes()].concat(),
        other => panic!("{other:?} in an array of numbers"),
    }
}

fn axis(axis: &Axis) -> Value {
    let data = match axis.get_data() {
        Array::Float64(values) => Array::from(values.mapv(|value| (value * 1e9).round_ties_even() / 1e9)),
        Array::Float32(values) => Array::from(values.mapv(|value| (value * 1e9).round_ties_even() / 1e9)),
        other => other,
    };
    json!({
        "label": axis.label(),
        "units": axis.units(),
        "index": axis.index(),
        "spread_order": axis.spread_order(),
        "size": axis.size(),
        "linear": axis.is_axis_linear(),
        "scaling": axis.scaling(),
        "offset": axis.offset(),
        "data": array(&data),
    })
}

fn data(saver: &H5SaverLowLevel, data: &DataWithAxes) -> Value {
    let path = data.extra_attributes().get("path").and_then(PyValue::as_str).unwrap_or_default().to_owned();
    // PyMoDAQ loses some values of attributes; the description tells what it reads.
    let lost = saver.get_node(path.as_str()).and_then(|node| node.attrs_as_pymodaq()).unwrap_or_default();
    let extra: Map<String, Value> = data
        .extra_attributes()
        .iter()
        .map(|(name, value)| (name.to_owned(), python(lost.get(name).unwrap_or(value))))
        .collect();
    let mut axes: Vec<&Axis> = data.axes().iter().collect();
    axes.sort_by_key(|axis| (axis.index(), axis.spread_order()));
    json!({
        "cls": "DataWithAxes",
        "name": data.name(),
        "source": data.source().name(),
        "dim": data.dim().name(),
        "distribution": data.distribution().name(),
        "origin": data.origin(),
        "units": data.units(),
        "labels": data.labels(),
        "shape": data.shape(),
        "nav_indexes": data.nav_indexes(),
        "sig_indexes": data.sig_indexes(),
        "data": data.data().iter().map(array).collect::<Vec<_>>(),
        "errors": data.errors().map(|errors| errors.iter().map(array).collect::<Vec<_>>()),
        "axes": axes.into_iter().map(axis).collect::<Vec<_>>(),
        "extra": extra,
        "path": path,
    })
}

fn export(saver: &H5SaverLowLevel, all: &DataToExport) -> Value {
    let mut described: Vec<Value> = all.iter().map(|one| data(saver, one)).collect();
    let key = |value: &Value| {
        ["origin", "name", "path"].map(|name| value[name].as_str().unwrap_or_default().to_owned())
    };
    described.sort_by_key(key);
    described.into()
}
