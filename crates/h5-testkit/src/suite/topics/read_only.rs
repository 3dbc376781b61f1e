//! Files opened for reading: every change is refused.

use h5_backend::{Feature, Mode};
use h5_types::{ErrorKind, H5Type, LinkTarget, NewGroup, Selection};

use super::{growing, plain, scalar, soft};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("read_only";
        a_file_opened_for_reading_says_so [],
        it_is_read_as_before [],
        groups_refuse_changes [],
        attributes_refuse_changes [],
        datasets_refuse_changes [],
        growing_datasets_refuse_changes [ChunkedLayout, Resize],
        flushing_and_closing_are_no_changes [],
        a_file_that_is_not_there [],
        a_file_that_is_there_already [],
        a_file_is_created_in_the_place_of_another [],
    )
}

fn a_file_opened_for_reading_says_so(t: &mut Trial<'_>) -> Outcome {
    check(t.has(Feature::Write), || "a new file is not written".to_owned())?;
    t.reopen_as(Mode::Read)?;
    check(!t.has(Feature::Write), || "a file opened for reading is written".to_owned())
}

fn it_is_read_as_before(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?.set_attr("a", 1)?;
    t.file().write_array("g/x", [1.5, 2.5])?;
    let before = crate::compare::contents(t.file())?;
    t.reopen_as(Mode::Read)?;
    same(crate::compare::differences(&before, &crate::compare::contents(t.file())?), Vec::<String>::new())
}

fn groups_refuse_changes(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    t.reopen_as(Mode::Read)?;
    let node = t.file().backend().open(t.file().backend().root())?;
    let (group, token) = (some(node.as_group())?, node.token());
    let new = "new".into();
    let kind = ErrorKind::Unsupported;
    t.refused(kind, |_| group.create_group(&new, &NewGroup::default()))?;
    t.refused(kind, |_| group.create_dataset(&new, &plain::<u8>(&[1])))?;
    t.refused(kind, |_| group.commit_datatype(&new, &u8::datatype()))?;
    t.refused(kind, |_| group.create_link(&new, &soft("g")))?;
    t.refused(kind, |_| group.create_link(&new, &LinkTarget::Hard(token)))?;
    t.refused(kind, |_| group.remove_link(b"g"))?;
    t.refused(kind, |_| group.move_link(b"g", token, &new))
}

fn attributes_refuse_changes(t: &mut Trial<'_>) -> Outcome {
    t.root()?.set_attr("a", 1)?;
    t.reopen_as(Mode::Read)?;
    let root = t.root()?;
    let (new, value) = scalar("b", 1)?;
    let kind = ErrorKind::Unsupported;
    t.refused(kind, |_| root.write_attr(&new, &value))?;
    t.refused(kind, |_| root.set_attr("a", 2))?;
    t.refused(kind, |_| root.remove_attr("a"))?;
    t.refused(kind, |_| root.rename_attr("a", "b"))?;
    t.refused(kind, |_| root.set_comment("c"))
}

fn datasets_refuse_changes(t: &mut Trial<'_>) -> Outcome {
    t.file().write_array("x", [1, 2])?;
    t.reopen_as(Mode::Read)?;
    let data = t.file().dataset("x")?;
    t.refused(ErrorKind::Unsupported, |_| data.write(&[3, 4]))?;
    t.refused(ErrorKind::Unsupported, |_| data.write_selection::<i32>(&Selection::None, &[]))
}

fn growing_datasets_refuse_changes(t: &mut Trial<'_>) -> Outcome {
    t.root()?.create_dataset_from("x", &growing::<i32>(&[2], &[2]))?.write(&[1, 2])?;
    t.reopen_as(Mode::Read)?;
    let data = t.file().dataset("x")?;
    t.refused(ErrorKind::Unsupported, |_| data.resize([3]))?;
    t.refused(ErrorKind::Unsupported, |_| data.append([3]))?;
    t.refused(ErrorKind::Unsupported, |_| data.write_raw_chunk(&[0], 0, &[0; 8]))
}

fn flushing_and_closing_are_no_changes(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    t.reopen_as(Mode::Read)?;
    t.file().flush()?;
    t.reopen_as(Mode::Read)?;
    same(t.root()?.link_count()?, 1)
}

fn a_file_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    let name = format!("absent-{}", t.name());
    is_error(ErrorKind::NotFound, t.open(&name, Mode::Read))?;
    is_error(ErrorKind::NotFound, t.open(&name, Mode::ReadWrite))
}

fn a_file_that_is_there_already(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    let (file, name) = t.companion()?;
    file.create_group("g")?;
    file.flush()?;
    file.close()?;
    is_error(ErrorKind::AlreadyExists, t.open(&name, Mode::CreateNew))?;
    same(t.open(&name, Mode::Read)?.root()?.link_count()?, 1)
}

fn a_file_is_created_in_the_place_of_another(t: &mut Trial<'_>) -> Outcome {
    let (file, name) = t.companion()?;
    file.write_array("x", [1; 1000])?;
    file.flush()?;
    file.close()?;
    drop(file);
    let file = t.open(&name, Mode::Create)?;
    same(file.root()?.link_count()?, 0)?;
    file.create_group("new")?;
    file.flush()?;
    file.close()?;
    same(t.open(&name, Mode::Read)?.root()?.link_count()?, 1)
}
