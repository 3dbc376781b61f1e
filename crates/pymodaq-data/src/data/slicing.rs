//! Parts of data by positions and by values of axes.

use std::ops::{Range, RangeFrom, RangeFull, RangeTo};

use super::DataWithAxes;
use crate::array::{Array, Index, complete, is_single};
use crate::enums::DataDistribution;
use crate::error::{Error, Result};

/// What is taken of one dimension, by the values of its axis.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum ValueIndex {
    /// The position whose value is nearest; the dimension disappears.
    At(f64),
    /// From the first value that is not below the start to the last one below the stop; `None` leaves an end open.
    Range(Option<f64>, Option<f64>),
}

impl DataWithAxes {
    /// The part that positions in the dimensions of the signal take, one index a dimension from the first.
    ///
    /// As in Python, an indexed dimension of which one element is left disappears, and the result is
    /// calculated.
    ///
    /// # Errors
    ///
    /// `Index`, for positions outside, too many indexes, or nothing left.
    pub fn isig(&self, indexes: &[Index]) -> Result<Self> {
        self.slice_dimensions(&self.sig_indexes(), indexes)
    }

    /// The part that positions in the dimensions of navigation take, one index a dimension from the first.
    ///
    /// As in Python, an indexed dimension of which one element is left disappears, and the result is
    /// calculated.
    ///
    /// # Errors
    ///
    /// `Index`, for positions outside, too many indexes, or nothing left.
    pub fn inav(&self, indexes: &[Index]) -> Result<Self> {
        self.slice_dimensions(&self.nav_indexes.clone(), indexes)
    }

    /// As [`DataWithAxes::isig`], by the values of the axes.
    ///
    /// # Errors
    ///
    /// `Axis`, for a dimension without axis; `Index`, for too many indexes, or nothing left.
    pub fn vsig(&self, values: &[ValueIndex]) -> Result<Self> {
        let dimensions = self.sig_indexes();
        let indexes = self.positions_of(&dimensions, values)?;
        self.slice_dimensions(&dimensions, &indexes)
    }

    /// As [`DataWithAxes::inav`], by the values of the axes.
    ///
    /// # Errors
    ///
    /// `Dim`, for spread data, which have no order; else as [`DataWithAxes::vsig`].
    pub fn vnav(&self, values: &[ValueIndex]) -> Result<Self> {
        if self.distribution == DataDistribution::Spread {
            return Err(Error::dim("spread data are not sliced by value"));
        }
        let indexes = self.positions_of(&self.nav_indexes, values)?;
        self.slice_dimensions(&self.nav_indexes.clone(), &indexes)
    }

    fn slice_dimensions(&self, dimensions: &[usize], indexes: &[Index]) -> Result<Self> {
        let given = complete(indexes, dimensions.len())?;
        let explicit = if indexes.contains(&Index::Ellipsis) { given.len() } else { indexes.len() };
        let mut all = vec![Index::ALL; self.ndim()];
        let mut dropped = Vec::new();
        for (place, (dimension, index)) in dimensions.iter().zip(given).enumerate() {
            let length = self.shape().get(*dimension).copied().unwrap_or(0);
            let single = is_single(index, length)?;
            if single == Some(true) && place < explicit {
                dropped.push(*dimension);
            }
            if let Some(slot) = all.get_mut(*dimension) {
                *slot = index;
            }
            if single.is_none() && length > 0 {
                return Err(Error::index(format!("nothing of dimension {dimension} is left")));
            }
        }
        self.cut(&all, &dropped)
    }

    /// Slices arrays and axes by one index a dimension; `dropped` have one element left.
    fn cut(&self, all: &[Index], dropped: &[usize]) -> Result<Self> {
        let kept: Vec<usize> = (0..self.ndim()).filter(|dimension| !dropped.contains(dimension)).collect();
        // Ranges keep their dimension in the array, positions do not: both are given their final shape.
        let part = |array: &Array| {
            let ranges: Vec<Index> = all.iter().map(|index| index.as_range()).collect();
            Ok(array.slice(&ranges)?.squeeze(dropped))
        };
        let data = self.data.iter().map(part).collect::<Result<Vec<_>>>()?;
        let errors = self.map_errors(part)?;
        let mut axes = self.axes.clone();
        for axis in &mut axes {
            if let Some(index) = all.get(axis.index()).filter(|index| **index != Index::ALL)
                && kept.contains(&axis.index())
                && self.shape().get(axis.index()) == Some(&axis.size())
            {
                axis.set_data(axis.get_data().slice(&[*index])?)?;
            }
        }
        self.with_dimensions(&kept, data, errors, axes)
    }

    fn positions_of(&self, dimensions: &[usize], values: &[ValueIndex]) -> Result<Vec<Index>> {
        if values.len() > dimensions.len() {
            let (given, known) = (values.len(), dimensions.len());
            return Err(Error::index(format!("too many indices: {given} for {known} dimensions")));
        }
        let pairs = dimensions.iter().zip(values);
        pairs.map(|(dimension, value)| self.positions_along(*dimension, *value)).collect()
    }

    fn positions_along(&self, dimension: usize, value: ValueIndex) -> Result<Index> {
        if value == ValueIndex::Range(None, None) {
            return Ok(Index::ALL);
        }
        let found = self.get_axis_from_index(dimension);
        let axis = found.first().ok_or_else(|| Error::axis(format!("dimension {dimension} has no axis")))?;
        let signed = |position: usize| i64::try_from(position).unwrap_or(i64::MAX);
        match value {
            ValueIndex::At(value) => {
                let position = axis.find_index(value);
                let position =
                    position.ok_or_else(|| Error::index(format!("no position is nearest {value}")))?;
                Ok(Index::At(signed(position)))
            }
            ValueIndex::Range(start, stop) => {
                let inside = |value: &f64| {
                    start.is_none_or(|start| *value >= start) && stop.is_none_or(|stop| *value < stop)
                };
                let values = axis.to_f64();
                let first = values.iter().position(inside).unwrap_or(0);
                let last = values.iter().rposition(inside).map_or(0, |last| last.saturating_add(1));
                Ok(Index::Range(Some(signed(first)), Some(signed(last)), 1))
            }
        }
    }
}

impl From<f64> for ValueIndex {
    fn from(value: f64) -> Self {
        Self::At(value)
    }
}

impl From<Range<f64>> for ValueIndex {
    fn from(range: Range<f64>) -> Self {
        Self::Range(Some(range.start), Some(range.end))
    }
}

impl From<RangeFrom<f64>> for ValueIndex {
    fn from(range: RangeFrom<f64>) -> Self {
        Self::Range(Some(range.start), None)
    }
}

impl From<RangeTo<f64>> for ValueIndex {
    fn from(range: RangeTo<f64>) -> Self {
        Self::Range(None, Some(range.end))
    }
}

impl From<RangeFull> for ValueIndex {
    fn from(_: RangeFull) -> Self {
        Self::Range(None, None)
    }
}
