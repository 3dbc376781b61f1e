//! The states in which a file can be found after a crash.

use crate::vfd::{Operation, Place, Replay};

/// Writes between two syncs of which every subset is tried; of more, a sample.
const LARGEST_EXHAUSTED: usize = 12;
/// How many subsets are tried of more writes.
const SAMPLES: u64 = 256;
/// As these, of pieces of writes, of which there are many.
const LARGEST_EXHAUSTED_OF_PIECES: usize = 5;
const SAMPLES_OF_PIECES: u64 = 48;

/// A file as a crash may leave it.
#[derive(Debug)]
pub struct State<'a> {
    /// The file.
    pub bytes: &'a [u8],
    /// What is beside it: nothing, if there is nothing.
    pub companion: &'a [u8],
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
            Operation::Write { on: Place::File, offset, .. } => {
                usize::try_from(*offset).is_ok_and(|at| at < published_end)
            }
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
        let (bytes, companion) = (replay.bytes(), replay.companion());
        visit(&State { bytes, companion, operation, what, flushed, exact, publication });
    }
}

/// The file as a power cut leaves it: of the operations since the last sync, any may have happened and any not.
pub fn power_cuts(operations: &[Operation], visit: impl FnMut(&State<'_>)) {
    let whole = |operation: &Operation| vec![operation.clone()];
    cuts(operations, whole, (LARGEST_EXHAUSTED, SAMPLES), visit);
}

/// As [`power_cuts`], by a storage that keeps no more than units of so many bytes whole: of each write, any of its units may be there.
pub fn torn_power_cuts(operations: &[Operation], unit: u64, visit: impl FnMut(&State<'_>)) {
    let pieces = |operation: &Operation| match operation {
        Operation::Write { on, offset, bytes } => pieces(*on, *offset, bytes, unit),
        other => vec![other.clone()],
    };
    cuts(operations, pieces, (LARGEST_EXHAUSTED_OF_PIECES, SAMPLES_OF_PIECES), visit);
}

/// A write, cut where units meet.
fn pieces(on: Place, offset: u64, bytes: &[u8], unit: u64) -> Vec<Operation> {
    let (mut pieces, mut rest, mut at) = (Vec::new(), bytes, offset);
    while !rest.is_empty() {
        let to_next = unit.saturating_sub(at.checked_rem(unit).unwrap_or(0)).max(1);
        let count = usize::try_from(to_next).unwrap_or(usize::MAX).min(rest.len());
        let (piece, after) = rest.split_at(count);
        pieces.push(Operation::Write { on, offset: at, bytes: piece.into() });
        (rest, at) = (after, at.saturating_add(to_next));
    }
    pieces
}

fn cuts(
    operations: &[Operation],
    pieces: impl Fn(&Operation) -> Vec<Operation>,
    effort: (usize, u64),
    mut visit: impl FnMut(&State<'_>),
) {
    let (mut safe, mut pending, mut marks) = (Replay::default(), Vec::new(), 0_usize);
    let mut random = Random(0x9E37_79B9_7F4A_7C15);
    let end = [Operation::Sync(Place::File), Operation::Sync(Place::Companion)];
    for (index, operation) in operations.iter().chain(&end).enumerate() {
        match operation {
            Operation::Mark(_) => {
                // What makes the file is not a change of one: the promise begins once it is there.
                if marks == 0 {
                    safe.apply_subset(&pending, &vec![true; pending.len()]);
                    pending.clear();
                }
                marks = marks.saturating_add(1);
            }
            Operation::Sync(synced) => {
                if let Some(flushed) = marks.checked_sub(1) {
                    subsets(pending.len(), effort, &mut random, |mask| {
                        let mut state = safe.clone();
                        state.apply_subset(&pending, mask);
                        let what = format!("of the last {} operations {mask:?}", pending.len());
                        let (exact, publication) = (false, true);
                        let (bytes, companion) = (state.bytes(), state.companion());
                        visit(&State {
                            bytes,
                            companion,
                            operation: index,
                            what,
                            flushed,
                            exact,
                            publication,
                        });
                    });
                }
                // What happened to the other storage may still be lost.
                pending.retain(|pending| {
                    let is_safe = place_of(pending) == Some(*synced);
                    if is_safe {
                        safe.apply(pending);
                    }
                    !is_safe
                });
            }
            change => pending.extend(pieces(change)),
        }
    }
}

fn place_of(operation: &Operation) -> Option<Place> {
    match operation {
        Operation::Write { on, .. } | Operation::SetLength { on, .. } | Operation::Sync(on) => Some(*on),
        Operation::Mark(_) => None,
    }
}

/// The file as it is left inside a write, by a storage that keeps units of so many bytes whole and the order of writes.
pub fn torn_writes(operations: &[Operation], unit: u64, mut visit: impl FnMut(&State<'_>)) {
    let (mut replay, mut marks) = (Replay::default(), 0_usize);
    for (index, operation) in operations.iter().enumerate() {
        match operation {
            Operation::Write { on, offset, bytes } if marks > 0 => {
                for torn in replay.torn(*on, *offset, bytes, unit) {
                    let what = format!("a write of {} bytes at {offset:#x} is torn", bytes.len());
                    let flushed = marks.saturating_sub(1);
                    let (operation, exact, publication) = (index, false, true);
                    let (bytes, companion) = (torn.bytes(), torn.companion());
                    visit(&State { bytes, companion, operation, what, flushed, exact, publication });
                }
            }
            Operation::Mark(_) => marks = marks.saturating_add(1),
            _ => {}
        }
        replay.apply(operation);
    }
}

/// All subsets, or a sample in which all densities come up.
fn subsets(
    count: usize,
    (largest_exhausted, samples): (usize, u64),
    random: &mut Random,
    mut visit: impl FnMut(&[bool]),
) {
    if count <= largest_exhausted {
        for bits in 0..1_u64.checked_shl(u32::try_from(count).unwrap_or(0)).unwrap_or(0) {
            visit(
                &(0..count)
                    .map(|index| bits.checked_shr(u32::try_from(index).unwrap_or(64)).unwrap_or(0) & 1 == 1)
                    .collect::<Vec<_>>(),
            );
        }
        return;
    }
    for sample in 0..samples {
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
        Operation::Write { on: Place::File, offset, bytes: bytes.into() }
    }

    fn operations() -> Vec<Operation> {
        let mark = |text: &str| Operation::Mark(text.into());
        vec![
            write(0, b"ab"),
            mark("created"),
            write(2, b"c"),
            write(0, b"x"),
            Operation::Sync(Place::File),
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
        // At the end, the other storage has nothing to lose.
        assert_eq!(seen.pop(), Some((b"xyc".to_vec(), 1)));
        assert_eq!(seen, expected.map(|(bytes, flushed)| (bytes.to_vec(), flushed)));
    }

    #[test]
    fn a_sync_of_one_storage_says_nothing_of_the_other() {
        let beside = Operation::Write { on: Place::Companion, offset: 0, bytes: b"r"[..].into() };
        let list = [Operation::Mark("created".into()), beside, write(0, b"x"), Operation::Sync(Place::File)];
        let mut seen = Vec::new();
        power_cuts(&list, |s| seen.push((s.bytes.to_vec(), s.companion.to_vec())));
        let state = |bytes: &[u8], companion: &[u8]| (bytes.to_vec(), companion.to_vec());
        let (before, after) = ([state(b"", b""), state(b"", b"r"), state(b"x", b""), state(b"x", b"r")], 4);
        assert_eq!(seen[..after], before);
        assert_eq!(
            seen[after..after + 2],
            [state(b"x", b""), state(b"x", b"r")],
            "the record may be lost yet"
        );
    }

    #[test]
    fn units_of_a_write_come_and_go_by_themselves() {
        let list = [write(0, b"------"), Operation::Mark("created".into()), write(1, b"abcd")];
        let mut seen = std::collections::BTreeSet::new();
        torn_power_cuts(&list, 2, |s| {
            seen.insert(String::from_utf8_lossy(s.bytes).into_owned());
        });
        let expected = ["------", "----d-", "--bc--", "--bcd-", "-a----", "-a--d-", "-abc--", "-abcd-"];
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn many_writes_are_sampled() {
        let mut seen = std::collections::BTreeSet::new();
        subsets(40, (LARGEST_EXHAUSTED, SAMPLES), &mut Random(1), |mask| {
            seen.insert(mask.to_vec());
        });
        assert!(seen.len() > 200, "{}", seen.len());
        assert!(seen.contains(&vec![true; 40]));
    }
}
