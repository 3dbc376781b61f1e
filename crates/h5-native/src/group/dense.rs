//! Links and attributes in a fractal heap, indexed by version 2 B-trees (specification IV.A.2.c, IV.A.2.v and III.A.2).
//!
//! The name index is sorted by the lookup3 hash of the name: whoever wants names in alphabetical order sorts them.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use h5_format::btree_v2::{
    AttributeCreationOrderRecord, AttributeNameRecord, BTreeV2Type, LinkCreationOrderRecord, LinkNameRecord,
};
use h5_format::lookup3;
use h5_types::{Address, Result};

use crate::btree_v2::{BTreeV2, RecordQuery};
use crate::heap::FractalHeap;
use crate::walk::Budget;
use crate::{Metadata, Storage};

/// What links and attributes have in common: messages in a heap, an index of names, and maybe one of creation orders.
#[derive(Debug)]
struct Dense {
    heap: FractalHeap,
    names: BTreeV2,
    creation_order_address: Option<Address>,
}

impl Dense {
    fn open(
        storage: &Storage,
        heap: Address,
        (names, kind): (Address, BTreeV2Type),
        creation_order_address: Option<Address>,
    ) -> Result<Self> {
        Ok(Self {
            heap: FractalHeap::open(storage, heap)?,
            names: BTreeV2::open(storage, names, &[kind])?,
            creation_order_address,
        })
    }

    /// Shows the records of the name index whose name has a hash, until `take` says `Break`.
    fn with_hash(
        &self,
        storage: &Storage,
        name: &[u8],
        hash_of: impl FnMut(&[u8]) -> Result<u32>,
        take: impl FnMut(&[u8]) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.names.visit(storage, &mut HashQuery { hash: lookup3(name), hash_of, take })
    }

    /// Shows the records of the name index from a number on. `visit` says how many bytes it read for each.
    fn by_name(&self, storage: &Storage, start: u64, visit: VisitRecord<'_>) -> Result<()> {
        Self::visit(&self.names, storage, start, visit)
    }

    /// As [`Dense::by_name`], of the index of creation orders. False if there is none.
    fn by_creation_order(
        &self,
        storage: &Storage,
        kind: BTreeV2Type,
        start: u64,
        visit: VisitRecord<'_>,
    ) -> Result<bool> {
        let Some(address) = self.creation_order_address else { return Ok(false) };
        Self::visit(&BTreeV2::open(storage, address, &[kind])?, storage, start, visit)?;
        Ok(true)
    }

    fn visit(tree: &BTreeV2, storage: &Storage, start: u64, visit: VisitRecord<'_>) -> Result<()> {
        let mut budget = Budget::new(storage);
        tree.visit_from(storage, start, &mut |record| visit(record, &mut budget))
    }
}

/// What is called with each record, and with the budget that pays for what is read for it.
type VisitRecord<'v> = &'v mut dyn FnMut(&[u8], &mut Budget) -> Result<ControlFlow<()>>;

/// The links of a group in dense storage.
#[derive(Debug)]
pub struct DenseLinks(Dense);

impl DenseLinks {
    /// Opens what a Link Info message names.
    ///
    /// # Errors
    /// `Format` if heap or index are invalid, `Io`.
    pub fn open(
        storage: &Storage,
        fractal_heap_address: Address,
        name_index_address: Address,
        creation_order_index_address: Option<Address>,
    ) -> Result<Self> {
        let names = (name_index_address, BTreeV2Type::LinkName);
        Dense::open(storage, fractal_heap_address, names, creation_order_index_address).map(Self)
    }

    /// The heap of the link messages.
    pub fn heap(&self) -> &FractalHeap {
        &self.0.heap
    }

    /// Number of links.
    pub fn len(&self) -> u64 {
        self.0.names.len()
    }

    /// True if there are no links.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty()
    }

    /// Finds a link by name in O(log n) reads. `decode` gets the body of each Link message whose name has the right hash, and
    /// returns `Some` if it is the one.
    ///
    /// # Errors
    /// `Format` if a structure on the way is invalid, `Limit`, `Io`; whatever `decode` reports.
    pub fn find<T>(
        &self,
        storage: &Storage,
        name: &[u8],
        decode: impl FnMut(&[u8]) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        Ok(self.find_with_id(storage, name, decode)?.map(|(_, found)| found))
    }

    /// As [`DenseLinks::find`], with the heap ID of the link.
    pub(crate) fn find_with_id<T>(
        &self,
        storage: &Storage,
        name: &[u8],
        mut decode: impl FnMut(&[u8]) -> Result<Option<T>>,
    ) -> Result<Option<(Vec<u8>, T)>> {
        let mut found = None;
        let hash_of = |record: &[u8]| Ok(LinkNameRecord::decode(record)?.hash);
        self.0.with_hash(storage, name, hash_of, |record| {
            let id = LinkNameRecord::decode(record)?.heap_id;
            let message = self.0.heap.object(storage, id)?;
            found = decode(&message)?.map(|link| (id.to_vec(), link));
            Ok(until(found.is_some()))
        })?;
        Ok(found)
    }

    /// Shows the bodies of the Link messages from number `start` of the name index on, until `visit` says `Break`.
    ///
    /// # Errors
    /// As [`DenseLinks::find`].
    pub fn for_each_by_name(
        &self,
        storage: &Storage,
        start: u64,
        visit: &mut dyn FnMut(Metadata<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.0.by_name(storage, start, &mut |record, budget| {
            let message = self.0.heap.object(storage, LinkNameRecord::decode(record)?.heap_id)?;
            budget.read(message.len())?;
            visit(message)
        })
    }

    /// As [`DenseLinks::for_each_by_name`], in the order in which the links were made. False, and nothing is shown, if the group has
    /// no such index.
    ///
    /// # Errors
    /// As [`DenseLinks::find`].
    pub fn for_each_by_creation_order(
        &self,
        storage: &Storage,
        start: u64,
        visit: &mut dyn FnMut(Metadata<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        self.0.by_creation_order(storage, BTreeV2Type::LinkCreationOrder, start, &mut |record, budget| {
            let message = self.0.heap.object(storage, LinkCreationOrderRecord::decode(record)?.heap_id)?;
            budget.read(message.len())?;
            visit(message)
        })
    }
}

/// The attributes of an object in dense storage.
#[derive(Debug)]
pub struct DenseAttributes(Dense);

/// One attribute in dense storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DenseAttribute<'a> {
    /// The record of the attribute, whose heap ID is in the heap of shared messages if its flags say so.
    pub record: AttributeCreationOrderRecord<'a>,
    /// The body of the Attribute message; `None` if it is shared, and so in another heap.
    pub message: Option<&'a [u8]>,
}

