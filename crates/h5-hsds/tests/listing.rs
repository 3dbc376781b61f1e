//! Lists of objects that are gone through: few requests, nothing older than allowed, and what is gone is told of.

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

#[allow(dead_code, reason = "faults have more of it")]
mod scripted;

use std::thread::sleep;
use std::time::Duration;

use h5_backend::{File, Mode, Object, Order};
use h5_hsds::{HsdsFile, HsdsOptions};
use h5_types::{ErrorKind, Result};
use scripted::{Fault, Scripted};
use serde_json::json;

const COUNT: usize = 1000;

fn open(options: &HsdsOptions, mode: Mode) -> Result<File> {
    Ok(File::from_backend(HsdsFile::open("/home/me/a.h5", false, mode, options)?))
}

/// A domain of groups with an attribute, their number.
fn make(service: &Scripted) {
    let file = open(&service.options(), Mode::Create).unwrap();
    for number in 0..COUNT {
        let group = file.root().unwrap().create_group(format!("g{number:04}")).unwrap();
        group.set_attr("n", number as u64).unwrap();
    }
    file.close().unwrap();
    service.seen.lock().unwrap().clear();
}

fn children(file: &File) -> impl Iterator<Item = Result<Object>> {
    file.root().unwrap().children().map(|child| child?.open())
}

fn number(object: &Object) -> Result<u64> {
    let mut found = object.attributes(Order::Name)?;
    assert_eq!(found.len(), 1);
    found.remove(0)?.read_scalar()
}

fn numbers(file: &File) -> Result<Vec<u64>> {
    children(file).map(|object| number(&object?)).collect()
}

fn all() -> Vec<u64> {
    (0..COUNT as u64).collect()
}

/// Name of an object by that of the link to it.
fn id_of(service: &Scripted, name: &str) -> String {
    let model = service.model.lock().unwrap();
    let links = model.links.values().find_map(|links| links.get(name));
    links.unwrap()["id"].as_str().unwrap().to_owned()
}

#[test]
fn attributes_of_a_list_come_together() {
    let service = Scripted::new();
    make(&service);
    let file = open(&service.options(), Mode::Read).unwrap();
    assert_eq!(numbers(&file).unwrap(), all());
    let seen = service.seen.lock().unwrap();
    assert!(seen.len() <= 8, "{seen:#?}");
}

#[test]
fn what_more_is_asked_for_comes_with_each_object() {
    let service = Scripted::new();
    make(&service);
    let file = open(&service.options(), Mode::Read).unwrap();
    for object in children(&file) {
        let group = object.unwrap().into_group().unwrap();
        assert_eq!(group.link_count().unwrap(), 0);
        number(group.object()).unwrap();
    }
    let seen = service.seen.lock().unwrap();
    assert!(seen.iter().all(|request| request.starts_with("GET")), "{seen:#?}");
    assert!(seen.len() <= COUNT + 4, "{} requests", seen.len());
}

#[test]
fn what_was_removed_is_not_found() {
    let service = Scripted::new();
    make(&service);
    // Among those that are asked for together, the first of them, and one that is asked for alone.
    for gone in [0, 1, 20, 33, 500, 999] {
        let name = format!("g{gone:04}");
        let file = open(&service.options(), Mode::Read).unwrap();
        let mut objects = file.root().unwrap().children();
        let first = objects.next().unwrap();
        let id = id_of(&service, &name);
        let object = service.model.lock().unwrap().objects.remove(&id).unwrap();
        for (at, child) in std::iter::once(first).chain(objects).enumerate() {
            match child.unwrap().open() {
                Ok(object) => assert_eq!(number(&object).unwrap(), at as u64),
                Err(error) => assert_eq!((at, error.kind()), (gone, ErrorKind::NotFound), "{error}"),
            }
        }
        service.model.lock().unwrap().objects.insert(id, object);
    }
}

#[test]
fn nothing_is_older_than_allowed() {
    let service = Scripted::new();
    make(&service);
    let age = Duration::from_millis(300);
    let file = open(&service.options().metadata_age(age), Mode::ReadWrite).unwrap();
    let objects: Vec<Object> = children(&file).collect::<Result<_>>().unwrap();
    for object in &objects {
        number(object).unwrap();
    }
    for object in service.model.lock().unwrap().objects.values_mut() {
        if object["attributes"]["n"].is_object() {
            object["attributes"]["n"]["value"] = json!(7);
        }
    }
    sleep(age);
    assert!(objects.iter().all(|object| number(object).unwrap() == 7));
    // Removed by another: it is there for a moment, and no longer.
    let id = id_of(&service, "g0500");
    service.model.lock().unwrap().objects.remove(&id).unwrap();
    sleep(age);
    assert_eq!(number(&objects[500]).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(number(&objects[501]).unwrap(), 7);
}

#[test]
fn own_changes_are_seen_at_once() {
    let service = Scripted::new();
    make(&service);
    let file = open(&service.options(), Mode::ReadWrite).unwrap();
    let objects: Vec<Object> = children(&file).collect::<Result<_>>().unwrap();
    for (at, object) in objects.iter().enumerate().step_by(100) {
        object.set_attr("n", 9 + at as u64).unwrap();
        assert_eq!(number(object).unwrap(), 9 + at as u64);
    }
    assert_eq!(number(&objects[101]).unwrap(), 101);
}

#[test]
fn every_look_is_a_request_if_nothing_may_be_old() {
    let service = Scripted::new();
    make(&service);
    let file = open(&service.options().metadata_age(Duration::ZERO), Mode::Read).unwrap();
    let child = file.root().unwrap().children().nth(3).unwrap().unwrap();
    service.seen.lock().unwrap().clear();
    let object = child.open().unwrap();
    number(&object).unwrap();
    let seen = service.seen.lock().unwrap();
    assert_eq!(seen.len(), 3, "{seen:#?}");
}

#[test]
fn a_service_that_refuses_lists_is_asked_one_by_one() {
    let service = Scripted::new();
    make(&service);
    service.model.lock().unwrap().refuses_lists = true;
    let file = open(&service.options(), Mode::Read).unwrap();
    assert_eq!(numbers(&file).unwrap(), all());
}

#[test]
fn what_fails_among_lists_is_not_noticed() {
    let faults = [Fault::Status(503), Fault::Status(500), Fault::SilentBefore, Fault::ResetAfter];
    let check = |fault| {
        let service = Scripted::new();
        make(&service);
        for good in 0..7 {
            let file = open(&service.options(), Mode::Read).unwrap();
            service.script(std::iter::repeat_n(Fault::None, good).chain([fault]));
            assert_eq!(numbers(&file).unwrap(), all(), "{fault:?} after {good}");
        }
    };
    // Side by side: most of the time is waiting.
    std::thread::scope(|scope| {
        for fault in faults.into_iter().chain([Fault::Truncated, Fault::Later]) {
            scope.spawn(move || check(fault));
        }
    });
}
