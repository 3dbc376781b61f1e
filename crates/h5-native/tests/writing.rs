//! Files that are written: opened again, they have what was put in.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

use std::sync::Arc;

use h5_backend::{Backend, File};
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Name, NewGroup};

fn names(file: &File) -> Vec<String> {
    let mut names: Vec<String> =
        file.root().unwrap().walk().map(|object| object.unwrap().path().to_owned()).collect();
    names.sort();
    names
}

#[test]
fn groups_are_there_before_and_after_a_flush() {
    let vfd = Arc::new(BufferVfd::default());
    let options = OpenOptions::new();
    let file =
        NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &CreateOptions::new(), &options).unwrap();
    let root = file.open(file.root()).unwrap();
    let a = root.as_group().unwrap().create_group(&Name::from("a"), &NewGroup::default()).unwrap();
    let a = file.open(a).unwrap();
    for i in 0..20 {
        a.as_group().unwrap().create_group(&Name::from(format!("g{i}")), &NewGroup::default()).unwrap();
    }
    let expected = names(&File::from_backend(Arc::new(file.clone())));
    assert_eq!(expected.len(), 22);
    let stored = || {
        File::from_backend(Arc::new(
            NativeFile::open_vfd(Arc::new(BufferVfd::new(vfd.to_bytes())), &options).unwrap(),
        ))
    };
    assert_eq!(names(&stored()), ["/"], "nothing is published before a flush");
    file.flush().unwrap();
    assert_eq!(names(&stored()), expected);
    a.as_group().unwrap().create_group(&Name::from("later"), &NewGroup::default()).unwrap();
    file.close().unwrap();
    assert_eq!(names(&stored()).len(), 23);
    assert!(file.flush().is_err(), "the file is closed");
    if let Ok(path) = std::env::var("H5_KEEP") {
        std::fs::write(path, vfd.to_bytes()).unwrap();
    }
}
