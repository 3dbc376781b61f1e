//! Each kind of sync under `Durability::Full`, taken away: some power cut must then leave a wrong file.

use h5_testkit::crash::{Script, State, power_cuts, torn_power_cuts};
use h5_testkit::vfd::{Operation, Place};
use h5_types::{Durability, LibverBounds, Result};

use crate::power::{SECTOR_BYTES, recurring};
use crate::recorded::{Recorded, options, record, workload};

/// What a sync comes after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// Bytes that the last commit does not use, and the file's length.
    Fresh,
    /// The end-of-file address, in the superblock.
    End,
    /// A level of stable blocks.
    Stable,
    /// The record beside the file.
    Record,
    /// That record's end.
    Cut,
}

/// The same operations without one kind of sync.
fn without(operations: &[Operation], kind: After) -> Vec<Operation> {
    let (mut kept, mut last, mut published_end, mut end) = (Vec::new(), None, 0_u64, 0_u64);
    let mut beside = None;
    for operation in operations {
        match operation {
            Operation::Write { on: Place::Companion, .. } => beside = Some(After::Record),
            Operation::SetLength { on: Place::Companion, .. } => beside = Some(After::Cut),
            Operation::Write { offset, bytes, .. } => {
                end = end.max(offset + bytes.len() as u64);
                // Within the commit the first write to the superblock is that of the end.
                last = Some(match offset {
                    0 => After::End,
                    _ if *offset >= published_end => After::Fresh,
                    _ => After::Stable,
                });
            }
            Operation::SetLength { length, .. } => {
                end = *length;
                last = Some(After::Fresh);
            }
            Operation::Mark(_) => published_end = end,
            Operation::Sync(Place::File) if last == Some(kind) => continue,
            Operation::Sync(Place::Companion) if beside == Some(kind) => continue,
            Operation::Sync(_) => {}
        }
        kept.push(operation.clone());
    }
    kept
}

/// Wrong states, and how many there are.
fn wrong(recorded: &Recorded, kind: After) -> (usize, usize, String) {
    let (mut states, mut wrong, mut first) = (0, 0, String::new());
    let count = |state: &State<'_>| {
        states += 1;
        if let Some(why) = recorded.fault(state) {
            if wrong == 0 {
                first = why;
            }
            wrong += 1;
        }
    };
    // Whole blocks need no record.
    match kind {
        After::Record | After::Cut => torn_power_cuts(&recorded.operations, SECTOR_BYTES, count),
        _ => power_cuts(&recorded.operations, count),
    }
    (states, wrong, first)
}

fn noticed(name: &str, kind: After) {
    let (run, steps) = workload(name);
    noticed_in(name, LibverBounds::V18, kind, |script| run(script, steps / 3));
}

fn noticed_in(name: &str, bounds: LibverBounds, kind: After, run: impl FnOnce(&mut Script) -> Result<()>) {
    let options = options(bounds, Durability::Full);
    let title = format!("unsynced-{name}-{kind:?}");
    let mut recorded = record(&title, &options, bounds == LibverBounds::Earliest, run);
    let (_, with, why) = wrong(&recorded, kind);
    assert_eq!(with, 0, "with every sync: {why}");
    let syncs = recorded.operations.len();
    recorded.operations = without(&recorded.operations, kind);
    let removed = syncs - recorded.operations.len();
    let (states, without, why) = wrong(&recorded, kind);
    println!(
        "{removed} syncs after {kind:?} removed, {name}: {without} of {states} states are wrong, the first: {why}"
    );
    assert!(removed > 0 && without > 0, "{removed} syncs are removed and {without} states are wrong");
}

#[test]
fn stable_blocks_that_overtake_fresh_ones_are_noticed() {
    noticed("groups", After::Fresh);
}

#[test]
fn stable_blocks_that_overtake_the_end_are_noticed() {
    noticed("groups", After::End);
}

#[test]
fn levels_that_overtake_one_another_are_noticed() {
    noticed("moves", After::Stable);
}

#[test]
fn stable_blocks_that_overtake_their_record_are_noticed() {
    noticed_in("recurring", LibverBounds::V18, After::Record, recurring);
}

#[test]
fn stable_blocks_that_overtake_the_end_of_an_earlier_record_are_noticed() {
    noticed_in("recurring", LibverBounds::Earliest, After::Cut, recurring);
}
