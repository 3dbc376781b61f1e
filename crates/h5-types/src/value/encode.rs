//! Values as elements: the reverse of [`Value::decode`].

use super::{Value, check_width, float};
use crate::convert::{FloatLayout, Integer, IntegerLayout, fill, word};
use crate::{
    BitfieldType, ByteOrder, ComplexType, CompoundType, Datatype, Elements, EnumType, Error, ErrorKind,
    FloatType, Heap, IntegerType, Name, Result, StringLength, StringPadding, StringType,
};

impl Value {
    /// Encodes the value as one element of a memory form.
    ///
    /// What [`Value::decode`] gives is always taken back. Beyond that, numbers go where they lose nothing but a float's last digits, text
    /// names a value of an enumeration, an array of one dimension fills a sequence and a sequence an array of its length. Nothing is
    /// clipped or cut.
    ///
    /// # Errors
    /// `Conversion` if the value does not fit the datatype, `Usage` if `bytes` is not one element, `Unsupported` as [`Value::decode`],
    /// `Limit` if memory is short. The element is unspecified then.
    pub fn encode(&self, datatype: &Datatype, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        if bytes.len() != datatype.size() {
            return Err(Error::usage(format!("{} bytes for an element of {}", bytes.len(), datatype.size())));
        }
        match datatype {
            Datatype::Integer(t) => self.encode_integer(t, bytes),
            Datatype::Float(t) => {
                write_float(self.as_float().ok_or_else(|| self.misfit(datatype))?, t, bytes)
            }
            Datatype::Complex(t) => self.encode_complex(t, bytes),
            Datatype::Bitfield(t) => self.encode_bitfield(t, bytes),
            Datatype::String(t) => self.encode_text(t, datatype, bytes, heap),
            Datatype::Opaque(_) | Datatype::Time(_) => match self {
                Self::Opaque { bytes: value, .. } | Self::Time { bytes: value, .. }
                    if value.len() == bytes.len() =>
                {
                    bytes.copy_from_slice(value);
                    Ok(())
                }
                other => Err(other.misfit(datatype)),
            },
            Datatype::Enum(t) => self.encode_enumeration(t, datatype, bytes, heap),
            Datatype::Compound(t) => self.encode_compound(t, bytes, heap),
            Datatype::Reference(_) => match self {
                Self::Reference(reference) => heap.push_reference(reference.clone(), bytes),
                other => Err(other.misfit(datatype)),
            },
            Datatype::Vlen(t) => {
                let values = match self {
                    Self::Sequence(values) => values,
                    Self::Array { dimensions, values } if dimensions.len() == 1 => values,
                    other => return Err(other.misfit(datatype)),
                };
                // Encoded beside the heap, because the values may push onto it themselves.
                let encoded = encode_list(&t.base, values, heap)?;
                heap.push_sequence(values.len(), &encoded, bytes)
            }
            Datatype::Array(t) => {
                let values = match self {
                    Self::Array { dimensions, values } if *dimensions == t.dimensions => values,
                    Self::Sequence(values) if t.dimensions.len() == 1 => values,
                    other => return Err(other.misfit(datatype)),
                };
                if values.len() != t.element_count() {
                    return Err(self.misfit(datatype));
                }
                bytes.copy_from_slice(&encode_list(&t.base, values, heap)?);
                Ok(())
            }
        }
    }

    fn encode_complex(&self, t: &ComplexType, bytes: &mut [u8]) -> Result<()> {
        let Datatype::Float(part) = &*t.base else {
            return Err(Error::unsupported(format!("complex numbers of {}", t.base)));
        };
        let (real, imaginary) = match self {
            Self::Complex { real, imaginary } => (*real, *imaginary),
            other => {
                let real = other.as_float().ok_or_else(|| self.misfit(&Datatype::Complex(t.clone())))?;
                (real, 0.0)
            }
        };
        let (first, second) = bytes.split_at_mut(part.size);
        write_float(real, part, first)?;
        write_float(imaginary, part, second)
    }

    fn encode_bitfield(&self, t: &BitfieldType, bytes: &mut [u8]) -> Result<()> {
        check_width(t.precision_bits)?;
        let misfit = || self.misfit(&Datatype::Bitfield(t.clone()));
        let bits = match self {
            Self::Bitfield(bits) => *bits,
            other => other.as_magnitude().ok_or_else(misfit)?,
        };
        let layout = IntegerLayout::of_bitfield(t)?;
        layout.write_bits(word(bits), bytes);
        if layout.read_bits(bytes).low() == bits { Ok(()) } else { Err(misfit()) }
    }

