//! Reading ahead: who opens the objects of a list one after the other is given their descriptions some at a time.

use std::collections::VecDeque;

use h5_types::ObjectToken;

/// Lists of objects that were shown lately, the newest first.
#[derive(Debug, Default)]
pub(crate) struct Ahead(VecDeque<List>);

/// Objects in the order in which they were shown.
#[derive(Debug)]
struct List {
    objects: Vec<ObjectToken>,
    /// Where the next is expected to be asked for.
    next: usize,
    /// How many are asked for together.
    window: usize,
}

/// Lists that are remembered: a walk through a tree is in one for each level.
const LISTS: usize = 32;
/// Objects that are asked for together at most: few enough to be used while they are fresh.
const MOST: usize = 128;
/// Objects that may be left out without the order being another.
const REACH: usize = 8;

impl Ahead {
    /// Takes note of a list that is being shown.
    pub(crate) fn note(&mut self, objects: Vec<ObjectToken>) {
        if objects.len() > 1 {
            self.0.retain(|list| list.objects.first() != objects.first());
            self.0.push_front(List { objects, next: 0, window: 1 });
            self.0.truncate(LISTS);
        }
    }

    /// What is to be asked for when an object is not known: that object, and what will be asked for next if a list is gone through. The first
    /// time that is the object alone, then more each time.
    pub(crate) fn from(&mut self, object: ObjectToken) -> Vec<ObjectToken> {
        for list in &mut self.0 {
            let first = list.next.saturating_sub(list.window);
            let near = list.objects.iter().enumerate().skip(first);
            let mut near = near.take(list.window.saturating_add(REACH));
            let Some((at, _)) = near.find(|(_, listed)| **listed == object) else { continue };
            if at < list.next {
                // What was asked for became old before it was used.
                list.window = list.window.div_ceil(4);
            }
            let end = at.saturating_add(list.window).min(list.objects.len());
            list.next = end;
            list.window = list.window.saturating_mul(4).min(MOST);
            return list.objects.get(at..end).unwrap_or_default().to_vec();
        }
        vec![object]
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, MOST, ObjectToken};

    fn tokens(range: std::ops::Range<u64>) -> Vec<ObjectToken> {
        range.map(|n| ObjectToken(n.into())).collect()
    }

    #[test]
    fn a_list_that_is_gone_through_is_asked_for_in_ever_larger_parts() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        let (mut at, mut sizes) = (0, Vec::new());
        while at < 1000 {
            let part = ahead.from(ObjectToken(at.into()));
            assert_eq!(part, tokens(at..at + part.len() as u64));
            sizes.push(part.len());
            at += part.len() as u64;
        }
        assert_eq!(sizes[..5], [1, 4, 16, 64, MOST]);
    }

    #[test]
    fn others_are_asked_for_alone() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        assert_eq!(ahead.from(ObjectToken(500)), [ObjectToken(500)]);
        assert_eq!(ahead.from(ObjectToken(5000)), [ObjectToken(5000)]);
        // A list below an object of another: both go on.
        assert_eq!(ahead.from(ObjectToken(0)).len(), 1);
        ahead.note(tokens(2000..2010));
        assert_eq!(ahead.from(ObjectToken(2000)).len(), 1);
        assert_eq!(ahead.from(ObjectToken(2001)).len(), 4);
        assert_eq!(ahead.from(ObjectToken(1)), tokens(1..5));
    }

    #[test]
    fn what_becomes_old_unused_is_asked_for_in_smaller_parts() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        for at in [0, 1, 5] {
            ahead.from(ObjectToken(at));
        }
        assert_eq!(ahead.from(ObjectToken(10)), tokens(10..26));
    }
}
