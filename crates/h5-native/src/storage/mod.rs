//! A file's bytes as the structures see them: addresses relative to the base address, metadata through a page cache, raw data
//! straight from the driver.

mod gather;
mod overlay;
mod pages;
mod work;

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use h5_format::Sizes;
use h5_types::{Address, Error, Limits, Result};

use self::gather::{Driver, Gathered, LARGE_BYTES};
use self::overlay::Overlay;
use self::pages::PageCache;
use self::work::Work;
use crate::vfd::{self, Vfd};

/// A driver with what the superblock says of addresses.
#[derive(Debug)]
pub struct Storage {
    vfd: Arc<dyn Vfd>,
    base_address: u64,
    /// Where the file ends, from the driver's beginning; only a writer moves it.
    length: AtomicU64,
    /// Bytes that the driver has at least: as many as it had, and all that was written since.
    driver_length: AtomicU64,
    sizes: Sizes,
    limits: Limits,
    pages: PageCache,
    overlay: Overlay,
    /// Whether what lies over the file may be raw data too: of a writer, not of an image of the metadata cache.
    stages: AtomicBool,
    gathered: Gathered,
    work: Work,
}

/// Bytes of a metadata block: borrowed from a map, part of a cached page, or assembled.
#[derive(Debug, Clone)]
pub enum Metadata<'a> {
    /// Part of a driver's own memory.
    Borrowed(&'a [u8]),
    /// Part of a cached page.
    Page {
        /// The page.
        page: Arc<[u8]>,
        /// First byte in the page.
        start: usize,
        /// First byte after.
        end: usize,
    },
    /// Assembled from several pages, or read past the cache.
    Owned(Vec<u8>),
}

impl Deref for Metadata<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Page { page, start, end } => page.get(*start..*end).unwrap_or_default(),
            Self::Owned(bytes) => bytes,
        }
    }
}

impl Metadata<'_> {
    /// The same bytes, independent of the driver: what is borrowed is copied.
    pub fn into_owned(self) -> Metadata<'static> {
        match self {
            Self::Borrowed(bytes) => Metadata::Owned(bytes.to_vec()),
            Self::Page { page, start, end } => Metadata::Page { page, start, end },
            Self::Owned(bytes) => Metadata::Owned(bytes),
        }
    }
}

impl Storage {
    /// A driver seen from a base address on.
    ///
    /// # Errors
    /// Whatever the driver reports of its length.
    pub fn new(vfd: Arc<dyn Vfd>, base_address: u64, sizes: Sizes, limits: Limits) -> Result<Self> {
        let length = vfd.len()?;
        let (pages, overlay, gathered) = (PageCache::default(), Overlay::default(), Gathered::default());
        let work = Work::new(&limits, length);
        let (length, driver_length) = (AtomicU64::new(length), AtomicU64::new(length));
        let stages = AtomicBool::new(false);
        Ok(Self {
            vfd,
            base_address,
            length,
            driver_length,
            sizes,
            limits,
            pages,
            overlay,
            stages,
            gathered,
            work,
        })
    }

    /// The same driver, and what was read of it so far, seen from another base address on.
    #[must_use]
    pub(crate) fn rebased(self, base_address: u64, sizes: Sizes) -> Self {
        Self { base_address, sizes, ..self }
    }

    /// Lets the file end after that many bytes from the base address, if it does not before.
    pub(crate) fn end_at(&mut self, length: u64) {
        *self.length.get_mut() = (*self.length.get_mut()).min(self.base_address.saturating_add(length));
    }

    /// Lets the file end where its driver does.
    pub(crate) fn end_with_driver(&mut self) {
        *self.length.get_mut() = *self.driver_length.get_mut();
    }

    /// Puts metadata blocks over the file's own: from now on metadata reads see them in its place.
    ///
    /// # Errors
    /// `Format` if two of them overlap.
    pub(crate) fn overlay(&mut self, blocks: impl IntoIterator<Item = (Address, Vec<u8>)>) -> Result<()> {
        self.overlay = Overlay::new(blocks)?;
        Ok(())
    }

