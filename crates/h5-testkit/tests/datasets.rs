//! Datasets, by the handles.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    reason = "tests: a failure is what is to be shown"
)]

use h5_testkit::MemoryBackend;
use h5_types::{
    Block, ChunkIndexKind, CompoundType, Dataspace, Datatype, Elements, ErrorKind, FieldDecoder,
    FieldEncoder, FillDefinition, H5Type, Heap, Layout, Points, Reference, Result, Selection, StringPadding,
    StringType, Value,
};
use ndarray::{Array1, Array2, ArrayD, arr0, array, aview1, s};

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn the_builder_says_all_that_is_asked_for() {
    let file = MemoryBackend::new();
    let data = file
        .new_dataset::<u16>("camera/frames")
        .create_parents()
        .shape([0, 4, 8])
        .max_shape([None, Some(4), Some(8)])
        .chunks([1, 4, 8])
        .chunk_index(ChunkIndexKind::BTreeV2)
        .shuffle()
        .deflate(4)
        .fletcher32()
        .filter_id(32001, [0, 0, 0, 0, 5])
        .fill_value(7)
        .track_attribute_order(true)
        .create()
        .unwrap();
    let info = data.info().unwrap();
    assert_eq!(info.layout, Layout::Chunked { chunk: vec![1, 4, 8], index: ChunkIndexKind::BTreeV2 });
    let filters: Vec<_> = info.filters.iter().map(|f| (f.id, f.client_data.as_slice())).collect();
    let expected: [(u16, &[u32]); 4] = [(2, &[]), (1, &[4]), (3, &[]), (32001, &[0, 0, 0, 0, 5])];
    assert_eq!(filters, expected);
    assert_eq!(info.fill.definition, FillDefinition::User(Elements::from_values(&[7_u16]).unwrap().bytes));
    assert!(data.object().info().unwrap().tracks_attribute_creation);
    assert_eq!(data.object().path(), "/camera/frames");
}

#[test]
fn the_layout_follows_from_the_rest_where_nothing_is_said_of_it() {
    let file = MemoryBackend::new();
    let layout = |name: &str| file.dataset(name).unwrap().info().unwrap().layout.clone();
    file.new_dataset::<f64>("scalar").create().unwrap();
    assert_eq!(layout("scalar"), Layout::Contiguous);
    assert_eq!(file.dataset("scalar").unwrap().info().unwrap().dataspace, Dataspace::Scalar);
    file.new_dataset::<f64>("small").shape([3]).compact().create().unwrap();
    assert_eq!(layout("small"), Layout::Compact);
    file.new_dataset::<f64>("packed").shape([3]).deflate(1).create().unwrap();
    assert_eq!(layout("packed"), Layout::Chunked { chunk: vec![3], index: ChunkIndexKind::BTreeV1 });
    file.new_dataset::<f64>("growing").shape([0, 2]).resizable().create().unwrap();
    let info = file.dataset("growing").unwrap().info().unwrap();
    assert!(matches!(info.layout, Layout::Chunked { .. }));
    assert_eq!(info.dataspace, Dataspace::Simple { dimensions: vec![0, 2], maximum: vec![None, None] });
}

#[test]
fn what_contradicts_itself_is_not_created() {
    let file = MemoryBackend::new();
    let new = || file.new_dataset::<i32>("x").shape([3]);
    assert_eq!(kind(new().contiguous().deflate(1).create()), ErrorKind::Usage);
    assert_eq!(kind(new().contiguous().resizable().create()), ErrorKind::Usage);
    assert_eq!(kind(new().chunks([2, 2]).create()), ErrorKind::Usage);
    assert_eq!(kind(new().max_shape([Some(2)]).create()), ErrorKind::Usage);
    assert_eq!(kind(file.new_dataset::<i32>("x").max_shape([None]).create()), ErrorKind::Usage);
    assert_eq!(kind(new().max_shape([]).create()), ErrorKind::Usage);
    assert_eq!(kind(file.new_dataset::<i32>("x").resizable().create()), ErrorKind::Usage);
    assert_eq!(kind(new().virtual_mappings([]).create()), ErrorKind::Unsupported);
    assert_eq!(kind(new().create_with([1, 2])), ErrorKind::Usage);
    let text = Datatype::String(StringType::variable_utf8());
    assert_eq!(kind(new().datatype(text).create_with([1, 2, 3])), ErrorKind::Conversion);
    let text = file.new_dataset::<String>("x").fill_value("a".into());
    assert_eq!(kind(text.create()), ErrorKind::Unsupported);
    assert_eq!(file.root().unwrap().link_count().unwrap(), 0);
    new().create().unwrap();
    assert_eq!(kind(new().create()), ErrorKind::AlreadyExists);
}

