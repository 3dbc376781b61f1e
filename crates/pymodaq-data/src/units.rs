//! Units of products and quotients, written as PyMoDAQ (by way of pint) writes them.
//!
//! Units are text here: nothing is converted, and prefixes are not reduced.

use std::collections::BTreeMap;

use crate::array::Operation;
use crate::error::{Error, ErrorKind, Result};

/// The units of a result.
pub(crate) fn combine(left: &str, operation: Operation, right: &str) -> Result<String> {
    match operation {
        Operation::Add | Operation::Subtract => {
            if left == right || parse(left).is_some_and(|left| parse(right) == Some(left)) {
                return Ok(left.to_owned());
            }
            Err(Error::new(ErrorKind::Units, format!("units {left:?} and {right:?} do not meet in a sum")))
        }
        _ if right.is_empty() => Ok(left.to_owned()),
        Operation::Multiply if left.is_empty() => Ok(right.to_owned()),
        Operation::Multiply => product(left, right, 1),
        Operation::Divide => product(left, right, -1),
    }
}

/// `left * right ** power`
fn product(left: &str, right: &str, power: i64) -> Result<String> {
    let unknown = |text: &str| {
        Error::new(ErrorKind::Units, format!("units {text:?} are no product of powers: they do not multiply"))
    };
    let mut powers = parse(left).ok_or_else(|| unknown(left))?;
    for (unit, exponent) in parse(right).ok_or_else(|| unknown(right))? {
        let sum = powers.entry(unit).or_insert(0);
        *sum = sum.saturating_add(exponent.saturating_mul(power));
    }
    powers.retain(|_, exponent| *exponent != 0);
    Ok(format_powers(&powers))
}

/// `kg * m / s ** 2`: numerators by name, then denominators by name.
fn format_powers(powers: &BTreeMap<String, i64>) -> String {
    let power = |unit: &str, exponent: u64| {
        if exponent == 1 { unit.to_owned() } else { format!("{unit} ** {exponent}") }
    };
    let part = |positive: bool| {
        let mut units: Vec<(&String, &i64)> =
            powers.iter().filter(|(_, exponent)| (**exponent > 0) == positive).collect();
        units.sort_by_key(|(unit, _)| unit.to_lowercase());
        units.into_iter().map(|(unit, exponent)| power(unit, exponent.unsigned_abs())).collect::<Vec<_>>()
    };
    let (above, below) = (part(true), part(false));
    let numerator = match (above.is_empty(), below.is_empty()) {
        (true, true) => return String::new(),
        (true, false) => "1".to_owned(),
        _ => above.join(" * "),
    };
    std::iter::once(numerator).chain(below).collect::<Vec<_>>().join(" / ")
}

/// The powers in `m ** 2 / s`; `None` for other text, as with parentheses or numbers.
fn parse(text: &str) -> Option<BTreeMap<String, i64>> {
    let text = text.replace("**", "^");
    let mut powers = BTreeMap::new();
    if text.trim().is_empty() {
        return Some(powers);
    }
    let mut sign = 1i64;
    let mut rest = text.as_str();
    loop {
        let end = rest.find(['*', '/']).unwrap_or(rest.len());
        let (factor, after) = rest.split_at(end);
        let (unit, exponent) = match factor.split_once('^') {
            Some((unit, exponent)) => (unit.trim(), exponent.trim().parse::<i64>().ok()?),
            None => (factor.trim(), 1),
        };
        if unit.is_empty() || unit != "1" && !unit.chars().all(is_unit_character) {
            return None;
        }
        if unit != "1" {
            let sum = powers.entry(unit.to_owned()).or_insert(0i64);
            *sum = sum.checked_add(exponent.checked_mul(sign)?)?;
        }
        let mut letters = after.chars();
        match letters.next() {
            Some('/') => sign = -1,
            Some(_) => sign = 1,
            None => return Some(powers),
        }
        rest = letters.as_str();
    }
}

fn is_unit_character(letter: char) -> bool {
    letter.is_alphabetic() || matches!(letter, '_' | '%' | '\u{b0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_written_as_pint_writes_them() {
        for (left, right, product, quotient) in [
            ("V", "A", "A * V", "V / A"),
            ("W", "m^2", "m ** 2 * W", "W / m ** 2"),
            ("m/s", "s", "m", "m / s ** 2"),
            ("m/s", "kg", "kg * m / s", "m / kg / s"),
            ("um", "1/s", "um / s", "s * um"),
            ("W/m**2", "m", "W / m", "W / m ** 3"),
            ("V", "V", "V ** 2", ""),
            ("V", "", "V", "V"),
            ("", "V", "V", "1 / V"),
        ] {
            assert_eq!(combine(left, Operation::Multiply, right).unwrap(), product);
            assert_eq!(combine(left, Operation::Divide, right).unwrap(), quotient);
        }
    }

    #[test]
    fn sums_need_the_same_units() {
        assert_eq!(combine("m/s", Operation::Add, "m / s").unwrap(), "m/s");
        assert!(combine("V", Operation::Add, "mV").is_err());
        assert!(combine("V", Operation::Subtract, "").is_err());
        assert!(combine("V (rms)", Operation::Multiply, "A").is_err());
    }
}
