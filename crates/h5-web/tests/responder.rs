//! Answers about files that are made here, and about one that PyMoDAQ wrote.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    reason = "a test that cannot go on fails"
)]

use std::path::Path;
use std::sync::Arc;

use h5_backend::File;
use h5_native::vfd::BufferVfd;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Block, Error, Result, Selection};
use h5_web::{ANSWER_BYTES, Answer, FileState, Files, Method, Options, Request, Responder};
use serde_json::{Value, json};

#[derive(Debug)]
struct One(File);

impl Files for One {
    fn names(&self) -> Vec<String> {
        vec!["a.h5".to_owned()]
    }

    fn open(&self, name: &str) -> Result<File> {
        if name == "a.h5" { Ok(self.0.clone()) } else { Err(Error::not_found("no such file")) }
    }

    fn state(&self, _: &str) -> Result<FileState> {
        Ok(FileState { bytes: Some(1), version: "1".to_owned(), live: false })
    }
}

fn over(file: File) -> Responder {
    let options = Options { is_static: true, csrf: None, export_bytes: 16 << 20 };
    Responder::new(Box::new(One(file)), options)
}

fn made(make: impl FnOnce(&File)) -> Responder {
    let vfd = Arc::new(BufferVfd::new(Vec::new()));
    let native = NativeFile::create_vfd(vfd, &CreateOptions::new(), &OpenOptions::new()).unwrap();
    let file = File::from_backend(Arc::new(native));
    make(&file);
    file.flush().unwrap();
    over(file)
}

fn pymodaq() -> Responder {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pymodaq/scan.h5");
    over(File::from_backend(Arc::new(NativeFile::open(&path, &OpenOptions::new()).unwrap())))
}

fn get(responder: &Responder, target: &str) -> Answer {
    responder.answer(&Request::new(Method::Get, target, Vec::new()).unwrap())
}

fn json_of(responder: &Responder, target: &str) -> Value {
    let answer = get(responder, target);
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    assert_eq!(answer.status, 200, "{target}: {text}");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{target}: {error}: {text}"))
}

/// The header of a frame, and its arrays of `f8`.
fn frame(responder: &Responder, target: &str) -> (Value, Vec<Vec<f64>>) {
    let answer = get(responder, target);
    assert_eq!(answer.status, 200, "{target}: {}", String::from_utf8_lossy(&answer.body));
    let length = u32::from_le_bytes(answer.body[..4].try_into().unwrap()) as usize;
    let header: Value = serde_json::from_slice(&answer.body[4..4 + length]).unwrap();
    let body = &answer.body[4 + length..];
    let arrays = header["arrays"].as_array().unwrap().iter().map(|array| {
        let count: u64 = array["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).product();
        let at = array["offset"].as_u64().unwrap() as usize;
        match array["dtype"].as_str().unwrap() {
            "f8" => body[at..at + 8 * count as usize]
                .chunks(8)
                .map(|word| f64::from_le_bytes(word.try_into().unwrap()))
                .collect(),
            "i4" => body[at..at + 4 * count as usize]
                .chunks(4)
                .map(|word| f64::from(i32::from_le_bytes(word.try_into().unwrap())))
                .collect(),
            _ => Vec::new(),
        }
    });
    let arrays = arrays.collect();
    (header, arrays)
}

#[test]
fn groves_routes_speak_of_objects_and_values() {
    let responder = made(|file| {
        file.create_group("a").unwrap();
        let data =
            file.new_dataset::<i32>("a/numbers").shape([2, 3]).chunks([1, 3]).deflate(4).create().unwrap();
        data.write::<i32>(&[1, 2, 3, 4, 5, 6]).unwrap();
        data.set_attr("units", "mm").unwrap();
        data.set_attr("odd", f64::NAN).unwrap();
        let group = file.group("a").unwrap();
        group.link_soft("gone", "/nowhere").unwrap();
    });
    let meta = json_of(&responder, "/meta?path=/a/numbers");
    assert_eq!(meta["kind"], "dataset");
    assert_eq!(meta["shape"], json!([2, 3]));
    assert_eq!(meta["chunks"], json!([1, 3]));
    assert_eq!(meta["filters"], json!([{"id": 1, "name": "deflate"}]));
    assert_eq!((&meta["type"]["class"], &meta["type"]["sign"]), (&json!(0), &json!(1)));
    assert_eq!(json_of(&responder, "/attr?path=/a/numbers"), json!({"odd": null, "units": "mm"}));
    assert_eq!(json_of(&responder, "/attr?path=/a/numbers&attr_keys=units"), json!({"units": "mm"}));
    assert_eq!(json_of(&responder, "/data?path=/a/numbers&selection=1,:"), json!([4, 5, 6]));
    assert_eq!(json_of(&responder, "/data?path=/a/numbers&flatten=true"), json!([1, 2, 3, 4, 5, 6]));
    assert_eq!(json_of(&responder, "/data?path=/a/numbers&selection=0,2"), json!(3));
    let bytes = get(&responder, "/data?path=/a/numbers&selection=:,1&format=bin&dtype=safe").body;
    assert_eq!(bytes, [2, 0, 0, 0, 5, 0, 0, 0]);
    assert_eq!(json_of(&responder, "/paths?path=/"), json!(["/", "/a", "/a/numbers"]));
    let children = json_of(&responder, "/meta?path=/a")["children"].clone();
    assert_eq!(children[0]["kind"], "soft_link");
    assert_eq!(children[0]["target_path"], "/nowhere");
    let gone = get(&responder, "/meta?path=/not/there");
    assert_eq!(gone.status, 404);
    assert!(String::from_utf8(gone.body).unwrap().contains("not a valid path"));
    assert_eq!(get(&responder, "/data?path=/a/numbers&selection=9,:").status, 400);
    assert_eq!(get(&responder, "/nothing").status, 404);
    assert_eq!(get(&responder, "/meta?path=/&file=other.h5").status, 404);
}

#[test]
fn pages_of_a_large_group_begin_anywhere() {
    let responder = made(|file| {
        let group = file.create_group("many").unwrap();
        for number in 0..2500 {
            group.create_group(format!("g{number:05}")).unwrap();
        }
    });
    let page = json_of(&responder, "/children?path=/many&start=2000&limit=3");
    assert_eq!(page["total"], 2500);
    let names: Vec<_> = page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()).collect();
    assert_eq!(names, ["g02000", "g02001", "g02002"]);
    let found = json_of(&responder, "/children?path=/many&find=g01234&limit=1");
    assert_eq!((&found["start"], &found["items"][0]["name"]), (&json!(1234), &json!("g01234")));
    assert_eq!(json_of(&responder, "/children?path=/many&start=9999")["items"], json!([]));
    assert_eq!(get(&responder, "/children?path=/many&find=none").status, 404);
}

