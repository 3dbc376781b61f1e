//! The order in which links and attributes were made.

use std::ops::ControlFlow;

use h5_backend::{Group, Order};
use h5_types::{Error, NewGroup};

use super::{names, plain};
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("creation_order";
        links_come_as_they_were_made [LinkCreationOrder],
        a_removed_link_leaves_the_order [LinkCreationOrder],
        a_renamed_link_is_the_last [LinkCreationOrder, MoveLink],
        a_page_of_links_in_order_of_creation [LinkCreationOrder],
        many_links_in_order_of_creation [LinkCreationOrder],
        links_know_their_number [LinkCreationOrder],
        a_group_says_that_it_tracks_links [LinkCreationOrder],
        soft_links_have_their_place [LinkCreationOrder, SoftLinks],
        attributes_come_as_they_were_made [AttributeCreationOrder],
        a_renamed_attribute_keeps_its_place [AttributeCreationOrder, RenameAttribute],
        a_replaced_attribute_is_the_last [AttributeCreationOrder],
        a_removed_attribute_leaves_the_order [AttributeCreationOrder],
        many_attributes_in_order_of_creation [AttributeCreationOrder],
        attributes_of_a_dataset_come_as_they_were_made [AttributeCreationOrder],
        a_group_says_that_it_tracks_attributes [AttributeCreationOrder],
    )
}

fn tracking_links(t: &Trial<'_>) -> Result<Group, Error> {
    let mut new = NewGroup::default();
    new.tracks_link_creation = true;
    t.root()?.create_group_from("g", &new)
}

fn tracking_attributes(t: &Trial<'_>) -> Result<Group, Error> {
    let mut new = NewGroup::default();
    new.tracks_attribute_creation = true;
    t.root()?.create_group_from("g", &new)
}

fn attributes(group: &Group, order: Order) -> Result<Vec<String>, Error> {
    let found = group.object().attributes(order)?;
    found.into_iter().map(|attribute| Ok(attribute?.name().to_string())).collect()
}

fn links_come_as_they_were_made(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    for name in ["c", "a", "b"] {
        group.create_group(name)?;
    }
    same(names(&group, Order::Creation)?, ["c", "a", "b"])?;
    same(names(&group, Order::Name)?, ["a", "b", "c"])?;
    t.reopen()?;
    same(names(&t.file().group("g")?, Order::Creation)?, ["c", "a", "b"])
}

fn a_removed_link_leaves_the_order(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    for name in ["c", "a", "b"] {
        group.create_group(name)?;
    }
    group.remove("a")?;
    group.create_group("a")?;
    same(names(&group, Order::Creation)?, ["c", "b", "a"])
}

fn a_renamed_link_is_the_last(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    for name in ["c", "a", "b"] {
        group.create_group(name)?;
    }
    group.rename("c", "d")?;
    same(names(&group, Order::Creation)?, ["a", "b", "d"])?;
    t.reopen()?;
    same(names(&t.file().group("g")?, Order::Creation)?, ["a", "b", "d"])
}

fn a_page_of_links_in_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    for name in ["c", "a", "b"] {
        group.create_group(name)?;
    }
    let behind = |after: &str| -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        group.visit_links(Order::Creation, Some(after.as_bytes()), &mut |link| {
            found.push(link.map_or_else(|e| e.to_string(), |link| link.name.to_string()));
            ControlFlow::Continue(())
        })?;
        Ok(found)
    };
    same(behind("c")?, ["a", "b"])?;
    same(behind("b")?, Vec::<String>::new())?;
    same(behind("no")?, Vec::<String>::new())
}

fn many_links_in_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    let made: Vec<String> = (0..300).map(|number| format!("m{}", number * 7 % 300)).collect();
    for name in &made {
        group.create_group(name)?;
    }
    same(names(&group, Order::Creation)?, made.as_slice())?;
    t.reopen()?;
    same(names(&t.file().group("g")?, Order::Creation)?, made)
}

