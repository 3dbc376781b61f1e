//! Numbers as a line of bars.

use crate::out::Glyphs;

/// Numbers on one line.
pub(super) const LONGEST_LINE: u64 = 60;

/// Each number as a bar between the smallest and the largest; what is no number leaves a gap.
pub(super) fn sparkline(numbers: &[f64], glyphs: Glyphs) -> String {
    let finite = || numbers.iter().copied().filter(|x| x.is_finite());
    let (low, high) = (finite().fold(f64::INFINITY, f64::min), finite().fold(f64::NEG_INFINITY, f64::max));
    let bars = glyphs.bars;
    let bar = |x: f64| {
        if !x.is_finite() {
            return " ";
        }
        let part = if high > low { (x - low) / (high - low) } else { 0.5 };
        // The first bar whose share of the range is not below.
        let mut rest = bars.iter().zip(1_u32..);
        let count = f64::from(u32::try_from(bars.len()).unwrap_or(1));
        rest.find(|(_, number)| part <= f64::from(*number) / count).map_or(" ", |(bar, _)| bar)
    };
    numbers.iter().map(|&x| bar(x)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_grow_with_the_numbers() {
        assert_eq!(sparkline(&[0.0, 1.0, 2.0, 3.0, 4.0], Glyphs::ASCII), "__-=#");
        assert_eq!(sparkline(&[5.0, 5.0], Glyphs::ASCII), "--");
        assert_eq!(sparkline(&[0.0, f64::NAN, 1.0], Glyphs::ASCII), "_ #");
        assert_eq!(sparkline(&[], Glyphs::ASCII), "");
        assert_eq!(sparkline(&[1.0, f64::INFINITY], Glyphs::UNICODE), "\u{2584} ");
    }
}
