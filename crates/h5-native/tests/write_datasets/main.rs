//! Datasets that are created and written: read back at once, and from the file as it was stored.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

mod allocation;
mod heap_space;
mod made;
mod virtual_layout;

use std::sync::Arc;

use h5_backend::{Backend, ElementSource, File};
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{
    AllocationTime, ArrayType, BitfieldType, Block, ByteOrder, CharacterSet, ChunkIndexKind, CompoundType,
    Dataspace, Datatype, Elements, EnumMember, EnumType, ErrorKind, ExternalFile, FillDefinition, FillTime,
    FilterInfo, H5Type, Heap, Hyperslab, HyperslabDimension, IntegerType, Layout, LibverBounds, Name,
    NewDataset, NewLayout, OpaqueType, Padding, Points, Reference, ReferenceKind, ReferenceType, Selection,
    StringLength, StringPadding, StringType, VirtualMapping, VlenType,
};

struct Written {
    vfd: Arc<BufferVfd>,
    native: NativeFile,
    file: File,
}

impl Written {
    fn new(bounds: LibverBounds) -> Self {
        let vfd = Arc::new(BufferVfd::default());
        let options = OpenOptions::new().bounds(bounds);
        let native =
            NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &options)
                .unwrap();
        let file = File::from_backend(Arc::new(native.clone()));
        Self { vfd, native, file }
    }

    fn create(&self, name: &str, dataset: &NewDataset) -> h5_types::Result<h5_backend::Dataset> {
        self.file.root()?.create_dataset_from(name, dataset)
    }

    /// The file as a process finds it that opens it after the last flush.
    fn stored(&self) -> File {
        let vfd = Arc::new(BufferVfd::new(self.vfd.to_bytes()));
        File::from_backend(Arc::new(NativeFile::open_vfd(vfd, &OpenOptions::new()).unwrap()))
    }

    /// Writes the file where `H5_KEEP` says, for other programs.
    fn keep(&self, name: &str) {
        if let Ok(path) = std::env::var("H5_KEEP") {
            std::fs::write(format!("{path}-{name}.h5"), self.vfd.to_bytes()).unwrap();
        }
    }
}

fn integer(size: usize, order: ByteOrder, signed: bool) -> Datatype {
    let precision_bits = u16::try_from(size * 8).unwrap();
    let (low_padding, high_padding) = (Padding::Zero, Padding::Zero);
    Datatype::Integer(IntegerType {
        size,
        order,
        signed,
        offset_bits: 0,
        precision_bits,
        low_padding,
        high_padding,
    })
}

fn string(length: StringLength) -> Datatype {
    Datatype::String(StringType {
        length,
        padding: StringPadding::NullTerminated,
        character_set: CharacterSet::Utf8,
    })
}

/// One datatype of each class and of each way to nest them.
fn datatypes() -> Vec<(&'static str, Datatype)> {
    let i16_be = integer(2, ByteOrder::Big, true);
    let u8_le = integer(1, ByteOrder::Little, false);
    let member = |name: &str, datatype: Datatype| (Name::from(name), datatype);
    let array = Datatype::Array(ArrayType { dimensions: vec![2, 3], base: Box::new(i16_be.clone()) });
    let members = ["red", "green"].iter().zip([1_u8, 2]);
    let vlen = Datatype::Vlen(VlenType { size: 16, base: Box::new(i16_be.clone()) });
    let text = string(StringLength::Variable { size: 16 });
    vec![
        ("integer", i16_be.clone()),
        ("float", f64::datatype()),
        ("string", string(StringLength::Fixed(5))),
        (
            "bitfield",
            Datatype::Bitfield(BitfieldType {
                size: 2,
                order: ByteOrder::Little,
                offset_bits: 0,
                precision_bits: 16,
                low_padding: Padding::Zero,
                high_padding: Padding::Zero,
            }),
        ),
        ("opaque", Datatype::Opaque(OpaqueType { size: 3, tag: Name::from("tag") })),
        (
            "compound",
            Datatype::Compound(CompoundType::packed([
                member("a", u8_le.clone()),
                member("b", f64::datatype()),
                member("c", array.clone()),
            ])),
        ),
        (
            "enum",
            Datatype::Enum(EnumType {
                base: Box::new(u8_le.clone()),
                members: members
                    .map(|(name, value)| EnumMember { name: Name::from(*name), value: vec![value] })
                    .collect(),
            }),
        ),
        ("array", array),
        ("vlen", vlen.clone()),
        ("text", text.clone()),
        ("reference", Datatype::Reference(ReferenceType { size: 8, kind: ReferenceKind::Object })),
        (
            "nested",
            Datatype::Compound(CompoundType::packed([
                member("v", vlen),
                member("t", text),
                member("n", u8_le),
            ])),
        ),
    ]
}

