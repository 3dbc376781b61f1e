use h5::prelude::*;

use crate::open;

#[test]
fn a_walk_meets_each_object_once_and_follows_hard_links_only() {
    let graph = open().group("graph").unwrap();
    let paths =
        |walk: h5::Walk| -> Vec<String> { walk.map(|object| object.unwrap().path().to_owned()).collect() };
    assert_eq!(paths(graph.walk()), ["/graph", "/graph/a", "/graph/a/again", "/graph/data"]);
    assert_eq!(paths(graph.walk().depth_limit(1)), ["/graph", "/graph/a", "/graph/data"]);
    assert_eq!(paths(graph.walk().depth_limit(0)), ["/graph"]);
}

#[test]
fn children_come_by_name_and_a_dangling_one_does_not_hide_the_others() {
    let graph = open().group("graph").unwrap();
    let children: Vec<h5::Child> = graph.children().map(Result::unwrap).collect();
    let names: Vec<String> = children.iter().map(|child| child.name().to_string()).collect();
    assert_eq!(names, ["a", "dangling", "data", "soft"]);
    assert_eq!(children[1].open().unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(children[3].open().unwrap().token(), children[2].open().unwrap().token());
    let datasets: Vec<Result<Dataset>> = graph.datasets().collect();
    assert_eq!(datasets.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, true, true]);
    assert_eq!(graph.groups().filter(Result::is_ok).count(), 1);
    assert_eq!(open().root().unwrap().attr("title").unwrap().read_scalar::<String>().unwrap(), "typed");
}

#[test]
fn many_children_come_in_order() {
    let names: Vec<String> =
        open().group("many").unwrap().children().map(|child| child.unwrap().name().to_string()).collect();
    let expected: Vec<String> = (0..40).map(|n| format!("{n:02}")).collect();
    assert_eq!(names, expected);
}
