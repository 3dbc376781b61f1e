use proptest::prelude::*;

use super::*;

fn words(list: &[u32]) -> Vec<u8> {
    list.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn decoded(bytes: &[u8]) -> Selection {
    decode_selection(bytes, &Limits::default()).unwrap()
}

#[test]
fn all_and_none() {
    assert_eq!(decoded(&words(&[3, 1, 0, 0])), Selection::All);
    assert_eq!(decoded(&words(&[0, 1, 0, 0])), Selection::None);
}

#[test]
fn points_of_both_versions() {
    let points = Selection::Points(Points { rank: 2, coordinates: vec![1, 2, 3, 4] });
    assert_eq!(decoded(&words(&[1, 1, 0, 24, 2, 2, 1, 2, 3, 4])), points);
    let mut v2 = words(&[1, 2]);
    v2.extend([2, 2, 0, 0, 0, 2, 0, 1, 0, 2, 0, 3, 0, 4, 0]);
    assert_eq!(decoded(&v2), points);
}

#[test]
fn blocks_of_versions_1_and_3() {
    let blocks =
        vec![Block { start: vec![0, 2], size: vec![3, 1] }, Block { start: vec![5, 6], size: vec![1, 2] }];
    let v1 = words(&[2, 1, 0, 40, 2, 2, 0, 2, 2, 2, 5, 6, 5, 7]);
    assert_eq!(decoded(&v1), Selection::Union(blocks.clone()));
    let mut v3 = words(&[2, 3]);
    v3.extend([0, 2, 2, 0, 0, 0, 2, 0, 0, 0, 2, 0, 2, 0, 2, 0, 5, 0, 6, 0, 5, 0, 7, 0]);
    assert_eq!(decoded(&v3), Selection::Union(blocks));
}

#[test]
fn regular_hyperslabs_of_versions_2_and_3_with_unlimited_count() {
    let slab = |count| {
        Selection::Hyperslab(Hyperslab {
            dimensions: vec![HyperslabDimension { start: 2, stride: 3, count, block: Some(1) }],
        })
    };
    let mut v2 = words(&[2, 2]);
    v2.extend([1, 36, 0, 0, 0, 1, 0, 0, 0]);
    for n in [2_u64, 3, u64::MAX, 1] {
        v2.extend(n.to_le_bytes());
    }
    assert_eq!(decoded(&v2), slab(None));
    let mut v3 = words(&[2, 3]);
    v3.extend([1, 4, 1, 0, 0, 0]);
    v3.extend(words(&[2, 3, 7, 1]));
    assert_eq!(decoded(&v3), slab(Some(7)));
}

#[test]
fn lying_counts_and_ends_are_errors() {
    let limits = Limits::default();
    assert!(decode_selection(&words(&[1, 1, 0, 24, 2, u32::MAX, 1]), &limits).is_err());
    assert!(decode_selection(&words(&[2, 1, 0, 24, 1, 1, 5, 4]), &limits).is_err());
    assert!(decode_selection(&words(&[1, 1, 0, 24, 33, 0]), &limits).is_err());
    assert!(decode_selection(&words(&[1, 1, 0, 24, 0, 0]), &limits).is_err());
}

proptest! {
    #[test]
    fn any_bytes_decode_or_error(kind in 0..5_u32, version in 0..5_u32, rest in prop::collection::vec(any::<u8>(), 0..80)) {
        let mut bytes = words(&[kind, version]);
        bytes.extend(rest);
        let _ = decode_selection(&bytes, &Limits::default());
    }

    #[test]
    fn selections_decode_to_what_was_encoded(selection in selections(), oldest: bool) {
        let encoding = if oldest { SelectionEncoding::Oldest } else { SelectionEncoding::Shortest };
        let bytes = encode_selection(&selection, encoding).unwrap();
        prop_assert_eq!(decoded(&bytes), selection);
    }
}

fn selections() -> impl Strategy<Value = Selection> {
    let number = || (0..63_u32, any::<u64>()).prop_map(|(shift, number)| number >> 1 >> shift);
    let limit = move || prop::option::of(number());
    let dimension = (number(), number(), limit(), limit())
        .prop_map(|(start, stride, count, block)| HyperslabDimension { start, stride, count, block });
    let size = move || number().prop_map(|size| size.max(1));
    let block = (number(), size(), number(), size())
        .prop_map(|(a, b, c, d)| Block { start: vec![a, c], size: vec![b, d] });
    prop_oneof![
        Just(Selection::All),
        Just(Selection::None),
        prop::collection::vec(dimension, 1..5)
            .prop_map(|dimensions| Selection::Hyperslab(Hyperslab { dimensions })),
        prop::collection::vec(block, 1..5).prop_map(Selection::Union),
        prop::collection::vec(number(), 0..5).prop_map(|coordinates| {
            Selection::Points(Points { rank: coordinates.len().max(1), coordinates: coordinates.repeat(3) })
        }),
    ]
}

fn oldest(selection: &Selection) -> Vec<u8> {
    encode_selection(selection, SelectionEncoding::Oldest).unwrap()
}

fn shortest(selection: &Selection) -> Vec<u8> {
    encode_selection(selection, SelectionEncoding::Shortest).unwrap()
}

#[test]
fn the_lowest_version_that_holds_the_numbers_is_written() {
    let points = |x| Selection::Points(Points { rank: 2, coordinates: vec![1, 2, 3, x] });
    assert_eq!(oldest(&points(4)), words(&[1, 1, 0, 24, 2, 2, 1, 2, 3, 4]));
    let mut v2 = words(&[1, 2]);
    v2.extend([8, 2, 0, 0, 0]);
    v2.extend([2, 1, 2, 3, 1 << 32].map(u64::to_le_bytes).concat());
    assert_eq!(oldest(&points(1 << 32)), v2);
    let block = |x| Selection::Union(vec![Block { start: vec![5, x], size: vec![1, 2] }]);
    assert_eq!(oldest(&block(6)), words(&[2, 1, 0, 24, 2, 1, 5, 6, 5, 7]));
    let mut v3 = words(&[2, 3]);
    v3.extend([0, 8, 2, 0, 0, 0]);
    v3.extend([1, 5, 0xffff_ffff, 5, 0x1_0000_0000].map(u64::to_le_bytes).concat());
    assert_eq!(oldest(&block(0xffff_ffff)), v3);
    assert_eq!(oldest(&Selection::All), words(&[3, 1, 0, 0]));
    assert_eq!(oldest(&Selection::Union(Vec::new())), words(&[0, 1, 0, 0]));
}

#[test]
fn regular_hyperslabs_are_version_2_or_the_shortest_version_3() {
    let slab = |count| {
        let dimension = HyperslabDimension { start: 2, stride: 3, count, block: Some(1) };
        Selection::Hyperslab(Hyperslab { dimensions: vec![dimension] })
    };
    let mut v2 = words(&[2, 2]);
    v2.extend([1, 36, 0, 0, 0, 1, 0, 0, 0]);
    v2.extend([2, 3, u64::MAX, 1].map(u64::to_le_bytes).concat());
    assert_eq!(oldest(&slab(None)), v2);
    let mut v3 = words(&[2, 3]);
    v3.extend([1, 2, 1, 0, 0, 0, 2, 0, 3, 0, 255, 255, 1, 0]);
    assert_eq!(shortest(&slab(None)), v3);
    // A count of all ones in two bytes would be unlimited.
    assert_eq!(shortest(&slab(Some(0xfffe))).len(), v3.len());
    assert_eq!(shortest(&slab(Some(0xffff))).len(), v3.len() + 8);
    assert!(encode_selection(&slab(Some(u64::MAX)), SelectionEncoding::Oldest).is_err());
}

#[test]
fn selections_without_dimensions_or_elements_are_errors() {
    let fails = |selection: &Selection| {
        assert!(encode_selection(selection, SelectionEncoding::Oldest).is_err(), "{selection:?}");
        assert!(encode_selection(selection, SelectionEncoding::Shortest).is_err(), "{selection:?}");
    };
    fails(&Selection::Points(Points { rank: 0, coordinates: vec![] }));
    fails(&Selection::Points(Points { rank: 2, coordinates: vec![1] }));
    fails(&Selection::Hyperslab(Hyperslab { dimensions: vec![] }));
    fails(&Selection::Union(vec![Block { start: vec![], size: vec![] }]));
    fails(&Selection::Union(vec![Block { start: vec![1], size: vec![0] }]));
    fails(&Selection::Union(vec![Block { start: vec![u64::MAX], size: vec![2] }]));
    fails(&Selection::Union(vec![Block { start: vec![1], size: vec![1, 1] }]));
}
