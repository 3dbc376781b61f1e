//! The file opened again, and compared with what was measured.

use std::io::Write as _;

use h5::Result;
use pymodaq_data::{Axis, DType, DataWithAxes};
use pymodaq_h5::{DataLoader, H5BrowserUtil};

use super::{SCAN, heading, show};
use crate::args::GlobalArgs;
use crate::failure::{Exit, Outcome};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::pymodaq_file::registry;
use crate::simulation::{CAMERA, GRID, SPECTRUM, Sample, measure, positions, wavelengths};

/// What an instrument has to have measured.
struct Expected {
    /// Where it is, below the group of the scan.
    path: &'static str,
    dtype: DType,
    shape: Vec<usize>,
    units: &'static str,
    /// Axes of the signal, behind those of the scan.
    axes: Vec<Axis>,
    /// What it gave at a position.
    part: fn(&Sample) -> &[f64],
}

/// The three instruments.
fn expected() -> [Expected; 3] {
    let [height, width] = CAMERA;
    let shape = |signal: &[usize]| GRID.iter().chain(signal).copied().collect::<Vec<_>>();
    [
        Expected {
            path: "Detector000/Data0D/CH00/Data00",
            dtype: DType::Float64,
            shape: shape(&[]),
            units: "V",
            axes: Vec::new(),
            part: |sample| std::slice::from_ref(&sample.photodiode),
        },
        Expected {
            path: "Detector001/Data1D/CH00/Data00",
            dtype: DType::Float64,
            shape: shape(&[SPECTRUM]),
            units: "count",
            axes: vec![wavelengths().with_index(2)],
            part: |sample| &sample.spectrum,
        },
        Expected {
            path: "Detector002/Data2D/CH00/Data00",
            dtype: DType::UInt16,
            shape: shape(&[height, width]),
            units: "count",
            axes: vec![
                Axis::linear("Pixel row", "", 0.0, 1.0, height, 2),
                Axis::linear("Pixel column", "", 0.0, 1.0, width, 3),
            ],
            part: |sample| &sample.camera,
        },
    ]
}

/// Loads the scan, shows it, and says whether each value is right.
pub(super) fn and_show(file: &Location, shown: &Location, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let blame = |error| file.blame(error);
    let browser = H5BrowserUtil::open(&registry(global), &file.file).map_err(blame)?;
    let loaded = load(&browser).map_err(blame)?;
    show::scan(&browser, &loaded, shown, out)?;
    heading("Verified: every value against what was measured", out)?;
    let mut exit = Exit::Success;
    for (data, expected) in loaded.iter().zip(expected()) {
        let faults = faults(data, &expected);
        let values: usize = data.data().iter().map(pymodaq_data::Array::size).sum();
        if faults.is_empty() {
            writeln!(out, "  right  {SCAN}/{}  {values} values, {} axes", expected.path, data.axes().len())?;
        } else {
            exit = Exit::No;
            let text = out.paint.text(Role::Broken, &faults.join("; "));
            writeln!(out, "  WRONG  {SCAN}/{}  {text}", expected.path)?;
        }
    }
    browser.close_file().map_err(blame)?;
    Ok(exit)
}

/// The data of the three instruments.
fn load(browser: &H5BrowserUtil) -> Result<Vec<DataWithAxes>> {
    let loader = DataLoader::new(browser.h5saver());
    let load = |expected: Expected| loader.load_data(format!("{SCAN}/{}", expected.path), false, false);
    expected().into_iter().map(load).collect()
}

/// What differs from what was measured.
fn faults(data: &DataWithAxes, expected: &Expected) -> Vec<String> {
    let mut faults = Vec::new();
    if data.shape() != expected.shape {
        faults.push(format!("shape {:?} instead of {:?}", data.shape(), expected.shape));
        return faults;
    }
    if data.units() != expected.units {
        faults.push(format!("units {:?} instead of {:?}", data.units(), expected.units));
    }
    let axes = positions().into_iter().chain(expected.axes.iter().cloned());
    for axis in axes {
        if !data.axes().contains(&axis) {
            faults.push(format!("no axis {} ({}) of {} values", axis.label(), axis.units(), axis.size()));
        }
    }
    let Some(array) = data.data().first().filter(|array| array.dtype() == expected.dtype) else {
        faults.push(format!("no values of datatype {}", expected.dtype));
        return faults;
    };
    let values = array.to_f64().unwrap_or_default();
    let [rows, columns] = GRID;
    let count = expected.shape.iter().skip(2).product::<usize>().max(1);
    for (position, found) in values.chunks(count).enumerate().take(rows.saturating_mul(columns)) {
        let row = position.checked_div(columns).unwrap_or(0);
        let column = position.checked_rem(columns).unwrap_or(0);
        if found != (expected.part)(&measure(row, column)) {
            faults.push(format!("other values at position {row}, {column}"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use pymodaq_data::Array;

    use super::{expected, faults};
    use crate::simulation::{GRID, measure, positions};

    #[test]
    fn a_wrong_value_is_found() {
        let [photodiode, ..] = expected();
        let mut values: Vec<f64> =
            (0..GRID[0] * GRID[1]).map(|i| measure(i / GRID[1], i % GRID[1]).photodiode).collect();
        let make = |values: &[f64]| {
            let array = Array::from_shape_vec(&GRID, values.to_vec()).unwrap();
            let data = pymodaq_data::DataRaw::builder("a", vec![array])
                .units("V")
                .axes(positions())
                .nav_indexes([0, 1]);
            data.build().unwrap()
        };
        assert_eq!(faults(&make(&values), &photodiode), Vec::<String>::new());
        values[GRID[1] + 2] += 1e-9;
        assert_eq!(faults(&make(&values), &photodiode), ["other values at position 1, 2"]);
    }
}
