//! Pictures made of characters: images as shades, curves as columns.

use std::io::Write as _;

use crate::out::{Glyphs, Out};

/// Values as shades of characters, with a scale.
pub(crate) struct Image<'a> {
    /// Values of one line.
    pub(crate) columns: usize,
    /// Line after line.
    pub(crate) values: &'a [f64],
    /// Characters of one value across.
    pub(crate) width: usize,
    /// Lines of one value.
    pub(crate) height: usize,
}

/// Most characters of a picture across.
const LARGEST_WIDTH: usize = 96;
/// Most lines of a picture.
const LARGEST_HEIGHT: usize = 40;

impl<'a> Image<'a> {
    /// An image of that many values a line, of which each is as large as the terminal's width allows.
    pub(crate) fn new(columns: usize, values: &'a [f64]) -> Self {
        // A character is about twice as high as it is wide.
        let width = LARGEST_WIDTH.checked_div(columns).unwrap_or(1).clamp(1, 4);
        let height = if width == 4 { 2 } else { 1 };
        Self { columns, values, width, height }
    }

    pub(crate) fn draw(&self, out: &mut Out) -> std::io::Result<()> {
        let (lowest, highest) = bounds(self.values);
        let glyphs = out.glyphs;
        for row in self.values.chunks(self.columns.max(1)) {
            let line: String =
                row.iter().map(|&value| shade(value, lowest, highest, &glyphs).repeat(self.width)).collect();
            for _ in 0..self.height {
                writeln!(out, "{}", format!("  {line}").trim_end())?;
            }
        }
        let scale: String = glyphs.shades.iter().map(|shade| shade.repeat(4)).collect();
        writeln!(out, "  {} |{scale}| {}", short(lowest), short(highest))
    }
}

/// An image made small enough for a terminal: means of blocks of values, which are numbers.
pub(crate) fn shrunk(values: &[f64], columns: usize) -> (Vec<f64>, usize) {
    let rows = values.len().checked_div(columns).unwrap_or(0);
    let across = columns.div_ceil(LARGEST_WIDTH).max(1);
    let down = rows.div_ceil(LARGEST_HEIGHT).max(across.div_ceil(2)).max(1);
    if across == 1 && down == 1 {
        return (values.to_vec(), columns);
    }
    let lines: Vec<&[f64]> = values.chunks(columns.max(1)).collect();
    let mut small = Vec::new();
    for band in lines.chunks(down) {
        let blocks = columns.div_ceil(across);
        for block in 0..blocks {
            let start = block.saturating_mul(across);
            let end = start.saturating_add(across).min(columns);
            small.push(mean(band.iter().flat_map(|line| line.get(start..end).unwrap_or_default())));
        }
    }
    (small, columns.div_ceil(across))
}

/// The mean of the values that are numbers; NaN if none is.
pub(crate) fn mean<'a>(values: impl IntoIterator<Item = &'a f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values.into_iter().filter(|value| !value.is_nan()) {
        sum += value;
        count += 1.0;
    }
    sum / count
}

/// Values as columns of a height, of which several stand for one column where there are more than a terminal is wide.
pub(crate) fn curve(values: &[f64], lines: u8, out: &mut Out) -> std::io::Result<()> {
    let (small, _) = shrunk(values, values.len());
    let (lowest, highest) = bounds(&small);
    let [empty, .., full] = out.glyphs.shades;
    let half = out.glyphs.shades.get(2).copied().unwrap_or(full);
    for line in (0..lines).rev() {
        let level = |value: f64| (value - lowest) / (highest - lowest) * f64::from(lines) - f64::from(line);
        let text: String = small
            .iter()
            .map(|&value| match level(value) {
                level if level >= 0.75 => full,
                level if level >= 0.25 => half,
                _ => empty,
            })
            .collect();
        writeln!(out, "{}", format!("  {text}").trim_end())?;
    }
    writeln!(out, "  from {} to {}", short(lowest), short(highest))
}

/// The lowest and the highest value that are numbers.
fn bounds(values: &[f64]) -> (f64, f64) {
    let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    (lowest, highest)
}

/// A number of at most four digits that count.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if size == 0.0 || (0.001..1e6).contains(&size) {
        // Digits before the point are digits that count.
        let digits = [1.0, 10.0, 100.0, 1000.0].iter().filter(|&&limit| size >= limit).count();
        let text = format!("{value:.*}", 4_usize.saturating_sub(digits));
        let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
        return if text == "-0" { "0".to_owned() } else { text.to_owned() };
    }
    if value.is_finite() { format!("{value:.3e}") } else { value.to_string() }
}

/// The shade of a value between the lowest and the highest.
fn shade(value: f64, lowest: f64, highest: f64, glyphs: &Glyphs) -> &'static str {
    let share = (value - lowest) / (highest - lowest);
    let thresholds = [0.2, 0.4, 0.6, 0.8];
    let level = thresholds.iter().filter(|threshold| share >= **threshold).count();
    glyphs.shades.get(level).copied().unwrap_or(" ")
}

#[cfg(test)]
mod tests {
    use super::{short, shrunk};

    #[test]
    fn large_images_become_means_of_blocks() {
        let values: Vec<f64> = (0..192 * 4).map(|i| f64::from(i % 192)).collect();
        let (small, columns) = shrunk(&values, 192);
        assert_eq!((small.len(), columns), (96 * 4, 96));
        assert_eq!(small.get(..2), Some(&[0.5, 2.5][..]));
        let (same, columns) = shrunk(&[1.0, 2.0], 1);
        assert_eq!((same, columns), (vec![1.0, 2.0], 1));
    }

    #[test]
    fn values_that_are_no_numbers_do_not_count() {
        let (small, _) = shrunk(&[f64::NAN, 3.0, f64::NAN, f64::NAN].repeat(48), 192);
        assert_eq!(small.first(), Some(&3.0));
        assert!(small.get(1).is_some_and(|value| value.is_nan()));
    }

    #[test]
    fn numbers_have_four_digits() {
        for (value, expected) in [
            (0.0, "0"),
            (2.5, "2.5"),
            (1234.56, "1235"),
            (0.01234567, "0.0123"),
            (-7.0, "-7"),
            (1e-9, "1.000e-9"),
            (3e8, "3.000e8"),
        ] {
            assert_eq!(short(value), expected);
        }
    }
}
