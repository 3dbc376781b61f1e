use crate::array::{Array, DType, Index, pairwise_sum};
use crate::error::{Error, Result};

/// The values of an [`Axis`]: at equal distance, or one by one.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    /// `offset + scaling * i` for `i` from 0 to `size - 1`.
    Linear {
        /// The first value.
        offset: f64,
        /// The distance between two values.
        scaling: f64,
        /// How many values there are.
        size: usize,
    },
    /// Values of their own; an array of one dimension.
    Data(Array),
}

/// The coordinates along one dimension of data: a label, units and one value for each position.
///
/// Values at equal distance (within numpy's `allclose`: 1e-5 of the mean step, or 1e-8) are kept as offset, scaling and size,
/// so that an axis of integers comes back as float64. `index` is the dimension of the data that the axis is
/// for; `spread_order` tells apart the axes that share a dimension of spread data.
///
/// Axes are equal if their values are, whatever datatype a linear axis was given in.
#[derive(Debug, Clone)]
pub struct Axis {
    label: String,
    units: String,
    values: AxisValues,
    /// The datatype of the values when they were given; those of a linear axis are computed as float64.
    given_as: DType,
    index: usize,
    spread_order: usize,
}

impl Axis {
    /// An axis of those values; they are kept as a linear axis if their distances are equal.
    ///
    /// # Errors
    ///
    /// `Axis`, if the values are not an array of one dimension; `Type`, if they are text.
    pub fn new(
        label: impl Into<String>,
        units: impl Into<String>,
        data: impl Into<Array>,
        index: usize,
    ) -> Result<Self> {
        let mut axis = Self {
            label: label.into(),
            units: units.into(),
            values: AxisValues::Linear { offset: 0.0, scaling: 1.0, size: 0 },
            given_as: DType::Float64,
            index,
            spread_order: 0,
        };
        axis.set_data(data)?;
        Ok(axis)
    }

    /// A linear axis.
    pub fn linear(
        label: impl Into<String>,
        units: impl Into<String>,
        offset: f64,
        scaling: f64,
        size: usize,
        index: usize,
    ) -> Self {
        Self {
            label: label.into(),
            units: units.into(),
            values: AxisValues::Linear { offset, scaling, size },
            given_as: DType::Float64,
            index,
            spread_order: 0,
        }
    }

    /// The axis for another dimension.
    #[must_use]
    pub fn with_index(mut self, index: usize) -> Self {
        self.index = index;
        self
    }

    /// The axis in another place among those of its dimension.
    #[must_use]
    pub fn with_spread_order(mut self, spread_order: usize) -> Self {
        self.spread_order = spread_order;
        self
    }

    /// What the axis measures.
    pub fn label(&self) -> &str {
        &self.label
    }

    /// The units of the values, as PyMoDAQ writes them; kept as they are given.
    pub fn units(&self) -> &str {
        &self.units
    }

    /// The dimension of the data that the axis is for.
    pub fn index(&self) -> usize {
        self.index
    }

    /// The place among the axes of the same dimension of spread data.
    pub fn spread_order(&self) -> usize {
        self.spread_order
    }

    /// How many values there are.
    pub fn size(&self) -> usize {
        match &self.values {
            AxisValues::Linear { size, .. } => *size,
            AxisValues::Data(data) => data.size(),
        }
    }

    /// How the values are kept.
    pub fn values(&self) -> &AxisValues {
        &self.values
    }

    /// The datatype in which the values were given. Of a linear axis only PyMoDAQ's notes of its offset tell it.
    pub fn given_as(&self) -> DType {
        self.given_as
    }

    /// The distance between two values of a linear axis.
    pub fn scaling(&self) -> Option<f64> {
        match self.values {
            AxisValues::Linear { scaling, .. } => Some(scaling),
            AxisValues::Data(_) => None,
        }
    }

    /// The first value of a linear axis.
    pub fn offset(&self) -> Option<f64> {
        match self.values {
            AxisValues::Linear { offset, .. } => Some(offset),
            AxisValues::Data(_) => None,
        }
    }

