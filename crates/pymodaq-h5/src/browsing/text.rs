//! Arrays as text, as numpy's `savetxt` writes them: `%.6e`, tabs between columns.

use std::io::Write;
use std::path::Path;

use h5_types::{Error, Result};
use pymodaq_data::num_complex::Complex;
use pymodaq_data::{Array, DType};

use super::exporter::{H5Exporter, write_file};
use super::values::regular;
use crate::error::IntoH5;
use crate::node::{Node, NodeKind};

/// Rows are lines. Arrays of more than two dimensions are written image after image, each after a comment that names it, which `loadtxt`
/// passes over; Python refuses them. Of a group, its arrays of one dimension are the columns.
#[derive(Debug)]
pub(super) struct TextExporter;

/// As [`TextExporter`], transposed: arrays of one dimension are a line, of two dimensions columns are lines.
#[derive(Debug)]
pub(super) struct AsciiExporter;

impl H5Exporter for TextExporter {
    fn format_description(&self) -> &str {
        "Text files"
    }

    fn format_extension(&self) -> &str {
        "txt"
    }

    fn export_data(&self, node: &Node, file: &Path) -> Result<()> {
        write_file(file, |out| self.write_data(node, out))
    }

    fn write_data(&self, node: &Node, out: &mut dyn Write) -> Result<()> {
        if node.kind() == NodeKind::Group {
            return columns(node, out);
        }
        let array = regular(node)?;
        let cells = Cells::of(&array, Notation::Exponent)?;
        let shape = array.shape();
        match shape {
            [] => cells.line(out, &mut std::iter::once(0)),
            [rows] => (0..*rows).try_for_each(|row| cells.line(out, &mut std::iter::once(row))),
            [before @ .., rows, columns] => images(out, &cells, before, (*rows, *columns)),
        }
    }
}

impl H5Exporter for AsciiExporter {
    fn format_description(&self) -> &str {
        "Ascii flimj file"
    }

    fn format_extension(&self) -> &str {
        "ascii"
    }

    fn export_data(&self, node: &Node, file: &Path) -> Result<()> {
        write_file(file, |out| self.write_data(node, out))
    }

    fn write_data(&self, node: &Node, out: &mut dyn Write) -> Result<()> {
        if node.kind() == NodeKind::Group {
            return columns(node, out);
        }
        let array = regular(node)?;
        let cells = Cells::of(&array, Notation::Exponent)?;
        match array.shape() {
            [] | [_] => cells.line(out, &mut (0..array.size())),
            &[rows, columns] => (0..columns).try_for_each(|column| {
                let mut places = (0..rows).map(|row| row.saturating_mul(columns).saturating_add(column));
                cells.line(out, &mut places)
            }),
            shape => {
                let message = format!("an array of shape {shape:?}, expected at most two dimensions");
                Err(Error::usage(message).with_path(node.path()))
            }
        }
    }
}

/// Images one after the other, with a comment before each if there are several dimensions before theirs.
fn images(
    out: &mut dyn Write,
    cells: &Cells,
    before: &[usize],
    (rows, columns): (usize, usize),
) -> Result<()> {
    let count = before.iter().fold(1_usize, |count, &size| count.saturating_mul(size));
    let mut position = vec![0; before.len()];
    for image in 0..count {
        if !before.is_empty() {
            let place: Vec<String> = position.iter().map(usize::to_string).collect();
            writeln!(out, "# [{}, :, :]", place.join(", "))?;
            advance(&mut position, before);
        }
        for row in 0..rows {
            let first = image.saturating_mul(rows).saturating_add(row).saturating_mul(columns);
            cells.line(out, &mut (first..first.saturating_add(columns)))?;
        }
    }
    Ok(())
}

/// The next position in C order.
pub(super) fn advance(position: &mut [usize], shape: &[usize]) {
    for (place, &size) in position.iter_mut().zip(shape).rev() {
        *place = place.saturating_add(1);
        if *place < size {
            return;
        }
        *place = 0;
    }
}

