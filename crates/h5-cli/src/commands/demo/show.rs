//! What the file holds, in pictures.

use h5::Name;
use pymodaq_data::{DataWithAxes, Parameter};
use pymodaq_h5::H5BrowserUtil;

use super::{SCAN, heading};
use crate::commands::pymodaq::settings;
use crate::commands::tree::{self, TreeArgs};
use crate::failure::Outcome;
use crate::location::Location;
use crate::out::Out;
use crate::picture::{Image, curve};
use crate::simulation::{CAMERA, GRID, SPECTRUM, positions, wavelengths};
use crate::walk::Walk;

/// The tree, the settings, the map, and the brightest position.
pub(super) fn scan(
    browser: &H5BrowserUtil,
    data: &[DataWithAxes],
    shown: &Location,
    out: &mut Out,
) -> Outcome<()> {
    let blame = |error| shown.blame(error);
    heading(&format!("The tree: h5 tree {}::{SCAN}", shown.file_text()), out)?;
    let start = browser.h5file().and_then(|file| file.object(SCAN)).map_err(blame)?;
    let options =
        TreeArgs { place: shown.file.clone().into(), depth: None, attrs: false, limit: None, json: false };
    tree::text(Walk::new(start, Name::from(SCAN)), shown, &options, u64::MAX, out)?;

    heading(&format!("The settings of the scan: h5 pymodaq show {}::{SCAN}", shown.file_text()), out)?;
    let all = browser.settings(SCAN).map_err(blame)?;
    // Those of the saver and of the file are left out: they are many.
    if let Some(of_scan) = all.as_ref().and_then(|all| all.child(&["settings"]).ok()) {
        of_scan.children().iter().try_for_each(|child: &Parameter| settings::write(child, 1, out))?;
    }
    let [photodiode, spectrometer, camera] = data else { return Ok(()) };
    map(photodiode, out)?;
    brightest(photodiode, spectrometer, camera, out)
}

fn map(photodiode: &DataWithAxes, out: &mut Out) -> Outcome<()> {
    let [rows, columns] = GRID;
    let [y, x] = positions();
    heading(
        &format!(
            "The map of the photodiode ({}): {rows} positions of {} by {columns} of {}",
            photodiode.units(),
            y.label(),
            x.label()
        ),
        out,
    )?;
    Image::new(columns, &values(photodiode)).draw(out)?;
    Ok(())
}

fn brightest(
    photodiode: &DataWithAxes,
    spectrometer: &DataWithAxes,
    camera: &DataWithAxes,
    out: &mut Out,
) -> Outcome<()> {
    let map = values(photodiode);
    let place = map.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(place, _)| place);
    let [_, columns] = GRID;
    let (row, column) = (place.checked_div(columns).unwrap_or(0), place.checked_rem(columns).unwrap_or(0));
    let lines = wavelengths().to_f64();
    let (first, last) = (lines.first().copied().unwrap_or(0.0), lines.last().copied().unwrap_or(0.0));
    heading(&format!("The spectrum at the brightest position [{row}, {column}]: {first} to {last} nm"), out)?;
    curve(part(&values(spectrometer), place, SPECTRUM), 8, out)?;
    let [height, width] = CAMERA;
    heading(&format!("The camera there: {height} x {width} pixels"), out)?;
    let frames = values(camera);
    Image { columns: width, values: part(&frames, place, height.saturating_mul(width)), width: 2, height: 1 }
        .draw(out)?;
    Ok(())
}

/// The values of one position.
fn part(values: &[f64], place: usize, count: usize) -> &[f64] {
    values.chunks(count).nth(place).unwrap_or_default()
}

fn values(data: &DataWithAxes) -> Vec<f64> {
    data.data().first().and_then(|array| array.to_f64().ok()).unwrap_or_default()
}
