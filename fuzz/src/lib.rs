//! Programs of changes, made from the fuzzer's bytes.

use h5_testkit::programs::{FIRST_PRESENT_ATTRIBUTE, Operation, Place, Storage};
use h5_types::LibverBounds;
use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};

/// Operations before and after the file is damaged, and bytes that are.
const MOST_OPERATIONS: usize = 60;
const MOST_DAMAGES: usize = 16;

/// A file that is made, perhaps damaged, and changed.
#[derive(Debug)]
pub struct Program {
    /// The form of the file.
    pub bounds: LibverBounds,
    /// What makes it.
    pub first: Vec<Operation>,
    /// What is done to its bytes.
    pub damages: Vec<Damage>,
    /// What is done to it then.
    pub then: Vec<Operation>,
}

/// A few bytes that are others; the place is taken modulo the file's length.
#[derive(Debug, Clone)]
pub struct Damage {
    place: u32,
    how: How,
}

#[derive(Debug, Clone)]
enum How {
    /// One byte.
    Byte(u8),
    /// An address or a length.
    Word(u64),
    /// An address or a length from within the file.
    Within(u16),
    /// A copy of a few bytes from elsewhere.
    Copy { from: u32, length: u8 },
}

impl<'a> Arbitrary<'a> for Program {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        use LibverBounds::{Earliest, V18, V110, V200};
        // Structures of the first release have no checksums, so that damages go further in.
        let bounds = *u.choose(&[Earliest, Earliest, V18, V110, V200])?;
        let damages = if u.ratio(3, 4)? { several(u, MOST_DAMAGES, Damage::arbitrary)? } else { Vec::new() };
        let first = several(u, MOST_OPERATIONS, operation)?;
        let then = several(u, MOST_OPERATIONS / 2, operation)?;
        Ok(Self { bounds, first, damages, then })
    }
}

impl<'a> Arbitrary<'a> for Damage {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let place = u.arbitrary()?;
        let how = match u.int_in_range(0..=3)? {
            0 => How::Byte(u.arbitrary()?),
            1 => How::Word(u.arbitrary()?),
            2 => How::Within(u.arbitrary()?),
            _ => How::Copy { from: u.arbitrary()?, length: u.arbitrary()? },
        };
        Ok(Self { place, how })
    }
}

impl Damage {
    /// Does it.
    pub fn apply(&self, bytes: &mut Vec<u8>) {
        let length = bytes.len().max(1);
        let place = self.place as usize % length;
        let new = match self.how {
            How::Byte(byte) => vec![byte],
            How::Word(word) => word.to_le_bytes().to_vec(),
            How::Within(word) => (u64::from(word) % length as u64).to_le_bytes().to_vec(),
            How::Copy { from, length: count } => {
                bytes.iter().skip(from as usize % length).take(count.into()).copied().collect()
            }
        };
        for (to, from) in bytes.iter_mut().skip(place).zip(new) {
            *to = from;
        }
    }
}

fn several<'a, T>(
    u: &mut Unstructured<'a>,
    most: usize,
    one: impl Fn(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Vec<T>> {
    let mut all = Vec::new();
    while all.len() < most && !u.is_empty() && u.ratio(31, 32)? {
        all.push(one(u)?);
    }
    Ok(all)
}

fn place(u: &mut Unstructured<'_>) -> Result<Place> {
    let depth = if u.ratio(3, 4)? { 1 } else { u.int_in_range(0..=3)? };
    let most = if depth > 1 { 4 } else { 13 };
    let names = (0..depth).map(|_| u.int_in_range(0..=most)).collect::<Result<_>>()?;
    Ok(Place { from: 0, names })
}

fn shape(u: &mut Unstructured<'_>) -> Result<Vec<u64>> {
    let rank = u.int_in_range(0..=3)?;
    let most = [0, 400, 30, 9][rank];
    (0..rank).map(|_| u.int_in_range(0..=most)).collect()
}

fn storage(u: &mut Unstructured<'_>) -> Result<Storage> {
    Ok(match u.int_in_range(0..=4)? {
        0 => Storage::Contiguous,
        1 => Storage::Compact,
        2 => Storage::Chunked,
        _ => Storage::Growing(u.arbitrary()?),
    })
}

fn operation(u: &mut Unstructured<'_>) -> Result<Operation> {
    let attribute = |u: &mut Unstructured<'_>| u.int_in_range(0..=FIRST_PRESENT_ATTRIBUTE + 3);
    let seed = |u: &mut Unstructured<'_>| u.int_in_range(0..=99);
    let kind = |u: &mut Unstructured<'_>| u.int_in_range(0..=63);
    let which = u.int_in_range(0..=23)?;
    let at = place(u)?;
    Ok(match which {
        0..=2 => Operation::CreateGroup { at },
        3..=6 => Operation::CreateDataset { at, kind: kind(u)?, storage: storage(u)?, shape: shape(u)? },
        7 => Operation::CommitDatatype { at, kind: kind(u)? },
        8 | 9 => Operation::Write { at, start: shape(u)?, size: shape(u)?, seed: seed(u)? },
        10 => Operation::Resize { at, shape: shape(u)? },
        11 => Operation::Append { at, count: u.int_in_range(0..=39)?, seed: seed(u)? },
        12..=14 => {
            let (name, kind, count) = (attribute(u)?, kind(u)?, u.int_in_range(0..=4)?);
            Operation::SetAttribute { at, name, kind, count, seed: seed(u)? }
        }
        15 => Operation::RemoveAttribute { at, name: attribute(u)? },
        16 => Operation::RenameAttribute { at, from: attribute(u)?, to: attribute(u)? },
        17 => Operation::SetComment { at, seed: seed(u)? },
        18 => Operation::LinkHard { at, to: place(u)? },
        19 => Operation::LinkSoft { at, to: place(u)? },
        20 => Operation::Copy { from: at, to: place(u)? },
        21 => Operation::Remove { at },
        22 => Operation::Rename { from: at, to: place(u)? },
        _ => Operation::Flush,
    })
}
