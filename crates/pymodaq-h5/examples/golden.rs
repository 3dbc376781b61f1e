//! Writes the files that PyMoDAQ's checker compares with its own: `golden DIRECTORY [CASE ...]`, each in both flavours;
//! those that are written for readers at the same time in h5py's.

#[path = "../tests/support/mod.rs"]
mod support;

use pymodaq_h5::Flavour;
use support::golden;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let directory = arguments.next().ok_or("golden DIRECTORY [CASE ...]")?;
    let asked: Vec<String> = arguments.collect();
    let registry = support::native();
    for case in golden::CASES.iter().filter(|case| asked.is_empty() || asked.iter().any(|a| a == *case)) {
        for flavour in [Flavour::H5py, Flavour::PyTables] {
            let location = format!("{directory}/{case}.{}.h5", flavour.name());
            golden::write(case, &registry, &location, flavour)?.close_file()?;
        }
    }
    let swmr = support::swmr();
    for case in golden::SWMR_CASES.iter().filter(|case| asked.is_empty() || asked.iter().any(|a| a == *case))
    {
        golden::write_swmr(case, &swmr, &format!("{directory}/{case}.h5py.h5"))?.close_file()?;
    }
    Ok(())
}
