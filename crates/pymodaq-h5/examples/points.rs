//! Scans of spectra of 1,000 values and a reader of one value, for the checks of speed, of killed writers and of files that two programs
//! write in turn.
//!
//! ```text
//! points scan FILE POINTS [quiet]   a new file; prints each point when it is flushed, and how long each tenth of the scan took
//! points swmr FILE POINTS MS        a scan, and as many rows in /RawData/Growing, for readers at the same time; a point
//!                           each MS milliseconds, and the end once stdin ends
//! points append FILE FLAVOUR K      one more scan of 2 x 3 points at the end of a file, made if it is not there
//! points grow FILE FLAVOUR K        two more rows in the enlargeable arrays of /RawData/Growing
//! points nodes FILE COUNT           a new file of so many detectors, for `load`
//! points load FILE                  loads everything, and prints how long it took
//! ```

#![allow(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a program of the checks"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::Write;
use std::time::Instant;

use pymodaq_data::{Array, Attributes, Axis, DataDistribution, DataRaw, DataToExport, SaveType};
use pymodaq_h5::{
    DataLoader, DataToExportExtendedSaver, DataToExportSaver, DataToExportTimedSaver, Flavour,
    H5SaverLowLevel, InitOptions,
};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["scan", file, points] => scan(file, points.parse()?, false),
        ["scan", file, points, "quiet"] => scan(file, points.parse()?, true),
        ["swmr", file, points, ms] => swmr(file, points.parse()?, ms.parse()?),
        ["append", file, flavour, k] => append(file, flavour_of(flavour), k.parse()?),
        ["grow", file, flavour, k] => grow(file, flavour_of(flavour), k.parse()?),
        ["nodes", file, count] => nodes(file, count.parse()?),
        ["load", file] => load(file),
        _ => Err("points scan|swmr|append|grow|nodes|load FILE ...".into()),
    }
}

fn flavour_of(name: &str) -> Flavour {
    if name == "tables" { Flavour::PyTables } else { Flavour::H5py }
}

fn open(file: &str, flavour: Flavour, new: bool) -> Result<H5SaverLowLevel> {
    let options = InitOptions::new().new_file(new);
    Ok(H5SaverLowLevel::from_file(&support::native(), flavour, SaveType::Scan, file, &options)?)
}

/// A spectrum of 1,000 values and one value: what point `i` has, and a reader can check.
fn point(i: usize) -> DataToExport {
    let spectrum: Vec<f64> = (0..1000).map(|x| (i * 1000 + x) as f64).collect();
    let spectrum = DataRaw::builder("spectrum", vec![Array::from(spectrum)])
        .labels(["counts"])
        .origin("Det")
        .axis(Axis::linear("wavelength", "nm", 400.0, 0.5, 1000, 0));
    let value = DataRaw::builder("value", vec![Array::from([i as f64])]).labels(["v"]).origin("Det");
    DataToExport::new("point", [spectrum, value].map(|data| data.build().unwrap()))
}

fn scan(file: &str, points: usize, quiet: bool) -> Result {
    let saver = open(file, Flavour::H5py, true)?;
    let none = Attributes::new();
    let group = saver.add_scan_group("/RawData", "Scan", "", &none)?;
    let detector = saver.add_det_group(&group, "Det", "", &none)?;
    let extended = DataToExportExtendedSaver::new(&saver, &[points]);
    extended.add_nav_axes(&group, &[Axis::linear("x", "mm", 0.0, 1.0, points, 0)])?;
    let (mut out, tenth) = (std::io::stdout().lock(), (points / 10).max(1));
    let (begin, mut lap) = (Instant::now(), Instant::now());
    for i in 0..points {
        extended.add_data(&detector, &point(i), &[i], DataDistribution::Uniform)?;
        if !quiet {
            // The line is written once the point is flushed.
            writeln!(out, "{i}")?;
            out.flush()?;
        } else if (i + 1) % tenth == 0 {
            let us = lap.elapsed().as_secs_f64() * 1e6 / tenth as f64;
            writeln!(out, "points to {}: {us:.1} us each", i + 1)?;
            lap = Instant::now();
        }
    }
    writeln!(out, "all: {:.2} us a point", begin.elapsed().as_secs_f64() * 1e6 / points as f64)?;
    saver.close_file()?;
    Ok(())
}

