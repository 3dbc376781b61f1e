//! Bringing what objects keep in memory into their blocks.

use h5_types::{Address, Result};

use super::Session;

impl Session {
    /// Brings an object's changes into its blocks, for whoever reads them.
    ///
    /// # Errors
    /// `Limit` if the file is full, `Unsupported` if the header cannot hold its messages, `Io`.
    pub(crate) fn settle(&mut self, object: Address) -> Result<()> {
        if !self.unsettled.remove(&object) {
            return Ok(());
        }
        let settled = self.settle_parts(object);
        if settled.is_err() {
            self.unsettled.insert(object);
            return settled;
        }
        // What was settled is not a change.
        self.unsettled.remove(&object);
        self.write_if_much_is_staged()
    }

    /// First what changes the header, then the header.
    fn settle_parts(&mut self, object: Address) -> Result<()> {
        self.stage_global_heap()?;
        if let Some(mut links) = self.links.remove(&object) {
            let settled = links.settle(self, object);
            self.links.insert(object, links);
            settled?;
        }
        if let Some(mut dataset) = self.datasets.remove(&object) {
            let settled = dataset.settle(self, object);
            if settled.is_err() || dataset.is_worth_keeping() {
                self.datasets.insert(object, dataset);
            }
            settled?;
        }
        if let Some(mut attributes) = self.attributes.remove(&object)
            && let Err(error) = attributes.settle(self, object)
        {
            self.attributes.insert(object, attributes);
            return Err(error);
        }
        let Some(mut header) = self.headers.remove(&object) else { return Ok(()) };
        let settled = if header.changed { header.settle(self) } else { Ok(()) };
        header.changed = settled.is_err();
        // A dataset that grows changes its header with every commit.
        if settled.is_err() || self.datasets.contains_key(&object) {
            self.headers.insert(object, header);
        }
        settled
    }

    /// Settles everything.
    ///
    /// # Errors
    /// As [`Session::settle`].
    pub(in crate::write) fn settle_all(&mut self) -> Result<()> {
        while let Some(&object) = self.unsettled.iter().next() {
            self.settle(object)?;
        }
        Ok(())
    }
}
