//! Nodes that became too full or too empty.

use h5_types::{Error, Result};

use super::edit::Editor;
use super::node::{Child, Node};

impl Editor<'_, '_> {
    /// Most records of a node of `depth`.
    pub(super) fn max(&self, depth: usize) -> usize {
        usize::try_from(self.geometry.max_records(depth)).unwrap_or(usize::MAX)
    }

    /// Fewest records of a node of `depth` that is not the root. Both halves of a node that was split have as many at least.
    pub(super) fn min(&self, depth: usize) -> usize {
        let max = self.max(depth);
        let merge = usize::from(self.merge_percent());
        let wanted = max.saturating_mul(merge).checked_div(100).unwrap_or(0);
        wanted.min(max.saturating_sub(1) >> 1).max(1)
    }

    /// Splits child `index` of a node of `depth`, which has one record too many. Where records are appended, the left
    /// part stays full: what the right one lacks in the end, [`Editor::balance_edge`] gives to it.
    pub(super) fn split(&mut self, node: &mut Node, index: usize, depth: usize) -> Result<()> {
        let child = self.child(node, index, depth)?;
        let count = child.records.len();
        if count < 3 {
            return Err(Error::unsupported("changing a B-tree whose nodes hold one record"));
        }
        let left = if self.appended { count.saturating_sub(2) } else { count >> 1 };
        let right = divide(child, left);
        self.insert_after(node, index, right);
        Ok(())
    }

    /// Puts what [`divide`] took off child `index` behind it.
    fn insert_after(&mut self, node: &mut Node, index: usize, (record, right): (Vec<u8>, Node)) {
        node.changed = true;
        node.records.insert(index, &record);
        let place = index.saturating_add(1).min(node.children.len());
        node.children.insert(place, Child::Loaded(Box::new(right)));
    }

    /// If child `index` of a node of `depth` has too few records: merges it with a neighbour, or takes some from there.
    pub(super) fn balance(&mut self, node: &mut Node, index: usize, depth: usize) -> Result<()> {
        let below = depth.saturating_sub(1);
        let count = self.child(node, index, depth)?.records.len();
        if count >= self.min(below) || node.records.len() == 0 {
            return Ok(());
        }
        self.join(node, index.saturating_sub(1), depth, None)
    }

    /// After records were appended: gives the last nodes of all levels the records that they lack.
    pub(super) fn balance_edge(&mut self, node: &mut Node, depth: usize) -> Result<()> {
        let Some(below) = depth.checked_sub(1) else { return Ok(()) };
        let Some(Child::Loaded(last)) = node.children.last_mut() else { return Ok(()) };
        self.balance_edge(last, below)?;
        let (count, least) = (last.records.len(), self.min(below));
        match node.records.len().checked_sub(1) {
            Some(before) if count < least => self.join(node, before, depth, Some(least)),
            _ => Ok(()),
        }
    }

    /// Makes one of children `left` and the next if they fit in one, else shares their records evenly, or so that the right one gets
    /// `right_records`.
    fn join(
        &mut self,
        node: &mut Node,
        left: usize,
        depth: usize,
        right_records: Option<usize>,
    ) -> Result<()> {
        let next = left.saturating_add(1);
        self.child(node, left, depth)?;
        self.child(node, next, depth)?;
        let Child::Loaded(mut right) = node.children.remove(next) else {
            return Err(Error::format("a B-tree node that is not loaded"));
        };
        let separator = node.records.remove(left);
        node.changed = true;
        let max = self.max(depth.saturating_sub(1));
        let child = self.child(node, left, depth)?;
        child.changed = true;
        child.records.extend(&separator);
        child.records.extend(right.records.bytes());
        child.children.append(&mut right.children);
        let count = child.records.len();
        if count <= max {
            if let Some(stored) = right.stored {
                self.given_up.push(stored.address);
            }
            return Ok(());
        }
        let kept = match right_records {
            Some(records) => count.saturating_sub(records).saturating_sub(1).min(max),
            None => count >> 1,
        };
        let (record, mut rest) = divide(child, kept);
        rest.stored = right.stored;
        self.insert_after(node, left, (record, rest));
        Ok(())
    }
}

/// Leaves a node its first `left` records, and returns the next one and a node of those after it.
fn divide(node: &mut Node, left: usize) -> (Vec<u8>, Node) {
    node.changed = true;
    let mut records = node.records.split_off(left);
    let record = records.remove(0);
    let at = left.saturating_add(1).min(node.children.len());
    let children = node.children.split_off(at);
    (record, Node::new(records, children))
}
