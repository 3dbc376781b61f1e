//! `h5 demo`.

mod measure;
mod show;
mod verify;

use std::ffi::OsString;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::args::GlobalArgs;
use crate::failure::{Exit, Failure, Outcome};
use crate::interrupt;
use crate::location::Location;
use crate::out::{Out, Role};

/// Scan a simulated sample, save it as PyMoDAQ does, and show it
///
/// Two motors move a sample over a grid while a photodiode, a spectrometer and a camera take data, with noise. Each position is saved
/// as it is measured, and survives whatever happens to the program from then on. The file is then opened again, every value compared
/// with what was measured, and shown: the tree, the settings, the map, the brightest position. PyMoDAQ reads the file, and may go on in it.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 demo
  h5 demo scan.h5

Exit status: 0 if every value is right, else 1.")]
pub(crate) struct DemoArgs {
    /// Keep the scan in FILE, to try other commands on it
    #[arg(value_name = "FILE")]
    pub(crate) file: Option<OsString>,

    /// Replace a file that is there
    #[arg(long, requires = "file")]
    pub(crate) force: bool,
}

/// The group of the scan.
const SCAN: &str = "/RawData/Scan000";

pub(crate) fn run(args: &DemoArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let target = Target::of(args)?;
    interrupt::catch();
    let file = Location { file: target.path.clone(), path: SCAN.into(), scheme: None };
    if !measure::scan(&file, global)? {
        return Ok(Exit::Interrupted);
    }
    let shown = Location { file: target.shown.clone().into(), path: SCAN.into(), scheme: None };
    let exit = verify::and_show(&file, &shown, global, out)?;
    where_next(args, &shown, out)?;
    Ok(exit)
}

/// Where the scan is saved.
struct Target {
    path: PathBuf,
    /// What it is called in what is printed.
    shown: OsString,
    /// Whether it is removed at the end.
    temporary: bool,
}

impl Target {
    fn of(args: &DemoArgs) -> Outcome<Self> {
        let Some(file) = &args.file else {
            let name = format!("h5-demo-{}.h5", std::process::id());
            return Ok(Self {
                path: std::env::temp_dir().join(name),
                shown: "scan.h5".into(),
                temporary: true,
            });
        };
        let name = Location { file: file.into(), path: "/".into(), scheme: None }.file_text();
        let extension = Path::new(file).extension().unwrap_or_default().to_string_lossy();
        if !extension.contains("h5") {
            return Err(Failure::usage(format!("{name}: the name of a scan's file ends in .h5")));
        }
        if Path::new(file).exists() && !args.force {
            return Err(Failure::usage(format!("{name}: there already; --force replaces it")));
        }
        let path =
            std::path::absolute(file).map_err(|error| Failure::File { file: name, error: error.into() })?;
        Ok(Self { path, shown: file.clone(), temporary: false })
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if self.temporary {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn heading(text: &str, out: &mut Out) -> std::io::Result<()> {
    writeln!(out, "\n{}", out.paint.text(Role::Heading, text))
}

fn where_next(args: &DemoArgs, shown: &Location, out: &mut Out) -> Outcome<()> {
    heading("Where to look next", out)?;
    let file = shown.file_text();
    if args.file.is_none() {
        writeln!(out, "  h5 demo {file}")?;
        writeln!(out, "      keeps the scan, for what follows")?;
    }
    for (command, what) in [
        (format!("pymodaq ls {file}"), "its data, with shapes, units and axes"),
        (format!("pymodaq show {file}::{SCAN}/Detector001"), "settings of the spectrometer"),
        (format!("pymodaq export {file}::{SCAN}/Detector000/Data0D/CH00 map.csv"), "the map as a table"),
        (format!("get '{file}::{SCAN}/Detector002/Data2D/CH00/Data00[3,8]'"), "one frame of the camera"),
        (format!("check {file}"), "reads everything and verifies every checksum"),
    ] {
        writeln!(out, "  h5 {command}\n      {what}")?;
    }
    writeln!(out, "  PyMoDAQ's h5browser opens it too.")?;
    Ok(())
}