    fn encode_integer(&self, t: &IntegerType, bytes: &mut [u8]) -> Result<()> {
        check_width(t.precision_bits)?;
        let misfit = || self.misfit(&Datatype::Integer(t.clone()));
        let number = self.as_integer().ok_or_else(misfit)?;
        let layout = IntegerLayout::of_integer(t)?;
        layout.write(number, bytes);
        // Writing clips; reading back tells.
        if layout.read(bytes) == number { Ok(()) } else { Err(misfit()) }
    }

    fn encode_text(
        &self,
        t: &StringType,
        datatype: &Datatype,
        bytes: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let Self::String(text) = self else { return Err(self.misfit(datatype)) };
        let text = text.as_bytes();
        let StringLength::Fixed(size) = t.length else {
            return heap.push_sequence(text.len(), text, bytes);
        };
        let room = if t.padding == StringPadding::NullTerminated { size.saturating_sub(1) } else { size };
        if text.len() > room {
            let message = format!("text of {} bytes in a string of at most {room}", text.len());
            return Err(unknown(message));
        }
        fill(text, t.padding, bytes);
        Ok(())
    }

    fn encode_enumeration(
        &self,
        t: &EnumType,
        datatype: &Datatype,
        bytes: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let (name, number) = match self {
            Self::String(name) => (Some(name), None),
            Self::Enum { name, value } => (name.as_ref(), Some(&**value)),
            number => (None, Some(number)),
        };
        let member = name.and_then(|name| t.members.iter().find(|member| member.name == *name));
        match (member, number) {
            (Some(member), _) if member.value.len() == bytes.len() => {
                bytes.copy_from_slice(&member.value);
                Ok(())
            }
            (None, Some(number)) if name.is_none() => number.encode(&t.base, bytes, heap),
            _ => Err(self.misfit(datatype)),
        }
    }

    fn encode_compound(&self, t: &CompoundType, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        let Self::Compound(values) = self else {
            return Err(self.misfit(&Datatype::Compound(t.clone())));
        };
        if let Some((name, _)) = values.iter().find(|(name, _)| t.member(name.as_bytes()).is_none()) {
            return Err(unknown(format!("no member `{name}` in {}", Datatype::Compound(t.clone()))));
        }
        bytes.fill(0);
        for member in &t.members {
            let value = values.iter().find(|(name, _)| *name == member.name);
            let (_, value) = value.ok_or_else(|| unknown(format!("a record without `{}`", member.name)))?;
            let end = member.offset.saturating_add(member.datatype.size());
            let part = bytes.get_mut(member.offset..end);
            let part = part.ok_or_else(|| Error::usage("a member that leaves its compound"))?;
            value.encode(&member.datatype, part, heap)?;
        }
        Ok(())
    }

    /// The value as an integer, if it is one; a float that is whole, too.
    fn as_integer(&self) -> Option<Integer> {
        let (negative, magnitude) = match self {
            Self::Int(value) => (*value < 0, value.unsigned_abs().into()),
            Self::UInt(value) => (false, (*value).into()),
            Self::BigInt(value) => (*value < 0, value.unsigned_abs()),
            Self::BigUInt(value) => (false, *value),
            Self::Enum { value, .. } => return value.as_integer(),
            Self::Float(value) => (*value < 0.0, whole(value.abs())?),
            _ => return None,
        };
        Some(Integer { negative, magnitude: word(magnitude) })
    }

    fn as_magnitude(&self) -> Option<u128> {
        self.as_integer().filter(|number| !number.negative).map(|number| number.magnitude.low())
    }

    fn as_float(&self) -> Option<f64> {
        #[expect(clippy::cast_precision_loss, reason = "rounding to nearest is what is wanted")]
        match self {
            Self::Float(value) => Some(*value),
            Self::Int(value) => Some(*value as f64),
            Self::UInt(value) => Some(*value as f64),
            Self::BigInt(value) => Some(*value as f64),
            Self::BigUInt(value) => Some(*value as f64),
            Self::Enum { value, .. } => value.as_float(),
            _ => None,
        }
    }

