//! Values of a dataset as text, JSON, NDJSON and CSV, written while they are read.

use std::io::Write;

use clap::ValueEnum;
use h5::{Dataset, Datatype, Value};
use serde_json::json;

use crate::json::write_value;
use crate::slabs::Slabs;
use crate::slice::Slice;
use crate::values::{csv_cells, csv_text, plain_text, to_json};

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: one row of the last dimension a line, values separated by tabs
    Text,
    /// One JSON document
    Json,
    /// One JSON value a line: an element of one dimension, a row of more
    Ndjson,
    /// Comma-separated values (RFC 4180), a column for each member of a compound
    Csv,
    /// The array format of numpy
    Npy,
}

/// What ends the writing of values.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The output.
    Output(std::io::Error),
    /// The file. What was written before is valid.
    File(h5::Error),
}

impl From<std::io::Error> for Stop {
    fn from(error: std::io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<h5::Error> for Stop {
    fn from(error: h5::Error) -> Self {
        Self::File(error)
    }
}

/// The values of a slice, one by one, at most a number of them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Values<'a> {
    /// Where from.
    pub(crate) dataset: &'a Dataset,
    /// Which.
    pub(crate) slice: &'a Slice,
    /// How many at most.
    pub(crate) limit: u64,
}

impl Values<'_> {
    /// True if the limit leaves some out.
    pub(crate) fn is_cut(&self) -> bool {
        self.slice.element_count() > self.limit
    }

    /// Calls `each` with the position in the result and the value.
    pub(crate) fn visit(&self, mut each: impl FnMut(u64, &Value) -> Result<(), Stop>) -> Result<(), Stop> {
        let mut position = 0_u64;
        for slab in Slabs::new(self.dataset, self.slice, self.limit)? {
            for value in slab?.values() {
                each(position, &value?)?;
                position = position.saturating_add(1);
            }
        }
        Ok(())
    }

    /// Text: rows of the last dimension, values separated by tabs; before each matrix of more than two dimensions a line with
    /// its place.
    pub(crate) fn write_text(&self, out: &mut impl Write, indent: &str) -> Result<(), Stop> {
        let shape = self.slice.shape();
        let mut odometer = Odometer::new(&shape);
        let rank = shape.len();
        self.visit(|_, value| {
            let starts_row = rank < 2 || odometer.zeros() >= 1;
            if rank > 2 && odometer.zeros() >= 2 {
                let place: Vec<_> =
                    odometer.index.iter().take(rank.saturating_sub(2)).map(u64::to_string).collect();
                writeln!(out, "{indent}# [{}, :, :]", place.join(", "))?;
            }
            write!(out, "{}{}", if starts_row { indent } else { "\t" }, plain_text(value))?;
            odometer.step();
            if rank < 2 || odometer.zeros() >= 1 {
                writeln!(out)?;
            }
            Ok(())
        })?;
        if rank >= 2 && odometer.zeros() == 0 {
            writeln!(out)?;
        }
        Ok(())
    }

    /// JSON: nested lists of the result's shape; the plain value for no dimensions. Ends validly even if the file does not.
    pub(crate) fn write_json(&self, out: &mut impl Write) -> Result<(), Stop> {
        let shape = self.slice.shape();
        let mut odometer = Odometer::new(&shape);
        if self.slice.element_count().min(self.limit) == 0 {
            out.write_all(if shape.is_empty() { b"null" } else { b"[]" })?;
            return Ok(());
        }
        let mut open = 0_usize;
        let visited = self.visit(|position, value| {
            if position > 0 {
                out.write_all(b",")?;
            }
            while open < shape.len() {
                out.write_all(b"[")?;
                open = open.saturating_add(1);
            }
            write_value(out, &to_json(value))?;
            odometer.step();
            let closed = odometer.zeros().min(open);
            for _ in 0..closed {
                out.write_all(b"]")?;
            }
            open = open.saturating_sub(closed);
            Ok(())
        });
        if let Err(Stop::Output(error)) = visited {
            return Err(error.into());
        }
        for _ in 0..open {
            out.write_all(b"]")?;
        }
        if odometer.steps == 0 {
            out.write_all(b"null")?;
        }
        visited
    }

