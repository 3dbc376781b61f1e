//! How numbers lie in words: bit fields, sign, exponent, mantissa and padding, of any width up to 256 bits.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "field positions are checked to lie inside a word of at most 256 bits when a layout is made"
)]

use super::number::{Float, FloatKind, FloatRange, Integer, Rounded};
use super::word::Word;
use crate::{
    BitfieldType, ByteOrder, Datatype, Error, FloatType, IntegerType, MantissaNormalization, Padding, Result,
};

/// A word: its size, order and the bits that hold no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct WordLayout {
    pub(crate) size: usize,
    pub(crate) order: ByteOrder,
    /// Padding bits that are written as ones.
    ones: Word,
    /// Padding bits that are left as they were.
    kept: Word,
}

/// An integer or a bit field in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IntegerLayout {
    pub(crate) word: WordLayout,
    offset: u32,
    precision: u32,
    signed: bool,
}

/// A floating-point number in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FloatLayout {
    pub(crate) word: WordLayout,
    sign: u32,
    exponent: Field,
    mantissa: Field,
    implied: bool,
    bias: i64,
    range: FloatRange,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Field {
    position: u32,
    bits: u32,
}

/// A number in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Layout {
    Integer(IntegerLayout),
    Float(FloatLayout),
}

impl Layout {
    /// The layout of an integer, float, or enumeration's values; `None` for other classes.
    ///
    /// # Errors
    /// `Unsupported` for words over 32 bytes and floats whose fields exceed what the arithmetic holds.
    pub(crate) fn of(datatype: &Datatype) -> Result<Option<Self>> {
        Ok(match datatype {
            Datatype::Integer(t) => Some(Self::Integer(IntegerLayout::of_integer(t)?)),
            Datatype::Float(t) => Some(Self::Float(FloatLayout::new(t)?)),
            Datatype::Enum(t) => match &*t.base {
                Datatype::Integer(base) => Some(Self::Integer(IntegerLayout::of_integer(base)?)),
                _ => None,
            },
            _ => None,
        })
    }

    pub(crate) fn word(&self) -> &WordLayout {
        match self {
            Self::Integer(t) => &t.word,
            Self::Float(t) => &t.word,
        }
    }

    /// The same layout in another byte order.
    pub(crate) fn with_order(mut self, order: ByteOrder) -> Self {
        match &mut self {
            Self::Integer(t) => t.word.order = order,
            Self::Float(t) => t.word.order = order,
        }
        self
    }
}

impl WordLayout {
    /// `value_bits` are those between the lower and the upper padding, `used_bits` those of them that belong to a field.
    fn new(
        size: usize,
        order: ByteOrder,
        (low, high, internal): (Padding, Padding, Padding),
        (offset, precision): (u32, u32),
        used: Word,
    ) -> Result<Self> {
        let width = u32::try_from(size).ok().and_then(|n| n.checked_mul(8)).filter(|&n| n <= Word::BITS);
        let Some(width) = width else {
            return Err(Error::unsupported(format!("conversion of a number of {size} bytes, at most 32")));
        };
        if size == 0 || precision == 0 || offset.saturating_add(precision) > width {
            return Err(Error::unsupported(format!(
                "{precision} bits at bit {offset} of a word of {width} bits"
            )));
        }
        if order == ByteOrder::Vax && !size.is_multiple_of(2) {
            return Err(Error::unsupported(format!("VAX order of a word of {size} bytes")));
        }
        // Bits that a field uses are never padding, whatever the offset and precision say.
        let free = Word::mask(width).and(used.not());
        let below = Word::mask(offset);
        let value = Word::mask(precision).shl(offset);
        let regions =
            [(low, below), (high, below.or(value).not()), (internal, value)].map(|(p, r)| (p, r.and(free)));
        let of = |kind| {
            regions.iter().filter(|(p, _)| *p == kind).fold(Word::ZERO, |all, (_, region)| all.or(*region))
        };
        let order = if size == 1 { ByteOrder::Little } else { order };
        Ok(Self { size, order, ones: of(Padding::One), kept: of(Padding::Background) })
    }

    fn read(&self, bytes: &[u8]) -> Word {
        Word::read(bytes, self.order)
    }

    fn write(&self, value: Word, bytes: &mut [u8]) {
        let mut word = value.or(self.ones);
        if !self.kept.is_zero() {
            word = word.or(self.read(bytes).and(self.kept));
        }
        word.write(bytes, self.order);
    }
}

impl IntegerLayout {
    pub(crate) fn of_integer(t: &IntegerType) -> Result<Self> {
        let (offset, precision) = (u32::from(t.offset_bits), u32::from(t.precision_bits));
        let used = Word::mask(precision).shl(offset);
        let padding = (t.low_padding, t.high_padding, Padding::Zero);
        let word = WordLayout::new(t.size, t.order, padding, (offset, precision), used)?;
        Ok(Self { word, offset, precision, signed: t.signed })
    }

    pub(crate) fn of_bitfield(t: &BitfieldType) -> Result<Self> {
        Self::of_integer(&IntegerType {
            size: t.size,
            order: t.order,
            signed: false,
            offset_bits: t.offset_bits,
            precision_bits: t.precision_bits,
            low_padding: t.low_padding,
            high_padding: t.high_padding,
        })
    }

    pub(crate) fn read(&self, bytes: &[u8]) -> Integer {
        let raw = self.read_bits(bytes);
        let negative = self.signed && raw.bit(self.precision - 1);
        let magnitude = if negative { raw.negate().and(Word::mask(self.precision)) } else { raw };
        Integer { negative, magnitude }
    }

