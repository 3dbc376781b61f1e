//! What goes wrong between a client and the service: nothing is made twice, nothing acknowledged is lost, errors say what happened.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::float_cmp,
    clippy::unreachable,
    unreachable_pub,
    missing_docs,
    reason = "tests"
)]

mod scripted;

use std::time::{Duration, Instant};

use h5_backend::{File, Mode};
use h5_hsds::{HsdsFile, HsdsOptions};
use h5_types::{Block, Dataspace, Durability, ErrorKind, H5Type, NewDataset, NewLayout, Result, Selection};
use scripted::{Fault, Scripted};

const DOMAIN: &str = "/home/me/a.h5";

fn open(options: &HsdsOptions, mode: Mode) -> Result<File> {
    Ok(File::from_backend(HsdsFile::open(DOMAIN, false, mode, options)?))
}

/// Makes a domain of a group, a dataset with an attribute, and four rows, each flushed. Tells how many flushes were acknowledged.
fn save(options: &HsdsOptions, acknowledged: &mut usize) -> Result<()> {
    let file = open(options, Mode::CreateNew)?;
    let group = file.root()?.create_group("g")?;
    let maximum = vec![None];
    let mut new = NewDataset::new(f64::datatype(), Dataspace::Simple { dimensions: vec![0], maximum });
    new.layout = NewLayout::Chunked { chunk: vec![16], index: None };
    let rows = group.create_dataset_from("rows", &new)?;
    rows.set_attr("units", 5_i32)?;
    for number in 0..4 {
        rows.append([f64::from(number)])?;
        file.flush()?;
        *acknowledged += 1;
    }
    rows.set_attr("done", 1_i32)?;
    file.close()
}

/// Requests that a save takes when all goes well.
fn requests_of_a_save() -> usize {
    let service = Scripted::new();
    save(&service.options(), &mut 0).unwrap();
    let seen = service.seen.lock().unwrap();
    println!("{seen:#?}");
    seen.len()
}

/// What must hold after each save, whatever became of it.
fn check(service: &Scripted, acknowledged: usize, case: &str) {
    let model = service.model.lock().unwrap();
    let rows = model.rows();
    let expected: Vec<f64> = (0..rows.len()).map(|number| number as f64).collect();
    assert_eq!(rows, expected, "{case}: rows that were never written, or twice");
    assert!(rows.len() >= acknowledged, "{case}: {acknowledged} acknowledged, {} there", rows.len());
    assert!(model.objects.len() <= 3, "{case}: {} objects instead of 3", model.objects.len());
    let links: usize = model.links.values().map(serde_json::Map::len).sum();
    assert!(links <= 2, "{case}: {links} links instead of 2");
    if acknowledged > 0 {
        assert_eq!((model.objects.len(), links), (3, 2), "{case}");
    }
}

#[test]
fn what_passes_is_not_noticed() {
    let count = requests_of_a_save();
    let faults = [
        Fault::Status(503),
        Fault::StatusAfter(503),
        Fault::Status(502),
        Fault::StatusAfter(500),
        Fault::Later,
        Fault::SilentBefore,
        Fault::SilentAfter,
        Fault::ResetBefore,
        Fault::ResetAfter,
        Fault::Truncated,
        Fault::TooShort,
        Fault::Garbage,
        Fault::RedirectHere,
    ];
    let cases: Vec<(Fault, usize)> =
        faults.iter().flat_map(|&fault| (0..count).map(move |at| (fault, at))).collect();
    // Side by side: most of the time is waiting.
    std::thread::scope(|scope| {
        for batch in cases.chunks(cases.len().div_ceil(16)) {
            scope.spawn(move || {
                for &(fault, at) in batch {
                    let case = format!("{fault:?} at request {at}");
                    let service = Scripted::new();
                    service.script((0..at).map(|_| Fault::None).chain([fault]));
                    let mut acknowledged = 0;
                    let saved = save(&service.options(), &mut acknowledged);
                    assert!(saved.is_ok(), "{case}: {}", saved.unwrap_err());
                    check(&service, 4, &case);
                }
            });
        }
    });
}

#[test]
fn what_stays_is_told() {
    let count = requests_of_a_save();
    let faults = [
        (Fault::Status(400), "400: as told"),
        (Fault::Status(403), "403: as told"),
        (Fault::Status(413), "413: as told"),
        (Fault::RedirectAway, "redirected to another server"),
        (Fault::RedirectInCircles, "redirected in circles"),
        (Fault::Huge, "bytes"),
        (Fault::Endless, "more than"),
        (Fault::Compressed, "gzip"),
    ];
    std::thread::scope(|scope| {
        for (fault, said) in faults {
            scope.spawn(move || {
                for at in 0..count {
                    let case = format!("{fault:?} at request {at}");
                    let service = Scripted::new();
                    service.script((0..at).map(|_| Fault::None).chain([fault]));
                    let mut acknowledged = 0;
                    match save(&service.options(), &mut acknowledged) {
                        Ok(()) => check(&service, 4, &case),
                        Err(error) => {
                            let text = error.to_string();
                            assert!(text.contains(said), "{case}: {text}");
                            assert!(!text.contains("sesame") && !text.contains("bWU6"), "{case}: {text}");
                            check(&service, acknowledged, &case);
                        }
                    }
                    assert_eq!(*service.strayed.lock().unwrap(), 0, "{case}");
                }
            });
        }
    });
}

