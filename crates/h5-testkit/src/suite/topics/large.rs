//! Many links, many attributes, large values.

use h5_backend::Order;
use h5_types::{Block, Name, NewGroup, Selection};

use super::{growing, names};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, same, some};

pub(super) fn cases() -> Vec<Case> {
    cases!("large";
        very_many_links [],
        very_many_links_come_and_go [],
        very_many_links_in_order_of_creation [LinkCreationOrder],
        very_many_soft_links [SoftLinks],
        a_thousand_attributes [],
        a_thousand_attributes_come_and_go [],
        an_attribute_of_60_000_bytes [],
        an_attribute_of_a_megabyte [LargeAttributes],
        a_thousand_rows_in_a_thousand_chunks [ChunkedLayout, Resize],
        ten_megabytes_of_elements [],
        a_name_of_60_000_bytes [],
    )
}

/// Numbers below a count, each once, in no order.
fn mixed(count: u64) -> impl Iterator<Item = u64> {
    (0..count).map(move |number| number * 7919 % count)
}

fn link_name(number: u64) -> String {
    format!("link {number:05}")
}

fn very_many_links(t: &mut Trial<'_>) -> Outcome {
    let count = t.many_links();
    let group = t.file().create_group("g")?;
    for number in mixed(count) {
        group.create_group(link_name(number))?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.link_count()?, count)?;
    let expected: Vec<String> = (0..count).map(link_name).collect();
    check(names(&group, Order::Name)? == expected, || "the listing is another".to_owned())?;
    for number in (0..count).step_by(97) {
        some(group.link(link_name(number))?)?;
    }
    same(group.link(link_name(count))?, None)
}

fn very_many_links_come_and_go(t: &mut Trial<'_>) -> Outcome {
    let count = t.many_links();
    let group = t.file().create_group("g")?;
    for number in mixed(count) {
        group.create_group(link_name(number))?;
    }
    for number in mixed(count).filter(|number| number % 10 != 3) {
        group.remove(link_name(number))?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    let expected: Vec<String> = (0..count).filter(|number| number % 10 == 3).map(link_name).collect();
    check(names(&group, Order::Name)? == expected, || "the listing is another".to_owned())?;
    for name in expected {
        group.remove(name)?;
    }
    t.reopen()?;
    same(t.file().group("g")?.link_count()?, 0)
}

fn very_many_links_in_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let count = t.many_links();
    let mut new = NewGroup::default();
    new.tracks_link_creation = true;
    let group = t.root()?.create_group_from("g", &new)?;
    for number in mixed(count) {
        group.create_group(link_name(number))?;
    }
    t.reopen()?;
    let expected: Vec<String> = mixed(count).map(link_name).collect();
    let found = names(&t.file().group("g")?, Order::Creation)?;
    check(found == expected, || "the order is another".to_owned())
}

fn very_many_soft_links(t: &mut Trial<'_>) -> Outcome {
    let count = t.many_links();
    let group = t.file().create_group("g")?;
    for number in mixed(count) {
        group.link_soft(link_name(number), "/g")?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.link_count()?, count)?;
    same(group.object_at(link_name(count / 2))?.token(), group.object().token())
}

fn a_thousand_attributes(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in mixed(1000) {
        group.set_attr(format!("a{number:03}"), number)?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    let found = group.object().attributes(Order::Name)?;
    same(found.len(), 1000)?;
    for (number, attribute) in found.into_iter().enumerate() {
        let attribute = attribute?;
        same(attribute.name(), &Name::from(format!("a{number:03}")))?;
        same(attribute.read_scalar::<u64>()?, number as u64)?;
    }
    Ok(())
}

fn a_thousand_attributes_come_and_go(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in mixed(1000) {
        group.set_attr(format!("a{number:03}"), number)?;
    }
    for number in mixed(1000).filter(|number| number % 100 != 7) {
        group.remove_attr(format!("a{number:03}"))?;
    }
    t.reopen()?;
    let group = t.file().group("g")?;
    same(group.object().attributes(Order::Name)?.len(), 10)?;
    same(group.attr("a507")?.read_scalar::<u64>()?, 507)
}

fn of_bytes(t: &mut Trial<'_>, count: u32) -> Outcome {
    let values: Vec<u8> = (0..count).map(|i| (i % 253) as u8).collect();
    let root = t.root()?;
    root.set_attr("before", 1)?;
    root.set_attr("large", &values)?;
    root.set_attr("after", 2)?;
    t.reopen()?;
    let root = t.root()?;
    check(root.attr("large")?.read::<u8>()? == values, || "other bytes".to_owned())?;
    same(root.attr("before")?.read_scalar::<i32>()?, 1)?;
    same(root.attr("after")?.read_scalar::<i32>()?, 2)?;
    root.remove_attr("large")?;
    t.reopen()?;
    same(t.root()?.object().attributes(Order::Name)?.len(), 2)
}

fn an_attribute_of_60_000_bytes(t: &mut Trial<'_>) -> Outcome {
    of_bytes(t, 60_000)
}

fn an_attribute_of_a_megabyte(t: &mut Trial<'_>) -> Outcome {
    of_bytes(t, t.largest_attribute_bytes())
}

fn a_thousand_rows_in_a_thousand_chunks(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[0, 3], &[1, 3]))?;
    for row in 0..1000 {
        data.append([row, row + 1, row + 2])?;
    }
    t.reopen()?;
    let data = t.file().dataset("x")?;
    same(data.shape()?, [1000, 3])?;
    let last = Selection::from_block(&Block { start: vec![999, 0], size: vec![1, 3] });
    same(data.read_selection::<i32>(&last)?, [999, 1000, 1001])?;
    let expected: Vec<i32> = (0..1000).flat_map(|row| [row, row + 1, row + 2]).collect();
    check(data.read::<i32>()? == expected, || "other rows".to_owned())
}

fn ten_megabytes_of_elements(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<u32> = (0..2_621_440_u32).map(|i| i.wrapping_mul(2_654_435_761)).collect();
    t.file().write_array("x", &values)?;
    t.reopen()?;
    check(t.file().dataset("x")?.read::<u32>()? == values, || "other values".to_owned())
}

fn a_name_of_60_000_bytes(t: &mut Trial<'_>) -> Outcome {
    let name = "n".repeat(60_000);
    t.file().create_group(&name)?;
    t.file().create_group("short")?;
    t.reopen()?;
    same(names(&t.root()?, Order::Name)?, [name, "short".to_owned()])
}
