//! The Python that the tests use: a virtual environment in the checkout, from pinned packages.

use std::fs;
use std::path::PathBuf;

use crate::command::{capture, command, run};
use crate::context::Context;

/// Where the pinned packages are listed.
const REQUIREMENTS: &str = "tests/requirements.txt";

/// The interpreter of `.venv`, which is made or remade if it does not hold what the list says.
pub(crate) fn environment(context: &Context) -> Result<PathBuf, String> {
    environment_in(context, ".venv", REQUIREMENTS)
}

/// The same of another directory and list.
pub(crate) fn environment_in(context: &Context, place: &str, list: &str) -> Result<PathBuf, String> {
    let place = context.root.join(place);
    let python = if cfg!(windows) { place.join("Scripts/python.exe") } else { place.join("bin/python") };
    let wanted = fs::read(context.root.join(list)).map_err(|error| format!("{list}: {error}"))?;
    // The stamp is written last, so that an interrupted installation is begun anew.
    let stamp = place.join("installed-requirements.txt");
    if python.is_file() && fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    println!("making {} from {list}: some 60 MB to fetch, about a minute", place.display());
    let base = base_python(context)?;
    let path = place.to_string_lossy();
    run(&mut command(&base, &["-m", "venv", "--clear", &path], &context.root)).map_err(|error| {
        format!("{error}. Python's venv module is needed (Debian: apt-get install python3-venv)")
    })?;
    // Wheels only: what has none for this platform would otherwise be compiled from C for a long time.
    let install = ["-m", "pip", "install", "--quiet", "--only-binary", ":all:", "--requirement", list];
    run(&mut command(&python, &install, &context.root)).map_err(|error| {
        format!("{error}. The packages of {list} come from PyPI: is it reachable, is Python 3.11 or newer?")
    })?;
    fs::write(&stamp, wanted).map_err(|error| format!("{}: {error}", stamp.display()))?;
    Ok(python)
}

/// An interpreter that is new enough for the pinned packages.
pub(crate) fn base_python(context: &Context) -> Result<String, String> {
    let test = "import sys; sys.exit(sys.version_info < (3, 11))";
    for name in ["python3", "python"] {
        if capture(&mut command(name, &["-c", test], &context.root)).is_ok() {
            return Ok(name.to_owned());
        }
    }
    Err("Python 3.11 or newer is needed (Debian: apt-get install python3 python3-venv)".to_owned())
}