impl DenseAttributes {
    /// Opens what an Attribute Info message names.
    ///
    /// # Errors
    /// `Format` if heap or index are invalid, `Io`.
    pub fn open(
        storage: &Storage,
        fractal_heap_address: Address,
        name_index_address: Address,
        creation_order_index_address: Option<Address>,
    ) -> Result<Self> {
        let names = (name_index_address, BTreeV2Type::AttributeName);
        Dense::open(storage, fractal_heap_address, names, creation_order_index_address).map(Self)
    }

    /// The heap of the attribute messages.
    pub fn heap(&self) -> &FractalHeap {
        &self.0.heap
    }

    /// Number of attributes.
    pub fn len(&self) -> u64 {
        self.0.names.len()
    }

    /// True if there are no attributes.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty()
    }

    /// Finds an attribute by name in O(log n) reads. `decode` gets each attribute whose name has the right hash, and returns `Some`
    /// if it is the one.
    ///
    /// # Errors
    /// `Format` if a structure on the way is invalid, `Limit`, `Io`; whatever `decode` reports.
    pub fn find<T>(
        &self,
        storage: &Storage,
        name: &[u8],
        mut decode: impl FnMut(DenseAttribute<'_>) -> Result<Option<T>>,
    ) -> Result<Option<T>> {
        let mut found = None;
        let hash_of = |record: &[u8]| Ok(AttributeNameRecord::decode(record)?.hash);
        self.0.with_hash(storage, name, hash_of, |record| {
            let record = AttributeNameRecord::decode(record)?.attribute;
            found = self.with_attribute(storage, record, &mut decode)?;
            Ok(until(found.is_some()))
        })?;
        Ok(found)
    }

    /// Shows the attributes from number `start` of the name index on, until `visit` says `Break`.
    ///
    /// # Errors
    /// As [`DenseAttributes::find`].
    pub fn for_each_by_name(
        &self,
        storage: &Storage,
        start: u64,
        visit: &mut dyn FnMut(DenseAttribute<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<()> {
        self.0.by_name(storage, start, &mut |record, budget| {
            let record = AttributeNameRecord::decode(record)?.attribute;
            self.with_attribute(storage, record, &mut |attribute| {
                budget.read(attribute.message.map_or(0, <[u8]>::len))?;
                visit(attribute)
            })
        })
    }

    /// As [`DenseAttributes::for_each_by_name`], in the order in which the attributes were made. False, and nothing is shown, if the
    /// object has no such index.
    ///
    /// # Errors
    /// As [`DenseAttributes::find`].
    pub fn for_each_by_creation_order(
        &self,
        storage: &Storage,
        start: u64,
        visit: &mut dyn FnMut(DenseAttribute<'_>) -> Result<ControlFlow<()>>,
    ) -> Result<bool> {
        self.0.by_creation_order(
            storage,
            BTreeV2Type::AttributeCreationOrder,
            start,
            &mut |record, budget| {
                let record = AttributeCreationOrderRecord::decode(record)?;
                self.with_attribute(storage, record, &mut |attribute| {
                    budget.read(attribute.message.map_or(0, <[u8]>::len))?;
                    visit(attribute)
                })
            },
        )
    }

    fn with_attribute<T>(
        &self,
        storage: &Storage,
        record: AttributeCreationOrderRecord<'_>,
        take: &mut (impl FnMut(DenseAttribute<'_>) -> Result<T> + ?Sized),
    ) -> Result<T> {
        if record.is_shared() {
            return take(DenseAttribute { record, message: None });
        }
        let message = self.0.heap.object(storage, record.heap_id)?;
        take(DenseAttribute { record, message: Some(&message) })
    }
}

fn until(found: bool) -> ControlFlow<()> {
    if found { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

/// All records whose name has one hash.
struct HashQuery<H, T> {
    hash: u32,
    hash_of: H,
    take: T,
}

impl<H, T> RecordQuery for HashQuery<H, T>
where
    H: FnMut(&[u8]) -> Result<u32>,
    T: FnMut(&[u8]) -> Result<ControlFlow<()>>,
{
    fn position(&mut self, record: &[u8]) -> Result<Ordering> {
        Ok((self.hash_of)(record)?.cmp(&self.hash))
    }

    fn descends(&mut self, _: Option<&[u8]>, _: Option<&[u8]>) -> Result<bool> {
        Ok(true)
    }

    fn visit(&mut self, record: &[u8]) -> Result<ControlFlow<()>> {
        (self.take)(record)
    }
}
