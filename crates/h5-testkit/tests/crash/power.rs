//! Power cuts under `Durability::Full`: of what was written since the last sync, any part may be there.

use h5_testkit::crash::{Script, State, Value, power_cuts, torn_writes};
use h5_testkit::vfd::Operation;
use h5_types::{Durability, LibverBounds, Result};

use crate::recorded::{Recorded, full, options, record, workload};

/// A disk keeps units of so many bytes whole.
const SECTOR_BYTES: u64 = 512;

fn recorded(name: &str, bounds: LibverBounds) -> Recorded {
    let (run, steps) = workload(name);
    let steps = if full() { steps } else { steps.div_ceil(6) };
    let apart = bounds == LibverBounds::Earliest;
    let title = format!("power-{name}-{bounds:?}");
    record(&title, &options(bounds, Durability::Full), apart, |script| run(script, steps))
}

/// Judges states, counting those that are wrong.
struct Count<'r> {
    recorded: &'r Recorded,
    states: usize,
    failures: Vec<String>,
}

impl Count<'_> {
    fn state(&mut self, state: &State<'_>) {
        self.states += 1;
        if let Some(why) = self.recorded.fault(state) {
            self.failures.push(self.recorded.report(state, "h5", &why));
        }
    }

    fn finish(self, what: &str) {
        println!("{}, {what}: {} states, {} wrong", self.recorded.name, self.states, self.failures.len());
        let told = self.failures.iter().take(3).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.failures.is_empty(), "{} of {} states\n{told}", self.failures.len(), self.states);
    }
}

fn cut(name: &str, bounds: LibverBounds) {
    let recorded = recorded(name, bounds);
    let mut count = Count { recorded: &recorded, states: 0, failures: Vec::new() };
    power_cuts(&recorded.operations, |state| count.state(state));
    count.finish("subsets");
    let mut count = Count { recorded: &recorded, states: 0, failures: Vec::new() };
    let mut larger = Count { recorded: &recorded, states: 0, failures: Vec::new() };
    torn_writes(&recorded.operations, SECTOR_BYTES, |state| {
        let small = |length: usize| u64::try_from(length).is_ok_and(|length| length <= SECTOR_BYTES);
        match &recorded.operations[state.operation] {
            Operation::Write { bytes, .. } if small(bytes.len()) => count.state(state),
            _ => larger.state(state),
        }
    });
    count.finish("torn sectors");
    // No order saves these; the decision on the commit protocol says so.
    let Count { states, failures, .. } = larger;
    println!(
        "{}, torn writes of more than a sector: {states} states, {} wrong",
        recorded.name,
        failures.len()
    );
    if let Some(first) = failures.first() {
        println!("  the first: {first}");
    }
}

/// Texts of all lengths in a few collections of the global heap: each torn write of a tail leaves the collection whole.
#[test]
fn heap_tails_survive_torn_writes() {
    let run = |script: &mut Script| -> Result<()> {
        script.create_group("g")?;
        for step in 0..if full() { 400 } else { 150_usize } {
            let text = "t".repeat(step * 37 % 201 + if step % 10 == 0 { 600 } else { 0 });
            script.set_attribute("g", "title", Value::Text(text))?;
            script.flush()?;
        }
        Ok(())
    };
    let recorded = record("heap_tails", &options(LibverBounds::V18, Durability::Full), false, run);
    let mut count = Count { recorded: &recorded, states: 0, failures: Vec::new() };
    torn_writes(&recorded.operations, SECTOR_BYTES, |state| count.state(state));
    count.finish("torn sectors");
    let mut count = Count { recorded: &recorded, states: 0, failures: Vec::new() };
    power_cuts(&recorded.operations, |state| count.state(state));
    count.finish("subsets");
}

macro_rules! cuts {
    ($($test:ident: $name:literal, $bounds:ident;)*) => {$(
        #[test]
        fn $test() {
            cut($name, LibverBounds::$bounds);
        }
    )*};
}

cuts! {
    groups_survive_power_cuts: "groups", V18;
    appended_rows_survive_power_cuts: "append_rows", V18;
    appended_rows_in_1_10_indexes_survive_power_cuts: "append_rows", V110;
    appended_frames_survive_power_cuts: "append_frames", V18;
    scans_survive_power_cuts: "scans", V18;
    scans_in_old_files_survive_power_cuts: "scans", Earliest;
    attributes_survive_power_cuts: "attribute_edits", V18;
    dense_links_survive_power_cuts: "dense_links", V18;
    split_b_trees_survive_power_cuts: "many_chunks", V18;
    growing_arrays_survive_power_cuts: "many_chunks", V110;
    reused_space_survives_power_cuts: "delete_and_reuse", V18;
    moves_survive_power_cuts: "moves", V18;
}