/// `count` elements in memory form, each different from the last.
fn elements(datatype: &Datatype, count: usize, seed: usize) -> Elements {
    let mut heap = Heap::default();
    let form = datatype.memory_form();
    let mut bytes = vec![0; form.size() * count];
    for (index, element) in bytes.chunks_mut(form.size()).enumerate() {
        put(datatype, &form, index + seed, element, &mut heap);
    }
    Elements { datatype: form, bytes, heap }
}

fn put(datatype: &Datatype, form: &Datatype, number: usize, element: &mut [u8], heap: &mut Heap) {
    let byte = |i: usize| u8::try_from((number * 7 + i) % 100 + 1).unwrap();
    match (datatype, form) {
        (Datatype::Vlen(_), _) => {
            let values: Vec<u8> = (0..(number % 4) * 2).map(byte).collect();
            heap.push_sequence(number % 4, &values, element).unwrap();
        }
        (Datatype::String(t), _) if matches!(t.length, StringLength::Variable { .. }) => {
            let text = "x".repeat(number % 5) + &number.to_string();
            heap.push_sequence(text.len(), text.as_bytes(), element).unwrap();
        }
        (Datatype::String(_), _) => {
            let text = format!("{:04}\0", number % 10_000);
            element.copy_from_slice(text.as_bytes());
        }
        (Datatype::Reference(_), _) => heap.push_reference(Reference::Null, element).unwrap(),
        (Datatype::Compound(t), Datatype::Compound(form)) => {
            for (member, place) in t.members.iter().zip(&form.members) {
                let range = place.offset..place.offset + place.datatype.size();
                put(&member.datatype, &place.datatype, number, &mut element[range], heap);
            }
        }
        _ => element.iter_mut().enumerate().for_each(|(i, place)| *place = byte(i)),
    }
}

/// What each element holds, whatever heap it points into.
fn shown(elements: &Elements) -> Vec<String> {
    let size = elements.datatype.size();
    elements.bytes.chunks(size).map(|element| show(&elements.datatype, element, &elements.heap)).collect()
}

fn show(form: &Datatype, element: &[u8], heap: &Heap) -> String {
    match form {
        Datatype::Vlen(t) => format!("{:?}", heap.sequence(element, t.base.size()).unwrap()),
        Datatype::String(t) if matches!(t.length, StringLength::Variable { .. }) => {
            format!("{:?}", heap.sequence(element, 1).unwrap())
        }
        Datatype::Reference(_) => format!("{:?}", heap.reference(element).unwrap()),
        Datatype::Compound(t) => t
            .members
            .iter()
            .map(|m| show(&m.datatype, &element[m.offset..m.offset + m.datatype.size()], heap))
            .collect::<Vec<_>>()
            .join(";"),
        _ => format!("{element:?}"),
    }
}

fn slab(parts: &[(u64, u64, u64, u64)]) -> Selection {
    let dimensions = parts.iter().map(|&(start, stride, count, block)| HyperslabDimension {
        start,
        stride,
        count: Some(count),
        block: Some(block),
    });
    Selection::Hyperslab(Hyperslab { dimensions: dimensions.collect() })
}

fn selections() -> Vec<Selection> {
    let block = |start: [u64; 2], size: [u64; 2]| Block { start: start.to_vec(), size: size.to_vec() };
    vec![
        Selection::All,
        Selection::None,
        slab(&[(1, 1, 1, 3), (2, 1, 1, 4)]),
        slab(&[(0, 2, 3, 1), (1, 3, 2, 2)]),
        Selection::Union(vec![block([0, 0], [2, 3]), block([1, 2], [4, 2])]),
        Selection::Points(Points { rank: 2, coordinates: vec![5, 6, 0, 0, 3, 3] }),
        slab(&[(0, 1, 1, 6), (6, 1, 1, 1)]),
    ]
}

