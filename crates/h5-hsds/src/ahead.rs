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
    /// How many may be, for what is said of each.
    most: usize,
    /// How many come in time, as far as is known.
    timely: usize,
}

/// How much is asked for ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pace {
    /// Objects that are asked for together at most: few enough to be used while they are fresh.
    pub(crate) most: usize,
    /// How many times as many are asked for after those of a part were used.
    pub(crate) growth: usize,
    /// Objects from which that begins.
    pub(crate) least: usize,
}

/// Lists that are remembered: a walk through a tree is in one for each level.
const LISTS: usize = 32;
/// Objects that may be left out without the order being another.
const REACH: usize = 8;
/// Objects before one in a list that tell what will be asked of it.
const BEFORE: usize = 32;

impl Ahead {
    /// Takes note of a list that is being shown.
    pub(crate) fn note(&mut self, objects: Vec<ObjectToken>) {
        if objects.len() > 1 {
            self.0.retain(|list| list.objects.first() != objects.first());
            self.0.push_front(List { objects, next: 0, window: 1, most: usize::MAX, timely: usize::MAX });
            self.0.truncate(LISTS);
        }
    }

    /// What is to be asked for when an object is not known: that object, and what will be asked for next if a list is gone through. The first
    /// time that is the object alone, then more each time.
    pub(crate) fn from(&mut self, object: ObjectToken, pace: Pace) -> Vec<ObjectToken> {
        let Some((list, at)) = self.find(object) else { return vec![object] };
        if at < list.next {
            // What was asked for became old before it was used.
            list.window = list.window.div_ceil(pace.growth.max(1));
        } else {
            list.window = list.window.max(pace.least);
        }
        let most = pace.most.min(list.most).min(list.timely);
        list.window = list.window.min(most);
        let end = at.saturating_add(list.window).min(list.objects.len());
        list.next = end;
        list.window = list.window.saturating_mul(pace.growth).min(most);
        list.objects.get(at..end).unwrap_or_default().to_vec()
    }

    /// Objects that stand before one in its list: what was asked of them will be asked of it.
    pub(crate) fn before(&mut self, object: ObjectToken) -> Vec<ObjectToken> {
        let found = self.find(object);
        let before = found.and_then(|(list, at)| list.objects.get(at.saturating_sub(BEFORE)..at));
        before.unwrap_or_default().to_vec()
    }

    /// From now on, no more of an object's list are asked for together.
    pub(crate) fn limit(&mut self, object: ObjectToken, most: usize) {
        if let Some((list, _)) = self.find(object) {
            list.most = most.clamp(1, list.most);
        }
    }

    /// Takes note of how many of an object's list would have come in time. That may be more again later.
    pub(crate) fn time(&mut self, object: ObjectToken, timely: usize) {
        if let Some((list, _)) = self.find(object) {
            list.timely = timely.max(1);
        }
    }

    /// The list that an object is expected in, and its place there.
    fn find(&mut self, object: ObjectToken) -> Option<(&mut List, usize)> {
        self.0.iter_mut().find_map(|list| {
            let first = list.next.saturating_sub(list.window);
            let near = list.objects.iter().enumerate().skip(first);
            let mut near = near.take(list.window.saturating_add(REACH));
            let (at, _) = near.find(|(_, listed)| **listed == object)?;
            Some((list, at))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Ahead, ObjectToken, Pace};

    const PACE: Pace = Pace { most: 128, growth: 4, least: 1 };

    fn tokens(range: std::ops::Range<u64>) -> Vec<ObjectToken> {
        range.map(|n| ObjectToken(n.into())).collect()
    }

    #[test]
    fn a_list_that_is_gone_through_is_asked_for_in_ever_larger_parts() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        let (mut at, mut sizes) = (0, Vec::new());
        while at < 1000 {
            let part = ahead.from(ObjectToken(at.into()), PACE);
            assert_eq!(part, tokens(at..at + part.len() as u64));
            sizes.push(part.len());
            at += part.len() as u64;
        }
        assert_eq!(sizes[..6], [1, 4, 16, 64, 128, 128]);
    }

    #[test]
    fn what_is_long_is_asked_for_in_smaller_parts() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        assert_eq!(ahead.from(ObjectToken(0), PACE), tokens(0..1));
        let quick = Pace { most: 512, growth: 16, least: 32 };
        assert_eq!(ahead.from(ObjectToken(1), quick), tokens(1..33));
        ahead.limit(ObjectToken(1), 3);
        ahead.limit(ObjectToken(1), 10);
        ahead.time(ObjectToken(1), 2);
        assert_eq!(ahead.from(ObjectToken(33), quick), tokens(33..35));
        ahead.time(ObjectToken(33), 100);
        assert_eq!(ahead.from(ObjectToken(35), quick), tokens(35..38));
        ahead.limit(ObjectToken(35), 0);
        assert_eq!(ahead.from(ObjectToken(38), quick), tokens(38..39));
    }

    #[test]
    fn what_stands_before_an_object_is_told() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        assert_eq!(ahead.before(ObjectToken(0)), []);
        ahead.from(ObjectToken(0), PACE);
        assert_eq!(ahead.before(ObjectToken(1)), tokens(0..1));
        assert_eq!(ahead.before(ObjectToken(500)), []);
        for at in [1, 5, 21] {
            ahead.from(ObjectToken(at), PACE);
        }
        assert_eq!(ahead.before(ObjectToken(85)), tokens(53..85));
    }

    #[test]
    fn others_are_asked_for_alone() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        assert_eq!(ahead.from(ObjectToken(500), PACE), [ObjectToken(500)]);
        assert_eq!(ahead.from(ObjectToken(5000), PACE), [ObjectToken(5000)]);
        // A list below an object of another: both go on.
        assert_eq!(ahead.from(ObjectToken(0), PACE).len(), 1);
        ahead.note(tokens(2000..2010));
        assert_eq!(ahead.from(ObjectToken(2000), PACE).len(), 1);
        assert_eq!(ahead.from(ObjectToken(2001), PACE).len(), 4);
        assert_eq!(ahead.from(ObjectToken(1), PACE), tokens(1..5));
    }

    #[test]
    fn what_becomes_old_unused_is_asked_for_in_smaller_parts() {
        let mut ahead = Ahead::default();
        ahead.note(tokens(0..1000));
        for at in [0, 1, 5] {
            ahead.from(ObjectToken(at), PACE);
        }
        assert_eq!(ahead.from(ObjectToken(10), PACE), tokens(10..26));
    }
}
