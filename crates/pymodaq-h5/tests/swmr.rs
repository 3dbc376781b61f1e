//! Files that other programs follow while they are written (SWMR).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "tests")]

mod support;

use h5_types::{Error, ErrorKind};
use pymodaq_data::{Array, Attributes, DataDistribution, DataRaw, DataToExport, PyValue, SaveType};
use pymodaq_h5::{
    DataExtendedSaver, DataLoader, DataToExportTimedSaver, FileMode, Flavour, H5Backend, H5SaverLowLevel,
    InitOptions,
};
use support::{Place, compare, describe, golden};

fn new_file(location: &str) -> H5SaverLowLevel {
    let (registry, options) = (support::native(), InitOptions::new().new_file(true).swmr(&support::swmr()));
    H5SaverLowLevel::from_file(&registry, Flavour::H5py, SaveType::Custom, location, &options).unwrap()
}

fn row(i: usize) -> DataToExport {
    let row = DataRaw::builder("d", vec![Array::from([i as f64, 1.0])]).origin("o").build().unwrap();
    let mut data = DataToExport::new("", [row]);
    data.set_timestamp(i as f64);
    data
}

fn truth(backend: &H5Backend, name: &str) -> bool {
    backend.root().unwrap().attr(name).unwrap().as_bool().unwrap()
}

fn is_swmr_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Usage && error.message().contains("SWMR")
}

const ROWS: &str = "/RawData/G/Data1D/CH00/EnlData00";
const TIMES: &str = "/RawData/G/NavAxes/Axis00";

#[test]
fn rows_are_followed_and_attributes_are_right_in_the_end() {
    let place = Place::new("rows");
    let file = place.file("a.h5");
    let saver = new_file(&file);
    assert!(saver.is_swmr_capable() && saver.is_swmr_compatible().unwrap() && !saver.is_swmr_active());
    let group = saver.get_set_group("/RawData", "G", "").unwrap();
    let timed = DataToExportTimedSaver::new(&saver);
    let mut reader = None;
    for i in 0..5 {
        timed.add_data(&group, &row(i)).unwrap();
        assert!(saver.is_swmr_active());
        // The reader opens the file once, and asks for the data again each time.
        let reader = reader.get_or_insert_with(|| DataLoader::open_live(&support::native(), &file).unwrap());
        let seen = reader.load_data(ROWS, false, true).unwrap();
        assert_eq!(seen.shape(), [i + 1, 2]);
        assert_eq!(seen.data()[0].to_f64().unwrap()[2 * i..], [i as f64, 1.0]);
        assert_eq!(seen.get_nav_axes()[0].to_f64().len(), i + 1);
        for backend in [reader.h5saver(), &saver] {
            // The file itself has those of the first row.
            assert_eq!(
                backend.get_node(ROWS).unwrap().attr("shape").unwrap(),
                PyValue::tuple_of(&[i + 1, 2])
            );
            let axis = backend.get_node(TIMES).unwrap();
            assert_eq!(axis.attr("size").unwrap(), (i + 1).into());
            assert_eq!(axis.attrs().unwrap()["size"], (i + 1).into());
        }
        assert!(truth(reader.h5saver(), "swmr_active"));
    }
    saver.close_file().unwrap();
    let closed = DataLoader::open(&support::native(), &file).unwrap();
    assert!(!truth(closed.h5saver(), "swmr_active"));
    assert_eq!(closed.h5saver().get_node(ROWS).unwrap().attr("shape").unwrap(), PyValue::tuple_of(&[5, 2]));
    assert_eq!(closed.h5saver().get_node(TIMES).unwrap().attr("size").unwrap(), 5.into());
}

