//! `h5 demo`.

use std::io::Write as _;

use clap::Args;
use h5::{ByteOrder, Datatype, File, FloatType, Selection};
use sha2::{Digest as _, Sha256};

use super::attributes;
use super::tree::{self, TreeArgs};
use crate::failure::{Exit, Failure, Outcome};
use crate::location::Location;
use crate::out::{Glyphs, Out, Role};
use crate::walk::Walk;

/// Show what h5 does, with a scan that it brings along.
///
/// Reads a file that PyMoDAQ wrote: two motors stepped over a grid of 2 by 3 positions while a point detector and a camera took
/// data. Shows the tree, the attributes of a dataset and the maps, and verifies every value read against its known checksum.
#[derive(Debug, Args)]
#[command(after_long_help = "Example:
  h5 demo

Exit status: 0 if every value is right, else 1.")]
pub(crate) struct DemoArgs {
    /// Write the file to FILE, to try the other commands on it
    #[arg(long, value_name = "FILE")]
    pub(crate) save: Option<std::path::PathBuf>,
}

/// The scan: see `tests/fixtures/README.md`.
const SCAN: &[u8] = include_bytes!("../../../../tests/fixtures/pymodaq/scan.h5");
/// The group that is shown.
const GROUP: &str = "/RawData/Scan001";
/// One value a position.
const MAP: &str = "/RawData/Scan001/Detector000/Data0D/CH00/Data00";
/// One image a position.
const IMAGES: &str = "/RawData/Scan001/Detector001/Data2D/CH00/Data00";
/// Datasets with the SHA-256 of their values, as h5py reads them.
const CHECKSUMS: [(&str, &str); 4] = [
    (MAP, "3ddc7f4f0d5bf701c8000697028f5802abce0639a88183f4b1bd48576dccd132"),
    (IMAGES, "1e49f1732aaa3f7219124f18e9d6cad211cbce237195051d4ed7b013d47e3447"),
    ("/RawData/Scan001/NavAxes/Axis00", "794976fd0327050748e98d0926137f2f0b50991ccc25ca591b701361bef8fb66"),
    ("/RawData/Scan001/NavAxes/Axis01", "b23a3f96a655d9e32355f14a298449412e83da92b0beab05da8ffc21d82647d7"),
];

pub(crate) fn run(args: &DemoArgs, out: &mut Out) -> Outcome {
    let location = Location { file: "scan.h5".into(), path: GROUP.into(), scheme: None };
    let blame = |error| location.blame(error);
    let file = File::from_bytes(SCAN).map_err(blame)?;

    heading("The tree: h5 tree scan.h5::/RawData/Scan001", out)?;
    let start = file.object(GROUP).map_err(blame)?;
    let options = TreeArgs { place: "scan.h5".into(), depth: None, attrs: false, limit: None, json: false };
    tree::text(Walk::new(start, GROUP.into()), &location, &options, u64::MAX, out)?;

    heading(&format!("The attributes of the map: h5 attr list scan.h5::{MAP}"), out)?;
    for attribute in file.object(MAP).and_then(|o| o.attributes(h5::Order::Name)).map_err(blame)? {
        writeln!(out, "{}", attributes::line(&attribute.map_err(blame)?, out.paint))?;
    }

    heading("The map: one value for each of 2 x 3 positions", out)?;
    let map = numbers(&file, MAP).map_err(blame)?;
    let image = Image { rows: 2, columns: 3, values: &map, width: 8, height: 3 };
    image.draw(out)?;

    heading("The camera: one image of 3 x 4 pixels for each position", out)?;
    let images = numbers(&file, IMAGES).map_err(blame)?;
    let mosaic = mosaic(&images, [2, 3, 3, 4]);
    Image { rows: 6, columns: 12, values: &mosaic, width: 3, height: 1 }.draw(out)?;

    heading("Verified", out)?;
    let mut exit = Exit::Success;
    for (path, expected) in CHECKSUMS {
        let elements = file.dataset(path).and_then(|d| d.elements(&Selection::All)).map_err(blame)?;
        let found: String =
            Sha256::digest(&elements.bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        let verdict = if found == expected { "right" } else { "WRONG" };
        if found != expected {
            exit = Exit::No;
        }
        writeln!(out, "{verdict}  {path}  sha256 {}...", found.get(..16).unwrap_or_default())?;
    }
    if let Some(path) = &args.save {
        std::fs::write(path, SCAN).map_err(Failure::Output)?;
        writeln!(out, "\nwritten to {}", h5::Name::new(path.as_os_str().as_encoded_bytes()))?;
    }
    Ok(exit)
}

fn heading(text: &str, out: &mut Out) -> std::io::Result<()> {
    writeln!(out, "\n{}", out.paint.text(Role::Heading, text))
}

/// All values of a dataset as binary64.
fn numbers(file: &File, path: &str) -> h5::Result<Vec<f64>> {
    let memory = Datatype::Float(FloatType::f64(ByteOrder::Little));
    let elements = file.dataset(path)?.elements_as(&Selection::All, &memory)?;
    let (words, _) = elements.bytes.as_chunks::<8>();
    Ok(words.iter().map(|word| f64::from_le_bytes(*word)).collect())
}

/// Images of a grid of positions side by side: dimensions are grid rows, grid columns, image rows, image columns.
fn mosaic(values: &[f64], [grid_rows, grid_columns, rows, columns]: [usize; 4]) -> Vec<f64> {
    let image = rows.saturating_mul(columns).max(1);
    let images: Vec<&[f64]> = values.chunks(image).collect();
    let mut mosaic = Vec::with_capacity(values.len());
    for band in images.chunks(grid_columns.max(1)).take(grid_rows) {
        for row in 0..rows {
            for image in band {
                mosaic.extend(image.chunks(columns.max(1)).nth(row).unwrap_or_default());
            }
        }
    }
    mosaic
}

/// Values as shades of characters, with a scale.
struct Image<'a> {
    rows: usize,
    columns: usize,
    values: &'a [f64],
    /// Characters of one value across.
    width: usize,
    /// Lines of one value.
    height: usize,
}

impl Image<'_> {
    fn draw(&self, out: &mut Out) -> std::io::Result<()> {
        let lowest = self.values.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = self.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let glyphs = out.glyphs;
        for row in self.values.chunks(self.columns.max(1)).take(self.rows) {
            let line: String =
                row.iter().map(|&value| shade(value, lowest, highest, &glyphs).repeat(self.width)).collect();
            for _ in 0..self.height {
                writeln!(out, "  {line}")?;
            }
        }
        let scale: String = glyphs.shades.iter().map(|shade| shade.repeat(4)).collect();
        writeln!(out, "  {lowest} |{scale}| {highest}")
    }
}

/// The shade of a value between the lowest and the highest.
fn shade(value: f64, lowest: f64, highest: f64, glyphs: &Glyphs) -> &'static str {
    let share = (value - lowest) / (highest - lowest);
    let thresholds = [0.2, 0.4, 0.6, 0.8];
    let level = thresholds.iter().filter(|threshold| share >= **threshold).count();
    glyphs.shades.get(level).copied().unwrap_or(" ")
}

#[cfg(test)]
mod tests {
    use super::mosaic;

    #[test]
    fn images_stand_side_by_side() {
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        // Two images of 2 x 2 in one row of the grid.
        assert_eq!(mosaic(&values, [1, 2, 2, 2]), [0.0, 1.0, 4.0, 5.0, 2.0, 3.0, 6.0, 7.0]);
        // One above the other.
        assert_eq!(mosaic(&values, [2, 1, 2, 2]), values);
    }
}
