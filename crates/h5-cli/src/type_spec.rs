//! `int32`, `<f8`, `string(10)`, `{x: float64, n: uint8}`: datatypes as the user writes them, and as the other commands show them.

use h5::{
    ArrayType, BitfieldType, ByteOrder, CharacterSet, ComplexType, CompoundType, Datatype, FloatType, H5Type,
    IntegerType, Name, OpaqueType, StringPadding, StringType, VlenType,
};

/// Datatypes inside one another.
const LARGEST_DEPTH: usize = 16;

/// Understands a datatype.
///
/// # Errors
/// A sentence for the user.
pub(crate) fn parse(text: &str) -> Result<Datatype, String> {
    let mut parser = Parser { rest: text.trim(), depth: 0 };
    let datatype = parser.datatype()?;
    if parser.rest.trim().is_empty() {
        Ok(datatype)
    } else {
        Err(format!("`{text}`: `{}` behind a datatype", parser.rest.trim()))
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl<'t> Parser<'t> {
    fn datatype(&mut self) -> Result<Datatype, String> {
        self.depth = self.depth.saturating_add(1);
        if self.depth > LARGEST_DEPTH {
            return Err("datatypes nested too deep".into());
        }
        let datatype = if self.takes("{") {
            self.compound()
        } else if self.takes("[") {
            self.array()
        } else if self.takes("vlen<") {
            let base = Box::new(self.datatype()?);
            self.expect(">")?;
            Ok(Datatype::Vlen(VlenType { size: 16, base }))
        } else if self.takes("complex<") {
            let base = Box::new(self.datatype()?);
            self.expect(">")?;
            match *base {
                Datatype::Float(_) => Ok(Datatype::Complex(ComplexType { base })),
                other => Err(format!("complex numbers of {other}")),
            }
        } else {
            self.simple()
        };
        self.depth = self.depth.saturating_sub(1);
        datatype
    }

    fn compound(&mut self) -> Result<Datatype, String> {
        let mut members: Vec<(Name, Datatype)> = Vec::new();
        loop {
            let Some((name, rest)) = self.rest.split_once(':') else {
                return Err(format!("`{}`: a member is NAME: TYPE", self.rest));
            };
            let name = name.trim().trim_matches('"');
            if name.is_empty() || members.iter().any(|(known, _)| known.as_bytes() == name.as_bytes()) {
                return Err(format!("`{name}` is no name of a further member"));
            }
            self.rest = rest;
            members.push((name.into(), self.datatype()?));
            if self.takes("}") {
                return Ok(Datatype::Compound(CompoundType::packed(members)));
            }
            self.expect(",")?;
        }
    }

    fn array(&mut self) -> Result<Datatype, String> {
        let Some((sizes, rest)) = self.rest.split_once(']') else {
            return Err(format!("`[{}`: `]` is missing", self.rest));
        };
        let size = |size: &str| {
            let size: Option<u32> = size.trim().parse().ok();
            size.filter(|&size| size > 0).ok_or_else(|| format!("`{sizes}` are no dimensions"))
        };
        let dimensions = sizes.split(',').map(size).collect::<Result<_, _>>()?;
        self.rest = rest;
        Ok(Datatype::Array(ArrayType { dimensions, base: Box::new(self.datatype()?) }))
    }

    /// A word, with a number in parentheses and a byte order behind.
    fn simple(&mut self) -> Result<Datatype, String> {
        self.rest = self.rest.trim_start();
        let end = self.rest.find([',', '}', ']', '>', ' ', '(']).filter(|&end| end > 0);
        // The byte order of numpy may be `>`.
        let end = end.or_else(|| {
            self.rest.get(1..)?.find([',', '}', ']', '>', ' ', '(']).map(|at| at.saturating_add(1))
        });
        let (word, rest) =
            self.rest.split_at_checked(end.unwrap_or(self.rest.len())).unwrap_or((self.rest, ""));
        self.rest = rest;
        let length = if self.takes("(") {
            let (length, rest) = self.rest.split_once(')').ok_or("`)` is missing")?;
            self.rest = rest;
            let length: Option<usize> = length.trim().parse().ok();
            Some(length.filter(|&n| n > 0).ok_or_else(|| format!("`{word}`: a length is a number above 0"))?)
        } else {
            None
        };
        let order = if self.takes("big-endian") { Some(ByteOrder::Big) } else { None };
        named(word, length, order).ok_or_else(|| {
            format!("`{word}` is no datatype; int8 to int64, uint8 to uint64, float16 to float64, bool, string, string(N), ascii(N), opaque(N), bitfieldN, vlen<T>, [N] T, complex<T>, {{a: T, b: T}} are")
        })
    }

    fn takes(&mut self, token: &str) -> bool {
        match self.rest.trim_start().strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.takes(token) { Ok(()) } else { Err(format!("`{}`: `{token}` is missing", self.rest)) }
    }
}

fn named(word: &str, length: Option<usize>, order: Option<ByteOrder>) -> Option<Datatype> {
    if let Some(length) = length {
        let text = |character_set| StringType {
            character_set,
            ..StringType::fixed(length, StringPadding::NullPadded)
        };
        return match word {
            "string" => Some(Datatype::String(text(CharacterSet::Utf8))),
            "ascii" => Some(Datatype::String(text(CharacterSet::Ascii))),
            "opaque" => Some(Datatype::Opaque(OpaqueType { size: length, tag: Name::default() })),
            _ => None,
        };
    }
    let order = order.unwrap_or(ByteOrder::Little);
    match word {
        "bool" => return Some(bool::datatype()),
        "string" | "str" => return Some(Datatype::String(StringType::variable_utf8())),
        _ => {}
    }
    let (order, word) = match word.strip_prefix(['<', '|']) {
        Some(word) => (ByteOrder::Little, word),
        None => word.strip_prefix('>').map_or((order, word), |word| (ByteOrder::Big, word)),
    };
    let at = word.find(|c: char| c.is_ascii_digit())?;
    let (kind, digits) = word.split_at_checked(at)?;
    let number: u8 = digits.parse().ok()?;
    // Long names count bits, those of numpy bytes.
    let whole_bytes = number.is_multiple_of(8);
    let integer = |size: u8, signed| {
        matches!(size, 1 | 2 | 4 | 8 | 16).then(|| Datatype::Integer(IntegerType::plain(size, signed, order)))
    };
    let float = |size: u8| match size {
        2 => Some(Datatype::Float(FloatType::f16(order))),
        4 => Some(Datatype::Float(FloatType::f32(order))),
        8 => Some(Datatype::Float(FloatType::f64(order))),
        16 => Some(Datatype::Float(FloatType::f128(order))),
        _ => None,
    };
    let complex = |size: u8| {
        float(size.checked_div(2)?).map(|base| Datatype::Complex(ComplexType { base: Box::new(base) }))
    };
    match kind {
        "int" if whole_bytes => integer(number.checked_div(8)?, true),
        "uint" if whole_bytes => integer(number.checked_div(8)?, false),
        "float" if whole_bytes => float(number.checked_div(8)?),
        "bitfield" if matches!(number, 8 | 16 | 32 | 64) => {
            Some(Datatype::Bitfield(BitfieldType::plain(number.checked_div(8)?, order)))
        }
        "complex" if whole_bytes => complex(number.checked_div(8)?),
        "i" => integer(number, true),
        "u" => integer(number, false),
        "f" => float(number),
        "c" => complex(number),
        "b" if number == 1 => Some(bool::datatype()),
        "S" => Some(Datatype::String(StringType {
            character_set: CharacterSet::Ascii,
            ..StringType::fixed(digits.parse().ok().filter(|&n| n > 0)?, StringPadding::NullPadded)
        })),
        "V" => Some(Datatype::Opaque(OpaqueType {
            size: digits.parse().ok().filter(|&n| n > 0)?,
            tag: Name::default(),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn datatypes_are_read_as_they_are_shown() {
        for text in [
            "int8",
            "uint16 big-endian",
            "float64",
            "float16",
            "string",
            "string(10)",
            "vlen<int32>",
            "[2,3] float32",
            "{x: int32, y: float64 big-endian, z: [2] string(3)}",
            "vlen<{a: uint8}>",
            "complex<float64>",
            "bitfield16",
            "opaque(4)",
        ] {
            assert_eq!(parse(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn names_of_numpy_are_known() {
        for (text, shown) in [
            ("<i4", "int32"),
            (">u2", "uint16 big-endian"),
            ("f8", "float64"),
            ("|S5", "string(5)"),
            ("c16", "complex<float64>"),
            ("complex128", "complex<float64>"),
            ("{a: >f4, b: <i8}", "{a: float32 big-endian, b: int64}"),
        ] {
            assert_eq!(parse(text).map(|t| t.to_string()), Ok(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_no_datatype_is_said() {
        for text in [
            "",
            "int7",
            "foo",
            "string(0)",
            "{x int32}",
            "{x: int8, x: int8}",
            "[0] int8",
            "vlen<int8",
            "int8 int8",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