#[test]
fn a_file_goes_on_after_readers_were_let_in() {
    let place = Place::new("again");
    let file = place.file("a.h5");
    let saver = new_file(&file);
    saver.set_swmr_flush_interval(2);
    for name in ["A", "B"] {
        let group = saver.get_set_group("/RawData", name, "").unwrap();
        let extended = DataExtendedSaver::new(&saver, &[3]);
        for i in 0..3 {
            let data = row(i);
            let one = data.iter().next().unwrap();
            extended.add_data(&group, one, &[i], DataDistribution::Uniform).unwrap();
        }
        assert!(saver.is_swmr_active());
        saver.finalize_swmr(true).unwrap();
        assert!(saver.isopen() && saver.is_swmr_capable() && !saver.is_swmr_active());
        assert!(!truth(&saver, "swmr_active"));
        group.set_attr("late", 1).unwrap();
        saver.add_log(name).unwrap();
    }
    drop(saver);
    let options = InitOptions::new().swmr(&support::swmr());
    let saver =
        H5SaverLowLevel::from_file(&support::native(), Flavour::H5py, SaveType::Custom, &file, &options)
            .unwrap();
    saver.enable_swmr().unwrap();
    saver.enable_swmr().unwrap();
    saver.finalize_swmr(false).unwrap();
    assert!(!saver.isopen());
    let loader = DataLoader::open(&support::native(), &file).unwrap();
    for name in ["A", "B"] {
        let loaded = loader.load_data(format!("/RawData/{name}/Data00"), false, true).unwrap();
        assert_eq!(loaded.data()[0].to_f64().unwrap(), [0.0, 1.0, 1.0, 1.0, 2.0, 1.0]);
    }
}

#[test]
fn what_readers_could_not_follow_is_refused_with_the_reason() {
    let place = Place::new("refused");
    let saver = new_file(&place.file("a.h5"));
    saver.set_swmr_on_first_save(false);
    let group = saver.get_set_group("/RawData", "G", "").unwrap();
    let timed = DataToExportTimedSaver::new(&saver);
    timed.add_data(&group, &row(0)).unwrap();
    assert!(!saver.is_swmr_active(), "not before it is asked for");
    saver.enable_swmr().unwrap();
    for refused in [
        saver.add_log("late").unwrap_err(),
        group.set_attr("late", 1).unwrap_err(),
        saver.add_scan_group("/RawData", "late", "", &Attributes::new()).unwrap_err(),
        saver.reconcile_swmr_attrs().unwrap_err(),
    ] {
        assert!(is_swmr_refusal(&refused), "{refused}");
    }
    timed.add_data(&group, &row(1)).unwrap();
    saver.close_file().unwrap();
    assert_eq!(saver.enable_swmr().unwrap_err().kind(), ErrorKind::Usage, "no file is open");
}

#[test]
fn files_that_cannot_be_followed_are_left_as_they_are() {
    let place = Place::new("unfit");
    let (native, swmr, file) = (support::native(), support::swmr(), place.file("a.h5"));
    let ordinary = InitOptions::new().new_file(true);
    let saver =
        H5SaverLowLevel::from_file(&native, Flavour::H5py, SaveType::Custom, &file, &ordinary).unwrap();
    assert!(is_swmr_refusal(&saver.enable_swmr().unwrap_err()));
    saver.add_log("kept").unwrap();
    saver.close_file().unwrap();
    let open =
        |registry, flavour, mode| H5Backend::new(&native, flavour).open_file_swmr(&file, mode, registry);
    // PyMoDAQ makes a new file in the place of such a one.
    assert!(is_swmr_refusal(&open(&swmr, Flavour::H5py, FileMode::Append).unwrap_err()));
    let tables = open(&swmr, Flavour::PyTables, FileMode::Write).unwrap_err();
    assert_eq!(tables.kind(), ErrorKind::Unsupported);
    let loader = DataLoader::open(&native, &file).unwrap();
    let logger = loader.h5saver().get_node("/RawData/Logger").unwrap().into_string_array().unwrap();
    assert_eq!(logger.read().unwrap(), ["kept"]);
    loader.close_file().unwrap();
    let old = open(&native, Flavour::H5py, FileMode::Write).unwrap_err();
    assert_eq!(old.kind(), ErrorKind::Unsupported, "version bounds before SWMR");
}