    /// Puts a metadata block over the file's own, for all who read from now on. It may replace one that begins at the same address,
    /// and must overlap no other.
    pub(crate) fn stage(&self, address: Address, block: Vec<u8>) {
        self.stages.store(true, Ordering::Relaxed);
        self.overlay.put(address, block.into());
    }

    /// True if raw data of that range wait to be written, or others among them.
    fn is_staged(&self, address: Address, length: usize) -> bool {
        let length = u64::try_from(length).unwrap_or(u64::MAX);
        !cfg!(h5_read_only) && self.stages.load(Ordering::Relaxed) && self.overlay.touches(address, length)
    }

    /// The block that was staged at an address.
    pub(crate) fn staged(&self, address: Address) -> Option<Arc<[u8]>> {
        self.overlay.block(address)
    }

    /// Changes bytes of a staged block, if they lie in one; false, and nothing changes, if not.
    pub(crate) fn write_staged(&self, address: Address, bytes: &[u8]) -> bool {
        self.overlay.write_into(address, bytes)
    }

    /// Addresses of the staged blocks that have bytes of a range.
    pub(crate) fn staged_in(&self, address: Address, length: u64) -> Vec<Address> {
        self.overlay.touching(address, length)
    }

    /// Takes a staged block away: readers see the file's own bytes again.
    pub(crate) fn unstage(&self, address: Address) {
        self.overlay.remove(address);
    }

    /// As [`Storage::unstage`], of many blocks by their addresses in order.
    pub(crate) fn unstage_all(&self, addresses: &[u64]) {
        self.overlay.remove_all(addresses);
    }

