//! What a chunked dataset's header says of its chunks and its extent.

use h5_format::message::dataspace::{self, DataspaceForm};
use h5_format::message::{DataLayout, MessageFlags, MessageType};
use h5_types::{Address, Dataspace, Error, Result};

use super::ChunkedWriter;
use crate::write::session::Session;

/// Flag of a message whose body is elsewhere.
const SHARED: u8 = 2;

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
        let header = session.header(dataset)?;
        let version = if header.prefix.version == 1 { 1 } else { 2 };
        let message = header.messages.iter_mut().find(|message| message.kind == MessageType::Dataspace);
        let message =
            message.ok_or_else(|| Error::format("a dataset without a dataspace").at_address(dataset.0))?;
        // A shared dataspace is another dataset's too: this one gets its own.
        let is_shared = message.flags.is_shared();
        let version = message.body.first().copied().filter(|_| !is_shared).unwrap_or(version);
        let extent =
            Dataspace::Simple { dimensions: self.grid.dimensions().to_vec(), maximum: self.maximum.clone() };
        let mut body = Vec::new();
        dataspace::encode(&extent, DataspaceForm { version, with_maximum: true }, sizes, &mut body)?;
        message.body = body;
        message.flags = MessageFlags(message.flags.0 & !SHARED);
        Ok(())
    }
}