    /// Whether the values are at equal distance.
    pub fn is_axis_linear(&self) -> bool {
        matches!(self.values, AxisValues::Linear { .. })
    }

    /// The values that are kept one by one; `None` for a linear axis. See [`Axis::get_data`].
    pub fn data(&self) -> Option<&Array> {
        match &self.values {
            AxisValues::Linear { .. } => None,
            AxisValues::Data(data) => Some(data),
        }
    }

    /// All values; those of a linear axis are computed.
    pub fn get_data(&self) -> Array {
        match &self.values {
            AxisValues::Linear { offset, scaling, size } => {
                // `offset + scaling * i` in this order is what Python computes, to the bit.
                Array::from((0..*size).map(|i| offset + scaling * (i as f64)).collect::<Vec<_>>())
            }
            AxisValues::Data(data) => data.clone(),
        }
    }

    /// All values as float64.
    pub fn to_f64(&self) -> Vec<f64> {
        // An axis holds no text, so that the conversion cannot fail.
        self.get_data().to_f64().unwrap_or_default()
    }

    /// The smallest value; `None` without values, NaN where one is.
    pub fn min(&self) -> Option<f64> {
        self.to_f64().into_iter().reduce(|low, value| if low.is_nan() || low < value { low } else { value })
    }

    /// The largest value; `None` without values, NaN where one is.
    pub fn max(&self) -> Option<f64> {
        self.to_f64()
            .into_iter()
            .reduce(|high, value| if high.is_nan() || high > value { high } else { value })
    }

    /// The mean of the values; `None` without values.
    pub fn mean(&self) -> Option<f64> {
        let values = self.to_f64();
        (!values.is_empty()).then(|| pairwise_sum(&values) / values.len() as f64)
    }

    /// The distance between the smallest and the largest value (`axis_width` in Python).
    pub fn axis_width(&self) -> Option<f64> {
        Some((self.max()? - self.min()?).abs())
    }

    /// The position of the value nearest to one; the first of several. `None` without values, or for NaN.
    ///
    /// Python rounds down on a linear axis, and answers the size of the axis for values past its end.
    pub fn find_index(&self, value: f64) -> Option<usize> {
        let distances = self.to_f64().into_iter().map(|known| (known - value).abs()).enumerate();
        let numbers = distances.filter(|(_, distance)| !distance.is_nan());
        numbers
            .reduce(|best, other| if other.1 < best.1 { other } else { best })
            .map(|(position, _)| position)
    }

    /// The position of the value nearest to each.
    pub fn find_indexes(&self, values: &[f64]) -> Vec<Option<usize>> {
        values.iter().map(|value| self.find_index(*value)).collect()
    }

    /// The value at a position, counted from the end if negative.
    ///
    /// # Errors
    ///
    /// `Index`, for a position outside.
    pub fn get_data_at(&self, position: i64) -> Result<f64> {
        let at = self.get_data().slice(&[Index::At(position)])?;
        at.item(&[]).and_then(|value| value.to_f64()).ok_or_else(|| Error::index("an axis without values"))
    }

    /// The axis with its values in reverse order.
    ///
    /// # Errors
    ///
    /// None for an axis made by this crate.
    pub fn flip(&self) -> Result<Self> {
        self.slice(Index::Range(None, None, -1))
    }

    /// The axis at the positions of a range.
    ///
    /// # Errors
    ///
    /// `Axis`, for a single position, which leaves no axis; `Value`, for a step of zero.
    pub fn slice(&self, index: Index) -> Result<Self> {
        let mut part = self.clone();
        part.set_data(self.get_data().slice(&[index])?)?;
        Ok(part)
    }

    /// The axis with a number added to each value.
    ///
    /// # Errors
    ///
    /// None for an axis made by this crate.
    pub fn shifted(&self, by: f64) -> Result<Self> {
        self.mapped(|value| value + by)
    }

