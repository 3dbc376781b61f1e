//! Slicing as numpy does: by positions and by ranges with a step.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use ndarray::{IxDyn, SliceInfo, SliceInfoElem};

use super::element::peer_of_view;
use super::{Array, map_array};
use crate::error::{Error, Result};
use crate::with_array;

/// What is taken of one dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Index {
    /// One position, counted from the end if negative; the dimension disappears.
    At(i64),
    /// From a position (included) to another (excluded) by a step; `None` leaves the end open, negative
    /// positions count from the end, positions outside are cut. The step may be negative, never zero.
    Range(Option<i64>, Option<i64>, i64),
    /// All remaining dimensions that no other index is for, as Python's `...`.
    Ellipsis,
}

impl Index {
    /// A whole dimension.
    pub const ALL: Self = Self::Range(None, None, 1);

    /// The same elements with the dimension kept: one position becomes a range of one.
    pub(crate) fn as_range(self) -> Self {
        match self {
            // Position -1 ends where the dimension ends, not before its start.
            Self::At(-1) => Self::Range(Some(-1), None, 1),
            Self::At(position) => Self::Range(Some(position), Some(position.saturating_add(1)), 1),
            range => range,
        }
    }

    /// The positions taken of a dimension of that length: first, step, how many.
    ///
    /// # Errors
    ///
    /// `Index`, for a position outside; `Value`, for a step of zero.
    pub(crate) fn resolve(self, length: usize) -> Result<Resolved> {
        let signed = i64::try_from(length).map_err(|_| Error::index("a dimension too long to index"))?;
        match self {
            Self::At(position) => {
                let at = if position < 0 { position.checked_add(signed) } else { Some(position) };
                let at = at.and_then(|at| usize::try_from(at).ok()).filter(|at| *at < length);
                let at = at.ok_or_else(|| {
                    Error::index(format!("index {position} is out of bounds for a dimension of {length}"))
                })?;
                Ok(Resolved { positions: Positions { first: at, step: 1, count: 1 }, keeps: false })
            }
            Self::Range(_, _, 0) => Err(Error::value("slice step cannot be zero")),
            Self::Range(start, stop, step) => {
                Ok(Resolved { positions: resolve_range(start, stop, step, signed), keeps: true })
            }
            Self::Ellipsis => Err(Error::index("an ellipsis is for several dimensions")),
        }
    }
}

/// What an [`Index`] takes of a dimension of a known length.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Resolved {
    pub(crate) positions: Positions,
    /// Whether the dimension stays.
    pub(crate) keeps: bool,
}

/// Positions at equal distance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Positions {
    pub(crate) first: usize,
    pub(crate) step: i64,
    pub(crate) count: usize,
}

impl Positions {
    pub(crate) fn iter(self) -> impl Iterator<Item = usize> {
        let first = i64::try_from(self.first).unwrap_or(i64::MAX);
        (0i64..)
            .take(self.count)
            .filter_map(move |i| usize::try_from(first.saturating_add(i.saturating_mul(self.step))).ok())
    }
}

/// Whether an index leaves one element of a dimension of that length; `None` if it leaves none.
pub(crate) fn is_single(index: Index, length: usize) -> Result<Option<bool>> {
    let count = index.resolve(length)?.positions.count;
    Ok((count > 0).then_some(count == 1))
}

/// Python's rules for `slice.indices`.
fn resolve_range(start: Option<i64>, stop: Option<i64>, step: i64, length: i64) -> Positions {
    let (low, high) = if step > 0 { (0, length) } else { (-1, length.saturating_sub(1)) };
    let place = |position: i64| {
        let from_start = if position < 0 { position.saturating_add(length) } else { position };
        from_start.clamp(low, high)
    };
    let (default_start, default_stop) = if step > 0 { (low, high) } else { (high, low) };
    let start = start.map_or(default_start, place);
    let stop = stop.map_or(default_stop, place);
    let span = if step > 0 { stop.saturating_sub(start) } else { start.saturating_sub(stop) };
    let stride = step.unsigned_abs();
    let count = u64::try_from(span).map_or(0, |span| span.div_ceil(stride));
    Positions {
        // Without elements the first position does not matter; otherwise it is within the dimension.
        first: usize::try_from(start).unwrap_or(0),
        step,
        count: usize::try_from(count).unwrap_or(0),
    }
}

