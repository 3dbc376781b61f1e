use h5_types::Limits;

use crate::Sizes;

/// What decoding a message needs to know of the file and the caller.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Widths of offsets and lengths.
    pub sizes: Sizes,
    /// Bounds.
    pub limits: &'a Limits,
}
