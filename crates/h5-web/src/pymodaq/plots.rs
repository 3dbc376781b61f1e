//! Data with axes as points of plots: the signal at one point of a scan, the map of all its points, or all of it.

use h5_types::{Error, Result};
use pymodaq_data::Axis;
use pymodaq_h5::{ChannelLayout, DataLayout, Node};

use super::data::{label, layout};
use super::{browser, node_at, reduction};
use crate::answer::{Outcome, error_json};
use crate::frame::Frame;
use crate::json::{Record, list, numbers};
use crate::plot::{Bounds, Plotted, Source};
use crate::request::Request;
use crate::responder::{OpenFile, canonical};
use crate::selection::{Part, Slice};

/// Nodes of one answer.
const NODES: usize = 16;
/// Arrays of one answer.
const PLOTS: usize = 64;

/// What of data is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pane {
    Signal,
    Navigation,
    Whole,
}

/// What is wanted of each array.
struct Wanted<'r> {
    request: &'r Request,
    pane: Pane,
    at: Vec<u64>,
    sig: Vec<u64>,
    background: bool,
    bounds: Bounds,
}

/// Plots of one or several nodes.
pub(crate) fn plot(open: &OpenFile, request: &Request) -> Outcome {
    let pane = match request.find("pane").unwrap_or("signal") {
        "signal" => Pane::Signal,
        "navigation" => Pane::Navigation,
        "whole" => Pane::Whole,
        other => return Err(Error::usage(format!("no pane {other:?}; there are signal, navigation, whole"))),
    };
    let browser = browser(open)?;
    let paths: Vec<String> = request.all("path").take(NODES).map(canonical).collect();
    if paths.is_empty() {
        return Err(Error::usage("the parameter `path` is missing"));
    }
    let mut found = Vec::new();
    for path in &paths {
        let node: Result<Node> = node_at(&browser, path);
        match node.and_then(|node| layout(&browser, &node, request.flag("all"))) {
            Ok(layout) => {
                let layout = std::rc::Rc::new(layout);
                found.extend((0..layout.channels.len()).map(|index| Ok((layout.clone(), index))));
            }
            Err(error) => found.push(Err((path.clone(), error))),
        }
    }
    found.truncate(PLOTS);
    let share = u64::try_from(found.len()).unwrap_or(u64::MAX).saturating_mul(2);
    let wanted = Wanted {
        request,
        pane,
        at: request.indexes("at")?,
        sig: request.indexes("sig")?,
        background: request.flag("bkg"),
        bounds: Bounds::of(request)?.shared(share),
    };
    let mut frame = Frame::default();
    let mut plots = Vec::with_capacity(found.len());
    for (number, one) in found.iter().enumerate() {
        let plotted = match one {
            Ok((layout, index)) => wanted.plot(layout, *index, number, &mut frame),
            Err((path, error)) => Ok(failed(path, "", error)),
        };
        plots.push(match (plotted, one) {
            (Ok(json), _) => json,
            (Err(error), Ok((layout, index))) => {
                let path = layout.channels.get(*index).map(|channel| channel.node.path().to_owned());
                failed(&path.unwrap_or_default(), &label(layout, *index), &error)
            }
            (Err(error), Err((path, _))) => failed(path, "", &error),
        });
    }
    frame.answer(Record::new().list("plots", plots))
}

fn failed(path: &str, label: &str, error: &Error) -> String {
    let record = Record::new().text("path", path).text("label", label).text("units", "");
    let record = record.raw("shape", "[]").text("reduced", "none").raw("dimensions", "[]");
    let record = record.raw("axes", "[]").raw("values", "null").raw("errors", "null");
    record.text("background", "none").raw("error", &error_json(error)).end()
}

/// What is read of an array, and which dimensions of the data are left.
struct View {
    slice: Slice,
    /// Dimensions of the data, of those that stay.
    kept: Vec<usize>,
}

