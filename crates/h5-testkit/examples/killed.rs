//! A writer to be killed: see `tests/live/kills.py`.
//!
//! `killed WORKLOAD BOUNDS FILE` changes a new file and flushes it, over and over, and writes a line with the number of changes that are
//! flushed to standard output after each flush. It ends when it is killed, or after 20,000 changes.
//!
//! Workloads: `append` and `swmr` add row `i` (`i + 1` all over) to three datasets, one of them filtered with two unlimited dimensions;
//! `scan` makes a group of three datasets with attributes. Bounds: `default`, `earliest`, `v110`.

#![allow(
    clippy::unwrap_used,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    reason = "a tool for tests: it fails where something is wrong"
)]

use std::io::Write as _;

use h5::prelude::*;
use h5::{CreateOptions, LibverBounds, OpenOptions};

const STEPS: u32 = 20_000;
const WIDTH: u64 = 64;

/// Tells that so many changes are flushed. The pipe keeps it when this process is killed.
fn tell(flushed: u32) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{flushed}").and_then(|()| out.flush()).unwrap();
}

fn append(file: &File, swmr: bool) -> h5::Result<()> {
    let rows = |name| file.new_dataset::<f64>(name).shape([0, WIDTH]).max_shape([None, Some(WIDTH)]);
    let d = rows("d").chunks([16, WIDTH]).create()?;
    let t = file.new_dataset::<f64>("t").shape([0]).resizable().chunks([64]).create()?;
    let z = file.new_dataset::<f64>("z").shape([0, WIDTH]).resizable().chunks([4, 32]).deflate(4).create()?;
    if swmr {
        file.start_swmr()?;
    }
    file.flush()?;
    tell(0);
    for step in 1..=STEPS {
        let value = f64::from(step);
        d.append(ndarray::Array2::from_elem((1, usize::try_from(WIDTH).unwrap()), value))?;
        t.append([value])?;
        z.append(ndarray::Array2::from_elem((1, usize::try_from(WIDTH).unwrap()), value))?;
        file.flush()?;
        tell(step);
    }
    Ok(())
}

fn scan(file: &File) -> h5::Result<()> {
    tell(0);
    for step in 1..=STEPS {
        let group = file.create_group(format!("scan{:05}", step - 1))?;
        group.set_attr("title", format!("scan {}", step - 1))?;
        for channel in 0..3 {
            let data = group.write_array(format!("ch{channel}"), vec![f64::from(step); 100])?;
            data.set_attr("units", "V")?;
        }
        group.set_attr("done", step)?;
        file.flush()?;
        tell(step);
    }
    Ok(())
}

fn main() -> h5::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [workload, bounds, path] = arguments.as_slice() else {
        return Err(h5::Error::usage("killed append|scan|swmr default|earliest|v110 FILE"));
    };
    let options = match bounds.as_str() {
        "earliest" => OpenOptions::new().bounds(LibverBounds::Earliest),
        "v110" => OpenOptions::new().bounds(LibverBounds::V110),
        _ => OpenOptions::new(),
    };
    let file = File::create_with(path, &CreateOptions::new(), &options)?;
    match workload.as_str() {
        "scan" => scan(&file)?,
        "swmr" => append(&file, true)?,
        _ => append(&file, false)?,
    }
    file.close()
}
