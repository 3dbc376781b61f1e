//! Loops over contiguous little-endian numbers of the machine's own types, which the compiler turns into vector code.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "values are clipped to the target's range first, and float casts saturate, which is what is wanted"
)]

use super::layout::Layout;
use crate::{ByteOrder, Datatype, FloatType, IntegerType, Result};

/// Converts as many elements as both buffers have.
pub(crate) type Kernel = fn(&[u8], &mut [u8]);

/// A number type of the machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Native {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F32,
    F64,
}

impl Native {
    pub(super) const ALL: [Self; 10] = [
        Self::I8,
        Self::I16,
        Self::I32,
        Self::I64,
        Self::U8,
        Self::U16,
        Self::U32,
        Self::U64,
        Self::F32,
        Self::F64,
    ];

    /// The little-endian datatype.
    pub(super) fn datatype(self) -> Datatype {
        let integer = |size, signed| Datatype::Integer(IntegerType::plain(size, signed, ByteOrder::Little));
        match self {
            Self::I8 => integer(1, true),
            Self::I16 => integer(2, true),
            Self::I32 => integer(4, true),
            Self::I64 => integer(8, true),
            Self::U8 => integer(1, false),
            Self::U16 => integer(2, false),
            Self::U32 => integer(4, false),
            Self::U64 => integer(8, false),
            Self::F32 => Datatype::Float(FloatType::f32(ByteOrder::Little)),
            Self::F64 => Datatype::Float(FloatType::f64(ByteOrder::Little)),
        }
    }

    /// The type of that layout, apart from the byte order; VAX order never is one.
    pub(crate) fn of(layout: &Layout) -> Result<Option<Self>> {
        if layout.word().order == ByteOrder::Vax {
            return Ok(None);
        }
        let little = layout.with_order(ByteOrder::Little);
        for native in Self::ALL {
            if Layout::of(&native.datatype())? == Some(little) {
                return Ok(Some(native));
            }
        }
        Ok(None)
    }
}

/// A loop that applies `$cast` to each `$s` and stores the `$t` that it yields.
macro_rules! kernel {
    ($s:ty, $t:ty, $cast:expr) => {{
        fn run(source: &[u8], target: &mut [u8]) {
            let (source, _) = source.as_chunks::<{ size_of::<$s>() }>();
            let (target, _) = target.as_chunks_mut::<{ size_of::<$t>() }>();
            let cast: fn($s) -> $t = $cast;
            for (from, to) in source.iter().zip(target) {
                *to = cast(<$s>::from_le_bytes(*from)).to_le_bytes();
            }
        }
        run
    }};
}

/// Clips to the bounds of the target that lie inside the source's range, then casts.
macro_rules! clip {
    ($s:ty, $t:ty) => {
        kernel!($s, $t, |value| {
            const LOWEST: $s =
                if (<$s>::MIN as i128) < (<$t>::MIN as i128) { <$t>::MIN as $s } else { <$s>::MIN };
            const HIGHEST: $s =
                if (<$s>::MAX as i128) > (<$t>::MAX as i128) { <$t>::MAX as $s } else { <$s>::MAX };
            value.clamp(LOWEST, HIGHEST) as $t
        })
    };
}

/// The kernels from one integer type to all types.
macro_rules! from_integer {
    ($s:ty, $target:expr) => {
        match $target {
            Native::I8 => clip!($s, i8),
            Native::I16 => clip!($s, i16),
            Native::I32 => clip!($s, i32),
            Native::I64 => clip!($s, i64),
            Native::U8 => clip!($s, u8),
            Native::U16 => clip!($s, u16),
            Native::U32 => clip!($s, u32),
            Native::U64 => clip!($s, u64),
            Native::F32 => kernel!($s, f32, |value| value as f32),
            Native::F64 => kernel!($s, f64, |value| value as f64),
        }
    };
}

/// The kernels from one floating-point type to all types; casts to integers truncate, saturate, and make 0 of NaN.
macro_rules! from_float {
    ($s:ty, $target:expr, $f32:expr, $f64:expr) => {
        match $target {
            Native::I8 => kernel!($s, i8, |value| value as i8),
            Native::I16 => kernel!($s, i16, |value| value as i16),
            Native::I32 => kernel!($s, i32, |value| value as i32),
            Native::I64 => kernel!($s, i64, |value| value as i64),
            Native::U8 => kernel!($s, u8, |value| value as u8),
            Native::U16 => kernel!($s, u16, |value| value as u16),
            Native::U32 => kernel!($s, u32, |value| value as u32),
            Native::U64 => kernel!($s, u64, |value| value as u64),
            Native::F32 => kernel!($s, f32, $f32),
            Native::F64 => kernel!($s, f64, $f64),
        }
    };
}

/// The loop from one type to another.
pub(crate) fn kernel(source: Native, target: Native) -> Kernel {
    match source {
        Native::I8 => from_integer!(i8, target),
        Native::I16 => from_integer!(i16, target),
        Native::I32 => from_integer!(i32, target),
        Native::I64 => from_integer!(i64, target),
        Native::U8 => from_integer!(u8, target),
        Native::U16 => from_integer!(u16, target),
        Native::U32 => from_integer!(u32, target),
        Native::U64 => from_integer!(u64, target),
        Native::F32 => from_float!(f32, target, |value| value, widen),
        Native::F64 => from_float!(f64, target, narrow, |value| value),
    }
}

/// As `as`, but sign and payload of NaN are defined: `as` promises neither.
fn narrow(value: f64) -> f32 {
    if value.is_nan() {
        let bits = value.to_bits();
        f32::from_bits(
            ((bits >> 32) as u32 & 0x8000_0000) | 0x7fc0_0000 | ((bits >> 29) as u32 & 0x003f_ffff),
        )
    } else {
        value as f32
    }
}

/// As `f64::from`, but sign and payload of NaN are defined.
fn widen(value: f32) -> f64 {
    if value.is_nan() {
        let bits = u64::from(value.to_bits());
        f64::from_bits(((bits & 0x8000_0000) << 32) | 0x7ff8_0000_0000_0000 | ((bits & 0x003f_ffff) << 29))
    } else {
        f64::from(value)
    }
}
