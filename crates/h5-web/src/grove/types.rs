//! Datatypes in the form of h5grove: the numbers of `H5T_class_t` and their properties.

use h5_types::{
    ByteOrder, CharacterSet, Datatype, FloatType, IntegerType, StringLength, StringPadding, Value,
};

use crate::json::{Record, list, numbers};
use crate::values::{JsonText, is_boolean};

/// A datatype as JSON.
pub(crate) fn type_json(datatype: &Datatype) -> String {
    let record = |class: u8| {
        let record = Record::new().plain("class", class).text("dtype", &numpy_name(datatype));
        record.plain("size", datatype.size())
    };
    match datatype {
        Datatype::Integer(t) => {
            record(0).plain("order", order(t.order)).plain("sign", u8::from(t.signed)).end()
        }
        Datatype::Float(t) => float_json(record(1), t),
        Datatype::Time(_) => record(2).end(),
        Datatype::String(t) => {
            let padding = match t.padding {
                StringPadding::NullTerminated => 0,
                StringPadding::NullPadded => 1,
                StringPadding::SpacePadded => 2,
            };
            let is_utf8 = t.character_set == CharacterSet::Utf8;
            let is_variable = matches!(t.length, StringLength::Variable { .. });
            record(3)
                .plain("cset", u8::from(is_utf8))
                .plain("strPad", padding)
                .plain("vlen", is_variable)
                .end()
        }
        Datatype::Bitfield(t) => record(4).plain("order", order(t.order)).end(),
        Datatype::Opaque(t) => record(5).text("tag", &t.tag.to_text()).end(),
        Datatype::Compound(t) => {
            let members =
                t.members.iter().map(|member| member_json(&member.name.to_text(), &member.datatype));
            record(6).list("members", members).end()
        }
        Datatype::Reference(_) => record(7).end(),
        Datatype::Enum(t) => {
            let members = t.members.iter().fold(Record::new(), |members, member| {
                let mut out = JsonText::new(64);
                let heap = h5_types::Heap::default();
                let value = Value::decode(&t.base, &member.value, &heap);
                match value.and_then(|value| out.value(&value)) {
                    Ok(()) => members.raw(&member.name.to_text(), &out.text),
                    Err(_) => members,
                }
            });
            record(8).raw("members", &members.end()).raw("base", &type_json(&t.base)).end()
        }
        Datatype::Vlen(t) => record(9).raw("base", &type_json(&t.base)).end(),
        Datatype::Array(t) => {
            record(10).raw("base", &type_json(&t.base)).raw("dims", &numbers(&t.dimensions)).end()
        }
        // HDF5 2's class is newer than the form; its parts have names in h5py's.
        Datatype::Complex(t) => {
            record(6).raw("members", &list([member_json("r", &t.base), member_json("i", &t.base)])).end()
        }
        other => Record::new().plain("class", -1).text("dtype", "|V").plain("size", other.size()).end(),
    }
}

fn member_json(name: &str, datatype: &Datatype) -> String {
    let of_type = type_json(datatype);
    let rest = of_type.strip_prefix('{').unwrap_or(&of_type);
    let named = Record::new().text("name", name).end();
    format!("{},{rest}", named.strip_suffix('}').unwrap_or(&named))
}

fn float_json(record: Record, t: &FloatType) -> String {
    record
        .plain("order", order(t.order))
        .plain("ebias", t.exponent_bias)
        .plain("esize", t.exponent_bits)
        .plain("epos", t.exponent_position)
        .plain("mpos", t.mantissa_position)
        .plain("msize", t.mantissa_bits)
        .plain("spos", t.sign_position)
        .end()
}

fn order(order: ByteOrder) -> u8 {
    match order {
        ByteOrder::Little => 0,
        ByteOrder::Big => 1,
        ByteOrder::Vax => 2,
    }
}

/// numpy's name of a datatype: `<f8`, `|b1`, `|O`.
fn numpy_name(datatype: &Datatype) -> String {
    let sign = |order: ByteOrder, size: usize| match order {
        _ if size == 1 => '|',
        ByteOrder::Big => '>',
        _ => '<',
    };
    match datatype {
        Datatype::Integer(t) => {
            format!("{}{}{}", sign(t.order, t.size), if t.signed { 'i' } else { 'u' }, t.size)
        }
        Datatype::Float(t) => format!("{}f{}", sign(t.order, t.size), t.size),
        Datatype::String(t) => match t.length {
            StringLength::Fixed(size) => format!("|S{size}"),
            StringLength::Variable { .. } => "|O".to_owned(),
        },
        Datatype::Enum(t) if is_boolean(t) => "|b1".to_owned(),
        Datatype::Enum(t) => numpy_name(&t.base),
        Datatype::Complex(t) => format!("<c{}", t.base.size().saturating_mul(2)),
        Datatype::Vlen(_) | Datatype::Reference(_) => "|O".to_owned(),
        other => format!("|V{}", other.size()),
    }
}

/// A datatype whose numbers are little-endian; what has no byte order stays as it is.
pub(super) fn little_endian(datatype: &Datatype) -> Datatype {
    match datatype.memory_form() {
        Datatype::Integer(t) => Datatype::Integer(IntegerType { order: ByteOrder::Little, ..t }),
        Datatype::Float(t) => Datatype::Float(FloatType { order: ByteOrder::Little, ..t }),
        other => other,
    }
}