#[test]
fn arrays_are_written_whole() {
    let file = MemoryBackend::new();
    let square = array![[1, 2, 3], [4, 5, 6]];
    let data = file.write_array("a", &square).unwrap();
    assert_eq!(data.read_array::<i32>().unwrap(), square.clone().into_dyn());
    // Not in C order in memory.
    let data = file.write_array("t", square.t()).unwrap();
    assert_eq!(data.read::<i32>().unwrap(), [1, 4, 2, 5, 3, 6]);
    assert_eq!(file.write_array("s", arr0(2.5)).unwrap().read_scalar::<f64>().unwrap(), 2.5);
    assert_eq!(file.write_array("v", vec!["a".to_owned()]).unwrap().read::<String>().unwrap(), ["a"]);
    assert_eq!(kind(file.write_array("a", [0])), ErrorKind::AlreadyExists);
    let shaped = file.new_dataset::<u8>("shaped").shape([2, 2]).create_with([1, 2, 3, 4]).unwrap();
    assert_eq!(shaped.shape().unwrap(), [2, 2]);
    data.write(&[6.0, 5.0, 4.0, 3.0, 2.0, 1.9]).unwrap();
    assert_eq!(data.read::<i32>().unwrap(), [6, 5, 4, 3, 2, 1]);
    assert_eq!(kind(data.write(&[1])), ErrorKind::Usage);
    assert_eq!(kind(data.write_strings(&["text"; 6])), ErrorKind::Conversion);
    assert_eq!(data.read::<i32>().unwrap(), [6, 5, 4, 3, 2, 1]);
}

#[test]
fn slices_are_written_where_they_are_read() {
    let file = MemoryBackend::new();
    let data = file.new_dataset::<i32>("x").shape([4, 6]).create().unwrap();
    let mut model = Array2::<i32>::zeros((4, 6));
    let block = array![[1, 2], [3, 4]];
    data.write_slice(block.view(), s![1..3, 2..;3]).unwrap();
    model.slice_mut(s![1..3, 2..;3]).assign(&block);
    data.write_slice(aview1(&[5, 6, 7, 8, 9, 10]), s![-1, ..;-1]).unwrap();
    model.slice_mut(s![-1, ..;-1]).assign(&aview1(&[5, 6, 7, 8, 9, 10]));
    data.write_slice(arr0(-1).view(), s![.., 0]).unwrap();
    model.slice_mut(s![.., 0]).fill(-1);
    data.write_slice(block.t(), s![..;-2, 1..;-3]).unwrap();
    model.slice_mut(s![..;-2, 1..;-3]).assign(&block.t());
    data.write_slice(Array1::<i32>::zeros(0).view(), s![2, 3..3]).unwrap();
    assert_eq!(data.read_array::<i32>().unwrap(), model.into_dyn());
    assert_eq!(kind(data.write_slice(block.view(), s![.., 0])), ErrorKind::Usage);
    assert_eq!(kind(data.write_slice(block.view(), s![0..9, 0..2])), ErrorKind::Usage);
}

#[test]
fn selections_are_written_in_their_order() {
    let file = MemoryBackend::new();
    let data = file.new_dataset::<u8>("x").shape([2, 3]).create().unwrap();
    let points = Selection::Points(Points { rank: 2, coordinates: vec![1, 2, 0, 0, 1, 2] });
    data.write_selection(&points, &[1, 2, 3]).unwrap();
    assert_eq!(data.read::<u8>().unwrap(), [2, 0, 0, 0, 0, 3]);
    let block = |start: [u64; 2], size: [u64; 2]| Block { start: start.into(), size: size.into() };
    let union = Selection::Union(vec![block([0, 1], [2, 1]), block([0, 1], [1, 2])]);
    data.write_selection(&union, &[7, 8, 9]).unwrap();
    assert_eq!(data.read::<u8>().unwrap(), [2, 7, 8, 0, 9, 3]);
    data.write_selection::<u8>(&Selection::None, &[]).unwrap();
    assert_eq!(kind(data.write_selection(&union, &[1])), ErrorKind::Usage);
    let outside = Selection::from_block(&block([1, 1], [1, 3]));
    assert_eq!(kind(data.write_selection(&outside, &[1, 1, 1])), ErrorKind::Usage);
}

