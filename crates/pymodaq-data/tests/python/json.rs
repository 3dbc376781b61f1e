//! The objects of the cases as those of the crate, and their comparison.

use num_complex::Complex;
use pymodaq_data::{Array, Axis, DType, DataWithAxes, num_complex};
use serde_json::Value as Json;

pub(crate) fn text(json: &Json) -> String {
    json.as_str().unwrap().to_owned()
}

pub(crate) fn size(json: &Json) -> usize {
    usize::try_from(json.as_u64().unwrap()).unwrap()
}

pub(crate) fn sizes(json: &Json) -> Vec<usize> {
    json.as_array().unwrap().iter().map(size).collect()
}

pub(crate) fn float(json: &Json) -> f64 {
    json.as_f64().unwrap_or_else(|| json.as_str().unwrap().parse().unwrap())
}

pub(crate) fn array(json: &Json) -> Array {
    let dtype: DType = text(&json["dtype"]).parse().unwrap();
    let shape = sizes(&json["shape"]);
    let values = json["values"].as_array().unwrap();
    let made = match dtype {
        DType::Bool => Array::from_shape_vec(&shape, values.iter().map(|v| v.as_bool().unwrap()).collect()),
        unsigned if unsigned.is_unsigned() => {
            Array::from_shape_vec(&shape, values.iter().map(|v| v.as_u64().unwrap()).collect())
        }
        integer if integer.is_integer() => {
            Array::from_shape_vec(&shape, values.iter().map(|v| v.as_i64().unwrap()).collect())
        }
        complex if complex.is_complex() => {
            let pair = |v: &Json| Complex::new(float(&v[0]), float(&v[1]));
            Array::from_shape_vec(&shape, values.iter().map(pair).collect())
        }
        _ => Array::from_shape_vec(&shape, values.iter().map(float).collect()),
    };
    made.unwrap().cast(dtype).unwrap()
}

pub(crate) fn arrays(json: &Json) -> Vec<Array> {
    json.as_array().unwrap().iter().map(array).collect()
}

fn axis(json: &Json) -> Axis {
    Axis::new(text(&json["label"]), text(&json["units"]), array(&json["data"]), size(&json["index"]))
        .unwrap()
        .with_spread_order(size(&json["spread_order"]))
}

/// The data, made of their parts by the builder.
pub(crate) fn data(json: &Json) -> DataWithAxes {
    let source = text(&json["source"]).parse().unwrap();
    DataWithAxes::builder(text(&json["name"]), source, arrays(&json["data"]))
        .distribution(text(&json["distribution"]).parse().unwrap())
        .labels(json["labels"].as_array().unwrap().iter().map(text))
        .origin(text(&json["origin"]))
        .units(text(&json["units"]))
        .axes(json["axes"].as_array().unwrap().iter().map(axis))
        .nav_indexes(sizes(&json["nav_indexes"]))
        .errors(json["errors"].as_array().map(|errors| errors.iter().map(array).collect()))
        .build()
        .unwrap()
}

/// Fails unless both are equal, and says where they differ.
pub(crate) fn assert_arrays(case: &str, made: &[Array], expected: &[Array]) {
    assert_eq!(made.len(), expected.len(), "{case}: number of arrays");
    for (made, expected) in made.iter().zip(expected) {
        assert!(made.equals(expected), "{case}: {made:?}, expected {expected:?}");
    }
}

/// Fails unless the data are what the case says, but for what `except` names.
pub(crate) fn assert_data(case: &str, made: &DataWithAxes, expected: &Json, except: &[&str]) {
    let check = |field: &str, made: String| {
        if !except.contains(&field) {
            assert_eq!(made, text(&expected[field]), "{case}: {field}");
        }
    };
    check("name", made.name().to_owned());
    check("source", made.source().to_string());
    check("dim", made.dim().to_string());
    check("distribution", made.distribution().to_string());
    check("origin", made.origin().to_owned());
    check("units", made.units().to_owned());
    let labels: Vec<String> = expected["labels"].as_array().unwrap().iter().map(text).collect();
    assert_eq!(made.labels(), labels, "{case}: labels");
    if !except.contains(&"nav_indexes") {
        assert_eq!(made.nav_indexes(), sizes(&expected["nav_indexes"]), "{case}: nav_indexes");
        assert_eq!(made.sig_indexes(), sizes(&expected["sig_indexes"]), "{case}: sig_indexes");
    }
    assert_arrays(case, made.data(), &arrays(&expected["data"]));
    let errors = expected["errors"].as_array().map(|_| arrays(&expected["errors"]));
    assert_eq!(made.errors().is_some(), errors.is_some(), "{case}: errors");
    assert_arrays(case, made.errors().unwrap_or_default(), &errors.unwrap_or_default());
    let mut axes = made.axes().to_vec();
    axes.sort_by_key(|axis| (axis.index(), axis.spread_order()));
    let expected: Vec<Axis> = expected["axes"].as_array().unwrap().iter().map(axis).collect();
    assert_eq!(axes, expected, "{case}: axes");
}
