use h5::{
    BitfieldType, ByteOrder, CharacterSet, CompoundType, Datatype, EnumType, FloatType, IntegerType,
    MantissaNormalization, Padding, ReferenceKind, StringLength, StringPadding, StringType, TimeType,
};
use serde_json::{Value, json};

/// A datatype as JSON.
pub(super) fn describe(datatype: &Datatype) -> Value {
    match datatype {
        Datatype::Integer(t) => integer(t),
        Datatype::Float(t) => float(t),
        Datatype::Time(t) => time(t),
        Datatype::String(t) => string(t),
        Datatype::Bitfield(t) => bitfield(t),
        Datatype::Opaque(t) => json!({ "class": "opaque", "size": t.size, "tag": t.tag.to_text() }),
        Datatype::Compound(t) => compound(t),
        Datatype::Reference(t) => json!({ "class": "reference", "kind": reference_kind(t.kind) }),
        Datatype::Enum(t) => enumeration(t),
        Datatype::Vlen(t) => json!({ "class": "vlen", "base": describe(&t.base) }),
        Datatype::Array(t) => json!({ "class": "array", "dims": t.dimensions, "base": describe(&t.base) }),
        Datatype::Complex(t) => json!({ "class": "complex", "base": describe(&t.base) }),
        _ => json!({ "class": "unknown" }),
    }
}

pub(super) fn reference_kind(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::Object => "object",
        ReferenceKind::Region => "region",
        ReferenceKind::Object2 | ReferenceKind::Region2 | ReferenceKind::Attribute => "std",
    }
}

fn order(order: ByteOrder) -> &'static str {
    match order {
        ByteOrder::Little => "LE",
        ByteOrder::Big => "BE",
        ByteOrder::Vax => "VAX",
    }
}

fn padding(padding: Padding) -> &'static str {
    match padding {
        Padding::Zero => "zero",
        Padding::One => "one",
        Padding::Background => "background",
    }
}

fn integer(t: &IntegerType) -> Value {
    json!({
        "class": "integer", "size": t.size, "order": order(t.order), "precision": t.precision_bits, "offset": t.offset_bits,
        "lsb_pad": padding(t.low_padding), "msb_pad": padding(t.high_padding), "signed": t.signed,
    })
}

fn bitfield(t: &BitfieldType) -> Value {
    json!({
        "class": "bitfield", "size": t.size, "order": order(t.order), "precision": t.precision_bits, "offset": t.offset_bits,
        "lsb_pad": padding(t.low_padding), "msb_pad": padding(t.high_padding),
    })
}

fn time(t: &TimeType) -> Value {
    json!({
        "class": "time", "size": t.size, "order": order(t.order), "precision": t.precision_bits, "offset": 0,
        "lsb_pad": "zero", "msb_pad": "zero",
    })
}

fn float(t: &FloatType) -> Value {
    let normalization = match t.normalization {
        MantissaNormalization::None => "none",
        MantissaNormalization::MostSignificantBitSet => "msbset",
        MantissaNormalization::Implied => "implied",
    };
    json!({
        "class": "float", "size": t.size, "order": order(t.order), "precision": t.precision_bits, "offset": t.offset_bits,
        "lsb_pad": padding(t.low_padding), "msb_pad": padding(t.high_padding), "inpad": padding(t.internal_padding),
        "sign_pos": t.sign_position, "exp_pos": t.exponent_position, "exp_size": t.exponent_bits,
        "mant_pos": t.mantissa_position, "mant_size": t.mantissa_bits, "exp_bias": t.exponent_bias, "norm": normalization,
    })
}

fn string(t: &StringType) -> Value {
    let size = match t.length {
        StringLength::Fixed(size) => json!(size),
        StringLength::Variable { .. } => json!("variable"),
    };
    let pad = match t.padding {
        StringPadding::NullTerminated => "nullterm",
        StringPadding::NullPadded => "nullpad",
        StringPadding::SpacePadded => "spacepad",
    };
    let character_set = match t.character_set {
        CharacterSet::Ascii => "ascii",
        CharacterSet::Utf8 => "utf8",
    };
    json!({ "class": "string", "size": size, "pad": pad, "cset": character_set })
}

fn compound(t: &CompoundType) -> Value {
    let members: Vec<Value> = t
        .members
        .iter()
        .map(|m| json!({ "name": m.name.to_text(), "type": describe(&m.datatype) }))
        .collect();
    let offsets: Vec<usize> = t.members.iter().map(|m| m.offset).collect();
    json!({ "class": "compound", "size": t.size, "members": members, "offsets": offsets })
}

fn enumeration(t: &EnumType) -> Value {
    let members: Vec<Value> = t
        .members
        .iter()
        .map(|m| json!([m.name.to_text(), super::encode::integer_value(&t.base, &m.value)]))
        .collect();
    json!({ "class": "enum", "base": describe(&t.base), "members": members })
}
