//! Attributes, by the handles.

#![allow(clippy::unwrap_used, reason = "tests: a failure is what is to be shown")]

use h5_backend::{AttributeValue, Group, Order};
use h5_testkit::MemoryBackend;
use h5_types::{
    Complex, Dataspace, Datatype, Elements, ErrorKind, H5Type, Name, NewAttribute, NewGroup, Reference,
    StringPadding, StringType, Value,
};
use ndarray::{Array2, arr0, array};

fn root() -> Group {
    MemoryBackend::new().root().unwrap()
}

fn round_trip<T: H5Type>(value: impl AttributeValue) -> (Vec<u64>, Vec<T>) {
    let root = root();
    root.set_attr("a", value).unwrap();
    let attribute = root.attr("a").unwrap();
    assert_eq!(*attribute.datatype(), T::datatype());
    (attribute.shape().to_vec(), attribute.read::<T>().unwrap())
}

#[test]
fn scalars_lists_and_arrays_keep_type_and_shape() {
    assert_eq!(round_trip::<i32>(-3), (vec![], vec![-3]));
    assert_eq!(round_trip::<u64>(u64::MAX), (vec![], vec![u64::MAX]));
    assert_eq!(round_trip::<f64>(1.5), (vec![], vec![1.5]));
    assert_eq!(round_trip::<bool>(true), (vec![], vec![true]));
    let z = Complex { re: 1.0_f32, im: -1.0 };
    assert_eq!(round_trip::<Complex<f32>>(z), (vec![], vec![z]));
    assert_eq!(round_trip::<u8>(&[1_u8, 2][..]), (vec![2], vec![1, 2]));
    assert_eq!(round_trip::<i16>(vec![1_i16]), (vec![1], vec![1]));
    assert_eq!(round_trip::<f32>(Vec::<f32>::new()), (vec![0], vec![]));
    assert_eq!(round_trip::<bool>([false, true]), (vec![2], vec![false, true]));
    assert_eq!(round_trip::<i32>(array![[1, 2, 3], [4, 5, 6]].t()), (vec![3, 2], vec![1, 4, 2, 5, 3, 6]));
    assert_eq!(round_trip::<i64>(&arr0(7_i64)), (vec![], vec![7]));
    assert_eq!(round_trip::<i64>(Array2::<i64>::zeros((0, 3))), (vec![0, 3], vec![]));
}

#[test]
fn text_is_a_variable_length_string() {
    let texts = ["a".to_owned(), "\u{3b1}\u{3b2}".to_owned()];
    assert_eq!(round_trip::<String>("counts"), (vec![], vec!["counts".to_owned()]));
    assert_eq!(round_trip::<String>(&texts[1]), (vec![], vec![texts[1].clone()]));
    assert_eq!(round_trip::<String>(["a", "\u{3b1}\u{3b2}"]), (vec![2], texts.to_vec()));
    assert_eq!(round_trip::<String>(&texts[..]), (vec![2], texts.to_vec()));
    assert_eq!(round_trip::<String>(array![["x"], ["y"]]), (vec![2, 1], vec!["x".into(), "y".into()]));
    assert_eq!(round_trip::<Name>(Name::new(*b"\xff")), (vec![], vec![Name::new(*b"\xff")]));
}

