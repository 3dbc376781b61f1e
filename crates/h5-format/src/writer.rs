#![expect(
    clippy::missing_errors_doc,
    reason = "every write fails in one way, a number that its field cannot hold, said once on `uint`"
)]

use h5_types::Address;

use crate::{Fault, FormatError, Result, Sizes, lookup3};

/// What a structure has room for from the beginning.
const RESERVED_BYTES: usize = 64;

/// Appends the fields of one structure to a buffer, front to back: the mirror of [`crate::Reader`].
///
/// A writer knows the structure it is in, so that every failure names it. After a failure the buffer holds a part of the structure,
/// which the caller throws away.
#[derive(Debug)]
pub struct Writer<'a> {
    bytes: &'a mut Vec<u8>,
    start: usize,
    structure: &'static str,
    section: &'static str,
}

impl<'a> Writer<'a> {
    /// Starts a structure at the end of `bytes`.
    pub fn new(bytes: &'a mut Vec<u8>, structure: &'static str, section: &'static str) -> Self {
        let start = bytes.len();
        // Most structures are shorter, and a buffer that grows field by field is moved again and again. One that has room was made by
        // somebody who knows how much.
        if bytes.capacity() == 0 {
            bytes.reserve(RESERVED_BYTES);
        }
        Self { bytes, start, structure, section }
    }

    /// An error of this structure.
    pub fn error(&self, fault: Fault) -> FormatError {
        FormatError::new(self.structure, self.section, fault)
    }

    /// An error about what this structure, or this version of it, has no place for.
    pub fn unencodable(&self, field: &'static str, expected: &'static str) -> FormatError {
        self.error(Fault::Unencodable { field, expected })
    }

    /// Bytes written since the structure began.
    pub fn position(&self) -> usize {
        self.bytes.len().saturating_sub(self.start)
    }

    /// The buffer, for a structure inside this one that has a writer of its own.
    pub fn buffer(&mut self) -> &mut Vec<u8> {
        self.bytes
    }

    /// Bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Reserved bytes.
    pub fn zeros(&mut self, count: usize) {
        self.bytes.resize(self.bytes.len().saturating_add(count), 0);
    }

    /// Zeros up to a multiple of eight bytes, counted from the structure's begin.
    pub fn pad_to_8(&mut self) {
        self.zeros(self.position().wrapping_neg() & 7);
    }

    /// Zeros up to so many bytes of the structure.
    ///
    /// # Errors
    /// [`Fault::Unencodable`] if the structure is longer.
    pub fn pad_to(&mut self, bytes: u64) -> Result<()> {
        let room = usize::try_from(bytes).ok().and_then(|bytes| bytes.checked_sub(self.position()));
        let room = room.ok_or_else(|| self.unencodable("size", "room for all parts of the structure"))?;
        self.zeros(room);
        Ok(())
    }

    /// One byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Two bytes, little-endian.
    pub fn u16(&mut self, value: u16) {
        self.put(&value.to_le_bytes());
    }

    /// Four bytes, little-endian.
    pub fn u32(&mut self, value: u32) {
        self.put(&value.to_le_bytes());
    }

    /// Eight bytes, little-endian.
    pub fn u64(&mut self, value: u64) {
        self.put(&value.to_le_bytes());
    }

    /// An unsigned number in `width` bytes (up to 16), little-endian.
    ///
    /// # Errors
    /// [`Fault::DoesNotFit`] naming `field` if it needs more bytes; so are those of all methods that write numbers.
    pub fn uint(&mut self, field: &'static str, value: u64, width: usize) -> Result<()> {
        let bytes = u128::from(value).to_le_bytes();
        let does_not_fit = || self.error(Fault::DoesNotFit { field, value, width_bytes: width });
        let (low, high) = bytes.split_at_checked(width).ok_or_else(does_not_fit)?;
        if high.iter().any(|&b| b != 0) {
            return Err(does_not_fit());
        }
        self.put(low);
        Ok(())
    }

    /// A count or size of memory in `width` bytes.
    pub fn count(&mut self, field: &'static str, value: usize, width: usize) -> Result<()> {
        self.uint(field, u64::try_from(value).unwrap_or(u64::MAX), width)
    }

    /// A number in `width` bytes; `None` is all ones, which no number may be.
    pub fn optional_uint(&mut self, field: &'static str, value: Option<u64>, width: usize) -> Result<()> {
        let Some(value) = value else {
            self.bytes.resize(self.bytes.len().saturating_add(width), 0xff);
            return Ok(());
        };
        let all_ones = u64::MAX.checked_shr(64_u32.saturating_sub(width_bits(width))).unwrap_or(0);
        if width <= 8 && value == all_ones {
            return Err(self.error(Fault::DoesNotFit { field, value, width_bytes: width }));
        }
        self.uint(field, value, width)
    }

