//! Opening the file that the settings or the caller name.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};

use h5_types::{Error, ErrorKind, Result};
use jiff::civil::Date;
use pymodaq_data::{Attributes, PyValue, SaveType};

use super::paths::{self, FilePaths};
use super::{H5SaverBase, H5SaverSignal};
use crate::backend::FileMode;
use crate::saver::InitOptions;

/// How [`H5SaverBase::init_file`] chooses and opens a file.
#[derive(Debug, Clone)]
#[must_use]
pub struct BaseOptions {
    update_h5: bool,
    file: Option<OsString>,
    metadata: Attributes,
    mode: FileMode,
}

impl BaseOptions {
    /// The defaults: the last file of today, which is opened to go on in it, or a new one if there is none.
    pub fn new() -> Self {
        Self { update_h5: false, file: None, metadata: Attributes::new(), mode: FileMode::Append }
    }

    /// Makes a new file, of the next number. A file named by [`BaseOptions::file`] is then put in the place of one that is there.
    pub fn update_h5(mut self, update_h5: bool) -> Self {
        self.update_h5 = update_h5;
        self
    }

    /// This file, wherever it is (`addhoc_file_path` in Python).
    pub fn file(mut self, file: impl AsRef<OsStr>) -> Self {
        self.file = Some(file.as_ref().to_owned());
        self
    }

    /// Attributes of the raw group of a new file.
    pub fn metadata(mut self, metadata: Attributes) -> Self {
        self.metadata = metadata;
        self
    }

    /// What a file that is there is opened for.
    pub fn mode(mut self, mode: FileMode) -> Self {
        self.mode = mode;
        self
    }
}

impl Default for BaseOptions {
    fn default() -> Self {
        Self::new()
    }
}

/// Where a file goes.
struct Chosen {
    file: OsString,
    /// Nobody has written it yet.
    is_new: bool,
}

impl H5SaverBase {
    /// Opens a file: the one that is named, or else one of today's folder.
    ///
    /// Answers whether the file is new. (Python answers whether a new one was asked for.)
    ///
    /// # Errors
    /// `Usage` if the settings ask for a name of the user's and none is given; those of making folders and of opening.
    pub fn init_file(&self, options: &BaseOptions) -> Result<bool> {
        let chosen = match &options.file {
            Some(file) => Chosen { file: file.clone(), is_new: options.update_h5 },
            None => self.choose_file(options.update_h5)?,
        };
        let before = self.low_level.file_path();
        let init =
            InitOptions::new().new_file(chosen.is_new).mode(options.mode).metadata(options.metadata.clone());
        let is_new = self.low_level.init_tracking(&chosen.file, &init)?;
        let path = self.low_level.file_path();
        if options.file.is_some() {
            let next = match self.get_last_scan() {
                Ok(Some(_)) => self.get_scan_index()?.saturating_add(1),
                Ok(None) => 0,
                // A file of another program's, open for reading, has no group for scans.
                Err(error) if error.kind() == ErrorKind::NotFound => 0,
                Err(error) => return Err(error),
            };
            self.note_scan_name(&format!("Scan{next:03}"))?;
        }
        self.note("current_h5_file", &path.to_string_lossy())?;
        if path != before {
            self.shared.signals.emit(&H5SaverSignal::FileChanged(path));
        }
        Ok(is_new)
    }

    /// Opens a file that is there, to go on in it (`load_file` in Python).
    ///
    /// # Errors
    /// `Usage` if its extension does not hold `h5`; `NotFound` and others of opening.
    pub fn load_file(&self, file: impl AsRef<OsStr>) -> Result<()> {
        let path = Path::new(file.as_ref());
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        if !extension.contains("h5") {
            return Err(Error::usage("expected a file with extension .h5").with_path(path.to_string_lossy()));
        }
        self.init_file(&BaseOptions::new().file(file.as_ref()).mode(FileMode::ReadWrite))?;
        self.state().file_loaded = true;
        Ok(())
    }

