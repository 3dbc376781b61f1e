use h5::prelude::*;

use crate::open;

/// Every stored number type, in both byte orders, as `T`.
fn reads_all<T: PlainType + PartialEq + std::fmt::Debug + From<u8>>() {
    let file = open();
    let expected: Vec<T> = [0, 1, 2, 100].map(T::from).to_vec();
    for order in ["little", "big"] {
        for name in ["i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"] {
            let dataset = file.dataset(format!("numbers/{order}/{name}")).unwrap();
            assert_eq!(dataset.read::<T>().unwrap(), expected, "{order} {name}");
            let mut values = vec![T::from(9); 4];
            dataset.read_into(&mut values).unwrap();
            assert_eq!(values, expected, "{order} {name}");
        }
    }
}

#[test]
fn every_number_reads_as_every_number() {
    reads_all::<u8>();
    reads_all::<i16>();
    reads_all::<u16>();
    reads_all::<i32>();
    reads_all::<u32>();
    reads_all::<i64>();
    reads_all::<u64>();
    reads_all::<i128>();
    reads_all::<u128>();
    reads_all::<f32>();
    reads_all::<f64>();
    let one = open().dataset("numbers/big/f4").unwrap().read::<i8>().unwrap();
    assert_eq!(one, [0, 1, 2, 100]);
}

#[test]
fn conversion_clips_and_truncates_as_the_c_library_does() {
    let file = open();
    let wide = file.dataset("wide").unwrap();
    assert_eq!(wide.read::<i8>().unwrap(), [-1, 0, 127, 127]);
    assert_eq!(wide.read::<u16>().unwrap(), [0, 0, 300, 65535]);
    let floats = file.dataset("floats").unwrap();
    assert_eq!(floats.read::<i32>().unwrap(), [-1, 0, 0, i32::MAX, i32::MAX]);
    assert_eq!(floats.read::<f32>().unwrap()[3], f32::INFINITY);
    assert!(floats.read::<f64>().unwrap()[2].is_nan());
}

#[test]
fn booleans_and_complex_numbers() {
    let file = open();
    let bools = file.dataset("bools").unwrap();
    assert_eq!(bools.read::<bool>().unwrap(), [true, false, true]);
    assert_eq!(bools.read::<u8>().unwrap(), [1, 0, 1]);
    let complex = file.dataset("complex").unwrap();
    let expected = [Complex::new(1.0, 2.0), Complex::new(-0.5, -3.0)];
    assert_eq!(complex.read::<Complex<f64>>().unwrap(), expected);
    let mut narrow = [Complex::new(0.0_f32, 0.0); 2];
    complex.read_into(&mut narrow).unwrap();
    assert_eq!(narrow.map(|c| Complex::new(f64::from(c.re), f64::from(c.im))), expected);
    // A real number has no imaginary part.
    let scalar = open().dataset("scalar").unwrap().read_scalar::<Complex<f64>>().unwrap();
    assert_eq!(scalar, Complex::new(2.5, 0.0));
}

#[test]
fn arrays_are_elements_of_fixed_shape() {
    let matrices = open().dataset("matrices").unwrap();
    let expected = [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]]];
    assert_eq!(matrices.read::<[[i16; 3]; 2]>().unwrap(), expected);
    let mut values = [[[0_i64; 3]; 2]; 2];
    matrices.read_into(&mut values).unwrap();
    assert_eq!(values, expected.map(|m| m.map(|r| r.map(i64::from))));
    assert_eq!(matrices.read::<[[i16; 2]; 3]>().unwrap_err().kind(), ErrorKind::Conversion);
}

#[test]
fn scalars_and_extents_without_elements() {
    let file = open();
    let scalar = file.dataset("scalar").unwrap();
    assert_eq!(scalar.read_scalar::<f64>().unwrap(), 2.5);
    assert_eq!(scalar.read_array::<f64>().unwrap().ndim(), 0);
    assert_eq!(scalar.value_at(&[]).unwrap(), Value::Float(2.5));
    assert_eq!(file.dataset("one").unwrap().read_scalar::<u8>().unwrap(), 41);
    let error = file.dataset("wide").unwrap().read_scalar::<i32>().unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Usage, Some("/wide")));
    let empty = file.dataset("empty").unwrap();
    assert_eq!(empty.read_array::<f32>().unwrap().shape(), [0, 3]);
    assert_eq!(empty.values().unwrap().count(), 0);
    let null = file.dataset("null").unwrap();
    assert_eq!(null.read::<f64>().unwrap(), []);
    assert_eq!(null.read_array::<f64>().unwrap().shape(), [0]);
    assert_eq!(null.iter::<f64>().unwrap().count(), 0);
    assert_eq!(null.read_scalar::<f64>().unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(null.value_at(&[]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn what_does_not_fit_is_the_callers_mistake() {
    let file = open();
    let wide = file.dataset("wide").unwrap();
    assert_eq!(wide.read_into(&mut [0_i32; 3]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(wide.read_into(&mut [[0_u8; 0]; 4]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(wide.read::<String>().unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(wide.read::<Vec<i32>>().unwrap_err().kind(), ErrorKind::Conversion);
    assert_eq!(wide.value_at(&[4]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(wide.value_at(&[0, 0]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn attributes_of_each_shape() {
    let dataset = open().dataset("cube/chunked").unwrap();
    assert_eq!(dataset.attr("units").unwrap().read_scalar::<String>().unwrap(), "counts");
    assert_eq!(dataset.attr("fixed").unwrap().read_scalar::<String>().unwrap(), "abc");
    assert_eq!(dataset.attr("gain").unwrap().read_scalar::<f64>().unwrap(), 1.25);
    assert!(dataset.attr("ok").unwrap().read_scalar::<bool>().unwrap());
    let shape = dataset.attr("shape").unwrap();
    assert_eq!(shape.read_array::<u8>().unwrap(), ndarray::array![[0, 1, 2], [3, 4, 5]].into_dyn());
    assert_eq!(shape.read_scalar::<u8>().unwrap_err().kind(), ErrorKind::Usage);
    let Value::Array { dimensions, values } = shape.value().unwrap() else { panic!("no array") };
    assert_eq!((dimensions.as_slice(), values.len(), &values[5]), ([2, 3].as_slice(), 6, &Value::Int(5)));
    assert_eq!(dataset.attr("names").unwrap().read::<String>().unwrap(), ["x", "yy"]);
    let nothing = dataset.attr("nothing").unwrap();
    assert_eq!(nothing.read::<f64>().unwrap(), []);
    assert_eq!(nothing.value().unwrap(), Value::Array { dimensions: vec![0], values: vec![] });
    let error = dataset.attr("unit").unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::NotFound, Some("/cube/chunked")));
}
