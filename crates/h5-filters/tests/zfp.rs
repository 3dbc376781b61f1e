//! The zfp filter against chunks of the zfp library, and against damaged ones.
//!
//! Fixtures: `tests/fixtures/filters/zfp.bin` and `zfp_encode.bin`, written by `make_zfp.py` beside them, which says
//! what a record is.

#![expect(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::unwrap_used,
    reason = "small test arrays, fixtures known to be well formed"
)]

use h5_filters::{Filter, FilterContext, FilterError, Zfp, ZfpMode, ZfpScalar};
use proptest::prelude::*;

const DECODE_FIXTURE: &[u8] = include_bytes!("../../../tests/fixtures/filters/zfp.bin");
const ENCODE_FIXTURE: &[u8] = include_bytes!("../../../tests/fixtures/filters/zfp_encode.bin");

struct Record<'a> {
    client_data: Vec<u32>,
    stored: &'a [u8],
    values: &'a [u8],
    name: &'a str,
}

fn take_u32(bytes: &mut &[u8]) -> u32 {
    let (head, tail) = bytes.split_first_chunk::<4>().unwrap();
    *bytes = tail;
    u32::from_le_bytes(*head)
}

fn take_field<'a>(bytes: &mut &'a [u8]) -> &'a [u8] {
    let length = usize::try_from(take_u32(bytes)).unwrap();
    let (head, tail) = bytes.split_at(length);
    *bytes = tail;
    head
}

fn records(mut fixture: &[u8]) -> Vec<Record<'_>> {
    let mut records = Vec::new();
    while !fixture.is_empty() {
        let client_data = (0..take_u32(&mut fixture)).map(|_| take_u32(&mut fixture)).collect();
        let [stored, values, name] = [0; 3].map(|_| take_field(&mut fixture));
        let name = std::str::from_utf8(name).unwrap();
        records.push(Record { client_data, stored, values, name });
    }
    records
}

fn decode(client_data: &[u32], stored: &[u8], max_output_bytes: usize) -> Result<Vec<u8>, FilterError> {
    let mut output = vec![0xa5; 3];
    Zfp.decode(FilterContext { client_data, max_output_bytes }, stored, &mut output)?;
    Ok(output)
}

fn encode(client_data: &[u32], values: &[u8]) -> Result<Vec<u8>, FilterError> {
    let mut output = vec![0xa5; 3];
    Zfp.encode(FilterContext { client_data, max_output_bytes: usize::MAX }, values, &mut output)?;
    Ok(output)
}

/// Compares all records and names those that differ.
fn check_all(records: &[Record<'_>], differs: impl Fn(&Record<'_>) -> bool) {
    let different: Vec<&str> =
        records.iter().filter(|record| differs(record)).map(|record| record.name).collect();
    assert!(different.is_empty(), "{} of {} differ: {different:#?}", different.len(), records.len());
}

#[test]
fn chunks_of_the_zfp_library_decode_to_its_bits() {
    let records = records(DECODE_FIXTURE);
    assert!(records.len() > 300);
    check_all(&records, |record| {
        let decoded = decode(&record.client_data, record.stored, record.values.len());
        decoded.as_deref() != Ok(record.values)
    });
}

#[test]
fn decode_into_a_slice_gives_the_same() {
    check_all(&records(DECODE_FIXTURE), |record| {
        let mut output = vec![0xa5; record.values.len() + 5];
        let context = FilterContext { client_data: &record.client_data, max_output_bytes: usize::MAX };
        let written = Zfp.decode_into(context, record.stored, &mut output);
        written != Ok(record.values.len()) || !output.starts_with(record.values)
    });
}

#[test]
fn chunks_are_encoded_as_by_the_zfp_library() {
    let records = records(ENCODE_FIXTURE);
    assert!(records.len() > 200);
    check_all(&records, |record| encode(&record.client_data, record.values).as_deref() != Ok(record.stored));
}