/// Elements of a 6 by 7 extent after each of the selections was written.
fn expected(dataset: &h5_backend::Dataset, datatype: &Datatype, flush: &dyn Fn(usize)) -> Vec<String> {
    let whole = Elements { datatype: datatype.memory_form(), bytes: Vec::new(), heap: Heap::default() };
    let zero = vec![0; whole.datatype.size()];
    let mut model = vec![show(&whole.datatype, &zero, &Heap::default()); 42];
    for (step, selection) in selections().into_iter().enumerate().skip(1) {
        let resolved = selection.resolve(&[6, 7]).unwrap();
        let count = usize::try_from(resolved.element_count()).unwrap();
        let new = elements(datatype, count, step * 100);
        dataset.write_elements(&selection, &new).unwrap();
        let values = shown(&new);
        let extent = Block { start: vec![0, 0], size: vec![6, 7] };
        for copy in resolved.copies(&extent).unwrap() {
            for run in 0..copy.count {
                for index in 0..copy.length {
                    let from = copy.from + run * copy.from_step + index;
                    let to = copy.to + run * copy.to_step + index;
                    model[usize::try_from(from).unwrap()] = values[usize::try_from(to).unwrap()].clone();
                }
            }
        }
        flush(step);
    }
    model
}

fn read(dataset: &h5_backend::Dataset) -> Vec<String> {
    shown(&dataset.elements(&Selection::All).unwrap())
}

fn every_class_and_selection(bounds: LibverBounds, flush_every: usize) {
    let written = Written::new(bounds);
    let mut all = Vec::new();
    for (number, (name, datatype)) in datatypes().into_iter().enumerate() {
        let group = written.file.root().unwrap().require_group(format!("g{}", number / 4)).unwrap();
        for layout in [NewLayout::Contiguous, NewLayout::Compact] {
            let mut new = NewDataset::new(datatype.clone(), Dataspace::fixed([6, 7]));
            let place = if layout == NewLayout::Compact { "compact" } else { "contiguous" };
            let name = format!("{name}-{place}");
            new.layout = layout;
            let dataset = group.create_dataset_from(&name, &new).unwrap();
            let flush = |step: usize| {
                if step.is_multiple_of(flush_every) {
                    written.native.flush().unwrap();
                }
            };
            let values = expected(&dataset, &datatype, &flush);
            assert_eq!(read(&dataset), values, "{name}");
            all.push((format!("g{}/{name}", number / 4), values));
        }
    }
    written.native.close().unwrap();
    let stored = written.stored();
    for (name, values) in all {
        assert_eq!(read(&stored.dataset(&*name).unwrap()), values, "{name}");
    }
    written.keep(&format!("classes-{bounds:?}-{flush_every}"));
}

#[test]
fn every_class_in_every_block_by_every_selection() {
    every_class_and_selection(LibverBounds::Earliest, 3);
    every_class_and_selection(LibverBounds::V18, 1000);
    every_class_and_selection(LibverBounds::V110, 1);
    every_class_and_selection(LibverBounds::V200, 2);
}

#[test]
fn what_a_flush_has_published_is_not_overwritten() {
    let written = Written::new(LibverBounds::V18);
    let dataset = written.create("d", &NewDataset::new(i32::datatype(), Dataspace::fixed([100]))).unwrap();
    dataset.write::<i32>(&(0..100).collect::<Vec<_>>()).unwrap();
    written.native.flush().unwrap();
    dataset.write_selection::<i32>(&slab(&[(10, 1, 1, 5)]), &[-1; 5]).unwrap();
    assert_eq!(dataset.read::<i32>().unwrap()[9..16], [9, -1, -1, -1, -1, -1, 15]);
    let stored = written.stored().dataset("d").unwrap().read::<i32>().unwrap();
    assert_eq!(stored, (0..100).collect::<Vec<i32>>());
    written.native.close().unwrap();
    assert_eq!(written.stored().dataset("d").unwrap().read::<i32>().unwrap()[9..11], [9, -1]);
}

#[test]
fn a_large_block_is_written_in_place_by_every_kind_of_run() {
    let written = Written::new(LibverBounds::V18);
    let (rows, columns) = (700_u64, 700_u64);
    let new = NewDataset::new(integer(4, ByteOrder::Big, true), Dataspace::fixed([rows, columns]));
    let dataset = written.create("d", &new).unwrap();
    let mut model = vec![0_i32; 490_000];
    let mut write = |selection: Selection, seed: i32| {
        let resolved = selection.resolve(&[rows, columns]).unwrap();
        let count = i32::try_from(resolved.element_count()).unwrap();
        let values: Vec<i32> = (0..count).map(|i| i * 3 + seed).collect();
        dataset.write_selection(&selection, &values).unwrap();
        let mut next = values.iter();
        for run in resolved.runs().unwrap() {
            for index in run.offset..run.offset + run.length {
                model[usize::try_from(index).unwrap()] = *next.next().unwrap();
            }
        }
        assert!(dataset.read::<i32>().unwrap() == model, "{selection:?}");
    };
    write(slab(&[(3, 1, 1, 300), (0, 1, 1, 700)]), 1);
    written.native.flush().unwrap();
    write(slab(&[(0, 1, 1, 700), (5, 1, 1, 2)]), 2);
    write(slab(&[(1, 7, 90, 2), (0, 3, 200, 1)]), 3);
    write(Selection::Points(Points { rank: 2, coordinates: vec![699, 699, 0, 1, 350, 2] }), 4);
    written.native.close().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<i32>().unwrap() == model);
}

