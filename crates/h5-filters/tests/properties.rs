//! What holds for any data: encoded and decoded is the same, and nothing makes a decoder panic or exceed its bound.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

use h5_filters::{FilterContext, FilterError, Pipeline, Registry, Scratch, Stage};
use proptest::prelude::*;

/// Encodes and decodes both ways; the decoded bytes, or the encoder's error.
fn there_and_back(id: u16, client_data: &[u32], data: &[u8]) -> Result<Vec<u8>, FilterError> {
    let registry = Registry::standard();
    let filter = registry.get(id).unwrap();
    let mut encoded = Vec::new();
    filter.encode(FilterContext { client_data, max_output_bytes: usize::MAX }, data, &mut encoded)?;
    let context = FilterContext { client_data, max_output_bytes: data.len() };
    // What was in the vector before must not matter.
    let mut decoded = vec![0xA5; 33];
    filter.decode(context, &encoded, &mut decoded)?;
    let mut in_place = vec![0x5A; data.len()];
    assert_eq!(filter.decode_into(context, &encoded, &mut in_place)?, data.len());
    assert_eq!(decoded, in_place);
    Ok(decoded)
}

/// Bytes from noise to long runs.
fn data() -> impl Strategy<Value = Vec<u8>> {
    let runs = prop::collection::vec((any::<u8>(), 1_usize..40), 0..60);
    let joined = runs.prop_map(|runs| runs.into_iter().flat_map(|(byte, count)| vec![byte; count]).collect());
    let few = prop::collection::vec(0_u8..4, 0..600);
    prop_oneof![prop::collection::vec(any::<u8>(), 0..600), joined, few]
}

fn whole(mut data: Vec<u8>, size: usize) -> Vec<u8> {
    data.truncate(data.len() / size * size);
    data
}

proptest! {
    #[test]
    fn deflate(level in 0_u32..=9, data in data()) {
        prop_assert_eq!(there_and_back(1, &[level], &data), Ok(data));
    }

    #[test]
    fn shuffle(size in 1_u32..50, data in data()) {
        prop_assert_eq!(there_and_back(2, &[size], &data), Ok(data));
    }

    #[test]
    fn fletcher32(data in data()) {
        prop_assert_eq!(there_and_back(3, &[], &data), Ok(data));
    }

    #[test]
    fn a_flipped_bit_fails_the_checksum(data in data(), bit in any::<prop::sample::Index>()) {
        let registry = Registry::standard();
        let filter = registry.get(3).unwrap();
        let context = FilterContext { client_data: &[], max_output_bytes: usize::MAX };
        let mut stored = Vec::new();
        filter.encode(context, &data, &mut stored).unwrap();
        let bit = bit.index(stored.len() * 8);
        *stored.get_mut(bit / 8).unwrap() ^= 1 << (bit % 8);
        let result = filter.decode(context, &stored, &mut Vec::new());
        let failed = matches!(result, Err(FilterError::Checksum { .. }));
        prop_assert!(failed, "{:?}", result);
    }

    #[test]
    fn szip(
        bits in prop_oneof![1_u32..=24, Just(32), Just(64)],
        block in 1_u32..=16,
        line in 1_u32..300,
        options in prop::sample::select(vec![4_u32, 32, 16 + 4, 16 + 32]),
        data in data(),
    ) {
        let size = match bits { ..=8 => 1, 9..=16 => 2, 17..=32 => 4, _ => 8 };
        let mut data = whole(data, size);
        // Pixels have no bits above their width.
        if bits < 25 {
            let unused = size as u32 * 8 - bits;
            for pixel in data.chunks_mut(size) {
                let value = pixel.iter().fold(0_u64, |value, &byte| value << 8 | u64::from(byte)) >> unused;
                let bytes = value.to_be_bytes();
                pixel.copy_from_slice(bytes.get(8 - size..).unwrap());
                if options & 16 == 0 {
                    pixel.reverse();
                }
            }
        }
        match there_and_back(4, &[options | 128, block * 2, bits, line], &data) {
            // Data that cannot be shortened are refused, as documented.
            Err(FilterError::TooLong { .. }) => {}
            result => prop_assert_eq!(result, Ok(data)),
        }
    }

    #[test]
    fn nbit_numbers(
        size in prop::sample::select(vec![1_u32, 2, 4, 5, 8, 12, 16]),
        order in 0_u32..=1,
        ends in (any::<prop::sample::Index>(), any::<prop::sample::Index>()),
        data in data(),
    ) {
        let (a, b) = (ends.0.index(size as usize * 8 + 1) as u32, ends.1.index(size as usize * 8) as u32);
        let (offset, end) = if a <= b { (a, b + 1) } else { (b, a) };
        let data = whole(data, size as usize);
        let elements = (data.len() / size as usize) as u32;
        // The bits outside of the number come back as zeros.
        let mut expected = data.clone();
        for element in expected.chunks_mut(size as usize) {
            if order == 1 {
                element.reverse();
            }
            for bit in (0..size * 8).filter(|bit| !(offset..end).contains(bit)) {
                *element.get_mut((bit / 8) as usize).unwrap() &= !(1 << (bit % 8));
            }
            if order == 1 {
                element.reverse();
            }
        }
        let client_data = [8, 0, elements, 1, size, order, end - offset, offset];
        prop_assert_eq!(there_and_back(5, &client_data, &data), Ok(expected));
    }

    #[test]
    fn scaleoffset_integers(
        size in prop::sample::select(vec![1_u32, 2, 4, 8]),
        sign in 0_u32..=1,
        order in 0_u32..=1,
        given_bits in 0_u32..=8,
        fill in prop::option::of((any::<u32>(), any::<u32>())),
        data in data(),
    ) {
        let data = whole(data, size as usize);
        let elements = (data.len() / size as usize) as u32;
        let (low, high) = fill.unwrap_or_default();
        let client_data = [2, given_bits, elements, 0, size, sign, order, u32::from(fill.is_some()), low, high];
        match there_and_back(6, &client_data, &data) {
            // Bits that would be cut off are refused, as documented.
            Err(FilterError::Parameters(_)) if given_bits > 0 => {}
            result => prop_assert_eq!(result, Ok(data)),
        }
    }

    #[test]
    fn scaleoffset_doubles(digits in 0_u32..8, values in prop::collection::vec(-1e7..1e7_f64, 0..80), special in any::<f64>()) {
        let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>();
        let elements = values.len() as u32;
        let client_data = [0, digits, elements, 1, 8, 0, 0, 0];
        let back = there_and_back(6, &client_data, &bytes(&values)).unwrap();
        let unit = 10_f64.powi(-(digits as i32));
        for (value, back) in values.iter().zip(back.chunks(8)) {
            let back = f64::from_le_bytes(back.try_into().unwrap());
            prop_assert!((value - back).abs() <= 0.5 * unit + 1e-8, "{value} {back}");
        }
        // What has no distance from a minimum is stored whole.
        if !special.is_finite() {
            let mixed = bytes(&[&values[..], &[special]].concat());
            let client_data = [0, digits, elements + 1, 1, 8, 0, 0, 0];
            prop_assert_eq!(there_and_back(6, &client_data, &mixed), Ok(mixed));
        }
    }

    #[test]
    fn lzf(data in data()) {
        match there_and_back(32000, &[], &data) {
            Err(FilterError::TooLong { .. }) => {}
            result => prop_assert_eq!(result, Ok(data)),
        }
    }

    #[test]
    fn pipelines_of_any_order(ids in prop::collection::vec(0_usize..7, 0..5), data in data()) {
        let stage = |index: usize| {
            let (id, client_data) = [
                (1, vec![4]), (2, vec![4]), (3, vec![]), (4, vec![160, 8, 8, 64]),
                (5, vec![8, 1, 0]), (32000, vec![]), (32003, vec![]),
            ].into_iter().nth(index).unwrap();
            Stage { id, flags: 1, name: None, client_data }
        };
        let pipeline = Pipeline::new(ids.into_iter().map(stage), &Registry::standard());
        let mut scratch = Scratch::default();
        let (stored, filter_mask) = pipeline.encode(&data, &mut scratch).unwrap();
        prop_assert_eq!(&pipeline.decode(filter_mask, &stored, data.len(), &mut scratch), &Ok(data.clone()));
        let mut output = vec![7; data.len() + 3];
        prop_assert_eq!(pipeline.decode_into(filter_mask, &stored, &mut output, &mut scratch), Ok(data.len()));
        prop_assert_eq!(output.get(..data.len()), Some(&data[..]));
    }
}

