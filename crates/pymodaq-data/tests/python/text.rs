//! Attributes, pickles and settings.

use pymodaq_data::literal::{decode, decode_recovering, encode, parse, repr};
use pymodaq_data::{Parameter, PyValue, pickle};

use crate::json::text;
use crate::{cases, fixture};

#[test]
fn attributes_are_stored_and_read_as_python_does() {
    for case in cases("attributes") {
        let (written, json, back) = (text(&case["repr"]), text(&case["json"]), text(&case["back"]));
        let value = parse(&written).unwrap();
        assert_eq!(repr(&value), written);
        // Python tells complex numbers and bare numbers of its own apart by their type alone.
        assert_eq!(encode(&value), json, "{written}");
        assert_eq!(repr(&decode(&json)), back, "{written}");
        // Integers of numpy outside lists come back as integers.
        let recovered = decode_recovering(&json);
        assert!(
            recovered == value || repr(&recovered) == written || recovered.as_int() == value.as_int(),
            "{json}"
        );
    }
}

#[test]
fn any_text_is_read_as_python_does() {
    for case in cases("texts") {
        let given = text(&case["text"]);
        assert_eq!(repr(&decode(&given)), text(&case["back"]), "{given}");
    }
}

#[test]
fn pickles_of_every_protocol_are_read_and_those_of_protocol_4_written() {
    for case in cases("pickles") {
        let line = text(&case["text"]);
        for (protocol, pickled) in case["pickles"].as_array().unwrap().iter().enumerate() {
            let hex = text(pickled);
            let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
            let bytes: Vec<u8> = (0..hex.len()).step_by(2).map(byte).collect();
            assert_eq!(pickle::loads(&bytes).unwrap(), line, "protocol {protocol}");
            if protocol == 4 {
                assert_eq!(pickle::dumps(&line), bytes);
            }
        }
    }
}

#[test]
fn settings_come_back_to_the_character() {
    let xml = std::fs::read_to_string(fixture("settings.xml")).unwrap();
    let settings = Parameter::from_xml(&xml).unwrap();
    assert_eq!(settings.to_xml().unwrap(), xml);
    let value = |path: &[&str]| settings.child(path).unwrap().value().unwrap();
    let main = |name| value(&["settings", "main_settings", name]);
    assert_eq!(main("module_name"), PyValue::from("Viewer"));
    assert_eq!(main("Naverage"), PyValue::Int(3));
    assert_eq!(main("live"), PyValue::Bool(true));
    assert_eq!(main("exposure"), PyValue::Float(0.25));
    assert_eq!(main("mode"), PyValue::from("b"));
    let saver = settings.child(&["H5Saver", "h5saver_settings"]).unwrap();
    assert_eq!(saver.child(&["show_file"]).unwrap().value().unwrap(), PyValue::None);
    let fill = saver.child(&["data_format", "fill_value"]).unwrap().value().unwrap();
    assert!(matches!(fill, PyValue::Float(value) if value.is_nan()));
}
