//! Data as a table with their axes: RFC 4180, one line an element.

use std::io::Write;
use std::path::Path;

use h5_types::{Error, Result};
use pymodaq_data::literal::repr_float;
use pymodaq_data::{Array, Axis, DType, DataWithAxes, PyValue, SaveType};

use super::exporter::{H5Exporter, write_file};
use super::text::advance;
use super::values::regular;
use crate::data::DataLoader;
use crate::error::IntoH5;
use crate::node::{Node, NodeKind};
use crate::saver::H5SaverLowLevel;

/// A column for each axis, then one for each array, under labels with units; uncertainties beside their arrays. Of a group, all arrays of its
/// data. An array that is no data of PyMoDAQ's has columns with its indexes.
#[derive(Debug)]
pub(super) struct CsvExporter;

impl H5Exporter for CsvExporter {
    fn format_description(&self) -> &str {
        "Table with axes"
    }

    fn format_extension(&self) -> &str {
        "csv"
    }

    fn export_data(&self, node: &Node, file: &Path) -> Result<()> {
        write_file(file, |out| self.write_data(node, out))
    }

    fn write_data(&self, node: &Node, out: &mut dyn Write) -> Result<()> {
        let table = match node.kind() {
            NodeKind::Group => Table::of_data(node, &first_data(node)?, true)?,
            NodeKind::CArray | NodeKind::EArray if is_data(node)? => Table::of_data(node, node, false)?,
            _ => Table::of_array(node)?,
        };
        table.write(out)
    }
}

/// Columns along the dimensions of an array, then arrays of its shape.
struct Table {
    shape: Vec<usize>,
    coordinates: Vec<Coordinate>,
    values: Vec<(String, Array)>,
}

/// A column that depends on one dimension alone.
struct Coordinate {
    title: String,
    dimension: usize,
    values: Vec<f64>,
}

impl Table {
    fn of_data(node: &Node, data: &Node, load_all: bool) -> Result<Self> {
        let saver = H5SaverLowLevel::over(node.backend().clone(), SaveType::Custom);
        let data = DataLoader::new(&saver).load_data(data, false, load_all)?;
        let mut axes: Vec<&Axis> = data.axes().iter().collect();
        axes.sort_by_key(|axis| (axis.index(), axis.spread_order()));
        let coordinates = axes.into_iter().map(|axis| Coordinate {
            title: titled(axis.label(), axis.units()),
            dimension: axis.index(),
            values: axis.to_f64(),
        });
        Ok(Self {
            shape: data.shape().to_vec(),
            coordinates: coordinates.collect(),
            values: values_of(&data),
        })
    }

    fn of_array(node: &Node) -> Result<Self> {
        let array = regular(node)?;
        let coordinates = array.shape().iter().enumerate().map(|(dimension, &size)| Coordinate {
            title: format!("index {dimension}"),
            dimension,
            values: Array::arange(size).to_f64().unwrap_or_default(),
        });
        let coordinates = coordinates.collect();
        Ok(Self { shape: array.shape().to_vec(), coordinates, values: vec![(node.name().to_owned(), array)] })
    }

    fn write(&self, out: &mut dyn Write) -> Result<()> {
        let titles = self.coordinates.iter().map(|column| &column.title);
        let titles: Vec<String> =
            titles.chain(self.values.iter().map(|(title, _)| title)).map(|t| quoted(t)).collect();
        write!(out, "{}\r\n", titles.join(","))?;
        let count = self.values.first().map_or(0, |(_, array)| array.size());
        let mut position = vec![0; self.shape.len()];
        let columns: Vec<Column> =
            self.values.iter().map(|(_, array)| Column::of(array)).collect::<Result<_>>()?;
        for place in 0..count {
            let mut cells = Vec::with_capacity(titles.len());
            for column in &self.coordinates {
                let at = position.get(column.dimension).copied().unwrap_or(0);
                cells.push(column.values.get(at).map(|value| plain(*value)).unwrap_or_default());
            }
            cells.extend(columns.iter().map(|column| column.cell(place)));
            write!(out, "{}\r\n", cells.join(","))?;
            advance(&mut position, &self.shape);
        }
        Ok(())
    }
}

