//! Files on several backends: `--backend`, and places that name one.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use std::path::{Path, PathBuf};

use common::{fixtures, h5};

/// A directory of one test's own.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("h5-backends-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn scan() -> String {
    fixtures().join("../pymodaq/scan.h5").to_str().unwrap().to_owned()
}

/// What a command prints; it has to succeed.
fn told(arguments: &[&str]) -> String {
    let run = h5(arguments);
    assert_eq!(run.status, Some(0), "{arguments:?}: {}", run.stderr);
    run.text()
}

#[test]
fn a_place_may_name_the_native_backend() {
    let scan = scan();
    assert_eq!(told(&["tree", &format!("native:{scan}")]), told(&["--backend", "native", "tree", &scan]));
}

#[test]
fn a_backend_that_is_not_there_is_refused() {
    assert_eq!(h5(&["--backend", "nobody", "tree", &scan()]).status, Some(2));
    if !cfg!(feature = "libhdf5") {
        let run = h5(&["tree", &format!("libhdf5:{}", scan())]);
        assert_eq!(run.status, Some(2));
        assert!(run.stderr.contains("built without the backend libhdf5"), "{}", run.stderr);
    }
}

#[test]
fn a_file_of_such_a_name_is_a_file() {
    let directory = Directory::new("name");
    let odd = directory.file("native:x.h5");
    std::fs::copy(Path::new(&scan()), &odd).unwrap();
    let run = common::command(&["ls", "native:x.h5"]).current_dir(&directory.0).output().unwrap();
    assert!(run.status.success());
}

#[cfg(feature = "libhdf5")]
mod libhdf5 {
    use super::{Directory, h5, scan, told};

    #[test]
    fn a_copy_goes_from_one_backend_to_the_other_and_back() {
        let directory = Directory::new("copy");
        let (there, back) = (directory.file("copy.h5"), directory.file("back.h5"));
        let scan = scan();
        let on_library = format!("libhdf5:{there}");
        told(&["cp", &scan, &on_library]);
        told(&["diff", &scan, &on_library]);
        told(&["diff", &there, &on_library]);
        told(&["cp", &on_library, &back]);
        told(&["diff", &back, &scan]);
        told(&["--backend", "libhdf5", "diff", &back, &scan]);
        // A change is seen from either.
        told(&["--backend", "libhdf5", "attr", "set", &format!("{there}::/"), "note", "changed"]);
        assert_eq!(h5(&["diff", &scan, &there]).status, Some(1));
        assert_eq!(h5(&["diff", &scan, &on_library]).status, Some(1));
    }

    #[test]
    fn commands_say_the_same_on_both_backends() {
        let scan = scan();
        for command in [vec!["tree"], vec!["ls"], vec!["dump"], vec!["attr", "list"], vec!["digest"]] {
            let of = |backend: &str| {
                let mut arguments = vec!["--backend", backend];
                arguments.extend(&command);
                arguments.push(&scan);
                told(&arguments)
            };
            assert_eq!(of("native"), of("libhdf5"), "{command:?}");
        }
    }

    #[test]
    fn what_only_the_native_backend_does_is_refused_by_the_other() {
        let run = h5(&["--backend", "libhdf5", "clear", &scan()]);
        assert_eq!(run.status, Some(2));
        assert!(run.stderr.contains("only the backend native"), "{}", run.stderr);
    }

    #[test]
    fn a_file_is_made_written_and_repacked_by_the_library() {
        let directory = Directory::new("write");
        let (file, packed) = (directory.file("a.h5"), directory.file("b.h5"));
        let on = |arguments: &[&str]| {
            let mut all = vec!["--backend", "libhdf5"];
            all.extend(arguments);
            told(&all)
        };
        on(&["new", "--track-order", &file]);
        on(&["mkgroup", &format!("{file}::/g")]);
        on(&["ln", "--soft", "/g", &format!("{file}::/s")]);
        on(&["repack", &file, &packed]);
        assert_eq!(told(&["diff", &file, &packed]), "");
    }
}
