//! The rows of a dataset: places along its first dimension.

use std::collections::VecDeque;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use h5::{Block, Dataset, Name, Selection};
use serde_json::json;

use super::sparkline::{LONGEST_LINE, sparkline};
use crate::failure::{Failure, Outcome};
use crate::json::write_value;
use crate::location::Location;
use crate::out::Out;
use crate::render::{Stop, Values};
use crate::slice::Slice;

/// How rows are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Values separated by tabs.
    Text,
    /// `{"row": 3, "value": ...}` a row.
    Json,
    /// A line of bars: the means of the last rows.
    Plot,
}

/// A dataset and how many rows of it were shown.
#[derive(Debug)]
pub(super) struct Rows<'a> {
    dataset: &'a Dataset,
    location: &'a Location,
    form: Form,
    shown: u64,
    means: Vec<f64>,
    /// How long rows are there before they are shown.
    settle: Duration,
    /// Lengths that were seen since, and when.
    seen: VecDeque<(u64, Instant)>,
}

/// How long it may take a service to fill rows that it shows already: it makes a dataset longer first.
const SETTLE: Duration = Duration::from_millis(250);

impl<'a> Rows<'a> {
    /// Begins with the last `before` rows that are there. If rows may be shown before they are filled, they are waited for.
    pub(super) fn new(
        dataset: &'a Dataset,
        location: &'a Location,
        form: Form,
        before: u64,
        may_be_unfilled: bool,
    ) -> Outcome<Self> {
        let rows = row_count(dataset, location)?;
        let before = if form == Form::Plot { before.min(LONGEST_LINE) } else { before };
        let shown = rows.saturating_sub(before);
        let settle = if may_be_unfilled { SETTLE } else { Duration::ZERO };
        let seen = VecDeque::from([(rows, Instant::now())]);
        Ok(Self { dataset, location, form, shown, means: Vec::new(), settle, seen })
    }

    /// Waits until what was seen can be shown.
    pub(super) fn wait(&self) {
        std::thread::sleep(self.settle);
    }

    /// True if rows were seen that are not shown yet.
    pub(super) fn is_behind(&self) -> bool {
        self.seen.back().is_some_and(|(seen, _)| !self.settle.is_zero() && *seen > self.shown)
    }

    /// Rows that are there for long enough.
    fn settled(&mut self) -> Outcome<u64> {
        let rows = row_count(self.dataset, self.location)?;
        if self.settle.is_zero() {
            return Ok(rows);
        }
        // Of a dataset that has become shorter, what was seen before says nothing.
        self.seen.retain(|(seen, _)| *seen <= rows);
        if self.seen.back().is_none_or(|(seen, _)| *seen < rows) {
            self.seen.push_back((rows, Instant::now()));
        }
        let is_settled = |seen: &(u64, Instant)| seen.1.elapsed() >= self.settle;
        let settled = self.seen.iter().copied().filter(is_settled).map(|(rows, _)| rows).max();
        let settled = settled.unwrap_or(self.shown.min(rows));
        // The one that is shown stays: it is settled as long as the dataset is not shorter.
        self.seen.retain(|(seen, _)| *seen >= settled);
        Ok(settled)
    }

    /// Shows rows that have come; true if there were any. Of a dataset that has become shorter, those are shown again that come back.
    pub(super) fn look(&mut self, out: &mut Out) -> Outcome<bool> {
        let rows = self.settled()?;
        if rows <= self.shown {
            self.shown = rows;
            return Ok(false);
        }
        match self.show(rows, out) {
            Ok(()) => {}
            Err(Stop::Output(error)) => return Err(Failure::Output(error)),
            Err(Stop::File(error)) => return Err(self.location.blame(error)),
        }
        self.shown = rows;
        Ok(true)
    }

    fn show(&mut self, rows: u64, out: &mut Out) -> Result<(), Stop> {
        match self.form {
            Form::Text => {
                let slice = self.slice(&format!("{}:{rows}", self.shown))?;
                self.values(&slice).write_text(out, "")
            }
            Form::Json => (self.shown..rows).try_for_each(|row| {
                let slice = self.slice(&row.to_string())?;
                write!(out, "{{\"path\":")?;
                write_value(out, &json!(Name::new(self.dataset.object().path().as_bytes()).to_text()))?;
                write!(out, ",\"row\":{row},\"value\":")?;
                self.values(&slice).write_json(out)?;
                out.write_all(b"}\n")?;
                Ok(())
            }),
            Form::Plot => self.plot(rows, out),
        }
    }

    /// Takes the means of the new rows in, and draws the line; in the place of the one before, on a terminal.
    fn plot(&mut self, rows: u64, out: &mut Out) -> Result<(), Stop> {
        for row in self.shown.max(rows.saturating_sub(LONGEST_LINE))..rows {
            let numbers: Vec<f64> = self.dataset.read_selection(&self.row(row)?)?;
            let count = u32::try_from(numbers.len().max(1)).unwrap_or(u32::MAX);
            self.means.push(numbers.iter().sum::<f64>() / f64::from(count));
        }
        let longest = usize::try_from(LONGEST_LINE).unwrap_or(usize::MAX);
        self.means.drain(..self.means.len().saturating_sub(longest));
        let line = sparkline(&self.means, out.glyphs);
        let last = self.means.last().copied().unwrap_or(f64::NAN);
        let (begin, end) = if std::io::stdout().is_terminal() { ("\r\x1b[K", "") } else { ("", "\n") };
        write!(out, "{begin}{line} {last} ({rows} rows){end}")?;
        Ok(())
    }

    /// All elements of a row.
    fn row(&self, row: u64) -> Result<Selection, Stop> {
        let mut size = self.dataset.shape()?;
        let mut start = vec![0; size.len()];
        for (place, value) in [(start.first_mut(), row), (size.first_mut(), 1)] {
            if let Some(place) = place {
                *place = value;
            }
        }
        Ok(Selection::from_block(&Block { start, size }))
    }

    fn slice(&self, rows: &str) -> Result<Slice, Stop> {
        let info = self.dataset.info()?;
        Slice::parse(rows, info.dataspace.dimensions()).map_err(|why| Stop::File(h5::Error::usage(why)))
    }

    fn values<'s>(&'s self, slice: &'s Slice) -> Values<'s> {
        Values { dataset: self.dataset, slice, limit: u64::MAX }
    }
}

fn row_count(dataset: &Dataset, location: &Location) -> Outcome<u64> {
    let shape = dataset.shape().map_err(|error| location.blame(error))?;
    shape.first().copied().ok_or_else(|| {
        Failure::usage(format!("{}: no rows: the dataset is one value, or none", location.text()))
    })
}