fn swmr(file: &str, points: usize, ms: u64) -> Result {
    let options = InitOptions::new().new_file(true).swmr(&support::swmr());
    let saver =
        H5SaverLowLevel::from_file(&support::native(), Flavour::H5py, SaveType::Scan, file, &options)?;
    // Two savers make arrays; readers are let in when both have.
    saver.set_swmr_on_first_save(false);
    let none = Attributes::new();
    let group = saver.add_scan_group("/RawData", "Scan", "", &none)?;
    let detector = saver.add_det_group(&group, "Det", "", &none)?;
    let growing = saver.get_set_group("/RawData", "Growing", "Growing")?;
    let extended = DataToExportExtendedSaver::new(&saver, &[points]);
    extended.add_nav_axes(&group, &[Axis::linear("x", "mm", 0.0, 1.0, points, 0)])?;
    let timed = DataToExportTimedSaver::new(&saver);
    let mut out = std::io::stdout().lock();
    for i in 0..points {
        let mut data = point(i);
        data.set_timestamp(1_700_000_000.0 + (i * i) as f64);
        timed.add_data(&growing, &data)?;
        extended.add_data(&detector, &data, &[i], DataDistribution::Uniform)?;
        saver.enable_swmr()?;
        writeln!(out, "{i}")?;
        out.flush()?;
        std::thread::sleep(std::time::Duration::from_millis(ms));
    }
    // Whoever is in the middle of reading ends that first: attributes change when the file is closed.
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    saver.close_file()?;
    Ok(())
}

fn append(file: &str, flavour: Flavour, k: usize) -> Result {
    let saver = open(file, flavour, false)?;
    let none = Attributes::new();
    let group = saver.add_scan_group("/RawData", &format!("Scan {k}"), "<a/>", &none)?;
    let detector = saver.add_det_group(&group, "Det", "<b/>", &none)?;
    let extended = DataToExportExtendedSaver::new(&saver, &[2, 3]);
    let axes = [Axis::linear("y", "mm", 0.0, 1.0, 2, 0), Axis::linear("x", "mm", 0.0, 0.5, 3, 1)];
    extended.add_nav_axes(&group, &axes)?;
    for at in support::golden::indexes(&[2, 3]) {
        let i = 100 * k + 10 * at[0] + at[1];
        extended.add_data(&detector, &point(i), &at, DataDistribution::Uniform)?;
    }
    saver.add_log(&format!("scan {k}"))?;
    saver.close_file()?;
    Ok(())
}

fn grow(file: &str, flavour: Flavour, k: usize) -> Result {
    let saver = open(file, flavour, false)?;
    let group = saver.get_set_group("/RawData", "Growing", "Growing")?;
    let timed = DataToExportTimedSaver::new(&saver);
    for i in [2 * k, 2 * k + 1] {
        let mut data = point(i);
        data.set_timestamp(1_700_000_000.0 + i as f64);
        timed.add_data(&group, &data)?;
    }
    saver.close_file()?;
    Ok(())
}

fn nodes(file: &str, count: usize) -> Result {
    let saver = open(file, Flavour::H5py, true)?;
    let export = DataToExportSaver::new(&saver);
    for i in 0..count {
        let group = saver.add_det_group("/RawData", &format!("Det {i}"), "<a/>", &Attributes::new())?;
        let mut data = point(i);
        for one in data.data_mut() {
            one.set_origin(format!("Det {i}"));
        }
        export.add_data(&group, &data)?;
    }
    saver.close_file()?;
    Ok(())
}

fn load(file: &str) -> Result {
    let begin = Instant::now();
    let loader = DataLoader::open(&support::native(), file)?;
    let nodes = loader.h5saver().walk_nodes("/")?.count();
    let walked = begin.elapsed().as_secs_f64();
    let begin = Instant::now();
    let loaded = loader.load_all("/RawData", false)?;
    let seconds = begin.elapsed().as_secs_f64();
    println!("{nodes} nodes walked in {walked:.4} s, {} data loaded in {seconds:.4} s", loaded.len());
    Ok(())
}
