//! Flushing, closing and opening again.

use h5_backend::{CopyOptions, Mode};
use h5_types::{Block, Error, Selection};

use super::growing;
use crate::compare::{contents, differences};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("reopening";
        a_file_is_as_it_was_left [],
        a_file_of_everything_is_as_it_was_left [HardLinks, SoftLinks, VariableLength, ChunkedLayout, Resize],
        a_file_is_opened_many_times [],
        a_flush_without_changes [],
        a_flush_after_each_change [],
        closing_flushes [],
        closing_flushes_a_copy_into_what_is_copied [HardLinks, ChunkedLayout, Resize],
        the_last_handle_that_goes_closes [],
        changes_go_on_in_what_was_read [],
        removals_are_kept [],
        tokens_are_those_of_the_objects [],
        what_is_unwritten_stays_unwritten [ChunkedLayout, Resize],
        an_empty_file_stays_empty [],
    )
}

fn unchanged_by_reopening(t: &mut Trial<'_>) -> Outcome {
    let before = contents(t.file())?;
    for mode in [Mode::Read, Mode::ReadWrite] {
        t.reopen_as(mode)?;
        let found = differences(&before, &contents(t.file())?);
        check(found.is_empty(), || format!("opened for {mode:?}: {}", found.join("; ")))?;
    }
    Ok(())
}

fn a_file_is_as_it_was_left(t: &mut Trial<'_>) -> Outcome {
    for path in ["a", "a/b", "c"] {
        t.file().create_group(path)?.set_attr("path", [1, 2])?;
    }
    t.file().write_array("a/x", [1.5, 2.5])?.set_attr("n", 1_u8)?;
    t.file().write_array("a/b/y", [1_u8; 300])?;
    unchanged_by_reopening(t)
}

fn a_file_of_everything_is_as_it_was_left(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().require_group("a/b")?;
    t.file().link_hard("another", &group)?;
    t.file().link_soft("a/soft", "/a/b")?;
    group.write_array("text", ["one".to_owned(), String::new()])?.set_attr("units", "mm")?;
    let data = t.root()?.create_dataset_from("grows", &growing::<i32>(&[0, 2], &[3, 2]))?;
    for row in 0..7 {
        data.append([row, -row])?;
    }
    unchanged_by_reopening(t)
}

fn a_file_is_opened_many_times(t: &mut Trial<'_>) -> Outcome {
    for round in 0..10_u64 {
        t.root()?.set_attr("round", round)?;
        t.file().create_group(format!("g{round}"))?;
        t.reopen()?;
        same(t.root()?.attr("round")?.read_scalar::<u64>()?, round)?;
        same(t.root()?.link_count()?, round + 1)?;
    }
    Ok(())
}

fn a_flush_without_changes(t: &mut Trial<'_>) -> Outcome {
    t.file().flush()?;
    t.file().create_group("a")?;
    t.file().flush()?;
    t.file().flush()?;
    unchanged_by_reopening(t)
}

fn a_flush_after_each_change(t: &mut Trial<'_>) -> Outcome {
    for number in 0..30_u64 {
        t.file().create_group(format!("g{number}"))?;
        t.file().flush()?;
        t.root()?.set_attr(format!("a{number}"), number)?;
        t.file().flush()?;
    }
    unchanged_by_reopening(t)
}

fn closing_flushes(t: &mut Trial<'_>) -> Outcome {
    let (file, name) = t.companion()?;
    file.write_array("x", [1, 2])?;
    file.close()?;
    same(t.open(&name, Mode::Read)?.dataset("x")?.read::<i32>()?, [1, 2])
}

fn closing_flushes_a_copy_into_what_is_copied(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    let data = root.create_dataset_from("x", &growing::<i8>(&[0], &[3]))?;
    root.link_hard("itself", root.object())?;
    data.append([1_i8, 2])?;
    CopyOptions::new().copy(root.object(), &root, "copy")?;
    drop((root, data));
    t.reopen()?;
    for path in ["x", "copy/x", "copy/itself/x"] {
        same(t.file().dataset(path)?.read::<i8>()?, [1, 2])?;
    }
    Ok(())
}

fn the_last_handle_that_goes_closes(t: &mut Trial<'_>) -> Outcome {
    let (file, name) = t.companion()?;
    let data = file.write_array("x", [1, 2])?;
    drop(file);
    data.write(&[3, 4])?;
    drop(data);
    same(t.open(&name, Mode::Read)?.dataset("x")?.read::<i32>()?, [3, 4])
}

fn changes_go_on_in_what_was_read(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("x", [1, 2, 3, 4])?;
    t.file().create_group("g")?.set_attr("a", 1)?;
    t.reopen()?;
    let data = t.file().dataset("x")?;
    data.write_selection(&Selection::from_block(&Block { start: vec![1], size: vec![2] }), &[7, 8])?;
    t.file().group("g")?.set_attr("b", 2)?;
    t.file().group("g")?.create_group("h")?;
    t.reopen()?;
    same(t.file().dataset("x")?.read::<i32>()?, [1, 7, 8, 4])?;
    same(t.file().group("g")?.attr("a")?.read_scalar::<i32>()?, 1)?;
    same(t.file().group("g")?.attr("b")?.read_scalar::<i32>()?, 2)?;
    same(t.file().group("g")?.link_count()?, 1)
}

fn removals_are_kept(t: &mut Trial<'_>) -> Outcome {
    for number in 0..20 {
        t.file().write_array(format!("x{number}"), [number])?;
        t.root()?.set_attr(format!("a{number}"), number)?;
    }
    t.reopen()?;
    for number in (0..20).step_by(3) {
        t.file().remove(format!("x{number}"))?;
        t.root()?.remove_attr(format!("a{number}"))?;
    }
    unchanged_by_reopening(t)?;
    same(t.root()?.link_count()?, 13)
}

fn tokens_are_those_of_the_objects(t: &mut Trial<'_>) -> Outcome {
    t.file().require_group("a/b")?;
    t.file().create_group("c")?;
    t.reopen()?;
    let tokens: Result<std::collections::BTreeSet<_>, Error> =
        ["/", "a", "a/b", "c"].iter().map(|path| Ok(t.file().object(path)?.token())).collect();
    same(tokens?.len(), 4)
}

fn what_is_unwritten_stays_unwritten(t: &mut Trial<'_>) -> Outcome {
    // A hundred million elements, of which three are written.
    let data = t.root()?.create_dataset_from("x", &growing::<f64>(&[100_000_000], &[1000]))?;
    for start in [0, 50_000_001, 99_999_999] {
        data.write_selection(&Selection::from_block(&Block { start: vec![start], size: vec![1] }), &[1.5])?;
    }
    t.reopen()?;
    let data = t.file().dataset("x")?;
    let around = Selection::from_block(&Block { start: vec![50_000_000], size: vec![3] });
    same(data.read_selection::<f64>(&around)?, [0.0, 1.5, 0.0])?;
    check(data.storage_bytes()? < 1_000_000_000, || "unwritten elements are stored".to_owned())
}

fn an_empty_file_stays_empty(t: &mut Trial<'_>) -> Outcome {
    unchanged_by_reopening(t)?;
    same(t.root()?.link_count()?, 0)
}
