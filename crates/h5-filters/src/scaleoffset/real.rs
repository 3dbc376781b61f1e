//! Decimal scaling of floats, in the precision of the element itself as the library computes.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "float casts saturate, and the codes are checked to lie far inside their range"
)]

use super::Codes;

/// Turns codes back to floats: `code / 10^digits + minimum`.
pub(super) enum Restore {
    Single { scale: f32, minimum: f32 },
    Double { scale: f64, minimum: f64 },
}

impl Restore {
    pub(super) fn new(size: usize, minimum: u64, digits: i32) -> Self {
        if size == 4 {
            Self::Single { scale: power32(digits as f32), minimum: f32::from_bits(minimum as u32) }
        } else {
            Self::Double { scale: power64(f64::from(digits)), minimum: f64::from_bits(minimum) }
        }
    }

    /// The bit pattern of the float.
    #[inline]
    pub(super) fn value(&self, code: u64) -> u64 {
        match *self {
            Self::Single { scale, minimum } => u64::from((code as f32 / scale + minimum).to_bits()),
            Self::Double { scale, minimum } => (code as f64 / scale + minimum).to_bits(),
        }
    }
}

/// Distances from the minimum in units of `10^-digits`; `None` if a value is not finite or too far away.
/// Values closer than one unit to the fill value count as it.
///
/// Computed in double precision for floats of both sizes: the codes are then the nearest ones, where the library's, in single
/// precision, can be some units off.
pub(super) fn codes(
    size: usize,
    values: impl Iterator<Item = u64> + Clone,
    fill: Option<u64>,
    digits: i32,
) -> Option<Codes> {
    let real =
        |bits: u64| if size == 4 { f64::from(f32::from_bits(bits as u32)) } else { f64::from_bits(bits) };
    let most = if size == 4 { MOST_CODES_SINGLE } else { MOST_CODES_DOUBLE };
    let values = values.map(real);
    let (unit, scale) = (power64(-f64::from(digits)), power64(f64::from(digits)));
    let is_fill = |value: f64| fill.is_some_and(|fill| (value - real(fill)).abs() < unit);
    let mut minimum = f64::INFINITY;
    for value in values.clone() {
        if !value.is_finite() {
            return None;
        }
        if !is_fill(value) {
            minimum = minimum.min(value);
        }
    }
    let minimum = if minimum.is_finite() { minimum } else { 0.0 };
    let mut largest = 0;
    let distances = values.map(|value| {
        if is_fill(value) {
            return Some(u64::MAX);
        }
        let distance = ((value - minimum) * scale).round();
        // False for NaN, too.
        let code = (distance < most).then_some(distance as u64)?;
        largest = code.max(largest);
        Some(code)
    });
    let distances = distances.collect::<Option<_>>()?;
    let minimum = if size == 4 { u64::from((minimum as f32).to_bits()) } else { minimum.to_bits() };
    Some(Codes { minimum, largest, distances })
}

/// The library's decoder takes codes for signed numbers of the element's size.
const MOST_CODES_SINGLE: f64 = 2_147_483_647.0;
const MOST_CODES_DOUBLE: f64 = 9_223_372_036_854_774_000.0;

fn power32(exponent: f32) -> f32 {
    10_f32.powf(exponent)
}

fn power64(exponent: f64) -> f64 {
    10_f64.powf(exponent)
}