    fn misfit(&self, datatype: &Datatype) -> Error {
        let mut shown = self.to_string();
        if let Some((end, _)) = shown.char_indices().nth(64) {
            shown.truncate(end);
            shown.push_str("...");
        }
        unknown(format!("{shown} is no value of {datatype}"))
    }
}

impl Elements {
    /// Encodes values of any kind as elements of a memory form.
    ///
    /// # Errors
    /// As [`Value::encode`].
    pub fn from_dynamic<'a>(
        datatype: &Datatype,
        values: impl IntoIterator<Item = &'a Value>,
    ) -> Result<Self> {
        let mut heap = Heap::default();
        let bytes = encode_list(datatype, values, &mut heap)?;
        Ok(Self { datatype: datatype.clone(), bytes, heap })
    }
}

fn encode_list<'a>(
    base: &Datatype,
    values: impl IntoIterator<Item = &'a Value>,
    heap: &mut Heap,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    for value in values {
        let start = bytes.len();
        let size = base.size();
        bytes
            .try_reserve(size)
            .map_err(|e| Error::limit("elements larger than the memory").with_source(e))?;
        bytes.resize(start.saturating_add(size), 0);
        value.encode(base, bytes.get_mut(start..).unwrap_or_default(), heap)?;
    }
    Ok(bytes)
}

fn write_float(value: f64, t: &FloatType, bytes: &mut [u8]) -> Result<()> {
    let source = FloatType::f64(ByteOrder::Little);
    let number = FloatLayout::new(&source)?.read(&value.to_le_bytes());
    FloatLayout::new(t)?.write(number, bytes);
    if value.is_finite() && float(t, bytes)?.is_infinite() {
        return Err(unknown(format!("{value} is beyond the range of {}", Datatype::Float(t.clone()))));
    }
    Ok(())
}

/// A whole number that is not negative, exactly.
fn whole(value: f64) -> Option<u128> {
    // 2^128; every whole float below it is some u128.
    let limit = 340_282_366_920_938_463_463_374_607_431_768_211_456.0;
    let whole = value.fract() == 0.0 && value < limit;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "whole, not negative and below 2^128"
    )]
    whole.then_some(value as u128)
}

pub(super) fn unknown(message: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::new(ErrorKind::Conversion, message)
}

