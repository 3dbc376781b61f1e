//! Savers with settings: where files go, what settings do, what is told.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use h5_types::ErrorKind;
use pymodaq_data::{Attributes, PyValue, SaveType};
use pymodaq_h5::{
    BaseOptions, Compression, DetectorSaver, FileMode, Flavour, FlushSchedule, H5BrowserUtil, H5Saver,
    H5SaverSignal, ModuleSaver,
};
use support::Camera;

/// An empty folder of a test's own, which goes with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("pymodaq-h5saver-{}-{name}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn saver(save_type: SaveType, folder: &Folder) -> H5Saver {
    H5Saver::new(&support::native(), Flavour::H5py, save_type, &folder.0).unwrap()
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn number(path: &Path) -> u32 {
    let stem = path.file_stem().unwrap().to_string_lossy().into_owned();
    stem.rsplit('_').next().unwrap().parse().unwrap()
}

#[test]
fn scans_go_into_numbered_files_of_the_day() {
    let folder = Folder::new("scans");
    let saver = saver(SaveType::Scan, &folder);
    assert!(saver.init_file(&BaseOptions::new()).unwrap());
    let first = saver.file_path();
    assert!(name(&first).starts_with("Dataset_") && number(&first) == 0, "{first:?}");
    let day = name(&first).split('_').nth(1).unwrap().to_owned();
    assert_eq!(first.parent().unwrap(), folder.0.join(&day[..4]).join(&day));
    assert_eq!(saver.current_scan_name().as_deref(), Some("Scan000"));
    // The same file again, to go on in it; then the next one.
    assert!(!saver.init_file(&BaseOptions::new()).unwrap());
    assert_eq!(saver.file_path(), first);
    assert!(saver.init_file(&BaseOptions::new().update_h5(true)).unwrap());
    assert_eq!(number(&saver.file_path()), 1);
    assert_eq!(saver.setting(&["current_h5_file"]).unwrap().as_str(), saver.file_path().to_str());
    saver.close().unwrap();
    // Another program's saver never gets a file of ours.
    let other = self::saver(SaveType::Scan, &folder);
    assert!(other.init_file(&BaseOptions::new()).unwrap());
    assert_eq!(number(&other.file_path()), 2);
}

#[test]
fn files_of_the_same_second_are_different_files() {
    let folder = Folder::new("seconds");
    let mut files: Vec<PathBuf> = (0..3)
        .map(|_| {
            let saver = saver(SaveType::Detector, &folder);
            assert!(saver.init_file(&BaseOptions::new()).unwrap());
            assert!(name(&saver.file_path()).starts_with("Scan_"));
            saver.file_path()
        })
        .collect();
    files.dedup();
    assert_eq!(files.len(), 3, "{files:?}");
}

