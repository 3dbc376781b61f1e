//! `H5SaverBase` and `H5Saver`: a saver with settings, which names its files by the date.

mod init;
mod paths;
mod settings;
mod signals;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::Registry;
use h5_types::{Error, Result};
use pymodaq_data::{Parameter, PyValue, SaveType, Scalar};

use crate::backend::Flavour;
use crate::error::IntoH5;
use crate::node::GROUP;
use crate::saver::{H5SaverLowLevel, number_of};

pub use init::BaseOptions;
pub use paths::FilePaths;
pub use signals::{Connection, H5SaverSignal};

use signals::Signals;

/// A saver with PyMoDAQ's settings, which says itself where its files go.
///
/// Files of scans are `<base path>/2026/20260102/Dataset_20260102_000.h5`, those of other modules
/// `<base path>/2026/20260102/Scan_20260102_03_04_05.h5`. A name is taken in one step, so that two savers never share a file, within a
/// second and between programs. Dated folders are of the local file system; [`BaseOptions::file`] names a file anywhere.
///
/// It is an [`H5SaverLowLevel`] with more verbs, and as cheap to clone.
#[derive(Debug, Clone)]
pub struct H5SaverBase {
    low_level: H5SaverLowLevel,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    signals: Signals,
}

#[derive(Debug)]
struct State {
    settings: Parameter,
    /// Whether the file was chosen by the user, so that new scans go on in it.
    file_loaded: bool,
    /// The name that the next scan has, unless none is known yet.
    current_scan_name: Option<String>,
}

impl H5SaverBase {
    /// A saver without a file, whose files go below a folder. [`H5SaverBase::init_file`] gives it one.
    ///
    /// # Errors
    /// `Usage` if the path is not text.
    pub fn new(
        registry: &Registry,
        flavour: Flavour,
        save_type: SaveType,
        base_path: impl AsRef<Path>,
    ) -> Result<Self> {
        let low_level = H5SaverLowLevel::new(registry, flavour, save_type);
        let base_path = text_of(base_path.as_ref())?;
        let settings = settings::tree(save_type, flavour, &base_path)?;
        low_level.set_settings(settings.clone());
        let state = State { settings, file_loaded: false, current_scan_name: None };
        let shared = Shared { state: Mutex::new(state), signals: Signals::default() };
        Ok(Self { low_level, shared: Arc::new(shared) })
    }

    /// The saver below.
    pub fn low_level(&self) -> &H5SaverLowLevel {
        &self.low_level
    }

    /// All settings. The password is only in memory: no file gets it.
    pub fn settings(&self) -> Parameter {
        self.state().settings.clone()
    }

    /// The value of a setting, by the names on the way to it: `["data_format", "fill_value"]`.
    ///
    /// # Errors
    /// `NotFound` if there is none; `Usage` if its text is no value of its type.
    pub fn setting(&self, path: &[&str]) -> Result<PyValue> {
        self.state().settings.child(path).and_then(Parameter::value).map_err(IntoH5::usage)
    }

    /// Changes a setting, which takes effect at once:
    ///
    /// | setting | effect |
    /// | --- | --- |
    /// | `base_path` | the folder is made |
    /// | `current_h5_file` | that file is opened in the place of the one that is open |
    /// | `data_format`, `compression_options` | arrays are compressed from now on |
    /// | `data_format`, `fill_value` | elements of scans that are not visited hold it |
    /// | `backend`, `swmr_options`, `flush_interval` | the file is flushed after so many saves |
    /// | `save_2D`, `save_raw_only` | module savers save or leave out such data |
    ///
    /// # Errors
    /// `NotFound` if there is no such setting, `Usage` for a value of another type, `Unsupported` for single-writer access and for another
    /// layout than the saver was made with; those of opening a file. The setting stays as it was then.
    pub fn set_setting(&self, path: &[&str], value: impl Into<PyValue>) -> Result<()> {
        let value = value.into();
        let mut changed = self.settings();
        changed
            .child_mut(path)
            .and_then(|setting| setting.set_value(value.clone()))
            .map_err(IntoH5::usage)?;
        self.take_effect(path, &value, &changed)?;
        self.update(|settings| settings.child_mut(path)?.set_value(value.clone()))?;
        let path = path.iter().map(|&name| name.to_owned()).collect();
        self.shared.signals.emit(&H5SaverSignal::SettingChanged(path, value));
        Ok(())
    }

