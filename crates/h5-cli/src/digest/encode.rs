//! The canonical encoding of values: little-endian, no padding, lengths before what varies.

use h5::{
    BitfieldType, ByteOrder, Datatype, Elements, Error, File, FloatType, Heap, IntegerType, ObjectToken,
    Reference, Result, StringLength, StringPadding, StringType,
};
use serde_json::{Number, Value, json};

use super::{Hasher, Paths, dataset};

/// What turns references into paths.
pub(super) struct Context<'a> {
    /// The file being digested.
    pub(super) file: &'a File,
    /// Canonical paths.
    pub(super) paths: &'a Paths,
}

impl Context<'_> {
    /// An object's canonical path, or `@` and its token.
    pub(super) fn path_of(&self, token: ObjectToken) -> String {
        self.paths.get(&token).cloned().unwrap_or_else(|| format!("@{token}"))
    }
}

/// Hashes the encoding of all elements.
pub(super) fn encode(elements: &Elements, context: &Context<'_>, hash: &mut Hasher) -> Result<()> {
    if is_canonical(&elements.datatype) {
        hash.update(&elements.bytes);
        return Ok(());
    }
    let size = elements.datatype.size().max(1);
    let mut encoded = Vec::new();
    for element in elements.bytes.chunks_exact(size) {
        encode_element(&elements.datatype, element, &elements.heap, context, &mut encoded)?;
        if encoded.len() >= 1 << 16 {
            hash.update(&encoded);
            encoded.clear();
        }
    }
    hash.update(&encoded);
    Ok(())
}

/// Appends the encoding of all elements.
pub(super) fn encode_to(elements: &Elements, context: &Context<'_>, encoded: &mut Vec<u8>) -> Result<()> {
    for element in elements.bytes.chunks_exact(elements.datatype.size().max(1)) {
        encode_element(&elements.datatype, element, &elements.heap, context, encoded)?;
    }
    Ok(())
}

/// True if elements are encoded as they are stored.
fn is_canonical(datatype: &Datatype) -> bool {
    match datatype {
        Datatype::Integer(t) => t.is_plain() && is_little(t.order, t.size),
        Datatype::Bitfield(t) => is_plain_bitfield(t) && is_little(t.order, t.size),
        Datatype::Float(t) => is_little(t.order, t.size),
        Datatype::Time(t) => is_little(t.order, t.size),
        Datatype::Opaque(_) => true,
        Datatype::Enum(t) => is_canonical(&t.base),
        Datatype::Array(t) => is_canonical(&t.base),
        Datatype::Complex(t) => is_canonical(&t.base),
        _ => false,
    }
}

fn is_little(order: ByteOrder, size: usize) -> bool {
    order == ByteOrder::Little || (order == ByteOrder::Big && size == 1)
}

fn is_plain_bitfield(t: &BitfieldType) -> bool {
    t.offset_bits == 0 && usize::from(t.precision_bits) == t.size.saturating_mul(8)
}

fn encode_element(
    datatype: &Datatype,
    element: &[u8],
    heap: &Heap,
    context: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    match datatype {
        Datatype::Integer(t) => out.extend(integer_word(t, element)),
        Datatype::Bitfield(t) => out.extend(integer_word(&as_integer(t), element)),
        Datatype::Float(FloatType { order, .. }) => out.extend(to_little(*order, element)),
        Datatype::Time(t) => out.extend(to_little(t.order, element)),
        Datatype::Opaque(_) => out.extend_from_slice(element),
        Datatype::String(t) => encode_text(string_bytes(t, element, heap)?, out),
        Datatype::Enum(t) => encode_element(&t.base, element, heap, context, out)?,
        Datatype::Complex(t) => encode_all(&t.base, element, heap, context, out)?,
        Datatype::Array(t) => encode_all(&t.base, element, heap, context, out)?,
        Datatype::Compound(t) => {
            for member in &t.members {
                let end = member.offset.saturating_add(member.datatype.size());
                let part = element
                    .get(member.offset..end)
                    .ok_or_else(|| Error::usage("member outside its compound"))?;
                encode_element(&member.datatype, part, heap, context, out)?;
            }
        }
        Datatype::Vlen(t) => {
            let (count, bytes) = heap.sequence(element, t.base.size())?;
            out.extend_from_slice(&u64::try_from(count).unwrap_or(u64::MAX).to_le_bytes());
            encode_all(&t.base, bytes, heap, context, out)?;
        }
        Datatype::Reference(_) => {
            encode_text(reference_text(heap.reference(element)?, context).as_bytes(), out)
        }
        _ => return Err(Error::unsupported("a datatype class that has no canonical encoding")),
    }
    Ok(())
}

