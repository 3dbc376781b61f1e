//! A simulated experiment: a sample is moved under a microscope with a camera, a spectrometer and a photodiode.
//!
//! Every value is computed from the position alone, so that what was saved can be compared with what was measured.

use std::sync::Arc;

use h5::Result;
use pymodaq_data::{Array, Axis, DType, DataRaw, DataToExport, Parameter, PyValue};
use pymodaq_h5::{Extension, Module};

/// Positions of the scan: rows (y), columns (x).
pub(crate) const GRID: [usize; 2] = [12, 24];
/// Pixels of the camera: rows, columns.
pub(crate) const CAMERA: [usize; 2] = [24, 32];
/// Pixels of the spectrometer.
pub(crate) const SPECTRUM: usize = 256;
/// Titles of the instruments, in the order of their groups.
pub(crate) const DETECTORS: [&str; 3] = ["Photodiode", "Spectrometer", "Camera"];
const ACTUATORS: [&str; 2] = ["Stage Y", "Stage X"];

/// Where two bright spots are on the sample, in micrometres, their size and brightness: y, x, size, brightness.
const SPOTS: [[f64; 4]; 2] = [[1.5, 4.0, 1.6, 1.0], [4.0, 9.0, 1.1, 0.7]];
/// Micrometres between two positions.
const STEP: f64 = 0.5;
const FIRST_WAVELENGTH: f64 = 500.0;
const WAVELENGTH_STEP: f64 = 0.8;

/// What the instruments give at one position.
pub(crate) struct Sample {
    /// Volts.
    pub(crate) photodiode: f64,
    /// Counts, a wavelength each.
    pub(crate) spectrum: Vec<f64>,
    /// Counts, row after row: whole numbers of 16 bits.
    pub(crate) camera: Vec<f64>,
}

/// The axes of the scan.
pub(crate) fn positions() -> [Axis; 2] {
    let ([rows, columns], [y, x]) = (GRID, ACTUATORS);
    [Axis::linear(y, "um", 0.0, STEP, rows, 0), Axis::linear(x, "um", 0.0, STEP, columns, 1)]
}

/// The axis of the spectrum.
pub(crate) fn wavelengths() -> Axis {
    Axis::linear("Wavelength", "nm", FIRST_WAVELENGTH, WAVELENGTH_STEP, SPECTRUM, 0)
}

/// Measures at a position of the grid.
pub(crate) fn measure(row: usize, column: usize) -> Sample {
    let [_, columns] = GRID;
    let (y, x) = (STEP * number(row), STEP * number(column));
    let mut noise = Noise(number(row.saturating_mul(columns).saturating_add(column)).to_bits());
    let brightness =
        SPOTS.iter().map(|[sy, sx, size, bright]| bright * bell(y - sy, *size) * bell(x - sx, *size));
    let brightness: f64 = brightness.sum();
    let photodiode = 0.1 + 4.0 * brightness + 0.05 * noise.next();
    // The line shifts to the red along x: strain, say.
    let line = 560.0 + 7.0 * x;
    let spectrum = (0..SPECTRUM).map(|pixel| {
        let wavelength = FIRST_WAVELENGTH + WAVELENGTH_STEP * number(pixel);
        20.0 + 900.0 * brightness * bell(wavelength - line, 9.0) + 6.0 * noise.next()
    });
    let spectrum = spectrum.collect();
    let [height, width] = CAMERA;
    // The spot moves over the picture as the sample moves.
    let (peak_row, peak_column) = (3.0 + 3.2 * y, 4.0 + 2.1 * x);
    let mut camera = Vec::with_capacity(height.saturating_mul(width));
    for pixel_row in 0..height {
        for pixel_column in 0..width {
            let spot =
                bell(number(pixel_row) - peak_row, 3.0) * bell(number(pixel_column) - peak_column, 3.5);
            let light = 120.0 + (300.0 + 3000.0 * brightness) * spot + 30.0 * noise.next();
            camera.push(light.round().clamp(0.0, f64::from(u16::MAX)));
        }
    }
    Sample { photodiode, spectrum, camera }
}

/// What the instruments give, as the data that modules send to savers.
pub(crate) fn data(sample: Sample) -> Result<DataToExport> {
    let wrong = |error: pymodaq_data::Error| h5::Error::usage(error.to_string());
    let [height, width] = CAMERA;
    let frame = Array::from_shape_vec(&[height, width], sample.camera);
    let frame = frame.and_then(|frame| frame.cast(DType::UInt16)).map_err(wrong)?;
    let [photodiode, spectrometer, camera] = DETECTORS;
    let made = [
        DataRaw::builder("Intensity", vec![Array::from(vec![sample.photodiode])])
            .labels(["Diode"])
            .units("V")
            .origin(photodiode),
        DataRaw::builder("Spectrum", vec![Array::from(sample.spectrum)])
            .labels(["Intensity"])
            .units("count")
            .axis(wavelengths())
            .origin(spectrometer),
        DataRaw::builder("Image", vec![frame])
            .labels(["Frame"])
            .units("count")
            .axis(Axis::linear("Pixel row", "", 0.0, 1.0, height, 0))
            .axis(Axis::linear("Pixel column", "", 0.0, 1.0, width, 1))
            .origin(camera),
    ];
    let made = made.into_iter().map(|builder| builder.build().map_err(wrong));
    Ok(DataToExport::new("Scan", made.collect::<Result<Vec<_>>>()?))
}