#[test]
fn datasets_grow_and_shrink_and_forget() {
    let file = MemoryBackend::new();
    let data = file
        .new_dataset::<i32>("x")
        .shape([2, 2])
        .max_shape([None, Some(3)])
        .fill_value(-1)
        .create_with([1, 2, 3, 4])
        .unwrap();
    data.resize([3, 1]).unwrap();
    assert_eq!(data.read::<i32>().unwrap(), [1, 3, -1]);
    data.resize([2, 3]).unwrap();
    assert_eq!(data.read::<i32>().unwrap(), [1, -1, -1, 3, -1, -1]);
    data.resize([0, 3]).unwrap();
    assert_eq!(data.read::<i32>().unwrap(), []);
    assert_eq!(kind(data.resize([1, 4])), ErrorKind::Usage);
    assert_eq!(kind(data.resize([1])), ErrorKind::Usage);
    assert_eq!(data.shape().unwrap(), [0, 3]);
    let fixed = file.write_array("fixed", [1, 2]).unwrap();
    fixed.resize([2]).unwrap();
    assert_eq!(kind(fixed.resize([1])), ErrorKind::Usage);
}

#[test]
fn rows_columns_and_single_elements_are_appended() {
    let file = MemoryBackend::new();
    let data = file.new_dataset::<f32>("x").shape([0, 2]).resizable().create().unwrap();
    data.append(array![[1.0_f32, 2.0], [3.0, 4.0]]).unwrap();
    data.append([5.0_f32, 6.0]).unwrap();
    data.append_axis(1, aview1(&[7.0_f32, 8.0, 9.0])).unwrap();
    let expected = array![[1.0, 2.0, 7.0], [3.0, 4.0, 8.0], [5.0, 6.0, 9.0]].into_dyn();
    assert_eq!(data.read_array::<f32>().unwrap(), expected);
    assert_eq!(kind(data.append([1.0_f32, 2.0])), ErrorKind::Usage);
    assert_eq!(kind(data.append_axis(2, [1.0_f32])), ErrorKind::Usage);
    assert_eq!(kind(data.append(["a", "b", "c"].map(str::to_owned))), ErrorKind::Conversion);
    assert_eq!(data.read_array::<f32>().unwrap(), expected);

    let line = file.new_dataset::<i64>("line").shape([0]).max_shape([Some(3)]).create().unwrap();
    line.append(vec![1_i64]).unwrap();
    line.append(arr0(2_i64)).unwrap();
    assert_eq!(kind(line.append([3_i64, 4])), ErrorKind::Usage);
    assert_eq!(line.read::<i64>().unwrap(), [1, 2]);
}

#[test]
fn text_is_stored_in_variable_and_fixed_length() {
    let file = MemoryBackend::new();
    let data = file.new_dataset::<String>("v").shape([2]).create().unwrap();
    assert_eq!(data.read::<String>().unwrap(), ["", ""]);
    data.write_strings(&["\u{e9}t\u{e9}", "longer than sixteen bytes"]).unwrap();
    assert_eq!(data.read::<String>().unwrap(), ["\u{e9}t\u{e9}", "longer than sixteen bytes"]);
    data.write_slice(arr0("b".to_owned()).view(), s![1]).unwrap();
    assert_eq!(data.read::<String>().unwrap(), ["\u{e9}t\u{e9}", "b"]);
    let fixed = Datatype::String(StringType::fixed(3, StringPadding::SpacePadded));
    let data = file.new_dataset::<String>("f").shape([2]).datatype(fixed.clone()).create().unwrap();
    data.write_strings(&["a", "abcd"]).unwrap();
    assert_eq!(data.info().unwrap().datatype, fixed);
    assert_eq!(data.read::<String>().unwrap(), ["a", "abc"]);
}

#[test]
fn booleans_are_the_enumeration_of_false_and_true() {
    let file = MemoryBackend::new();
    let data = file.write_array("b", [true, false]).unwrap();
    assert_eq!(data.info().unwrap().datatype.to_string(), "enum<int8>{FALSE=0, TRUE=1}");
    assert_eq!(data.read::<bool>().unwrap(), [true, false]);
    assert_eq!(data.read::<i32>().unwrap(), [1, 0]);
}

#[test]
fn sequences_and_references_are_elements() {
    let file = MemoryBackend::new();
    let lists = vec![vec![1.5_f32], vec![], vec![2.5, 3.5]];
    let data = file.new_dataset::<Vec<f32>>("lists").shape([3]).create().unwrap();
    data.write(&lists).unwrap();
    assert_eq!(data.read::<Vec<f32>>().unwrap(), lists);
    // Converted inside.
    assert_eq!(data.read::<Vec<i16>>().unwrap(), [vec![1], vec![], vec![2, 3]]);
    let to = Reference::Object(data.object().token());
    let references = file.write_array("refs", vec![to.clone(), Reference::Null]).unwrap();
    assert_eq!(references.read::<Reference>().unwrap(), [to, Reference::Null]);
}