#[test]
fn scans_of_a_file_are_counted() {
    let folder = Folder::new("count");
    let saver = saver(SaveType::Scan, &folder);
    saver.init_file(&BaseOptions::new().metadata([("author", "me")].into_iter().collect())).unwrap();
    assert_eq!(saver.raw_group().unwrap().attr("author").unwrap(), PyValue::from("me"));
    assert_eq!(saver.get_scan_index().unwrap(), 0);
    assert!(saver.get_last_scan().unwrap().is_none());
    for _ in 0..3 {
        saver.add_scan_group(saver.raw_group().unwrap(), "DAQ Scan", "", &Attributes::new()).unwrap();
    }
    assert_eq!(saver.get_scan_index().unwrap(), 2);
    assert_eq!(saver.get_last_scan().unwrap().unwrap().name(), "Scan002");
    let names: Vec<_> = saver.get_scan_groups().unwrap().iter().map(|g| g.name().to_owned()).collect();
    assert_eq!(names, ["Scan000", "Scan001", "Scan002"]);
    let paths = saver.update_file_paths(false).unwrap();
    assert_eq!(paths.current_scan_name, "Scan002");
    assert_eq!(paths.dataset_path.with_extension("h5"), saver.file_path());
    assert_eq!(number(&saver.update_file_paths(true).unwrap().dataset_path), 1);
    // A file that is loaded says itself where its scans stand.
    let path = saver.file_path();
    saver.close().unwrap();
    let next = self::saver(SaveType::Scan, &folder);
    next.load_file(&path).unwrap();
    assert_eq!(next.current_scan_name().as_deref(), Some("Scan003"));
    assert_eq!(next.update_file_paths(false).unwrap().dataset_path.with_extension("h5"), path);
    assert_eq!(next.load_file(folder.0.join("a.txt")).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(next.load_file(folder.0.join("absent.h5")).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn settings_take_effect() {
    let folder = Folder::new("settings");
    let saver = saver(SaveType::Scan, &folder);
    assert_eq!(saver.compression(), None);
    saver.set_setting(&["data_format", "compression_options", "h5comp_level"], 3_i64).unwrap();
    assert_eq!(saver.compression(), Some(Compression::new(3)));
    saver.set_setting(&["backend", "swmr_options", "flush_interval"], 0_i64).unwrap();
    assert_eq!(saver.flush_schedule(), FlushSchedule::Never);
    saver.set_setting(&["data_format", "fill_value"], 0.0).unwrap();
    assert_eq!(saver.fill_value().to_f64(), Some(0.0));
    let deeper = folder.0.join("a/b");
    saver.set_setting(&["base_path"], deeper.to_str().unwrap()).unwrap();
    assert!(deeper.is_dir());
    saver.init_file(&BaseOptions::new()).unwrap();
    assert!(saver.file_path().starts_with(&deeper));
    // What is refused stays as it was.
    for (path, value, kind) in [
        (&["backend", "backend_type"][..], PyValue::from("tables"), ErrorKind::Unsupported),
        (&["backend", "swmr_options", "enable_swmr"], true.into(), ErrorKind::Usage),
        (&["data_format", "compression_options", "h5comp_level"], 12_i64.into(), ErrorKind::Usage),
        (&["save_2D"], "x".into(), ErrorKind::Conversion),
        (&["absent"], 1_i64.into(), ErrorKind::NotFound),
    ] {
        let before = saver.settings();
        assert_eq!(saver.set_setting(path, value).unwrap_err().kind(), kind, "{path:?}");
        assert_eq!(saver.settings(), before, "{path:?}");
    }
    saver.set_setting(&["custom_name"], true).unwrap();
    assert_eq!(saver.init_file(&BaseOptions::new()).unwrap_err().kind(), ErrorKind::Usage);
}

#[test]
fn signals_are_heard_by_callbacks_and_a_channel() {
    let folder = Folder::new("signals");
    let saver = saver(SaveType::Scan, &folder);
    let heard = Arc::new(Mutex::new(Vec::new()));
    let (log, again) = (Arc::clone(&heard), saver.clone());
    let connection = saver.connect(move |signal| {
        // The saver may be used from a callback.
        let _ = again.settings();
        log.lock().unwrap().push(signal.clone());
    });
    let channel = saver.channel();
    saver.init_file(&BaseOptions::new()).unwrap();
    saver.new_file();
    saver.update_status("ready");
    saver.set_setting(&["N_saved"], 2_i64).unwrap();
    let expected = [
        H5SaverSignal::FileChanged(saver.file_path()),
        H5SaverSignal::NewFile,
        H5SaverSignal::Status("ready".into()),
        H5SaverSignal::SettingChanged(vec!["N_saved".into()], 2_i64.into()),
    ];
    assert_eq!(*heard.lock().unwrap(), expected);
    assert_eq!(channel.try_iter().collect::<Vec<_>>(), expected);
    assert!(saver.disconnect(connection));
    let (first, other) = (saver.file_path(), folder.0.join("other.h5"));
    saver.init_file(&BaseOptions::new().file(&other).update_h5(true)).unwrap();
    saver.set_setting(&["current_h5_file"], first.to_str().unwrap()).unwrap();
    let changed = [other, first].map(H5SaverSignal::FileChanged);
    let heard_now: Vec<_> =
        channel.try_iter().filter(|s| matches!(s, H5SaverSignal::FileChanged(_))).collect();
    assert_eq!(heard_now, changed);
    assert_eq!(heard.lock().unwrap().len(), expected.len());
}

#[test]
fn settings_are_in_the_file_and_no_password_is() {
    let folder = Folder::new("password");
    for save_type in [SaveType::Detector, SaveType::Scan] {
        let saver = saver(save_type, &folder);
        saver.set_setting(&["backend", "hsds_options", "password"], "Zebra-4711").unwrap();
        saver.set_setting(&["backend", "hsds_options", "user"], "someone").unwrap();
        saver.init_file(&BaseOptions::new()).unwrap();
        let detector = DetectorSaver::new(saver.low_level(), Arc::new(Camera));
        let group = detector.get_set_node(saver.raw_group().unwrap()).unwrap();
        let browser = H5BrowserUtil::over(saver.low_level());
        let settings = browser.settings(&group).unwrap().unwrap();
        let of_saver = settings.child(&["H5Saver", "h5saver_settings"]).unwrap();
        assert_eq!(of_saver.child(&["backend", "hsds_options", "user"]).unwrap().text(), "someone");
        assert_eq!(of_saver.child(&["backend", "hsds_options", "password"]).unwrap().text(), "");
        assert_eq!(of_saver.child(&["save_type"]).unwrap().value().unwrap(), PyValue::from(save_type.name()));
        // It is still there for who opens a server with it.
        let kept = saver.setting(&["backend", "hsds_options", "password"]).unwrap();
        assert_eq!(kept.as_str(), Some("Zebra-4711"));
        let path = saver.file_path();
        saver.close().unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert!(!bytes.windows(10).any(|window| window == b"Zebra-4711"));
    }
}

#[test]
fn files_open_for_reading_stay_as_they_are() {
    let folder = Folder::new("reading");
    let path = folder.0.join("a.h5");
    {
        let saver = saver(SaveType::Scan, &folder);
        assert!(saver.init_file(&BaseOptions::new().file(&path).update_h5(true)).unwrap());
        saver.close().unwrap();
    }
    let before = std::fs::read(&path).unwrap();
    let saver = saver(SaveType::Scan, &folder);
    assert!(!saver.init_file(&BaseOptions::new().file(&path).mode(FileMode::Read)).unwrap());
    assert!(saver.add_log("x").is_err());
    saver.close().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn files_of_any_backend_are_named_by_the_caller() {
    let folder = Folder::new("memory");
    let saver = H5Saver::new(&support::memory(), Flavour::PyTables, SaveType::Custom, &folder.0).unwrap();
    assert!(saver.init_file(&BaseOptions::new().file("in-memory.h5").update_h5(true)).unwrap());
    saver.add_log("a line").unwrap();
    saver.flush().unwrap();
    assert!(!saver.init_file(&BaseOptions::new().file("in-memory.h5")).unwrap());
    let logger = saver.get_set_logger(saver.raw_group().unwrap()).unwrap();
    assert_eq!(logger.read().unwrap(), ["a line"]);
}