    /// Writes a number, clipped to the range.
    pub(crate) fn write(&self, number: Integer, bytes: &mut [u8]) {
        let Integer { negative, magnitude } = number;
        let largest = Word::mask(self.precision - u32::from(self.signed));
        let raw = match (negative, self.signed) {
            (false, _) => magnitude.min(largest),
            (true, false) => Word::ZERO,
            (true, true) => magnitude.min(Word::new(1).shl(self.precision - 1)).negate(),
        };
        self.write_bits(raw, bytes);
    }

    /// The bits of the value.
    pub(crate) fn read_bits(&self, bytes: &[u8]) -> Word {
        self.word.read(bytes).shr(self.offset).and(Word::mask(self.precision))
    }

    /// Writes the lowest bits of a value, as many as there is room for.
    pub(crate) fn write_bits(&self, bits: Word, bytes: &mut [u8]) {
        self.word.write(bits.and(Word::mask(self.precision)).shl(self.offset), bytes);
    }
}

impl FloatLayout {
    pub(crate) fn new(t: &FloatType) -> Result<Self> {
        let sign = u32::from(t.sign_position);
        let exponent = Field { position: t.exponent_position.into(), bits: t.exponent_bits.into() };
        let mantissa = Field { position: t.mantissa_position.into(), bits: t.mantissa_bits.into() };
        let implied = t.normalization == MantissaNormalization::Implied;
        let width = t.size.saturating_mul(8);
        let end = [(sign, 1), (exponent.position, exponent.bits), (mantissa.position, mantissa.bits)]
            .map(|(position, bits)| position + bits)
            .into_iter()
            .fold(0, u32::max);
        let inside = usize::try_from(end).is_ok_and(|end| end <= width);
        if !inside || !(1..=31).contains(&exponent.bits) || !(1..=127).contains(&mantissa.bits) {
            return Err(Error::unsupported(format!(
                "conversion of a {width}-bit float with {} exponent bits (1 to 31) and {} mantissa bits (1 to 127)",
                exponent.bits, mantissa.bits
            )));
        }
        let used = Word::new(1).shl(sign).or(exponent.region()).or(mantissa.region());
        let padding = (t.low_padding, t.high_padding, t.internal_padding);
        let span = (u32::from(t.offset_bits), u32::from(t.precision_bits));
        let word = WordLayout::new(t.size, t.order, padding, span, used)?;
        let bias = i64::from(t.exponent_bias);
        let range = FloatRange {
            precision: mantissa.bits + u32::from(implied),
            minimum_exponent: 1 - bias,
            maximum_exponent: (1_i64 << exponent.bits) - 2 - bias,
        };
        Ok(Self { word, sign, exponent, mantissa, implied, bias, range })
    }

    /// All exponent bits set means infinity or not a number; no exponent bit set, a subnormal number with the exponent of
    /// the smallest normal one. Both hold for every layout, VAX included, as in the C library.
    pub(crate) fn read(&self, bytes: &[u8]) -> Float {
        let word = self.word.read(bytes);
        let negative = word.bit(self.sign);
        let exponent = word.and(self.exponent.region()).shr(self.exponent.position).low();
        let mantissa = word.and(self.mantissa.region()).shr(self.mantissa.position).low();
        let kind = if exponent == Word::mask(self.exponent.bits).low() {
            match self.top_align(mantissa & self.fraction_mask(), self.range.precision - 1) {
                0 => FloatKind::Infinite,
                payload => FloatKind::Nan { payload },
            }
        } else {
            let subnormal = exponent == 0;
            let leading = u128::from(self.implied && !subnormal) << self.mantissa.bits;
            let exponent = i64::try_from(exponent).unwrap_or(0).max(1) - self.bias;
            finite(mantissa | leading, exponent, self.range.precision)
        };
        Float { negative, kind }
    }

    pub(crate) fn write(&self, number: Float, bytes: &mut [u8]) {
        let infinite = Word::mask(self.exponent.bits).low();
        let leading = 1_u128 << (self.range.precision - 1);
        let stored_leading = if self.implied { 0 } else { leading };
        let (exponent, mantissa) = match number.round(self.range) {
            Rounded::Infinite => (infinite, stored_leading),
            Rounded::Nan { payload } => {
                let fraction_bits = self.range.precision - 1;
                let quiet = leading >> 1;
                let fraction = payload.checked_shr(128 - fraction_bits).unwrap_or(0) | quiet;
                (infinite, stored_leading | fraction)
            }
            Rounded::Finite { significand, .. } if significand & leading == 0 => (0, significand),
            Rounded::Finite { exponent, significand } => {
                let biased = u128::try_from(exponent + self.bias).unwrap_or(0);
                (biased, significand & (self.fraction_mask() | stored_leading))
            }
        };
        let word = Word::new(u128::from(number.negative))
            .shl(self.sign)
            .or(Word::new(exponent).shl(self.exponent.position))
            .or(Word::new(mantissa).shl(self.mantissa.position));
        self.word.write(word, bytes);
    }

    /// Mask of the mantissa without a stored leading one.
    fn fraction_mask(&self) -> u128 {
        Word::mask(self.range.precision - 1).low()
    }

    fn top_align(&self, fraction: u128, bits: u32) -> u128 {
        fraction.checked_shl(128 - bits).unwrap_or(0)
    }
}

impl Field {
    fn region(self) -> Word {
        Word::mask(self.bits).shl(self.position)
    }
}

/// The number `significand * 2^(exponent - precision + 1)`.
fn finite(significand: u128, exponent: i64, precision: u32) -> FloatKind {
    if significand == 0 {
        return FloatKind::Zero;
    }
    let zeros = significand.leading_zeros();
    let exponent = exponent - i64::from(precision) + 128 - i64::from(zeros);
    FloatKind::Finite { exponent, significand: significand << zeros }
}
