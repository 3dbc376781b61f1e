//! Values as JSON and as text, and datatypes in the words of h5py's low-level names.

use std::fmt::{Display, Write as _};

use h5_types::{
    ByteOrder, CompoundType, Datatype, Elements, EnumType, Error, FloatType, IntegerType, Result, Value,
    shortened,
};

use crate::json::{number, push_quoted};

/// A text that must not grow beyond a number of bytes.
#[derive(Debug)]
pub(crate) struct JsonText {
    pub(crate) text: String,
    largest: usize,
}

impl JsonText {
    pub(crate) fn new(largest: usize) -> Self {
        Self { text: String::new(), largest }
    }

    fn check(&self) -> Result<()> {
        if self.text.len() <= self.largest {
            return Ok(());
        }
        Err(Error::limit(format!("more than {} bytes of JSON; select less", self.largest)))
    }

    /// Elements as nested lists of a shape, or as one list.
    pub(crate) fn elements(&mut self, elements: &Elements, shape: &[u64], flat: bool) -> Result<()> {
        if shape.is_empty() {
            return self.value(&elements.value(0)?);
        }
        let flat_shape;
        let shape = if flat {
            flat_shape = [u64::try_from(elements.count()).unwrap_or(u64::MAX)];
            flat_shape.as_slice()
        } else {
            shape
        };
        let mut next = 0_usize;
        self.nested(shape, &mut |out| {
            out.value(&elements.value(next)?)?;
            next = next.saturating_add(1);
            Ok(())
        })
    }

    fn nested(&mut self, shape: &[u64], each: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        let Some((&count, rest)) = shape.split_first() else { return each(self) };
        self.text.push('[');
        for place in 0..count {
            if place > 0 {
                self.text.push(',');
            }
            self.nested(rest, each)?;
            self.check()?;
        }
        self.text.push(']');
        Ok(())
    }

    /// One value.
    pub(crate) fn value(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Int(v) => self.plain(v),
            Value::UInt(v) => self.plain(v),
            Value::BigInt(v) => self.plain(v),
            Value::BigUInt(v) => self.plain(v),
            Value::Bitfield(v) => self.plain(v),
            Value::Float(v) => self.text.push_str(&number(*v)),
            Value::String(v) => push_quoted(&mut self.text, &v.to_text()),
            Value::Opaque { bytes, .. } | Value::Time { bytes, .. } => {
                self.text.push('"');
                bytes.iter().for_each(|byte| self.plain(format_args!("{byte:02x}")));
                self.text.push('"');
            }
            Value::Compound(members) => self.list(members.iter().map(|(_, value)| value))?,
            Value::Enum { value, .. } => self.value(value)?,
            Value::Array { dimensions, values } => {
                let shape: Vec<u64> = dimensions.iter().copied().map(u64::from).collect();
                let mut values = values.iter();
                self.nested(&shape, &mut |out| values.next().map_or(Ok(()), |value| out.value(value)))?;
            }
            Value::Sequence(values) => self.list(values.iter())?,
            Value::Complex { real, imaginary } => {
                self.plain(format_args!("[{},{}]", number(*real), number(*imaginary)));
            }
            other => push_quoted(&mut self.text, &other.to_string()),
        }
        self.check()
    }

    fn list<'v>(&mut self, values: impl Iterator<Item = &'v Value>) -> Result<()> {
        self.text.push('[');
        for (place, value) in values.enumerate() {
            if place > 0 {
                self.text.push(',');
            }
            self.value(value)?;
        }
        self.text.push(']');
        Ok(())
    }

    fn plain(&mut self, value: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
    }
}

/// A value as a cell of a table: text without quotes.
pub(crate) fn cell(value: &Value, characters: usize) -> String {
    match value {
        Value::String(text) => text.to_text().chars().take(characters).collect(),
        Value::Enum { name: Some(name), .. } => name.to_text().chars().take(characters).collect(),
        other => shortened(other, characters),
    }
}

