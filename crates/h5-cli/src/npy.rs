//! The array format of numpy (NEP 1, versions 1.0 and 2.0).

use std::io::Write;

use h5::{
    ArrayType, ByteOrder, CompoundType, Datatype, EnumType, Error, FloatType, IntegerType, Result,
    StringLength,
};

use crate::render::Stop;
use crate::render::Values;
use crate::slabs::Slabs;

/// Writes the values of a slice as a `.npy` file.
pub(crate) fn write(values: &Values<'_>, out: &mut impl Write) -> Result<(), Stop> {
    if values.is_cut() {
        return Err(
            Error::usage("an array of numpy is written whole; select a part instead of a limit").into()
        );
    }
    let info = values.dataset.info()?;
    let Array { memory, descr, inner } = array_of(&info.datatype)?;
    let mut shape: Vec<u64> = values.slice.shape();
    shape.extend(inner.iter().map(|&n| u64::from(n)));
    if values.slice.element_count() == u64::MAX {
        return Err(Error::limit("too many elements").into());
    }
    out.write_all(&header(&descr, &shape))?;
    for slab in Slabs::converted(values.dataset, values.slice, memory, u64::MAX) {
        out.write_all(&slab?.bytes)?;
    }
    Ok(())
}

/// Magic, version, length and the dictionary, padded so that the data begins at a multiple of 64.
fn header(descr: &str, shape: &[u64]) -> Vec<u8> {
    let mut dictionary =
        format!("{{'descr': {descr}, 'fortran_order': False, 'shape': {}, }}", crate::describe::tuple(shape));
    // 10 bytes come before the dictionary in version 1.0, 12 in version 2.0, whose length has 32 bits.
    let long = dictionary.len() > 65_000;
    let before = if long { 12_usize } else { 10 };
    let used = dictionary.len().saturating_add(before).saturating_add(1);
    dictionary.push_str(&" ".repeat(used.next_multiple_of(64).saturating_sub(used)));
    dictionary.push('\n');
    let mut bytes = b"\x93NUMPY".to_vec();
    if long {
        bytes.extend_from_slice(&[2, 0]);
        bytes.extend_from_slice(&u32::try_from(dictionary.len()).unwrap_or(u32::MAX).to_le_bytes());
    } else {
        bytes.extend_from_slice(&[1, 0]);
        bytes.extend_from_slice(&u16::try_from(dictionary.len()).unwrap_or(u16::MAX).to_le_bytes());
    }
    bytes.extend_from_slice(dictionary.as_bytes());
    bytes
}

/// How numpy sees a datatype.
struct Array {
    /// What the elements are read as.
    memory: Datatype,
    /// The `descr` entry of the header.
    descr: String,
    /// Dimensions that an element adds to the shape.
    inner: Vec<u32>,
}

impl Array {
    fn simple(memory: Datatype, descr: String) -> Self {
        Self { memory, descr: format!("'{descr}'"), inner: Vec::new() }
    }
}

fn array_of(datatype: &Datatype) -> Result<Array> {
    match datatype {
        Datatype::Integer(t) => integer(t),
        Datatype::Float(t) => float(t),
        Datatype::Enum(t) if is_boolean(t) => Ok(Array::simple(datatype.clone(), "|b1".into())),
        Datatype::Enum(t) => match array_of(&t.base)? {
            base if base.memory == *t.base => Ok(Array { memory: datatype.clone(), ..base }),
            _ => Err(refused(datatype)),
        },
        Datatype::String(t) => match t.length {
            StringLength::Fixed(size) => Ok(Array::simple(datatype.clone(), format!("|S{size}"))),
            StringLength::Variable { .. } => Err(refused(datatype)),
        },
        Datatype::Bitfield(t)
            if t.offset_bits == 0 && usize::from(t.precision_bits) == t.size.saturating_mul(8) =>
        {
            // The same bits as an unsigned integer.
            let plain = integer_layout(t.size, t.order, false).ok_or_else(|| refused(datatype))?;
            Ok(Array::simple(datatype.clone(), integer_descr(&plain)))
        }
        Datatype::Opaque(t) => Ok(Array::simple(datatype.clone(), format!("|V{}", t.size))),
        Datatype::Compound(t) => compound(t),
        Datatype::Complex(t) => match array_of(&t.base)? {
            base if base.memory == *t.base => complex(datatype, &base).ok_or_else(|| refused(datatype)),
            _ => Err(refused(datatype)),
        },
        Datatype::Array(t) => {
            let base = array_of(&t.base)?;
            let inner = t.dimensions.iter().copied().chain(base.inner).collect();
            let memory = ArrayType { dimensions: t.dimensions.clone(), base: Box::new(base.memory) };
            Ok(Array { memory: Datatype::Array(memory), descr: base.descr, inner })
        }
        _ => Err(refused(datatype)),
    }
}

fn refused(datatype: &Datatype) -> Error {
    let datatype = crate::describe::shortened(datatype, 200);
    Error::unsupported(format!("{datatype} has no form in a .npy file; take another format"))
}

/// Integers keep their byte order; those that do not fill their word, or whose word numpy lacks, take the next larger word.
fn integer(t: &IntegerType) -> Result<Array> {
    let plain = t.size.checked_next_power_of_two().and_then(|size| integer_layout(size, t.order, t.signed));
    let plain = plain.ok_or_else(|| refused(&Datatype::Integer(t.clone())))?;
    let descr = integer_descr(&plain);
    let memory = if t.is_plain() && t.size == plain.size { t.clone() } else { plain };
    Ok(Array::simple(Datatype::Integer(memory), descr))
}

