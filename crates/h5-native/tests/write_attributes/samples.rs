//! Datatypes of every class, nested, and elements of them.

use h5_types::*;

pub(crate) fn int(size: u8, signed: bool, order: ByteOrder) -> Datatype {
    Datatype::Integer(IntegerType::plain(size, signed, order))
}

pub(crate) fn string(length: StringLength, padding: StringPadding, character_set: CharacterSet) -> Datatype {
    Datatype::String(StringType { length, padding, character_set })
}

pub(crate) fn text() -> Datatype {
    Datatype::String(StringType::variable_utf8())
}

pub(crate) fn vlen(base: Datatype) -> Datatype {
    Datatype::Vlen(VlenType { size: 16, base: Box::new(base) })
}

pub(crate) fn array(dimensions: &[u32], base: Datatype) -> Datatype {
    Datatype::Array(ArrayType { dimensions: dimensions.to_vec(), base: Box::new(base) })
}

pub(crate) fn reference(kind: ReferenceKind) -> Datatype {
    Datatype::Reference(ReferenceType { size: 8, kind })
}

pub(crate) fn compound(members: Vec<Datatype>) -> Datatype {
    let name = |(index, datatype)| (Name::from(format!("m{index}")), datatype);
    Datatype::Compound(CompoundType::packed(members.into_iter().enumerate().map(name)))
}

/// One datatype of every class, and how they nest.
pub(crate) fn datatypes() -> Vec<Datatype> {
    let (little, big) = (ByteOrder::Little, ByteOrder::Big);
    let enumeration = Datatype::Enum(EnumType {
        base: Box::new(int(1, true, little)),
        members: vec![EnumMember::new("off", 0_i8), EnumMember::new("on", 7_i8)],
    });
    let gaps = Datatype::Compound(CompoundType {
        size: 24,
        members: vec![
            Member { name: "late".into(), offset: 16, datatype: int(2, false, big) },
            Member { name: "early".into(), offset: 3, datatype: Datatype::Float(FloatType::f32(little)) },
        ],
    });
    let mut all = vec![
        int(1, true, little),
        int(8, false, big),
        int(3, true, little),
        Datatype::Float(FloatType::f16(little)),
        Datatype::Float(FloatType::f64(big)),
        Datatype::Float(FloatType::f128(little)),
        Datatype::Time(TimeType { size: 4, order: little, precision_bits: 32 }),
        string(StringLength::Fixed(5), StringPadding::NullTerminated, CharacterSet::Ascii),
        string(StringLength::Fixed(7), StringPadding::SpacePadded, CharacterSet::Utf8),
        text(),
        string(StringLength::Variable { size: 16 }, StringPadding::NullPadded, CharacterSet::Ascii),
        Datatype::Bitfield(BitfieldType {
            size: 2,
            order: little,
            offset_bits: 3,
            precision_bits: 9,
            low_padding: Padding::Zero,
            high_padding: Padding::Zero,
        }),
        Datatype::Opaque(OpaqueType { size: 6, tag: "tag of bytes".into() }),
        enumeration.clone(),
        gaps.clone(),
        array(&[2, 3], int(2, true, little)),
        vlen(int(4, true, little)),
        vlen(vlen(Datatype::Float(FloatType::f64(little)))),
        vlen(text()),
        array(&[2], text()),
        array(&[3], gaps),
        vlen(array(&[2], vlen(enumeration))),
        Datatype::Complex(h5_types::ComplexType { base: Box::new(Datatype::Float(FloatType::f32(little))) }),
    ];
    all.extend(
        [
            ReferenceKind::Object,
            ReferenceKind::Region,
            ReferenceKind::Object2,
            ReferenceKind::Region2,
            ReferenceKind::Attribute,
        ]
        .map(reference),
    );
    all.push(vlen(reference(ReferenceKind::Object)));
    all.push(vlen(reference(ReferenceKind::Region2)));
    all.push(compound(vec![
        text(),
        int(1, false, little),
        reference(ReferenceKind::Region),
        vlen(compound(vec![int(2, true, big), text(), array(&[2], vlen(int(1, false, little)))])),
    ]));
    all
}

/// An element in memory form.
pub(crate) fn fill(datatype: &Datatype, seed: usize, bytes: &mut [u8], heap: &mut Heap) {
    match datatype {
        Datatype::String(t) if matches!(t.length, StringLength::Variable { .. }) => {
            let text = "text of some length ".repeat(seed % 3);
            heap.push_sequence(text.len(), text.as_bytes(), bytes).unwrap();
        }
        Datatype::Vlen(t) => {
            let count = (seed + 1) % 4;
            let mut values = vec![0; count * t.base.size()];
            for (index, value) in values.chunks_exact_mut(t.base.size()).enumerate() {
                fill(&t.base, seed + index, value, heap);
            }
            heap.push_sequence(count, &values, bytes).unwrap();
        }
        Datatype::Array(t) => {
            for (index, value) in bytes.chunks_exact_mut(t.base.size()).enumerate() {
                fill(&t.base, seed + index, value, heap);
            }
        }
        Datatype::Compound(t) => {
            for (index, member) in t.members.iter().enumerate() {
                let place = &mut bytes[member.offset..member.offset + member.datatype.size()];
                fill(&member.datatype, seed + index, place, heap);
            }
        }
        Datatype::Reference(t) => heap.push_reference(some_reference(t.kind, seed), bytes).unwrap(),
        Datatype::Enum(_) => bytes.fill(7),
        _ => bytes.iter_mut().enumerate().for_each(|(index, byte)| *byte = ((seed + index) % 50) as u8),
    }
}

pub(crate) fn some_reference(kind: ReferenceKind, seed: usize) -> Reference {
    if seed % 4 == 3 {
        return Reference::Null;
    }
    let object = ObjectToken(48);
    let dimension = HyperslabDimension { start: 2, stride: 3, count: Some(4), block: Some(2) };
    let selection = Selection::Hyperslab(Hyperslab { dimensions: vec![dimension; 2] });
    match kind {
        ReferenceKind::Object | ReferenceKind::Object2 => Reference::Object(object),
        ReferenceKind::Region | ReferenceKind::Region2 => Reference::Region { object, selection },
        ReferenceKind::Attribute => Reference::Attribute { object, name: "a name".into() },
    }
}

pub(crate) fn elements(datatype: &Datatype, count: usize, seed: usize) -> Elements {
    let form = datatype.memory_form();
    let mut elements =
        Elements { bytes: vec![0; count * form.size()], datatype: form, heap: Heap::default() };
    let Elements { datatype, bytes, heap } = &mut elements;
    for (index, element) in bytes.chunks_exact_mut(datatype.size()).enumerate() {
        fill(datatype, seed + index, element, heap);
    }
    elements
}
