//! Walks over version 2 B-trees (specification III.A.2).

use std::cmp::Ordering;
use std::ops::ControlFlow;

use h5_format::btree_v2::{BTreeV2Header, BTreeV2Node, BTreeV2Type, NodeGeometry};
use h5_types::{Address, Error, Result};

use crate::Storage;
use crate::walk::{Budget, at};

/// A version 2 B-tree whose header was read.
#[derive(Debug, Clone)]
pub struct BTreeV2 {
    header: BTreeV2Header,
    geometry: NodeGeometry,
}

/// Which records a walk wants, and what becomes of them.
pub trait RecordQuery {
    /// Where a record lies: `Less` if all records wanted come after it, `Greater` if they come before it, `Equal` if it lies
    /// between the first and the last. Must never decrease along the tree's order.
    ///
    /// # Errors
    /// The record is invalid.
    fn position(&mut self, record: &[u8]) -> Result<Ordering>;

    /// False if no record between these two neighbours is wanted, so that the nodes between them need not be read. `None` stands
    /// for the ends of the tree.
    ///
    /// # Errors
    /// A record is invalid.
    fn descends(&mut self, before: Option<&[u8]>, after: Option<&[u8]>) -> Result<bool>;

    /// Takes a record of position `Equal`. `Break` ends the walk.
    ///
    /// # Errors
    /// Whatever the taker reports; it ends the walk.
    fn visit(&mut self, record: &[u8]) -> Result<ControlFlow<()>>;
}

/// One node to read.
#[derive(Debug, Clone, Copy)]
struct Place {
    address: Address,
    depth: usize,
    records: u64,
}

impl BTreeV2 {
    /// Reads the header at `address`, whose records must be of one of `types`.
    ///
    /// # Errors
    /// `Format` if there is no valid header of these types, `Limit` if the tree is too deep, `Io`.
    pub fn open(storage: &Storage, address: Address, types: &[BTreeV2Type]) -> Result<Self> {
        let sizes = storage.sizes();
        let bytes = storage.metadata(address, BTreeV2Header::bytes(sizes))?;
        let header = BTreeV2Header::decode(&bytes, sizes).map_err(at(address))?;
        if !types.contains(&header.record_type) {
            let message = format!("B-tree of {:?} records, expected {types:?}", header.record_type);
            return Err(Error::format(message)
                .in_structure("B-tree v2 header", "III.A.2")
                .at_address(address.0));
        }
        let geometry = NodeGeometry::new(&header, sizes, storage.limits().tree_depth).map_err(at(address))?;
        Ok(Self { header, geometry })
    }

    /// The decoded header.
    pub fn header(&self) -> &BTreeV2Header {
        &self.header
    }

    /// Number of records.
    pub fn len(&self) -> u64 {
        self.header.total_records
    }

    /// True if there are no records.
    pub fn is_empty(&self) -> bool {
        self.header.root_node_address.is_none() || self.header.total_records == 0
    }

    /// Shows the query all records that it wants, in the tree's order. Reads the nodes on the way to them and no others.
    ///
    /// # Errors
    /// `Format` if a node is invalid, `Limit` if there are too many, `Io`; whatever the query reports.
    pub fn visit(&self, storage: &Storage, query: &mut dyn RecordQuery) -> Result<()> {
        let Some(root) = self.root() else { return Ok(()) };
        let mut budget = Budget::new(storage);
        self.visit_node(storage, root, (None, None), query, &mut budget).map(|_| ())
    }

    /// Shows all records from number `start` on, in the tree's order, until `visit` says `Break`. What comes before is passed over
    /// in O(log n) reads.
    ///
    /// # Errors
    /// As [`BTreeV2::visit`].
    pub fn visit_from(
        &self,
        storage: &Storage,
        start: u64,
        visit: &mut dyn FnMut(&[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        let Some(root) = self.root() else { return Ok(()) };
        let mut budget = Budget::new(storage);
        let mut skip = start;
        self.visit_all(storage, root, &mut skip, visit, &mut budget).map(|_| ())
    }

    fn root(&self) -> Option<Place> {
        let records = u64::from(self.header.records_in_root);
        let depth = usize::from(self.header.depth);
        self.header.root_node_address.filter(|_| records > 0).map(|address| Place { address, depth, records })
    }

    fn visit_node(
        &self,
        storage: &Storage,
        place: Place,
        between: (Option<&[u8]>, Option<&[u8]>),
        query: &mut dyn RecordQuery,
        budget: &mut Budget,
    ) -> Result<ControlFlow<()>> {
        let length = self.geometry.node_bytes(place.depth, place.records).map_err(at(place.address))?;
        let bytes = storage.metadata(place.address, length)?;
        budget.visit(place.address, bytes.len())?;
        let node = BTreeV2Node::decode(&bytes, &self.geometry, place.depth, place.records)
            .map_err(at(place.address))?;
        let records = node.records();
        let mut index = first_wanted(records.len(), |i| query.position(records.get(i).unwrap_or_default()))?;
        loop {
            let record = records.get(index);
            if place.depth > 0 {
                let before = index.checked_sub(1).and_then(|i| records.get(i)).or(between.0);
                if query.descends(before, record.or(between.1))? {
                    let child = self.child(&node, place, index)?;
                    if self
                        .visit_node(storage, child, (before, record.or(between.1)), query, budget)?
                        .is_break()
                    {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            let Some(record) = record else { return Ok(ControlFlow::Continue(())) };
            if query.position(record)? == Ordering::Greater {
                return Ok(ControlFlow::Continue(()));
            }
            if query.visit(record)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            index = index.saturating_add(1);
        }
    }

    fn visit_all(
        &self,
        storage: &Storage,
        place: Place,
        skip: &mut u64,
        visit: &mut dyn FnMut(&[u8]) -> Result<ControlFlow<()>>,
        budget: &mut Budget,
    ) -> Result<ControlFlow<()>> {
        let length = self.geometry.node_bytes(place.depth, place.records).map_err(at(place.address))?;
        let bytes = storage.metadata(place.address, length)?;
        budget.visit(place.address, bytes.len())?;
        let node = BTreeV2Node::decode(&bytes, &self.geometry, place.depth, place.records)
            .map_err(at(place.address))?;
        let mut index = 0_usize;
        loop {
            if place.depth > 0 {
                let total = node.child(index).map_err(at(place.address))?.total_records;
                if let Some(left) = skip.checked_sub(total) {
                    *skip = left;
                } else {
                    let child = self.child(&node, place, index)?;
                    if self.visit_all(storage, child, skip, visit, budget)?.is_break() {
                        return Ok(ControlFlow::Break(()));
                    }
                }
            }
            let Some(record) = node.records().get(index) else { return Ok(ControlFlow::Continue(())) };
            if let Some(left) = skip.checked_sub(1) {
                *skip = left;
            } else if visit(record)?.is_break() {
                return Ok(ControlFlow::Break(()));
            }
            index = index.saturating_add(1);
        }
    }

    fn child(&self, node: &BTreeV2Node<'_>, parent: Place, index: usize) -> Result<Place> {
        let child = node.child(index).map_err(at(parent.address))?;
        Ok(Place { address: child.address, depth: parent.depth.saturating_sub(1), records: child.records })
    }
}

/// The first of `count` sorted records whose position is not `Less`.
fn first_wanted(count: usize, mut position: impl FnMut(usize) -> Result<Ordering>) -> Result<usize> {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low.midpoint(high);
        if position(middle)? == Ordering::Less {
            low = middle.saturating_add(1);
        } else {
            high = middle;
        }
    }
    Ok(low)
}
