//! Storage that fails: each operation of a workload in turn, in each way.

use std::sync::Arc;

use h5_backend::File;
use h5_native::vfd::Vfd;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_testkit::crash::workloads::Workload;
use h5_testkit::crash::{Script, judge};
use h5_testkit::vfd::{AccompaniedVfd, Fault, FaultKind, FaultyVfd};
use h5_types::{Durability, LibverBounds};

use crate::recorded::{full, options, read, workload};

/// Of a workload's operations, so many fail in the short form.
const SAMPLED: u64 = 24;

struct Sweep {
    name: &'static str,
    run: Workload,
    steps: u64,
    options: OpenOptions,
    links_apart: bool,
}

impl Sweep {
    /// Runs the workload over storage that fails once it should.
    fn run(&self, fault: Fault) -> Result<u64, String> {
        let buffer = Arc::new(AccompaniedVfd::default());
        let vfd = Arc::new(FaultyVfd::new(Arc::clone(&buffer) as Arc<dyn Vfd>, fault));
        let native = NativeFile::create_vfd(vfd.clone(), &CreateOptions::new(), &self.options);
        let native = match native {
            Ok(native) => native,
            Err(error) if fault.kind.is_harmless() || vfd.operations() <= fault.at => {
                return Err(format!("creation: {error}"));
            }
            // There is no file yet.
            Err(_) => return Ok(vfd.operations()),
        };
        let mut script = Script::new(File::from_backend(Arc::new(native)));
        let ran = (self.run)(&mut script, self.steps);
        let failed = vfd.operations() > fault.at && !fault.kind.is_harmless();
        match (failed, ran) {
            (true, Ok(())) => return Err("no error came back".to_owned()),
            (false, Err(error)) => return Err(format!("an error that was none: {error}")),
            _ => {}
        }
        if failed {
            let file = script.file();
            let later = [file.create_group("later").is_ok(), file.flush().is_ok()];
            if later.contains(&true) {
                return Err(format!("after a failure, creation and flush went on: {later:?}"));
            }
        }
        let old = script.flushed().last().unwrap().clone();
        let new = if fault.lasting { script.model().clone() } else { old.clone() };
        drop(script);
        let beside = buffer.companion_bytes();
        if !fault.lasting && beside.is_some() {
            return Err("something is left beside the file".to_owned());
        }
        let found =
            read(&buffer.to_bytes(), &beside.unwrap_or_default()).map_err(|error| error.to_string())?;
        judge(&found, &old, &new, self.links_apart)?;
        Ok(vfd.operations())
    }
}

fn sweep(name: &'static str, bounds: LibverBounds, durability: Durability) {
    let (run, steps) = workload(name);
    let steps = if full() { steps.div_ceil(3) } else { steps.div_ceil(5) };
    let (options, links_apart) = (options(bounds, durability), bounds == LibverBounds::Earliest);
    let sweep = Sweep { name, run, steps, options, links_apart };
    let never = Fault { at: u64::MAX, kind: FaultKind::Device, lasting: false };
    let operations = sweep.run(never).unwrap_or_else(|why| panic!("{name}: {why}"));
    let stride = if full() { 1 } else { operations.div_ceil(SAMPLED) | 1 };
    let (mut cases, mut failures) = (0, Vec::new());
    for at in (0..operations).step_by(stride as usize) {
        for kind in FaultKind::ALL {
            for lasting in [false, true] {
                let fault = Fault { at, kind, lasting };
                cases += 1;
                if let Err(why) = sweep.run(fault) {
                    failures.push(format!("{} {bounds:?} {durability:?} {fault:?}: {why}", sweep.name));
                }
            }
        }
    }
    println!(
        "{name} {bounds:?} {durability:?}: {operations} operations, {cases} faults, {} wrong",
        failures.len()
    );
    let told = failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
    assert!(failures.is_empty(), "{} of {cases} faults\n{told}", failures.len());
}

macro_rules! faults {
    ($($test:ident: $name:literal, $bounds:ident, $durability:ident;)*) => {$(
        #[test]
        fn $test() {
            sweep($name, LibverBounds::$bounds, Durability::$durability);
        }
    )*};
}

faults! {
    groups_survive_faults: "groups", V18, Process;
    groups_survive_faults_of_syncs: "groups", V18, Full;
    appended_rows_survive_faults: "append_rows", V18, Process;
    appended_rows_in_1_10_indexes_survive_faults: "append_rows", V110, Full;
    appended_frames_survive_faults: "append_frames", V18, Full;
    scans_survive_faults: "scans", V18, Process;
    scans_in_old_files_survive_faults: "scans", Earliest, Full;
    attributes_survive_faults: "attribute_edits", V18, Full;
    dense_links_survive_faults: "dense_links", V18, Full;
    split_b_trees_survive_faults: "many_chunks", V18, Process;
    growing_arrays_survive_faults: "many_chunks", V110, Process;
    reused_space_survives_faults: "delete_and_reuse", V18, Full;
    moves_survive_faults: "moves", V18, Full;
    large_headers_survive_faults: "large_headers", V18, Full;
    large_headers_of_old_files_survive_faults: "large_headers", Earliest, Full;
}