#[test]
fn a_search_goes_on_where_it_ended() {
    let responder = made(|file| {
        for number in 0..250 {
            file.create_group(format!("Needle {number:03}")).unwrap();
        }
        let hay = file.create_group("hay").unwrap();
        hay.set_attr("comment", "a needle within").unwrap();
    });
    let (mut paths, mut cursor) = (Vec::new(), String::new());
    for _ in 0..10 {
        let found = json_of(&responder, &format!("/search?q=NEEDLE&limit=100&cursor={cursor}"));
        paths.extend(found["items"].as_array().unwrap().iter().map(|item| item["path"].to_string()));
        match found["cursor"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert_eq!(paths.len(), 251);
    assert_eq!(get(&responder, &format!("/search?q=NEEDLE&cursor={cursor}")).status, 404, "good once");
    assert_eq!(get(&responder, "/search?q=").status, 400);
}

#[test]
fn plots_are_bounded_and_keep_extremes() {
    let responder = made(|file| {
        let mut values = vec![0_i32; 3_000_000];
        values[1_234_567] = 99;
        values[2_000_001] = -7;
        let line = file.new_dataset::<i32>("line").shape([3_000_000]).create().unwrap();
        line.write(&values).unwrap();
        let plane = file.new_dataset::<i32>("plane").shape([2000, 3000]).create().unwrap();
        let values: Vec<i32> = (0..6_000_000).collect();
        plane.write(&values).unwrap();
    });
    let (header, arrays) = frame(&responder, "/plot?path=/line&points=1000");
    assert_eq!(header["reduced"], "minmax");
    assert_eq!((&header["min"], &header["max"]), (&json!(-7.0), &json!(99.0)));
    let peak = arrays[0].iter().position(|&value| value == 99.0).unwrap();
    assert_eq!(arrays[1][peak], 1_234_567.0);
    assert!(arrays[0].len() <= 1000 && arrays[1].is_sorted());
    let (header, arrays) = frame(&responder, "/plot?path=/plane&points=10000");
    assert_eq!(header["reduced"], "sampled");
    let (rows, columns) = (&header["dimensions"][0], &header["dimensions"][1]);
    let (step, count) = (columns["step"].as_u64().unwrap(), columns["count"].as_u64().unwrap() as usize);
    let below = rows["step"].as_u64().unwrap() * 3000 + step;
    assert_eq!(arrays[0][count + 1], below as f64);
    let (header, arrays) = frame(&responder, "/plot?path=/plane&selection=5,10:20");
    assert_eq!((&header["reduced"], arrays[0][3]), (&json!("none"), 15_013.0));
    assert_eq!(get(&responder, "/data?path=/plane").status, 413);
    assert!(get(&responder, "/plot?path=/plane&points=99999999").body.len() <= ANSWER_BYTES);
}

#[test]
fn storage_attributes_cells_and_snippets_tell_of_an_object() {
    let responder = made(|file| {
        let data = file
            .new_dataset::<f64>("x")
            .shape([10, 10])
            .chunks([5, 10])
            .deflate(1)
            .fill_value(2.5)
            .create()
            .unwrap();
        let first = Block { start: vec![0, 0], size: vec![5, 10] };
        data.write_selection(&Selection::from_block(&first), &[0.0; 50]).unwrap();
        data.set_attr("long", "y".repeat(10_000)).unwrap();
    });
    let storage = json_of(&responder, "/storage?path=/x");
    assert_eq!(
        (&storage["layout"], &storage["chunks_stored"], &storage["chunks_total"]),
        (&json!("chunked"), &json!(1), &json!(2))
    );
    assert_eq!(storage["fill"]["value"], "2.5");
    assert!(storage["ratio"].as_f64().unwrap() > 5.0);
    assert_eq!(storage["chunks"][0]["offset"], json!([0, 0]));
    let attributes = json_of(&responder, "/attributes?path=/x");
    assert_eq!(
        (&attributes["items"][0]["long"], &attributes["items"][0]["value"]),
        (&json!(true), &Value::Null)
    );
    let whole = json_of(&responder, "/attribute?path=/x&name=long");
    assert_eq!(whole["value"].as_str().unwrap().len(), 10_000);
    let cells = json_of(&responder, "/cells?path=/x&selection=4:6,0:2");
    assert_eq!(cells["cells"], json!([["0.0", "0.0"], ["2.5", "2.5"]]));
    let snippet = json_of(&responder, "/snippet?path=/x&selection=0,:&language=rust")["text"].to_string();
    assert!(snippet.contains("s![0, ..]"), "{snippet}");
    let npy = get(&responder, "/export?path=/x&format=npy&selection=0,:3");
    assert_eq!(npy.file_name.as_deref(), Some("x.npy"));
    assert!(npy.body.starts_with(b"\x93NUMPY\x01\x00") && npy.body.len() == 128 + 24);
    let csv = String::from_utf8(get(&responder, "/export?path=/x&format=csv&selection=4:6,1").body).unwrap();
    assert_eq!(csv, "index 0,value\r\n4,0.0\r\n5,2.5\r\n");
    assert_eq!(get(&responder, "/export?path=/x&format=doc").status, 400);
}

#[test]
fn a_scan_is_shown_with_its_axes() {
    let responder = pymodaq();
    let file = json_of(&responder, "/file");
    assert_eq!(file["origin"]["program"], "PyMoDAQ");
    let nearby = json_of(&responder, "/pymodaq/node?path=/RawData/Scan000")["nearby"].clone();
    assert!(!nearby.as_array().unwrap().is_empty());
    for path in nearby.as_array().unwrap() {
        let path = path.as_str().unwrap();
        let node = json_of(&responder, &format!("/pymodaq/node?path={path}"));
        assert_eq!(node["error"], Value::Null, "{path}");
        let data = &node["data"];
        let navigated = !data["nav_indexes"].as_array().unwrap().is_empty();
        for pane in ["signal", "navigation"] {
            let (header, arrays) =
                frame(&responder, &format!("/pymodaq/plot?path={path}&pane={pane}&all=true"));
            let plot = &header["plots"][0];
            assert_eq!(plot["error"], Value::Null, "{path} {pane}");
            assert!(!arrays.is_empty());
            if pane == "navigation" && navigated {
                assert!(!plot["axes"].as_array().unwrap().is_empty(), "{path}: {plot}");
            }
        }
    }
}

#[cfg(feature = "export-h5")]
#[test]
fn a_part_of_a_file_is_a_file() {
    let responder = pymodaq();
    let answer = get(&responder, "/export?path=/RawData/Scan000&format=h5");
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    let vfd = Arc::new(h5_native::vfd::MemoryVfd::new(answer.body));
    let file = File::from_backend(Arc::new(NativeFile::open_vfd(vfd, &OpenOptions::new()).unwrap()));
    assert!(file.group("/RawData/Scan000/Detector000").is_ok());
    let other = made(|file| {
        file.create_group("a").unwrap().create_group("b").unwrap();
    });
    let answer = get(&other, "/export?path=/a&format=h5");
    let vfd = Arc::new(h5_native::vfd::MemoryVfd::new(answer.body));
    let file = File::from_backend(Arc::new(NativeFile::open_vfd(vfd, &OpenOptions::new()).unwrap()));
    assert!(file.group("/a/b").is_ok());
}

#[test]
fn every_route_answers_whatever_it_is_asked() {
    let responder = pymodaq();
    let routes = [
        "session",
        "files",
        "file",
        "live",
        "meta",
        "attr",
        "data",
        "paths",
        "children",
        "search",
        "attributes",
        "attribute",
        "storage",
        "cells",
        "plot",
        "snippet",
        "export",
        "pymodaq/node",
        "pymodaq/plot",
        "pymodaq/log",
        "pymodaq/pixmap",
        "pymodaq/scans",
        "pymodaq/comment",
    ];
    let queries = [
        "",
        "path=/",
        "path=/RawData",
        "path=/none",
        "path=/RawData&selection=:,:,:",
        "path=%00&q=a",
        "path=/&q=a&name=x",
        "path=/RawData/Scan000/Detector000/Data0D/CH00/Data00&at=99999&pane=signal&format=npy&selection=-1",
    ];
    for route in routes {
        for query in queries {
            let answer = get(&responder, &format!("/{route}?{query}"));
            assert!(answer.status < 500, "{route}?{query}: {}", String::from_utf8_lossy(&answer.body));
        }
    }
}