#[test]
fn members_that_are_not_written_stay() {
    let pair = |second: Datatype| {
        Datatype::Compound(CompoundType::packed([
            (Name::from("a"), i32::datatype()),
            (Name::from("b"), second),
        ]))
    };
    let stored = pair(integer(8, ByteOrder::Big, false));
    let part = Datatype::Compound(CompoundType::packed([(Name::from("a"), i32::datatype())]));
    for (count, layout) in
        [(10, NewLayout::Compact), (10, NewLayout::Contiguous), (200_000, NewLayout::Contiguous)]
    {
        let written = Written::new(LibverBounds::V18);
        let mut new = NewDataset::new(stored.clone(), Dataspace::fixed([count]));
        new.layout = layout;
        new.fill = FillDefinition::User(vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]);
        let dataset = written.create("d", &new).unwrap();
        let element = Elements { datatype: part.clone(), bytes: vec![5, 0, 0, 0], heap: Heap::default() };
        dataset.write_elements(&slab(&[(3, 1, 1, 1)]), &element).unwrap();
        let all = dataset.elements(&Selection::All).unwrap();
        assert_eq!(
            all.bytes[24..48],
            [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9]
        );
    }
}

#[test]
fn members_that_are_not_written_stay_beside_variable_ones_in_chunks() {
    let text = Datatype::String(StringType {
        length: StringLength::Variable { size: 16 },
        padding: StringPadding::NullTerminated,
        character_set: CharacterSet::Utf8,
    });
    let record = |members: &[(&str, Datatype)]| {
        let members = members.iter().map(|(name, datatype)| (Name::from(*name), datatype.clone()));
        Datatype::Compound(CompoundType::packed(members.collect::<Vec<_>>()))
    };
    let (number, big) = (integer(4, ByteOrder::Little, true), integer(2, ByteOrder::Big, true));
    let stored =
        record(&[("a", big), ("name", text.clone()), ("other", text.clone()), ("b", number.clone())]);
    let written = Written::new(LibverBounds::V18);
    let mut new = NewDataset::new(stored, Dataspace::fixed([7]));
    new.layout = NewLayout::Chunked { chunk: vec![3], index: None };
    new.filters = vec![FilterInfo { id: 1, flags: 0, name: None, client_data: vec![4] }];
    let dataset = written.create("d", &new).unwrap();
    let write = |selection: &Selection, count: i32, members: &[(&str, Datatype)], word: &str| {
        let datatype = record(members);
        let (mut bytes, mut heap) = (Vec::new(), Heap::default());
        for index in 0..count {
            for (_, member) in members {
                let start = bytes.len();
                if matches!(member, Datatype::String(_)) {
                    bytes.resize(start + 16, 0);
                    let text = format!("{word} {index}");
                    heap.push_sequence(text.len(), text.as_bytes(), &mut bytes[start..]).unwrap();
                } else {
                    bytes.extend(index.to_le_bytes());
                }
            }
        }
        dataset.write_elements(selection, &Elements { datatype, bytes, heap }).unwrap();
    };
    let all = [("a", number.clone()), ("name", text.clone()), ("other", text.clone()), ("b", number.clone())];
    write(&Selection::All, 7, &all, "first");
    written.native.flush().unwrap();
    write(&slab(&[(2, 1, 1, 2)]), 2, &[("other", text.clone()), ("a", number.clone())], "then");
    write(&slab(&[(6, 1, 1, 1)]), 1, &[("b", number.clone())], "");
    written.native.close().unwrap();
    let elements = written.stored().dataset("d").unwrap().elements(&Selection::All).unwrap();
    let Datatype::Compound(form) = &elements.datatype else { panic!("{:?}", elements.datatype) };
    let size = elements.datatype.size();
    let read = |index: usize, name: &str| {
        let member = form.member(name.as_bytes()).unwrap();
        let at = index * size + member.offset;
        let bytes = &elements.bytes[at..at + member.datatype.size()];
        match &member.datatype {
            Datatype::String(_) => {
                String::from_utf8(elements.heap.sequence(bytes, 1).unwrap().1.to_vec()).unwrap()
            }
            _ if bytes.len() == 2 => i16::from_be_bytes(bytes.try_into().unwrap()).to_string(),
            _ => i32::from_le_bytes(bytes.try_into().unwrap()).to_string(),
        }
    };
    let row = |index: usize| ["a", "name", "other", "b"].map(|name| read(index, name));
    assert_eq!(row(1), ["1", "first 1", "first 1", "1"]);
    assert_eq!(row(2), ["0", "first 2", "then 0", "2"]);
    assert_eq!(row(3), ["1", "first 3", "then 1", "3"]);
    assert_eq!(row(6), ["6", "first 6", "first 6", "0"]);
    written.keep("members");
}