/// Both pixels of a pair may have the largest value, so that their sum exceeds it.
#[test]
fn szip_pairs_of_one_bit_pixels() {
    let data: Vec<u8> = (0..96).map(|index| u8::from(index % 12 >= 10)).collect();
    assert_eq!(there_and_back(4, &[132, 12, 1, 108], &data), Ok(data));
}

#[test]
fn nothing_is_no_zstd_frame() {
    let registry = Registry::standard();
    let filter = registry.get(32015).unwrap();
    let context = FilterContext { client_data: &[], max_output_bytes: 9 };
    assert!(filter.decode(context, &[], &mut Vec::new()).is_err());
    assert!(filter.decode_into(context, &[], &mut [0; 9]).is_err());
}

/// Client data from plausible to absurd.
fn client_data() -> impl Strategy<Value = Vec<u32>> {
    prop::collection::vec(prop_oneof![0_u32..5, 0_u32..70, any::<u32>()], 0..24)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_input_makes_a_filter_panic_or_exceed_its_bound(
        client_data in client_data(),
        input in data(),
        max_output_bytes in prop_oneof![0_usize..40, 0_usize..3000],
    ) {
        for filter in Registry::standard().iter() {
            let context = FilterContext { client_data: &client_data, max_output_bytes };
            let mut decoded = Vec::new();
            let result = filter.decode(context, &input, &mut decoded);
            let mut output = vec![0; max_output_bytes];
            let in_place = filter.decode_into(context, &input, &mut output);
            // Both ways agree.
            match (result, in_place) {
                (Ok(()), Ok(length)) => prop_assert_eq!(Some(&decoded[..]), output.get(..length)),
                (Err(_), Err(_)) => {}
                (result, in_place) => prop_assert!(false, "{filter:?}: {result:?}, {in_place:?}"),
            }
            let _ = filter.encode(context, &input, &mut decoded);
        }
    }
}