/// The arrays of one dimension of a group as columns under their names; the shortest one says how many lines there are.
fn columns(group: &Node, out: &mut dyn Write) -> Result<()> {
    let (mut names, mut cells, mut lines) = (Vec::new(), Vec::new(), usize::MAX);
    for (name, node) in group.clone().into_group()?.children()? {
        if node.kind() == NodeKind::Group {
            continue;
        }
        // An array that is no column, by its shape or its elements, is none here.
        let Ok(array) = regular(&node) else { continue };
        let [length] = array.shape() else { continue };
        lines = lines.min(*length);
        let notation = if array.dtype() == DType::Int64 { Notation::Whole } else { Notation::Fixed };
        cells.push(Cells::of(&array, notation)?);
        names.push(name);
    }
    if names.is_empty() {
        return Err(Error::usage("a group without arrays of one dimension").with_path(group.path()));
    }
    writeln!(out, "# #{}", names.join("\t"))?;
    for line in 0..lines {
        for (column, cells) in cells.iter().enumerate() {
            out.write_all(if column == 0 { b"" } else { b"\t" })?;
            cells.write(out, line)?;
        }
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// How numbers are written, as C's `printf` would.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Notation {
    /// `%.6e`
    Exponent,
    /// `%.6f`
    Fixed,
    /// `%d`
    Whole,
}

/// Elements to be written as text.
enum Cells {
    Real(Vec<f64>, Notation),
    Whole(Vec<i64>),
    Complex(Vec<Complex<f64>>, Notation),
    Text(Vec<String>),
}

impl Cells {
    fn of(array: &Array, notation: Notation) -> Result<Self> {
        let made = match array.dtype() {
            DType::Str => array.to_vec().map(Self::Text),
            dtype if dtype.is_complex() => array.to_vec().map(|values| Self::Complex(values, notation)),
            _ if notation == Notation::Whole => array.to_vec().map(Self::Whole),
            _ => array.to_vec().map(|values| Self::Real(values, notation)),
        };
        made.map_err(IntoH5::usage)
    }

    fn line(&self, out: &mut dyn Write, places: &mut dyn Iterator<Item = usize>) -> Result<()> {
        for (column, place) in places.enumerate() {
            out.write_all(if column == 0 { b"" } else { b"\t" })?;
            self.write(out, place)?;
        }
        out.write_all(b"\n")?;
        Ok(())
    }

    fn write(&self, out: &mut dyn Write, place: usize) -> Result<()> {
        let text = match self {
            Self::Real(values, notation) => values.get(place).map(|value| number(*value, *notation)),
            Self::Whole(values) => values.get(place).map(i64::to_string),
            Self::Complex(values, notation) => values.get(place).map(|value| {
                let (re, im) = (number(value.re, *notation), number(value.im, *notation));
                format!(" ({re}+{im}j)").replace("+-", "-")
            }),
            Self::Text(values) => values.get(place).cloned(),
        };
        // Places come from the shape of the array that the cells are of.
        out.write_all(text.unwrap_or_default().as_bytes())?;
        Ok(())
    }
}

/// A number as C's `printf` writes it.
fn number(value: f64, notation: Notation) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    match notation {
        Notation::Fixed | Notation::Whole => format!("{value:.6}"),
        Notation::Exponent => {
            let text = format!("{value:.6e}");
            let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Notation, advance, number};

    #[test]
    fn numbers_are_those_of_printf() {
        for (value, expected) in [
            (0.0, "0.000000e+00"),
            (-1.5, "-1.500000e+00"),
            (123_456_789.0, "1.234568e+08"),
            (1_234_566.5, "1.234566e+06"),
            (1_234_567.5, "1.234568e+06"),
            (1e-300, "1.000000e-300"),
            (5e-324, "4.940656e-324"),
            (f64::NAN, "nan"),
            (f64::NEG_INFINITY, "-inf"),
        ] {
            assert_eq!(number(value, Notation::Exponent), expected);
        }
        assert_eq!(number(0.000_000_5, Notation::Fixed), "0.000000");
        assert_eq!(number(2.0 / 3.0, Notation::Fixed), "0.666667");
    }

    #[test]
    fn positions_go_on_in_c_order() {
        let mut position = vec![0, 2];
        advance(&mut position, &[2, 3]);
        assert_eq!(position, [1, 0]);
    }
}
