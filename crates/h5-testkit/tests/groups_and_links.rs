//! Groups and links, by the handles.

#![allow(clippy::unwrap_used, reason = "tests: a failure is what is to be shown")]

use h5_backend::{File, Order};
use h5_testkit::{MemoryBackend, MemoryFiles};
use h5_types::{ErrorKind, H5Type, LinkTarget, Name, NewGroup, Result};

fn names(file: &File, path: &str) -> Vec<String> {
    let links = file.group(path).unwrap().links(Order::Name).unwrap();
    links.into_iter().map(|link| link.unwrap().name.to_string()).collect()
}

fn kind<T: std::fmt::Debug>(result: Result<T>) -> ErrorKind {
    result.unwrap_err().kind()
}

#[test]
fn groups_are_made_one_by_one_or_with_all_on_the_way() {
    let file = MemoryBackend::new();
    assert_eq!(kind(file.create_group("a/b")), ErrorKind::NotFound);
    assert_eq!(names(&file, "/"), [""; 0]);
    file.create_group("a").unwrap();
    assert_eq!(file.create_group("/a/b/").unwrap().object().path(), "/a/b");
    assert_eq!(kind(file.create_group("a/b")), ErrorKind::AlreadyExists);
    assert_eq!(kind(file.create_group("")), ErrorKind::Usage);
    assert_eq!(kind(file.create_group("/")), ErrorKind::Usage);
    let deep = file.group("a").unwrap().require_group("b/c/d").unwrap();
    assert_eq!(deep.object().path(), "/a/b/c/d");
    let again = file.group("a/b").unwrap().require_group("/a/b/c/d").unwrap();
    assert_eq!(again.object().token(), deep.object().token());
    file.link_soft("s", "a/b").unwrap();
    assert_eq!(file.require_group("s/e").unwrap().object().path(), "/a/b/e");
    file.write_array("x", [1]).unwrap();
    assert_eq!(kind(file.require_group("x")), ErrorKind::Usage);
    assert_eq!(kind(file.require_group("x/y")), ErrorKind::Usage);
}

#[test]
fn an_object_lives_as_long_as_a_hard_link_leads_to_it() {
    let file = MemoryBackend::new();
    let data = file.root().unwrap().new_dataset::<i32>("g/data").create_parents().create().unwrap();
    file.link_hard("again", &data).unwrap();
    assert_eq!(data.object().info().unwrap().reference_count, 2);
    file.remove("g").unwrap();
    assert_eq!(data.object().info().unwrap().reference_count, 1);
    assert_eq!(file.dataset("again").unwrap().read_scalar::<i32>().unwrap(), 0);
    file.remove("again").unwrap();
    assert_eq!(kind(data.read_scalar::<i32>()), ErrorKind::NotFound);
    assert_eq!(kind(file.link_hard("back", &data)), ErrorKind::NotFound);
    assert_eq!(kind(file.remove("again")), ErrorKind::NotFound);
}

#[test]
fn what_is_removed_takes_with_it_what_only_it_leads_to() {
    let file = MemoryBackend::new();
    let inner = file.require_group("a/b/c").unwrap();
    let kept = file.create_group("a/kept").unwrap();
    file.link_hard("k", &kept).unwrap();
    file.remove("a").unwrap();
    assert_eq!(kind(inner.link_count()), ErrorKind::NotFound);
    assert_eq!(kept.link_count().unwrap(), 0);
    // A link of the root to itself does not make it removable.
    let root = file.root().unwrap();
    file.link_hard("self", &root).unwrap();
    file.remove("self").unwrap();
    assert_eq!(names(&file, "/"), ["k"]);
}

#[test]
fn links_are_moved_between_groups_but_not_below_themselves() {
    let file = MemoryBackend::new();
    file.require_group("a/b").unwrap();
    file.create_group("z").unwrap();
    let token = file.group("a").unwrap().object().token();
    assert_eq!(kind(file.rename("a", "a/b/c")), ErrorKind::Usage);
    assert_eq!(kind(file.rename("a", "z")), ErrorKind::AlreadyExists);
    assert_eq!(kind(file.rename("a", "a")), ErrorKind::AlreadyExists);
    assert_eq!(kind(file.rename("no", "yes")), ErrorKind::NotFound);
    assert_eq!(kind(file.rename("a", "no/a")), ErrorKind::NotFound);
    file.rename("a", "z/y").unwrap();
    assert_eq!(names(&file, "/"), ["z"]);
    let moved = file.group("z/y").unwrap();
    assert_eq!(moved.object().token(), token);
    assert_eq!(moved.object().info().unwrap().reference_count, 1);
    assert_eq!(names(&file, "z/y"), ["b"]);
    // A path from the group itself, and one from the root.
    moved.rename("b", "/b").unwrap();
    assert_eq!(names(&file, "/"), ["b", "z"]);
}

