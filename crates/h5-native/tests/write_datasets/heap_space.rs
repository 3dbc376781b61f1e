//! What elements of variable length leave behind: the objects of the global heap that nothing leads to any more are given back.

use super::*;

/// Text number `number`, of changing length.
fn text(number: usize) -> String {
    format!("{number:06}").repeat(number % 13)
}

fn layouts() -> Vec<(&'static str, NewLayout, Vec<Option<u64>>)> {
    let chunked = NewLayout::Chunked { chunk: vec![7], index: None };
    vec![
        ("compact", NewLayout::Compact, vec![Some(50)]),
        ("contiguous", NewLayout::Contiguous, vec![Some(50)]),
        ("chunked", chunked.clone(), vec![Some(50)]),
        ("resizable", chunked, vec![None]),
    ]
}

fn new_texts((layout, maximum): (NewLayout, Vec<Option<u64>>), datatype: Datatype) -> NewDataset {
    let mut new = NewDataset::new(datatype, Dataspace::Simple { dimensions: vec![50], maximum });
    new.layout = layout;
    new
}

fn rounds() -> usize {
    if cfg!(debug_assertions) { 400 } else { 4_000 }
}

/// Runs rounds of changes and sees that the file stops growing.
fn stops_growing(written: &Written, what: &str, mut change: impl FnMut(usize)) {
    let mut largest = 0;
    let rounds = rounds();
    for round in 0..rounds {
        change(round);
        if round % 3 == 0 {
            written.native.flush().unwrap();
        }
        let length = written.vfd.len().unwrap();
        if round <= rounds / 4 {
            largest = length.max(largest);
        }
        assert!(
            length <= largest + (32 << 10),
            "{what}: {length} bytes after {round} rounds, {largest} before"
        );
    }
}

#[test]
fn texts_that_are_overwritten_take_a_bounded_space() {
    for (name, layout, maximum) in layouts() {
        let written = Written::new(LibverBounds::V110);
        let dataset = written.create("d", &new_texts((layout, maximum), String::datatype())).unwrap();
        let mut expected: Vec<String> = (0..50).map(text).collect();
        dataset.write_strings(&expected).unwrap();
        stops_growing(&written, name, |round| {
            // All of them, or every third of some.
            if round % 5 == 0 {
                expected = (round..round + 50).map(text).collect();
                dataset.write_strings(&expected).unwrap();
            } else {
                let places: Vec<usize> = (round % 11..50).step_by(3).collect();
                let texts: Vec<String> = places.iter().map(|at| text(at + round * 7)).collect();
                let start = (round % 11) as u64;
                let count = Some(places.len() as u64);
                let dimensions = vec![HyperslabDimension { start, stride: 3, count, block: Some(1) }];
                let selection = Selection::Hyperslab(Hyperslab { dimensions });
                dataset.write_selection(&selection, &texts).unwrap();
                places.iter().zip(texts).for_each(|(&at, text)| expected[at] = text);
            }
            assert!(dataset.read::<String>().unwrap() == expected, "{name}, round {round}");
        });
        written.native.close().unwrap();
        assert!(written.stored().dataset("d").unwrap().read::<String>().unwrap() == expected, "{name}");
    }
}

#[test]
fn rows_that_come_and_go_take_a_bounded_space() {
    let written = Written::new(LibverBounds::V18);
    let (_, layout, maximum) = layouts().pop().unwrap();
    let dataset = written.create("d", &new_texts((layout, maximum), String::datatype())).unwrap();
    stops_growing(&written, "resized", |round| {
        let size = round * 17 % 60;
        dataset.resize([size as u64]).unwrap();
        let expected: Vec<String> = (round..round + size).map(text).collect();
        dataset.write_strings(&expected).unwrap();
        assert!(dataset.read::<String>().unwrap() == expected, "round {round}");
    });
}

#[test]
fn attributes_and_datasets_that_go_take_their_texts_along() {
    let written = Written::new(LibverBounds::V18);
    let root = written.file.root().unwrap();
    // Many attributes are in dense storage, few in the header.
    for number in 0..12 {
        root.create_group(format!("g{number}")).unwrap();
    }
    stops_growing(&written, "attributes", |round| {
        let group = root.group(format!("g{}", round % 12)).unwrap();
        for number in 0..round % 12 + 1 {
            let name = format!("a{number}");
            if number % 2 == 0 {
                // The first time there is none.
                let removed = group.remove_attr(&name).map_err(|error| error.kind());
                assert!(matches!(removed, Ok(()) | Err(ErrorKind::NotFound)), "{removed:?}");
            }
            let value = text(round + number);
            group.object().set_attr_scalar(&*name, &value).unwrap();
            assert_eq!(group.attr(&name).unwrap().read_scalar::<String>().unwrap(), value);
        }
        if round % 4 == 0 {
            let (_, layout, maximum) = layouts().swap_remove(round / 4 % 4);
            let dataset = written.create("d", &new_texts((layout, maximum), String::datatype())).unwrap();
            dataset.write_strings(&(0..50).map(text).collect::<Vec<_>>()).unwrap();
            dataset.object().set_attr_scalar("note", &text(round)).unwrap();
        } else if round % 4 == 3 {
            root.remove("d").unwrap();
        }
    });
}

#[test]
fn sequences_of_texts_are_given_back_as_a_whole() {
    let written = Written::new(LibverBounds::V110);
    let sequence = Datatype::Vlen(VlenType { size: 16, base: Box::new(String::datatype()) });
    for (name, layout, maximum) in layouts() {
        let dataset = written.create(name, &new_texts((layout, maximum), sequence.clone())).unwrap();
        stops_growing(&written, name, |round| {
            let values: Vec<Vec<String>> =
                (0..50).map(|at| (at..at + round % 4).map(|part| text(part + round)).collect()).collect();
            let (mut elements, mut heap) = (vec![0; 50 * 16], Heap::default());
            for (texts, element) in values.iter().zip(elements.chunks_exact_mut(16)) {
                let mut inner = vec![0; texts.len() * 16];
                for (text, place) in texts.iter().zip(inner.chunks_exact_mut(16)) {
                    heap.push_sequence(text.len(), text.as_bytes(), place).unwrap();
                }
                heap.push_sequence(texts.len(), &inner, element).unwrap();
            }
            dataset.write_raw(&Selection::All, &sequence, &elements, &heap).unwrap();
        });
    }
}
