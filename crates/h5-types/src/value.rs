//! Values whose datatype is known only at run time.

mod display;
mod encode;
mod natural;

use crate::convert::{FloatLayout, Integer, IntegerLayout, trim};
use crate::{
    ByteOrder, Datatype, Elements, EnumType, Error, FloatType, Heap, Name, Reference, Result, StringLength,
    TimeType,
};

/// One value of any datatype.
///
/// `Display` writes it on one line, safe for a terminal: `{x: 1, name: "a\x1b"}`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Signed integer of at most 64 bits.
    Int(i64),
    /// Unsigned integer of at most 64 bits.
    UInt(u64),
    /// Signed integer of 65 to 128 bits.
    BigInt(i128),
    /// Unsigned integer of 65 to 128 bits.
    BigUInt(u128),
    /// Floating-point number: exact up to binary64; of wider formats (x87, binary128) the nearest binary64.
    Float(f64),
    /// Text without its padding. Bytes that are not valid text are kept; see [`Name::to_str`] and [`Name::to_text`].
    String(Name),
    /// The bits of a bit field of at most 128 bits.
    Bitfield(u128),
    /// Bytes with a tag.
    Opaque {
        /// The bytes.
        bytes: Vec<u8>,
        /// What they are, in words.
        tag: Name,
    },
    /// Members in stored order.
    Compound(Vec<(Name, Value)>),
    /// Value of an enumeration.
    Enum {
        /// Its name; `None` if the datatype names no such value.
        name: Option<Name>,
        /// The integer.
        value: Box<Value>,
    },
    /// Array of fixed dimensions.
    Array {
        /// Dimensions, slowest-varying first.
        dimensions: Vec<u32>,
        /// Elements in C order.
        values: Vec<Value>,
    },
    /// Variable-length sequence.
    Sequence(Vec<Value>),
    /// Reference.
    Reference(Reference),
    /// Complex number; each part as precise as [`Value::Float`].
    Complex {
        /// Real part.
        real: f64,
        /// Imaginary part.
        imaginary: f64,
    },
    /// Time: the bytes as stored, because no more than their order is defined.
    Time {
        /// The bytes.
        bytes: Vec<u8>,
        /// Their datatype.
        datatype: TimeType,
    },
}

/// Bytes of sequences that one value may hold beyond those of its heap: members may share what they point to, but a heap
/// whose sequences contain one another must not multiply without bound.
const SHARED_BYTES: usize = 256 << 20;

impl Value {
    /// Decodes one element in memory form.
    ///
    /// # Errors
    /// `Usage` if the bytes are too few or point outside the heap, `Unsupported` for integers and bit fields over 128 bits and
    /// for floats that [`Converter`](crate::Converter) cannot convert.
    pub fn decode(datatype: &Datatype, bytes: &[u8], heap: &Heap) -> Result<Self> {
        let budget = heap.bytes.len().saturating_add(SHARED_BYTES);
        Reader { heap, budget }.value(datatype, bytes)
    }
}

impl Elements {
    /// The element of that index.
    ///
    /// # Errors
    /// `Usage` if there is no such element; else as [`Value::decode`].
    pub fn value(&self, index: usize) -> Result<Value> {
        let size = self.datatype.size();
        let bytes = index.checked_mul(size).and_then(|start| {
            let end = start.checked_add(size)?;
            self.bytes.get(start..end)
        });
        let bytes = bytes.ok_or_else(|| Error::usage(format!("element {index} of {}", self.count())))?;
        Value::decode(&self.datatype, bytes, &self.heap)
    }

    /// All elements in order, each with its own result.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Result<Value>> + '_ {
        (0..self.count()).map(|index| self.value(index))
    }
}

struct Reader<'a> {
    heap: &'a Heap,
    /// Bytes of sequences that may still be visited.
    budget: usize,
}

