//! Whether a file, as it was found, keeps what was promised.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Content, Id, Model, ModelObject, Value};
use super::observed::{Observed, ObservedContent};

/// Compares what was found with what the last flush before the crash and the first one that had not returned made of the file: each
/// object is as in one of the two, none that is in both is missing, and none has more links than it counts, but for those that it
/// has while it is moved.
///
/// With `links_apart`, a group's links may be as in one and its attributes as in the other: groups that are symbol tables keep them
/// in different blocks.
///
/// # Errors
/// What is wrong, in words.
pub fn judge(found: &Observed, old: &Model, new: &Model, links_apart: bool) -> Result<(), String> {
    let judge = Judge { old, new, links_apart };
    let mut reached = Reached::new();
    judge.object("", found, Model::ROOT, &mut reached)?;
    let lost = old.ids().find(|id| new.object(*id).is_some() && !reached.contains_key(id));
    if let Some(id) = lost {
        return Err(format!("object {id} is in no group any more: {:?}", old.object(id)));
    }
    let (before, after) = (old.links(), new.links());
    for (id, Names { links, counted, .. }) in reached {
        let none = BTreeSet::new();
        let (before, after) = (before.get(&id).unwrap_or(&none), after.get(&id).unwrap_or(&none));
        let moved = before.difference(after).count().min(after.difference(before).count());
        let allowed = counted.saturating_add(u64::try_from(moved).unwrap_or(u64::MAX));
        if id != Model::ROOT && links > allowed {
            return Err(format!(
                "object {id}, which counts {counted} links, has {links}: before {before:?}, after {after:?}"
            ));
        }
    }
    Ok(())
}

/// Objects that were found, and how.
type Reached = BTreeMap<Id, Names>;

/// How an object was found.
struct Names {
    token: u128,
    links: u64,
    counted: u64,
}

struct Judge<'m> {
    old: &'m Model,
    new: &'m Model,
    links_apart: bool,
}

impl<'m> Judge<'m> {
    fn object(&self, path: &str, found: &Observed, id: Id, reached: &mut Reached) -> Result<(), String> {
        if let Some(names) = reached.get_mut(&id) {
            names.links = names.links.saturating_add(1);
            // What it holds is the same by each of its names.
            return if names.token == found.token {
                Ok(())
            } else {
                Err(format!("`{path}` is another object"))
            };
        }
        let mut wanted: Vec<&ModelObject> =
            [self.old, self.new].iter().filter_map(|model| model.object(id).map(AsRef::as_ref)).collect();
        wanted.dedup();
        if wanted.is_empty() {
            return Err(format!("`{path}`: neither the last flush nor the next one has it"));
        }
        reached.insert(id, Names { token: found.token, links: 1, counted: found.reference_count });
        let attributes = |object: &&&ModelObject| object.attributes == found.attributes;
        match &found.content {
            ObservedContent::Dataset(value) => {
                let is = |object: &&ModelObject| matches!(&object.content, Content::Dataset(held) if held == value);
                let fits = wanted.iter().filter(attributes).any(is);
                if fits { Ok(()) } else { Err(differs(path, found, &wanted)) }
            }
            ObservedContent::Group(links) => {
                let apart = self.links_apart && wanted.iter().any(|object| attributes(&object));
                let fitting = wanted.iter().filter(|object| apart || attributes(object));
                self.group(path, links, fitting.copied(), reached)
                    .unwrap_or_else(|| Err(differs(path, found, &wanted)))
            }
        }
    }

    /// Tries the groups that it may be; `None` if none of them has these names.
    fn group<'g>(
        &self,
        path: &str,
        links: &BTreeMap<String, Observed>,
        wanted: impl Iterator<Item = &'g ModelObject>,
        reached: &mut Reached,
    ) -> Option<Result<(), String>> {
        let mut result = None;
        for object in wanted {
            let Content::Group(names) = &object.content else { continue };
            if !names.keys().eq(links.keys()) {
                continue;
            }
            // What another attempt reached does not count.
            let mut attempt = reached.iter().map(|(&id, names)| (id, Names { ..*names })).collect();
            let children = links.iter().zip(names.values());
            let tried = children.into_iter().try_for_each(|((name, child), &id)| {
                self.object(&format!("{path}/{name}"), child, id, &mut attempt)
            });
            if tried.is_ok() {
                *reached = attempt;
                return Some(tried);
            }
            result = Some(tried);
        }
        result
    }
}