/// A big-endian writer's client data have the bytes of each header word swapped, and so have its values.
#[test]
fn big_endian_header_gives_big_endian_values() {
    for record in records(DECODE_FIXTURE).iter().filter(|record| record.name.starts_with("<f8")) {
        let (versions, header) = record.client_data.split_first().unwrap();
        let swapped: Vec<u32> =
            [*versions].into_iter().chain(header.iter().map(|word| word.swap_bytes())).collect();
        let mut values = record.values.to_vec();
        values.chunks_exact_mut(8).for_each(<[u8]>::reverse);
        assert_eq!(decode(&swapped, record.stored, values.len()).as_ref(), Ok(&values), "{}", record.name);
        if record.name.contains("reversible") {
            let stored = encode(&swapped, &values).unwrap();
            assert_eq!(decode(&swapped, &stored, values.len()), Ok(values), "{}", record.name);
        }
    }
}

#[test]
fn every_shorter_input_is_refused() {
    for record in records(DECODE_FIXTURE).iter().filter(|record| record.stored.len() < 200) {
        for length in 0..record.stored.len() {
            let result = decode(&record.client_data, &record.stored[..length], usize::MAX);
            assert!(matches!(result, Err(FilterError::Corrupt(_))), "{} cut to {length}", record.name);
        }
    }
}

#[test]
fn output_limit_is_kept() {
    let values = [0; 24];
    let client_data = Zfp::client_data(ZfpMode::Reversible, ZfpScalar::Float64, &[3]).unwrap();
    let stored = encode(&client_data, &values).unwrap();
    assert_eq!(decode(&client_data, &stored, 23), Err(FilterError::TooLong { limit_bytes: 23 }));
    assert_eq!(decode(&client_data, &stored, 24), Ok(values.to_vec()));
    let context = FilterContext { client_data: &client_data, max_output_bytes: 0 };
    assert_eq!(Zfp.encode(context, &values, &mut Vec::new()), Err(FilterError::TooLong { limit_bytes: 0 }));
}

#[test]
fn lossy_modes_refuse_numbers_they_cannot_hold() {
    let mode = ZfpMode::FixedAccuracy { tolerance: 0.5 };
    let client_data = Zfp::client_data(mode, ZfpScalar::Float32, &[2]).unwrap();
    let values = [1_f32, f32::NAN].map(f32::to_le_bytes).concat();
    assert!(matches!(encode(&client_data, &values), Err(FilterError::Unsupported(_))));
}

/// Blocks of zeros have no agreed length here: they are written in another form, and refused when read.
#[test]
fn reversible_mode_with_a_least_block_size() {
    let mode = ZfpMode::Expert { min_bits: 90, max_bits: 900, max_precision: 64, min_exponent: -1075 };
    let client_data = Zfp::client_data(mode, ZfpScalar::Float32, &[12]).unwrap();
    let values = [0_f32, 0., 0., 0., 1., 2., 3., 4., 0., 0., 0., 0.].map(f32::to_le_bytes).concat();
    let stored = encode(&client_data, &values).unwrap();
    assert_eq!(decode(&client_data, &stored, 48), Ok(values));
    assert!(matches!(decode(&client_data, &[0; 64], 48), Err(FilterError::Unsupported(_))));
}

#[test]
fn user_client_data_name_the_modes() {
    let [low, high] = [0.25_f64.to_bits() & 0xffff_ffff, 0.25_f64.to_bits() >> 32].map(|word| word as u32);
    let mode = ZfpMode::from_user_client_data;
    assert_eq!(mode(&[1, 0, low, high, 0, 0]), Ok(ZfpMode::FixedRate { bits_per_value: 0.25 }));
    assert_eq!(mode(&[2, 0, 17]), Ok(ZfpMode::FixedPrecision { bit_planes: 17 }));
    assert_eq!(mode(&[3, 0, low, high]), Ok(ZfpMode::FixedAccuracy { tolerance: 0.25 }));
    let expert = ZfpMode::Expert { min_bits: 1, max_bits: 2, max_precision: 3, min_exponent: -4 };
    assert_eq!(mode(&[4, 0, 1, 2, 3, (-4_i32).cast_unsigned()]), Ok(expert));
    assert_eq!(mode(&[5, 0, 0, 0, 0, 0]), Ok(ZfpMode::Reversible));
    assert!(mode(&[6]).is_err() && mode(&[1, 0, 3]).is_err());
}

