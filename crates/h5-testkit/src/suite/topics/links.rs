//! Links of each kind: making, following, removing and moving them.

use h5_backend::Order;
use h5_types::{ErrorKind, LinkTarget, Name};

use super::names;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("links";
        hard_links_are_counted [HardLinks],
        an_object_lives_as_long_as_a_hard_link [HardLinks],
        hard_links_lead_to_one_object [HardLinks],
        a_hard_link_back_makes_a_cycle [HardLinks],
        a_removed_cycle_leaves_the_rest [HardLinks],
        the_root_may_have_a_hard_link_and_stays [HardLinks],
        a_dataset_has_two_names [HardLinks],
        a_hundred_names_of_one_object [HardLinks],
        soft_links_are_kept_as_written [SoftLinks],
        soft_links_keep_slashes_of_no_effect [SoftLinks, AnySoftPath],
        soft_links_lead_from_their_group [SoftLinks],
        soft_links_lead_from_the_root [SoftLinks],
        soft_links_may_dangle [SoftLinks],
        a_dangling_soft_link_leads_somewhere_later [SoftLinks],
        soft_links_lead_to_soft_links [SoftLinks],
        soft_links_in_a_circle_end [SoftLinks],
        removing_a_soft_link_leaves_its_target [SoftLinks],
        removing_the_target_leaves_the_soft_link [SoftLinks],
        soft_links_do_not_count [SoftLinks],
        a_path_leads_through_a_soft_link [SoftLinks],
        a_soft_link_of_bytes_of_any_kind [SoftLinks, AnyText],
        a_long_soft_link [SoftLinks],
        user_defined_links_are_kept [UserDefinedLinks],
        user_defined_links_are_not_followed [UserDefinedLinks],
        a_link_is_renamed [MoveLink],
        a_link_is_moved_to_another_group [MoveLink],
        a_moved_object_keeps_token_and_contents [MoveLink],
        a_soft_link_is_moved_as_it_is [MoveLink, SoftLinks],
        a_link_is_moved_up_to_the_root [MoveLink],
        many_links_are_moved [MoveLink],
        links_of_all_kinds_beside_one_another [SoftLinks, HardLinks],
    )
}

fn hard_links_are_counted(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    t.file().link_hard("b", &a)?;
    t.file().link_hard("c", &a)?;
    same(a.object().info()?.reference_count, 3)?;
    t.file().remove("b")?;
    same(a.object().info()?.reference_count, 2)?;
    t.reopen()?;
    same(t.file().group("c")?.object().info()?.reference_count, 2)
}

fn an_object_lives_as_long_as_a_hard_link(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    a.set_attr("n", 7)?;
    t.file().link_hard("b", &a)?;
    t.file().remove("a")?;
    same(a.attr("n")?.read_scalar::<i32>()?, 7)?;
    t.file().remove("b")?;
    is_error(ErrorKind::NotFound, a.attr("n").and_then(|attribute| attribute.read_scalar::<i32>()))
}

fn hard_links_lead_to_one_object(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    t.file().create_group("d")?.link_hard("b", &a)?;
    same(t.file().object("d/b")?.token(), a.object().token())?;
    t.file().group("d/b")?.create_group("c")?;
    same(names(&a, Order::Name)?, ["c"])
}

fn a_hard_link_back_makes_a_cycle(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    let b = a.create_group("b")?;
    b.link_hard("up", &a)?;
    same(t.file().object("a/b/up/b/up/b")?.token(), b.object().token())?;
    same(t.root()?.walk().count(), 3)
}

fn a_removed_cycle_leaves_the_rest(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    a.create_group("b")?.link_hard("up", &a)?;
    t.file().create_group("other")?;
    t.file().remove("a/b/up")?;
    t.file().remove("a")?;
    t.reopen()?;
    same(names(&t.root()?, Order::Name)?, ["other"])
}

fn the_root_may_have_a_hard_link_and_stays(t: &mut Trial<'_>) -> Outcome {
    let root = t.root()?;
    root.link_hard("self", &root)?;
    root.create_group("a")?;
    same(t.file().object("self/self/a")?.token(), t.file().object("a")?.token())?;
    root.remove("self")?;
    same(names(&root, Order::Name)?, ["a"])
}

fn a_dataset_has_two_names(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1, 2, 3])?;
    t.file().link_hard("y", &data)?;
    t.file().dataset("y")?.write(&[4, 5, 6])?;
    same(t.file().dataset("x")?.read::<i32>()?, [4, 5, 6])?;
    t.file().remove("x")?;
    t.reopen()?;
    same(t.file().dataset("y")?.read::<i32>()?, [4, 5, 6])
}

