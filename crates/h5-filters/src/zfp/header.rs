//! The zfp header that H5Z-ZFP keeps in the client data of the filter message.
//!
//! H5Z-ZFP documentation, "H5Z-ZFP and the HDF5 filter's cd_values": value 0 holds the versions of the plugin and of
//! zfp; from value 1 on there is a full zfp header, a bit stream:
//!
//! ```text
//! bits 0..32    magic: 'z' 'f' 'p' and the version of the codec
//! bits 32..34   scalar type, less one (int32, int64, float, double)
//! bits 34..36   number of dimensions d, less one
//! bits 36..84   d sizes less one, the fastest first, of 48/d bits each
//! bits 84..96   mode, short form; all ones for the long form, which takes bits 96..148 as well
//! ```
//!
//! The stream's bytes were copied into the array of 32-bit values in the writer's memory, and HDF5 stores the values
//! little-endian: the header of a big-endian writer thus has the bytes of each value swapped. The data of such a
//! chunk are big-endian too, since the plugin works on values as they lie in the writer's memory.

use crate::FilterError;

use super::ZfpScalar;
use super::bit_stream::{BitReader, BitWriter};
use super::mode::{BlockParameters, LONG_MARK, SHORT_BITS, ZfpMode};

/// What the client data say of each chunk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) scalar: ZfpScalar,
    /// Number of dimensions that the codec sees, 1 to 4: those of the chunk but for some of size one.
    pub(super) dimensions: usize,
    /// Sizes in elements, the fastest first; one where there is no such dimension.
    pub(super) sizes: [u64; 4],
    pub(super) parameters: BlockParameters,
    /// Whether decoded values have their most significant byte first.
    pub(super) is_big_endian: bool,
}

/// `zfp` and version 5 of the codec, that of zfp 0.5.0 to 1.0.1.
const MAGIC: u32 = u32::from_le_bytes(*b"zfp\x05");
const CODEC_MASK: u32 = 0x00ff_ffff;
/// Written as value 0: zfp 1.0.1, codec 5, plugin 1.1.1. Readers use it to refuse streams newer than themselves.
const VERSIONS: u32 = 0x1010_5111;
const SIZES_BITS: u32 = 48;

impl Header {
    pub(super) fn decode(client_data: &[u32]) -> Result<Self, FilterError> {
        let (_, words) = client_data
            .split_first()
            .filter(|(_, words)| words.len() >= 3)
            .ok_or_else(|| FilterError::Parameters(format!("zfp header in {} values", client_data.len())))?;
        let is_big_endian = match words.first().copied() {
            Some(MAGIC) => false,
            Some(word) if word.swap_bytes() == MAGIC => true,
            word => return Err(bad_magic(word.unwrap_or_default())),
        };
        let to_bytes = |word: &u32| if is_big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
        let bytes: Vec<u8> = words.iter().take(5).flat_map(to_bytes).collect();
        let mut reader = BitReader::new(&bytes);
        reader.skip(u32::BITS);
        let scalar = ZfpScalar::from_code(reader.read_bits(2));
        let dimensions = match reader.read_bits(2) {
            0 => 1_u8,
            1 => 2,
            2 => 3,
            _ => 4,
        };
        let mut sizes = [1; 4];
        for size in sizes.iter_mut().take(usize::from(dimensions)) {
            *size = reader.read_bits(size_bits(dimensions)).saturating_add(1);
        }
        let code = u32::try_from(reader.read_bits(SHORT_BITS)).unwrap_or(LONG_MARK);
        let parameters = match code {
            LONG_MARK => {
                BlockParameters::from_long(reader.read_bits(u64::BITS.saturating_sub(SHORT_BITS)), scalar)?
            }
            short => BlockParameters::from_short(short, scalar)?,
        };
        if reader.is_past_end() {
            return Err(FilterError::Parameters("zfp header is cut short".to_owned()));
        }
        Ok(Self { scalar, dimensions: usize::from(dimensions), sizes, parameters, is_big_endian })
    }

    /// The client data for little-endian chunks of `chunk_sizes` elements, the slowest dimension first.
    pub(super) fn encode(
        mode: ZfpMode,
        scalar: ZfpScalar,
        chunk_sizes: &[u64],
    ) -> Result<Vec<u32>, FilterError> {
        // Dimensions of size one say nothing; the plugin drops them all.
        let mut sizes: Vec<u64> = chunk_sizes.iter().rev().copied().filter(|&size| size != 1).collect();
        if sizes.is_empty() {
            sizes.push(1);
        }
        let dimensions = u8::try_from(sizes.len()).ok().filter(|&count| count <= 4).ok_or_else(|| {
            FilterError::Unsupported(format!("zfp chunk with {} dimensions above one", sizes.len()))
        })?;
        let parameters = BlockParameters::new(mode, scalar, sizes.len())?;

        let mut bytes = Vec::new();
        let mut writer = BitWriter::new(&mut bytes);
        writer.write_bits(u64::from(MAGIC), u32::BITS);
        writer.write_bits(scalar.code(), 2);
        writer.write_bits(u64::from(dimensions.saturating_sub(1)), 2);
        for size in sizes {
            let bits = size_bits(dimensions);
            let field = size.checked_sub(1).filter(|field| field >> bits == 0).ok_or_else(|| {
                FilterError::Unsupported(format!("zfp chunk with size {size} in {dimensions} dimensions"))
            })?;
            writer.write_bits(field, bits);
        }
        match parameters.to_short() {
            Some(code) => writer.write_bits(u64::from(code), SHORT_BITS),
            None => {
                writer.write_bits(u64::from(LONG_MARK), SHORT_BITS);
                writer.write_bits(parameters.to_long(), u64::BITS.saturating_sub(SHORT_BITS));
            }
        }
        writer.finish();
        let mut values = vec![VERSIONS];
        for group in bytes.chunks(4) {
            let mut word = [0; 4];
            word.iter_mut().zip(group).for_each(|(to, from)| *to = *from);
            values.push(u32::from_le_bytes(word));
        }
        Ok(values)
    }

