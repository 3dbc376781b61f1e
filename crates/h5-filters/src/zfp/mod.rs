//! zfp: block transform coding of arrays of numbers, lossy or reversible.
//!
//! Sources: the documentation of zfp 1.0.1 and of the plugin H5Z-ZFP; P. Lindstrom, "Fixed-Rate Compressed
//! Floating-Point Arrays", IEEE TVCG 20(12), 2014; and files of the plugin.

mod array;
mod bit_planes;
mod bit_stream;
mod coefficient;
mod float;
mod float_block;
mod header;
mod integer_block;
mod mode;
mod order;
mod scalar;
mod transform;

pub use mode::ZfpMode;
pub use scalar::ZfpScalar;

use crate::{Filter, FilterContext, FilterError};
use array::Shape;
use header::Header;

/// The `zfp` filter, registered as 32013 (H5Z-ZFP).
///
/// Decoded bytes are little-endian, or big-endian where the client data come from a big-endian machine. Lossy modes
/// restore exactly the values that the zfp library does.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zfp;

impl Zfp {
    /// The client data that a file must hold for chunks of `chunk_sizes` elements, the slowest dimension first, stored
    /// little-endian. At most four sizes may differ from one.
    ///
    /// # Errors
    /// [`FilterError::Parameters`] for a mode with values out of range, [`FilterError::Unsupported`] for a chunk that
    /// the header cannot describe.
    pub fn client_data(
        mode: ZfpMode,
        scalar: ZfpScalar,
        chunk_sizes: &[u64],
    ) -> Result<Vec<u32>, FilterError> {
        Header::encode(mode, scalar, chunk_sizes)
    }
}

impl Filter for Zfp {
    fn id(&self) -> u16 {
        32_013
    }

    fn name(&self) -> &'static str {
        "zfp"
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let header = Header::decode(context.client_data)?;
        let length = checked_decoded_bytes(&header, input, context.max_output_bytes)?;
        output.clear();
        output.resize(length, 0);
        decode_chunk(&header, input, output)
    }

    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let header = Header::decode(context.client_data)?;
        let limit_bytes = context.max_output_bytes.min(output.len());
        let length = checked_decoded_bytes(&header, input, limit_bytes)?;
        let target = output.get_mut(..length).ok_or(FilterError::TooLong { limit_bytes })?;
        decode_chunk(&header, input, target)?;
        Ok(length)
    }

    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        crate::filter::check_encodes()?;
        let header = Header::decode(context.client_data)?;
        if header.decoded_bytes() != u64::try_from(input.len()).ok() {
            return Err(FilterError::Parameters(format!(
                "zfp header for {:?} values, chunk of {} bytes",
                header.sizes,
                input.len()
            )));
        }
        output.clear();
        encode_chunk(&header, input, context.max_output_bytes, output)
    }
}

/// Size of the decoded chunk, if the limit allows it and the input can hold it: each block has
/// its least number of bits.
fn checked_decoded_bytes(header: &Header, input: &[u8], limit_bytes: usize) -> Result<usize, FilterError> {
    let length = header.decoded_bytes().and_then(|length| usize::try_from(length).ok());
    let length =
        length.filter(|&length| length <= limit_bytes).ok_or(FilterError::TooLong { limit_bytes })?;
    let input_bits = u64::try_from(input.len()).unwrap_or(u64::MAX).saturating_mul(8);
    let least_bits =
        header.block_count().and_then(|count| count.checked_mul(u64::from(header.parameters.min_bits)));
    if least_bits.is_none_or(|least| least > input_bits) {
        return Err(FilterError::Corrupt(format!(
            "zfp data of {} bytes for {:?} values",
            input.len(),
            header.sizes
        )));
    }
    Ok(length)
}

/// Calls a function of `array` for the type and the dimensions of a header.
macro_rules! dispatch {
    ($header:expr, $function:ident($($argument:expr),*)) => {
        match $header.scalar {
            ZfpScalar::Int32 => dispatch!(i32, $header, $function($($argument),*)),
            ZfpScalar::Int64 => dispatch!(i64, $header, $function($($argument),*)),
            ZfpScalar::Float32 => dispatch!(f32, $header, $function($($argument),*)),
            ZfpScalar::Float64 => dispatch!(f64, $header, $function($($argument),*)),
        }
    };
    ($type:ty, $header:expr, $function:ident($($argument:expr),*)) => {
        match $header.dimensions {
            1 => array::$function::<$type, 1, 4>($($argument),*),
            2 => array::$function::<$type, 2, 16>($($argument),*),
            3 => array::$function::<$type, 3, 64>($($argument),*),
            _ => array::$function::<$type, 4, 256>($($argument),*),
        }
    };
}

fn decode_chunk(header: &Header, input: &[u8], output: &mut [u8]) -> Result<(), FilterError> {
    let shape = shape(header)?;
    dispatch!(header, decode(input, &header.parameters, shape, output))
}

fn encode_chunk(
    header: &Header,
    input: &[u8],
    max_output_bytes: usize,
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    let shape = shape(header)?;
    dispatch!(header, encode(input, &header.parameters, shape, max_output_bytes, output))
}

fn shape(header: &Header) -> Result<Shape, FilterError> {
    let mut sizes = [1; 4];
    for (to, from) in sizes.iter_mut().zip(header.sizes) {
        *to = usize::try_from(from).map_err(|_| FilterError::Parameters(format!("zfp size {from}")))?;
    }
    Ok(Shape { sizes, is_big_endian: header.is_big_endian })
}
