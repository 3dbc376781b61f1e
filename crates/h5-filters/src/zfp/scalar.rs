//! The four types of values that zfp knows.

use crate::FilterError;

use super::bit_stream::{BitReader, BitWriter};
use super::mode::BlockParameters;
use super::{float_block, integer_block};

/// Type of the values of a chunk. Unsigned integers are taken as signed ones of their width, as H5Z-ZFP does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ZfpScalar {
    /// 32-bit integer.
    Int32,
    /// 64-bit integer.
    Int64,
    /// IEEE 754 single precision.
    Float32,
    /// IEEE 754 double precision.
    Float64,
}

impl ZfpScalar {
    /// From the header's 2-bit field.
    pub(super) fn from_code(code: u64) -> Self {
        match code & 3 {
            0 => Self::Int32,
            1 => Self::Int64,
            2 => Self::Float32,
            _ => Self::Float64,
        }
    }

    pub(super) fn code(self) -> u64 {
        match self {
            Self::Int32 => 0,
            Self::Int64 => 1,
            Self::Float32 => 2,
            Self::Float64 => 3,
        }
    }

    pub(super) fn size_bytes(self) -> u8 {
        match self {
            Self::Int32 | Self::Float32 => 4,
            Self::Int64 | Self::Float64 => 8,
        }
    }

    /// The fewest bits to which a block can be bounded: for floats the mark of a block with values and its exponent.
    pub(super) fn min_block_bits(self) -> u32 {
        match self {
            Self::Int32 | Self::Int64 => 1,
            Self::Float32 => 9,
            Self::Float64 => 12,
        }
    }
}

/// A value type, with its block codec.
pub(super) trait Scalar: Copy + Default {
    const SIZE_BYTES: usize;

    /// From `SIZE_BYTES` bytes.
    fn load(bytes: &[u8], is_big_endian: bool) -> Self;
    /// To `SIZE_BYTES` bytes.
    fn store(self, bytes: &mut [u8], is_big_endian: bool);

    fn decode_block<const D: usize, const N: usize>(
        reader: &mut BitReader<'_>,
        parameters: &BlockParameters,
    ) -> Result<[Self; N], FilterError>;

    fn encode_block<const D: usize, const N: usize>(
        writer: &mut BitWriter<'_>,
        parameters: &BlockParameters,
        block: [Self; N],
    ) -> Result<(), FilterError>;
}

macro_rules! bytes {
    ($type:ty) => {
        const SIZE_BYTES: usize = size_of::<$type>();

        #[inline]
        fn load(bytes: &[u8], is_big_endian: bool) -> Self {
            let bytes = bytes.first_chunk().copied().unwrap_or_default();
            if is_big_endian { <$type>::from_be_bytes(bytes) } else { <$type>::from_le_bytes(bytes) }
        }

        #[inline]
        fn store(self, bytes: &mut [u8], is_big_endian: bool) {
            let value = if is_big_endian { self.to_be_bytes() } else { self.to_le_bytes() };
            if let Some(target) = bytes.first_chunk_mut() {
                *target = value;
            }
        }
    };
}

macro_rules! integer {
    ($type:ty) => {
        impl Scalar for $type {
            bytes!($type);

            fn decode_block<const D: usize, const N: usize>(
                reader: &mut BitReader<'_>,
                parameters: &BlockParameters,
            ) -> Result<[Self; N], FilterError> {
                Ok(integer_block::decode::<$type, D, N>(reader, parameters))
            }

            fn encode_block<const D: usize, const N: usize>(
                writer: &mut BitWriter<'_>,
                parameters: &BlockParameters,
                block: [Self; N],
            ) -> Result<(), FilterError> {
                integer_block::encode::<$type, D, N>(writer, parameters, block);
                Ok(())
            }
        }
    };
}

macro_rules! float {
    ($type:ty) => {
        impl Scalar for $type {
            bytes!($type);

            fn decode_block<const D: usize, const N: usize>(
                reader: &mut BitReader<'_>,
                parameters: &BlockParameters,
            ) -> Result<[Self; N], FilterError> {
                float_block::decode::<$type, D, N>(reader, parameters)
            }

            fn encode_block<const D: usize, const N: usize>(
                writer: &mut BitWriter<'_>,
                parameters: &BlockParameters,
                block: [Self; N],
            ) -> Result<(), FilterError> {
                float_block::encode::<$type, D, N>(writer, parameters, block)
            }
        }
    };
}

integer!(i32);
integer!(i64);
float!(f32);
float!(f64);
