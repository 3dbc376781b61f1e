//! Values of parameters as the text between tags.

use crate::literal::{PyValue, parse, repr, repr_float};

/// The value that the text of a type stands for.
pub(super) fn read(kind: &str, text: &str) -> Option<PyValue> {
    match kind {
        "group" | "action" => Some(PyValue::None),
        "bool" | "bool_push" | "led" | "led_push" => match text {
            "1" | "True" => Some(PyValue::Bool(true)),
            "0" | "False" => Some(PyValue::Bool(false)),
            _ => None,
        },
        "int" => match parse(text).ok()? {
            whole @ (PyValue::Int(_) | PyValue::BigInt(_)) => Some(whole),
            _ => None,
        },
        "float" | "slide" => float(text).map(PyValue::Float),
        "list" => item(text),
        "color" => match parse(text).ok()? {
            list @ (PyValue::List(_) | PyValue::Tuple(_)) => Some(list),
            _ => None,
        },
        // Milliseconds since 1970 and texts of any other type stay text.
        _ => Some(PyValue::Str(text.to_owned())),
    }
}

/// The text of a type for a value.
pub(super) fn write(kind: &str, value: &PyValue) -> Option<String> {
    match (kind, value) {
        ("group" | "action", PyValue::None) => Some(String::new()),
        ("bool" | "bool_push" | "led" | "led_push", PyValue::Bool(value)) => {
            Some(if *value { "1" } else { "0" }.to_owned())
        }
        ("int", PyValue::Int(_) | PyValue::BigInt(_)) => Some(repr(value)),
        ("float" | "slide", value) => value.as_f64().map(repr_float),
        ("list", value) => Some(match value {
            PyValue::Str(text) => format!("str('{text}')"),
            PyValue::Int(value) => format!("int({value})"),
            PyValue::Float(value) if value.is_nan() => "np.nan".to_owned(),
            PyValue::Float(value) => format!("float({})", repr_float(*value)),
            other => repr(other),
        }),
        ("color", PyValue::List(_) | PyValue::Tuple(_)) => Some(repr(value)),
        ("group" | "action" | "bool" | "bool_push" | "led" | "led_push" | "int" | "color", _) => None,
        (_, PyValue::Str(text)) => Some(text.clone()),
        (_, other) => Some(repr(other)),
    }
}

/// One of the items of a list: `str('x')`, `int(3)`, `float(2.0)`, `np.nan`, or a literal.
fn item(text: &str) -> Option<PyValue> {
    let within = |name: &str| text.strip_prefix(name)?.strip_prefix('(')?.strip_suffix(')');
    if let Some(quoted) = within("str") {
        // PyMoDAQ escapes nothing, so that a quote or a backslash may stand between the quotes as it is.
        return Some(PyValue::Str(quoted.strip_prefix('\'')?.strip_suffix('\'')?.to_owned()));
    }
    if let Some(number) = within("int") {
        return parse(number).ok();
    }
    if let Some(number) = within("float") {
        return float(number).map(PyValue::Float);
    }
    match text {
        "np.nan" => Some(PyValue::Float(f64::NAN)),
        _ => Some(parse(text).unwrap_or_else(|_| PyValue::Str(text.to_owned()))),
    }
}

fn float(text: &str) -> Option<f64> {
    match text {
        "nan" | "np.nan" => Some(f64::NAN),
        "inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        number => parse(number).ok()?.as_f64(),
    }
}
