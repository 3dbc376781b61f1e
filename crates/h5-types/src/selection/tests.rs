use proptest::prelude::*;

use super::*;

/// Linear numbers of the selected elements in selection order, by looking at each element.
fn naive(selection: &Selection, dims: &[u64]) -> Vec<u64> {
    let total: u64 = dims.iter().product();
    let coordinates = |mut n: u64| -> Vec<u64> {
        let mut x = vec![0; dims.len()];
        for (x, d) in x.iter_mut().zip(dims).rev() {
            *x = n % d;
            n /= d;
        }
        x
    };
    match selection {
        Selection::Points(points) => points
            .coordinates
            .chunks(points.rank)
            .map(|p| p.iter().zip(dims).fold(0, |n, (x, d)| n * d + x))
            .collect(),
        other => (0..total)
            .filter(|&n| {
                let x = coordinates(n);
                match other {
                    Selection::All => true,
                    Selection::None => false,
                    Selection::Hyperslab(slab) => x.iter().zip(&slab.dimensions).all(|(&x, d)| {
                        let Some(block) = d.block else { return x >= d.start };
                        x >= d.start
                            && (x - d.start) % d.stride.max(1) < block
                            && d.count.is_none_or(|count| (x - d.start) / d.stride.max(1) < count)
                    }),
                    Selection::Union(blocks) => blocks.iter().any(|b| {
                        x.iter().zip(&b.start).zip(&b.size).all(|((&x, &s), &n)| x >= s && x < s + n)
                    }),
                    Selection::Points(_) => unreachable!(),
                }
            })
            .collect(),
    }
}

fn expand(runs: Runs<'_>) -> Vec<u64> {
    runs.flat_map(|r| r.offset..r.offset + r.length).collect()
}

/// Reads an array through the partition: each element of a chunk is its linear number in the dataspace.
fn reassemble(resolved: &ResolvedSelection, dims: &[u64], chunk: &[u64]) -> Vec<u64> {
    let mut out = vec![u64::MAX; resolved.element_count() as usize];
    let partition = resolved.partition(chunk).unwrap();
    let mut last: Option<Vec<u64>> = None;
    for piece in partition.pieces() {
        assert!(last.as_ref().is_none_or(|last| *last < piece.scaled), "chunks come in C order, each once");
        last = Some(piece.scaled.clone());
        let elements = chunk.iter().product::<u64>();
        let number = |mut n: u64| -> u64 {
            let mut x = vec![0; dims.len()];
            for (x, c) in x.iter_mut().zip(chunk).rev() {
                *x = n % c;
                n /= c;
            }
            x.iter().zip(&piece.block.start).zip(dims).fold(0, |n, ((x, s), d)| n * d + x + s)
        };
        let mut any = false;
        for copy in partition.copies(&piece) {
            any = true;
            assert!(copy.count >= 1 && copy.length >= 1);
            for k in 0..copy.count {
                for i in 0..copy.length {
                    let from = copy.from + k * copy.from_step + i;
                    assert!(from < elements);
                    let to = (copy.to + k * copy.to_step + i) as usize;
                    assert_eq!(out[to], u64::MAX, "each element of the result is written once");
                    out[to] = number(from);
                }
            }
        }
        assert!(any, "a listed chunk holds a selected element");
    }
    out
}

fn check(selection: &Selection, dims: &[u64], chunk: &[u64]) {
    let expected = naive(selection, dims);
    let resolved = selection.resolve(dims).unwrap();
    assert_eq!(resolved.element_count(), expected.len() as u64);
    assert_eq!(expand(resolved.runs().unwrap()), expected);
    let runs: Vec<Run> = resolved.runs().unwrap().collect();
    assert!(runs.windows(2).all(|w| w[0].offset + w[0].length != w[1].offset), "{runs:?}");
    assert_eq!(reassemble(&resolved, dims, chunk), expected);
    assert_eq!(resolved.bounds().is_none(), expected.is_empty());
}

fn dimension(extent: u64) -> impl Strategy<Value = HyperslabDimension> {
    (0..extent.max(1), 1..5_u64, 0..4_u64, 0..9_u64, 0..4_u64).prop_map(
        move |(start, block, gap, count, kind)| {
            let room = extent.saturating_sub(start);
            let block = block.min(room);
            let stride = (block + gap).max(1);
            let most = if room < block || block == 0 { 0 } else { (room - block) / stride + 1 };
            match kind {
                0 => HyperslabDimension { start, stride, count: None, block: Some(block.max(1)) },
                1 => HyperslabDimension { start, stride: 1, count: Some(1), block: None },
                2 => HyperslabDimension {
                    start: 0,
                    stride: extent.max(1),
                    count: Some(1),
                    block: Some(extent),
                },
                _ => HyperslabDimension { start, stride, count: Some(count.min(most)), block: Some(block) },
            }
        },
    )
}