fn links_know_their_number(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    for name in ["c", "a", "b"] {
        group.create_group(name)?;
    }
    let orders: Result<Vec<Option<i64>>, Error> =
        group.links(Order::Creation)?.into_iter().map(|link| Ok(link?.creation_order)).collect();
    let orders = orders?;
    same(orders.iter().all(Option::is_some), true)?;
    same(orders.is_sorted(), true)?;
    same(group.link("a")?.and_then(|link| link.creation_order), orders.get(1).copied().flatten())
}

fn a_group_says_that_it_tracks_links(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    same(group.object().info()?.tracks_link_creation, true)?;
    same(t.file().create_group("h")?.object().info()?.tracks_link_creation, false)?;
    t.reopen()?;
    same(t.file().group("g")?.object().info()?.tracks_link_creation, true)
}

fn soft_links_have_their_place(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_links(t)?;
    group.link_soft("z", "x")?;
    group.create_group("m")?;
    group.link_soft("a", "x")?;
    same(names(&group, Order::Creation)?, ["z", "m", "a"])
}

fn attributes_come_as_they_were_made(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    for name in ["c", "a", "b"] {
        group.set_attr(name, 1_u8)?;
    }
    same(attributes(&group, Order::Creation)?, ["c", "a", "b"])?;
    same(attributes(&group, Order::Name)?, ["a", "b", "c"])?;
    t.reopen()?;
    same(attributes(&t.file().group("g")?, Order::Creation)?, ["c", "a", "b"])
}

fn a_renamed_attribute_keeps_its_place(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    for name in ["c", "a", "b"] {
        group.set_attr(name, 1_u8)?;
    }
    group.rename_attr("c", "d")?;
    same(attributes(&group, Order::Creation)?, ["d", "a", "b"])
}

fn a_replaced_attribute_is_the_last(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    for name in ["c", "a", "b"] {
        group.set_attr(name, 1_u8)?;
    }
    group.set_attr("c", 2.5)?;
    same(attributes(&group, Order::Creation)?, ["a", "b", "c"])?;
    t.reopen()?;
    same(attributes(&t.file().group("g")?, Order::Creation)?, ["a", "b", "c"])
}

fn a_removed_attribute_leaves_the_order(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    for name in ["c", "a", "b"] {
        group.set_attr(name, 1_u8)?;
    }
    group.remove_attr("a")?;
    group.set_attr("0", 1_u8)?;
    same(attributes(&group, Order::Creation)?, ["c", "b", "0"])
}

fn many_attributes_in_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    let made: Vec<String> = (0..100).map(|number| format!("m{}", number * 7 % 100)).collect();
    for (number, name) in made.iter().enumerate() {
        group.set_attr(name.as_str(), number as u64)?;
    }
    same(attributes(&group, Order::Creation)?, made.as_slice())?;
    t.reopen()?;
    same(attributes(&t.file().group("g")?, Order::Creation)?, made)
}

fn attributes_of_a_dataset_come_as_they_were_made(t: &mut Trial<'_>) -> Outcome {
    let mut new = plain::<u8>(&[2]);
    new.tracks_attribute_creation = true;
    let data = t.root()?.create_dataset_from("x", &new)?;
    for name in ["c", "a", "b"] {
        data.set_attr(name, 1_u8)?;
    }
    t.reopen()?;
    let found = t.file().dataset("x")?.object().attributes(Order::Creation)?;
    let found: Result<Vec<String>, Error> =
        found.into_iter().map(|attribute| Ok(attribute?.name().to_string())).collect();
    same(found?, ["c", "a", "b"])
}

fn a_group_says_that_it_tracks_attributes(t: &mut Trial<'_>) -> Outcome {
    let group = tracking_attributes(t)?;
    same(group.object().info()?.tracks_attribute_creation, true)?;
    same(t.file().create_group("h")?.object().info()?.tracks_attribute_creation, false)
}
