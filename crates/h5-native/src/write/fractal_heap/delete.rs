//! The end of a heap.

use std::ops::ControlFlow;

use h5_format::btree_v2::{BTreeV2Type, HugeObjectRecord};
use h5_format::fractal_heap::FractalHeapHeader;
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
            let tree = BTreeV2::open(storage, header, &[BTreeV2Type::HugeIndirect])?;
            tree.visit_from(storage, 0, &mut |record| {
                let record = HugeObjectRecord::decode(record, sizes, false, false)?;
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
        session.free(address, FractalHeapHeader::bytes(session.sizes()));
        Ok(())
    }
}