#[test]
fn soft_links_lead_where_their_path_says_and_may_dangle() {
    let file = MemoryBackend::new();
    file.require_group("a/b").unwrap();
    file.link_soft("a/up", "b").unwrap();
    file.link_soft("a/root", "/a").unwrap();
    file.link_soft("nowhere", "no").unwrap();
    assert_eq!(file.group("a/up").unwrap().object().path(), "/a/b");
    assert_eq!(file.group("a/root/up").unwrap().object().path(), "/a/b");
    assert_eq!(kind(file.object("nowhere")), ErrorKind::NotFound);
    assert_eq!(kind(file.link_soft("nowhere", "a")), ErrorKind::AlreadyExists);
    assert_eq!(kind(file.link_soft("empty", "")), ErrorKind::Usage);
    file.remove("a/up").unwrap();
    assert!(file.group("a/b").is_ok());
}

#[test]
fn external_links_lead_into_files_of_the_registry() {
    let files = MemoryFiles::new();
    let (one, two) = (files.create("one").unwrap(), files.create("two").unwrap());
    assert_eq!(kind(files.create("one")), ErrorKind::AlreadyExists);
    two.root().unwrap().new_dataset::<u8>("g/x").create_parents().create_with([7]).unwrap();
    one.link_external("out", "two", "g").unwrap();
    one.link_external("lost", "three", "/g").unwrap();
    let data = one.dataset("out/x").unwrap();
    assert_eq!(data.read::<u8>().unwrap(), [7]);
    assert_eq!(kind(one.object("lost")), ErrorKind::NotFound);
    assert_eq!(kind(one.link_hard("x", &data)), ErrorKind::Usage);
    assert_eq!(kind(one.rename("out", "out/out")), ErrorKind::Usage);
    let target = LinkTarget::External { file: "two".into(), path: "g".into() };
    assert_eq!(one.root().unwrap().link("out").unwrap().unwrap().target, target);
    // What is created through an external link is in the other file.
    one.create_group("out/new").unwrap();
    assert!(two.group("g/new").is_ok());
    let alone = MemoryBackend::new();
    alone.link_external("out", "two", "/").unwrap();
    assert_eq!(kind(alone.object("out")), ErrorKind::NotFound);
}

#[test]
fn a_file_that_is_closed_keeps_what_was_written() {
    let files = MemoryFiles::new();
    let file = files.create("one").unwrap();
    let root = file.root().unwrap();
    root.set_attr("n", 1).unwrap();
    file.flush().unwrap();
    file.close().unwrap();
    file.close().unwrap();
    assert_eq!(kind(file.flush()), ErrorKind::Usage);
    assert_eq!(kind(root.link_count()), ErrorKind::Usage);
    assert_eq!(kind(root.create_group("a")), ErrorKind::Usage);
    let again = files.open("one").unwrap();
    assert_eq!(again.root().unwrap().attr("n").unwrap().read_scalar::<i32>().unwrap(), 1);
    assert_eq!(kind(files.open("two")), ErrorKind::NotFound);
}

#[test]
fn links_are_listed_in_order_of_creation_where_it_is_tracked() {
    let file = MemoryBackend::new();
    let plain = file.create_group("plain").unwrap();
    assert_eq!(kind(plain.links(Order::Creation)), ErrorKind::Unsupported);
    let mut new = NewGroup::default();
    new.tracks_link_creation = true;
    let group = file.root().unwrap().create_group_from("g", &new).unwrap();
    for name in ["c", "a", "b"] {
        group.create_group(name).unwrap();
    }
    group.rename("c", "d").unwrap();
    let created = |after: Option<&[u8]>| {
        let mut found = Vec::new();
        group
            .visit_links(Order::Creation, after, &mut |link| {
                found.push(link.unwrap().name);
                std::ops::ControlFlow::Continue(())
            })
            .unwrap();
        found
    };
    assert_eq!(created(None), ["a", "b", "d"].map(Name::from));
    assert_eq!(created(Some(b"a")), ["b", "d"].map(Name::from));
    assert_eq!(group.links_page(Some(b"b"), 5).unwrap().len(), 1);
}

#[test]
fn datatypes_are_committed_and_referred_to() {
    let file = MemoryBackend::new();
    let committed = file.commit_datatype("t", &f32::datatype()).unwrap();
    committed.set_attr("what", "a datatype").unwrap();
    let data = file.new_dataset::<f64>("x").committed_datatype(&committed).create().unwrap();
    let info = data.info().unwrap();
    assert_eq!(info.datatype, f32::datatype());
    assert_eq!(info.committed_datatype, Some(committed.object().token()));
    let other = file.new_dataset::<f64>("y").committed_datatype(&committed).datatype(f64::datatype());
    assert_eq!(kind(other.create()), ErrorKind::Usage);
}
