//! Axes and data.

use std::collections::HashMap;

use pymodaq_data::{Array, Axis, DataWithAxes, Error, ErrorKind, Index, Operation, Scalar, ValueIndex};
use serde_json::Value as Json;

use crate::cases;
use crate::json::{array, arrays, assert_arrays, assert_data, data, float, size, text};

#[test]
fn axes_are_kept_as_python_keeps_them() {
    for case in cases("axes") {
        let axis = Axis::new("l", "m", array(&case["values"]), 0).unwrap();
        assert_eq!(axis.scaling(), case["scaling"].as_f64());
        assert_eq!(axis.offset(), case["offset"].as_f64());
        assert_eq!(axis.is_axis_linear(), case["linear"].as_bool().unwrap());
        let values: Vec<f64> = case["data"].as_array().unwrap().iter().map(float).collect();
        assert_eq!(axis.size(), values.len());
        // To the bit: numpy's linspace(0, n - 1, n) is 0, 1, 2 ..., so that both compute offset + scaling * i.
        assert_eq!(axis.to_f64(), values, "{axis:?}");
        let ends = (case["min"].as_f64(), case["max"].as_f64());
        match axis.scaling() {
            None => assert_eq!((axis.min(), axis.max()), ends),
            Some(scaling) => {
                // Of a linear axis Python answers the value one step past the last one: offset + size * scaling.
                // It computes that in float32 where the values are.
                let single = case["values"]["dtype"] == "float32";
                let distance = match single {
                    true => f64::from(single_of(axis.size() as f64) * single_of(scaling)),
                    false => axis.size() as f64 * scaling,
                };
                let sum = |offset: f64| match single {
                    true => f64::from(single_of(offset) + single_of(distance)),
                    false => offset + distance,
                };
                let past = axis.offset().map(sum);
                let (first, last) = (values.first().copied(), values.last().copied());
                let (python, ours) = if scaling < 0.0 {
                    ((past, first), (last, first))
                } else {
                    ((first, past), (first, last))
                };
                let python = if scaling == 0.0 { (first, first) } else { python };
                assert_eq!(python, ends, "{axis:?}");
                assert_eq!((axis.min(), axis.max()), ours, "{axis:?}");
            }
        }
    }
}

/// A number that float32 holds, as one.
#[expect(clippy::cast_possible_truncation, reason = "it is one")]
fn single_of(value: f64) -> f32 {
    value as f32
}

#[test]
fn data_are_made_as_python_makes_them() {
    for case in cases("data") {
        // The case says what Python made; the same parts have to give the same again.
        assert_data(&text(&case["case"]), &data(&case["result"]), &case["result"], &[]);
    }
}

#[test]
fn data_are_computed_with_as_python_does() {
    let inputs: HashMap<String, DataWithAxes> =
        cases("inputs").iter().map(|case| (text(&case["case"]), data(&case["result"]))).collect();
    for case in cases("operations") {
        let name = format!("{} {} {} {}", case["left"], case["operation"], case["right"], case["indexes"]);
        let name = format!("{name} {} {}", case["dimension"], case["spread"]);
        match (apply(&case, &inputs), case["error"].as_str()) {
            (Ok(made), None) if differs(&case) => assert_differs(&name, &made),
            (Ok(made), None) if case["arrays"].is_array() => {
                assert_arrays(&name, made.data(), &arrays(&case["arrays"]));
            }
            (Ok(made), None) => assert_data(&name, &made, &case["result"], differences(&case)),
            (Err(error), Some(expected)) => assert_eq!(python_name(&error), expected, "{name}: {error}"),
            (Ok(made), Some(expected)) => panic!("{name}: {made:?}, expected {expected}"),
            (Err(error), None) => panic!("{name}: {error}"),
        }
    }
}

/// Whether the crate takes another part than Python on purpose: Python rounds the end of a range of values down to a position, so that
/// 2 to 5 of 0, 2, 4 is 2 alone; and it gives the axis of the dimension that it took a position of to the next one.
fn differs(case: &Json) -> bool {
    match (case["operation"].as_str(), case["left"].as_str()) {
        (Some("vsig"), Some("cube")) => true,
        (Some("inav"), Some("grid")) => case["indexes"] == serde_json::json!([0]),
        _ => false,
    }
}

