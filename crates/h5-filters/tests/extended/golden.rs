use h5_filters::{FilterContext, FilterError};

use crate::fixture::{Record, filter, load};

/// Decodes every record three ways: with the exact bound, with room to spare, and in place; and once with too little.
fn decode_all(name: &str, expected_records: usize) {
    let records = load(name);
    assert_eq!(records.len(), expected_records, "records of {name}");
    let wrong: Vec<String> = records.iter().filter_map(|record| check(record).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} records of {name}:\n{}",
        wrong.len(),
        records.len(),
        wrong.join("\n")
    );
}

fn check(record: &Record) -> Result<(), String> {
    let filter = filter(record.filter_id);
    let size = record.decoded.len();
    let context = |max_output_bytes| FilterContext { client_data: &record.client_data, max_output_bytes };
    let failed = |what: &str, error: FilterError| format!("{}: {what}: {error}", record.name);
    for bound in [size, size * 2 + 100] {
        let mut output = vec![0xaa; 3];
        filter
            .decode(context(bound), &record.stored, &mut output)
            .map_err(|error| failed("decode", error))?;
        if output != record.decoded {
            let at = output.iter().zip(&record.decoded).position(|(a, b)| a != b);
            return Err(format!(
                "{}: {} bytes of {size}, first difference {at:?}",
                record.name,
                output.len()
            ));
        }
    }
    let mut output = vec![0xaa; size + 7];
    let written = filter.decode_into(context(size), &record.stored, &mut output);
    assert_eq!(written.map_err(|error| failed("decode_into", error))?, size, "{}", record.name);
    assert_eq!(output[..size], record.decoded, "{}: decode_into", record.name);
    assert_eq!(output[size..], [0xaa; 7], "{}: decode_into wrote past the decoded bytes", record.name);

    let mut output = Vec::new();
    match filter.decode(context(size - 1), &record.stored, &mut output) {
        Err(FilterError::TooLong { .. }) => Ok(()),
        other => Err(format!("{}: a bound one byte too low gave {other:?}", record.name)),
    }
}

#[test]
fn decode_lz4_chunks() {
    decode_all("lz4", 14);
}

#[test]
fn decode_zstd_chunks() {
    decode_all("zstd", 16);
}

#[test]
fn decode_bzip2_chunks() {
    decode_all("bzip2", 10);
}

#[test]
fn decode_bitshuffle_chunks() {
    decode_all("bitshuffle", 63);
}

#[test]
fn decode_blosc_chunks() {
    decode_all("blosc", 168);
}

#[test]
fn decode_blosc2_chunks() {
    decode_all("blosc2", 144);
}

#[test]
fn decode_blosc2_frames_of_several_dimensions() {
    decode_all("b2nd", 95);
}

#[test]
fn decode_blosc2_frames_of_several_chunks_and_filters() {
    decode_all("blosc2_schunk", 40);
}

#[test]
fn decode_chunks_of_other_writers() {
    decode_all("foreign", 29);
}
