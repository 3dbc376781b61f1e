use h5::prelude::*;

use crate::open;

#[test]
fn strings_of_every_kind_read_as_string() {
    let file = open();
    let read = |name: &str| file.dataset(format!("strings/{name}")).unwrap().read::<String>().unwrap();
    let texts = ["", "plain", "gr\u{fc}n \u{6e2c}", "a longer text that lies elsewhere"];
    assert_eq!(read("variable"), texts);
    assert_eq!(read("fixed"), texts);
    assert_eq!(read("variable_ascii"), ["a", "bc"]);
    assert_eq!(read("terminated"), ["ab", "cde f"]);
    assert_eq!(read("spaces"), ["ab", "cde f"]);
    assert_eq!(read("in_chunks"), ["", "x", "yy", "zzz", ""]);
    let some = file.dataset("strings/variable").unwrap();
    assert_eq!(some.read_slice::<String, _>(s![..;-2]).unwrap().to_vec(), [texts[3], texts[1]]);
    assert_eq!(some.iter::<String>().unwrap().collect::<Result<Vec<_>>>().unwrap(), texts);
}

#[test]
fn bytes_that_are_no_text_are_an_error_of_string_and_none_of_name() {
    let latin = open().dataset("strings/latin1").unwrap();
    let error = latin.read::<String>().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Conversion, Some("/strings/latin1")));
    assert_eq!(latin.read::<Name>().unwrap(), [Name::new(b"gr\xfcn".to_vec())]);
}

#[test]
fn sequences_read_as_vec() {
    let ragged = open().dataset("ragged").unwrap();
    assert_eq!(ragged.read::<Vec<i32>>().unwrap(), [vec![1, 2, 3], vec![], vec![-4]]);
    assert_eq!(ragged.read::<Vec<f64>>().unwrap(), [vec![1.0, 2.0, 3.0], vec![], vec![-4.0]]);
    let values: Vec<String> = ragged.values().unwrap().map(|v| v.unwrap().to_string()).collect();
    assert_eq!(values, ["[1, 2, 3]", "[]", "[-4]"]);
}
