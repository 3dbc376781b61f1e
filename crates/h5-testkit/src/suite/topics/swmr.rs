//! Writing for readers at the same time: what goes on and what does not. What readers see is tried between processes, elsewhere.

use h5_backend::Mode;
use h5_types::ErrorKind;

use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, is_error, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("swmr";
        elements_and_extents_change [Swmr, ChunkedLayout, Resize],
        the_structure_does_not [Swmr, ChunkedLayout, Resize],
        what_was_written_is_there_afterwards [Swmr, ChunkedLayout, Resize],
        beginning_twice_is_nothing_new [Swmr],
    )
}

fn elements_and_extents_change(t: &mut Trial<'_>) -> Outcome {
    let rows = t.file().new_dataset::<i32>("rows").shape([0]).resizable().chunks([4]).create()?;
    t.file().start_swmr()?;
    for row in 0..10 {
        rows.append([row])?;
        t.file().flush()?;
    }
    rows.resize([8])?;
    same(rows.read::<i32>()?, (0..8).collect::<Vec<_>>())
}

fn the_structure_does_not(t: &mut Trial<'_>) -> Outcome {
    let rows = t.file().new_dataset::<i32>("rows").shape([0]).resizable().chunks([4]).create()?;
    rows.set_attr("a", 1)?;
    t.file().start_swmr()?;
    is_error(ErrorKind::Usage, t.file().create_group("g"))?;
    is_error(ErrorKind::Usage, t.file().new_dataset::<i32>("late").shape([1]).create())?;
    is_error(ErrorKind::Usage, t.file().remove("rows"))?;
    is_error(ErrorKind::Usage, t.file().rename("rows", "lines"))?;
    is_error(ErrorKind::Usage, rows.set_attr("a", 2))?;
    is_error(ErrorKind::Usage, rows.remove_attr("a"))?;
    same(rows.attr("a")?.read_scalar::<i32>()?, 1)
}

fn what_was_written_is_there_afterwards(t: &mut Trial<'_>) -> Outcome {
    let rows = t.file().new_dataset::<i32>("rows").shape([0]).resizable().chunks([4]).create()?;
    t.file().start_swmr()?;
    rows.append([1, 2, 3])?;
    t.reopen_as(Mode::ReadWrite)?;
    same(t.file().dataset("rows")?.read::<i32>()?, vec![1, 2, 3])?;
    t.file().create_group("after")?;
    Ok(())
}

fn beginning_twice_is_nothing_new(t: &mut Trial<'_>) -> Outcome {
    t.file().start_swmr()?;
    t.file().start_swmr()?;
    Ok(())
}
