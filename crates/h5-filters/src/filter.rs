use std::fmt::Debug;

use crate::FilterError;

/// What a filter may know of the chunk it works on.
#[derive(Debug, Clone, Copy)]
pub struct FilterContext<'a> {
    /// Client data values of the filter message (`cd_values`), in order.
    pub client_data: &'a [u32],
    /// Bound on the output, in bytes. A decoder fails with [`FilterError::TooLong`] before it exceeds it.
    pub max_output_bytes: usize,
}

/// One codec of the pipeline, both ways. Implementations are stateless; scratch space is made per call.
///
/// Source: HDF5 File Format Specification 4.0, IV.A.2.l (Filter Pipeline Message), and the registered-filter list.
pub trait Filter: Send + Sync + Debug {
    /// Registered filter identification number.
    fn id(&self) -> u16;

    /// Registered name, in lower case (`deflate`, `bitshuffle`).
    fn name(&self) -> &'static str;

    /// Undoes the filter: replaces the content of `output` (cleared first, its capacity reused) by the decoded bytes.
    ///
    /// # Errors
    /// Any [`FilterError`]; `output` is then unspecified.
    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError>;

    /// As [`Filter::decode`], into a slice that the caller owns; returns how many bytes were written. The default decodes
    /// to a temporary vector and copies; codecs that can write in place override it.
    ///
    /// # Errors
    /// Any [`FilterError`]; [`FilterError::TooLong`] if `output` is too short. `output` is then unspecified.
    fn decode_into(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut [u8],
    ) -> Result<usize, FilterError> {
        let limit = context.max_output_bytes.min(output.len());
        let mut decoded = Vec::new();
        self.decode(FilterContext { max_output_bytes: limit, ..context }, input, &mut decoded)?;
        let target = output.get_mut(..decoded.len()).ok_or(FilterError::TooLong { limit_bytes: limit })?;
        target.copy_from_slice(&decoded);
        Ok(decoded.len())
    }

    /// Applies the filter: replaces the content of `output` by the encoded bytes.
    ///
    /// # Errors
    /// [`FilterError::Unsupported`] where a codec can only decode; otherwise any [`FilterError`].
    fn encode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError>;
}

/// Fails in builds for reading only (`--cfg h5_read_only`): what is behind it is not compiled in then, since the optimizer sees that nothing
/// gets there.
#[inline(always)]
pub(crate) fn check_encodes() -> Result<(), FilterError> {
    if cfg!(h5_read_only) {
        return Err(FilterError::Unsupported("filters are only undone in this build".to_owned()));
    }
    Ok(())
}
