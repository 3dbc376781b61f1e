//! Random operations: how [`Operation`]s are drawn so that most of a program meets something that is there.

use proptest::prelude::*;

use crate::programs::{Operation, Place, Storage};

/// Mostly one of so many objects of the root that a group needs an index, else one further below.
fn place(depth: usize) -> impl Strategy<Value = Place> {
    prop_oneof![
        3 => (0_u8..14).prop_map(|name| Place(vec![name])),
        1 => prop::collection::vec(0_u8..5, 1..=depth).prop_map(Place),
    ]
}

fn any_place() -> impl Strategy<Value = Place> {
    prop_oneof![1 => Just(Place(Vec::new())), 9 => place(3)]
}

/// Mostly the root, so that it comes to have more attributes than an object header takes.
fn attributed() -> impl Strategy<Value = Place> {
    prop_oneof![2 => Just(Place(Vec::new())), 1 => any_place()]
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

/// Any operation, of any place, type and size.
pub fn operation() -> impl Strategy<Value = Operation> {
    let kind = 0_usize..64;
    prop_oneof![
        6 => place(3).prop_map(|at| Operation::CreateGroup { at }),
        6 => (place(3), kind.clone(), storage(), shape())
            .prop_map(|(at, kind, storage, shape)| Operation::CreateDataset { at, kind, storage, shape }),
        1 => (place(3), kind.clone()).prop_map(|(at, kind)| Operation::CommitDatatype { at, kind }),
        6 => (place(3), prop::collection::vec((0_u64..400, 0_u64..100), 1..=3), 0_u64..100).prop_map(|(at, block, seed)| {
            let (start, size) = block.into_iter().unzip();
            Operation::Write { at, start, size, seed }
        }),
        3 => (place(3), shape()).prop_map(|(at, shape)| Operation::Resize { at, shape }),
        3 => (place(3), 0_u64..40, 0_u64..100).prop_map(|(at, count, seed)| Operation::Append { at, count, seed }),
        8 => (attributed(), 0_u8..14, kind, 0_u64..5, 0_u64..100).prop_map(|(at, name, kind, count, seed)| {
            Operation::SetAttribute { at, name, kind, count, seed }
        }),
        2 => (attributed(), 0_u8..14).prop_map(|(at, name)| Operation::RemoveAttribute { at, name }),
        1 => (attributed(), 0_u8..14, 0_u8..14).prop_map(|(at, from, to)| Operation::RenameAttribute { at, from, to }),
        1 => (any_place(), any::<u64>()).prop_map(|(at, seed)| Operation::SetComment { at, seed }),
        2 => (place(3), any_place()).prop_map(|(at, to)| Operation::LinkHard { at, to }),
        1 => (place(3), any_place()).prop_map(|(at, to)| Operation::LinkSoft { at, to }),
        2 => place(3).prop_map(|at| Operation::Remove { at }),
        2 => (place(3), place(3)).prop_map(|(from, to)| Operation::Rename { from, to }),
        2 => Just(Operation::Flush),
    ]
}