fn any_scalar() -> impl Strategy<Value = ZfpScalar> {
    prop_oneof![
        Just(ZfpScalar::Int32),
        Just(ZfpScalar::Int64),
        Just(ZfpScalar::Float32),
        Just(ZfpScalar::Float64)
    ]
}

fn size_bytes(scalar: ZfpScalar) -> usize {
    if matches!(scalar, ZfpScalar::Int32 | ZfpScalar::Float32) { 4 } else { 8 }
}

proptest! {
    /// Any bit patterns at all, so that NaN, infinities and subnormal numbers are among them.
    #[test]
    fn reversible_mode_restores_every_bit(
        scalar in any_scalar(),
        sizes in prop::collection::vec(1_u64..7, 1..5),
        seed in prop::collection::vec(any::<u8>(), 64),
        shift in 0_usize..64,
    ) {
        let length = sizes.iter().product::<u64>() as usize * size_bytes(scalar);
        let byte = |i: usize| if i % 7 < 3 { 0 } else { seed[(i * i + shift) % 64] };
        let values: Vec<u8> = (0..length).map(byte).collect();
        let client_data = Zfp::client_data(ZfpMode::Reversible, scalar, &sizes).unwrap();
        let stored = encode(&client_data, &values).unwrap();
        prop_assert_eq!(decode(&client_data, &stored, length), Ok(values));
    }

    #[test]
    fn fixed_accuracy_keeps_the_tolerance(
        values in prop::collection::vec(-1e6_f64..1e6, 35),
        exponent in -20_i32..20,
    ) {
        let tolerance = 2_f64.powi(exponent);
        let mode = ZfpMode::FixedAccuracy { tolerance };
        let client_data = Zfp::client_data(mode, ZfpScalar::Float64, &[5, 7]).unwrap();
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let decoded = decode(&client_data, &encode(&client_data, &bytes).unwrap(), bytes.len()).unwrap();
        for (value, bytes) in values.iter().zip(decoded.chunks_exact(8)) {
            let restored = f64::from_le_bytes(bytes.try_into().unwrap());
            prop_assert!((value - restored).abs() <= tolerance, "{} became {}", value, restored);
        }
    }

    #[test]
    fn any_bytes_decode_or_fail_within_the_limit(
        mut client_data in prop::collection::vec(any::<u32>(), 0..8),
        keep_magic in prop::bool::weighted(0.9),
        small in prop::bool::weighted(0.7),
        stored in prop::collection::vec(any::<u8>(), 0..3000),
        max_output_bytes in 0_usize..100_000,
    ) {
        if let Some(word) = client_data.get_mut(1).filter(|_| keep_magic) {
            *word = 0x0570_667a;
        }
        if let Some(word) = client_data.get_mut(2).filter(|_| small) {
            *word &= 0x0030_037f;
        }
        if let Some(word) = client_data.get_mut(3).filter(|_| small) {
            *word &= 0xfff0_0010;
        }
        if let Ok(values) = decode(&client_data, &stored, max_output_bytes) {
            prop_assert!(values.len() <= max_output_bytes);
        }
        let _ = encode(&client_data, &stored);
    }

    /// Valid headers of every mode, so that most cases get past the header.
    #[test]
    fn damaged_chunks_decode_or_fail(
        scalar in any_scalar(),
        sizes in prop::collection::vec(1_u64..30, 1..5),
        bits in 12_u32..4000,
        more_bits in 0_u32..4000,
        max_precision in 1_u32..=64,
        min_exponent in -1100_i32..1000,
        stored in prop::collection::vec(any::<u8>(), 0..6000),
    ) {
        let (min_bits, max_bits) = (bits % 40 + 1, bits + 40 + more_bits);
        let mode = ZfpMode::Expert { min_bits, max_bits, max_precision, min_exponent };
        let client_data = Zfp::client_data(mode, scalar, &sizes).unwrap();
        let length = sizes.iter().product::<u64>() as usize * size_bytes(scalar);
        if let Ok(values) = decode(&client_data, &stored, length) {
            prop_assert_eq!(values.len(), length);
        }
    }
}