#[derive(Debug, Clone, PartialEq)]
struct Named {
    name: String,
    x: i32,
}

impl H5Type for Named {
    const SIZE: usize = String::SIZE + i32::SIZE;

    fn datatype() -> Datatype {
        let members = [("name".into(), String::datatype()), ("x".into(), i32::datatype())];
        Datatype::Compound(CompoundType::packed(members))
    }

    fn decode(bytes: &[u8], heap: &Heap) -> Result<Self> {
        let mut fields = FieldDecoder::new(bytes, heap);
        Ok(Self { name: fields.field()?, x: fields.field()? })
    }

    fn encode(&self, bytes: &mut [u8], heap: &mut Heap) -> Result<()> {
        let mut fields = FieldEncoder::new(bytes, heap);
        fields.field(&self.name)?;
        fields.field(&self.x)
    }
}

#[test]
fn members_that_are_not_written_keep_their_values() {
    let file = MemoryBackend::new();
    let rows = [("a", 1), ("b", 2)].map(|(name, x)| Named { name: name.into(), x });
    let data = file.write_array("rows", rows.clone()).unwrap();
    assert_eq!(data.read::<Named>().unwrap(), rows);
    let x_only = Datatype::Compound(CompoundType::packed([("x".into(), i32::datatype())]));
    let record = |x| Value::Compound(vec![("x".into(), Value::Int(x))]);
    let elements = Elements::from_dynamic(&x_only, &[record(5), record(6)]).unwrap();
    data.write_elements(&Selection::All, &elements).unwrap();
    let rows: Vec<_> = data.read::<Named>().unwrap().into_iter().map(|row| (row.name, row.x)).collect();
    assert_eq!(rows, [("a".to_owned(), 5), ("b".to_owned(), 6)]);
    // A member that is not stored would be lost: the typed road refuses it.
    let narrow = file.new_dataset::<Named>("narrow").datatype(x_only).create().unwrap();
    let named = Named { name: "c".into(), x: 7 };
    assert_eq!(kind(narrow.write_scalar(&named)), ErrorKind::Conversion);
}

#[test]
fn values_of_any_kind_are_written() {
    let file = MemoryBackend::new();
    let row = |name: &str, x| Value::Compound(vec![("x".into(), x), ("name".into(), name.into())]);
    let data = file.new_dataset::<Named>("rows").shape([2]).create().unwrap();
    data.write_values(&Selection::All, &[row("a", Value::UInt(1)), row("b", Value::Float(-2.0))]).unwrap();
    let expected = [("a", 1), ("b", -2)].map(|(name, x)| Named { name: name.into(), x });
    assert_eq!(data.read::<Named>().unwrap(), expected);
    let values: Vec<Value> = data.values().unwrap().map(Result::unwrap).collect();
    data.write_values(&Selection::All, values.iter().rev()).unwrap();
    assert_eq!(data.read::<Named>().unwrap()[1], expected[0]);
    assert_eq!(kind(data.write_values(&Selection::All, &values[..1])), ErrorKind::Usage);
    let misfit = row("a", Value::Float(0.5));
    assert_eq!(kind(data.write_values(&Selection::All, [&misfit, &misfit])), ErrorKind::Conversion);
}

#[test]
fn a_null_dataspace_has_nothing_to_write() {
    let file = MemoryBackend::new();
    let new = h5_types::NewDataset::new(f64::datatype(), Dataspace::Null);
    let data = file.create_dataset_from("null", &new).unwrap();
    data.write::<f64>(&[]).unwrap();
    assert_eq!(kind(data.write(&[1.0])), ErrorKind::Usage);
    assert_eq!(data.read_array::<f64>().unwrap(), ArrayD::<f64>::zeros(vec![0]));
}

#[test]
fn raw_chunks_are_refused_not_ignored() {
    let file = MemoryBackend::new();
    let chunked = file.new_dataset::<u8>("c").shape([4]).chunks([2]).create().unwrap();
    assert_eq!(kind(chunked.write_raw_chunk(&[0], 0, &[1, 2])), ErrorKind::Unsupported);
    assert_eq!(kind(chunked.chunks()), ErrorKind::Unsupported);
    let contiguous = file.write_array("f", [1_u8]).unwrap();
    assert_eq!(kind(contiguous.write_raw_chunk(&[0], 0, &[1, 2])), ErrorKind::Usage);
    assert_eq!(contiguous.chunks().unwrap(), []);
}
