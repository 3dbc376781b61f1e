//! Dated folders and names of files: `2026/20260102/Dataset_20260102_000.h5`.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use h5_types::{Error, ErrorKind, Result};
use jiff::Zoned;
use jiff::civil::{Date, DateTime};

/// The date and the time of files that are made now.
pub(super) fn now() -> DateTime {
    Zoned::now().datetime()
}

/// Where a scan is saved: what [`H5SaverBase::update_file_paths`](crate::H5SaverBase::update_file_paths) answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilePaths {
    /// The file without its extension, `<base>/2026/20260102/Dataset_20260102_000`. No folder of that name is made.
    pub dataset_path: PathBuf,
    /// The name of the scan, `Scan000`.
    pub current_scan_name: String,
}

/// The folder of a day below a base folder, which is made if it is not there.
///
/// A base folder that is in the folder of the year or of the day already is taken as it is.
pub(super) fn day_folder(base: &Path, date: Date) -> Result<PathBuf> {
    let year = find_part(base, &date.strftime("%Y").to_string(), true, true)?;
    find_part(&year, &day(date), true, true)
}

fn day(date: Date) -> String {
    date.strftime("%Y%m%d").to_string()
}

/// The folder called `part`: one that the path leads through, or one below it. If there is none, the folder that would be it, which is made
/// with `create`; without `increment` the path itself.
pub(super) fn find_part(base: &Path, part: &str, create: bool, increment: bool) -> Result<PathBuf> {
    let through = base.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == part));
    if let Some(folder) = through {
        return Ok(folder.to_owned());
    }
    let below = base.join(part);
    if below.is_dir() {
        return Ok(below);
    }
    let found = if increment { below } else { base.to_owned() };
    if create {
        fs::create_dir_all(&found).map_err(|error| io_error(error, &found))?;
    }
    Ok(found)
}

/// The name of the dataset of a day and a number.
pub(super) fn dataset_name(date: Date, number: u32) -> String {
    format!("Dataset_{}_{number:03}", day(date))
}

/// The highest number of a day's datasets; `None` if there are none.
pub(super) fn last_dataset(folder: &Path, date: Date) -> Result<Option<u32>> {
    let stem = format!("Dataset_{}_", day(date));
    let mut last = None;
    for entry in fs::read_dir(folder).map_err(|error| io_error(error, folder))? {
        let name = entry.map_err(|error| io_error(error, folder))?.file_name();
        let Some(name) = name.to_str().and_then(|name| name.strip_suffix(".h5")) else { continue };
        let number =
            name.strip_prefix(&stem).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
        last = last.max(number.and_then(|digits| digits.parse().ok()));
    }
    Ok(last)
}

/// Takes the first free dataset of a day from a number on, so that nobody else gets it.
pub(super) fn reserve_dataset(folder: &Path, date: Date, first: u32) -> Result<PathBuf> {
    reserve(folder, (first..).map(|number| dataset_name(date, number)))
}

/// Takes a file named after a moment, `Scan_20260102_03_04_05.h5`. A second one in the same second gets a number behind it.
pub(super) fn reserve_moment(folder: &Path, base_name: &str, moment: DateTime) -> Result<PathBuf> {
    let name = format!("{base_name}{}", moment.strftime("_%Y%m%d_%H_%M_%S"));
    let numbered = (1_u32..).map(|number| format!("{name}_{number:03}"));
    reserve(folder, std::iter::once(name.clone()).chain(numbered))
}

/// Makes the first file of those names that is not there yet. The system does that in one step, so that of two programs one gets it.
fn reserve(folder: &Path, stems: impl Iterator<Item = String>) -> Result<PathBuf> {
    for stem in stems {
        let path = folder.join(format!("{stem}.h5"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io_error(error, &path)),
        }
    }
    Err(Error::new(ErrorKind::AlreadyExists, "a file of every number").with_path(folder.to_string_lossy()))
}

/// The number at the end of a dataset's name.
pub(super) fn number_of_dataset(path: &Path) -> Option<u32> {
    let stem = path.file_stem()?.to_str()?;
    stem.rsplit('_').next()?.parse().ok()
}

fn io_error(error: io::Error, path: &Path) -> Error {
    Error::from(error).with_path(path.to_string_lossy())
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use jiff::civil::{Date, date};

    use super::*;

    const DAY: Date = date(2026, 1, 2);

    /// An empty folder of a test's own.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("pymodaq-h5-paths-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn folders_of_year_and_day_are_made_or_taken() {
        let base = folder("day");
        let made = day_folder(&base, DAY).unwrap();
        assert_eq!(made, base.join("2026/20260102"));
        assert!(made.is_dir());
        assert_eq!(day_folder(&base.join("2026"), DAY).unwrap(), made);
        assert_eq!(day_folder(&made.join("deeper"), DAY).unwrap(), made);
        assert_eq!(find_part(&base, "other", false, true).unwrap(), base.join("other"));
        assert_eq!(find_part(&base, "other", false, false).unwrap(), base);
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn datasets_are_numbered_behind_the_highest() {
        let base = folder("dataset");
        assert_eq!(last_dataset(&base, DAY).unwrap(), None);
        for name in [
            "Dataset_20260102_007.h5",
            "Dataset_20260102_x.h5",
            "Dataset_20260103_009.h5",
            "Dataset_20260102_008",
        ] {
            fs::write(base.join(name), "").unwrap();
        }
        assert_eq!(last_dataset(&base, DAY).unwrap(), Some(7));
        assert_eq!(reserve_dataset(&base, DAY, 7).unwrap(), base.join("Dataset_20260102_008.h5"));
        assert_eq!(number_of_dataset(Path::new("/x/Dataset_20260102_1008.h5")), Some(1008));
        fs::remove_dir_all(base).unwrap();
    }

    #[test]
    fn files_of_one_second_do_not_collide() {
        let base = folder("moment");
        let moment = DAY.at(3, 4, 5, 0);
        let names: Vec<PathBuf> = (0..3).map(|_| reserve_moment(&base, "Scan", moment).unwrap()).collect();
        let expected =
            ["Scan_20260102_03_04_05.h5", "Scan_20260102_03_04_05_001.h5", "Scan_20260102_03_04_05_002.h5"];
        assert_eq!(names, expected.map(|name| base.join(name)));
        fs::remove_dir_all(base).unwrap();
    }
}
