/// Order of the bytes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ByteOrder {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
    /// VAX: 16-bit words with the most significant word first, each word little-endian. Floating-point only.
    Vax,
}

impl ByteOrder {
    /// The byte order of the machine that runs this.
    pub const NATIVE: Self = if cfg!(target_endian = "big") { Self::Big } else { Self::Little };
}

/// What fills bits that hold no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Padding {
    /// Zeros.
    Zero,
    /// Ones.
    One,
    /// What was there before.
    Background,
}

/// Fixed-point number: bits `offset .. offset + precision` of a word of `size` bytes, two's complement if signed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IntegerType {
    /// Bytes of the word.
    pub size: usize,
    /// Order of its bytes; never VAX.
    pub order: ByteOrder,
    /// True for two's complement.
    pub signed: bool,
    /// Lowest bit of the value.
    pub offset_bits: u16,
    /// Number of bits of the value.
    pub precision_bits: u16,
    /// What fills the bits below the value.
    pub low_padding: Padding,
    /// What fills the bits above the value.
    pub high_padding: Padding,
}

/// Floating-point number of any layout.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FloatType {
    /// Bytes of the word.
    pub size: usize,
    /// Order of its bytes.
    pub order: ByteOrder,
    /// Lowest bit of the value in the word.
    pub offset_bits: u16,
    /// Number of bits of the value.
    pub precision_bits: u16,
    /// What fills the bits below the value.
    pub low_padding: Padding,
    /// What fills the bits above the value.
    pub high_padding: Padding,
    /// What fills bits inside the value that belong to no field.
    pub internal_padding: Padding,
    /// Whether the leading one of the mantissa is stored.
    pub normalization: MantissaNormalization,
    /// Bit number of the sign.
    pub sign_position: u8,
    /// Lowest bit of the exponent.
    pub exponent_position: u8,
    /// Bits of the exponent.
    pub exponent_bits: u8,
    /// Lowest bit of the mantissa.
    pub mantissa_position: u8,
    /// Bits of the mantissa.
    pub mantissa_bits: u8,
    /// What the stored exponent exceeds the real one by.
    pub exponent_bias: u32,
}

/// Whether the leading one of the mantissa is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MantissaNormalization {
    /// The mantissa is not normalized.
    None,
    /// The leading one is stored.
    MostSignificantBitSet,
    /// The leading one is implied (IEEE 754).
    Implied,
}

/// Time; only its size, order and precision are defined.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TimeType {
    /// Bytes of the word.
    pub size: usize,
    /// Order of its bytes.
    pub order: ByteOrder,
    /// Number of bits of the value.
    pub precision_bits: u16,
}

/// Bit field: as an unsigned integer, but it converts bit by bit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BitfieldType {
    /// Bytes of the word.
    pub size: usize,
    /// Order of its bytes; never VAX.
    pub order: ByteOrder,
    /// Lowest bit of the value.
    pub offset_bits: u16,
    /// Number of bits of the value.
    pub precision_bits: u16,
    /// What fills the bits below the value.
    pub low_padding: Padding,
    /// What fills the bits above the value.
    pub high_padding: Padding,
}

impl IntegerType {
    /// A plain integer of 1 to 16 bytes that uses all its bits.
    pub const fn plain(size: u8, signed: bool, order: ByteOrder) -> Self {
        Self {
            size: size as usize,
            order,
            signed,
            offset_bits: 0,
            precision_bits: (size as u16).saturating_mul(8),
            low_padding: Padding::Zero,
            high_padding: Padding::Zero,
        }
    }

    /// True if every bit of the word belongs to the value.
    pub fn is_plain(&self) -> bool {
        self.offset_bits == 0 && usize::from(self.precision_bits) == self.size.saturating_mul(8)
    }
}

impl BitfieldType {
    /// A plain bit field of 1 to 16 bytes that uses all its bits.
    pub const fn plain(size: u8, order: ByteOrder) -> Self {
        Self {
            size: size as usize,
            order,
            offset_bits: 0,
            precision_bits: (size as u16).saturating_mul(8),
            low_padding: Padding::Zero,
            high_padding: Padding::Zero,
        }
    }
}

impl FloatType {
    /// IEEE 754 binary16.
    pub const fn f16(order: ByteOrder) -> Self {
        Self::ieee(2, order, 10, 5, 15)
    }

    /// bfloat16: the upper half of a binary32.
    pub const fn bf16(order: ByteOrder) -> Self {
        Self::ieee(2, order, 7, 8, 127)
    }

    /// IEEE 754 binary32.
    pub const fn f32(order: ByteOrder) -> Self {
        Self::ieee(4, order, 23, 8, 127)
    }

    /// IEEE 754 binary64.
    pub const fn f64(order: ByteOrder) -> Self {
        Self::ieee(8, order, 52, 11, 1023)
    }

    /// IEEE 754 binary128.
    pub const fn f128(order: ByteOrder) -> Self {
        Self::ieee(16, order, 112, 15, 16383)
    }

    /// The 80-bit extended format of the x87, in the lower bits of a word of `size` bytes (10, 12 or 16).
    pub const fn x87(size: usize, order: ByteOrder) -> Self {
        Self {
            size,
            order,
            offset_bits: 0,
            precision_bits: 80,
            low_padding: Padding::Zero,
            high_padding: Padding::Zero,
            internal_padding: Padding::Zero,
            normalization: MantissaNormalization::None,
            sign_position: 79,
            exponent_position: 64,
            exponent_bits: 15,
            mantissa_position: 0,
            mantissa_bits: 64,
            exponent_bias: 16383,
        }
    }

    const fn ieee(
        size: u8,
        order: ByteOrder,
        mantissa_bits: u8,
        exponent_bits: u8,
        exponent_bias: u32,
    ) -> Self {
        Self {
            size: size as usize,
            order,
            offset_bits: 0,
            precision_bits: (size as u16).saturating_mul(8),
            low_padding: Padding::Zero,
            high_padding: Padding::Zero,
            internal_padding: Padding::Zero,
            normalization: MantissaNormalization::Implied,
            sign_position: size.saturating_mul(8).saturating_sub(1),
            exponent_position: mantissa_bits,
            exponent_bits,
            mantissa_position: 0,
            mantissa_bits,
            exponent_bias,
        }
    }
}
