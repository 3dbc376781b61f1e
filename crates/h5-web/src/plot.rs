//! Values for plots: at most so many points, at most so much work.

mod line;
mod plane;

use h5_backend::Dataset;
use h5_types::{DatasetInfo, Dataspace, Error, Layout, Result};

use crate::answer::Outcome;
use crate::frame::Frame;
use crate::json::{self, Record, list};
use crate::request::Request;
use crate::responder::OpenFile;
use crate::selection::{Part, Slice};
use crate::values::{Safe, safe_or_complex};

/// Points of a map, unless fewer are asked for.
pub(crate) const POINTS: u64 = 200_000;
/// Points of a curve, unless another number is asked for: two for each pixel of wide screens. Many more take seconds to draw where there
/// is no graphics processor, as in remote desktops.
const LINE_POINTS: u64 = 8000;
/// Points of a plot at most: 8 bytes each, and as many for positions.
const LARGEST_POINTS: u64 = 250_000;
/// MiB that are decoded for one plot, unless more are asked for, and at most.
const BUDGET_MIB: u64 = 32;
const LARGEST_BUDGET_MIB: u64 = 1024;

/// Elements that are read one by one, unless fewer are asked for: within a page each costs a slice of the Blob.
const READS: u64 = if cfg!(target_arch = "wasm32") { 500 } else { 10_000 };
const LARGEST_READS: u64 = 10_000;

/// What a plot may cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    /// Points of a map.
    pub(crate) points: u64,
    /// Points of a curve.
    pub(crate) line_points: u64,
    pub(crate) bytes: u64,
    /// Elements that are read one by one.
    pub(crate) reads: u64,
}

/// A dataset that is plotted.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) dataset: Dataset,
    pub(crate) info: std::sync::Arc<DatasetInfo>,
    pub(crate) safe: Safe,
}

/// Points of a plot.
#[derive(Debug)]
pub(crate) struct Plotted {
    /// `none`, `minmax` or `sampled`.
    pub(crate) reduced: &'static str,
    /// Elements that are given, along each dimension.
    pub(crate) dimensions: Vec<Part>,
    /// Shape of `bytes`.
    pub(crate) shape: Vec<u64>,
    /// Code of their numbers.
    pub(crate) code: &'static str,
    pub(crate) bytes: Vec<u8>,
    /// Where the points are along the only dimension, if not evenly apart.
    pub(crate) positions: Option<Vec<f64>>,
}

impl Bounds {
    pub(crate) fn of(request: &Request) -> Result<Self> {
        let points = request.number("points", POINTS, LARGEST_POINTS)?.max(16);
        let line_points = request.number("points", LINE_POINTS, LARGEST_POINTS)?.max(16);
        let budget = request.number("budget", BUDGET_MIB, LARGEST_BUDGET_MIB)?.max(1);
        let reads = request.number("reads", READS, LARGEST_READS)?.max(16);
        Ok(Self { points, line_points, bytes: budget.saturating_mul(1 << 20), reads })
    }

    /// A part of it.
    pub(crate) fn shared(self, among: u64) -> Self {
        let among = among.max(1);
        Self {
            points: quotient(self.points, among).max(16),
            line_points: quotient(self.line_points, among).max(16),
            bytes: quotient(self.bytes, among).max(1 << 20),
            reads: quotient(self.reads, among).max(16),
        }
    }
}

impl Source {
    pub(crate) fn new(dataset: Dataset) -> Result<Self> {
        let info = dataset.info()?;
        let safe = safe_or_complex(&info.datatype);
        let safe = safe.ok_or_else(|| Error::usage(format!("{} is no number to plot", info.datatype)))?;
        if info.dataspace == Dataspace::Null {
            return Err(Error::usage("there are no elements to plot"));
        }
        Ok(Self { dataset, info, safe })
    }

    pub(crate) fn dimensions(&self) -> &[u64] {
        self.info.dataspace.dimensions()
    }

    /// Reads a selection as it is sent.
    pub(crate) fn read(&self, slice: &Slice) -> Result<Vec<u8>> {
        let elements = self.dataset.elements_as(&slice.selection(), &self.safe.memory)?;
        Ok(self.safe.ordered(elements.bytes))
    }

    /// Reads a selection as numbers of 64 bits: two for a complex one.
    pub(crate) fn read_f64(&self, slice: &Slice) -> Result<Vec<f64>> {
        Ok(numbers(self.safe.code, &self.read(slice)?))
    }

    /// The chunk along each dimension; `None` where any element is as cheap as another.
    pub(crate) fn chunk(&self) -> Option<&[u64]> {
        match &self.info.layout {
            Layout::Chunked { chunk, .. } => Some(chunk),
            _ => None,
        }
    }

    /// Bytes that are decoded for a selection.
    pub(crate) fn cost(&self, slice: &Slice) -> u64 {
        let size = u64::try_from(self.info.datatype.size()).unwrap_or(u64::MAX);
        let Some(chunk) = self.chunk() else {
            return slice.element_count().saturating_mul(size);
        };
        slice.0.iter().zip(chunk).fold(size, |cost, (part, &chunk)| {
            cost.saturating_mul(touched(part, chunk)).saturating_mul(chunk)
        })
    }