impl Wanted<'_> {
    fn plot(&self, layout: &DataLayout, index: usize, number: usize, frame: &mut Frame) -> Result<String> {
        let channel = layout.channels.get(index).ok_or_else(|| Error::not_found("the array"))?;
        let source = source_of(&channel.node)?;
        let view = self.view(layout)?;
        let background = channel.background.as_ref().filter(|_| self.background);
        let (plotted, errors) = match self.pane {
            Pane::Navigation if !layout.nav_indexes.is_empty() => {
                let reduce = self.request.find("reduce").unwrap_or("mean");
                let reduction = reduction::Reduction::new(layout, reduce, &self.sig)?;
                (reduction.plotted(&source, background, &view.slice, self.bounds)?, None)
            }
            _ => self.values(&source, channel, background, &view.slice)?,
        };
        let name = |what: &str| format!("{what}{number}");
        let record = Record::new()
            .text("path", channel.node.path())
            .text("label", &label(layout, index))
            .text("units", &layout.units)
            .raw("shape", &numbers(&plotted.shape));
        let record = plotted.describe(record);
        let axes = axes(layout, &view.kept, &plotted, number, frame)?;
        frame.add(&name("values"), plotted.code, &plotted.shape, &plotted.bytes)?;
        if let Some(positions) = &plotted.positions {
            let count = u64::try_from(positions.len()).unwrap_or(u64::MAX);
            frame.add_f64(&name("positions"), &[count], positions)?;
        }
        let errors_name = match &errors {
            Some(errors) => {
                frame.add(&name("errors"), errors.code, &errors.shape, &errors.bytes)?;
                Some(name("errors"))
            }
            None => None,
        };
        let background = match (background, &channel.background) {
            (Some(_), _) => "subtracted",
            (None, Some(_)) => "there",
            (None, None) => "none",
        };
        let positions = plotted.positions.is_some().then(|| name("positions"));
        let record = record
            .raw("axes", &axes)
            .text("values", &name("values"))
            .maybe_text("positions", positions.as_deref())
            .maybe_text("errors", errors_name.as_deref())
            .text("background", background);
        Ok(record.raw("error", "null").end())
    }

    /// Values without a reduction over dimensions, and uncertainties beside them.
    fn values(
        &self,
        source: &Source,
        channel: &ChannelLayout,
        background: Option<&Node>,
        slice: &Slice,
    ) -> Result<(Plotted, Option<Plotted>)> {
        let is_line = slice.shape().len() == 1;
        let alone = background.is_none() && (channel.errors.is_none() || !is_line);
        if alone {
            return Ok((source.plotted(slice, self.bounds)?, None));
        }
        // Several arrays have to be thinned alike.
        let thin = match is_line {
            true => reduction::thinned(slice, self.bounds.points),
            false => source.plotted_slice(slice, self.bounds)?,
        };
        let mut plotted = source.exactly(&thin, thin != *slice)?;
        if let Some(background) = background {
            let other = source_of(background)?;
            if other.dimensions() != source.dimensions() {
                return Err(Error::format("the background has another shape than the data"));
            }
            let other = other.exactly(&thin, false)?;
            plotted.bytes = reduction::difference(plotted.code, &plotted.bytes, (other.code, &other.bytes));
        }
        let errors = match channel.errors.as_ref().filter(|_| is_line) {
            Some(errors) => {
                let errors = source_of(errors)?;
                let same = errors.dimensions() == source.dimensions();
                same.then(|| errors.exactly(&thin, false)).transpose()?
            }
            None => None,
        };
        Ok((plotted, errors))
    }

    /// What is read of each stored dimension.
    fn view(&self, layout: &DataLayout) -> Result<View> {
        let (mut parts, mut kept) = (Vec::new(), Vec::new());
        let mut place = 0_usize;
        for (stored, &size) in layout.stored_shape.iter().enumerate() {
            let size = u64::try_from(size).unwrap_or(u64::MAX);
            if layout.removed.contains(&stored) {
                parts.push(Part::index(0));
                continue;
            }
            let navigated = layout.nav_indexes.iter().position(|&index| index == place);
            match navigated.filter(|_| self.pane == Pane::Signal) {
                Some(order) => {
                    let at = self.at.get(order).copied().unwrap_or(0);
                    if at >= size {
                        return Err(Error::usage(format!("point {at} of a navigation dimension of {size}")));
                    }
                    parts.push(Part::index(at));
                }
                None => {
                    parts.push(Part::all(size));
                    if self.pane != Pane::Navigation || navigated.is_some() || layout.nav_indexes.is_empty() {
                        kept.push(place);
                    }
                }
            }
            place = place.saturating_add(1);
        }
        Ok(View { slice: Slice(parts), kept })
    }
}

pub(super) fn source_of(node: &Node) -> Result<Source> {
    Source::new(node.object().clone().into_dataset()?)
}

/// The axes of the dimensions that are shown, with their values at the points that are given.
fn axes(
    layout: &DataLayout,
    kept: &[usize],
    plotted: &Plotted,
    number: usize,
    frame: &mut Frame,
) -> Result<String> {
    let mut items = Vec::new();
    for (order, axis) in layout.axes.iter().enumerate() {
        let Some(place) = kept.iter().position(|&index| index == axis.index()) else { continue };
        let Some(part) = plotted.dimensions.get(place) else { continue };
        let values = at_points(axis, part, plotted.positions.as_deref());
        let name = format!("axis{number}_{order}");
        let count = u64::try_from(values.len()).unwrap_or(u64::MAX);
        frame.add_f64(&name, &[count], &values)?;
        let is_spread = layout.distribution == "spread" && layout.nav_indexes.contains(&axis.index());
        let record = Record::new()
            .text("label", axis.label())
            .text("units", axis.units())
            .plain("index", place)
            .plain("spread_order", axis.spread_order())
            .text("array", &name);
        items.push(record.plain("spread", is_spread).end());
    }
    Ok(list(items))
}

/// An axis' values at the points of a plot.
fn at_points(axis: &Axis, part: &Part, positions: Option<&[f64]>) -> Vec<f64> {
    let values = axis.to_f64();
    let at = |index: u64| {
        usize::try_from(index).ok().and_then(|index| values.get(index)).copied().unwrap_or(f64::NAN)
    };
    match positions {
        Some(positions) => positions.iter().map(|&position| at(whole(position))).collect(),
        None => (0..part.count)
            .map(|index| at(part.start.saturating_add(index.saturating_mul(part.step))))
            .collect(),
    }
}

/// A position, which is a whole number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positions come from indexes")]
fn whole(position: f64) -> u64 {
    position as u64
}
