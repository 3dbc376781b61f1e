//! Writes one file for each version bound and datatype, with a dataset for each way to store it, and a list of them: what other programs
//! then read back (`tests/matrix/check.py`).
//!
//! `cargo run --release -p h5-testkit --example written_matrix -- DIRECTORY [BOUND...]`

mod storage;

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use h5::{CreateOptions, File, LibverBounds, NewDataset, OpenOptions, Selection, Value};

use self::storage::{SHAPE, Storage};
use h5_testkit::samples::{self, Kind, ReferenceTarget};

const BOUNDS: [(LibverBounds, &str); 4] = [
    (LibverBounds::Earliest, "earliest"),
    (LibverBounds::V18, "v18"),
    (LibverBounds::V110, "v110"),
    (LibverBounds::V200, "v200"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let directory =
        std::env::args_os().nth(1).map(PathBuf::from).ok_or("the directory to write to is missing")?;
    std::fs::create_dir_all(&directory)?;
    let only: Vec<String> = std::env::args().skip(2).collect();
    let mut list = String::new();
    let mut count = 0_usize;
    for (bounds, name) in
        BOUNDS.into_iter().filter(|(_, name)| only.is_empty() || only.iter().any(|o| o == name))
    {
        for kind in samples::all() {
            if kind.needs_v200 && bounds != LibverBounds::V200 {
                continue;
            }
            count = count.saturating_add(write_file(&directory, bounds, name, &kind, &mut list)?);
        }
    }
    std::fs::write(directory.join("list.tsv"), list)?;
    println!("{count} datasets in {}", directory.display());
    Ok(())
}

/// Writes one file; returns how many datasets it has.
fn write_file(
    directory: &Path,
    bounds: LibverBounds,
    bounds_name: &str,
    kind: &Kind,
    list: &mut String,
) -> Result<usize, Box<dyn Error>> {
    let file_name = format!("{bounds_name}_{}.h5", kind.name);
    let options = OpenOptions::new().bounds(bounds).access(h5::AccessPolicy::SameDir);
    let file = File::create_with(directory.join(&file_name), &CreateOptions::new(), &options)?;
    let root = file.root()?;
    let target = root.create_group("target")?;
    let target = ReferenceTarget(target.object().token());
    let mut count = 0_usize;
    for storage in storage::all(bounds, kind) {
        write_dataset(&file, kind, &storage, &target)
            .map_err(|error| format!("{file_name} {}: {error}", storage.name))?;
        let plugin = if storage.needs_plugin { "plugin" } else { "builtin" };
        writeln!(list, "{file_name}\t{}\t{}\t{plugin}", storage.name, kind.name)?;
        count = count.saturating_add(1);
    }
    file.close()?;
    Ok(count)
}

/// Writes a dataset in two parts, so that most chunks are written twice.
fn write_dataset(file: &File, kind: &Kind, storage: &Storage, target: &ReferenceTarget) -> h5::Result<()> {
    let mut new = NewDataset::new(kind.datatype.clone(), storage.dataspace.clone());
    new.layout = storage.layout.clone();
    new.filters.clone_from(&storage.filters);
    new.allocation_time = storage.allocation_time;
    if !storage.external.is_empty() {
        new.external = vec![h5::ExternalFile {
            name: format!("{}_{}.raw", kind.name, storage.external).into(),
            offset_bytes: 16,
            size_bytes: None,
        }];
    }
    let dataset = file.root()?.create_dataset_from(storage.name.as_str(), &new)?;
    let [rows, columns] = SHAPE;
    let values: Vec<Value> = (0..rows.saturating_mul(columns)).map(|i| (kind.value)(i, target)).collect();
    let row = usize::try_from(columns).unwrap_or(usize::MAX);
    let block = |start: u64, rows: u64| {
        Selection::from_block(&h5::Block { start: vec![start, 0], size: vec![rows, columns] })
    };
    dataset.write_values(&block(0, 3), values.iter().take(row.saturating_mul(3)))?;
    dataset.write_values(&block(3, rows.saturating_sub(3)), values.iter().skip(row.saturating_mul(3)))
}
