use bytemuck::Pod;

use super::{Fill, H5Type, check_room, check_whole};
use crate::{ByteOrder, Complex, ComplexType, Datatype, Error, FloatType, Heap, IntegerType, Result};

/// A type whose elements in memory form are its own bytes: buffers of it can be read into directly.
pub trait PlainType: H5Type + Pod {}

impl<T: PlainType, const N: usize> PlainType for [T; N] {}

macro_rules! plain {
    ($($t:ty => $datatype:expr),* $(,)?) => {$(
        impl PlainType for $t {}

        impl H5Type for $t {
            const SIZE: usize = size_of::<$t>();

            fn datatype() -> Datatype {
                $datatype
            }

            #[inline]
            fn decode(bytes: &[u8], _heap: &Heap) -> Result<Self> {
                bytemuck::try_pod_read_unaligned(bytes).map_err(|_| {
                    Error::usage(format!("{} bytes for an element of {}", bytes.len(), Self::SIZE))
                })
            }

            #[inline]
            fn encode(&self, bytes: &mut [u8], _heap: &mut Heap) -> Result<()> {
                check_room(std::slice::from_ref(self), bytes.len())?;
                bytes.copy_from_slice(bytemuck::bytes_of(self));
                Ok(())
            }

            fn decode_slice(bytes: &[u8], _heap: &Heap) -> Result<Vec<Self>> {
                check_whole::<Self>(bytes.len())?;
                Ok(bytemuck::pod_collect_to_vec(bytes))
            }

            fn decode_filled(count: usize, fill: Fill<'_>) -> Result<Vec<Self>> {
                let mut values = bytemuck::allocation::try_zeroed_vec(count).map_err(|()| {
                    Error::limit(format!("{count} elements of {} bytes; select less", Self::SIZE))
                })?;
                fill(bytemuck::cast_slice_mut::<Self, u8>(&mut values), &mut Heap::default())?;
                Ok(values)
            }

            fn as_memory(values: &[Self]) -> Option<&[u8]> {
                Some(bytemuck::cast_slice(values))
            }

            fn encode_slice(values: &[Self], bytes: &mut [u8], _heap: &mut Heap) -> Result<()> {
                check_room(values, bytes.len())?;
                bytes.copy_from_slice(bytemuck::cast_slice(values));
                Ok(())
            }
        }
    )*};
}

plain! {
    i8 => integer(1, true),
    i16 => integer(2, true),
    i32 => integer(4, true),
    i64 => integer(8, true),
    i128 => integer(16, true),
    u8 => integer(1, false),
    u16 => integer(2, false),
    u32 => integer(4, false),
    u64 => integer(8, false),
    u128 => integer(16, false),
    f32 => Datatype::Float(FloatType::f32(ByteOrder::NATIVE)),
    f64 => Datatype::Float(FloatType::f64(ByteOrder::NATIVE)),
    Complex<f32> => complex::<f32>(),
    Complex<f64> => complex::<f64>(),
}

fn complex<T: H5Type>() -> Datatype {
    Datatype::Complex(ComplexType { base: Box::new(T::datatype()) })
}

fn integer(size: u8, signed: bool) -> Datatype {
    Datatype::Integer(IntegerType::plain(size, signed, ByteOrder::NATIVE))
}
