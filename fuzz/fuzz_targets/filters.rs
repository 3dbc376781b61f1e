//! Every filter on any bytes with any client data: no panic, no output past the bound; and what a lossless filter encodes,
//! it decodes to the same bytes.
//!
//! Input: which filter, how many client data values (both u8), the values (u32, little-endian), the bytes.
#![no_main]

use std::sync::LazyLock;

use h5_filters::{FilterContext, Registry};
use libfuzzer_sys::fuzz_target;

/// Bound on the output, in bytes: small enough that the filters' own bounds are what is met.
const MAX_OUTPUT_BYTES: usize = 1 << 18;
/// Filters that may change values (scale-offset, n-bit, zfp), or whose client data fix the length that they encode (szip).
const INEXACT: [u16; 4] = [4, 5, 6, 32013];

static REGISTRY: LazyLock<Registry> = LazyLock::new(Registry::standard);

fuzz_target!(|input: &[u8]| {
    let [which, count, rest @ ..] = input else { return };
    let filter = REGISTRY.iter().nth(usize::from(*which) % REGISTRY.iter().count()).unwrap();
    let (values, data) = rest.split_at(rest.len().min(usize::from(*count % 33) * 4));
    let client_data: Vec<u32> =
        values.chunks_exact(4).map(|bytes| u32::from_le_bytes(bytes.try_into().unwrap())).collect();
    let context = FilterContext { client_data: &client_data, max_output_bytes: MAX_OUTPUT_BYTES };

    let mut decoded = Vec::new();
    if filter.decode(context, data, &mut decoded).is_ok() {
        assert!(decoded.len() <= MAX_OUTPUT_BYTES, "{filter:?} went past its bound");
    }

    let mut encoded = Vec::new();
    if filter.encode(context, data, &mut encoded).is_ok() && !INEXACT.contains(&filter.id()) {
        let context = FilterContext { client_data: &client_data, max_output_bytes: data.len() };
        let result = filter.decode(context, &encoded, &mut decoded);
        assert!(result.is_ok(), "{filter:?} cannot read what it wrote: {result:?}");
        assert!(decoded == data, "{filter:?} changed the data");
    }
});
