//! Datasets that are created and written: read back at once, and from the file as it was stored.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

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

/// Numbered texts, of which one cannot be made.
struct Texts {
    count: usize,
    broken: Option<usize>,
}

impl Texts {
    fn text(number: usize) -> String {
        "x".repeat(number % 50) + &number.to_string()
    }
}

impl ElementSource for Texts {
    fn count(&self) -> usize {
        self.count
    }

    fn datatype(&self) -> Datatype {
        String::datatype()
    }

    fn fill(&self, range: std::ops::Range<usize>, bytes: &mut [u8], heap: &mut Heap) -> h5_types::Result<()> {
        for (number, element) in range.zip(bytes.chunks_exact_mut(16)) {
            if self.broken == Some(number) {
                return Err(h5_types::Error::usage("broken"));
            }
            let text = Self::text(number);
            heap.push_sequence(text.len(), text.as_bytes(), element)?;
        }
        Ok(())
    }
}

#[test]
fn many_texts_are_written_as_they_are_made_or_not_at_all() {
    let written = Written::new(LibverBounds::V18);
    let count = 100_000_u64;
    let new = NewDataset::new(String::datatype(), Dataspace::fixed([count]));
    let dataset = written.create("d", &new).unwrap();
    let expected: Vec<String> = (0..100_000).map(Texts::text).collect();
    let node = dataset.node().unwrap();
    let broken = |broken| node.write_made(&Selection::All, &Texts { count: 100_000, broken });
    assert_eq!(broken(Some(90_000)).unwrap_err().kind(), ErrorKind::Usage);
    assert!(dataset.read::<String>().unwrap().iter().all(String::is_empty));
    broken(None).unwrap();
    assert!(dataset.read::<String>().unwrap() == expected);
    written.native.flush().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == expected);
    // A second time: the block and the collections that the last commit uses stay as they are.
    assert_eq!(broken(Some(99_999)).unwrap_err().kind(), ErrorKind::Usage);
    dataset.write_strings(&expected[..99_999]).unwrap_err();
    let reversed: Vec<&str> = expected.iter().rev().map(String::as_str).collect();
    dataset.write_strings(&reversed).unwrap();
    assert!(dataset.read::<String>().unwrap() == reversed);
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == expected);
    written.native.close().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == reversed);
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
fn storage_is_allocated_and_filled_as_asked_for() {
    let written = Written::new(LibverBounds::V18);
    let with = |allocation, time, fill| {
        let mut new = NewDataset::new(integer(2, ByteOrder::Little, false), Dataspace::fixed([500]));
        (new.allocation_time, new.fill_time, new.fill) = (allocation, time, fill);
        new
    };
    let user = || FillDefinition::User(vec![7, 1]);
    let early = written.create("early", &with(Some(AllocationTime::Early), FillTime::IfSet, user())).unwrap();
    assert_eq!((early.storage_bytes().unwrap(), early.read::<u16>().unwrap()), (1000, vec![263; 500]));
    let late = written.create("late", &with(None, FillTime::IfSet, user())).unwrap();
    assert_eq!((late.storage_bytes().unwrap(), late.read::<u16>().unwrap()), (0, vec![263; 500]));
    late.write_selection::<u16>(&slab(&[(1, 1, 1, 1)]), &[8]).unwrap();
    assert_eq!(
        (late.storage_bytes().unwrap(), late.read::<u16>().unwrap()[..3].to_vec()),
        (1000, vec![263, 8, 263])
    );
    let plain =
        written.create("plain", &with(Some(AllocationTime::Early), FillTime::IfSet, FillDefinition::Default));
    assert_eq!(plain.unwrap().read::<u16>().unwrap(), [0; 500]);
    written.native.close().unwrap();
    assert_eq!(written.stored().dataset("plain").unwrap().read::<u16>().unwrap(), [0; 500]);
    assert_eq!(written.stored().dataset("late").unwrap().read::<u16>().unwrap()[..3], [263, 8, 263]);
    written.keep("fill");
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
fn a_virtual_dataset_shows_its_sources() {
    let written = Written::new(LibverBounds::V110);
    for (name, first) in [("a", 0_i32), ("b", 100)] {
        let source = written.create(name, &NewDataset::new(i32::datatype(), Dataspace::fixed([5]))).unwrap();
        source.write::<i32>(&(first..first + 5).collect::<Vec<_>>()).unwrap();
    }
    let mapping = |source: &str, from: (u64, u64), row: u64| VirtualMapping {
        source_file: Name::from("."),
        source_dataset: Name::from(source),
        source_selection: slab(&[(from.0, 1, 1, from.1)]),
        virtual_selection: slab(&[(row, 1, 1, 1), (0, 1, 1, 4)]),
    };
    let with = |mappings| {
        let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([3, 4]));
        new.layout = NewLayout::Virtual { mappings };
        new.fill = FillDefinition::User((-1_i32).to_le_bytes().to_vec());
        new
    };
    let refused = [mapping("a", (0, 3), 0), mapping("a", (0, 4), 3)]
        .map(|mapping| written.create("v", &with(vec![mapping])).unwrap_err().kind());
    assert_eq!(refused, [ErrorKind::Usage; 2], "another number of elements, outside the extent");
    let shown = with(vec![mapping("/a", (1, 4), 0), mapping("/b", (0, 4), 2)]);
    let dataset = written.create("v", &shown).unwrap();
    let expected = [1, 2, 3, 4, -1, -1, -1, -1, 100, 101, 102, 103];
    assert_eq!(dataset.read::<i32>().unwrap(), expected);
    assert_eq!(dataset.write::<i32>(&[0; 12]).unwrap_err().kind(), ErrorKind::Usage, "nothing shows row 1");
    assert_eq!(dataset.read::<i32>().unwrap(), expected, "nothing has changed then");
    dataset.write_selection::<i32>(&slab(&[(0, 2, 2, 1), (1, 2, 2, 1)]), &[7, 8, 9, 10]).unwrap();
    let expected = [1, 7, 3, 8, -1, -1, -1, -1, 100, 9, 102, 10];
    assert_eq!(dataset.read::<i32>().unwrap(), expected);
    assert_eq!(written.file.dataset("a").unwrap().read::<i32>().unwrap(), [0, 1, 7, 3, 8]);
    dataset.write_selection::<i32>(&slab(&[(2, 1, 1, 1), (0, 1, 1, 4)]), &[4, 5, 6, 7]).unwrap();
    assert_eq!(written.file.dataset("b").unwrap().read::<i32>().unwrap(), [4, 5, 6, 7, 104]);
    let expected = [1, 7, 3, 8, -1, -1, -1, -1, 4, 5, 6, 7];
    written.native.close().unwrap();
    assert_eq!(written.stored().dataset("v").unwrap().read::<i32>().unwrap(), expected);
    written.keep("virtual");
    let old = Written::new(LibverBounds::V18);
    assert_eq!(old.create("v", &shown).unwrap_err().kind(), ErrorKind::Unsupported);
}