fn a_hundred_names_of_one_object(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    for number in 0..99 {
        t.file().link_hard(format!("n{number:02}"), &a)?;
    }
    same(a.object().info()?.reference_count, 100)?;
    for number in 0..99 {
        t.file().remove(format!("n{number:02}"))?;
    }
    same(a.object().info()?.reference_count, 1)
}

fn soft_links_are_kept_as_written(t: &mut Trial<'_>) -> Outcome {
    are_kept(t, &["a/b", "/a/b", "/", "./../x", " ", "."])
}

fn soft_links_keep_slashes_of_no_effect(t: &mut Trial<'_>) -> Outcome {
    are_kept(t, &["/a//b/", "a/", "//", "a///b"])
}

fn are_kept(t: &mut Trial<'_>, targets: &[&str]) -> Outcome {
    for (number, target) in targets.iter().enumerate() {
        t.file().link_soft(format!("s{number}"), *target)?;
    }
    t.reopen()?;
    for (number, target) in targets.iter().enumerate() {
        let found = some(t.root()?.link(format!("s{number}"))?)?;
        same(found.target, LinkTarget::Soft((*target).into()))?;
    }
    Ok(())
}

fn soft_links_lead_from_their_group(t: &mut Trial<'_>) -> Outcome {
    t.file().require_group("a/b")?;
    t.file().create_group("b")?;
    t.file().link_soft("a/s", "b")?;
    same(t.file().object("a/s")?.path(), "/a/b")?;
    same(t.file().object("a/s")?.token(), t.file().object("/a/b")?.token())
}

fn soft_links_lead_from_the_root(t: &mut Trial<'_>) -> Outcome {
    t.file().require_group("a/b")?;
    t.file().create_group("b")?;
    t.file().link_soft("a/s", "/b")?;
    same(t.file().object("a/s")?.token(), t.file().object("/b")?.token())
}

fn soft_links_may_dangle(t: &mut Trial<'_>) -> Outcome {
    t.file().link_soft("s", "no/where")?;
    is_error(ErrorKind::NotFound, t.file().object("s"))?;
    same(t.root()?.link_count()?, 1)?;
    // Children are told of each on its own.
    t.file().create_group("z")?;
    let opened: Vec<bool> = t.root()?.children().map(|child| child.and_then(|c| c.open()).is_ok()).collect();
    same(opened, [false, true])
}

fn a_dangling_soft_link_leads_somewhere_later(t: &mut Trial<'_>) -> Outcome {
    t.file().link_soft("s", "a")?;
    let a = t.file().create_group("a")?;
    same(t.file().object("s")?.token(), a.object().token())?;
    t.file().remove("a")?;
    is_error(ErrorKind::NotFound, t.file().object("s"))?;
    let data = t.file().write_array("a", [1_u8])?;
    same(t.file().object("s")?.token(), data.object().token())
}

fn soft_links_lead_to_soft_links(t: &mut Trial<'_>) -> Outcome {
    let end = t.file().create_group("end")?;
    t.file().link_soft("s0", "end")?;
    for number in 1..10 {
        t.file().link_soft(format!("s{number}"), format!("s{}", number - 1))?;
    }
    same(t.file().object("s9")?.token(), end.object().token())
}

fn soft_links_in_a_circle_end(t: &mut Trial<'_>) -> Outcome {
    t.file().link_soft("a", "b")?;
    t.file().link_soft("b", "a")?;
    t.file().link_soft("self", "self/self")?;
    is_error(ErrorKind::Limit, t.file().object("a"))?;
    is_error(ErrorKind::Limit, t.file().object("self"))
}

fn removing_a_soft_link_leaves_its_target(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    t.file().link_soft("s", "a")?;
    t.file().remove("s")?;
    same(names(&t.root()?, Order::Name)?, ["a"])
}

fn removing_the_target_leaves_the_soft_link(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("a")?;
    t.file().link_soft("s", "a")?;
    t.file().remove("a")?;
    same(names(&t.root()?, Order::Name)?, ["s"])?;
    is_error(ErrorKind::NotFound, t.file().object("s"))
}

fn soft_links_do_not_count(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    t.file().link_soft("s", "a")?;
    same(a.object().info()?.reference_count, 1)
}

fn a_path_leads_through_a_soft_link(t: &mut Trial<'_>) -> Outcome {
    let c = t.file().require_group("a/b/c")?;
    t.file().link_soft("s", "/a/b")?;
    same(t.file().object("s/c")?.token(), c.object().token())?;
    t.file().create_group("s/new")?;
    same(names(&t.file().group("a/b")?, Order::Name)?, ["c", "new"])
}

fn a_soft_link_of_bytes_of_any_kind(t: &mut Trial<'_>) -> Outcome {
    let target = Name::new(*b"\xff/\xc3");
    t.root()?.link_soft("s", target.clone())?;
    t.reopen()?;
    same(some(t.root()?.link("s")?)?.target, LinkTarget::Soft(target))
}

