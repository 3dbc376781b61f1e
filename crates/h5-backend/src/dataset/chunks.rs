//! How the elements are stored.

use std::ops::ControlFlow;

use h5_types::{ChunkInfo, Result};

use super::Dataset;

impl Dataset {
    /// The chunks that were written, in index order; none unless the layout is chunked.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn chunks(&self) -> Result<Vec<ChunkInfo>> {
        let mut found = Vec::new();
        let mut failure = None;
        self.visit_chunks(&mut |chunk| match chunk {
            Ok(chunk) => {
                found.push(chunk);
                ControlFlow::Continue(())
            }
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        })?;
        failure.map_or(Ok(found), Err)
    }

    /// Shows the chunks that were written one by one: see [`DatasetNode::chunks`](crate::DatasetNode::chunks).
    ///
    /// # Errors
    /// `Format` or `Io` if the index itself cannot be read.
    pub fn visit_chunks(&self, visit: &mut dyn FnMut(Result<ChunkInfo>) -> ControlFlow<()>) -> Result<()> {
        self.node()?
            .chunks(&mut |chunk| visit(chunk.map_err(|e| self.0.locate(e))))
            .map_err(|e| self.0.locate(e))
    }

    /// Reads one chunk as it is stored, filters not undone. `offset` is the position of its first element.
    ///
    /// # Errors
    /// `Usage` if the dataset is not chunked or no chunk begins there, `NotFound` if that chunk was never written, `Format`, `Io`.
    pub fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        self.node()?.read_raw_chunk(offset).map_err(|e| self.0.locate(e))
    }

    /// Writes one chunk as it is to be stored, filtered already. `offset` is the position of its first element; bit n of `filter_mask` says
    /// that filter n was not applied.
    ///
    /// # Errors
    /// `Usage` if the dataset is not chunked or no chunk begins there, `Unsupported`, `Io`, `Service`.
    pub fn write_raw_chunk(&self, offset: &[u64], filter_mask: u32, stored: &[u8]) -> Result<()> {
        self.node()?.write_raw_chunk(offset, filter_mask, stored).map_err(|e| self.0.locate(e))
    }

    /// Bytes that the elements take in storage; for chunked datasets the stored chunks, filtered.
    ///
    /// # Errors
    /// `Format`, `Io`.
    pub fn storage_bytes(&self) -> Result<u64> {
        self.node()?.storage_bytes().map_err(|e| self.0.locate(e))
    }
}