impl From<Name> for Value {
    fn from(text: Name) -> Self {
        Self::String(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Value;
    use crate::{
        Complex, CompoundType, Datatype, Elements, EnumMember, EnumType, ErrorKind, H5Type, Heap, Reference,
        StringPadding, StringType,
    };

    fn round_trip(datatype: &Datatype, value: &Value) -> Value {
        Elements::from_dynamic(datatype, [value]).unwrap().value(0).unwrap()
    }

    fn refusal(datatype: &Datatype, value: &Value) -> ErrorKind {
        Elements::from_dynamic(datatype, [value]).unwrap_err().kind()
    }

    #[test]
    fn every_value_encodes_as_its_own_datatype() {
        let array = Value::Array {
            dimensions: vec![2, 1],
            values: vec![Value::String("a".into()), Value::String("".into())],
        };
        let values = [
            Value::Int(i64::MIN),
            Value::UInt(u64::MAX),
            Value::BigInt(i128::MIN),
            Value::BigUInt(u128::MAX),
            Value::Float(-0.0),
            Value::Float(f64::NEG_INFINITY),
            Value::String("\u{b5}m".into()),
            Value::Bitfield(0b1011),
            Value::Opaque { bytes: vec![1, 2, 3], tag: "t".into() },
            Value::Sequence(vec![Value::Sequence(vec![Value::Int(1), Value::Int(2)])]),
            Value::Complex { real: 1.5, imaginary: -2.0 },
            Value::Reference(Reference::Null),
            Value::Reference(Reference::Object(crate::ObjectToken(7))),
            Value::Compound(vec![("x".into(), Value::Int(-1)), ("list".into(), array.clone())]),
            array,
        ];
        for value in values {
            assert_eq!(round_trip(&value.datatype().unwrap(), &value), value);
        }
    }

    #[test]
    fn numbers_go_where_they_fit_and_nowhere_else() {
        assert_eq!(round_trip(&u8::datatype(), &Value::Int(255)), Value::UInt(255));
        assert_eq!(round_trip(&i16::datatype(), &Value::Float(-3.0)), Value::Int(-3));
        assert_eq!(round_trip(&f32::datatype(), &Value::UInt(3)), Value::Float(3.0));
        assert_eq!(
            round_trip(&Complex::<f32>::datatype(), &Value::Int(2)),
            Value::Complex { real: 2.0, imaginary: 0.0 }
        );
        for (datatype, value) in [
            (u8::datatype(), Value::Int(256)),
            (u8::datatype(), Value::Int(-1)),
            (i64::datatype(), Value::UInt(u64::MAX)),
            (i64::datatype(), Value::Float(0.5)),
            (i64::datatype(), Value::Float(f64::NAN)),
            (u128::datatype(), Value::Float(f64::INFINITY)),
            (f32::datatype(), Value::Float(1e300)),
            (f64::datatype(), Value::String("1".into())),
        ] {
            assert_eq!(refusal(&datatype, &value), ErrorKind::Conversion, "{value} as {datatype}");
        }
    }

    #[test]
    fn enumerations_take_names_and_numbers() {
        let bools = bool::datatype();
        let value = round_trip(&bools, &Value::String("TRUE".into()));
        assert_eq!(value, Value::Enum { name: Some("TRUE".into()), value: Box::new(Value::Int(1)) });
        assert_eq!(round_trip(&bools, &value), value);
        assert_eq!(
            round_trip(&bools, &Value::Int(5)),
            Value::Enum { name: None, value: Box::new(Value::Int(5)) }
        );
        assert_eq!(refusal(&bools, &Value::String("MAYBE".into())), ErrorKind::Conversion);
        // A named value goes by its name where the numbers differ.
        let swapped = Datatype::Enum(EnumType {
            base: Box::new(i8::datatype()),
            members: vec![EnumMember::new("TRUE", 7_i8)],
        });
        assert_eq!(
            round_trip(&swapped, &value),
            Value::Enum { name: Some("TRUE".into()), value: Box::new(Value::Int(7)) }
        );
    }

    #[test]
    fn fixed_strings_are_padded_and_never_cut() {
        let of = |padding| Datatype::String(StringType::fixed(3, padding));
        for padding in [StringPadding::NullPadded, StringPadding::SpacePadded] {
            assert_eq!(round_trip(&of(padding), &"abc".into()), "abc".into());
            assert_eq!(round_trip(&of(padding), &"a".into()), "a".into());
            assert_eq!(refusal(&of(padding), &"abcd".into()), ErrorKind::Conversion);
        }
        assert_eq!(refusal(&of(StringPadding::NullTerminated), &"abc".into()), ErrorKind::Conversion);
    }

    #[test]
    fn records_have_exactly_the_members_of_their_compound() {
        let members = ["a", "b"].map(|name| (name.into(), i32::datatype()));
        let datatype = Datatype::Compound(CompoundType::packed(members));
        let record = |names: &[&str]| {
            Value::Compound(names.iter().map(|&name| (name.into(), Value::Int(1))).collect())
        };
        assert_eq!(round_trip(&datatype, &record(&["b", "a"])), record(&["a", "b"]));
        assert_eq!(refusal(&datatype, &record(&["a"])), ErrorKind::Conversion);
        assert_eq!(refusal(&datatype, &record(&["a", "b", "c"])), ErrorKind::Conversion);
    }

    #[test]
    fn lists_of_several_kinds_of_numbers_find_a_common_one() {
        let list = |values: Vec<Value>| Value::Sequence(values).datatype();
        let mixed = list(vec![Value::UInt(1), Value::Float(2.5)]).unwrap();
        assert_eq!(mixed, Vec::<f64>::datatype());
        assert_eq!(list(vec![Value::UInt(1), Value::Int(-1)]).unwrap(), Vec::<i64>::datatype());
        assert_eq!(list(vec![Value::UInt(1), "a".into()]).unwrap_err().kind(), ErrorKind::Conversion);
        assert_eq!(list(vec![]).unwrap_err().kind(), ErrorKind::Conversion);
    }

    #[test]
    fn an_element_of_another_size_is_the_callers_mistake() {
        let error = Value::Int(1).encode(&i32::datatype(), &mut [0; 3], &mut Heap::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage);
    }
}