fn a_long_soft_link(t: &mut Trial<'_>) -> Outcome {
    let target = "/long".repeat(600);
    t.file().link_soft("s", target.as_str())?;
    t.file().link_soft("t", "short")?;
    t.reopen()?;
    same(some(t.root()?.link("s")?)?.target, LinkTarget::Soft(target.into()))
}

fn user_defined_links_are_kept(t: &mut Trial<'_>) -> Outcome {
    let targets = [(65_u8, vec![]), (187, vec![0, 1, 255]), (255, vec![7; 300])];
    let root = t.file().backend().open(t.file().backend().root())?;
    for (class, value) in &targets {
        let target = LinkTarget::UserDefined { class: *class, value: value.clone() };
        some(root.as_group())?.create_link(&format!("u{class}").into(), &target)?;
    }
    t.reopen()?;
    for (class, value) in targets {
        let found = some(t.root()?.link(format!("u{class}"))?)?.target;
        same(found, LinkTarget::UserDefined { class, value })?;
    }
    Ok(())
}

fn user_defined_links_are_not_followed(t: &mut Trial<'_>) -> Outcome {
    let root = t.file().backend().open(t.file().backend().root())?;
    let target = LinkTarget::UserDefined { class: 100, value: b"a".to_vec() };
    some(root.as_group())?.create_link(&"u".into(), &target)?;
    t.file().create_group("a")?;
    is_error(ErrorKind::Unsupported, t.file().object("u"))
}

fn a_link_is_renamed(t: &mut Trial<'_>) -> Outcome {
    let a = t.file().create_group("a")?;
    t.file().rename("a", "b")?;
    same(names(&t.root()?, Order::Name)?, ["b"])?;
    same(t.file().object("b")?.token(), a.object().token())?;
    same(a.object().info()?.reference_count, 1)
}

fn a_link_is_moved_to_another_group(t: &mut Trial<'_>) -> Outcome {
    let x = t.file().require_group("a/x")?;
    t.file().create_group("b")?;
    t.file().rename("a/x", "b/y")?;
    same(t.file().group("a")?.link_count()?, 0)?;
    same(t.file().object("b/y")?.token(), x.object().token())?;
    t.reopen()?;
    same(names(&t.file().group("b")?, Order::Name)?, ["y"])
}

fn a_moved_object_keeps_token_and_contents(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [1.5, 2.5])?;
    data.set_attr("units", "mm")?;
    t.file().create_group("g")?;
    t.file().rename("x", "g/x")?;
    same(data.read::<f64>()?, [1.5, 2.5])?;
    t.reopen()?;
    let data = t.file().dataset("g/x")?;
    same(data.read::<f64>()?, [1.5, 2.5])?;
    check(data.attr("units").is_ok(), || "the attribute is gone".to_owned())
}

fn a_soft_link_is_moved_as_it_is(t: &mut Trial<'_>) -> Outcome {
    t.file().require_group("a/b")?;
    t.file().link_soft("a/s", "b")?;
    t.file().rename("a/s", "s")?;
    same(some(t.root()?.link("s")?)?.target, LinkTarget::Soft("b".into()))?;
    is_error(ErrorKind::NotFound, t.file().object("s"))
}

fn a_link_is_moved_up_to_the_root(t: &mut Trial<'_>) -> Outcome {
    let c = t.file().require_group("a/b/c")?;
    t.file().rename("a/b/c", "/c")?;
    t.file().remove("a")?;
    same(t.file().object("c")?.token(), c.object().token())
}

fn many_links_are_moved(t: &mut Trial<'_>) -> Outcome {
    let (from, to) = (t.file().create_group("from")?, t.file().create_group("to")?);
    for number in 0..100 {
        from.create_group(format!("g{number:02}"))?;
    }
    let before = names(&from, Order::Name)?;
    for name in &before {
        t.file().rename(format!("from/{name}"), format!("to/{name}"))?;
    }
    same(from.link_count()?, 0)?;
    same(names(&to, Order::Name)?, before.as_slice())?;
    t.reopen()?;
    same(names(&t.file().group("to")?, Order::Name)?, before)
}

fn links_of_all_kinds_beside_one_another(t: &mut Trial<'_>) -> Outcome {
    let hard = t.file().create_group("hard")?;
    t.file().link_soft("soft", "hard")?;
    t.file().link_hard("another", &hard)?;
    t.reopen()?;
    let kinds: Result<Vec<bool>, _> = t
        .root()?
        .links(Order::Name)?
        .into_iter()
        .map(|link| link.map(|link| matches!(link.target, LinkTarget::Hard(_))))
        .collect();
    same(kinds?, [true, true, false])
}