    /// The points of a selection that leaves at most two dimensions.
    pub(crate) fn plotted(&self, slice: &Slice, bounds: Bounds) -> Result<Plotted> {
        let rank = slice.shape().len();
        let points = if rank == 1 { bounds.line_points } else { bounds.points };
        let points = quotient(points, self.safe.parts);
        match rank {
            0 => self.whole(slice),
            _ if slice.element_count() <= points && self.cost(slice) <= bounds.bytes.saturating_mul(8) => {
                self.whole(slice)
            }
            1 => line::plotted(self, slice, Bounds { points, ..bounds }),
            2 => plane::plotted(self, slice, Bounds { points, ..bounds }),
            rank => Err(Error::usage(format!("{rank} dimensions; choose an index of all but two"))),
        }
    }

    /// The part of a plane that is read for a picture of it.
    pub(crate) fn plotted_slice(&self, slice: &Slice, bounds: Bounds) -> Result<Slice> {
        match slice.shape().len() {
            2 => Ok(plane::thinned(self, slice, bounds)),
            0 => Ok(slice.clone()),
            rank => Err(Error::usage(format!("{rank} dimensions; choose an index of all but two"))),
        }
    }

    /// Just these elements.
    pub(crate) fn exactly(&self, slice: &Slice, is_sampled: bool) -> Result<Plotted> {
        Ok(self.made(if is_sampled { "sampled" } else { "none" }, slice, self.read(slice)?, None))
    }

    fn whole(&self, slice: &Slice) -> Result<Plotted> {
        let bytes = self.read(slice)?;
        Ok(self.made("none", slice, bytes, None))
    }

    /// What was read of a slice.
    fn made(
        &self,
        reduced: &'static str,
        slice: &Slice,
        bytes: Vec<u8>,
        positions: Option<Vec<f64>>,
    ) -> Plotted {
        let dimensions: Vec<Part> = slice.0.iter().copied().filter(|part| part.stays).collect();
        let mut shape = slice.shape();
        if self.safe.parts > 1 {
            shape.push(self.safe.parts);
        }
        Plotted { reduced, dimensions, shape, code: self.safe.code, bytes, positions }
    }
}

/// A quotient; nothing by zero is nothing.
pub(crate) fn quotient(a: u64, b: u64) -> u64 {
    a.checked_div(b).unwrap_or(0)
}

/// Chunks along one dimension that elements of a part are in.
fn touched(part: &Part, chunk: u64) -> u64 {
    let chunk = chunk.max(1);
    if part.count == 0 {
        return 0;
    }
    if part.step >= chunk {
        return part.count;
    }
    let last = part.start.saturating_add(part.step.saturating_mul(part.count.saturating_sub(1)));
    quotient(last, chunk).saturating_sub(quotient(part.start, chunk)).saturating_add(1)
}

/// Numbers of a code as `f64`; those of 64 bits are rounded, which no picture shows.
pub(crate) fn numbers(code: &str, bytes: &[u8]) -> Vec<f64> {
    macro_rules! each {
        ($t:ty, $to:expr) => {
            bytes
                .chunks_exact(size_of::<$t>())
                .map(|word| word.try_into().map_or(f64::NAN, |word| $to(<$t>::from_le_bytes(word))))
                .collect()
        };
    }
    match code {
        "f4" => each!(f32, f64::from),
        "f8" => each!(f64, |value| value),
        "i1" => each!(i8, f64::from),
        "i2" => each!(i16, f64::from),
        "i4" => each!(i32, f64::from),
        "i8" => each!(i64, |value| value as f64),
        "u1" => each!(u8, f64::from),
        "u2" => each!(u16, f64::from),
        "u4" => each!(u32, f64::from),
        _ => each!(u64, |value| value as f64),
    }
}

/// Smallest and largest finite number, and how many are finite.
pub(crate) fn range(values: &[f64]) -> (Option<f64>, Option<f64>, usize) {
    let finite = values.iter().copied().filter(|value| value.is_finite());
    finite.fold((None, None, 0), |(low, high, count): (Option<f64>, Option<f64>, usize), value| {
        let low = Some(low.map_or(value, |low| low.min(value)));
        (low, Some(high.map_or(value, |high| high.max(value))), count.saturating_add(1))
    })
}

impl Plotted {
    /// The members of a header that describe it.
    pub(crate) fn describe(&self, record: Record) -> Record {
        let dimensions = self.dimensions.iter().map(|part| {
            let record = Record::new().plain("start", part.start).plain("step", part.step);
            record.plain("count", part.count).end()
        });
        record.text("reduced", self.reduced).raw("dimensions", &list(dimensions))
    }
}

/// One or two dimensions of a dataset.
pub(crate) fn plot(open: &OpenFile, request: &Request) -> Outcome {
    let (object, _) = open.asked(request)?;
    let source = Source::new(object.into_dataset()?)?;
    let slice = Slice::parse(request.find("selection"), source.dimensions())?;
    let bounds = Bounds::of(request)?;
    let plotted = source.plotted(&slice, bounds)?;
    let (low, high, finite) = range(&numbers(plotted.code, &plotted.bytes));
    let maybe = |number: Option<f64>| number.map_or_else(|| "null".to_owned(), json::number);
    let record = Record::new()
        .raw("shape", &json::numbers(slice.shape()))
        .raw("min", &maybe(low))
        .raw("max", &maybe(high))
        .plain("finite", finite);
    let mut frame = Frame::default();
    frame.add("values", plotted.code, &plotted.shape, &plotted.bytes)?;
    if let Some(positions) = &plotted.positions {
        let count = u64::try_from(positions.len()).unwrap_or(u64::MAX);
        frame.add_f64("positions", &[count], positions)?;
    }
    frame.answer(plotted.describe(record))
}
