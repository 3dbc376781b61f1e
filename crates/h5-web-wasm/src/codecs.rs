//! What another module does, filters that compress and PyMoDAQ's settings: JavaScript has it, and loads it when it is first needed.

use h5_filters::{Filter, FilterContext, FilterError, OPTIONAL, Registry};

/// In the place of a filter's number, which has 16 bits: settings of PyMoDAQ's, which become JSON.
const SETTINGS: u32 = 1 << 16;
/// The code for more bytes than are allowed.
const TOO_LONG: i32 = 3;

#[cfg(target_arch = "wasm32")]
#[link(wasm_import_module = "h5")]
#[expect(unsafe_code, reason = "imported names; the functions themselves take numbers")]
unsafe extern "C" {
    /// Undoes a filter; `parameters` is where its `count` parameters are, `input` where its `length` bytes are. 0, or what `h5_filters_decode`
    /// gives; negative if the other module is not to be had.
    safe fn filter_decode(
        filter: u32,
        parameters: usize,
        count: usize,
        input: usize,
        length: usize,
        limit: usize,
    ) -> i32;
    /// How many bytes that left.
    safe fn filter_length() -> usize;
    /// Writes them to the memory at `pointer`.
    safe fn filter_take(pointer: usize);
}

/// Elsewhere than in a page there is no other module: only the compiler looks at this then.
#[cfg(not(target_arch = "wasm32"))]
fn filter_decode(_: u32, _: usize, _: usize, _: usize, _: usize, _: usize) -> i32 {
    -1
}

/// As [`filter_decode`].
#[cfg(not(target_arch = "wasm32"))]
fn filter_length() -> usize {
    0
}

/// As [`filter_decode`].
#[cfg(not(target_arch = "wasm32"))]
fn filter_take(_: usize) {}

/// The filters of this module, and those of the other one.
pub(crate) fn all_filters() -> Registry {
    let mut registry = Registry::standard();
    for (id, name) in OPTIONAL {
        registry.register(std::sync::Arc::new(Codec { id, name }));
    }
    registry
}

#[derive(Debug)]
struct Codec {
    id: u16,
    name: &'static str,
}

impl Filter for Codec {
    fn id(&self) -> u16 {
        self.id
    }

    fn name(&self) -> &'static str {
        self.name
    }

    fn decode(
        &self,
        context: FilterContext<'_>,
        input: &[u8],
        output: &mut Vec<u8>,
    ) -> Result<(), FilterError> {
        let FilterContext { client_data, max_output_bytes: limit_bytes } = context;
        let code = asked(u32::from(self.id), client_data, input, limit_bytes, output);
        if code == 0 {
            return Ok(());
        }
        let why = || String::from_utf8_lossy(output).into_owned();
        Err(match code {
            2 => match output.as_chunks().0 {
                &[stored, computed] => FilterError::Checksum {
                    stored: u32::from_le_bytes(stored),
                    computed: u32::from_le_bytes(computed),
                },
                _ => FilterError::Corrupt(why()),
            },
            TOO_LONG => FilterError::TooLong { limit_bytes },
            4 => FilterError::Parameters(why()),
            code if code < 0 || code == 5 => FilterError::Unsupported(why()),
            _ => FilterError::Corrupt(why()),
        })
    }

    fn encode(&self, _: FilterContext<'_>, _: &[u8], _: &mut Vec<u8>) -> Result<(), FilterError> {
        Err(FilterError::Unsupported("filters are only undone in a page".to_owned()))
    }
}

/// PyMoDAQ's settings, read by the other module: the XML reader is there.
pub(crate) fn settings_json(xml: &[u8]) -> Result<String, String> {
    let mut output = Vec::new();
    let code = asked(SETTINGS, &[], xml, usize::MAX, &mut output);
    let text = String::from_utf8_lossy(&output).into_owned();
    if code == 0 { Ok(text) } else { Err(text) }
}

/// Asks the other module. What comes out, bytes or the reason of an error, is in `output`; never more than `limit_bytes` of the former.
fn asked(filter: u32, parameters: &[u32], input: &[u8], limit_bytes: usize, output: &mut Vec<u8>) -> i32 {
    let (place, count) = (parameters.as_ptr().addr(), parameters.len());
    let code = filter_decode(filter, place, count, input.as_ptr().addr(), input.len(), limit_bytes);
    let length = filter_length();
    output.clear();
    if code == 0 && length > limit_bytes {
        return TOO_LONG;
    }
    output.resize(length, 0);
    filter_take(output.as_mut_ptr().addr());
    code
}
