//! Datatypes as the server writes them.

mod decode;
mod encode;

pub(crate) use decode::{decode, decode_stored};
pub(crate) use encode::{encode, text};

#[cfg(test)]
mod tests {
    use h5_types::{
        ArrayType, ByteOrder, CharacterSet, CompoundType, Datatype, EnumMember, EnumType, ErrorKind,
        FloatType, H5Type, IntegerType, OpaqueType, ReferenceKind, ReferenceType, StringLength,
        StringPadding, StringType, TimeType, VlenType,
    };
    use serde_json::json;

    use super::*;

    fn samples() -> Vec<Datatype> {
        let integer = |size, signed, order| Datatype::Integer(IntegerType::plain(size, signed, order));
        let mut samples = Vec::new();
        for order in [ByteOrder::Little, ByteOrder::Big] {
            for size in [1, 2, 4, 8] {
                samples.extend([integer(size, true, order), integer(size, false, order)]);
            }
            samples.extend(
                [FloatType::f16(order), FloatType::f32(order), FloatType::f64(order)].map(Datatype::Float),
            );
        }
        let text = |length| StringType {
            length,
            padding: StringPadding::SpacePadded,
            character_set: CharacterSet::Ascii,
        };
        samples.push(Datatype::String(text(StringLength::Fixed(7))));
        samples.push(Datatype::String(StringType::variable_utf8()));
        samples.push(Datatype::Opaque(OpaqueType { size: 5, tag: "a tag".into() }));
        samples.push(Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Object }));
        let base = Box::new(integer(2, true, ByteOrder::Big));
        let members = [("lo", -2_i16), ("hi", 300)];
        let members = members
            .map(|(name, value)| EnumMember { name: name.into(), value: value.to_be_bytes().to_vec() });
        samples.push(Datatype::Enum(EnumType { base, members: members.to_vec() }));
        samples.push(Datatype::Vlen(VlenType { size: 16, base: Box::new(f64::datatype()) }));
        samples.push(Datatype::Array(ArrayType { dimensions: vec![2, 3], base: Box::new(u8::datatype()) }));
        let all = samples.iter().enumerate().map(|(n, t)| (format!("m{n}").into(), t.clone()));
        samples.push(Datatype::Compound(CompoundType::packed(all.collect::<Vec<_>>())));
        samples
    }

    #[test]
    fn what_is_written_is_read_again() {
        for datatype in samples() {
            let written = encode(&datatype).unwrap();
            assert_eq!(decode(&written).unwrap(), datatype, "{written}");
        }
    }

    #[test]
    fn what_the_server_has_not_is_refused_with_its_name() {
        let time = Datatype::Time(TimeType { size: 4, order: ByteOrder::Little, precision_bits: 32 });
        let wide = Datatype::Integer(IntegerType::plain(16, true, ByteOrder::Little));
        let nested = Datatype::Vlen(VlenType { size: 16, base: Box::new(String::datatype()) });
        let x87 = Datatype::Float(FloatType::x87(16, ByteOrder::Little));
        for datatype in [time, wide, nested, x87] {
            assert_eq!(encode(&datatype).unwrap_err().kind(), ErrorKind::Unsupported, "{datatype}");
        }
    }

    #[test]
    fn hostile_types_are_errors() {
        let mut deep = json!("H5T_STD_I8LE");
        for _ in 0..100 {
            deep = json!({"class": "H5T_ARRAY", "dims": [1], "base": deep});
        }
        for bad in [
            deep,
            json!(null),
            json!("H5T_NONE"),
            json!({"class": "H5T_STRING", "length": 0}),
            json!({"class": "H5T_STRING", "length": -1}),
            json!({"class": "H5T_ARRAY", "dims": [4_294_967_295_u64, 4_294_967_295_u64, 4_294_967_295_u64], "base": "H5T_STD_I64LE"}),
            json!({"class": "H5T_ARRAY", "dims": [0], "base": "H5T_STD_I8LE"}),
            json!({"class": "H5T_COMPOUND", "fields": []}),
            json!({"class": "H5T_OPAQUE", "size": 1e300}),
        ] {
            assert!(decode(&bad).is_err(), "{bad}");
        }
    }
}
