//! One side of a file that is read while it is written; another program is the other: see `tests/live/swmr.py`.
//!
//! `live write FILE ROWS RATE` writes rows in SWMR mode, `live read FILE ROWS` reads them while another program does. Row `i` of the
//! four datasets is `i`; `64 i` to `64 i + 63`; `i` as often as the row is long, which grows by one column each 500 rows; and when it was
//! written, in seconds since 1970. The reader prints what it saw as JSON.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a tool for tests: it fails where something is wrong"
)]

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use h5::prelude::*;
use h5::{Block, CreateOptions, LibverBounds, OpenOptions};

const WIDTH: u64 = 64;
const ROWS_A_COLUMN: u64 = 500;
/// A row that is seen later than that after it was written counts as late.
const LATE_SECONDS: f64 = 0.1;

fn columns(row: u64) -> u64 {
    1 + row / ROWS_A_COLUMN
}

fn seconds() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

fn write(path: &str, rows: u64, rate: f64) -> h5::Result<()> {
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let file = File::create_with(path, &CreateOptions::new(), &options)?;
    let count = file.new_dataset::<i64>("count").shape([0]).resizable().chunks([256]).create()?;
    let spectra = file.new_dataset::<f64>("spectra").shape([0, WIDTH]).max_shape([None, Some(WIDTH)]);
    let spectra = spectra.chunks([32, WIDTH]).shuffle().deflate(4).create()?;
    let table =
        file.new_dataset::<i32>("table").shape([0, 1]).resizable().chunks([64, 8]).fill_value(-1).create()?;
    let time = file.new_dataset::<f64>("time").shape([0]).resizable().chunks([512]).create()?;
    file.start_swmr()?;
    let begin = Instant::now();
    for row in 0..rows {
        count.append([i64::try_from(row).unwrap()])?;
        let spectrum: Vec<f64> = (row * WIDTH..(row + 1) * WIDTH).map(|x| x as f64).collect();
        spectra.append(ndarray::Array2::from_shape_vec((1, WIDTH as usize), spectrum).unwrap())?;
        table.resize([row + 1, columns(row)])?;
        let block = Block { start: vec![row, 0], size: vec![1, columns(row)] };
        let same = vec![row as i32; columns(row) as usize];
        table.write_selection(&Selection::from_block(&block), &same)?;
        time.append([seconds()])?;
        file.flush()?;
        let due = Duration::from_secs_f64((row + 1) as f64 / rate);
        thread::sleep(due.saturating_sub(begin.elapsed()));
    }
    file.close()
}

/// Checks rows `from..to` of the four datasets; returns how late each of them was seen, in seconds.
fn check(file: &File, from: u64, to: u64, seen: f64) -> h5::Result<Vec<f64>> {
    let rows =
        |columns: u64| Selection::from_block(&Block { start: vec![from, 0], size: vec![to - from, columns] });
    let line = Selection::from_block(&Block { start: vec![from], size: vec![to - from] });
    let count: Vec<i64> = file.dataset("count")?.read_selection(&line)?;
    assert!(count.iter().copied().eq(from as i64..to as i64), "count {from}..{to}: {count:?}");
    let spectra: Vec<f64> = file.dataset("spectra")?.read_selection(&rows(WIDTH))?;
    assert!(spectra.iter().copied().eq((from * WIDTH..to * WIDTH).map(|x| x as f64)), "spectra {from}..{to}");
    let table: Vec<i32> = file.dataset("table")?.read_selection(&rows(1))?;
    assert!(table.iter().copied().eq(from as i32..to as i32), "table {from}..{to}: {table:?}");
    let last = Selection::from_block(&Block { start: vec![to - 1, 0], size: vec![1, columns(to - 1)] });
    let last: Vec<i32> = file.dataset("table")?.read_selection(&last)?;
    assert!(last.iter().all(|&x| x == to as i32 - 1), "row {to} of the table: {last:?}");
    let time: Vec<f64> = file.dataset("time")?.read_selection(&line)?;
    Ok(time.iter().map(|&written| seen - written).collect())
}

fn read(path: &str, rows: u64) -> h5::Result<()> {
    let file = File::open_live(path)?;
    let datasets = ["count", "spectra", "table", "time"].map(|name| file.dataset(name).unwrap());
    let (mut from, mut looks, mut late, mut too_late) = (0_u64, 0_u64, Vec::new(), 0);
    while from < rows {
        for dataset in &datasets {
            dataset.refresh()?;
        }
        let shapes = datasets.iter().map(|dataset| dataset.shape().map(|shape| shape[0]));
        let to = shapes.collect::<h5::Result<Vec<u64>>>()?.into_iter().min().unwrap_or(0);
        assert!(to >= from, "{to} rows after {from}");
        if to > from {
            let rows = check(&file, from, to, seconds())?;
            late.push(rows.iter().copied().fold(0.0, f64::max));
            too_late += rows.iter().filter(|&&late| late > LATE_SECONDS).count();
            from = to;
        }
        looks += 1;
        thread::sleep(Duration::from_millis(5));
    }
    late.sort_by(f64::total_cmp);
    let at = |part: f64| late[((late.len() - 1) as f64 * part) as usize] * 1e3;
    println!(
        r#"{{"rows": {from}, "looks": {looks}, "too_late": {too_late}, "late_ms": {{"median": {:.1}, "p99": {:.1}, "max": {:.1}}}}}"#,
        at(0.5),
        at(0.99),
        at(1.0)
    );
    Ok(())
}

fn main() -> h5::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["write", path, rows, rate] => write(path, rows.parse().unwrap(), rate.parse().unwrap()),
        ["read", path, rows] => read(path, rows.parse().unwrap()),
        _ => Err(h5::Error::usage("live write FILE ROWS RATE | live read FILE ROWS")),
    }
}