/// The values of an array one after the other.
enum Column {
    Real(Vec<f64>),
    Signed(Vec<i64>),
    Unsigned(Vec<u64>),
    Truth(Vec<bool>),
    Complex(Vec<pymodaq_data::num_complex::Complex<f64>>),
    Text(Vec<String>),
}

impl Column {
    fn of(array: &Array) -> Result<Self> {
        let made = match array.dtype() {
            DType::Str => array.to_vec().map(Self::Text),
            DType::Bool => array.to_vec().map(Self::Truth),
            dtype if dtype.is_complex() => array.to_vec().map(Self::Complex),
            dtype if dtype.is_unsigned() => array.to_vec().map(Self::Unsigned),
            dtype if dtype.is_integer() => array.to_vec().map(Self::Signed),
            _ => array.to_vec().map(Self::Real),
        };
        made.map_err(IntoH5::usage)
    }

    fn cell(&self, place: usize) -> String {
        let cell = match self {
            Self::Real(values) => values.get(place).map(|value| plain(*value)),
            Self::Signed(values) => values.get(place).map(i64::to_string),
            Self::Unsigned(values) => values.get(place).map(u64::to_string),
            Self::Truth(values) => values.get(place).map(bool::to_string),
            Self::Complex(values) => {
                let sign = |im: f64| if im.is_sign_negative() { "" } else { "+" };
                values.get(place).map(|v| format!("{}{}{}j", plain(v.re), sign(v.im), plain(v.im)))
            }
            Self::Text(values) => values.get(place).map(|text| quoted(text)),
        };
        cell.unwrap_or_default()
    }
}

fn values_of(data: &DataWithAxes) -> Vec<(String, Array)> {
    let mut values = Vec::new();
    for (place, (label, array)) in data.labels().iter().zip(data.data()).enumerate() {
        values.push((titled(label, data.units()), array.clone()));
        if let Some(error) = data.errors().and_then(|errors| errors.get(place)) {
            values.push((titled(&format!("error of {label}"), data.units()), error.clone()));
        }
    }
    values
}

/// The first array of data of a group.
fn first_data(group: &Node) -> Result<Node> {
    for node in group.clone().into_group()?.children()?.into_values() {
        if matches!(node.kind(), NodeKind::CArray | NodeKind::EArray) && is_data(&node)? {
            return Ok(node);
        }
    }
    let message = "a group without data of its own; choose a channel such as .../Data0D/CH00";
    Err(Error::usage(message).with_path(group.path()))
}

fn is_data(node: &Node) -> Result<bool> {
    let data_type = node.get_attr("data_type")?;
    Ok(data_type.as_ref().and_then(PyValue::as_str).is_some_and(|name| name.contains("data")))
}

fn titled(label: &str, units: &str) -> String {
    if units.is_empty() { label.to_owned() } else { format!("{label} ({units})") }
}

/// The shortest number that reads back the same.
fn plain(value: f64) -> String {
    if value.fract() == 0.0 && value.abs() < 1e15 { format!("{value:.0}") } else { repr_float(value) }
}

/// A field of a table.
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::{plain, quoted};

    #[test]
    fn fields_are_quoted_where_they_must() {
        assert_eq!(quoted("a b"), "a b");
        assert_eq!(quoted("x, \"y\""), "\"x, \"\"y\"\"\"");
    }

    #[test]
    fn numbers_read_back_the_same() {
        for value in [0.1, -0.0, 1e300, 5e-324, 1_000_000.0, f64::INFINITY] {
            assert_eq!(plain(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(plain(3.0), "3");
    }
}