/// One index a dimension: the ellipsis is spread out and missing indexes are whole dimensions.
///
/// # Errors
///
/// `Index`, for more indexes than dimensions or more than one ellipsis.
pub(crate) fn complete(indexes: &[Index], ndim: usize) -> Result<Vec<Index>> {
    let given = indexes.iter().filter(|index| **index != Index::Ellipsis).count();
    let too_many = || Error::index(format!("too many indices: {given} for {ndim} dimensions"));
    let missing = ndim.checked_sub(given).ok_or_else(too_many)?;
    if indexes.len().saturating_sub(given) > 1 {
        return Err(Error::index("an index can only have a single ellipsis"));
    }
    let mut complete = Vec::with_capacity(ndim);
    for index in indexes {
        match index {
            Index::Ellipsis => complete.extend(std::iter::repeat_n(Index::ALL, missing)),
            index => complete.push(*index),
        }
    }
    complete.resize(ndim, Index::ALL);
    Ok(complete)
}

impl Array {
    /// The part that indexes take, one a dimension from the first; dimensions without one are whole.
    ///
    /// # Errors
    ///
    /// `Index`, for positions outside or too many indexes; `Value`, for a step of zero.
    pub fn slice(&self, indexes: &[Index]) -> Result<Self> {
        let info = slice_info(indexes, self.shape())?;
        Ok(map_array!(self, typed => typed.slice(info).as_standard_layout().into_owned()))
    }

    /// Writes an array into the part that indexes take, converted and broadcast as numpy does.
    ///
    /// # Errors
    ///
    /// `Index` and `Value` as [`Array::slice`]; `Shape`, if the array does not broadcast to that part; `Type`,
    /// for text with numbers.
    pub fn assign(&mut self, indexes: &[Index], values: &Self) -> Result<()> {
        let info = slice_info(indexes, self.shape())?;
        let values = values.cast(self.dtype())?;
        with_array!(self, typed => {
            let mut part = typed.slice_mut(info);
            let values = peer_of_view(&part, &values)
                .ok_or_else(|| Error::type_error("an array of another datatype"))?;
            let shape = part.raw_dim();
            let values = values.broadcast(shape).ok_or_else(|| {
                Error::shape(format!("cannot put shape {:?} into shape {:?}", values.shape(), part.shape()))
            })?;
            part.assign(&values);
        });
        Ok(())
    }
}

type Info = SliceInfo<Vec<SliceInfoElem>, IxDyn, IxDyn>;

/// The indexes as ndarray wants them, checked against the shape so that it cannot refuse.
fn slice_info(indexes: &[Index], shape: &[usize]) -> Result<Info> {
    let mut elements = Vec::with_capacity(shape.len());
    for (index, length) in complete(indexes, shape.len())?.into_iter().zip(shape) {
        elements.push(index.resolve(*length)?.element()?);
    }
    Info::try_from(elements).map_err(|_| Error::index("too many dimensions"))
}

impl Resolved {
    fn element(self) -> Result<SliceInfoElem> {
        let signed = |position: usize| {
            isize::try_from(position).map_err(|_| Error::index("a dimension too long to index"))
        };
        let Positions { first, step, count } = self.positions;
        let start = signed(first)?;
        if !self.keeps {
            return Ok(SliceInfoElem::Index(start));
        }
        if count == 0 {
            return Ok(SliceInfoElem::Slice { start: 0, end: Some(0), step: 1 });
        }
        let last = self.positions.iter().last().map_or(Ok(start), signed)?;
        let step = isize::try_from(step).unwrap_or(if step > 0 { isize::MAX } else { isize::MIN });
        // ndarray counts a backward range from its upper end as well: [low, high) walked from high - 1.
        let (low, high) = if step > 0 { (start, last) } else { (last, start) };
        Ok(SliceInfoElem::Slice { start: low, end: Some(high.saturating_add(1)), step })
    }
}

impl From<i64> for Index {
    fn from(position: i64) -> Self {
        Self::At(position)
    }
}

impl From<Range<i64>> for Index {
    fn from(range: Range<i64>) -> Self {
        Self::Range(Some(range.start), Some(range.end), 1)
    }
}

impl From<RangeFrom<i64>> for Index {
    fn from(range: RangeFrom<i64>) -> Self {
        Self::Range(Some(range.start), None, 1)
    }
}

impl From<RangeTo<i64>> for Index {
    fn from(range: RangeTo<i64>) -> Self {
        Self::Range(None, Some(range.end), 1)
    }
}

impl From<RangeFull> for Index {
    fn from(_: RangeFull) -> Self {
        Self::ALL
    }
}