#[test]
fn values_of_any_kind_come_back() {
    let root = root();
    let values = [
        Value::Int(-1),
        Value::String("text".into()),
        Value::Compound(vec![("x".into(), Value::Float(0.5)), ("tag".into(), Value::String("t".into()))]),
        Value::Sequence(vec![Value::UInt(1)]),
        Value::Array { dimensions: vec![2], values: vec![Value::UInt(1), Value::UInt(2)] },
        Value::Reference(Reference::Object(root.object().token())),
    ];
    for value in values {
        root.set_attr("v", &value).unwrap();
        assert_eq!(root.attr("v").unwrap().value().unwrap(), value);
    }
    let numbers = Value::Array { dimensions: vec![2], values: vec![Value::Int(1), Value::Float(0.5)] };
    root.set_attr("v", numbers).unwrap();
    assert_eq!(root.attr("v").unwrap().read::<f64>().unwrap(), [1.0, 0.5]);
    let odd = Value::Array { dimensions: vec![2], values: vec![Value::Int(1), "a".into()] };
    assert_eq!(root.set_attr("v", odd).unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(root.attr("v").unwrap().read::<f64>().unwrap(), [1.0, 0.5]);
}

#[test]
fn a_value_is_changed_and_the_datatype_stays() {
    let root = root();
    root.set_attr("flags", [true, false]).unwrap();
    let flags = root.attr("flags").unwrap();
    let list = |values: &[Value]| Value::Array { dimensions: vec![2], values: values.to_vec() };
    flags.write_value(&list(&["FALSE".into(), Value::Int(1)])).unwrap();
    assert_eq!(root.attr("flags").unwrap().read::<bool>().unwrap(), [false, true]);
    flags.write_value(&flags.value().unwrap()).unwrap();
    assert_eq!(root.attr("flags").unwrap().read::<bool>().unwrap(), [false, true]);
    assert_eq!(flags.write_value(&Value::Int(1)).unwrap_err().kind(), ErrorKind::Usage);
    let misfit = flags.write_value(&list(&["MAYBE".into(), "TRUE".into()]));
    assert_eq!(misfit.unwrap_err().kind(), ErrorKind::Conversion);
    root.set_attr("n", 5_u8).unwrap();
    let n = root.attr("n").unwrap();
    n.write_value(&Value::Int(200)).unwrap();
    assert_eq!(n.write_value(&Value::Int(256)).unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(n.value().unwrap(), Value::UInt(200));
}

#[test]
fn structures_and_sequences_are_attributes_too() {
    let root = root();
    root.object().set_attr_scalar("lists", &vec![vec![1_u8], vec![], vec![2, 3]]).unwrap();
    let lists: Vec<Vec<u8>> = root.attr("lists").unwrap().read_scalar().unwrap();
    assert_eq!(lists, [vec![1], vec![], vec![2, 3]]);
    root.object().set_attr_array("pairs", array![[[1, 2]], [[3, 4]]].view()).unwrap();
    assert_eq!(root.attr("pairs").unwrap().shape(), [2, 1, 2]);
}

#[test]
fn the_stored_datatype_is_the_callers_choice() {
    let root = root();
    let fixed = Datatype::String(StringType::fixed(4, StringPadding::NullPadded));
    let value = Elements::from_values(&["abcdef".to_owned()]).unwrap();
    let new = NewAttribute::new("class", fixed.clone(), Dataspace::Scalar);
    root.write_attr(&new, &value).unwrap();
    let attribute = root.attr("class").unwrap();
    assert_eq!(*attribute.datatype(), fixed);
    assert_eq!(attribute.read_scalar::<String>().unwrap(), "abcd");
    let null = NewAttribute::new("null", f64::datatype(), Dataspace::Null);
    root.write_attr(&null, &Elements::from_values::<f64>(&[]).unwrap()).unwrap();
    assert_eq!(*root.attr("null").unwrap().dataspace(), Dataspace::Null);

    let kind = |new: &NewAttribute| root.write_attr(new, &value).unwrap_err().kind();
    assert_eq!(kind(&NewAttribute::new("class", f64::datatype(), Dataspace::Scalar)), ErrorKind::Conversion);
    assert_eq!(kind(&NewAttribute::new("class", fixed.clone(), Dataspace::fixed([2]))), ErrorKind::Usage);
    assert_eq!(kind(&NewAttribute::new("", fixed, Dataspace::Scalar)), ErrorKind::Usage);
    assert_eq!(root.object().create_attr(&new, &value).unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(root.attr("class").unwrap().read_scalar::<String>().unwrap(), "abcd");
}

#[test]
fn attributes_are_renamed_removed_and_listed_in_order() {
    let mut new = NewGroup::default();
    new.tracks_attribute_creation = true;
    let group = root().create_group_from("g", &new).unwrap();
    for (number, name) in ["z", "y", "x"].into_iter().enumerate() {
        group.set_attr(name, number as u64).unwrap();
    }
    let names = |order| -> Vec<String> {
        let found = group.object().attributes(order).unwrap();
        found.into_iter().map(|attribute| attribute.unwrap().name().to_string()).collect()
    };
    group.rename_attr("z", "w").unwrap();
    assert_eq!(names(Order::Creation), ["w", "y", "x"]);
    assert_eq!(names(Order::Name), ["w", "x", "y"]);
    group.set_attr("w", "anew").unwrap();
    assert_eq!(names(Order::Creation), ["y", "x", "w"]);
    group.remove_attr("y").unwrap();
    assert_eq!(names(Order::Creation), ["x", "w"]);
    assert_eq!(group.remove_attr("y").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(group.rename_attr("y", "q").unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(group.rename_attr("x", "w").unwrap_err().kind(), ErrorKind::AlreadyExists);
    assert_eq!(group.rename_attr("x", "").unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn comments_are_set_and_removed() {
    let root = root();
    root.set_comment("what this is").unwrap();
    assert_eq!(root.object().info().unwrap().comment, Some("what this is".into()));
    root.set_comment("").unwrap();
    assert_eq!(root.object().info().unwrap().comment, None);
}
