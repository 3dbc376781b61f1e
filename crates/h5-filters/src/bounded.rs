//! Reading of untrusted bytes and making of bounded buffers, for the codecs whose streams state their own sizes.

use crate::FilterError;

/// Bytes that are left to read. Every read is checked; nothing is taken when there is too little.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Starts `offset` bytes into `bytes`; an offset past the end leaves nothing to read.
    pub(crate) fn at(bytes: &'a [u8], offset: usize) -> Self {
        Self { rest: bytes.get(offset..).unwrap_or_default() }
    }

    pub(crate) fn rest(&self) -> &'a [u8] {
        self.rest
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], FilterError> {
        let (taken, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| too_short(count, self.rest.len()))?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], FilterError> {
        let (taken, rest) =
            self.rest.split_first_chunk::<N>().ok_or_else(|| too_short(N, self.rest.len()))?;
        self.rest = rest;
        Ok(*taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, FilterError> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(crate) fn u32_be(&mut self) -> Result<u32, FilterError> {
        self.array().map(u32::from_be_bytes)
    }

    pub(crate) fn u64_be(&mut self) -> Result<u64, FilterError> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn i32_le(&mut self) -> Result<i32, FilterError> {
        self.array().map(i32::from_le_bytes)
    }

    pub(crate) fn u32_le(&mut self) -> Result<u32, FilterError> {
        self.array().map(u32::from_le_bytes)
    }
}

fn too_short(wanted: usize, left: usize) -> FilterError {
    FilterError::Corrupt(format!("{wanted} bytes expected, {left} left"))
}

/// Checks a stated size against the caller's bound.
pub(crate) fn checked_size(stated: u64, limit_bytes: usize) -> Result<usize, FilterError> {
    match usize::try_from(stated) {
        Ok(size) if size <= limit_bytes => Ok(size),
        _ => Err(FilterError::TooLong { limit_bytes }),
    }
}

/// Makes `output` exactly `size` bytes, reusing its capacity; memory that cannot be had is an error, not an abort.
/// What the bytes are is unspecified: the caller writes all of them.
pub(crate) fn sized(output: &mut Vec<u8>, size: usize) -> Result<&mut [u8], FilterError> {
    output.truncate(size);
    output
        .try_reserve_exact(size.saturating_sub(output.len()))
        .map_err(|_| FilterError::TooLong { limit_bytes: size })?;
    output.resize(size, 0);
    Ok(output.as_mut_slice())
}

/// The first `size` bytes of a caller's slice.
pub(crate) fn front(output: &mut [u8], size: usize) -> Result<&mut [u8], FilterError> {
    let limit_bytes = output.len();
    output.get_mut(..size).ok_or(FilterError::TooLong { limit_bytes })
}

/// A count or size as the `u32` that a header has room for.
pub(crate) fn to_u32(size: usize, what: &str) -> Result<u32, FilterError> {
    u32::try_from(size).map_err(|_| FilterError::Unsupported(format!("{what} of {size} bytes is over 4 GiB")))
}
