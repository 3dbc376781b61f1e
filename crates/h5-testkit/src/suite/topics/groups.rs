//! Groups: making, finding and removing them.

use h5_backend::{ObjectKind, Order};
use h5_types::{Error, ErrorKind, LinkTarget, NewGroup};

use super::names;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("groups";
        a_new_file_has_an_empty_root [],
        the_root_is_a_group_of_its_own [],
        a_group_is_found_by_its_name [],
        a_group_is_found_by_its_token [],
        groups_lie_within_one_another [],
        names_are_bytes_of_any_kind [AnyText],
        names_that_begin_alike_are_kept_apart [],
        a_long_name_is_kept [],
        a_name_may_hold_dots_and_spaces [],
        two_groups_of_one_name_in_different_groups [],
        link_counts_follow_what_is_made_and_removed [],
        a_removed_group_is_gone_with_what_it_held [],
        a_name_can_be_used_again_after_removal [],
        deep_nesting_is_reached [],
        paths_with_dots_and_doubled_slashes [],
        a_walk_meets_every_object_once [],
        require_group_makes_what_is_missing [],
        several_hundred_groups [],
        an_object_says_what_it_is [],
        a_handle_sees_what_another_made [],
        reference_count_is_one [],
    )
}

fn a_new_file_has_an_empty_root(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    same(root.link_count()?, 0)?;
    same(root.links(Order::Name)?.len(), 0)?;
    same(root.object().attributes(Order::Name)?.len(), 0)?;
    same(root.object().kind(), ObjectKind::Group)
}

fn the_root_is_a_group_of_its_own(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    same(root.object().token(), t.file().backend().root())?;
    same(t.file().object("/")?.token(), root.object().token())?;
    same(t.file().object("")?.token(), root.object().token())
}

fn a_group_is_found_by_its_name(t: &mut Trial<'_>) -> Outcome {
    let made = t.file().create_group("a")?;
    let found = t.file().group("a")?;
    same(found.object().token(), made.object().token())?;
    let link = some(t.root()?.link("a")?)?;
    same(link.target, LinkTarget::Hard(made.object().token()))?;
    same(t.root()?.link("b")?, None)
}

fn a_group_is_found_by_its_token(t: &mut Trial<'_>) -> Outcome {
    let made = t.file().create_group("a")?;
    made.create_group("inside")?;
    let node = t.file().backend().open(made.object().token())?;
    same(node.token(), made.object().token())?;
    same(node.kind(), ObjectKind::Group)?;
    same(some(node.as_group())?.link_count()?, 1)
}

fn groups_lie_within_one_another(t: &mut Trial<'_>) -> Outcome {
    let c = t.file().create_group("a")?.create_group("b")?.create_group("c")?;
    same(t.file().group("a/b/c")?.object().token(), c.object().token())?;
    same(c.object().path(), "/a/b/c")?;
    is_error(ErrorKind::NotFound, t.file().create_group("x/y"))
}

fn names_are_bytes_of_any_kind(t: &mut Trial<'_>) -> Outcome {
    let spelled: [&[u8]; 5] =
        ["\u{b5}m".as_bytes(), b"\xff\xfe", b"a\nb", b"\x1b[31m", "\u{1f600}".as_bytes()];
    for name in spelled {
        t.root()?.create_group(name)?;
    }
    t.reopen()?;
    for name in spelled {
        same(some(t.root()?.link(name)?)?.name.as_bytes(), name)?;
    }
    same(t.root()?.link_count()?, 5)
}

fn names_that_begin_alike_are_kept_apart(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for name in ["a", "aa", "aaa", "ab", "a "] {
        group.create_group(name)?;
    }
    same(names(&group, Order::Name)?, ["a", "a ", "aa", "aaa", "ab"])?;
    group.remove("aa")?;
    check(group.link("aa")?.is_none(), || "`aa` is still there".to_owned())?;
    check(group.link("aaa")?.is_some(), || "`aaa` went with `aa`".to_owned())
}

fn a_long_name_is_kept(t: &mut Trial<'_>) -> Outcome {
    let name = "n".repeat(1000);
    t.file().create_group(&name)?;
    t.reopen()?;
    same(names(&t.root()?, Order::Name)?, [name])
}

fn a_name_may_hold_dots_and_spaces(t: &mut Trial<'_>) -> Outcome {
    for name in ["..", "...", ".hidden", " ", "a.b"] {
        t.file().create_group(name)?;
    }
    same(names(&t.root()?, Order::Name)?, [" ", "..", "...", ".hidden", "a.b"])?;
    // HDF5 has no parent directory.
    same(t.file().object("..")?.path(), "/..")
}

fn two_groups_of_one_name_in_different_groups(t: &mut Trial<'_>) -> Outcome {
    let one = t.file().create_group("a")?.create_group("same")?;
    let other = t.file().create_group("b")?.create_group("same")?;
    check(one.object().token() != other.object().token(), || "two objects have one token".to_owned())?;
    one.create_group("only here")?;
    same(other.link_count()?, 0)
}

