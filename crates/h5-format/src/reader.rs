#![expect(
    clippy::missing_errors_doc,
    reason = "every read fails in one way, Fault::Truncated, said once on `take`"
)]

use byteorder::{ByteOrder, LittleEndian};
use h5_types::Address;

use crate::{Fault, FormatError, Result};

/// Widths of the numbers that depend on the superblock, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// `size_of_offsets`: 2, 4, 8 or 16.
    pub offsets: u8,
    /// `size_of_lengths`: 2, 4, 8 or 16.
    pub lengths: u8,
}

/// Reads fields off a slice, front to back, never past its end.
///
/// A reader knows the structure it is in, so that every failure names it.
#[derive(Debug, Clone)]
pub struct Reader<'a> {
    bytes: &'a [u8],
    position: usize,
    structure: &'static str,
    section: &'static str,
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of a structure.
    pub fn new(bytes: &'a [u8], structure: &'static str, section: &'static str) -> Self {
        Self { bytes, position: 0, structure, section }
    }

    /// An error of this structure.
    pub fn error(&self, fault: Fault) -> FormatError {
        FormatError::new(self.structure, self.section, fault)
    }

    /// An error about a field with an impossible value.
    pub fn bad_value(
        &self,
        field: &'static str,
        found: impl Into<u64>,
        expected: &'static str,
    ) -> FormatError {
        self.error(Fault::Value { field, found: found.into(), expected })
    }

    /// Bytes read so far.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Bytes that are left.
    pub fn remaining(&self) -> usize {
        self.bytes.len().saturating_sub(self.position)
    }

    /// All bytes that are left, without moving.
    pub fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.position..).unwrap_or_default()
    }

    /// The next `count` bytes.
    ///
    /// # Errors
    /// [`Fault::Truncated`] if fewer are left; so are those of all methods that read.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let truncated = Fault::Truncated {
            needed: u64::try_from(count).unwrap_or(u64::MAX),
            available: u64::try_from(self.remaining()).unwrap_or(u64::MAX),
        };
        let end = self.position.checked_add(count).ok_or_else(|| self.error(truncated))?;
        let taken = self.bytes.get(self.position..end).ok_or_else(|| self.error(truncated))?;
        self.position = end;
        Ok(taken)
    }

    /// As [`Reader::take`], for a count that the file gives.
    pub fn take_u64(&mut self, count: u64) -> Result<&'a [u8]> {
        let available = u64::try_from(self.remaining()).unwrap_or(u64::MAX);
        let count =
            usize::try_from(count).map_err(|_| self.error(Fault::Truncated { needed: count, available }))?;
        self.take(count)
    }

    /// Passes over reserved bytes.
    pub fn skip(&mut self, count: usize) -> Result<()> {
        self.take(count).map(|_| ())
    }

    /// One byte.
    pub fn u8(&mut self) -> Result<u8> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    /// Two bytes, little-endian.
    pub fn u16(&mut self) -> Result<u16> {
        self.take(2).map(LittleEndian::read_u16)
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self) -> Result<u32> {
        self.take(4).map(LittleEndian::read_u32)
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self) -> Result<u64> {
        self.take(8).map(LittleEndian::read_u64)
    }

    /// An unsigned number of `width` bytes (any up to 16), little-endian. Wider than 64 bits is an error unless the upper bytes are
    /// zero.
    pub fn uint(&mut self, width: usize) -> Result<u64> {
        let taken = self.take(width)?;
        let (low, high) = taken.split_at_checked(8).unwrap_or((taken, &[]));
        if high.iter().any(|&b| b != 0) {
            return Err(self.error(Fault::Unsupported { what: "number wider than 64 bits", found: u64::MAX }));
        }
        Ok(if low.is_empty() { 0 } else { LittleEndian::read_uint(low, low.len()) })
    }

    /// A length of `sizes.lengths` bytes.
    pub fn length(&mut self, sizes: Sizes) -> Result<u64> {
        self.uint(usize::from(sizes.lengths))
    }

    /// A length in which all bits set means "undefined" or "unlimited".
    pub fn optional_length(&mut self, sizes: Sizes) -> Result<Option<u64>> {
        self.optional_uint(usize::from(sizes.lengths))
    }

    /// An address of `sizes.offsets` bytes; `None` if all bits are set (the undefined address).
    pub fn address(&mut self, sizes: Sizes) -> Result<Option<Address>> {
        Ok(self.optional_uint(usize::from(sizes.offsets))?.map(Address))
    }

    /// An address that must be defined.
    ///
    /// # Errors
    /// [`Fault::Value`] naming `field` if it is the undefined address.
    pub fn defined_address(&mut self, sizes: Sizes, field: &'static str) -> Result<Address> {
        self.address(sizes)?.ok_or_else(|| self.bad_value(field, u64::MAX, "a defined address"))
    }

    /// As [`Reader::uint`]; `None` if all bits are set.
    pub fn optional_uint(&mut self, width: usize) -> Result<Option<u64>> {
        let all_ones = self.rest().get(..width).is_some_and(|b| b.iter().all(|&x| x == 0xff));
        if all_ones {
            self.skip(width)?;
            return Ok(None);
        }
        self.uint(width).map(Some)
    }

    /// Checks the characters that begin a structure.
    ///
    /// # Errors
    /// [`Fault::Signature`] if they are others.
    pub fn signature(&mut self, expected: &[u8]) -> Result<()> {
        if self.take(expected.len())? == expected { Ok(()) } else { Err(self.error(Fault::Signature)) }
    }

    /// Reads a version byte and checks it against the versions that exist.
    ///
    /// # Errors
    /// [`Fault::Version`] if `versions` does not hold it.
    pub fn version(&mut self, versions: std::ops::RangeInclusive<u8>, expected: &'static str) -> Result<u8> {
        let found = self.u8()?;
        if versions.contains(&found) {
            Ok(found)
        } else {
            Err(self.error(Fault::Version { found: u64::from(found), expected }))
        }
    }

    /// Bytes up to the next NUL, which is passed over but not returned.
    pub fn nul_terminated(&mut self) -> Result<&'a [u8]> {
        let rest = self.rest();
        let available = u64::try_from(rest.len()).unwrap_or(u64::MAX);
        let length = rest
            .iter()
            .position(|&b| b == 0)
            .ok_or_else(|| self.error(Fault::Truncated { needed: available.saturating_add(1), available }))?;
        let text = self.take(length)?;
        self.skip(1)?;
        Ok(text)
    }

    /// Checks the lookup3 checksum in the next four bytes against all bytes before them.
    ///
    /// # Errors
    /// [`Fault::Checksum`] if they differ.
    pub fn checksum(&mut self) -> Result<()> {
        let covered = self.bytes.get(..self.position).unwrap_or_default();
        let computed = crate::lookup3(covered);
        let stored = self.u32()?;
        if stored == computed { Ok(()) } else { Err(self.error(Fault::Checksum { stored, computed })) }
    }
}
