use h5_filters::{Filter, FilterContext, FilterError};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::fixture::{filter, load};

/// Element sizes and lengths around the edges of groups, planes and blocks, with content that compresses and that does not.
fn content() -> impl Strategy<Value = (u32, Vec<u8>)> {
    let element_size = prop_oneof![Just(1_u32), Just(2), Just(3), Just(4), Just(8), Just(16), 1_u32..40];
    let bytes = prop_oneof![
        vec(any::<u8>(), 0..300),
        vec(0_u8..3, 0..20_000),
        (any::<u8>(), 0..9000_usize).prop_map(|(b, n)| vec![b; n])
    ];
    (element_size, bytes).prop_map(|(element_size, mut bytes)| {
        bytes.truncate(bytes.len() / element_size as usize * element_size as usize);
        (element_size, bytes)
    })
}

fn round_trip(id: u32, client_data: &[u32], bytes: &[u8]) {
    let filter = filter(id);
    let context = FilterContext { client_data, max_output_bytes: bytes.len() };
    let (mut stored, mut decoded) = (vec![1, 2, 3], vec![4, 5, 6]);
    filter.encode(context, bytes, &mut stored).unwrap();
    filter.decode(context, &stored, &mut decoded).unwrap();
    assert_eq!(decoded, bytes, "{} {client_data:?}", filter.name());
    let mut in_place = vec![0; bytes.len()];
    assert_eq!(filter.decode_into(context, &stored, &mut in_place).unwrap(), bytes.len());
    assert_eq!(in_place, bytes, "{} {client_data:?} in place", filter.name());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn plain_filters_give_back_what_they_encoded((_, bytes) in content(), block in 0_u32..700, level in -7_i32..20) {
        round_trip(32004, &[block], &bytes);
        round_trip(32004, &[], &bytes);
        round_trip(32015, &[level.cast_unsigned()], &bytes);
        round_trip(307, &[level.rem_euclid(9).cast_unsigned() + 1], &bytes);
    }

    #[test]
    fn bitshuffle_gives_back_what_it_encoded((size, bytes) in content(), groups in 0_u32..40, codec in prop_oneof![Just(0_u32), Just(2), Just(3)]) {
        round_trip(32008, &[0, 5, size, 8 * groups, codec], &bytes);
    }

    #[test]
    fn blosc_gives_back_what_it_encoded((size, bytes) in content(), level in 0_u32..10, shuffle in 0_u32..3, codec in 1_u32..6) {
        let length = bytes.len() as u32;
        round_trip(32001, &[2, 2, size, length, level, shuffle, codec], &bytes);
        if codec != 3 {
            round_trip(32026, &[1, 0, size, length, level, shuffle, codec], &bytes);
        }
    }

    #[test]
    fn any_bytes_decode_or_err_within_the_bound(
        id in prop_oneof![Just(307_u32), Just(32001), Just(32004), Just(32008), Just(32015), Just(32026)],
        client_data in vec(prop_oneof![0_u32..20, any::<u32>()], 0..10),
        input in vec(any::<u8>(), 0..200),
        bound in 0_usize..1000,
    ) {
        decode_bounded(filter(id), &client_data, &input, bound);
    }
}

/// Decodes both ways: no panic, never more than the bound, and both ways agree.
fn decode_bounded(filter: &dyn Filter, client_data: &[u32], input: &[u8], bound: usize) {
    let context = FilterContext { client_data, max_output_bytes: bound };
    let mut output = Vec::new();
    let decoded = filter.decode(context, input, &mut output);
    let mut in_place = vec![0; bound];
    let written = filter.decode_into(context, input, &mut in_place);
    assert_eq!(decoded.is_ok(), written.is_ok(), "{}: {decoded:?}, {written:?}", filter.name());
    if decoded.is_ok() {
        assert!(output.len() <= bound, "{} wrote {} bytes, bound {bound}", filter.name(), output.len());
        assert_eq!(written.as_ref().ok(), Some(&output.len()), "{}", filter.name());
        assert_eq!(in_place[..output.len()], output, "{}", filter.name());
    }
}

/// Golden chunks with a few bytes changed or cut off reach far deeper than random bytes.
#[test]
fn damaged_chunks_decode_or_err_within_the_bound() {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    for name in ["lz4", "zstd", "bzip2", "bitshuffle", "blosc", "blosc2", "b2nd", "blosc2_schunk"] {
        for record in load(name) {
            let rounds = if name == "bzip2" { 5 } else { 30 };
            for _ in 0..rounds {
                let mut stored = record.stored.clone();
                for _ in 0..=random(3) {
                    // Half of the damage to the headers.
                    let within = if random(2) == 0 { stored.len().min(200) } else { stored.len() };
                    let at = random(within);
                    match random(8) {
                        0 => stored.truncate(at),
                        1..=4 => stored.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 1 << random(8)),
                        5 | 6 => {
                            stored.iter_mut().skip(at).take(1).for_each(|byte| *byte = random(256) as u8)
                        }
                        _ => stored.iter_mut().skip(at).take(4).for_each(|byte| *byte = 0xff),
                    }
                }
                let bound =
                    [record.decoded.len(), record.decoded.len() / 2, 3 * record.decoded.len()][random(3)];
                decode_bounded(filter(record.filter_id), &record.client_data, &stored, bound);
            }
        }
    }
}

#[test]
fn what_cannot_be_encoded_says_so() {
    let mut output = Vec::new();
    for (id, client_data) in
        [(32001, [2, 2, 4, 8, 5, 1, 0]), (32026, [1, 0, 4, 8, 5, 1, 3]), (32026, [1, 0, 4, 8, 5, 3, 1])]
    {
        let context = FilterContext { client_data: &client_data, max_output_bytes: 8 };
        let refused = filter(id).encode(context, &[0; 8], &mut output);
        assert!(matches!(refused, Err(FilterError::Unsupported(_))), "{id}: {refused:?}");
    }
}

#[test]
fn a_lying_header_reserves_no_memory() {
    // Each states about 2^62 bytes of content, and the bound lets it.
    let zstd = [0x28, 0xb5, 0x2f, 0xfd, 0xe0, 0, 0, 0, 0, 0, 0, 0, 0x40, 1, 0, 0];
    let lz4 = [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];
    for (id, input) in [(32015, zstd), (32004, lz4), (32008, lz4)] {
        let context = FilterContext { client_data: &[0, 5, 1, 0, 2], max_output_bytes: usize::MAX };
        let mut output = Vec::new();
        assert!(filter(id).decode(context, &input, &mut output).is_err(), "{id}");
        assert!(output.capacity() < 1 << 20, "{id} reserved {} bytes", output.capacity());
    }
}