/// Its extent is that of its sources, which are not in their blocks yet.
#[test]
fn a_virtual_dataset_grows_with_a_source_that_was_just_written() {
    let written = Written::new(LibverBounds::V110);
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([2]));
    new.dataspace = Dataspace::Simple { dimensions: vec![2], maximum: vec![None] };
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    let source = written.create("a", &new).unwrap();
    let all = || {
        let dimension = HyperslabDimension { start: 0, stride: 1, count: Some(1), block: None };
        Selection::Hyperslab(Hyperslab { dimensions: vec![dimension] })
    };
    let mapping = VirtualMapping {
        source_file: Name::from("."),
        source_dataset: Name::from("/a"),
        source_selection: all(),
        virtual_selection: all(),
    };
    new.layout = NewLayout::Virtual { mappings: vec![mapping] };
    let shown = written.create("v", &new).unwrap();
    source.write::<i32>(&[1, 2]).unwrap();
    assert_eq!(shown.read::<i32>().unwrap(), [1, 2]);
    source.append([3, 4, 5]).unwrap();
    source.object().set_attr("unsettled", 1).unwrap();
    assert_eq!(written.file.dataset("v").unwrap().read::<i32>().unwrap(), [1, 2, 3, 4, 5]);
}

/// Short pieces wait in memory, long ones do not; both may be where others were.
#[test]
fn pieces_of_a_new_block_are_read_as_they_were_written_last() {
    let written = Written::new(LibverBounds::V110);
    let count = 3 << 18;
    let dataset = written.create("d", &NewDataset::new(i32::datatype(), Dataspace::fixed([count]))).unwrap();
    let mut expected = vec![0_i32; usize::try_from(count).unwrap()];
    let pieces = [(0, 10), (5, 10), (100, 400), (90, 50), (0, 2000), (600, 600), (599, 3), (400_000, 7)];
    for (number, (first, length)) in pieces.into_iter().enumerate() {
        let value = i32::try_from(number).unwrap() + 1;
        expected[first..first + length].fill(value);
        let (first, length) = (u64::try_from(first).unwrap(), u64::try_from(length).unwrap());
        dataset
            .write_selection(&slab(&[(first, 1, 1, length)]), &vec![value; usize::try_from(length).unwrap()])
            .unwrap();
        assert!(dataset.read::<i32>().unwrap() == expected, "piece {number}");
    }
    written.file.flush().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<i32>().unwrap() == expected);
}

