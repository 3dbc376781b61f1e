//! What a chunked dataset's header says of its chunks and its extent.

use h5_format::message::{DataLayout, MessageType};
use h5_types::{Address, Dataspace, Result};

use super::ChunkedWriter;
use crate::write::dataset::set_extent;
use crate::write::session::Session;

impl ChunkedWriter {
    /// Puts the extent and the index's address into the header, if they have changed.
    pub(super) fn settle_header(&mut self, session: &mut Session, dataset: Address) -> Result<()> {
        let sizes = session.sizes();
        if std::mem::take(&mut self.layout_changed) {
            // Versions 1 and 2 are read only; every release that reads chunks with the later ones reads version 3.
            self.layout.version = self.layout.version.max(3);
            let mut body = Vec::new();
            DataLayout::Chunked(self.layout.clone()).encode(self.layout.version, sizes, &mut body)?;
            session.header(dataset)?.set(MessageType::DataLayout, body);
        }
        if !std::mem::take(&mut self.extent_changed) {
            return Ok(());
        }
        let (dimensions, maximum) = (self.grid.dimensions().to_vec(), self.maximum.clone());
        set_extent(session, dataset, &Dataspace::Simple { dimensions, maximum })
    }
}