    fn take_effect(&self, path: &[&str], value: &PyValue, settings: &Parameter) -> Result<()> {
        match path {
            ["base_path"] => {
                let folder = value.as_str().unwrap_or_default();
                std::fs::create_dir_all(folder).map_err(|error| Error::from(error).with_path(folder))
            }
            ["current_h5_file"] => match value.as_str().filter(|path| !path.is_empty()) {
                Some(file) if Path::new(file) != self.low_level.file_path() => self.load_file(file),
                _ => Ok(()),
            },
            ["data_format", "compression_options", _] => {
                let option = |name| {
                    let options = settings.child(&["data_format", "compression_options", name]);
                    options.and_then(Parameter::value).map_err(IntoH5::usage)
                };
                let (library, level) = (option("h5comp_library")?, option("h5comp_level")?);
                let level = level.as_int().and_then(|level| u8::try_from(level).ok()).unwrap_or(u8::MAX);
                self.low_level.define_compression(library.as_str().unwrap_or_default(), level)
            }
            ["data_format", "fill_value"] => {
                self.low_level.set_fill_value(Scalar::Float(value.as_f64().unwrap_or(f64::NAN)));
                Ok(())
            }
            ["backend", "swmr_options", "flush_interval"] => {
                let saves = value.as_usize().and_then(|saves| u64::try_from(saves).ok());
                let saves = saves.ok_or_else(|| Error::usage("a flush interval below zero"))?;
                self.low_level.set_swmr_flush_interval(saves);
                Ok(())
            }
            ["backend", "swmr_options", "enable_swmr"] if value.as_bool() == Some(true) => {
                self.low_level.enable_swmr()
            }
            ["backend", "backend_type"] if value.as_str() != Some(self.low_level.backend()) => {
                let message = "another layout: it is chosen when the saver is made";
                Err(Error::unsupported(message))
            }
            _ => Ok(()),
        }
    }

    /// Changes settings and what module savers see of them.
    fn update(&self, change: impl FnOnce(&mut Parameter) -> pymodaq_data::Result<()>) -> Result<()> {
        let mut shown = {
            let mut state = self.state();
            change(&mut state.settings).map_err(IntoH5::usage)?;
            state.settings.clone()
        };
        if let Ok(password) = shown.child_mut(&settings::PASSWORD) {
            password.set_text("");
        }
        self.low_level.set_settings(shown);
        Ok(())
    }

    /// The last scan of the file; `None` if there is none.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_last_scan(&self) -> Result<Option<GROUP>> {
        self.low_level.get_last_group(self.low_level.raw_group()?, "scan")
    }

    /// The scans of the file, in order of their names.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_scan_groups(&self) -> Result<Vec<GROUP>> {
        self.low_level.get_groups(self.low_level.raw_group()?, "scan")
    }

    /// The number of the last scan; 0 if there is none, as in Python.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_scan_index(&self) -> Result<u32> {
        let last = self.get_last_scan()?;
        Ok(last.and_then(|scan| number_of(scan.name(), "Scan")).unwrap_or(0))
    }

    /// The name that the next scan has; `None` before the first file.
    pub fn current_scan_name(&self) -> Option<String> {
        self.state().current_scan_name.clone()
    }

    /// Copies all of the file to a new one.
    ///
    /// # Errors
    /// As [`H5Backend::save_file_as`](crate::H5Backend::save_file_as).
    pub fn save_file(&self, file: impl AsRef<std::ffi::OsStr>) -> Result<()> {
        self.low_level.save_file_as(file)
    }

    /// Tells the user something: see [`H5SaverSignal::Status`].
    pub fn update_status(&self, status: impl Into<String>) {
        self.shared.signals.emit(&H5SaverSignal::Status(status.into()));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // The state holds nothing that a panic could leave half done.
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Deref for H5SaverBase {
    type Target = H5SaverLowLevel;

    fn deref(&self) -> &H5SaverLowLevel {
        &self.low_level
    }
}

/// An [`H5SaverBase`] that tells what happens: Qt's signals, as callbacks and as a channel.
///
/// A callback runs in the thread that causes the signal, with nothing locked.
#[derive(Debug, Clone)]
pub struct H5Saver {
    base: H5SaverBase,
}

impl H5Saver {
    /// A saver without a file: see [`H5SaverBase::new`].
    ///
    /// # Errors
    /// As there.
    pub fn new(
        registry: &Registry,
        flavour: Flavour,
        save_type: SaveType,
        base_path: impl AsRef<Path>,
    ) -> Result<Self> {
        Ok(Self { base: H5SaverBase::new(registry, flavour, save_type, base_path)? })
    }

    /// The saver below.
    pub fn base(&self) -> &H5SaverBase {
        &self.base
    }

    /// Calls a function at each signal from now on.
    pub fn connect(&self, callback: impl Fn(&H5SaverSignal) + Send + Sync + 'static) -> Connection {
        self.base.shared.signals.connect(callback)
    }

    /// Calls a function no longer; false if it was disconnected before.
    pub fn disconnect(&self, connection: Connection) -> bool {
        self.base.shared.signals.disconnect(connection)
    }

    /// All signals from now on, to be received in any thread. Dropping the receiver ends it.
    pub fn channel(&self) -> Receiver<H5SaverSignal> {
        self.base.shared.signals.channel()
    }

    /// The user asks for a new file: tells so, and leaves the rest to who listens.
    pub fn new_file(&self) {
        self.base.shared.signals.emit(&H5SaverSignal::NewFile);
    }

    /// Closes the file.
    ///
    /// # Errors
    /// As [`H5Backend::close_file`](crate::H5Backend::close_file).
    pub fn close(&self) -> Result<()> {
        self.base.close_file()
    }
}

impl Deref for H5Saver {
    type Target = H5SaverBase;

    fn deref(&self) -> &H5SaverBase {
        &self.base
    }
}

/// A path as settings hold it.
fn text_of(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::usage(format!("a path that is not text: {}", PathBuf::from(path).display())))
}
