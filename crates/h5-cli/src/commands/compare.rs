//! When two values are the same.

use h5::Value;

/// How far numbers may be apart and still count as the same.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tolerance {
    /// By no more than this.
    pub(crate) delta: Option<f64>,
    /// By no more than this share of the larger one.
    pub(crate) relative: Option<f64>,
}

impl Tolerance {
    /// True if values have to be exactly the same.
    pub(crate) fn is_exact(self) -> bool {
        self.delta.is_none() && self.relative.is_none()
    }

    /// True if two numbers count as the same. NaN is the same as NaN.
    fn allows(self, a: f64, b: f64) -> bool {
        if a == b || (a.is_nan() && b.is_nan()) {
            return true;
        }
        let distance = (a - b).abs();
        // Infinities and NaN give distances that no bound allows.
        distance.is_finite()
            && (self.delta.is_some_and(|delta| distance <= delta)
                || self.relative.is_some_and(|share| distance <= share * a.abs().max(b.abs())))
    }
}

/// True if two values are the same within the tolerance. `same_reference` decides about references, whose tokens mean nothing
/// in another file.
pub(crate) fn same(
    a: &Value,
    b: &Value,
    tolerance: Tolerance,
    same_reference: &mut impl FnMut(&h5::Reference, &h5::Reference) -> bool,
) -> bool {
    if let (Some(x), Some(y)) = (integer(a), integer(b)) {
        return x == y || (!tolerance.is_exact() && tolerance.allows(float(x), float(y)));
    }
    if let (Some(x), Some(y)) = (number(a), number(b)) {
        return tolerance.allows(x, y);
    }
    match (a, b) {
        (Value::Complex { real: r1, imaginary: i1 }, Value::Complex { real: r2, imaginary: i2 }) => {
            tolerance.allows(*r1, *r2) && tolerance.allows(*i1, *i2)
        }
        (Value::Compound(a), Value::Compound(b)) => {
            a.len() == b.len()
                && a.iter().zip(b).all(|((name_a, a), (name_b, b))| {
                    name_a == name_b && same(a, b, tolerance, same_reference)
                })
        }
        (Value::Array { dimensions: da, values: a }, Value::Array { dimensions: db, values: b }) => {
            da == db && a.iter().zip(b).all(|(a, b)| same(a, b, tolerance, same_reference))
        }
        (Value::Sequence(a), Value::Sequence(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, tolerance, same_reference))
        }
        (Value::Reference(a), Value::Reference(b)) => same_reference(a, b),
        (a, b) => a == b,
    }
}

/// The distance of two numbers; none for what is no number.
pub(crate) fn distance(a: &Value, b: &Value) -> Option<f64> {
    let distance = (number(a)? - number(b)?).abs();
    (!distance.is_nan()).then_some(distance)
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(n) => Some((*n).into()),
        Value::UInt(n) => Some((*n).into()),
        Value::BigInt(n) => Some(*n),
        Value::BigUInt(n) | Value::Bitfield(n) => i128::try_from(*n).ok(),
        _ => None,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(x) => Some(*x),
        value => integer(value).map(float),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a tolerance is asked for, so the nearest binary64 will do")]
fn float(n: i128) -> f64 {
    n as f64
}

#[cfg(test)]
mod tests {
    use h5::Value;

    use super::{Tolerance, same};

    fn equal(a: Value, b: Value, delta: Option<f64>, relative: Option<f64>) -> bool {
        same(&a, &b, Tolerance { delta, relative }, &mut |a, b| a == b)
    }

    #[test]
    fn numbers_are_compared_within_the_tolerance() {
        let float = Value::Float;
        assert!(equal(float(1.0), float(1.5), Some(0.5), None));
        assert!(!equal(float(1.0), float(1.5), Some(0.4), None));
        assert!(equal(float(100.0), float(101.0), None, Some(0.01)));
        assert!(!equal(float(100.0), float(102.0), None, Some(0.01)));
        assert!(equal(float(f64::NAN), float(f64::NAN), None, None));
        assert!(!equal(float(f64::INFINITY), float(1.0), Some(f64::INFINITY), Some(1.0)));
        assert!(equal(float(0.0), float(-0.0), None, None));
        assert!(equal(Value::Int(5), float(5.0), None, None));
    }

    #[test]
    fn large_integers_are_compared_exactly() {
        assert!(!equal(Value::UInt(u64::MAX), Value::UInt(u64::MAX - 1), None, None));
        assert!(equal(Value::UInt(u64::MAX), Value::UInt(u64::MAX - 1), Some(1.0), None));
        assert!(equal(Value::UInt(7), Value::Int(7), None, None));
    }

    #[test]
    fn what_is_inside_is_compared_too() {
        let row = |x| Value::Compound(vec![("x".into(), Value::Sequence(vec![Value::Float(x)]))]);
        assert!(equal(row(1.0), row(1.1), Some(0.2), None));
        assert!(!equal(row(1.0), row(1.1), None, None));
    }
}
