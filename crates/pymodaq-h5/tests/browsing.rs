//! Browsing and exporting, compared with what pymodaq_data 5.3.0 exported of the same file (`make.py` beside it).
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

use h5_backend::Mode;
use h5_types::ErrorKind;
use pymodaq_data::ndarray::array;
use pymodaq_data::{Array, PyValue};
use pymodaq_h5::{DataLoader, FileOrigin, H5BrowserUtil, H5Exporter, Node, NodeKind};

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/pymodaq")
}

fn exports() -> PathBuf {
    fixtures().join("exports")
}

/// A path for a test's output, free.
fn output(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("pymodaq-browsing-{}-{name}", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

fn open(path: &Path) -> H5BrowserUtil {
    H5BrowserUtil::open(&support::native(), path).unwrap()
}

#[test]
fn exports_are_those_of_pymodaq() {
    let browser = open(&exports().join("nodes.h5"));
    let (mut compared, mut different) = (0, Vec::new());
    for node in browser.walk_nodes("/RawData").unwrap() {
        let node = node.unwrap();
        let stem = node.path().split('/').skip(2).collect::<Vec<_>>().join("-");
        for extension in ["txt", "npy", "ascii"] {
            let Ok(expected) = std::fs::read(exports().join(format!("{stem}.{extension}"))) else { continue };
            let out = output(&format!("{stem}.{extension}"));
            browser.export_data(node.path(), &out, None).unwrap();
            compared += 1;
            let found = std::fs::read(&out).unwrap();
            std::fs::remove_file(&out).unwrap();
            if found != expected {
                different.push(format!("{stem}.{extension}: {}", String::from_utf8_lossy(&found)));
            }
        }
    }
    assert_eq!(compared, 38);
    // Python drops the imaginary parts of a group's complex columns.
    let ours = "# #Waves\n (1.000000-2.000000j)\n (-0.500000+0.250000j)\n (0.000000+0.000000j)\n";
    assert_eq!(different, ["txt", "ascii"].map(|extension| format!("Detector001.{extension}: {ours}")));
}

#[test]
fn arrays_of_three_dimensions_are_text_too() {
    let browser = open(&exports().join("nodes.h5"));
    let out = output("cube.txt");
    browser.export_data("/RawData/Detector001/Cube", &out, Some("Text files (*.txt)")).unwrap();
    let text = std::fs::read_to_string(&out).unwrap();
    std::fs::remove_file(&out).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8);
    assert_eq!(lines[4], "# [1, :, :]");
    assert_eq!(lines[5], "1.200000e+01\t1.300000e+01\t1.400000e+01\t1.500000e+01");
    let error = browser.export_data("/RawData/Detector001/Cube", output("cube.ascii"), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn tables_have_a_column_for_each_axis() {
    let browser = open(&fixtures().join("scan.h5"));
    let out = output("map.csv");
    let channel = "/RawData/Scan001/Detector000/Data0D/CH00";
    browser.export_data(channel, &out, None).unwrap();
    let table = std::fs::read_to_string(&out).unwrap();
    let data =
        DataLoader::new(browser.h5saver()).load_data(format!("{channel}/Data00"), false, true).unwrap();
    let lines: Vec<Vec<&str>> =
        table.split_terminator("\r\n").map(|line| line.split(',').collect()).collect();
    assert_eq!(lines.len(), 7);
    assert_eq!(lines[0].len(), 2 + data.data().len());
    assert!(lines[0][0].starts_with(data.get_axis_from_index(0)[0].label()));
    let (rows, columns) = (data.get_axis_from_index(0)[0].to_f64(), data.get_axis_from_index(1)[0].to_f64());
    for (place, line) in lines[1..].iter().enumerate() {
        let numbers: Vec<f64> = line.iter().map(|cell| cell.parse().unwrap()).collect();
        let mut expected = vec![rows[place / 3], columns[place % 3]];
        expected.extend(data.data().iter().map(|array| array.to_f64().unwrap()[place]));
        assert_eq!(numbers, expected);
    }
    // An array alone has its own column only; what is no data has its indexes.
    browser.export_data(format!("{channel}/Data00"), &out, None).unwrap();
    assert_eq!(std::fs::read_to_string(&out).unwrap().lines().next().unwrap().split(',').count(), 3);
    browser.export_data("/RawData/Scan001/NavAxes/Axis00", &out, None).unwrap();
    assert!(std::fs::read_to_string(&out).unwrap().starts_with("index 0,Axis00\r\n0,"));
    std::fs::remove_file(&out).unwrap();
    let error = browser.export_data("/RawData/Scan001", output("scan.csv"), None).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Usage);
}

#[test]
fn a_node_becomes_a_file_of_its_own() {
    let browser = open(&fixtures().join("scan.h5"));
    for (node, inside) in
        [("/RawData/Scan001", "/RawData/Scan001"), ("/RawData", "/RawData/Scan000"), ("/", "/RawData/Logger")]
    {
        let out = output("node.h5");
        browser.export_data(node, &out, None).unwrap();
        let copy = open(&out);
        assert!(copy.get_node(inside).is_ok(), "{node}");
        assert!(matches!(copy.origin().unwrap(), FileOrigin::Pymodaq(_)), "{node}");
        if node == "/RawData/Scan001" {
            assert!(copy.get_node("/RawData/Scan000").is_err());
            let loaded = |browser: &H5BrowserUtil| {
                DataLoader::new(browser.h5saver()).load_all("/RawData/Scan001", false).unwrap()
            };
            let (ours, original) = (loaded(&copy), loaded(&browser));
            assert_eq!(ours.data(), original.data());
            assert!(!ours.is_empty());
        }
        assert_eq!(browser.export_data(node, &out, None).unwrap_err().kind(), ErrorKind::AlreadyExists);
        copy.close_file().unwrap();
        std::fs::remove_file(&out).unwrap();
    }
}

#[test]
fn attributes_and_settings_are_found() {
    let browser = open(&fixtures().join("scan.h5"));
    assert_eq!(browser.origin().unwrap(), FileOrigin::Pymodaq("5.3.8".to_owned()));
    let found = browser.get_h5_attributes("/RawData/Scan001/Detector000").unwrap();
    assert_eq!(found.attributes["type"], PyValue::from("detector"));
    assert_eq!(found.settings.len(), 1);
    assert_eq!(found.settings[0], found.attributes["settings"]);
    assert!(found.scan_settings.is_none() && found.pixmaps.is_empty());
    let settings = browser.settings("/RawData/Scan001/Detector000").unwrap().unwrap();
    assert_eq!(settings.name(), "All_settings");
    assert!(browser.settings("/RawData/Scan001/NavAxes").unwrap().is_none());
    assert!(browser.get_h5file_scans("/").unwrap().is_empty());
    assert_eq!(browser.get_h5_attributes("/absent").unwrap_err().kind(), ErrorKind::NotFound);
}

/// The first bytes of every picture in PNG, with one that is no text and a NUL.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\xff";

#[test]
fn pictures_of_old_files_come_back_to_the_byte() {
    let registry = support::native();
    let out = output("pictures.h5");
    let file = registry.open(&out, Mode::Create).unwrap();
    let root = file.root().unwrap();
    let scan = root.create_group("Raw_datas").unwrap().create_group("Scan000").unwrap();
    let live = scan.create_group("Live").unwrap();
    live.object().set_attr_array("pixmap2D", PICTURE).unwrap();
    scan.object().set_attr("scan_settings", "<scan/>").unwrap();
    scan.object().set_attr("settings", "").unwrap();
    file.close().unwrap();
    let browser = open(&out);
    let scans = browser.get_h5file_scans("/").unwrap();
    assert_eq!(scans.len(), 1);
    assert_eq!(
        (scans[0].scan_name.as_str(), scans[0].path.as_str()),
        ("Scan000_Live", "/Raw_datas/Scan000/Live")
    );
    assert_eq!(scans[0].data, PICTURE);
    assert_eq!(browser.get_h5_attributes("/Raw_datas/Scan000/Live").unwrap().pixmaps, [PICTURE]);
    let of_scan = browser.get_h5_attributes("/Raw_datas/Scan000").unwrap();
    assert_eq!(of_scan.scan_settings, Some(PyValue::from("<scan/>")));
    assert!(browser.settings("/Raw_datas/Scan000").unwrap().is_none());
    // Nothing of it is PyMoDAQ's since 4.0: that is said.
    assert!(browser.origin().unwrap().warning().unwrap().contains("before 4.0"));
    browser.close_file().unwrap();
    std::fs::remove_file(&out).unwrap();
}

#[test]
fn files_of_other_programs_are_browsed_and_not_changed() {
    let registry = support::native();
    let out = output("foreign.hdf5");
    let file = registry.open(&out, Mode::Create).unwrap();
    let root = file.root().unwrap();
    let entry = root.create_group("entry").unwrap();
    entry.new_dataset::<i32>("counts").shape([2, 3]).create_with(array![[1, 2, 3], [4, 5, 6]]).unwrap();
    entry.new_dataset::<f64>("energy").shape([3]).create_with(&[0.5, 1.0, 1.5]).unwrap();
    let names: Vec<String> = vec!["first, one".into(), "second".into()];
    entry.new_dataset::<String>("names").shape([2]).create_with(&names[..]).unwrap();
    file.close().unwrap();
    let before = std::fs::read(&out).unwrap();

    let browser = open(&out);
    assert_eq!(browser.origin().unwrap(), FileOrigin::Other);
    let kinds: Vec<(String, NodeKind)> = browser
        .walk_nodes("/")
        .unwrap()
        .map(|node| node.map(|n| (n.path().to_owned(), n.kind())).unwrap())
        .collect();
    assert!(kinds.contains(&("/entry".to_owned(), NodeKind::Group)));
    assert!(kinds.contains(&("/entry/counts".to_owned(), NodeKind::CArray)));
    for (extension, expected) in [
        ("txt", "1.000000e+00\t2.000000e+00\t3.000000e+00\n4.000000e+00\t5.000000e+00\t6.000000e+00\n"),
        ("csv", "index 0,index 1,counts\r\n0,0,1\r\n0,1,2\r\n0,2,3\r\n1,0,4\r\n1,1,5\r\n1,2,6\r\n"),
    ] {
        let to = output(&format!("foreign.{extension}"));
        browser.export_data("/entry/counts", &to, None).unwrap();
        assert_eq!(std::fs::read_to_string(&to).unwrap(), expected);
        std::fs::remove_file(&to).unwrap();
    }
    let to = output("names.csv");
    browser.export_data("/entry/names", &to, None).unwrap();
    assert_eq!(std::fs::read_to_string(&to).unwrap(), "index 0,names\r\n0,\"first, one\"\r\n1,second\r\n");
    let loaded = DataLoader::new(browser.h5saver()).load_data("/entry/counts", false, false).unwrap();
    assert_eq!(loaded.shape(), [2, 3]);
    browser.export_data("/entry", &to, None).unwrap_err();
    std::fs::remove_file(&to).unwrap();
    assert!(browser.add_comment("/entry", "x").is_err());
    browser.close_file().unwrap();
    assert_eq!(std::fs::read(&out).unwrap(), before);
    std::fs::remove_file(&out).unwrap();
}

#[test]
fn programs_add_formats_of_their_own() {
    struct Count;
    impl H5Exporter for Count {
        fn format_description(&self) -> &str {
            "Number of elements"
        }
        fn format_extension(&self) -> &str {
            "count"
        }
        fn export_data(&self, node: &Node, file: &Path) -> h5_types::Result<()> {
            let array: Array = node.clone().into_carray()?.read()?;
            std::fs::write(file, array.size().to_string())?;
            Ok(())
        }
    }
    let mut browser = open(&exports().join("nodes.h5"));
    browser.exporters_mut().register_exporter(Count);
    let out = output("cube.count");
    browser.export_data("/RawData/Detector001/Cube", &out, Some("Number of elements (*.count)")).unwrap();
    assert_eq!(std::fs::read_to_string(&out).unwrap(), "24");
    std::fs::remove_file(&out).unwrap();
}