    fn choose_file(&self, update_h5: bool) -> Result<Chosen> {
        if self.flag("custom_name")? {
            let message = "the setting custom_name asks for a name of yours: give a file";
            return Err(Error::usage(message));
        }
        let is_scan = self.low_level.save_type() == SaveType::Scan;
        let is_first = self.state().current_scan_name.is_none();
        let paths = self.update_file_paths(update_h5)?;
        self.note_scan_name(&paths.current_scan_name)?;
        let folder = paths.dataset_path.parent().unwrap_or(Path::new("")).to_owned();
        let moment = paths::now();
        let file = if !is_scan {
            paths::reserve_moment(&folder, &self.text("base_name")?, moment)?
        } else if update_h5 || is_first {
            let first = paths::number_of_dataset(&paths.dataset_path).unwrap_or(0);
            let date = date_of(&paths.dataset_path).unwrap_or(moment.date());
            paths::reserve_dataset(&folder, date, first)?
        } else {
            let file = paths.dataset_path.with_extension("h5");
            return Ok(Chosen { is_new: !file.exists(), file: file.into() });
        };
        Ok(Chosen { file: file.into(), is_new: true })
    }

    /// Where the next file goes, without making it: the last dataset of the day, or with `update_h5`, and before the first file, the one
    /// behind it. Folders of year and day are made.
    ///
    /// # Errors
    /// Those of making and reading folders.
    pub fn update_file_paths(&self, update_h5: bool) -> Result<FilePaths> {
        let (loaded, is_first) = {
            let mut state = self.state();
            if update_h5 || state.current_scan_name.is_none() {
                state.file_loaded = false;
            }
            (state.file_loaded, state.current_scan_name.is_none())
        };
        let new_file = update_h5 || is_first;
        let scan = if new_file || !self.low_level.isopen() { 0 } else { self.get_scan_index()? };
        let (mut date, mut number) = (paths::now().date(), None);
        if loaded && self.low_level.isopen() {
            number = paths::number_of_dataset(&self.low_level.file_path());
            let noted = self.low_level.root()?.get_attr("date")?;
            date =
                noted.as_ref().and_then(PyValue::as_str).and_then(|text| text.parse().ok()).unwrap_or(date);
        }
        let base = PathBuf::from(self.text("base_path")?);
        let paths = set_current_scan_path(&base, &self.text("base_name")?, new_file, scan, date, number)?;
        self.note("current_scan_path", &paths.dataset_path.to_string_lossy())?;
        Ok(paths)
    }

    /// The folder called `part`: one that the path leads through, or one below it; if there is none, the folder that would be it, which is
    /// made with `create`. Without `increment` the path itself stands for one that is not there.
    ///
    /// # Errors
    /// Those of making a folder.
    pub fn find_part_in_path_and_subpath(
        base_dir: &Path,
        part: &str,
        create: bool,
        increment: bool,
    ) -> Result<PathBuf> {
        paths::find_part(base_dir, part, create, increment)
    }

    fn flag(&self, name: &str) -> Result<bool> {
        Ok(self.setting(&[name])?.as_bool().unwrap_or(false))
    }

    fn text(&self, name: &str) -> Result<String> {
        Ok(self.setting(&[name])?.as_str().unwrap_or_default().to_owned())
    }

    /// Sets a setting that tells what is, and asks for nothing.
    fn note(&self, name: &str, text: &str) -> Result<()> {
        self.update(|settings| settings.child_mut(&[name])?.set_value(text))
    }

    fn note_scan_name(&self, name: &str) -> Result<()> {
        self.state().current_scan_name = Some(name.to_owned());
        self.note("current_scan_name", name)
    }
}

/// The paths of a scan of a day: of the dataset of a number, or the last one of the day, or with `update_h5` the one behind it.
fn set_current_scan_path(
    base_dir: &Path,
    base_name: &str,
    update_h5: bool,
    next_scan_index: u32,
    date: Date,
    dataset: Option<u32>,
) -> Result<FilePaths> {
    let day = paths::day_folder(base_dir, date)?;
    let number = match (dataset, paths::last_dataset(&day, date)?) {
        (Some(number), _) => number,
        (None, None) => 0,
        (None, Some(last)) if update_h5 => last.saturating_add(1),
        (None, Some(last)) => last,
    };
    let dataset_path = day.join(paths::dataset_name(date, number));
    Ok(FilePaths { dataset_path, current_scan_name: format!("{base_name}{next_scan_index:03}") })
}

/// The day in the name of a dataset.
fn date_of(dataset: &Path) -> Option<Date> {
    let stem = dataset.file_stem()?.to_str()?;
    Date::strptime("%Y%m%d", stem.split('_').nth(1)?).ok()
}
