//! Files of other programs, written on the spot by h5py, PyTables and netCDF4, read by ours, and the other way round.

use super::python;
use crate::command;
use crate::context::Context;
use crate::report::Outcome;

/// Runs the Python tests of `tests/interop`.
pub(crate) fn run(context: &Context) -> Result<Outcome, String> {
    let python = match python::environment(context) {
        Ok(python) => python,
        Err(reason) => return context.missing(reason),
    };
    let directory = context.root.join("tests/interop");
    let arguments = ["-m", "unittest", "discover", "--pattern", "test_*.py"];
    let mut tests = command::command(python, &arguments, &directory);
    command::run(tests.env("H5_PROGRAM", context.h5_program()).env("HDF5_USE_FILE_LOCKING", "FALSE"))?;
    Ok(Outcome::passed())
}