#[test]
fn parts_that_contradict_each_other_change_nothing() {
    let written = Written::new(LibverBounds::V18);
    let base = || NewDataset::new(i32::datatype(), Dataspace::fixed([10]));
    let chunked = |chunk: &[u64]| NewLayout::Chunked { chunk: chunk.to_vec(), index: None };
    let growing = || Dataspace::Simple { dimensions: vec![10], maximum: vec![None] };
    let filter = |id, flags| FilterInfo { id, flags, name: None, client_data: vec![] };
    let before = written.vfd.to_bytes();
    let refuse = |change: &dyn Fn(&mut NewDataset), kind: ErrorKind| {
        let mut new = base();
        change(&mut new);
        let error = written.create("d", &new).unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
    };
    refuse(&|new| new.layout = chunked(&[2, 2]), ErrorKind::Usage);
    refuse(&|new| new.layout = chunked(&[0]), ErrorKind::Usage);
    refuse(&|new| new.layout = chunked(&[11]), ErrorKind::Usage);
    refuse(&|new| new.filters = vec![filter(1, 0)], ErrorKind::Usage);
    refuse(&|new| new.dataspace = growing(), ErrorKind::Usage);
    refuse(&|new| new.fill = FillDefinition::User(vec![1]), ErrorKind::Usage);
    refuse(&|new| (new.layout, new.dataspace) = (NewLayout::Compact, growing()), ErrorKind::Usage);
    refuse(
        &|new| (new.layout, new.dataspace) = (NewLayout::Compact, Dataspace::fixed([20_000])),
        ErrorKind::Usage,
    );
    let complex = Datatype::Complex(h5_types::ComplexType { base: Box::new(f64::datatype()) });
    refuse(&|new| new.datatype = complex.clone(), ErrorKind::Unsupported);
    let huge = Dataspace::fixed([1 << 33]);
    refuse(&|new| (new.layout, new.dataspace) = (chunked(&[1 << 33]), huge.clone()), ErrorKind::Unsupported);
    written.native.flush().unwrap();
    assert_eq!(written.vfd.to_bytes(), before);
    // A filter that is not at hand: elements cannot be written, chunks that are filtered already can.
    let mut new = base();
    (new.layout, new.filters) = (chunked(&[5]), vec![filter(305, 0)]);
    let foreign = written.create("foreign", &new).unwrap();
    assert_eq!(foreign.write::<i32>(&[1; 10]).unwrap_err().kind(), ErrorKind::Unsupported);
    foreign.write_raw_chunk(&[5], 0, &[1, 2, 3]).unwrap();
    assert_eq!(foreign.read_raw_chunk(&[5]).unwrap().1, [1, 2, 3]);
    let dataset = written.create("d", &base()).unwrap();
    let error = dataset.write::<i32>(&[1; 9]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
    assert_eq!(dataset.storage_bytes().unwrap(), 0);
    assert_eq!(dataset.resize([11_u64]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn all_elements_are_read_while_others_resize() {
    let written = Written::new(LibverBounds::V110);
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([10]));
    new.dataspace = Dataspace::Simple { dimensions: vec![10], maximum: vec![None] };
    new.layout = NewLayout::Chunked { chunk: vec![8], index: None };
    let dataset = written.create("d", &new).unwrap();
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for turn in 0..500_u32 {
                dataset.resize([if turn % 2 == 0 { 25_u64 } else { 10 }]).unwrap();
                std::thread::yield_now();
            }
        });
        while !writer.is_finished() {
            for length in [dataset.read::<i32>().unwrap().len(), dataset.read_array::<i32>().unwrap().len()] {
                assert!([10, 25].contains(&length), "{length} elements");
            }
        }
        writer.join().unwrap();
    });
}