#[test]
fn a_saver_that_is_dropped_ends_what_readers_follow() {
    let place = Place::new("dropped");
    let file = place.file("a.h5");
    let saver = new_file(&file);
    let group = saver.get_set_group("/RawData", "G", "").unwrap();
    let timed = DataToExportTimedSaver::new(&saver);
    (0..3).for_each(|i| timed.add_data(&group, &row(i)).unwrap());
    drop((saver, group, timed));
    let loader = DataLoader::open(&support::native(), &file).unwrap();
    assert!(!truth(loader.h5saver(), "swmr_active"));
    assert_eq!(loader.h5saver().get_node(ROWS).unwrap().attr("shape").unwrap(), PyValue::tuple_of(&[3, 2]));
}

#[test]
fn what_a_writer_left_behind_is_put_right_when_the_file_is_written_again() {
    let place = Place::new("left");
    let file = place.file("a.h5");
    let saver = new_file(&file);
    let group = saver.get_set_group("/RawData", "G", "").unwrap();
    let timed = DataToExportTimedSaver::new(&saver);
    (0..3).for_each(|i| timed.add_data(&group, &row(i)).unwrap());
    // What a killed writer's file holds once its flags are cleared: below the saver, nobody brings attributes up to date.
    saver.h5file().unwrap().close().unwrap();
    std::mem::forget(saver);
    let left = DataLoader::open(&support::native(), &file).unwrap();
    assert!(truth(left.h5saver(), "swmr_active"));
    assert_eq!(left.h5saver().get_node(ROWS).unwrap().attr("shape").unwrap(), PyValue::tuple_of(&[1, 2]));
    left.close_file().unwrap();
    let backend = H5Backend::new(&support::native(), Flavour::H5py);
    backend.open_file(&file, FileMode::ReadWrite).unwrap();
    assert!(!truth(&backend, "swmr_active"));
    assert_eq!(backend.get_node(ROWS).unwrap().attr("shape").unwrap(), PyValue::tuple_of(&[3, 2]));
    assert_eq!(backend.get_node(TIMES).unwrap().attr("size").unwrap(), 3.into());
}

#[test]
fn scans_follow_one_another_in_a_file_that_readers_follow() {
    let place = Place::new("scans");
    let file = place.file("a.h5");
    let saver = new_file(&file);
    let scans = pymodaq_h5::ScanSaver::new(&saver, support::golden_modules::extension());
    let axes = [golden::ax_lin(3, "Xaxis", "mm", 0, 1.0, 0.5)];
    for number in 0..2 {
        let group = support::golden_modules::one_scan(&scans, &[3], &axes).unwrap();
        assert_eq!(group.name(), format!("Scan{number:03}"));
        assert!(saver.is_swmr_active());
    }
    saver.close_file().unwrap();
    let loader = DataLoader::open(&support::native(), &file).unwrap();
    for scan in ["Scan000", "Scan001"] {
        let path = format!("/RawData/{scan}/Detector000/Data0D/CH00/Data00");
        assert_eq!(loader.load_data(path, false, false).unwrap().shape(), [3]);
    }
}

#[test]
fn golden_cases_are_described_as_pymodaq_describes_its_own() {
    let place = Place::new("golden");
    let fixtures = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/pymodaq");
    for case in golden::SWMR_CASES {
        let file = place.file(&format!("{case}.h5"));
        golden::write_swmr(case, &support::swmr(), &file).unwrap().close_file().unwrap();
        let expected = std::fs::read_to_string(format!("{fixtures}/{case}.expected.json")).unwrap();
        let expected = serde_json::from_str(&expected).unwrap();
        let described = describe::describe(&support::native(), &file).unwrap();
        assert_eq!(compare::differences(&expected, &described), Vec::<String>::new(), "{case}");
    }
}