    /// Number of blocks of a chunk, each with values of its own.
    pub(super) fn block_count(&self) -> Option<u64> {
        self.sizes.iter().try_fold(1_u64, |product, size| product.checked_mul(size.div_ceil(4)))
    }

    /// Size of a decoded chunk in bytes.
    pub(super) fn decoded_bytes(&self) -> Option<u64> {
        let start = u64::from(self.scalar.size_bytes());
        self.sizes.iter().try_fold(start, |product, &size| product.checked_mul(size))
    }
}

fn size_bits(dimensions: u8) -> u32 {
    SIZES_BITS.checked_div(u32::from(dimensions)).unwrap_or_default()
}

fn bad_magic(word: u32) -> FilterError {
    let codec = |word: u32| word.to_le_bytes()[3];
    match [word, word.swap_bytes()].into_iter().find(|word| word & CODEC_MASK == MAGIC & CODEC_MASK) {
        Some(word) => FilterError::Unsupported(format!("zfp codec version {}, expected 5", codec(word))),
        None => {
            FilterError::Parameters(format!("zfp header starts with {word:#010x}, expected {MAGIC:#010x}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Client data of files written by H5Z-ZFP 0.5.0 and 0.9.0 with zfp 0.5.x.
    #[test]
    fn headers_of_plugin_files_of_both_byte_orders_agree() {
        let little = Header::decode(&[0x0050_0020, 0x0570_667a, 0xff3, 0x83f0_0000]).unwrap();
        let big = Header::decode(&[0x0050_0020, 0x7a66_7005, 0xf30f_0000, 0xf083]).unwrap();
        assert_eq!((little.scalar, little.dimensions, little.sizes), (ZfpScalar::Float64, 1, [256, 1, 1, 1]));
        assert_eq!(little.parameters.max_precision, 64);
        assert_eq!(big, Header { is_big_endian: true, ..little });
    }

    /// Client data as hdf5plugin 7.1.0 stores them.
    #[test]
    fn written_headers_equal_those_of_the_plugin() {
        let encode = |mode, sizes: &[u64]| Header::encode(mode, ZfpScalar::Float32, sizes).unwrap();
        let short = [VERSIONS, MAGIC, 0x272];
        let tail = |mode| encode(mode, &[40]).split_at(3).1.to_vec();
        assert_eq!(encode(ZfpMode::Reversible, &[40])[..3], short);
        assert_eq!(tail(ZfpMode::Reversible), [0x8800_0000]);
        assert_eq!(tail(ZfpMode::FixedRate { bits_per_value: 8.0 }), [0x01f0_0000]);
        assert_eq!(tail(ZfpMode::FixedRate { bits_per_value: 0.1 }), [0x0080_0000]);
        assert_eq!(tail(ZfpMode::FixedPrecision { bit_planes: 12 }), [0x80b0_0000]);
        assert_eq!(tail(ZfpMode::FixedAccuracy { tolerance: 1e-3 }), [0xca90_0000]);
        let expert = ZfpMode::Expert { min_bits: 1, max_bits: 100, max_precision: 20, min_exponent: -5 };
        assert_eq!(tail(expert), [0xfff0_0000, 0xc031_8000, 0x0008_0d44]);
        let squeezed = encode(ZfpMode::FixedAccuracy { tolerance: 1e300 }, &[2, 1, 2, 10, 1]);
        assert_eq!(squeezed, [VERSIONS, MAGIC, 0x10_009a, 0xfff0_0010, 0xe088_8000, 0x0008_8a6f]);
    }

    #[test]
    fn codec_versions_other_than_five_are_unsupported() {
        let newer = Header::decode(&[0, 0x0670_667a, 0, 0]);
        assert!(matches!(newer, Err(FilterError::Unsupported(_))), "{newer:?}");
        let no_header = Header::decode(&[0, 7, 0, 0]);
        assert!(matches!(no_header, Err(FilterError::Parameters(_))), "{no_header:?}");
        let cut_short = Header::decode(&[0, MAGIC, 0xff3, 0xfff0_0000]);
        assert!(matches!(cut_short, Err(FilterError::Parameters(_))), "{cut_short:?}");
    }
}
