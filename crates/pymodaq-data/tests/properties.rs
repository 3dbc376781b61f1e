//! What holds of any value and of any bytes.

use proptest::prelude::*;
use pymodaq_data::literal::{decode_recovering, encode, parse, repr};
use pymodaq_data::{Parameter, PyValue, pickle};

/// Values that are written and read back, nested up to three deep.
fn values() -> impl Strategy<Value = PyValue> {
    let leaf = prop_oneof![
        Just(PyValue::None),
        any::<bool>().prop_map(PyValue::Bool),
        any::<i64>().prop_map(PyValue::Int),
        proptest::num::f64::NORMAL.prop_map(PyValue::Float),
        any::<String>().prop_map(PyValue::Str),
        any::<Vec<u8>>().prop_map(PyValue::Bytes),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let items = proptest::collection::vec(inner, 0..4);
        prop_oneof![items.clone().prop_map(PyValue::Tuple), items.prop_map(PyValue::List)]
    })
}

proptest! {
    #[test]
    fn a_literal_comes_back_as_it_was_written(value in values()) {
        let written = repr(&value);
        prop_assert!(written.chars().all(|c| c != '\n'), "{}", written);
        prop_assert_eq!(&parse(&written).unwrap(), &value);
        let stored = encode(&value);
        prop_assert!(stored.is_ascii(), "{}", stored);
        prop_assert_eq!(&decode_recovering(&stored), &value);
    }

    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        if let Ok(value) = parse(&text) {
            prop_assert_eq!(repr(&parse(&repr(&value)).unwrap()), repr(&value));
        }
        // Whatever an attribute holds, it reads as something.
        let _ = decode_recovering(&text);
    }

    #[test]
    fn a_line_of_log_comes_back(line in any::<String>()) {
        prop_assert_eq!(pickle::loads(&pickle::dumps(&line)).unwrap(), line);
    }

    #[test]
    fn a_pickle_cut_short_or_changed_is_refused_or_text(
        line in "[ -~]{0,40}",
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let pickled = pickle::dumps(&line);
        let cut = at.index(pickled.len());
        prop_assert!(pickle::loads(pickled.get(..cut).unwrap_or_default()).is_err());
        let mut changed = pickled;
        if let Some(place) = changed.get_mut(cut) {
            *place = byte;
        }
        let _ = pickle::loads(&changed);
    }

    #[test]
    fn settings_come_back(name in "[a-z][a-z_0-9]{0,8}", title in "[ -~\u{e9}\u{20ac}]{0,20}", text in "[ -~\u{e9}\u{20ac}]{1,20}") {
        // Text of spaces alone is indentation to readers of XML only where there are children.
        let child = Parameter::new(name.clone(), "str", title, text.clone()).unwrap();
        let tree = Parameter::group("settings", "Settings").with_child(child.clone());
        let back = Parameter::from_xml(&tree.to_xml().unwrap()).unwrap();
        prop_assert_eq!(back.child(&[&name]).unwrap(), &child);
    }
}