/// True for the compound that h5py stores complex numbers in.
pub(crate) fn is_complex(t: &CompoundType) -> bool {
    let is_number = |name: &[u8]| {
        t.member(name)
            .is_some_and(|member| matches!(member.datatype, Datatype::Float(_) | Datatype::Integer(_)))
    };
    t.members.len() == 2 && is_number(b"r") && is_number(b"i")
}

/// True for h5py's enumeration of truth values.
pub(crate) fn is_boolean(t: &EnumType) -> bool {
    let member = |name: &str, value: u8| {
        t.members.iter().any(|member| member.name.as_bytes() == name.as_bytes() && member.value == [value])
    };
    t.members.len() == 2 && member("FALSE", 0) && member("TRUE", 1)
}

/// A datatype that JavaScript has arrays of, into which another converts without loss where that can be.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Safe {
    /// What elements are read as.
    pub(crate) memory: Datatype,
    /// `f4`, `i8`, ...
    pub(crate) code: &'static str,
    /// Numbers of one element: 2 for complex ones.
    pub(crate) parts: u64,
    /// True if what is read has to be turned around, byte by byte.
    pub(crate) is_swapped: bool,
}

/// What numbers are read as; `None` for all that is none.
pub(crate) fn safe(datatype: &Datatype) -> Option<Safe> {
    let plain = |memory, code| Some(Safe { memory, code, parts: 1, is_swapped: false });
    match datatype {
        Datatype::Integer(t) => {
            let (size, code) = integer_code(t)?;
            plain(Datatype::Integer(IntegerType::plain(size, t.signed, ByteOrder::Little)), code)
        }
        Datatype::Float(t) if t.size <= 4 => plain(Datatype::Float(FloatType::f32(ByteOrder::Little)), "f4"),
        Datatype::Float(_) => plain(Datatype::Float(FloatType::f64(ByteOrder::Little)), "f8"),
        Datatype::Enum(t) => match &*t.base {
            // Read as it is: an enumeration has no conversion to numbers of other sizes.
            Datatype::Integer(base) if base.is_plain() => {
                let (size, code) = integer_code(base)?;
                let same = usize::from(size) == base.size;
                let is_swapped = base.order == ByteOrder::Big && base.size > 1;
                same.then(|| Safe { memory: datatype.clone(), code, parts: 1, is_swapped })
            }
            _ => None,
        },
        _ => None,
    }
}

/// As [`safe`], complex numbers included: two `f8`.
pub(crate) fn safe_or_complex(datatype: &Datatype) -> Option<Safe> {
    let float = || Datatype::Float(FloatType::f64(ByteOrder::Little));
    let memory = match datatype {
        Datatype::Complex(_) => Datatype::Complex(h5_types::ComplexType { base: Box::new(float()) }),
        Datatype::Compound(t) if is_complex(t) => {
            Datatype::Compound(CompoundType::packed([("r".into(), float()), ("i".into(), float())]))
        }
        other => return safe(other),
    };
    Some(Safe { memory, code: "f8", parts: 2, is_swapped: false })
}

fn integer_code(t: &IntegerType) -> Option<(u8, &'static str)> {
    Some(match (t.size.checked_next_power_of_two()?, t.signed) {
        (1, true) => (1, "i1"),
        (2, true) => (2, "i2"),
        (4, true) => (4, "i4"),
        (8, true) => (8, "i8"),
        (1, false) => (1, "u1"),
        (2, false) => (2, "u2"),
        (4, false) => (4, "u4"),
        (8, false) => (8, "u8"),
        _ => return None,
    })
}

impl Safe {
    /// Bytes of one element.
    pub(crate) fn size(&self) -> usize {
        self.memory.size()
    }

    /// Brings the bytes that were read into JavaScript's order.
    pub(crate) fn ordered(&self, mut bytes: Vec<u8>) -> Vec<u8> {
        if self.is_swapped {
            bytes.chunks_exact_mut(self.size().max(1)).for_each(<[u8]>::reverse);
        }
        bytes
    }
}
