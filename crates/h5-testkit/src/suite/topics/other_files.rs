//! External links.

use h5_backend::{File, Mode};
use h5_types::{ErrorKind, LinkTarget};

use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("other_files";
        external_links_are_kept_as_written [ExternalLinks],
        external_links_are_followed [ExternalLinks],
        a_path_goes_on_in_the_other_file [ExternalLinks],
        an_object_knows_its_file [ExternalLinks],
        external_links_to_missing_files_dangle [ExternalLinks],
        external_links_to_missing_objects_dangle [ExternalLinks],
        soft_links_of_the_other_file_stay_there [ExternalLinks, SoftLinks],
        external_links_to_one_another_end [ExternalLinks],
        an_external_link_is_removed_alone [ExternalLinks],
        an_external_link_is_moved [ExternalLinks, MoveLink],
        a_hard_link_does_not_leave_the_file [ExternalLinks, HardLinks],
        a_move_does_not_leave_the_file [ExternalLinks, MoveLink],
        a_walk_stays_in_the_file [ExternalLinks],
    )
}

/// Another file with a dataset `g/x` and a group `g`, closed, and its name.
fn other(t: &Trial<'_>) -> Result<String, h5_types::Error> {
    let (file, name) = t.companion()?;
    file.create_group("g")?.write_array("x", [7, 8, 9])?;
    close(&file)?;
    Ok(name)
}

fn close(file: &File) -> h5_types::Result<()> {
    file.flush()?;
    file.close()
}

fn external_links_are_kept_as_written(t: &mut Trial<'_>) -> Outcome {
    t.file().link_external("e", "some/file.h5", "/a/b")?;
    t.file().link_external("f", "\u{b5}.h5", "c")?;
    t.reopen()?;
    let target = |file: &str, path: &str| LinkTarget::External { file: file.into(), path: path.into() };
    same(some(t.root()?.link("e")?)?.target, target("some/file.h5", "/a/b"))?;
    same(some(t.root()?.link("f")?)?.target, target("\u{b5}.h5", "c"))
}

fn external_links_are_followed(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "/g/x")?;
    same(t.file().dataset("e")?.read::<i32>()?, [7, 8, 9])?;
    t.reopen_as(Mode::Read)?;
    same(t.file().dataset("e")?.read::<i32>()?, [7, 8, 9])
}

fn a_path_goes_on_in_the_other_file(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().create_group("a")?.link_external("e", name, "g")?;
    same(t.file().dataset("a/e/x")?.read::<i32>()?, [7, 8, 9])?;
    same(t.file().dataset("a/e/x")?.object().path(), "/g/x")
}

fn an_object_knows_its_file(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().create_group("g")?;
    t.file().link_external("e", name, "g")?;
    let there = t.file().group("e")?;
    let root = there.object().file().root()?;
    check(root.dataset("g/x").is_ok(), || "its file is not the other one".to_owned())
}

fn external_links_to_missing_files_dangle(t: &mut Trial<'_>) -> Outcome {
    t.file().link_external("e", "there-is-no-such-file.h5", "/")?;
    is_error(ErrorKind::NotFound, t.file().object("e"))?;
    same(t.root()?.link_count()?, 1)
}

fn external_links_to_missing_objects_dangle(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "/no")?;
    is_error(ErrorKind::NotFound, t.file().object("e"))
}

fn soft_links_of_the_other_file_stay_there(t: &mut Trial<'_>) -> Outcome {
    let (file, name) = t.companion()?;
    file.write_array("there", [1_u8])?;
    file.link_soft("s", "/there")?;
    close(&file)?;
    t.file().write_array("there", [2_u8])?;
    t.file().link_external("e", name, "s")?;
    same(t.file().dataset("e")?.read::<u8>()?, [1])
}

fn external_links_to_one_another_end(t: &mut Trial<'_>) -> Outcome {
    let (file, name) = t.companion()?;
    file.link_external("back", t.name(), "/out")?;
    close(&file)?;
    t.file().link_external("out", name, "/back")?;
    t.reopen_as(Mode::Read)?;
    is_error(ErrorKind::Limit, t.file().object("out"))
}

fn an_external_link_is_removed_alone(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name.as_str(), "g")?;
    t.file().remove("e")?;
    same(t.root()?.link_count()?, 0)?;
    let file = t.open(&name, Mode::Read)?;
    check(file.dataset("g/x").is_ok(), || "the other file lost its object".to_owned())
}

fn an_external_link_is_moved(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "g")?;
    t.file().create_group("a")?;
    t.file().rename("e", "a/f")?;
    same(t.file().dataset("a/f/x")?.read::<i32>()?, [7, 8, 9])
}

fn a_hard_link_does_not_leave_the_file(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "g/x")?;
    let there = t.file().dataset("e")?;
    t.refused(ErrorKind::Usage, |file| file.link_hard("x", &there))
}

fn a_move_does_not_leave_the_file(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "g")?;
    t.file().create_group("a")?;
    t.refused(ErrorKind::Usage, |file| file.rename("a", "e/a"))
}

fn a_walk_stays_in_the_file(t: &mut Trial<'_>) -> Outcome {
    let name = other(t)?;
    t.file().link_external("e", name, "g")?;
    same(t.root()?.walk().count(), 1)
}
