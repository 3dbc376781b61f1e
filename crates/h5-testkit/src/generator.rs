//! Random operations: how [`Operation`]s are drawn so that most of a program meets something that is there.

use proptest::prelude::*;

use crate::programs::{FIRST_PRESENT_ATTRIBUTE, Operation, Place, Storage};

/// Operations of one program.
pub const OPERATIONS: usize = 50;

/// As good as all: an operation that is left out is what a program shrinks to.
const PRESENT: f64 = 0.999_999;

/// A program of that many operations, which shrinks to fewer. Of a file that is not empty, operations mostly go to what is there.
pub fn program(filled: bool) -> impl Strategy<Value = Vec<Operation>> {
    let steps = prop::collection::vec(prop::option::weighted(PRESENT, operation(filled)), OPERATIONS);
    steps.prop_map(|steps| steps.into_iter().flatten().collect())
}

/// Mostly one of so many objects of a group that it needs an index, else one further below.
fn new_place(filled: bool) -> impl Strategy<Value = Place> {
    let names = prop_oneof![
        3 => (0_u8..14).prop_map(|name| vec![name]),
        1 => prop::collection::vec(0_u8..5, 1..=3),
    ];
    let from = if filled { prop_oneof![2 => Just(0), 1 => 0_usize..200].boxed() } else { Just(0).boxed() };
    (from, names).prop_map(|(from, names)| Place { from, names })
}

/// What is there, where something is.
fn place(filled: bool) -> BoxedStrategy<Place> {
    let present = (0_usize..200).prop_map(|from| Place { from, names: Vec::new() });
    if filled { prop_oneof![new_place(filled), present].boxed() } else { new_place(filled).boxed() }
}

fn any_place(filled: bool) -> impl Strategy<Value = Place> {
    prop_oneof![1 => Just(root()), 9 => place(filled)]
}

/// Mostly the root, so that it comes to have more attributes than an object header takes.
fn attributed(filled: bool) -> BoxedStrategy<Place> {
    if filled {
        any_place(filled).boxed()
    } else {
        prop_oneof![2 => Just(root()), 1 => any_place(filled)].boxed()
    }
}

fn root() -> Place {
    Place { from: 0, names: Vec::new() }
}

/// An attribute of the pool, or one that is there.
fn attribute() -> impl Strategy<Value = u8> {
    0..FIRST_PRESENT_ATTRIBUTE + 4
}

fn storage() -> impl Strategy<Value = Storage> {
    prop_oneof![
        Just(Storage::Contiguous),
        Just(Storage::Compact),
        Just(Storage::Chunked),
        any::<u8>().prop_map(Storage::Growing),
        any::<u8>().prop_map(Storage::Growing),
    ]
}

fn shape() -> impl Strategy<Value = Vec<u64>> {
    prop_oneof![
        2 => prop::collection::vec(0_u64..9, 0..=3),
        1 => prop::collection::vec(0_u64..30, 1..=2),
        1 => prop::collection::vec(0_u64..400, 1..=1),
    ]
}

/// One operation. With `filled`, it mostly goes to what is there.
pub fn operation(filled: bool) -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => objects(filled),
        4 => elements(filled),
        4 => attributes(filled),
        3 => links(filled),
    ]
}

fn objects(filled: bool) -> impl Strategy<Value = Operation> {
    let (at, kind) = (|| new_place(filled), 0_usize..64);
    prop_oneof![
        6 => at().prop_map(|at| Operation::CreateGroup { at }),
        7 => (at(), kind.clone(), storage(), shape())
            .prop_map(|(at, kind, storage, shape)| Operation::CreateDataset { at, kind, storage, shape }),
        1 => (at(), kind).prop_map(|(at, kind)| Operation::CommitDatatype { at, kind }),
    ]
}

fn elements(filled: bool) -> impl Strategy<Value = Operation> {
    let (at, seed) = (|| place(filled), 0_u64..100);
    prop_oneof![
        6 => (at(), prop::collection::vec((0_u64..400, 0_u64..100), 1..=3), seed.clone()).prop_map(
            |(at, block, seed)| {
                let (start, size) = block.into_iter().unzip();
                Operation::Write { at, start, size, seed }
            }
        ),
        3 => (at(), shape()).prop_map(|(at, shape)| Operation::Resize { at, shape }),
        3 => (at(), 0_u64..40, seed).prop_map(|(at, count, seed)| Operation::Append { at, count, seed }),
    ]
}

fn attributes(filled: bool) -> impl Strategy<Value = Operation> {
    let at = || attributed(filled);
    prop_oneof![
        8 => (at(), attribute(), 0_usize..64, 0_u64..5, 0_u64..100).prop_map(|(at, name, kind, count, seed)| {
            Operation::SetAttribute { at, name, kind, count, seed }
        }),
        2 => (at(), attribute()).prop_map(|(at, name)| Operation::RemoveAttribute { at, name }),
        1 => (at(), attribute(), attribute()).prop_map(|(at, from, to)| Operation::RenameAttribute { at, from, to }),
        1 => (any_place(filled), any::<u64>()).prop_map(|(at, seed)| Operation::SetComment { at, seed }),
    ]
}

fn links(filled: bool) -> impl Strategy<Value = Operation> {
    let (at, to, new) = (|| place(filled), || any_place(filled), || new_place(filled));
    prop_oneof![
        2 => (new(), to()).prop_map(|(at, to)| Operation::LinkHard { at, to }),
        1 => (new(), to()).prop_map(|(at, to)| Operation::LinkSoft { at, to }),
        1 => (new(), to()).prop_map(|(at, to)| Operation::LinkExternal { at, to }),
        1 => (at(), new()).prop_map(|(from, to)| Operation::Copy { from, to }),
        2 => at().prop_map(|at| Operation::Remove { at }),
        2 => (at(), new()).prop_map(|(from, to)| Operation::Rename { from, to }),
        2 => Just(Operation::Flush),
    ]
}