/// A fixed array has a place for each chunk of the largest extent.
#[test]
fn a_huge_maximum_gets_an_index_that_stays_small() {
    for bounds in [LibverBounds::V110, LibverBounds::V200] {
        let written = Written::new(bounds);
        for (name, asked) in [("any", None), ("asked", Some(ChunkIndexKind::FixedArray))] {
            let mut new = NewDataset::new(u8::datatype(), Dataspace::fixed([10]));
            new.dataspace = Dataspace::Simple { dimensions: vec![10], maximum: vec![Some(100_000_000_000)] };
            new.layout = NewLayout::Chunked { chunk: vec![2], index: asked };
            let dataset = written.create(name, &new).unwrap();
            dataset.write::<u8>(&[7; 10]).unwrap();
            assert!(matches!(
                dataset.info().unwrap().layout,
                Layout::Chunked { index: ChunkIndexKind::BTreeV1, .. }
            ));
        }
        written.native.close().unwrap();
        assert_eq!(written.stored().dataset("any").unwrap().read::<u8>().unwrap(), [7; 10]);
        assert!(written.vfd.to_bytes().len() < 20_000);
        written.keep("huge_maximum");
    }
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

#[test]
fn what_is_written_to_a_virtual_dataset_goes_into_the_files_of_its_sources() {
    let directory = std::env::temp_dir().join(format!("h5-virtual-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let create = |name: &str| {
        let native = NativeFile::create(&directory.join(name), &CreateOptions::new(), &options).unwrap();
        File::from_backend(Arc::new(native))
    };
    let mut mappings = Vec::new();
    for (row, name) in ["one.h5", "two.h5"].into_iter().enumerate() {
        let file = create(name);
        let source = NewDataset::new(i32::datatype(), Dataspace::fixed([2, 3]));
        let source = file.root().unwrap().create_dataset_from("d", &source).unwrap();
        source.write::<i32>(&[0; 6]).unwrap();
        file.close().unwrap();
        mappings.push(VirtualMapping {
            source_file: Name::from(name),
            source_dataset: Name::from("d"),
            // Six elements in two rows, shown in one.
            source_selection: slab(&[(0, 1, 1, 2), (0, 1, 1, 3)]),
            virtual_selection: slab(&[(row as u64, 1, 1, 1), (0, 1, 1, 6)]),
        });
    }
    let file = create("main.h5");
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([2, 6]));
    new.layout = NewLayout::Virtual { mappings };
    let dataset = file.root().unwrap().create_dataset_from("v", &new).unwrap();
    assert_eq!(dataset.read::<i32>().unwrap(), [0; 12]);
    dataset.write::<i32>(&(1..=12).collect::<Vec<_>>()).unwrap();
    dataset.write_selection::<i32>(&slab(&[(0, 1, 1, 2), (2, 1, 1, 2)]), &[-3, -4, -9, -10]).unwrap();
    assert_eq!(dataset.read::<i32>().unwrap(), [1, 2, -3, -4, 5, 6, 7, 8, -9, -10, 11, 12]);
    file.close().unwrap();
    let two = NativeFile::open(&directory.join("two.h5"), &options).unwrap();
    let two = File::from_backend(Arc::new(two));
    assert_eq!(two.dataset("d").unwrap().read::<i32>().unwrap(), [7, 8, -9, -10, 11, 12]);
    drop((two, dataset, file));
    std::fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn elements_in_external_files_follow_one_another() {
    let directory = std::env::temp_dir().join(format!("h5-external-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("main.h5");
    let options = OpenOptions::new();
    let native = NativeFile::create(&path, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    let external = |name: &str, offset_bytes, size_bytes| ExternalFile {
        name: Name::from(name),
        offset_bytes,
        size_bytes,
    };
    let mut new = NewDataset::new(
        integer(2, ByteOrder::Big, true),
        Dataspace::Simple { dimensions: vec![4, 2], maximum: vec![Some(8), Some(2)] },
    );
    new.external = vec![external("one.raw", 3, Some(10)), external("two.raw", 0, Some(10))];
    let refused = file.root().unwrap().create_dataset_from("d", &new).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Usage, "the files are too small for the largest extent");
    new.external[1].size_bytes = None;
    let dataset = file.root().unwrap().create_dataset_from("d", &new).unwrap();
    dataset.write::<i16>(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    assert_eq!(std::fs::read(directory.join("one.raw")).unwrap(), [0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5]);
    assert_eq!(std::fs::read(directory.join("two.raw")).unwrap(), [0, 6, 0, 7, 0, 8]);
    dataset.write_selection::<i16>(&slab(&[(1, 1, 1, 2), (1, 1, 1, 1)]), &[-1, -2]).unwrap();
    assert_eq!(dataset.read::<i16>().unwrap(), [1, 2, 3, -1, 5, -2, 7, 8]);
    dataset.resize([2_u64, 2]).unwrap();
    dataset.resize([5_u64, 2]).unwrap();
    assert_eq!(dataset.resize([9_u64, 2]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(dataset.read::<i16>().unwrap(), [1, 2, 3, -1, 0, 0, 0, 0, 0, 0]);
    native.close().unwrap();
    let stored = File::from_backend(Arc::new(NativeFile::open(&path, &options).unwrap()));
    assert_eq!(stored.dataset("d").unwrap().read::<i16>().unwrap()[..4], [1, 2, 3, -1]);
    drop((stored, dataset, file, native));
    let denied = OpenOptions::new().access(h5_types::AccessPolicy::Deny);
    let native = NativeFile::open_writable(&path, &denied).unwrap();
    let dataset = File::from_backend(Arc::new(native)).dataset("d").unwrap();
    assert_eq!(dataset.write::<i16>(&[0; 10]).unwrap_err().kind(), ErrorKind::PermissionDenied);
    if std::env::var("H5_KEEP").is_err() {
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

#[test]
fn chunks_are_allocated_early_if_asked_for() {
    for bounds in [LibverBounds::V110, LibverBounds::V200] {
        let written = Written::new(bounds);
        let mut new = NewDataset::new(i16::datatype(), Dataspace::fixed([7, 5]));
        new.layout = NewLayout::Chunked { chunk: vec![4, 2], index: None };
        new.allocation_time = Some(AllocationTime::Early);
        new.fill = FillDefinition::User(vec![3, 0]);
        let dataset = written.create("d", &new).unwrap();
        assert_eq!(dataset.storage_bytes().unwrap(), 6 * 16);
        assert_eq!(dataset.read::<i16>().unwrap(), [3; 35]);
        written.native.close().unwrap();
        let stored = written.stored().dataset("d").unwrap();
        assert_eq!((stored.chunks().unwrap().len(), stored.read::<i16>().unwrap()), (6, vec![3; 35]));
        written.keep(&format!("early-{bounds:?}"));
    }
}

/// The C library does not see that a dimension of 4 bytes is unlimited, and refuses an extensible array then.
#[test]
fn lengths_of_4_bytes_get_no_extensible_array() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/objects/offsets_8_lengths_4.h5");
    let vfd = Arc::new(BufferVfd::new(std::fs::read(fixture).unwrap()));
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let native = Arc::new(NativeFile::open_writable_vfd(vfd, &options).unwrap());
    let file = File::from_backend(native);
    let dataset = file.new_dataset::<i32>("growing").shape([0]).resizable().chunks([4]).create().unwrap();
    dataset.append(&[1, 2, 3, 4, 5][..]).unwrap();
    file.flush().unwrap();
    let layout = dataset.info().unwrap().layout.clone();
    assert!(matches!(layout, Layout::Chunked { index: ChunkIndexKind::BTreeV2, .. }), "{layout:?}");
    assert_eq!(dataset.read::<i32>().unwrap(), [1, 2, 3, 4, 5]);
}

/// Cells that refer to an object that comes after them, as MATLAB makes them.
#[test]
fn fill_values_with_variable_parts_are_kept_by_copies() {
    let source = Written::new(LibverBounds::Earliest);
    let last = source.file.write_array("z", &[7_i32][..]).unwrap().object().token();
    let layout = NewLayout::Chunked { chunk: vec![2], index: None };
    let mut text = NewDataset::new(String::datatype(), Dataspace::fixed(vec![3]));
    text.fill_elements = Some(Elements::from_values(&["nothing".to_owned()]).unwrap());
    text.layout = layout.clone();
    source.create("text", &text).unwrap();
    let mut cells = NewDataset::new(Reference::datatype(), Dataspace::fixed(vec![3]));
    cells.fill_elements = Some(Elements::from_values(&[Reference::Object(last)]).unwrap());
    cells.layout = layout;
    source.create("cells", &cells).unwrap();
    source.file.flush().unwrap();
    let target = Written::new(LibverBounds::V110);
    let from = source.stored().root().unwrap();
    let report = h5_backend::CopyOptions::new().copy_contents(&from, &target.file.root().unwrap()).unwrap();
    assert!(report.remarks.is_empty(), "{:?}", report.remarks);
    target.file.flush().unwrap();
    let copy = target.stored();
    let texts = copy.dataset("text").unwrap().read::<String>().unwrap();
    assert_eq!(texts, ["nothing", "nothing", "nothing"]);
    let last = copy.object("z").unwrap().token();
    let cells = copy.dataset("cells").unwrap();
    assert_eq!(cells.read::<Reference>().unwrap(), vec![Reference::Object(last); 3]);
    assert_eq!(cells.storage_bytes().unwrap(), 0);
}
