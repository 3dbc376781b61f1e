//! Objects that are too long for direct blocks: on their own in the file, found by a key in a version 2 B-tree.

use h5_format::btree_v2::{BTreeV2Type, HugeObjectRecord};
use h5_format::fractal_heap::{HeapId, HugeObject};
use h5_types::{Error, Result};

use super::super::btree_v2::{Action, Change, RecordShape, apply, compare_keys};
use super::{FractalHeap, HeapWriter, Session, SpaceKind};

impl HeapWriter {
    /// Puts an object into the file, and returns its ID.
    pub(super) fn insert_huge(&mut self, session: &mut Session, object: &[u8]) -> Result<Vec<u8>> {
        let sizes = session.sizes();
        if HeapId::huge_ids_are_direct(&self.header, sizes) {
            return Err(Error::unsupported("large objects that IDs of a fractal heap name directly"));
        }
        let full = || Error::limit("all keys of large objects of a fractal heap have been used");
        let key = self.header.next_huge_object_id.checked_add(1).ok_or_else(full)?;
        let id = HeapId::Huge(HugeObject::Indirect { key }).encode(&self.header, sizes)?;
        let stored_bytes = u64::try_from(object.len()).unwrap_or(u64::MAX);
        let address = session.put(SpaceKind::Raw, object.to_vec())?;
        let record = HugeObjectRecord { address, stored_bytes, filtered: None, id: Some(key) };
        self.huge.push(Change { record: record.encode(sizes)?, action: Action::Insert });
        self.header.next_huge_object_id = key;
        self.header.huge_bytes = self.header.huge_bytes.saturating_add(stored_bytes);
        self.header.huge_objects = self.header.huge_objects.saturating_add(1);
        Ok(id)
    }

    /// Gives an object's bytes back to the file.
    pub(super) fn remove_huge(&mut self, session: &mut Session, key: u64) -> Result<()> {
        let sizes = session.sizes();
        let keyed = |change: &Change| HugeObjectRecord::decode(&change.record, sizes, false, false);
        let mut inserted = None;
        for (index, change) in self.huge.iter().enumerate() {
            let record = keyed(change)?;
            if change.action == Action::Insert && record.id == Some(key) {
                inserted = Some((index, record));
            }
        }
        let record = match inserted {
            Some((index, record)) => {
                self.huge.remove(index);
                record
            }
            None => {
                let storage = session.core().storage();
                let record = FractalHeap::open(storage, self.address)?.huge_record(storage, key)?;
                self.huge.push(Change { record: record.encode(sizes)?, action: Action::Remove });
                record
            }
        };
        session.free_raw(record.address, record.stored_bytes);
        self.header.huge_bytes = self.header.huge_bytes.saturating_sub(record.stored_bytes);
        self.header.huge_objects = self.header.huge_objects.saturating_sub(1);
        Ok(())
    }

    /// Brings the changes into the B-tree.
    pub(super) fn finish_huge(&mut self, session: &mut Session) -> Result<()> {
        let (sizes, changes) = (session.sizes(), &self.huge);
        let shape = RecordShape::huge_objects(sizes);
        let tree = self.header.huge_objects_b_tree_address;
        self.header.huge_objects_b_tree_address =
            apply(session, tree, &shape, changes, &mut |_, number, stored| {
                let changed = changes.get(number).map_or(&[][..], |change| &change.record);
                compare_keys(BTreeV2Type::HugeIndirect, sizes, changed, stored)
            })?;
        self.huge.clear();
        Ok(())
    }
}
