//! JSON text, written directly: answers are lists of many small records, and numbers need forms that JSON has not.

use std::fmt::{Display, Write as _};

/// An object that is being written: one pointer, which is handed from member to member.
#[derive(Debug)]
#[expect(
    clippy::box_collection,
    reason = "three words, copied in and out for each member, are a tenth of the code of answers"
)]
pub(crate) struct Record(Box<String>);

impl Record {
    pub(crate) fn new() -> Self {
        Self(Box::new("{".to_owned()))
    }

    /// A member whose value is JSON already.
    pub(crate) fn raw(mut self, name: &str, json: &str) -> Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        push_quoted(&mut self.0, name);
        self.0.push(':');
        self.0.push_str(json);
        self
    }

    pub(crate) fn text(self, name: &str, text: &str) -> Self {
        self.raw(name, &quoted(text))
    }

    /// Text, or null.
    pub(crate) fn maybe_text(self, name: &str, text: Option<&str>) -> Self {
        self.raw(name, &text.map_or_else(null, quoted))
    }

    /// An integer or a boolean.
    pub(crate) fn plain(self, name: &str, value: impl Display) -> Self {
        self.shown(name, Some(&value))
    }

    /// An integer, or null.
    pub(crate) fn maybe_plain(self, name: &str, value: Option<impl Display>) -> Self {
        self.shown(name, value.as_ref().map(|value| value as &dyn Display))
    }

    /// One function for all types of numbers.
    fn shown(self, name: &str, value: Option<&dyn Display>) -> Self {
        self.raw(name, &value.map_or_else(null, |value| value.to_string()))
    }

    pub(crate) fn number(self, name: &str, value: f64) -> Self {
        self.raw(name, &number(value))
    }

    pub(crate) fn list(self, name: &str, items: impl IntoIterator<Item = String>) -> Self {
        self.raw(name, &list(items))
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push('}');
        *self.0
    }
}

fn null() -> String {
    "null".to_owned()
}

/// A list of JSON values.
pub(crate) fn list(items: impl IntoIterator<Item = String>) -> String {
    let mut out = "[".to_owned();
    for item in items {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&item);
    }
    out.push(']');
    out
}

/// A list of integers.
pub(crate) fn numbers(items: impl IntoIterator<Item = impl Display>) -> String {
    list(items.into_iter().map(|item| item.to_string()))
}

/// A floating-point number. JSON has no infinities, but every parser takes what is too large for one; NaN is null.
pub(crate) fn number(value: f64) -> String {
    if value.is_nan() {
        "null".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "1e999".to_owned() } else { "-1e999".to_owned() }
    } else {
        format!("{value:?}")
    }
}

pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len().saturating_add(2));
    push_quoted(&mut out, text);
    out
}

/// Adds a string. `<` is escaped too, so that no answer is taken for a page whatever a browser makes of it.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 || matches!(c, '<' | '\u{7f}' | '\u{2028}' | '\u{2029}') => {
                // Writing to a string does not fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::{Record, list, number, numbers, quoted};

    #[test]
    fn text_is_read_back_by_a_parser() {
        for text in ["", "plain", "\"\\\n\r\t\u{0}\u{1f}</script>\u{2028}\u{e9}\u{1f600}"] {
            assert_eq!(serde_json::from_str::<String>(&quoted(text)).unwrap(), text);
        }
        assert!(!quoted("<").contains('<'));
    }

    #[test]
    fn numbers_come_back_to_the_bit() {
        for value in [0.1, -0.0, 1e300, 5e-324, 123_456_789.0] {
            assert_eq!(number(value).parse::<f64>().unwrap().to_bits(), value.to_bits());
        }
        assert_eq!(number(f64::NAN), "null");
        assert_eq!(number(f64::NEG_INFINITY).parse::<f64>().unwrap(), f64::NEG_INFINITY);
    }

    #[test]
    fn records_and_lists_are_json() {
        let text = Record::new()
            .text("a\"", "b")
            .maybe_plain("none", None::<u8>)
            .raw("l", &numbers([1, 2]))
            .list("m", [quoted("x")])
            .end();
        let parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(parsed, serde_json::json!({"a\"": "b", "none": null, "l": [1, 2], "m": ["x"]}));
        assert_eq!(list([]), "[]");
        assert_eq!(Record::new().end(), "{}");
    }
}
