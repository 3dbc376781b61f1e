//! Numbers converted by the C library, and where it departs from exact arithmetic the exact results beside them; see
//! `tests/fixtures/convert/make.py` for the format.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test: a malformed fixture fails it"
)]

use h5_types::{
    BitfieldType, ByteOrder, Converter, Datatype, FloatType, Heap, IntegerType, MantissaNormalization,
    Padding,
};

const NUMBERS: &str = include_str!("../../../tests/fixtures/convert/numbers.txt");

fn datatype(spec: &str) -> Datatype {
    let fields: Vec<&str> = spec.split(':').collect();
    let number = |index: usize| fields[index].parse::<u16>().unwrap();
    let byte = |index: usize| fields[index].parse::<u8>().unwrap();
    let padding = |index: usize| if fields[index] == "1" { Padding::One } else { Padding::Zero };
    let size = usize::from(number(1));
    let order = if fields[2] == "b" { ByteOrder::Big } else { ByteOrder::Little };
    match fields[0] {
        "i" => Datatype::Integer(IntegerType {
            size,
            order,
            signed: fields[3] == "1",
            offset_bits: number(4),
            precision_bits: number(5),
            low_padding: padding(6),
            high_padding: padding(7),
        }),
        "b" => Datatype::Bitfield(BitfieldType {
            size,
            order,
            offset_bits: number(4),
            precision_bits: number(5),
            low_padding: padding(6),
            high_padding: padding(7),
        }),
        "f" => Datatype::Float(FloatType {
            size,
            order,
            sign_position: byte(3),
            exponent_position: byte(4),
            exponent_bits: byte(5),
            mantissa_position: byte(6),
            mantissa_bits: byte(7),
            exponent_bias: number(8).into(),
            normalization: match fields[9] {
                "i" => MantissaNormalization::Implied,
                _ => MantissaNormalization::None,
            },
            offset_bits: number(10),
            precision_bits: number(11),
            low_padding: padding(12),
            high_padding: padding(13),
            internal_padding: padding(14),
        }),
        other => panic!("{other}"),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    hex.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

/// True if the bytes are a NaN of that sign.
fn is_nan(datatype: &Datatype, bytes: &[u8], negative: bool) -> bool {
    let to_f64 = Converter::new(datatype, &Datatype::Float(FloatType::f64(ByteOrder::Little))).unwrap();
    let mut word = [0; 8];
    to_f64.convert(bytes, &Heap::default(), &mut word, &mut Heap::default()).unwrap();
    let value = f64::from_le_bytes(word);
    value.is_nan() && value.is_sign_negative() == negative
}

#[test]
fn numbers_convert_as_in_the_c_library_or_exactly() {
    let mut pair = None;
    let (mut checked, mut departures) = (0_usize, 0_usize);
    for (index, line) in NUMBERS.lines().enumerate() {
        let line_number = index.saturating_add(1);
        let fields: Vec<&str> = line.split(' ').collect();
        if fields[0] == ">" {
            let (source, target) = (datatype(fields[1]), datatype(fields[2]));
            let converter = Converter::new(&source, &target).unwrap();
            pair = Some((source, target, converter));
            continue;
        }
        let (source, target, converter) = pair.as_ref().unwrap();
        let expected = match fields.as_slice() {
            [_, library] => *library,
            [_, library, reason, exact] => {
                let known =
                    ["nan", "overflow", "rounding", "subnormal", "infinite", "edge", "sign", "fraction"];
                assert!(known.contains(reason) && library != exact, "line {line_number}");
                departures = departures.saturating_add(1);
                *exact
            }
            _ => panic!("line {line_number}"),
        };
        let mut found = vec![0; target.size()];
        converter.convert(&bytes(fields[0]), &Heap::default(), &mut found, &mut Heap::default()).unwrap();
        match expected {
            "nan+" => assert!(is_nan(target, &found, false), "line {line_number}: {source} to {target}"),
            "nan-" => assert!(is_nan(target, &found, true), "line {line_number}: {source} to {target}"),
            hex => assert_eq!(found, bytes(hex), "line {line_number}: {source} to {target}"),
        }
        checked = checked.saturating_add(1);
    }
    // The fixture itself is as large as it was when it was made.
    assert!(checked > 3_500 && departures < 200, "{checked} lines, {departures} departures");
}
