use crate::array::{Array, DType};
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
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    label: String,
    units: String,
    values: AxisValues,
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
        self.values = linear_of(&data)?.unwrap_or(AxisValues::Data(data));
        Ok(())
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
    let steps: Vec<f64> = values.iter().zip(values.iter().skip(1)).map(|(low, high)| high - low).collect();
    let mean = steps.iter().sum::<f64>() / steps.len() as f64;
    let close = |step: &f64| (step - mean).abs() <= 1e-8 + 1e-5 * mean.abs();
    let linear = steps.iter().all(close);
    Ok(linear.then_some(AxisValues::Linear { offset, scaling: mean, size: values.len() }))
}
