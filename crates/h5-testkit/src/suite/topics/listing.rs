//! Listings of links and attributes: order, pages, and what a visitor may do.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use h5_backend::{Group, Order};
use h5_types::{Error, ErrorKind, Name};

use super::names;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, is_error, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("listing";
        links_come_by_the_bytes_of_their_names [],
        native_order_has_each_link_once [],
        a_page_begins_behind_a_name [],
        a_page_begins_behind_a_name_that_is_not_there [],
        pages_cover_a_group [],
        a_visitor_ends_a_listing [],
        a_visitor_may_read_the_file [],
        a_visitor_may_change_the_file [],
        children_of_thousands_come_once [],
        an_empty_group_lists_nothing [],
        attributes_come_by_the_bytes_of_their_names [],
        native_order_has_each_attribute_once [],
        a_visitor_ends_a_listing_of_attributes [],
        a_visitor_may_read_attributes [],
        untracked_links_have_no_order_of_creation [],
        untracked_attributes_have_no_order_of_creation [],
    )
}

const UNSORTED: [&str; 7] = ["b", "a", "B", "aa", "\u{b5}", "0", "_"];
const SORTED: [&str; 7] = ["0", "B", "_", "a", "aa", "b", "\u{b5}"];

fn unsorted(t: &Trial<'_>) -> Result<Group, Error> {
    let group = t.file().create_group("g")?;
    for name in UNSORTED {
        group.create_group(name)?;
        group.set_attr(name, 1_u8)?;
    }
    Ok(group)
}

fn page(group: &Group, order: Order, after: &str, limit: usize) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    group.visit_links(order, Some(after.as_bytes()), &mut |link| {
        found.push(link.map_or_else(|e| e.to_string(), |link| link.name.to_string()));
        if found.len() < limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    Ok(found)
}

fn attribute_names(group: &Group, order: Order) -> Result<Vec<String>, Error> {
    let found = group.object().attributes(order)?;
    found.into_iter().map(|attribute| Ok(attribute?.name().to_string())).collect()
}

fn links_come_by_the_bytes_of_their_names(t: &mut Trial<'_>) -> Outcome {
    same(names(&unsorted(t)?, Order::Name)?, SORTED)?;
    t.reopen()?;
    same(names(&t.file().group("g")?, Order::Name)?, SORTED)
}

fn native_order_has_each_link_once(t: &mut Trial<'_>) -> Outcome {
    let mut found = names(&unsorted(t)?, Order::Native)?;
    found.sort();
    same(found, SORTED)
}

fn a_page_begins_behind_a_name(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    same(page(&group, Order::Name, "_", 2)?, ["a", "aa"])?;
    same(page(&group, Order::Name, "b", 9)?, ["\u{b5}"])?;
    same(page(&group, Order::Name, "\u{b5}", 9)?, Vec::<String>::new())
}

fn a_page_begins_behind_a_name_that_is_not_there(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    same(page(&group, Order::Name, "", 1)?, ["0"])?;
    same(page(&group, Order::Name, "a0", 2)?, ["aa", "b"])?;
    same(page(&group, Order::Name, "zz", 2)?, ["\u{b5}"])
}

fn pages_cover_a_group(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in 0..97 {
        group.create_group(format!("m{:02}", number * 5 % 97))?;
    }
    let (mut found, mut last): (Vec<Name>, Option<Name>) = (Vec::new(), None);
    loop {
        let page = group.links_page(last.as_ref().map(Name::as_bytes), 10)?;
        let page: Result<Vec<Name>, Error> = page.into_iter().map(|link| Ok(link?.name)).collect();
        let page = page?;
        let Some(name) = page.last() else { break };
        last = Some(name.clone());
        found.extend(page);
    }
    let expected: Vec<Name> = (0..97).map(|number| format!("m{number:02}").into()).collect();
    same(found, expected)
}

fn a_visitor_ends_a_listing(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    for order in [Order::Name, Order::Native] {
        let mut seen = 0;
        group.visit_links(order, None, &mut |_| {
            seen += 1;
            if seen == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        same(seen, 3)?;
    }
    Ok(())
}

fn a_visitor_may_read_the_file(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    let mut seen = Vec::new();
    group.visit_links(Order::Name, None, &mut |link| {
        let opened =
            link.and_then(|link| group.follow(&link)).and_then(|object| object.into_group()?.link_count());
        seen.push(opened.ok());
        ControlFlow::Continue(())
    })?;
    same(seen, [Some(0); 7])
}

fn a_visitor_may_change_the_file(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    let mut results = Vec::new();
    group.visit_links(Order::Name, None, &mut |link| {
        let removed = link.and_then(|link| group.remove(link.name.as_bytes()));
        results.push(removed.and_then(|()| t.file().create_group(format!("made {}", results.len()))).is_ok());
        ControlFlow::Continue(())
    })?;
    // What a listing shows of changes since it began is the backend's affair; each link that is shown is there.
    check(results.iter().any(|done| *done), || "nothing could be changed".to_owned())?;
    same(
        group.link_count()?,
        UNSORTED.len().saturating_sub(results.iter().filter(|done| **done).count()) as u64,
    )
}

fn children_of_thousands_come_once(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for number in 0..2100 {
        group.create_group(format!("{number}"))?;
    }
    let found: Result<BTreeSet<Name>, Error> =
        group.children().map(|child| Ok(child?.name().clone())).collect();
    same(found?.len(), 2100)?;
    same(group.children().count(), 2100)
}

fn an_empty_group_lists_nothing(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    for order in [Order::Name, Order::Native] {
        same(names(&group, order)?.len(), 0)?;
        same(attribute_names(&group, order)?.len(), 0)?;
    }
    same(page(&group, Order::Name, "a", 1)?.len(), 0)
}

fn attributes_come_by_the_bytes_of_their_names(t: &mut Trial<'_>) -> Outcome {
    same(attribute_names(&unsorted(t)?, Order::Name)?, SORTED)?;
    t.reopen()?;
    same(attribute_names(&t.file().group("g")?, Order::Name)?, SORTED)
}

fn native_order_has_each_attribute_once(t: &mut Trial<'_>) -> Outcome {
    let mut found = attribute_names(&unsorted(t)?, Order::Native)?;
    found.sort();
    same(found, SORTED)
}

fn a_visitor_ends_a_listing_of_attributes(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    let mut seen = 0;
    group.object().node().attributes(Order::Name, &mut |_| {
        seen += 1;
        if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    same(seen, 2)
}

fn a_visitor_may_read_attributes(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    let node = group.object().node();
    let mut counts = Vec::new();
    node.attributes(Order::Name, &mut |attribute| {
        let value = attribute.and_then(|info| node.read_attribute(info.name.as_bytes()));
        counts.push(value.map(|elements| elements.count()).ok());
        ControlFlow::Continue(())
    })?;
    same(counts, [Some(1); 7])
}

fn untracked_links_have_no_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    is_error(ErrorKind::Unsupported, group.links(Order::Creation))?;
    for link in group.links(Order::Name)? {
        same(link?.creation_order, None)?;
    }
    Ok(())
}

fn untracked_attributes_have_no_order_of_creation(t: &mut Trial<'_>) -> Outcome {
    let group = unsorted(t)?;
    is_error(ErrorKind::Unsupported, group.object().attributes(Order::Creation))?;
    for attribute in group.object().attributes(Order::Name)? {
        same(attribute?.info().creation_order, None)?;
    }
    Ok(())
}
