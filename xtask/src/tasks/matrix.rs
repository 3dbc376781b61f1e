//! Files of every type and storage that ours wrote, read back by other programs.

use std::fs;

use super::python;
use crate::command::{self, exists};
use crate::context::Context;
use crate::report::Outcome;

/// Debian's package of h5dump, which comes in no Python package.
const H5DUMP: &str = "hdf5-tools";

/// Writes the matrix, then has h5py, PyTables, netCDF4, pyfive and h5dump read it. Without h5dump the others do; not so in CI.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    if !exists("h5dump") && context.is_strict() {
        command::install(&[H5DUMP], &context.root)?;
    }
    let directory = context.target.join("written-matrix");
    let _ = fs::remove_dir_all(&directory);
    let arguments =
        ["run", "--quiet", "--release", "--package", "h5-testkit", "--example", "written_matrix", "--"];
    command::run(command::command("cargo", &arguments, &context.root).arg(&directory))?;
    let script = context.root.join("tests/matrix/check.py");
    let full: &[&str] = if context.options.full { &["--full"] } else { &[] };
    command::run(command::command(python, &[], &context.root).arg(script).arg(&directory).args(full))?;
    Ok(Outcome::passed())
}