    /// NDJSON: up to one dimension a value a line, else `{"at":[..],"row":[..]}` for each row of the last dimension.
    pub(crate) fn write_ndjson(&self, out: &mut impl Write) -> Result<(), Stop> {
        let shape = self.slice.shape();
        let mut odometer = Odometer::new(&shape);
        let rank = shape.len();
        let visited = self.visit(|_, value| {
            if rank >= 2 {
                if odometer.zeros() >= 1 {
                    let place: Vec<u64> =
                        odometer.index.iter().copied().take(rank.saturating_sub(1)).collect();
                    write!(out, "{{\"at\":{},\"row\":[", json!(place))?;
                } else {
                    out.write_all(b",")?;
                }
            }
            write_value(out, &to_json(value))?;
            odometer.step();
            if rank < 2 {
                out.write_all(b"\n")?;
            } else if odometer.zeros() >= 1 {
                out.write_all(b"]}\n")?;
            }
            Ok(())
        });
        if rank >= 2 && odometer.zeros() == 0 {
            out.write_all(b"]}\n")?;
        }
        visited
    }

    /// CSV: a header if the elements are compounds or there are more than two dimensions; rows of the last dimension. The
    /// places of rows of more than two dimensions stand in the first columns.
    pub(crate) fn write_csv(&self, out: &mut impl Write, guard: bool) -> Result<(), Stop> {
        let shape = self.slice.shape();
        let info = self.dataset.info()?;
        let rank = shape.len();
        if let Some(header) = csv_header(&info.datatype, &shape, guard) {
            write!(out, "{}\r\n", header.join(","))?;
        }
        let is_compound = matches!(info.datatype, Datatype::Compound(_));
        let mut odometer = Odometer::new(&shape);
        let mut unfinished = false;
        let visited = self.visit(|_, value| {
            // Members of a compound take the row, so each element has its own.
            let one_a_row = is_compound || rank < 2;
            let mut cells = Vec::new();
            let starts_row = one_a_row || odometer.zeros() >= 1;
            let places = if is_compound { rank } else { rank.saturating_sub(1) };
            if starts_row && rank > if is_compound { 0 } else { 2 } {
                cells.extend(odometer.index.iter().take(places).map(u64::to_string));
            }
            cells.extend(csv_cells(value, guard));
            write!(out, "{}{}", if starts_row { "" } else { "," }, cells.join(","))?;
            odometer.step();
            unfinished = !(one_a_row || odometer.zeros() >= 1);
            if !unfinished {
                out.write_all(b"\r\n")?;
            }
            Ok(())
        });
        if unfinished {
            out.write_all(b"\r\n")?;
        }
        visited
    }
}

fn csv_header(datatype: &Datatype, shape: &[u64], guard: bool) -> Option<Vec<String>> {
    let places = |count: usize| (0..count).map(|n| format!("index_{n}"));
    match datatype {
        Datatype::Compound(t) => {
            let members = t.members.iter().map(|member| csv_text(&member.name.to_string(), guard));
            Some(places(shape.len()).chain(members).collect())
        }
        _ if shape.len() > 2 => {
            let columns = (0..shape.last().copied().unwrap_or(0).min(1 << 20)).map(|n| n.to_string());
            Some(places(shape.len().saturating_sub(1)).chain(columns).collect())
        }
        _ => None,
    }
}

/// The index of the next element in C order.
#[derive(Debug)]
struct Odometer {
    shape: Vec<u64>,
    index: Vec<u64>,
    steps: u64,
}

impl Odometer {
    fn new(shape: &[u64]) -> Self {
        Self { shape: shape.to_vec(), index: vec![0; shape.len()], steps: 0 }
    }

    fn step(&mut self) {
        self.steps = self.steps.saturating_add(1);
        for (index, &size) in self.index.iter_mut().zip(&self.shape).rev() {
            *index = index.saturating_add(1);
            if *index < size {
                return;
            }
            *index = 0;
        }
    }

    /// Zeros at the end of the index: that many dimensions begin here, and as many have just ended.
    fn zeros(&self) -> usize {
        self.index.iter().rev().take_while(|index| **index == 0).count()
    }
}