fn integer_layout(size: usize, order: ByteOrder, signed: bool) -> Option<IntegerType> {
    let size = u8::try_from(size).ok().filter(|size| matches!(size, 1 | 2 | 4 | 8))?;
    Some(IntegerType::plain(size, signed, order))
}

fn integer_descr(t: &IntegerType) -> String {
    format!("{}{}{}", order_char(t.order, t.size), if t.signed { 'i' } else { 'u' }, t.size)
}

fn order_char(order: ByteOrder, size: usize) -> char {
    match order {
        _ if size == 1 => '|',
        ByteOrder::Big => '>',
        _ => '<',
    }
}

fn float(t: &FloatType) -> Result<Array> {
    let ieee = [FloatType::f16, FloatType::f32, FloatType::f64].map(|make| make(t.order));
    if ieee.contains(t) && t.order != ByteOrder::Vax {
        let descr = format!("{}f{}", order_char(t.order, t.size), t.size);
        return Ok(Array::simple(Datatype::Float(t.clone()), descr));
    }
    // Formats that binary32 or binary64 hold exactly are widened.
    let widened = match (t.exponent_bits, t.mantissa_bits) {
        (..=8, ..=23) => FloatType::f32(ByteOrder::Little),
        (..=11, ..=52) => FloatType::f64(ByteOrder::Little),
        _ => return Err(refused(&Datatype::Float(t.clone()))),
    };
    let descr = format!("<f{}", widened.size);
    Ok(Array::simple(Datatype::Float(widened), descr))
}

fn complex(memory: &Datatype, base: &Array) -> Option<Array> {
    let descr = match base.descr.as_str() {
        "'<f4'" => "<c8",
        "'>f4'" => ">c8",
        "'<f8'" => "<c16",
        "'>f8'" => ">c16",
        _ => return None,
    };
    Some(Array::simple(memory.clone(), descr.into()))
}

/// The enumeration that h5py writes for booleans.
fn is_boolean(t: &EnumType) -> bool {
    let names: Vec<_> = t.members.iter().map(|m| (m.name.as_bytes(), m.value.as_slice())).collect();
    t.base.size() == 1 && names == [(&b"FALSE"[..], &[0][..]), (&b"TRUE"[..], &[1][..])]
}

/// A structured array; the pair `r`, `i` of equal floats is the complex number that h5py writes so.
fn compound(t: &CompoundType) -> Result<Array> {
    let whole = Datatype::Compound(t.clone());
    if let [r, i] = t.members.as_slice()
        && (r.name.as_bytes(), i.name.as_bytes()) == (b"r", b"i")
        && r.datatype == i.datatype
        && r.offset == 0
        && i.offset == r.datatype.size()
        && t.size == i.offset.saturating_mul(2)
        && let Some(array) = array_of(&r.datatype).ok().and_then(|base| complex(&whole, &base))
    {
        return Ok(array);
    }
    let mut members = Vec::new();
    let mut fields = String::new();
    for member in &t.members {
        let array = array_of(&member.datatype)?;
        let name = python_text(&member.name.to_text());
        let inner = match array.inner.as_slice() {
            [] => String::new(),
            inner => format!(", {}", crate::describe::tuple(inner)),
        };
        fields.push_str(&format!("({name}, {}{inner}), ", array.descr));
        members.push((member.name.clone(), array.memory));
    }
    let memory = Datatype::Compound(CompoundType::packed(members));
    Ok(Array { memory, descr: format!("[{}]", fields.trim_end_matches(", ")), inner: Vec::new() })
}

/// A literal of Python in ASCII.
fn python_text(text: &str) -> String {
    let mut literal = String::from("'");
    for c in text.chars() {
        match c {
            '\'' | '\\' => literal.extend(['\\', c]),
            ' '..='~' => literal.push(c),
            c => literal.push_str(&format!("\\U{:08x}", u32::from(c))),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use h5::{ByteOrder, CompoundType, Datatype, FloatType, IntegerType};

    use super::{array_of, header, python_text};

    #[test]
    fn data_begin_at_a_multiple_of_64() {
        for rank in 0..40 {
            let bytes = header("'<f8'", &vec![12; rank]);
            assert_eq!(bytes.len() % 64, 0);
            let length = u16::from_le_bytes([bytes[8], bytes[9]]);
            assert_eq!(usize::from(length) + 10, bytes.len());
        }
    }

    #[test]
    fn compounds_become_structured_arrays() {
        let int = Datatype::Integer(IntegerType::plain(4, true, ByteOrder::Big));
        let float = Datatype::Float(FloatType::f32(ByteOrder::Little));
        let t = CompoundType::packed([("x'".into(), int), ("y".into(), float.clone())]);
        assert_eq!(array_of(&Datatype::Compound(t)).unwrap().descr, r"[('x\'', '>i4'), ('y', '<f4')]");
        let t = CompoundType::packed([("r".into(), float.clone()), ("i".into(), float)]);
        assert_eq!(array_of(&Datatype::Compound(t)).unwrap().descr, "'<c8'");
    }

    #[test]
    fn names_are_literals_of_python() {
        assert_eq!(python_text("a\u{e9}\\\n"), r"'a\U000000e9\\\U0000000a'");
    }
}