fn differs(path: &str, found: &Observed, wanted: &[&ModelObject]) -> String {
    let mut text = format!("`{path}` is as in no flush; found {}", shown(&found.attributes));
    match &found.content {
        ObservedContent::Group(links) => text += &format!(" {:?}", links.keys().collect::<Vec<_>>()),
        ObservedContent::Dataset(value) => text += &format!(" {}", short(value)),
    }
    for object in wanted {
        text += &format!(", wanted {}", shown(&object.attributes));
        match &object.content {
            Content::Group(links) => text += &format!(" {:?}", links.keys().collect::<Vec<_>>()),
            Content::Dataset(value) => text += &format!(" {}", short(value)),
        }
    }
    text
}

fn shown(attributes: &BTreeMap<String, Value>) -> String {
    let each: Vec<_> = attributes.iter().map(|(name, value)| format!("{name}={}", short(value))).collect();
    format!("[{}]", each.join(" "))
}

fn short(value: &Value) -> String {
    match value {
        Value::Text(text) => format!("{text:?}"),
        Value::Numbers { shape, values } => {
            let first: Vec<_> = values.iter().take(8).collect();
            let last: Vec<_> = values.iter().rev().take(3).collect();
            format!("{shape:?} {first:?}..{last:?}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryBackend;
    use crate::crash::{Script, observe};

    /// A file with a model beside it.
    fn script() -> Script {
        let mut script = Script::new(MemoryBackend::new());
        script.create_group("a").unwrap();
        script.create_group("b").unwrap();
        script.create_array("a/x", &[2], vec![1, 2]).unwrap();
        script
    }

    fn models(change: impl FnOnce(&mut Script)) -> (Model, Script) {
        let mut script = script();
        let old = script.model().clone();
        change(&mut script);
        (old, script)
    }

    #[test]
    fn old_and_new_are_right_and_a_third_is_not() {
        let (old, script) = models(|s| s.set_attribute("a", "k", Value::Text("v".into())).unwrap());
        let found = observe(script.file()).unwrap();
        judge(&found, &old, script.model(), false).unwrap();
        judge(&found, script.model(), script.model(), false).unwrap();
        assert!(judge(&found, &old, &old, false).unwrap_err().contains("as in no flush"));
    }

    #[test]
    fn what_is_moved_may_be_in_both_groups_and_not_in_none() {
        let (old, script) = models(|s| s.rename("a/x", "b/y").unwrap());
        let new = script.model().clone();
        let found = |names: [&str; 2]| {
            let mut found = observe(script.file()).unwrap();
            let all = observe(script.file()).unwrap();
            let ObservedContent::Group(root) = &all.content else { unreachable!() };
            let ObservedContent::Group(b) = &root["b"].content else { unreachable!() };
            let moved = b["y"].clone();
            let ObservedContent::Group(root) = &mut found.content else { unreachable!() };
            for (group, name) in [("a", "x"), ("b", "y")] {
                let ObservedContent::Group(links) = &mut root.get_mut(group).unwrap().content else {
                    unreachable!()
                };
                links.clear();
                if names.contains(&format!("{group}/{name}").as_str()) {
                    links.insert(name.to_owned(), moved.clone());
                }
            }
            found
        };
        judge(&found(["a/x", "b/y"]), &old, &new, false).unwrap();
        judge(&found(["a/x", ""]), &old, &new, false).unwrap();
        judge(&found(["b/y", ""]), &old, &new, false).unwrap();
        assert!(judge(&found(["", ""]), &old, &new, false).unwrap_err().contains("in no group"));
    }

    #[test]
    fn more_links_than_are_counted_are_seen() {
        let script = script();
        let mut found = observe(script.file()).unwrap();
        let ObservedContent::Group(root) = &mut found.content else { unreachable!() };
        root.get_mut("a").unwrap().reference_count = 0;
        assert!(
            judge(&found, script.model(), script.model(), false)
                .unwrap_err()
                .contains("counts 0 links, has 1")
        );
    }
}