    /// The axis with each value multiplied by a number.
    ///
    /// # Errors
    ///
    /// None for an axis made by this crate.
    pub fn scaled(&self, by: f64) -> Result<Self> {
        self.mapped(|value| value * by)
    }

    fn mapped(&self, map: impl Fn(f64) -> f64) -> Result<Self> {
        let mut made = Self { given_as: DType::Float64, ..self.clone() };
        match &mut made.values {
            AxisValues::Linear { offset, scaling, .. } => {
                let (first, second) = (map(*offset), map(*offset + *scaling));
                (*offset, *scaling) = (first, second - first);
            }
            AxisValues::Data(data) => {
                *data = Array::from(data.to_f64()?.into_iter().map(map).collect::<Vec<_>>())
            }
        }
        Ok(made)
    }

    /// Names what the axis measures.
    pub fn set_label(&mut self, label: impl Into<String>) {
        self.label = label.into();
    }

    /// Sets the units; the values stay.
    pub fn set_units(&mut self, units: impl Into<String>) {
        self.units = units.into();
    }

    /// Sets the dimension that the axis is for.
    pub fn set_index(&mut self, index: usize) {
        self.index = index;
    }

    /// Sets the place among the axes of the same dimension.
    pub fn set_spread_order(&mut self, spread_order: usize) {
        self.spread_order = spread_order;
    }

    /// Sets the values; they are kept as a linear axis if their distances are equal.
    ///
    /// # Errors
    ///
    /// `Axis`, if the values are not an array of one dimension; `Type`, if they are text.
    pub fn set_data(&mut self, data: impl Into<Array>) -> Result<()> {
        let data = data.into();
        if data.ndim() != 1 {
            return Err(Error::axis(format!("an axis has one dimension, not the shape {:?}", data.shape())));
        }
        if data.dtype() == DType::Str {
            return Err(Error::type_error("an axis holds numbers, not text"));
        }
        self.given_as = data.dtype();
        self.values = linear_of(&data)?.unwrap_or(AxisValues::Data(data));
        Ok(())
    }
}

impl PartialEq for Axis {
    fn eq(&self, other: &Self) -> bool {
        let place = |axis: &Self| (axis.index, axis.spread_order);
        let text = |axis: &Self| (axis.label.clone(), axis.units.clone());
        self.values == other.values && place(self) == place(other) && text(self) == text(other)
    }
}

/// The linear axis that has those values, if there is one.
fn linear_of(data: &Array) -> Result<Option<AxisValues>> {
    if data.dtype().is_complex() {
        return Ok(None);
    }
    let values = data.to_f64()?;
    let Some(offset) = values.first().copied() else { return Ok(None) };
    if values.len() == 1 {
        return Ok(Some(AxisValues::Linear { offset, scaling: 1.0, size: 1 }));
    }
    let (steps, mean) = match data.view::<f32>() {
        // Of float32 numpy computes steps and mean in float32.
        Some(single) => single_steps(&single.iter().copied().collect::<Vec<f32>>()),
        None => {
            let steps = differences(&values, |low, high| high - low);
            let mean = pairwise_sum(&steps) / steps.len() as f64;
            (steps, mean)
        }
    };
    let close = |step: &f64| (step - mean).abs() <= 1e-8 + 1e-5 * mean.abs();
    let linear = steps.iter().all(close);
    Ok(linear.then_some(AxisValues::Linear { offset, scaling: mean, size: values.len() }))
}

/// The steps of float32 values and their mean, rounded as numpy rounds them.
fn single_steps(values: &[f32]) -> (Vec<f64>, f64) {
    let steps = differences(values, |low, high| high - low);
    let mean = pairwise_sum(&steps) / steps.len() as f32;
    (steps.into_iter().map(f64::from).collect(), f64::from(mean))
}

fn differences<T: Copy>(values: &[T], subtract: impl Fn(T, T) -> T) -> Vec<T> {
    values.iter().zip(values.iter().skip(1)).map(|(low, high)| subtract(*low, *high)).collect()
}
