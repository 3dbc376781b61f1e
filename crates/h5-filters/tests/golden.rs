//! Chunks that libhdf5 wrote decode to what libhdf5 reads, and what is encoded here decodes again.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "helpers of tests, where a panic is a failure"
)]

mod common;

use common::{Record, records};
use h5_filters::{FilterContext, PipelineError, Registry, Scratch, Stage};

fn check(fixture: &str) {
    let mut scratch = Scratch::default();
    for record in records(fixture) {
        let Record { name, filter_mask, stored, decoded, .. } = &record;
        let pipeline = record.pipeline();
        let mut output = vec![0xEE; decoded.len()];
        let result = pipeline.decode_into(*filter_mask, stored, &mut output, &mut scratch);
        assert_eq!(result, Ok(decoded.len()), "{name}");
        assert!(output == *decoded, "{fixture} {name}: decoded bytes differ");
        let vector = pipeline.decode(*filter_mask, stored, decoded.len(), &mut scratch);
        assert_eq!(vector.as_ref(), Ok(decoded), "{name}");

        let mut short = vec![0; decoded.len() - 1];
        pipeline.decode_into(*filter_mask, stored, &mut short, &mut scratch).expect_err(name);
        pipeline.decode(*filter_mask, stored, decoded.len() - 1, &mut scratch).expect_err(name);

        let (encoded, mask) =
            pipeline.encode(decoded, &mut scratch).unwrap_or_else(|error| panic!("{name}: {error}"));
        let again = pipeline.decode(mask, &encoded, decoded.len(), &mut scratch).unwrap();
        assert!(
            again == *decoded || is_close(&record, &again),
            "{fixture} {name}: encoded, then decoded, differs"
        );
    }
}

/// Whether floats packed with D digits are as near to the record's as D digits and their own precision promise.
fn is_close(record: &Record, again: &[u8]) -> bool {
    let [Stage { id: 6, client_data, .. }] = record.stages.as_slice() else { return false };
    let &[0, digits, _, 1, size, _, order, ..] = client_data.as_slice() else { return false };
    let value = |bytes: &[u8]| {
        let mut bytes = bytes.to_vec();
        if order == 1 {
            bytes.reverse();
        }
        match size {
            4 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())),
            _ => f64::from_le_bytes(bytes.try_into().unwrap()),
        }
    };
    let values = |bytes: &[u8]| bytes.chunks(size as usize).map(value).collect::<Vec<_>>();
    let (expected, found) = (values(&record.decoded), values(again));
    let largest = expected.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    let rounding = if size == 4 { f64::from(f32::EPSILON) } else { f64::EPSILON };
    let tolerance = 0.5 * 10_f64.powi(-(digits as i32)) + 2.0 * rounding * largest;
    again.len() == record.decoded.len()
        && expected.iter().zip(&found).all(|(a, b)| (a - b).abs() <= tolerance)
}

#[test]
fn deflate() {
    check("deflate");
}

#[test]
fn shuffle() {
    check("shuffle");
}

#[test]
fn fletcher32() {
    check("fletcher32");
}

#[test]
fn szip() {
    check("szip");
}

#[test]
fn nbit() {
    check("nbit");
}

#[test]
fn scaleoffset() {
    check("scaleoffset");
}

#[test]
fn lzf() {
    check("lzf");
}

#[test]
fn chunks_of_other_software() {
    check("foreign");
}

/// Filters without freedom give the very bytes of libhdf5.
#[test]
fn encoded_bytes_equal_those_of_libhdf5() {
    let mut scratch = Scratch::default();
    for fixture in ["shuffle", "fletcher32", "nbit"] {
        for record in records(fixture) {
            let encoded = record.pipeline().encode(&record.decoded, &mut scratch).unwrap();
            assert_eq!(encoded, (record.stored, record.filter_mask), "{fixture} {}", record.name);
        }
    }
}

#[test]
fn a_cut_chunk_is_an_error_or_equal() {
    let registry = Registry::standard();
    for fixture in ["deflate", "szip", "nbit", "scaleoffset", "lzf", "fletcher32"] {
        for record in
            records(fixture).iter().filter(|record| record.filter_mask == 0 && record.stored.len() < 200)
        {
            let [stage] = record.stages.as_slice() else { panic!("{}: not one filter", record.name) };
            let filter = registry.get(stage.id).unwrap();
            for length in 0..record.stored.len() {
                let mut output = Vec::new();
                let context =
                    FilterContext { client_data: &stage.client_data, max_output_bytes: record.decoded.len() };
                let result = filter.decode(context, &record.stored[..length], &mut output);
                assert!(output.len() <= record.decoded.len() || result.is_err());
                // Shorter is for the caller to see; what has the whole length has the right bytes.
                if result.is_ok() && output.len() == record.decoded.len() {
                    assert_eq!(output, record.decoded, "{fixture} {} cut to {length}", record.name);
                }
            }
        }
    }
}

#[test]
fn a_missing_filter_has_its_names() {
    let mut record = records("deflate").remove(0);
    record.stages[0].id = 32024;
    record.stages[0].name = Some("sz\u{1b}3".into());
    let pipeline = record.pipeline();
    let failure = pipeline.decode(0, &record.stored, 9, &mut Scratch::default()).unwrap_err();
    let expected = PipelineError::Missing {
        id: 32024,
        registered_name: Some("SZ3"),
        name_in_file: record.stages[0].name.clone(),
    };
    assert_eq!(failure, expected);
    assert_eq!(
        failure.to_string(),
        "filter 32024 is not available, registered as SZ3, called \"sz\\u{1b}3\" in the file"
    );
    let unfiltered = pipeline.decode(1, &[1, 2, 3], 3, &mut Scratch::default());
    assert_eq!(unfiltered, Ok(vec![1, 2, 3]), "a chunk that leaves the filter out can be read");
}
