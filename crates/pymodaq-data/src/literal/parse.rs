//! A reader of Python literals that evaluates nothing.

use super::PyValue;
use super::float::parse_float;
use crate::error::{Error, Result};

/// How deep tuples, lists and dictionaries may be nested.
const MAX_DEPTH: usize = 64;

/// Reads one Python literal: what `repr` writes for the types of [`PyValue`].
///
/// # Errors
///
/// `Parse`, for text that is no such literal; `Limit`, for one nested more than 64 deep.
pub fn parse(text: &str) -> Result<PyValue> {
    read(text, Names::Kept)
}

/// As [`parse`], without what Python itself would not know: `nan`, `inf`, and calls of what PyMoDAQ does not import.
pub(super) fn parse_known(text: &str) -> Result<PyValue> {
    read(text, Names::Known)
}

fn read(text: &str, names: Names) -> Result<PyValue> {
    let mut parser = Parser { text, at: 0, names };
    let value = parser.value(0)?;
    parser.skip_space();
    if parser.rest().is_empty() { Ok(value) } else { Err(parser.unexpected()) }
}

/// Which names are read.
#[derive(Clone, Copy, PartialEq)]
enum Names {
    /// Any call is kept as text, `nan` and `inf` are numbers.
    Kept,
    /// Those of numpy and datetime.
    Known,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    names: Names,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn advance(&mut self, bytes: usize) {
        self.at = self.at.saturating_add(bytes).min(self.text.len());
    }

    fn next(&mut self) -> Option<char> {
        let letter = self.peek()?;
        self.advance(letter.len_utf8());
        Some(letter)
    }