/// What the crate answers there: all values of the range, and the axes of the dimensions that are left.
fn assert_differs(name: &str, made: &DataWithAxes) {
    let axes = |index| made.get_axis_from_index(index).iter().map(|axis| axis.to_f64()).collect::<Vec<_>>();
    let (shape, first): (&[usize], &[f64]) = match made.shape() {
        [3, 4] => {
            assert_eq!(axes(0), [[0.0, 2.0, 4.0]], "{name}");
            (&[3, 4], &[0.0, 1.0, 2.0, 3.0])
        }
        _ => {
            assert_eq!(axes(1), [[2.0, 4.0]], "{name}");
            let from_start = axes(2) == [[10.0, 11.0]];
            assert!(from_start || axes(2) == [[11.0, 12.0]], "{name}");
            (&[2, 2, 2], if from_start { &[4.0, 5.0, 8.0, 9.0] } else { &[5.0, 6.0, 9.0, 10.0] })
        }
    };
    assert_eq!(made.shape(), shape, "{name}");
    assert_eq!(made.data()[0].to_f64().unwrap().get(..4), Some(first), "{name}");
}

/// Where the crate answers otherwise on purpose.
fn differences(case: &Json) -> &'static [&'static str] {
    match case["operation"].as_str().unwrap() {
        // Python loses the units of parts.
        "isig" | "inav" | "vsig" | "vnav" => &["units"],
        // Python leaves navigation indexes as they were, so that they point to another dimension.
        "sum" | "mean" if case["left"] == "cube" => &["nav_indexes", "dim"],
        _ => &[],
    }
}

fn python_name(error: &Error) -> &'static str {
    match error.kind() {
        ErrorKind::Units => "DimensionalityError",
        ErrorKind::Value => "OverflowError",
        ErrorKind::Type => "TypeError",
        ErrorKind::Index => "IndexError",
        ErrorKind::Dim => "NotImplementedError",
        _ => "another error",
    }
}

fn apply(case: &Json, inputs: &HashMap<String, DataWithAxes>) -> Result<DataWithAxes, Error> {
    let operation = match case["operation"].as_str().unwrap() {
        "add" => Operation::Add,
        "subtract" => Operation::Subtract,
        "multiply" => Operation::Multiply,
        "divide" => Operation::Divide,
        other => return apply_to_one(other, case, &inputs[case["left"].as_str().unwrap()]),
    };
    match (&case["left"], &case["right"]) {
        (Json::String(left), Json::String(right)) => inputs[left].binary(operation, &inputs[right]),
        (Json::String(left), number) => inputs[left].binary_scalar(operation, scalar(number)),
        (number, right) => {
            DataWithAxes::scalar_binary(scalar(number), operation, &inputs[right.as_str().unwrap()])
        }
    }
}

fn apply_to_one(operation: &str, case: &Json, data: &DataWithAxes) -> Result<DataWithAxes, Error> {
    match operation {
        "sum" => data.sum(size(&case["dimension"])),
        "mean" => data.mean(size(&case["dimension"])),
        "absolute" => data.abs(),
        "negative" => -data,
        "sort" => data.sort_data(size(&case["dimension"]), size(&case["spread"])),
        "isig" => data.isig(&indexes(case, index)),
        "inav" => data.inav(&indexes(case, index)),
        "vsig" => data.vsig(&indexes(case, value_index)),
        "vnav" => data.vnav(&indexes(case, value_index)),
        other => panic!("unknown operation {other}"),
    }
}

fn scalar(json: &Json) -> Scalar {
    json.as_i64().map_or_else(|| Scalar::Float(json.as_f64().unwrap()), Scalar::Int)
}

fn indexes<I>(case: &Json, index: fn(&Json) -> I) -> Vec<I> {
    case["indexes"].as_array().unwrap().iter().map(index).collect()
}

fn index(json: &Json) -> Index {
    match json.as_array() {
        Some(range) => Index::Range(range[0].as_i64(), range[1].as_i64(), range[2].as_i64().unwrap_or(1)),
        None => Index::At(json.as_i64().unwrap()),
    }
}

fn value_index(json: &Json) -> ValueIndex {
    match json.as_array() {
        Some(range) => ValueIndex::Range(range[0].as_f64(), range[1].as_f64()),
        None => ValueIndex::At(json.as_f64().unwrap()),
    }
}

#[test]
fn transposing_moves_axes_and_elements() {
    let image = cases("inputs").iter().find(|case| case["case"] == "image").map(|case| data(&case["result"]));
    let image = image.unwrap();
    let made = image.transpose().unwrap();
    assert_eq!(made.shape(), [4, 3]);
    assert_eq!(made.data()[0].item(&[3, 1]), image.data()[0].item(&[1, 3]));
    assert_eq!(made.get_axis_from_index(0)[0].label(), "x");
    assert_eq!(made.get_axis_from_index(1)[0].to_f64(), [1.0, 1.5, 2.0]);
    assert!(Array::arange(12).equals(&image.data()[0].reshape(&[12]).unwrap()));
}