impl Reader<'_> {
    fn value(&mut self, datatype: &Datatype, bytes: &[u8]) -> Result<Value> {
        let size = datatype.size();
        let bytes = bytes
            .get(..size)
            .ok_or_else(|| Error::usage(format!("{} bytes for an element of {size}", bytes.len())))?;
        Ok(match datatype {
            Datatype::Integer(t) => {
                integer(&IntegerLayout::of_integer(t)?, t.precision_bits, t.signed, bytes)?
            }
            Datatype::Float(t) => Value::Float(float(t, bytes)?),
            Datatype::Time(t) => Value::Time { bytes: bytes.to_vec(), datatype: t.clone() },
            Datatype::String(t) => Value::String(Name::new(match t.length {
                StringLength::Fixed(_) => trim(bytes, t.padding).to_vec(),
                StringLength::Variable { .. } => self.visit(bytes, 1)?.1.to_vec(),
            })),
            Datatype::Bitfield(t) => {
                let bits = IntegerLayout::of_bitfield(t)?.read_bits(bytes);
                check_width(t.precision_bits)?;
                Value::Bitfield(bits.low())
            }
            Datatype::Opaque(t) => Value::Opaque { bytes: bytes.to_vec(), tag: t.tag.clone() },
            Datatype::Compound(t) => {
                let member = |m: &crate::Member| {
                    let part = bytes.get(m.offset..).unwrap_or(&[]);
                    Ok((m.name.clone(), self.value(&m.datatype, part)?))
                };
                Value::Compound(t.members.iter().map(member).collect::<Result<_>>()?)
            }
            Datatype::Reference(_) => Value::Reference(self.heap.reference(bytes)?.clone()),
            Datatype::Enum(t) => self.enumeration(t, bytes)?,
            Datatype::Vlen(t) => {
                let (_, values) = self.visit(bytes, t.base.size())?;
                Value::Sequence(self.list(&t.base, values)?)
            }
            Datatype::Array(t) => {
                Value::Array { dimensions: t.dimensions.clone(), values: self.list(&t.base, bytes)? }
            }
            Datatype::Complex(t) => {
                let Datatype::Float(part) = &*t.base else {
                    return Err(Error::unsupported(format!("complex numbers of {}", t.base)));
                };
                let (real, imaginary) = bytes.split_at_checked(part.size).unwrap_or((bytes, &[]));
                Value::Complex { real: float(part, real)?, imaginary: float(part, imaginary)? }
            }
        })
    }

    fn enumeration(&mut self, t: &EnumType, bytes: &[u8]) -> Result<Value> {
        let name = t.members.iter().find(|member| member.value == bytes).map(|member| member.name.clone());
        Ok(Value::Enum { name, value: Box::new(self.value(&t.base, bytes)?) })
    }

    fn list(&mut self, base: &Datatype, bytes: &[u8]) -> Result<Vec<Value>> {
        bytes.chunks_exact(base.size().max(1)).map(|element| self.value(base, element)).collect()
    }
}

impl<'a> Reader<'a> {
    fn visit(&mut self, element: &[u8], base_size: usize) -> Result<(usize, &'a [u8])> {
        let found = self.heap.sequence(element, base_size)?;
        let rest = self.budget.checked_sub(found.1.len());
        self.budget = rest.ok_or_else(|| Error::limit("sequences that contain one another"))?;
        Ok(found)
    }
}

fn integer(layout: &IntegerLayout, precision: u16, signed: bool, bytes: &[u8]) -> Result<Value> {
    check_width(precision)?;
    let Integer { negative, magnitude } = layout.read(bytes);
    let magnitude = magnitude.low();
    if !signed {
        return Ok(u64::try_from(magnitude)
            .ok()
            .filter(|_| precision <= 64)
            .map_or(Value::BigUInt(magnitude), Value::UInt));
    }
    // Two's complement: -2^127 has the magnitude 2^127, whose bits are those of the value itself.
    let bits = if negative { magnitude.wrapping_neg() } else { magnitude };
    let value = i128::from_le_bytes(bits.to_le_bytes());
    Ok(i64::try_from(value).ok().filter(|_| precision <= 64).map_or(Value::BigInt(value), Value::Int))
}

fn check_width(precision: u16) -> Result<()> {
    if precision <= 128 {
        return Ok(());
    }
    Err(Error::unsupported(format!("a value of {precision} bits, at most 128")))
}

fn float(t: &FloatType, bytes: &[u8]) -> Result<f64> {
    let bytes = bytes.get(..t.size).ok_or_else(|| Error::usage("a float is cut short"))?;
    if let (ByteOrder::Little | ByteOrder::Big, Ok(word)) = (t.order, <[u8; 8]>::try_from(bytes))
        && *t == FloatType::f64(t.order)
    {
        return Ok(if t.order == ByteOrder::Big {
            f64::from_be_bytes(word)
        } else {
            f64::from_le_bytes(word)
        });
    }
    let number = FloatLayout::new(t)?.read(bytes);
    let mut word = [0; 8];
    FloatLayout::new(&FloatType::f64(ByteOrder::Little))?.write(number, &mut word);
    Ok(f64::from_le_bytes(word))
}