fn extent() -> impl Strategy<Value = (Vec<u64>, Vec<u64>)> {
    prop::collection::vec((0..12_u64, 1..6_u64), 1..4).prop_map(|v| v.into_iter().unzip())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn hyperslabs_equal_a_loop((dims, chunk, slab) in extent().prop_flat_map(|(dims, chunk)| {
        let slab: Vec<_> = dims.iter().map(|&d| dimension(d)).collect();
        (Just(dims), Just(chunk), slab)
    })) {
        check(&Selection::Hyperslab(Hyperslab { dimensions: slab }), &dims, &chunk);
        check(&Selection::All, &dims, &chunk);
    }

    #[test]
    fn unions_equal_a_loop((dims, chunk, boxes) in extent().prop_flat_map(|(dims, chunk)| {
        let rank = dims.len();
        (Just(dims), Just(chunk), prop::collection::vec(prop::collection::vec((0..12_u64, 0..6_u64), rank), 0..6))
    })) {
        let blocks = boxes.into_iter().map(|b| {
            let (start, size) = b.into_iter().zip(&dims).map(|((s, n), &d)| {
                let s = s.min(d);
                (s, n.min(d - s))
            }).unzip();
            Block { start, size }
        }).collect();
        check(&Selection::Union(blocks), &dims, &chunk);
    }

    #[test]
    fn points_equal_a_loop((dims, chunk, raw) in extent().prop_flat_map(|(dims, chunk)| {
        let rank = dims.len();
        (Just(dims), Just(chunk), prop::collection::vec(prop::collection::vec(0..1000_u64, rank), 0..20))
    })) {
        let rank = dims.len();
        let coordinates = if dims.contains(&0) { Vec::new() } else {
            raw.into_iter().flat_map(|p| p.into_iter().zip(&dims).map(|(x, d)| x % d).collect::<Vec<_>>()).collect()
        };
        check(&Selection::Points(Points { rank, coordinates }), &dims, &chunk);
    }

    #[test]
    fn any_hyperslab_resolves_or_errors(dims in prop::collection::vec(any::<u64>(), 1..4),
        raw in prop::collection::vec((any::<u64>(), any::<u64>(), any::<Option<u64>>(), any::<Option<u64>>()), 3)) {
        let dimensions = raw.into_iter().take(dims.len())
            .map(|(start, stride, count, block)| HyperslabDimension { start, stride, count, block }).collect();
        if let Ok(resolved) = Selection::Hyperslab(Hyperslab { dimensions }).resolve(&dims) {
            if let Ok(runs) = resolved.runs() {
                runs.take(100).for_each(drop);
            }
            let partition = resolved.partition(&vec![3; dims.len()]).unwrap();
            for piece in partition.pieces().take(20) {
                partition.copies(&piece).for_each(drop);
            }
        }
    }
}

#[test]
fn all_is_one_run() {
    let resolved = Selection::All.resolve(&[4, 5, 6]).unwrap();
    assert_eq!(resolved.runs().unwrap().collect::<Vec<_>>(), [Run { offset: 0, length: 120 }]);
    assert!(resolved.is_all());
}

#[test]
fn rows_of_whole_width_are_one_run() {
    let rows = Selection::from_block(&Block { start: vec![1, 0, 0], size: vec![2, 5, 6] });
    let resolved = rows.resolve(&[4, 5, 6]).unwrap();
    assert_eq!(resolved.runs().unwrap().collect::<Vec<_>>(), [Run { offset: 30, length: 60 }]);
}

#[test]
fn scalar_is_one_element() {
    for selection in [Selection::All, Selection::Hyperslab(Hyperslab { dimensions: vec![] })] {
        let resolved = selection.resolve(&[]).unwrap();
        assert_eq!(resolved.element_count(), 1);
        assert_eq!(resolved.runs().unwrap().collect::<Vec<_>>(), [Run { offset: 0, length: 1 }]);
    }
}

#[test]
fn window_in_a_chunk_is_one_copy() {
    let window = Selection::from_block(&Block { start: vec![10, 20], size: vec![64, 32] });
    let resolved = window.resolve(&[1000, 1000]).unwrap();
    let partition = resolved.partition(&[256, 256]).unwrap();
    let pieces: Vec<_> = partition.pieces().collect();
    assert_eq!(pieces.len(), 1);
    let copies: Vec<_> = partition.copies(&pieces[0]).collect();
    let expected = CopyRun { from: 2580, from_step: 256, to: 0, to_step: 32, length: 32, count: 64 };
    assert_eq!(copies, [expected]);
}

#[test]
fn elements_outside_the_extent_are_refused() {
    let outside = |selection: Selection| assert!(selection.validate(&[4, 4]).is_err(), "{selection:?}");
    outside(Selection::from_block(&Block { start: vec![0, 1], size: vec![1, 4] }));
    outside(Selection::Union(vec![Block { start: vec![4, 0], size: vec![1, 1] }]));
    outside(Selection::Points(Points { rank: 2, coordinates: vec![0, 4] }));
    outside(Selection::from_block(&Block { start: vec![0], size: vec![1] }));
    let overlap = HyperslabDimension { start: 0, stride: 1, count: Some(2), block: Some(2) };
    outside(Selection::Hyperslab(Hyperslab { dimensions: vec![overlap; 2] }));
}