    /// A length of `sizes.lengths` bytes.
    pub fn length(&mut self, field: &'static str, value: u64, sizes: Sizes) -> Result<()> {
        self.uint(field, value, usize::from(sizes.lengths))
    }

    /// A length in which all bits set means "undefined" or "unlimited".
    pub fn optional_length(&mut self, field: &'static str, value: Option<u64>, sizes: Sizes) -> Result<()> {
        self.optional_uint(field, value, usize::from(sizes.lengths))
    }

    /// An address of `sizes.offsets` bytes.
    pub fn address(&mut self, field: &'static str, value: Address, sizes: Sizes) -> Result<()> {
        self.optional_address(field, Some(value), sizes)
    }

    /// An address of `sizes.offsets` bytes; `None` is the undefined address, all ones.
    pub fn optional_address(
        &mut self,
        field: &'static str,
        value: Option<Address>,
        sizes: Sizes,
    ) -> Result<()> {
        self.optional_uint(field, value.map(|address| address.0), usize::from(sizes.offsets))
    }

    /// A text and the NUL that ends it.
    ///
    /// # Errors
    /// [`Fault::Unencodable`] if there is a NUL in the text.
    pub fn nul_terminated(&mut self, field: &'static str, text: &[u8]) -> Result<()> {
        if text.contains(&0) {
            return Err(self.unencodable(field, "a text without NUL"));
        }
        self.put(text);
        self.u8(0);
        Ok(())
    }

    /// The lookup3 checksum of all that was written since the structure began.
    pub fn checksum(&mut self) {
        let checksum = lookup3(self.bytes.get(self.start..).unwrap_or_default());
        self.u32(checksum);
    }
}

/// Bits of so many bytes, at most 64.
fn width_bits(width: usize) -> u32 {
    u32::try_from(width.saturating_mul(8)).unwrap_or(64).min(64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    fn writer(bytes: &mut Vec<u8>) -> Writer<'_> {
        Writer::new(bytes, "test", "0")
    }

    #[test]
    fn numbers_come_back_from_a_reader() {
        let sizes = Sizes { offsets: 16, lengths: 2 };
        let mut bytes = vec![9; 3];
        let mut w = writer(&mut bytes);
        w.u8(1);
        w.u16(0x203);
        w.u32(0x0405_0607);
        w.u64(u64::MAX);
        w.uint("n", 0x01_0203, 3).unwrap();
        w.length("l", 0xffff, sizes).unwrap();
        w.optional_length("l", None, sizes).unwrap();
        w.address("a", Address(u64::MAX), sizes).unwrap();
        w.optional_address("a", None, sizes).unwrap();
        w.nul_terminated("t", b"ab").unwrap();
        w.checksum();
        let mut r = Reader::new(&bytes[3..], "test", "0");
        assert_eq!((r.u8().unwrap(), r.u16().unwrap(), r.u32().unwrap()), (1, 0x203, 0x0405_0607));
        assert_eq!((r.u64().unwrap(), r.uint(3).unwrap()), (u64::MAX, 0x01_0203));
        assert_eq!((r.length(sizes).unwrap(), r.optional_length(sizes).unwrap()), (0xffff, None));
        assert_eq!(r.address(sizes).unwrap(), Some(Address(u64::MAX)));
        assert_eq!((r.address(sizes).unwrap(), r.nul_terminated().unwrap()), (None, &b"ab"[..]));
        r.checksum().unwrap();
        assert_eq!(r.remaining(), 0);
    }

    #[test]
    fn what_does_not_fit_is_never_cut() {
        let mut bytes = Vec::new();
        let mut w = writer(&mut bytes);
        for (value, width) in [(256, 1), (1 << 32, 4), (u64::MAX, 7), (1, 0), (1, 17)] {
            let fault = w.uint("n", value, width).unwrap_err().fault();
            assert_eq!(fault, Fault::DoesNotFit { field: "n", value, width_bytes: width });
        }
        assert!(w.optional_uint("n", Some(0xffff), 2).is_err(), "it would read as undefined");
        assert!(w.optional_uint("n", Some(u64::MAX), 8).is_err());
        w.optional_uint("n", Some(0xfffe), 2).unwrap();
        assert!(w.nul_terminated("t", b"a\0b").is_err());
        assert_eq!(bytes, [0xfe, 0xff], "failures append nothing");
    }

    #[test]
    fn padding_and_checksum_count_from_the_begin_of_the_structure() {
        let mut bytes = vec![7];
        let mut w = writer(&mut bytes);
        w.pad_to_8();
        w.u8(1);
        w.pad_to_8();
        assert_eq!(w.position(), 8);
        w.checksum();
        assert_eq!(bytes[1..9], [1, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(bytes[9..], lookup3(&[1, 0, 0, 0, 0, 0, 0, 0]).to_le_bytes());
    }
}