#[test]
fn what_a_failed_flush_could_not_send_is_sent_by_the_next() {
    let service = Scripted::new();
    let options = service.options().attempts(2);
    let file = open(&options, Mode::Create).unwrap();
    let maximum = vec![None];
    let mut new = NewDataset::new(f64::datatype(), Dataspace::Simple { dimensions: vec![0], maximum });
    new.layout = NewLayout::Chunked { chunk: vec![16], index: None };
    let rows = file.root().unwrap().create_dataset_from("rows", &new).unwrap();
    rows.append([0.0]).unwrap();
    service.script([Fault::Status(503); 3]);
    assert_eq!(file.flush().unwrap_err().kind(), ErrorKind::Service);
    file.flush().unwrap();
    rows.append([1.0]).unwrap();
    service.script([Fault::StatusAfter(503), Fault::Status(503), Fault::Status(503), Fault::Status(503)]);
    assert_eq!(file.flush().unwrap_err().kind(), ErrorKind::Service);
    service.script([]);
    file.flush().unwrap();
    assert_eq!(service.model.lock().unwrap().rows(), [0.0, 1.0]);
}

/// Rows that are flushed to the service's storage one by one, with a restart at each of the requests of that.
#[test]
fn rows_that_a_restart_lost_are_written_again() {
    for fault in [Fault::RestartBefore, Fault::RestartAfter] {
        for at in 0..12 {
            let case = format!("{fault:?} at request {at}");
            let service = Scripted::new();
            let options = service.options().durability(Durability::Full);
            let file = open(&options, Mode::Create).unwrap();
            let maximum = vec![None];
            let mut new =
                NewDataset::new(f64::datatype(), Dataspace::Simple { dimensions: vec![0], maximum });
            new.layout = NewLayout::Chunked { chunk: vec![16], index: None };
            let rows = file.root().unwrap().create_dataset_from("rows", &new).unwrap();
            file.flush().unwrap();
            service.script((0..at).map(|_| Fault::None).chain([fault]));
            for number in 0..4 {
                rows.append([f64::from(number)]).unwrap();
                file.flush().unwrap_or_else(|error| panic!("{case}: {error}"));
            }
            let mut model = service.model.lock().unwrap();
            model.restart();
            assert_eq!(model.rows(), [0.0, 1.0, 2.0, 3.0], "{case}");
        }
    }
}

/// What cannot be written again is told of, and nothing is acknowledged any more.
#[test]
fn other_changes_that_a_restart_may_have_lost_are_told_of() {
    let service = Scripted::new();
    let options = service.options().durability(Durability::Full);
    let file = open(&options, Mode::Create).unwrap();
    file.flush().unwrap();
    let group = file.root().unwrap().create_group("g").unwrap();
    // The objects, the links, and then the flush.
    service.script([Fault::None, Fault::None, Fault::RestartBefore]);
    for _ in 0..2 {
        let error = file.flush().unwrap_err();
        assert!(error.to_string().contains("restarted"), "{error}");
    }
    assert!(group.set_attr("a", 1_i32).is_err());
    // A flush that asks for less is told of it once.
    let service = Scripted::new();
    let options = service.options();
    let file = open(&options, Mode::Create).unwrap();
    file.root().unwrap().create_group("g").unwrap();
    service.script([Fault::RestartAfter]);
    let error = file.flush().unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Service | ErrorKind::NotFound), "{error}");
}

#[test]
fn deadlines_are_kept() {
    let service = Scripted::new();
    save(&service.options(), &mut 0).unwrap();
    for (faults, read, total) in [
        // One silence up to the end, several silences, and refusals without end.
        (vec![Fault::SilentBefore; 20], 20_000, 1000),
        (vec![Fault::SilentBefore; 20], 300, 1000),
        (vec![Fault::Status(503); 100], 300, 1000),
    ] {
        let options = service
            .options()
            .attempts(1000)
            .read_timeout(Duration::from_millis(read))
            .total_timeout(Duration::from_millis(total));
        service.script(faults);
        let begun = Instant::now();
        let error = open(&options, Mode::Read).unwrap_err();
        let took = begun.elapsed();
        assert_eq!(error.kind(), ErrorKind::Service, "{error}");
        assert!(took <= Duration::from_millis(total + total / 10), "{took:?}: {error}");
    }
    // Nobody listens there.
    let nobody = h5_hsds::Endpoint::parse("http://127.0.0.1:1").unwrap();
    let options = HsdsOptions::new().endpoint(nobody).total_timeout(Duration::from_millis(500));
    let error = open(&options, Mode::Read).unwrap_err();
    assert!(error.to_string().contains("http://127.0.0.1:1"), "{error}");
}

#[test]
fn elements_of_another_length_are_refused() {
    let service = Scripted::new();
    save(&service.options(), &mut 0).unwrap();
    let options = service.options().metadata_age(Duration::ZERO).attempts(1);
    let file = open(&options, Mode::Read).unwrap();
    let rows = file.dataset("g/rows").unwrap();
    assert_eq!(rows.read::<f64>().unwrap(), [0.0, 1.0, 2.0, 3.0]);
    let two = Selection::from_block(&Block { start: vec![0], size: vec![2] });
    // The scripted service sends all, whatever is asked for.
    let error = rows.read_selection::<f64>(&two).unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::Service | ErrorKind::Limit), "{error}");
    service.script([Fault::None, Fault::NoJson]);
    assert!(rows.read::<f64>().is_err());
}