    /// Writes bytes to the driver.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn write_raw(&self, address: Address, bytes: &[u8]) -> Result<()> {
        let offset = self.base_address.saturating_add(address.0);
        let written = self
            .gathered
            .write_touched(self.driver(), offset, bytes.len())
            .and_then(|()| self.driver().write(offset, bytes));
        written.map_err(|e| Error::from(e).at_address(address.0))
    }

    /// Writes bytes that may wait for their neighbours until [`Storage::write_gathered`]. Whoever reads the file through this storage does
    /// not notice.
    ///
    /// # Errors
    /// `Io`: of these bytes, or of others that waited.
    pub(crate) fn gather(&self, address: Address, bytes: &[u8]) -> Result<()> {
        if bytes.len() >= LARGE_BYTES {
            return self.write_raw(address, bytes);
        }
        let offset = self.base_address.saturating_add(address.0);
        let gathered = self.gathered.put(self.driver(), offset, bytes);
        gathered.map_err(|e| Error::from(e).at_address(address.0))
    }

    /// Lets the driver have what was gathered.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn write_gathered(&self) -> Result<()> {
        Ok(self.gathered.write_all(self.driver())?)
    }

    /// Why bytes that were gathered could not be written, whoever wanted them to be: the file must not be changed any more.
    pub(crate) fn failure(&self) -> Option<&str> {
        self.gathered.failure()
    }

    /// Bytes that the driver has, with all that was gathered.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn driver_length(&self) -> Result<u64> {
        self.write_gathered()?;
        Ok(self.vfd.len()?)
    }

    /// Makes the driver at least that long, from its beginning.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn extend_driver(&self, length: u64) -> Result<()> {
        if self.driver_length.load(Ordering::Relaxed) < length && self.driver_length()? < length {
            vfd::uninterrupted(|| self.vfd.set_len(length))?;
        }
        self.driver_length.fetch_max(length, Ordering::Relaxed);
        Ok(())
    }

    /// Cuts what the driver has behind that many bytes.
    ///
    /// # Errors
    /// `Io`.
    pub(crate) fn cut_driver(&self, length: u64) -> Result<()> {
        if self.driver_length()? > length {
            vfd::uninterrupted(|| self.vfd.set_len(length))?;
            self.driver_length.store(length, Ordering::Relaxed);
        }
        Ok(())
    }

    /// The bytes that the driver has in the place of a block, whatever is staged there.
    ///
    /// # Errors
    /// As [`Storage::metadata`].
    pub(crate) fn stored(&self, address: Address, length: usize) -> Result<Metadata<'_>> {
        let stored = self.stored_metadata(address, u64::try_from(length).unwrap_or(u64::MAX))?;
        if stored.len() == length { Ok(stored) } else { Err(self.ended().at_address(address.0)) }
    }

    fn driver(&self) -> Driver<'_> {
        Driver { vfd: &*self.vfd, pages: &self.pages, length: &self.driver_length }
    }

    /// Lets the file end after that many bytes from the base address.
    pub(crate) fn set_length(&self, length: u64) {
        self.length.store(self.base_address.saturating_add(length), Ordering::Relaxed);
    }

    /// Widths of offsets and lengths.
    pub fn sizes(&self) -> Sizes {
        self.sizes
    }

    /// Bounds that every walk obeys.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// The driver below.
    pub fn vfd(&self) -> &Arc<dyn Vfd> {
        &self.vfd
    }

    /// Where address 0 is in the driver, in bytes.
    pub fn base_address(&self) -> u64 {
        self.base_address
    }

    /// Bytes of the file from the base address to its end: no structure can be longer.
    pub fn length(&self) -> u64 {
        self.length.load(Ordering::Relaxed).saturating_sub(self.base_address)
    }

    /// The metadata block of exactly `length` bytes at `address`.
    ///
    /// # Errors
    /// `Format` if the file ends before, `Limit` if the block is over `metadata_block_bytes`, `Io`.
    pub fn metadata(&self, address: Address, length: u64) -> Result<Metadata<'_>> {
        let block = self.metadata_up_to(address, length)?;
        if u64::try_from(block.len()).unwrap_or(u64::MAX) == length {
            Ok(block)
        } else {
            let found = block.len();
            Err(Error::format(format!("{length} bytes needed, the file ends after {found}"))
                .at_address(address.0))
        }
    }

    /// As [`Storage::metadata`], but shorter where the file ends before.
    ///
    /// # Errors
    /// `Format` if the address is past the end, `Limit`, `Io`.
    pub fn metadata_up_to(&self, address: Address, length: u64) -> Result<Metadata<'_>> {
        let block = if self.overlay.touches(address, length) {
            self.overlaid(address, length)?
        } else {
            self.stored_metadata(address, length)?
        };
        self.spend(block.len()).map_err(|error| error.at_address(address.0))?;
        Ok(block)
    }

    /// Counts work that a read causes beside the reading itself: bytes decoded, filled or handed out.
    ///
    /// # Errors
    /// `Limit` if all that the file may cause is spent.
    pub(crate) fn spend(&self, bytes: usize) -> Result<()> {
        self.work.spend(bytes)
    }

    /// Metadata where blocks lie over the file's own. What is between them and past the file's end is as in the file, or zero.
    fn overlaid(&self, address: Address, length: u64) -> Result<Metadata<'_>> {
        if let Some(block) = self.overlay.covering(address, length) {
            return Ok(block);
        }
        let end = self.length().max(self.overlay.end());
        let length = length.min(end.saturating_sub(address.0));
        if length > self.limits.metadata_block_bytes {
            return Err(Error::limit("metadata block over the limit").at_address(address.0));
        }
        let length_in_memory =
            usize::try_from(length).map_err(|_| Error::limit("metadata block larger than memory"))?;
        // First, as in `read_overlaid`.
        let staged = self.overlay.blocks_in(address, length);
        let mut block = if address.0 < self.length() {
            self.stored_metadata(address, length)?.to_vec()
        } else {
            Vec::new()
        };
        block.resize(length_in_memory, 0);
        overlay::patch(&staged, address, &mut block);
        Ok(Metadata::Owned(block))
    }

    fn stored_metadata(&self, address: Address, length: u64) -> Result<Metadata<'_>> {
        let available = self.length().saturating_sub(address.0);
        if available == 0 && length > 0 {
            let end = self.length();
            return Err(Error::format(format!("the address is past the end of the file ({end:#x})"))
                .at_address(address.0));
        }
        let length = length.min(available);
        if length > self.limits.metadata_block_bytes {
            let limit = self.limits.metadata_block_bytes;
            let message = format!("a metadata block of {length} bytes is over the limit of {limit}");
            return Err(Error::limit(message).at_address(address.0));
        }
        let offset = self.base_address.saturating_add(address.0);
        let length =
            usize::try_from(length).map_err(|_| Error::limit("metadata block larger than memory"))?;
        if let Some(all) = self.vfd.as_slice() {
            return slice_of(all, offset, length)
                .map(Metadata::Borrowed)
                .ok_or_else(|| self.ended().at_address(address.0));
        }
        self.gathered
            .write_touched(self.driver(), offset, length)
            .and_then(|()| self.pages.read(&*self.vfd, offset, length))
            .map_err(|e| Error::from(e).at_address(address.0))
    }

    /// Fills `buffer` with raw data from `address` on. Where the file ends before, the error has no address: whoever knows the block
    /// of which this is a part adds the block's, since how a block is cut into reads depends on the driver.
    ///
    /// # Errors
    /// `Format` if the file ends before, `Io`.
    pub fn read_raw(&self, address: Address, buffer: &mut [u8]) -> Result<()> {
        if self.is_staged(address, buffer.len()) {
            return self.read_overlaid(address, buffer);
        }
        self.read_written(address, buffer)
    }

    /// Raw data where staged blocks lie over the file's own.
    fn read_overlaid(&self, address: Address, buffer: &mut [u8]) -> Result<()> {
        if !self.holds(address, buffer.len()) {
            return Err(self.ended());
        }
        let length = u64::try_from(buffer.len()).unwrap_or(u64::MAX);
        if let Some(block) = self.overlay.covering(address, length) {
            buffer.copy_from_slice(&block);
            return Ok(());
        }
        // Before the driver is read: a block that is written and taken away meanwhile would else be in neither.
        let staged = self.overlay.blocks_in(address, length);
        // What is staged may lie past what the driver has so far.
        let written = self.driver_length()?.saturating_sub(self.base_address).saturating_sub(address.0);
        let written = usize::try_from(written).unwrap_or(usize::MAX).min(buffer.len());
        let (there, past) = buffer.split_at_mut(written);
        past.fill(0);
        self.read_written(address, there)?;
        overlay::patch(&staged, address, buffer);
        Ok(())
    }

    /// As [`Storage::read_raw`], without what is staged.
    ///
    /// # Errors
    /// As there.
    pub(crate) fn read_written(&self, address: Address, buffer: &mut [u8]) -> Result<()> {
        if !self.holds(address, buffer.len()) {
            return Err(self.ended());
        }
        let offset = self.base_address.saturating_add(address.0);
        let ready = self.gathered.write_touched(self.driver(), offset, buffer.len());
        ready.and_then(|()| vfd::read_exact_at(&*self.vfd, offset, buffer)).map_err(|error| {
            if error.kind() == std::io::ErrorKind::UnexpectedEof {
                self.ended()
            } else {
                Error::from(error).at_address(address.0)
            }
        })
    }

    /// Raw data in place, where the driver has it in memory.
    pub fn raw_slice(&self, address: Address, length: usize) -> Option<&[u8]> {
        if !self.holds(address, length) || self.is_staged(address, length) {
            return None;
        }
        slice_of(self.vfd.as_slice()?, self.base_address.saturating_add(address.0), length)
    }

    fn holds(&self, address: Address, length: usize) -> bool {
        let end = u64::try_from(length).ok().and_then(|length| address.0.checked_add(length));
        end.is_some_and(|end| end <= self.length())
    }

    fn ended(&self) -> Error {
        let end = self.length();
        Error::format(format!("the file ends ({end:#x}) inside these data"))
    }
}

fn slice_of(all: &[u8], offset: u64, length: usize) -> Option<&[u8]> {
    let start = usize::try_from(offset).ok()?;
    all.get(start..start.checked_add(length)?)
}