fn link_counts_follow_what_is_made_and_removed(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for count in 1..=40_u64 {
        group.create_group(format!("m{count}"))?;
        same(group.link_count()?, count)?;
    }
    for count in (0..40_u64).rev() {
        group.remove(format!("m{}", count + 1))?;
        same(group.link_count()?, count)?;
    }
    same(group.links(Order::Name)?.len(), 0)
}

fn a_removed_group_is_gone_with_what_it_held(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    let b = a.create_group("b")?;
    t.file().remove("a")?;
    same(t.root()?.link_count()?, 0)?;
    is_error(ErrorKind::NotFound, a.link_count())?;
    is_error(ErrorKind::NotFound, b.object().info())?;
    is_error(ErrorKind::NotFound, b.create_group("c"))?;
    is_error(ErrorKind::NotFound, t.file().group("a"))
}

fn a_name_can_be_used_again_after_removal(t: &mut Trial<'_>) -> Outcome {
    let old = t.file().create_group("a")?;
    old.create_group("old")?;
    t.file().remove("a")?;
    let new = t.file().create_group("a")?;
    same(new.link_count()?, 0)?;
    new.create_group("new")?;
    is_error(ErrorKind::NotFound, old.links(Order::Name))?;
    t.reopen()?;
    same(names(&t.file().group("a")?, Order::Name)?, ["new"])
}

fn deep_nesting_is_reached(t: &mut Trial<'_>) -> Outcome {
    let mut here = t.root()?;
    for level in 0..200 {
        here = here.create_group(format!("l{level}"))?;
    }
    t.reopen()?;
    same(t.root()?.walk().count(), 201)?;
    let path: Vec<String> = (0..200).map(|level| format!("l{level}")).collect();
    same(t.file().group(path.join("/"))?.link_count()?, 0)
}

fn paths_with_dots_and_doubled_slashes(t: &mut Trial<'_>) -> Outcome {
    let b = t.file().create_group("a")?.create_group("b")?;
    for path in ["/a/b", "//a//b/", "./a/./b", "a/b/."] {
        same(t.file().object(path)?.token(), b.object().token())?;
    }
    same(b.object_at("/a/b")?.token(), b.object().token())
}

fn a_walk_meets_every_object_once(t: &mut Trial<'_>) -> Outcome {
    for path in ["a", "a/b", "a/c", "d"] {
        t.file().create_group(path)?;
    }
    let found: Result<Vec<String>, Error> =
        t.root()?.walk().map(|object| Ok(object?.path().to_owned())).collect();
    same(found?, ["/", "/a", "/a/b", "/a/c", "/d"])
}

fn require_group_makes_what_is_missing(t: &mut Trial<'_>) -> Outcome {
    let c = t.file().require_group("a/b/c")?;
    same(t.file().require_group("a/b/c")?.object().token(), c.object().token())?;
    t.file().require_group("a/b/d")?;
    same(names(&t.file().group("a/b")?, Order::Name)?, ["c", "d"])
}

fn several_hundred_groups(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("many")?;
    for number in 0..500 {
        // Not in the order of the names.
        group.create_group(format!("g{:03}", number * 7 % 500))?;
    }
    let expected: Vec<String> = (0..500).map(|number| format!("g{number:03}")).collect();
    same(names(&group, Order::Name)?, expected.as_slice())?;
    t.reopen()?;
    let group = t.file().group("many")?;
    same(names(&group, Order::Name)?, expected.as_slice())?;
    for name in &expected {
        check(group.link(name)?.is_some(), || format!("{name} is not found"))?;
    }
    Ok(())
}

fn an_object_says_what_it_is(t: &mut Trial<'_>) -> Outcome {
    let group = t.root()?.create_group_from("g", &NewGroup::default())?;
    let object = group.object();
    same(object.kind(), ObjectKind::Group)?;
    check(object.node().as_group().is_some(), || "a group is no group".to_owned())?;
    check(object.node().as_dataset().is_none(), || "a group is a dataset".to_owned())?;
    check(object.node().as_datatype().is_none(), || "a group is a datatype".to_owned())?;
    let info = object.info()?;
    same((info.tracks_link_creation, info.tracks_attribute_creation), (false, false))?;
    same(info.comment, None)
}

fn a_handle_sees_what_another_made(t: &mut Trial<'_>) -> Outcome {
    let (one, other) = (t.file().create_group("g")?, t.file().group("g")?);
    same(other.link_count()?, 0)?;
    one.create_group("new")?;
    same(names(&other, Order::Name)?, ["new"])?;
    other.remove("new")?;
    same(one.link_count()?, 0)
}

fn reference_count_is_one(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    same(group.object().info()?.reference_count, 1)
}
