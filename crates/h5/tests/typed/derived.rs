use h5::prelude::*;
use h5::{Elements, decode_all};

use crate::open;

#[derive(H5Type, Debug, PartialEq, Clone, Copy)]
#[repr(u8)]
enum Kind {
    Lorentz = 1,
    Gauss,
}

#[derive(H5Type, Debug, PartialEq)]
#[repr(i64)]
enum Renamed {
    #[h5(rename = "Gauss")]
    Bell = -3,
    #[h5(rename = "Lorentz")]
    Witch = i64::MAX,
}

#[derive(H5Type, Debug, PartialEq)]
struct Peak {
    position: f64,
    #[h5(rename = "full width")]
    width: f32,
    kind: Kind,
}

#[derive(H5Type, Debug, PartialEq)]
struct Note {
    text: String,
    id: u64,
    path: Vec<f64>,
    label: String,
    target: Reference,
}

#[derive(H5Type, Debug, PartialEq)]
struct Pair<T> {
    r: T,
    i: T,
}

#[test]
fn a_struct_takes_its_members_by_name_and_converts_them() {
    let peaks = open().dataset("peaks").unwrap();
    let peak = |position, width, kind| Peak { position, width, kind };
    let expected =
        [peak(1.5, 0.25, Kind::Gauss), peak(2.5, 0.5, Kind::Lorentz), peak(3.5, 0.125, Kind::Gauss)];
    assert_eq!(peaks.read::<Peak>().unwrap(), expected);
    assert_eq!(peaks.read_slice::<Peak, _>(s![-1]).unwrap().into_scalar(), expected[2]);
    assert_eq!(peaks.iter().unwrap().collect::<Result<Vec<Peak>>>().unwrap(), expected);
}

#[test]
fn a_struct_holds_strings_sequences_and_references() {
    let file = open();
    let notes = file.dataset("notes").unwrap().read::<Note>().unwrap();
    let target = |path: &str| Reference::Object(file.object(path).unwrap().token());
    let first = Note {
        text: "first".into(),
        id: 1,
        path: vec![1.0, 2.0],
        label: "one".into(),
        target: target("scalar"),
    };
    let second =
        Note { text: "second".into(), id: 2, path: vec![], label: "two".into(), target: target("cube") };
    assert_eq!(notes, [first, second]);
    let references = file.dataset("references").unwrap().read::<Reference>().unwrap();
    assert_eq!(references, [target("scalar"), target("cube/chunked")]);
}

#[test]
fn a_generic_struct_reads_complex_numbers() {
    let pairs = open().dataset("complex").unwrap().read::<Pair<f32>>().unwrap();
    assert_eq!(pairs, [Pair { r: 1.0, i: 2.0 }, Pair { r: -0.5, i: -3.0 }]);
}

#[test]
fn a_member_that_the_file_lacks_is_an_error() {
    #[derive(H5Type, Debug)]
    struct More {
        position: f64,
        height: f64,
    }
    let error = open().dataset("peaks").unwrap().read::<More>().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Conversion, Some("/peaks")));
    assert!(error.message().contains("no member `height`"), "{error}");
}

#[test]
fn an_enum_is_read_by_name_and_by_value() {
    let file = open();
    let read = |name: &str| file.dataset(name).unwrap().read::<Kind>();
    assert_eq!(read("kinds").unwrap(), [Kind::Lorentz, Kind::Gauss, Kind::Gauss]);
    let renamed = file.dataset("kinds").unwrap().read::<Renamed>().unwrap();
    assert_eq!(renamed, [Renamed::Witch, Renamed::Bell, Renamed::Bell]);
    assert_eq!(file.dataset("kinds").unwrap().read::<i16>().unwrap(), [9, 7, 7]);
    assert_eq!(read("odd_kinds").unwrap_err().kind(), ErrorKind::Conversion);
    let error = read("kind_numbers").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conversion);
    assert!(error.message().contains("no variant of Kind has the value 3"), "{error}");
    assert_eq!(file.dataset("bools").unwrap().read::<Kind>().unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(file.dataset("kinds").unwrap().read::<bool>().unwrap_err().kind(), ErrorKind::Conversion);
}

#[test]
fn what_a_derived_type_encodes_it_decodes() {
    let peaks = [Peak { position: 1.0, width: 2.0, kind: Kind::Lorentz }];
    let elements = Elements::from_values(&peaks).unwrap();
    assert_eq!(elements.bytes.len(), 13);
    assert_eq!(elements.value(0).unwrap().to_string(), "{position: 1.0, full width: 2.0, kind: Lorentz}");
    assert_eq!(decode_all::<Peak>(&elements).unwrap(), peaks);
    let elements = Elements::from_values(&[Renamed::Bell, Renamed::Witch]).unwrap();
    assert_eq!(decode_all::<i64>(&elements).unwrap(), [-3, i64::MAX]);
}
