//! The behaviour suite on the real service: the same outcomes as on the other backends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    reason = "tests"
)]

mod common;

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use h5_testkit::suite::{self, Case, Verdict};

use common::Service;
use h5_backend::Mode;
use h5_types::{Dataspace, ErrorKind, FillDefinition, H5Type, NewDataset};

/// Cases at a time, each in a folder of its worker: most of their time is waiting for the service.
const WORKERS: usize = 4;

#[test]
#[ignore = "needs a running service: cargo xtask hsds"]
fn the_service_behaves() {
    let part = std::env::var("H5_SUITE").unwrap_or_default();
    let every = std::env::var("H5_SUITE_EVERY").map_or(1, |every| every.parse().unwrap());
    let cases = chosen(&part, every);
    let (next, verdicts) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    std::thread::scope(|scope| {
        for worker in 0..WORKERS {
            let (cases, next, verdicts) = (&cases, &next, &verdicts);
            scope.spawn(move || {
                let service = Service::new(&format!("suite{worker}"));
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let begun = Instant::now();
                    let verdict = case.run(&service);
                    let took = begun.elapsed().as_secs_f32();
                    if matches!(verdict, Verdict::Failed(_)) || took > 10.0 {
                        println!("{}: {took:.1} s, {verdict:?}", case.name());
                    }
                    verdicts.lock().unwrap().insert(case.name().to_owned(), verdict);
                }
            });
        }
    });
    let verdicts = verdicts.into_inner().unwrap();
    let passed = verdicts.values().filter(|verdict| **verdict == Verdict::Passed).count();
    let failed: Vec<_> =
        verdicts.iter().filter(|(_, verdict)| matches!(verdict, Verdict::Failed(_))).collect();
    let mut lacking: BTreeMap<String, usize> = BTreeMap::new();
    for verdict in verdicts.values() {
        if let Verdict::LeftOut(needs) = verdict {
            *lacking.entry(format!("{needs:?}")).or_default() += 1;
        }
    }
    println!("{passed} cases passed, {} failed; left out: {lacking:#?}", failed.len());
    assert!(failed.is_empty(), "{failed:#?}");
    assert!(!part.is_empty() || passed >= 500 / every, "{passed} cases passed");
}

/// The cases that have a text in their names: of each topic the last, and every so-manieth before it.
fn chosen(part: &str, every: usize) -> Vec<Case> {
    let mut of_topic: HashMap<&str, usize> = HashMap::new();
    let mut cases = suite::cases();
    cases.reverse();
    cases.retain(|case| {
        let number = of_topic.entry(case.topic()).or_default();
        let is_chosen = number.is_multiple_of(every) && case.name().contains(part);
        *number = number.saturating_add(1);
        is_chosen
    });
    cases
}

#[test]
#[ignore = "needs a running service: cargo xtask hsds"]
fn scalars_of_zero_are_not_the_fill_value() {
    let service = Service::new("scalars");
    let file = service.open_file("zero.h5", Mode::Create).unwrap();
    for (name, value, fill) in [("zero", 0.0_f64, 2.5_f64), ("one", 1.0, 2.5), ("same", 0.0, 0.0)] {
        let mut new = NewDataset::new(f64::datatype(), Dataspace::Scalar);
        if fill != 0.0 {
            new.fill = FillDefinition::User(fill.to_le_bytes().to_vec());
        }
        file.root().unwrap().create_dataset_from(name, &new).unwrap().write(&[value]).unwrap();
    }
    file.close().unwrap();
    let file = service.open_file("zero.h5", Mode::Read).unwrap();
    for (name, value) in [("zero", 0.0_f64), ("one", 1.0), ("same", 0.0)] {
        let read = file.dataset(name).unwrap().read::<f64>().unwrap();
        assert_eq!(read[0].to_bits(), value.to_bits(), "{name}");
    }
}

#[test]
#[ignore = "needs a running service: cargo xtask hsds"]
fn many_large_attributes_of_a_new_object_are_kept_and_one_too_large_is_refused() {
    let service = Service::new("attributes");
    let file = service.open_file("large.h5", Mode::Create).unwrap();
    let group = file.create_group("g").unwrap();
    let values: Vec<u8> = (0..200_000_u32).map(|i| u8::try_from(i % 253).unwrap()).collect();
    for number in 0..4 {
        group.set_attr(format!("a{number}"), &values).unwrap();
    }
    let begun = Instant::now();
    let error = group.set_attr("too_large", vec![7_u64 << 60; 60_000]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
    assert!(begun.elapsed().as_secs() < 5, "it was asked for");
    file.close().unwrap();
    let group = service.open_file("large.h5", Mode::Read).unwrap().group("g").unwrap();
    for number in 0..4 {
        let read = group.attr(format!("a{number}")).unwrap().read::<u8>().unwrap();
        assert!(read.iter().eq(&values), "a{number}");
    }
    assert!(group.attr("too_large").is_err());
}
