//! The states in which a file can be found after a crash.

use crate::vfd::{Operation, Replay};

/// Writes between two syncs of which every subset is tried; of more, a sample.
const LARGEST_EXHAUSTED: usize = 12;
/// How many subsets are tried of more writes.
const SAMPLES: u64 = 256;

/// A file as a crash may leave it.
#[derive(Debug)]
pub struct State<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// Operations before the crash, marks counted.
    pub operation: usize,
    /// What is special about it.
    pub what: String,
    /// Flushes that had returned, less one for the creation: the index of the model that must not be lost.
    pub flushed: usize,
    /// Nothing has been written since that flush: the file has to be as that model.
    pub exact: bool,
    /// This operation changed bytes that were part of the file as it was last flushed.
    pub publication: bool,
}

/// The file after each operation, as a crash of the process leaves it. Before the first mark there is no file yet.
pub fn prefixes(operations: &[Operation], mut visit: impl FnMut(&State<'_>)) {
    let (mut replay, mut marks) = (Replay::default(), 0_usize);
    let mut published_end = 0_usize;
    for (index, operation) in operations.iter().enumerate() {
        let publication = match operation {
            Operation::Write { offset, .. } => usize::try_from(*offset).is_ok_and(|at| at < published_end),
            _ => false,
        };
        replay.apply(operation);
        let exact = matches!(operation, Operation::Mark(_));
        if exact {
            marks = marks.saturating_add(1);
            published_end = replay.bytes().len();
        }
        let Some(flushed) = marks.checked_sub(1) else { continue };
        let operation = index.saturating_add(1);
        let what = "prefix".to_owned();
        visit(&State { bytes: replay.bytes(), operation, what, flushed, exact, publication });
    }
}

/// The file as a power cut leaves it: of the operations since the last sync, any may have happened and any not.
pub fn power_cuts(operations: &[Operation], mut visit: impl FnMut(&State<'_>)) {
    let (mut safe, mut pending, mut marks) = (Replay::default(), Vec::new(), 0_usize);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    for (index, operation) in operations.iter().chain([&Operation::Sync]).enumerate() {
        match operation {
            Operation::Mark(_) => {
                // What makes the file is not a change of one: the promise begins once it is there.
                if marks == 0 {
                    safe.apply_subset(&pending, &vec![true; pending.len()]);
                    pending.clear();
                }
                marks = marks.saturating_add(1);
            }
            Operation::Sync => {
                if let Some(flushed) = marks.checked_sub(1) {
                    subsets(pending.len(), &mut random, |mask| {
                        let mut state = safe.clone();
                        state.apply_subset(&pending, mask);
                        let what = format!("of the last {} operations {mask:?}", pending.len());
                        let (exact, publication) = (false, true);
                        let bytes = state.bytes();
                        visit(&State { bytes, operation: index, what, flushed, exact, publication });
                    });
                }
                safe.apply_subset(&pending, &vec![true; pending.len()]);
                pending.clear();
            }
            change => pending.push(change.clone()),
        }
    }
}

/// The file as it is left inside a write, by a storage that keeps units of so many bytes whole and the order of writes.
pub fn torn_writes(operations: &[Operation], unit: u64, mut visit: impl FnMut(&State<'_>)) {
    let (mut replay, mut marks) = (Replay::default(), 0_usize);
    for (index, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Write { offset, bytes } if marks > 0 => {
                for torn in replay.torn(*offset, bytes, unit) {
                    let what = format!("a write of {} bytes at {offset:#x} is torn", bytes.len());
                    let flushed = marks.saturating_sub(1);
                    let (operation, exact, publication) = (index, false, true);
                    let bytes = torn.bytes();
                    visit(&State { bytes, operation, what, flushed, exact, publication });
                }
            }
            Operation::Mark(_) => marks = marks.saturating_add(1),
            _ => {}
        }
        replay.apply(operation);
    }
}

/// All subsets, or a sample in which all densities come up.
fn subsets(count: usize, random: &mut Random, mut visit: impl FnMut(&[bool])) {
    if count <= LARGEST_EXHAUSTED {
        for bits in 0..1_u64.checked_shl(u32::try_from(count).unwrap_or(0)).unwrap_or(0) {
            visit(
                &(0..count)
                    .map(|index| bits.checked_shr(u32::try_from(index).unwrap_or(64)).unwrap_or(0) & 1 == 1)
                    .collect::<Vec<_>>(),
            );
        }
        return;
    }
    for sample in 0..SAMPLES {
        let kept = sample & 15;
        visit(&(0..count).map(|_| random.next() & 15 <= kept).collect::<Vec<_>>());
    }
}

/// xorshift64.
#[derive(Debug)]
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn next(&mut self) -> u64 {
        self.0 ^= self.0.wrapping_shl(13);
        self.0 ^= self.0.wrapping_shr(7);
        self.0 ^= self.0.wrapping_shl(17);
        self.0.wrapping_shr(16)
    }

    /// A number below another one.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(offset: u64, bytes: &[u8]) -> Operation {
        Operation::Write { offset, bytes: bytes.into() }
    }

    fn operations() -> Vec<Operation> {
        let mark = |text: &str| Operation::Mark(text.into());
        vec![
            write(0, b"ab"),
            mark("created"),
            write(2, b"c"),
            write(0, b"x"),
            Operation::Sync,
            write(1, b"y"),
            mark("flushed"),
        ]
    }

    #[test]
    fn prefixes_know_the_last_flush() {
        let mut seen = Vec::new();
        prefixes(&operations(), |s| seen.push((s.bytes.to_vec(), s.flushed, s.exact, s.publication)));
        let expected: [(&[u8], usize, bool, bool); 6] = [
            (b"ab", 0, true, false),
            (b"abc", 0, false, false),
            (b"xbc", 0, false, true),
            (b"xbc", 0, false, false),
            (b"xyc", 0, false, true),
            (b"xyc", 1, true, false),
        ];
        assert_eq!(seen, expected.map(|(bytes, flushed, exact, p)| (bytes.to_vec(), flushed, exact, p)));
    }

    #[test]
    fn a_power_cut_leaves_any_subset_since_the_last_sync() {
        let mut seen = Vec::new();
        power_cuts(&operations(), |s| seen.push((s.bytes.to_vec(), s.flushed)));
        let expected: [(&[u8], usize); 6] =
            [(b"ab", 0), (b"abc", 0), (b"xb", 0), (b"xbc", 0), (b"xbc", 1), (b"xyc", 1)];
        assert_eq!(seen, expected.map(|(bytes, flushed)| (bytes.to_vec(), flushed)));
    }

    #[test]
    fn many_writes_are_sampled() {
        let mut seen = std::collections::BTreeSet::new();
        subsets(40, &mut Random(1), |mask| {
            seen.insert(mask.to_vec());
        });
        assert!(seen.len() > 200, "{}", seen.len());
        assert!(seen.contains(&vec![true; 40]));
    }
}