/// An instrument with its settings.
struct Instrument {
    title: &'static str,
    settings: Parameter,
}

impl Module for Instrument {
    fn title(&self) -> &str {
        self.title
    }

    fn settings(&self) -> Parameter {
        self.settings.clone()
    }
}

/// The scan, which uses all instruments.
pub(crate) struct Scan {
    settings: Parameter,
    detectors: Vec<Arc<dyn Module>>,
    actuators: Vec<Arc<dyn Module>>,
}

impl Scan {
    /// The experiment with the settings of everything.
    pub(crate) fn new() -> pymodaq_data::Result<Self> {
        let ([rows, columns], [y, x]) = (GRID, ACTUATORS);
        let size = |size: usize| PyValue::from(size);
        let scanner = Parameter::group("scanner", "Scanner")
            .with_child(Parameter::new("scan_type", "str", "Scan type:", "Scan2D")?)
            .with_child(Parameter::new("scan_sub_type", "str", "Scan subtype:", "Linear")?)
            .with_child(Parameter::new(
                "n_steps",
                "int",
                "Number of steps:",
                size(rows.saturating_mul(columns)),
            )?);
        let settings = group("DAQ_Scan Settings")
            .with_child(Parameter::new("Naverage", "int", "Averages:", 1_i64)?)
            .with_child(scanner)
            .with_child(axis_settings("stage_y", y, rows)?)
            .with_child(axis_settings("stage_x", x, columns)?);
        let exposure = |value: f64| Parameter::new("exposure", "float", "Exposure (ms):", value);
        let gain = Parameter::new("gain", "float", "Gain (V/A):", 1e5)?;
        let [photodiode, spectrometer, camera] = DETECTORS;
        let detectors = vec![
            instrument(photodiode, vec![gain]),
            instrument(
                spectrometer,
                vec![exposure(50.0)?, Parameter::new("lines", "int", "Grating (1/mm):", 600_i64)?],
            ),
            instrument(camera, vec![exposure(20.0)?, Parameter::new("binning", "int", "Binning:", 4_i64)?]),
        ];
        let speed = Parameter::new("speed", "float", "Speed (um/s):", 100.0)?;
        let actuators = ACTUATORS.iter().map(|title| instrument(title, vec![speed.clone()])).collect();
        Ok(Self { settings, detectors, actuators })
    }
}

impl Module for Scan {
    fn title(&self) -> &str {
        "DAQ Scan"
    }

    fn settings(&self) -> Parameter {
        self.settings.clone()
    }
}

impl Extension for Scan {
    fn detectors(&self) -> Vec<Arc<dyn Module>> {
        self.detectors.clone()
    }

    fn actuators(&self) -> Vec<Arc<dyn Module>> {
        self.actuators.clone()
    }
}

fn instrument(title: &'static str, settings: Vec<Parameter>) -> Arc<dyn Module> {
    let settings = settings.into_iter().fold(group("Settings"), Parameter::with_child);
    Arc::new(Instrument { title, settings })
}

fn group(title: &str) -> Parameter {
    Parameter::group("settings", title)
}

fn axis_settings(name: &str, title: &str, steps: usize) -> pymodaq_data::Result<Parameter> {
    let stop = STEP * number(steps.saturating_sub(1));
    Ok(Parameter::group(name, title)
        .with_child(Parameter::new("start", "float", "Start (um):", 0.0)?)
        .with_child(Parameter::new("stop", "float", "Stop (um):", stop)?)
        .with_child(Parameter::new("step", "float", "Step (um):", STEP)?))
}

/// A bell curve of height 1.
fn bell(distance: f64, size: f64) -> f64 {
    (-(distance / size).powi(2) / 2.0).exp()
}

/// A small number of things as a number; exact.
fn number(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

/// Numbers around 0 as noise has them, the same ones each time: SplitMix64, four values added up.
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> f64 {
        let mut sum = 0.0;
        for _ in 0..4 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = self.0;
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^= mixed >> 31;
            // The upper 32 bits are the better ones.
            let upper = u32::try_from(mixed >> 32).unwrap_or(0);
            sum += f64::from(upper) / f64::from(u32::MAX) - 0.5;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::{Noise, SPECTRUM, measure, wavelengths};

    #[test]
    fn the_same_position_gives_the_same_and_the_line_moves() {
        let (first, again, far) = (measure(3, 8), measure(3, 8), measure(8, 18));
        assert_eq!(first.camera, again.camera);
        assert_eq!(first.spectrum, again.spectrum);
        let peak = |spectrum: &[f64]| {
            let brightest = (0..SPECTRUM).max_by(|a, b| spectrum[*a].total_cmp(&spectrum[*b])).unwrap();
            wavelengths().to_f64()[brightest]
        };
        assert!((peak(&first.spectrum) - 588.0).abs() < 5.0, "{}", peak(&first.spectrum));
        assert!((peak(&far.spectrum) - 623.0).abs() < 5.0, "{}", peak(&far.spectrum));
        assert!(first.photodiode > 3.0);
    }

    #[test]
    fn noise_is_around_zero() {
        let mut noise = Noise(1);
        let mean = (0..4000).map(|_| noise.next()).sum::<f64>() / 4000.0;
        assert!(mean.abs() < 0.05, "{mean}");
    }
}