fn encode_all(
    base: &Datatype,
    bytes: &[u8],
    heap: &Heap,
    context: &Context<'_>,
    out: &mut Vec<u8>,
) -> Result<()> {
    if is_canonical(base) {
        out.extend_from_slice(bytes);
        return Ok(());
    }
    bytes
        .chunks_exact(base.size().max(1))
        .try_for_each(|element| encode_element(base, element, heap, context, out))
}

fn encode_text(text: &[u8], out: &mut Vec<u8>) {
    out.extend_from_slice(&u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
    out.extend_from_slice(text);
}

/// The characters of a string, without what fills it up.
fn string_bytes<'a>(t: &StringType, element: &'a [u8], heap: &'a Heap) -> Result<&'a [u8]> {
    let to_nul = |bytes: &'a [u8]| bytes.split(|&b| b == 0).next().unwrap_or_default();
    if matches!(t.length, StringLength::Variable { .. }) {
        return Ok(to_nul(heap.sequence(element, 1)?.1));
    }
    let without = |filler: u8| {
        let length = element.iter().rposition(|&b| b != filler).map_or(0, |last| last.saturating_add(1));
        element.get(..length).unwrap_or_default()
    };
    Ok(match t.padding {
        StringPadding::NullTerminated => to_nul(element),
        StringPadding::NullPadded => without(0),
        StringPadding::SpacePadded => without(b' '),
    })
}

fn reference_text(reference: &Reference, context: &Context<'_>) -> String {
    match reference {
        Reference::Null => String::new(),
        Reference::Object(token) => context.path_of(*token),
        Reference::Region { object, .. } => match dataset::region_text(reference, context) {
            Some(selection) => format!("{}|{selection}", context.path_of(*object)),
            None => "!dangling".into(),
        },
        Reference::Attribute { object, name } => format!("{}@{}", context.path_of(*object), name.to_text()),
        Reference::External { file, .. } => format!("!file:{}", file.to_text()),
        _ => "!dangling".into(),
    }
}

fn as_integer(t: &BitfieldType) -> IntegerType {
    IntegerType {
        size: t.size,
        order: t.order,
        signed: false,
        offset_bits: t.offset_bits,
        precision_bits: t.precision_bits,
        low_padding: t.low_padding,
        high_padding: t.high_padding,
    }
}

/// The bytes of a word, least significant first.
fn to_little(order: ByteOrder, word: &[u8]) -> Vec<u8> {
    let mut bytes = word.to_vec();
    match order {
        ByteOrder::Little => {}
        ByteOrder::Big => bytes.reverse(),
        ByteOrder::Vax => {
            bytes.reverse();
            bytes.chunks_exact_mut(2).for_each(|pair| pair.reverse());
        }
    }
    bytes
}

/// An integer of any precision and offset, extended to its whole word, least significant byte first.
fn integer_word(t: &IntegerType, word: &[u8]) -> Vec<u8> {
    let bytes = to_little(t.order, word);
    if t.is_plain() {
        return bytes;
    }
    let bit = |number: usize| bytes.get(number >> 3).is_some_and(|byte| byte >> (number & 7) & 1 == 1);
    let (offset, precision) = (usize::from(t.offset_bits), usize::from(t.precision_bits));
    let negative = t.signed && precision > 0 && bit(offset.saturating_add(precision).saturating_sub(1));
    let value_bit =
        |number: usize| if number < precision { bit(offset.saturating_add(number)) } else { negative };
    (0..bytes.len())
        .map(|byte| {
            (0..8)
                .fold(0_u8, |acc, n| acc | u8::from(value_bit(byte.saturating_mul(8).saturating_add(n))) << n)
        })
        .collect()
}

/// An integer of up to 16 bytes as a JSON number.
pub(super) fn integer_value(base: &Datatype, word: &[u8]) -> Value {
    let t = match base {
        Datatype::Integer(t) => t.clone(),
        Datatype::Bitfield(t) => as_integer(t),
        _ => return Value::Null,
    };
    let bytes = integer_word(&t, word);
    let negative = t.signed && bytes.last().is_some_and(|&last| last >= 0x80);
    let mut wide = [if negative { 0xff } else { 0 }; 16];
    for (to, from) in wide.iter_mut().zip(&bytes) {
        *to = *from;
    }
    let value = i128::from_le_bytes(wide);
    Number::from_i128(value).map_or_else(|| json!(value.to_string()), Value::Number)
}