    fn eat(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.advance(expected.len_utf8());
        }
        found
    }

    fn skip_space(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
        self.advance(rest.len().saturating_sub(trimmed.len()));
    }

    /// Takes as long as the characters are wanted.
    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|letter| !wanted(letter)).unwrap_or(rest.len());
        self.advance(end);
        rest.get(..end).unwrap_or("")
    }

    fn unexpected(&self) -> Error {
        let found = self.peek().map_or_else(|| "the end".to_owned(), |letter| format!("{letter:?}"));
        Error::parse(format!("unexpected {found} at byte {} of a Python literal", self.at))
    }

    fn value(&mut self, depth: usize) -> Result<PyValue> {
        if depth > MAX_DEPTH {
            return Err(Error::limit(format!("a Python literal nested more than {MAX_DEPTH} deep")));
        }
        let inner = depth.saturating_add(1);
        self.skip_space();
        match self.peek() {
            Some('(') => self.parenthesis(inner),
            Some('[') => {
                self.eat('[');
                Ok(PyValue::List(self.items(']', inner)?.0))
            }
            Some('{') => self.dict(inner),
            Some('\'' | '"') => Ok(PyValue::Str(self.strings()?)),
            Some('b' | 'B') if self.starts_bytes() => self.bytes(),
            Some(letter) if letter.is_ascii_digit() || matches!(letter, '-' | '+' | '.') => self.number(),
            Some(letter) if letter.is_ascii_alphabetic() || letter == '_' => self.name(),
            _ => Err(self.unexpected()),
        }
    }

    /// A tuple, or one value in parentheses.
    fn parenthesis(&mut self, depth: usize) -> Result<PyValue> {
        self.eat('(');
        let (mut items, comma) = self.items(')', depth)?;
        match items.pop() {
            Some(only) if items.is_empty() && !comma => Ok(only),
            Some(last) => {
                items.push(last);
                Ok(PyValue::Tuple(items))
            }
            None => Ok(PyValue::Tuple(items)),
        }
    }

    /// Values up to the closing bracket, and whether a comma stands after the last one.
    fn items(&mut self, close: char, depth: usize) -> Result<(Vec<PyValue>, bool)> {
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            self.skip_space();
            if self.eat(close) {
                return Ok((items, comma));
            }
            if !items.is_empty() && !comma {
                return Err(self.unexpected());
            }
            items.push(self.value(depth)?);
            self.skip_space();
            comma = self.eat(',');
        }
    }

    fn dict(&mut self, depth: usize) -> Result<PyValue> {
        self.eat('{');
        let mut pairs = Vec::new();
        let mut comma = true;
        loop {
            self.skip_space();
            if self.eat('}') {
                return Ok(PyValue::Dict(pairs));
            }
            if !comma {
                return Err(self.unexpected());
            }
            let key = self.value(depth)?;
            self.skip_space();
            if !self.eat(':') {
                return Err(self.unexpected());
            }
            pairs.push((key, self.value(depth)?));
            self.skip_space();
            comma = self.eat(',');
        }
    }

    fn number(&mut self) -> Result<PyValue> {
        let start = self.at;
        let sign = self.take_while(|letter| matches!(letter, '-' | '+'));
        if sign.len() > 1 {
            return Err(self.unexpected());
        }
        if self.names == Names::Kept && self.rest().starts_with("inf") {
            self.advance(3);
            return Ok(PyValue::Float(if sign == "-" { f64::NEG_INFINITY } else { f64::INFINITY }));
        }
        let whole = self.take_while(|letter| letter.is_ascii_digit());
        let point = self.eat('.');
        let fraction = if point { self.take_while(|letter| letter.is_ascii_digit()) } else { "" };
        let exponent = matches!(self.peek(), Some('e' | 'E'));
        if exponent {
            self.next();
            if matches!(self.peek(), Some('-' | '+')) {
                self.next();
            }
            if self.take_while(|letter| letter.is_ascii_digit()).is_empty() {
                return Err(self.unexpected());
            }
        }
        let glued = self
            .peek()
            .is_some_and(|letter| letter.is_ascii_alphanumeric() || letter == '_' || !letter.is_ascii());
        if whole.is_empty() && fraction.is_empty() || glued {
            return Err(self.unexpected());
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        if point || exponent {
            let value = parse_float(text).ok_or_else(|| Error::parse(format!("{text:?} is no number")))?;
            return Ok(PyValue::Float(value));
        }
        let significant = whole.trim_start_matches('0');
        if significant.len() != whole.len() && !significant.is_empty() {
            return Err(Error::parse(format!("{text:?}: leading zeros are not allowed in integers")));
        }
        if significant.is_empty() {
            return Ok(PyValue::Int(0));
        }
        let minus = if sign == "-" { "-" } else { "" };
        let digits = format!("{minus}{significant}");
        Ok(digits.parse().map_or(PyValue::BigInt(digits), PyValue::Int))
    }

    /// `None`, `True`, `np.float64(1.5)` and their like.
    fn name(&mut self) -> Result<PyValue> {
        let start = self.at;
        let name = self.take_while(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.'));
        match name {
            "None" => return Ok(PyValue::None),
            "True" => return Ok(PyValue::Bool(true)),
            "False" => return Ok(PyValue::Bool(false)),
            "np.True_" | "numpy.True_" => return Ok(PyValue::NumpyBool(true)),
            "np.False_" | "numpy.False_" => return Ok(PyValue::NumpyBool(false)),
            "nan" if self.names == Names::Kept => return Ok(PyValue::Float(f64::NAN)),
            "inf" if self.names == Names::Kept => return Ok(PyValue::Float(f64::INFINITY)),
            _ => {}
        }
        let known = name.starts_with("np.") || name.starts_with("datetime.");
        if self.peek() != Some('(') || self.names == Names::Known && !known {
            self.at = start;
            return Err(self.unexpected());
        }
        let arguments = self.arguments()?;
        let text = self.text.get(start..self.at).unwrap_or("").to_owned();
        match name {
            "np.float64" | "numpy.float64" => numpy_float(arguments, self.names),
            "np.int64" | "numpy.int64" => match read(arguments, self.names)? {
                PyValue::Int(value) => Ok(PyValue::NumpyInt64(value)),
                _ => Err(Error::parse(format!("{text:?} is no integer of 64 bits"))),
            },
            "datetime.datetime" | "datetime.date" | "datetime.time" => Ok(PyValue::DateTime(text)),
            _ => Ok(PyValue::Opaque(text)),
        }
    }

    /// What stands between the parentheses of a call; brackets are counted and strings passed over.
    fn arguments(&mut self) -> Result<&'a str> {
        self.eat('(');
        let start = self.at;
        let mut depth = 1usize;
        loop {
            let end = self.at;
            match self.peek() {
                Some('\'' | '"') => {
                    self.string()?;
                    continue;
                }
                Some('(' | '[' | '{') => depth = depth.saturating_add(1),
                Some(')' | ']' | '}') => depth = depth.saturating_sub(1),
                Some(_) => {}
                None => return Err(self.unexpected()),
            }
            self.next();
            if depth == 0 {
                return Ok(self.text.get(start..end).unwrap_or(""));
            }
        }
    }

    fn starts_bytes(&self) -> bool {
        matches!(self.rest().chars().nth(1), Some('\'' | '"'))
    }

    fn bytes(&mut self) -> Result<PyValue> {
        self.next();
        let text = self.string_of(Escapes::Bytes)?;
        let bytes = text.chars().map(|letter| u8::try_from(u32::from(letter)));
        let bytes = bytes.collect::<Result<_, _>>().map_err(|_| Error::parse("bytes hold ASCII only"))?;
        Ok(PyValue::Bytes(bytes))
    }

    /// Strings one after the other are one string.
    fn strings(&mut self) -> Result<String> {
        let mut text = self.string()?;
        loop {
            let before = self.at;
            self.skip_space();
            if !matches!(self.peek(), Some('\'' | '"')) {
                self.at = before;
                return Ok(text);
            }
            text.push_str(&self.string()?);
        }
    }

    fn string(&mut self) -> Result<String> {
        self.string_of(Escapes::Text)
    }

    fn string_of(&mut self, escapes: Escapes) -> Result<String> {
        let quote = self.next().ok_or_else(|| self.unexpected())?;
        let mut text = String::new();
        loop {
            match self.next() {
                Some(letter) if letter == quote => return Ok(text),
                Some('\\') => self.escape(&mut text, escapes)?,
                Some(letter) if letter == '\n' || escapes == Escapes::Bytes && !letter.is_ascii() => {
                    return Err(Error::parse(format!("{letter:?} within a Python literal's quotes")));
                }
                Some(letter) => text.push(letter),
                None => return Err(self.unexpected()),
            }
        }
    }

    fn escape(&mut self, text: &mut String, escapes: Escapes) -> Result<()> {
        let letter = self.next().ok_or_else(|| self.unexpected())?;
        let made = match letter {
            '\\' | '\'' | '"' => letter,
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'a' => '\x07',
            'b' => '\x08',
            'f' => '\x0c',
            'v' => '\x0b',
            '\n' => return Ok(()),
            '0'..='7' => self.octal(letter),
            'x' => self.code(2)?,
            'u' if escapes == Escapes::Text => self.code(4)?,
            'U' if escapes == Escapes::Text => self.code(8)?,
            // Python keeps an escape that it does not know.
            other => {
                text.push('\\');
                other
            }
        };
        text.push(made);
        Ok(())
    }

    /// Up to three octal digits.
    fn octal(&mut self, first: char) -> char {
        let mut code = first.to_digit(8).unwrap_or(0);
        for _ in 0..2 {
            let Some(digit) = self.peek().and_then(|letter| letter.to_digit(8)) else { break };
            self.next();
            code = code.saturating_mul(8).saturating_add(digit);
        }
        char::from_u32(code).unwrap_or('\0')
    }

    /// That many hexadecimal digits.
    fn code(&mut self, width: usize) -> Result<char> {
        let digits = self.rest().get(..width).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        let code = code.ok_or_else(|| Error::parse(format!("a bad escape at byte {}", self.at)))?;
        self.advance(width);
        Ok(code)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Escapes {
    Text,
    Bytes,
}

fn numpy_float(arguments: &str, names: Names) -> Result<PyValue> {
    match read(arguments, names)? {
        PyValue::Float(value) => Ok(PyValue::NumpyFloat64(value)),
        PyValue::Int(value) => Ok(PyValue::NumpyFloat64(value as f64)),
        _ => Err(Error::parse(format!("np.float64({arguments}) is no number"))),
    }
}
