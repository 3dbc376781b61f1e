//! The end of a heap.

use std::ops::ControlFlow;

use h5_format::btree_v2::{BTreeV2Type, HugeObjectRecord};
use h5_format::fractal_heap::HeapId;
use h5_types::Result;

use super::{HeapWriter, Session, Tree, btree_v2};
use crate::btree_v2::BTreeV2;

impl HeapWriter {
    /// Gives back all blocks and objects of the heap.
    ///
    /// # Errors
    /// `Format`, `Io` of blocks; the heap is as before then.
    pub(crate) fn delete(mut self, session: &mut Session) -> Result<()> {
        let address = self.address;
        // What is in memory only is brought into blocks, so that there is one kind of blocks to give back.
        if self.changed {
            self.finish_huge(session)?;
            self.finish_blocks(session)?;
            self.tree = Tree::of_header(&self.header);
        }
        let storage = session.core().storage();
        let mut blocks = self.tree.stored_blocks((storage, &self.header, address))?;
        if let Some(header) = self.header.huge_objects_b_tree_address {
            let sizes = session.sizes();
            let is_filtered = self.header.is_filtered();
            let is_direct = HeapId::huge_ids_are_direct(&self.header, sizes);
            let kind = match (is_filtered, is_direct) {
                (false, false) => BTreeV2Type::HugeIndirect,
                (true, false) => BTreeV2Type::HugeIndirectFiltered,
                (false, true) => BTreeV2Type::HugeDirect,
                (true, true) => BTreeV2Type::HugeDirectFiltered,
            };
            let tree = BTreeV2::open(storage, header, &[kind])?;
            tree.visit_from(storage, 0, &mut |record| {
                let record = HugeObjectRecord::decode(record, sizes, is_filtered, is_direct)?;
                blocks.push((record.address, record.stored_bytes));
                Ok(ControlFlow::Continue(()))
            })?;
            btree_v2::delete(session, header)?;
        }
        for (address, length) in blocks {
            session.free(address, length);
        }
        self.manager.delete(session);
        session.heap_removals.remove(&address);
        let header = self.header.encode(session.sizes())?;
        session.free(address, u64::try_from(header.len()).unwrap_or(u64::MAX));
        Ok(())
    }
}
