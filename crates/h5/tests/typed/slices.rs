use h5::prelude::*;
use ndarray::{Array3, IxDyn, NewAxis, SliceInfo, SliceInfoElem};
use proptest::prelude::*;

use crate::open;

const DIMENSIONS: [usize; 3] = [7, 9, 11];

fn cube() -> Array3<u16> {
    let values = (0..7 * 9 * 11).map(|n| n as u16).collect();
    Array3::from_shape_vec(DIMENSIONS, values).unwrap()
}

#[test]
fn slices_have_the_axes_that_their_type_says() {
    let dataset = open().dataset("cube/chunked").unwrap();
    let cube = cube();
    let row: Array1<f64> = dataset.read_slice(s![6, -1, 2..9]).unwrap();
    assert_eq!(row, cube.slice(s![6, -1, 2..9]).mapv(f64::from));
    let plane: Array2<u16> = dataset.read_slice(s![.., 3, ..;3]).unwrap();
    assert_eq!(plane, cube.slice(s![.., 3, ..;3]));
    let lifted = dataset.read_slice::<u16, _>(s![NewAxis, 1..3, ..;-1, 4, NewAxis]).unwrap();
    assert_eq!(lifted, cube.slice(s![NewAxis, 1..3, ..;-1, 4, NewAxis]));
    let one = dataset.read_slice::<u64, _>(s![1, 2, 3]).unwrap();
    assert_eq!(one.into_scalar(), 99 + 22 + 3);
    let none: Array3<u16> = dataset.read_slice(s![2..2, .., 5..5]).unwrap();
    assert_eq!(none.shape(), [0, 9, 0]);
    assert_eq!(dataset.read_array::<u16>().unwrap(), cube.into_dyn());
}

#[test]
fn slices_outside_are_the_callers_mistake() {
    let dataset = open().dataset("cube/contiguous").unwrap();
    let error = dataset.read_slice::<u16, _>(s![7, .., ..]).unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Usage, Some("/cube/contiguous")));
    assert_eq!(error.message(), "index 7 of a dimension of 7");
    let error = dataset.read_slice::<u16, _>(s![.., ..]).unwrap_err();
    assert_eq!(error.message(), "a slice of 2 entries for 3 dimensions");
    let null = open().dataset("null").unwrap();
    assert_eq!(null.read_slice::<f64, _>(s![..]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn what_was_never_written_is_the_fill_value() {
    let sparse = open().dataset("sparse").unwrap();
    let values: Array2<i32> = sparse.read_slice(s![1..4, 2..4]).unwrap();
    assert_eq!(values, ndarray::array![[-7, -7], [5, -7], [5, -7]]);
    let chunks = sparse.chunks().unwrap();
    assert_eq!(chunks.len(), 1);
    assert_eq!(chunks[0].offset, [2, 0]);
    assert_eq!(sparse.storage_bytes().unwrap(), 24);
    let (info, bytes) = sparse.read_raw_chunk(&[2, 0]).unwrap();
    assert_eq!((info, bytes), (chunks[0].clone(), [5, 0, 0, 0].repeat(6)));
    assert_eq!(sparse.read_raw_chunk(&[0, 0]).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(sparse.read_raw_chunk(&[1, 0]).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn elements_one_by_one_are_those_of_the_whole() {
    for name in ["contiguous", "chunked", "big_endian"] {
        let dataset = open().dataset(format!("cube/{name}")).unwrap();
        let values: Vec<u16> = dataset.iter().unwrap().map(Result::unwrap).collect();
        assert_eq!(values, cube().into_raw_vec_and_offset().0);
        let value = dataset.values().unwrap().nth(500).unwrap().unwrap();
        assert_eq!(value, Value::UInt(500));
        assert_eq!(dataset.value_at(&[6, 8, 10]).unwrap(), Value::UInt(692));
    }
}

/// One entry of a slice that fits a dimension.
fn entry(size: usize) -> impl Strategy<Value = SliceInfoElem> {
    let size = size as isize;
    let range = (-size..=size, proptest::option::of(-size..=size), 1..4_isize, any::<bool>());
    prop_oneof![
        1 => (-size..size).prop_map(SliceInfoElem::Index),
        4 => range.prop_map(|(start, end, step, falls)| {
            SliceInfoElem::Slice { start, end, step: if falls { -step } else { step } }
        }),
    ]
}

fn slices() -> impl Strategy<Value = Vec<SliceInfoElem>> {
    let [a, b, c] = DIMENSIONS.map(entry);
    (a, b, c, proptest::option::of(0..4_usize)).prop_map(|(a, b, c, new_axis)| {
        let mut slice = vec![a, b, c];
        if let Some(at) = new_axis {
            slice.insert(at, SliceInfoElem::NewAxis);
        }
        slice
    })
}

proptest! {
    #[test]
    fn any_slice_is_what_ndarray_makes_of_it(slice in slices()) {
        let file = open();
        let info = SliceInfo::<Vec<SliceInfoElem>, IxDyn, IxDyn>::try_from(slice).unwrap();
        let cube = cube().into_dyn();
        let expected = cube.slice(&info);
        for name in ["contiguous", "chunked", "big_endian"] {
            let found = file.dataset(format!("cube/{name}")).unwrap().read_slice::<u16, _>(info.clone());
            prop_assert_eq!(&found.unwrap(), &expected);
        }
    }
}
