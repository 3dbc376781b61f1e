//! A reader of JSON: the envelopes of attributes are the only JSON there is, which takes no package to read.

use super::PyValue;
use super::float::parse_float;

/// How deep arrays and objects may be nested.
const MAX_DEPTH: usize = 128;

/// What Python's `json.loads` makes of a text; `None` if it is not JSON, or nested more than 128 deep.
///
/// Objects keep their order; of members of one name the last one counts. NaN and infinities are not JSON.
pub(super) fn parse_json(text: &str) -> Option<PyValue> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.skip_space();
    reader.rest.is_empty().then_some(value)
}

/// The member of an object.
pub(super) fn member<'v>(object: &'v PyValue, name: &str) -> Option<&'v PyValue> {
    let PyValue::Dict(members) = object else { return None };
    members.iter().find(|(key, _)| key.as_str() == Some(name)).map(|(_, value)| value)
}

struct Reader<'t> {
    rest: &'t str,
}

impl<'t> Reader<'t> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    /// Takes that text if it is next.
    fn eat(&mut self, expected: &str) -> bool {
        let after = self.rest.strip_prefix(expected);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let letter = letters.next();
        self.rest = letters.as_str();
        letter
    }

    fn value(&mut self, depth: usize) -> Option<PyValue> {
        self.skip_space();
        let depth = depth.checked_add(1).filter(|depth| *depth <= MAX_DEPTH)?;
        match self.rest.as_bytes().first()? {
            b'n' => self.eat("null").then_some(PyValue::None),
            b't' => self.eat("true").then_some(PyValue::Bool(true)),
            b'f' => self.eat("false").then_some(PyValue::Bool(false)),
            b'"' => self.string().map(PyValue::Str),
            b'[' => {
                let mut items = Vec::new();
                self.list("[", "]", |reader| {
                    items.push(reader.value(depth)?);
                    Some(())
                })?;
                Some(PyValue::List(items))
            }
            b'{' => {
                let mut members: Vec<(PyValue, PyValue)> = Vec::new();
                self.list("{", "}", |reader| {
                    reader.skip_space();
                    let name = PyValue::Str(reader.string()?);
                    reader.skip_space();
                    if !reader.eat(":") {
                        return None;
                    }
                    let value = reader.value(depth)?;
                    match members.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = value,
                        None => members.push((name, value)),
                    }
                    Some(())
                })?;
                Some(PyValue::Dict(members))
            }
            _ => self.number(),
        }
    }

    /// What stands between two brackets, with commas between.
    fn list(&mut self, open: &str, close: &str, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.eat(open);
        self.skip_space();
        if self.eat(close) {
            return Some(());
        }
        loop {
            each(self)?;
            self.skip_space();
            if self.eat(close) {
                return Some(());
            }
            if !self.eat(",") {
                return None;
            }
        }
    }

    fn number(&mut self) -> Option<PyValue> {
        let end = self.rest.find(|letter: char| !matches!(letter, '0'..='9' | '+' | '-' | '.' | 'e' | 'E'));
        let (text, rest) = self.rest.split_at_checked(end.unwrap_or(self.rest.len()))?;
        self.rest = rest;
        if !is_number(text) {
            return None;
        }
        match (text.parse(), text.parse::<u64>()) {
            (Ok(value), _) => Some(PyValue::Int(value)),
            (_, Ok(value)) => Some(PyValue::from(value)),
            _ => parse_float(text).filter(|value| value.is_finite()).map(PyValue::Float),
        }
    }

    fn string(&mut self) -> Option<String> {
        if !self.eat("\"") {
            return None;
        }
        let mut text = String::new();
        loop {
            match self.next()? {
                '"' => return Some(text),
                '\\' => text.push(self.escaped()?),
                '\0'..='\x1f' => return None,
                letter => text.push(letter),
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        Some(match self.next()? {
            letter @ ('"' | '\\' | '/') => letter,
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => {
                let first = self.unit()?;
                let second =
                    matches!(first, 0xd800..=0xdbff).then(|| self.eat("\\u").then(|| self.unit())?);
                let units = [Some(first), second.map(|second| second.unwrap_or(0))];
                let mut letters = char::decode_utf16(units.into_iter().flatten());
                return letters.next()?.ok();
            }
            _ => return None,
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let (digits, rest) = self.rest.split_at_checked(4)?;
        self.rest = rest;
        digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u16::from_str_radix(digits, 16).ok())?
    }
}

/// Whether a text is a number as JSON has them, which has fewer forms than Rust reads.
fn is_number(text: &str) -> bool {
    fn digits(text: &str) -> (&str, bool) {
        let rest = text.trim_start_matches(|letter: char| letter.is_ascii_digit());
        (rest, rest.len() < text.len())
    }
    let whole = text.strip_prefix('-').unwrap_or(text);
    let (mut rest, mut valid) = digits(whole);
    // Numbers begin with one zero only where nothing else stands before the point.
    valid &= !whole.starts_with('0') || whole.len() == rest.len().saturating_add(1);
    if let Some(fraction) = rest.strip_prefix('.') {
        let (after, some) = digits(fraction);
        (rest, valid) = (after, valid && some);
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let (after, some) = digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
        (rest, valid) = (after, valid && some);
    }
    valid && rest.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_json_has_is_read_and_nothing_else() {
        let read = |text: &str| parse_json(text).map(|value| crate::literal::repr(&value));
        for (text, expected) in [
            ("null", "None"),
            (" [1, -2.5e3,\n true, [], {}] ", "[1, -2500.0, True, [], {}]"),
            ("18446744073709551615", "18446744073709551615"),
            ("[1e5, 0, -0, 0.5]", "[100000.0, 0, 0, 0.5]"),
            (r#"{"b": 1, "a": {"c": null}, "b": 2}"#, "{'b': 2, 'a': {'c': None}}"),
            (r#""\u00e9\ud83d\ude00\"\\\/\n""#, "'\u{e9}\u{1f600}\"\\\\/\\n'"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "",
            "nul",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "--1",
            "[1,]",
            "[1 2]",
            "{1: 2}",
            "{\"a\"}",
            "'a'",
            "\"a",
            "\"\u{1}\"",
            r#""\ud83d""#,
            r#""\ud83dx""#,
            r#""\x41""#,
            r#""\u+123""#,
            "NaN",
            "1 2",
            "[",
            "1e999",
            "{\"a\":1,}",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(read(&"[".repeat(200)).is_none());
        let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read(&nested(128)).is_some() && read(&nested(129)).is_none());
    }
}
