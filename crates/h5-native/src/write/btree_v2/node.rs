//! A node in memory.

use h5_format::btree_v2::BTreeV2Child;

/// A node that was loaded or is new.
#[derive(Debug)]
pub(super) struct Node {
    /// What leads to its stored form; `None` for a new node.
    pub(super) stored: Option<BTreeV2Child>,
    /// Whether it differs from that, or something below it does.
    pub(super) changed: bool,
    pub(super) records: RecordList,
    /// One more than records; none in a leaf.
    pub(super) children: Vec<Child>,
}

/// A node below another.
#[derive(Debug)]
pub(super) enum Child {
    /// Not looked at yet.
    Stored(BTreeV2Child),
    /// In memory.
    Loaded(Box<Node>),
}

impl Node {
    /// A new node.
    pub(super) fn new(records: RecordList, children: Vec<Child>) -> Self {
        Self { stored: None, changed: true, records, children }
    }

    /// True if there is nothing in the node and nothing below it.
    pub(super) fn is_empty(&self) -> bool {
        self.records.len() == 0 && self.children.is_empty()
    }
}

/// Records of one size, one after the other.
#[derive(Debug, Clone)]
pub(super) struct RecordList {
    bytes: Vec<u8>,
    record_bytes: usize,
}

impl RecordList {
    /// An empty list. `record_bytes` is not 0.
    pub(super) fn new(record_bytes: usize) -> Self {
        Self { bytes: Vec::new(), record_bytes: record_bytes.max(1) }
    }

    /// Number of records.
    pub(super) fn len(&self) -> usize {
        self.bytes.len().checked_div(self.record_bytes).unwrap_or(0)
    }

    /// All records.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.record_bytes)
    }

    /// A record; empty if there is none of that number.
    pub(super) fn get(&self, index: usize) -> &[u8] {
        let start = self.offset(index);
        self.bytes.get(start..start.saturating_add(self.record_bytes)).unwrap_or_default()
    }

    /// Puts a record, which has the right size, before number `index`.
    pub(super) fn insert(&mut self, index: usize, record: &[u8]) {
        let start = self.offset(index);
        self.bytes.splice(start..start, record.iter().copied());
    }

    /// Puts a record in the place of another.
    pub(super) fn replace(&mut self, index: usize, record: &[u8]) {
        let start = self.offset(index);
        if let Some(place) = self.bytes.get_mut(start..start.saturating_add(self.record_bytes)) {
            place.copy_from_slice(record);
        }
    }

    /// Takes a record out; empty if there is none of that number.
    pub(super) fn remove(&mut self, index: usize) -> Vec<u8> {
        let start = self.offset(index);
        let end = self.offset(index.saturating_add(1));
        self.bytes.drain(start..end).collect()
    }

    /// Takes the records from number `index` on.
    pub(super) fn split_off(&mut self, index: usize) -> Self {
        let start = self.offset(index);
        Self { bytes: self.bytes.split_off(start), record_bytes: self.record_bytes }
    }

    /// Adds records at the end.
    pub(super) fn extend(&mut self, records: &[u8]) {
        self.bytes.extend_from_slice(records);
    }

    /// The records' bytes.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Where a record begins, or the end.
    fn offset(&self, index: usize) -> usize {
        index.saturating_mul(self.record_bytes).min(self.bytes.len())
    }
}
