//! The filters that compress, and the reader of PyMoDAQ's settings, for a page: `h5.wasm` leaves them to this module, which a page fetches
//! when it first needs one.
//!
//! As in `h5-web-wasm`, what passes between the two sides are numbers and bytes. The argument goes to the room that
//! [`h5_filters_reserve`] gives: the filter's parameters, four bytes each, and the stored bytes behind them. Nothing is kept between calls but
//! the answer. `spec-notes/decisions/0009-browser.md` has the contract.
#![deny(unsafe_code)]

use std::cell::RefCell;

use h5_filters::{FilterContext, FilterError, Registry};

#[derive(Debug, Default)]
struct State {
    argument: Vec<u8>,
    answer: Vec<u8>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Makes room for an argument of that many bytes, and says where.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_filters_reserve(length_bytes: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.answer = Vec::new();
        state.argument = vec![0; length_bytes];
        state.argument.as_mut_ptr()
    })
}

/// In the place of a filter's number, which has 16 bits: the argument is settings of PyMoDAQ's, XML, and the answer their JSON.
const SETTINGS: u32 = 1 << 16;

/// Undoes a filter with so many parameters; at most `limit_bytes` come out. 0 and the answer is what was decoded, else what went wrong:
/// 1 corrupt, 2 a checksum (the answer: the stored one and the computed one), 3 too long, 4 parameters, 5 unsupported; of 1, 4 and 5
/// the answer is the reason.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_filters_decode(filter: u32, parameters: usize, limit_bytes: usize) -> i32 {
    STATE.with_borrow_mut(|state| {
        let argument = std::mem::take(&mut state.argument);
        let (code, answer) = match decode(filter, parameters, limit_bytes, &argument, &mut state.answer) {
            Ok(()) => return 0,
            Err(FilterError::Corrupt(why)) => (1, why.into_bytes()),
            Err(FilterError::Checksum { stored, computed }) => {
                (2, [stored.to_le_bytes(), computed.to_le_bytes()].concat())
            }
            Err(FilterError::TooLong { .. }) => (3, Vec::new()),
            Err(FilterError::Parameters(why)) => (4, why.into_bytes()),
            Err(FilterError::Unsupported(why)) => (5, why.into_bytes()),
            Err(other) => (1, other.to_string().into_bytes()),
        };
        state.answer = answer;
        code
    })
}

/// Where the last answer is.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_filters_answer() -> *const u8 {
    STATE.with_borrow(|state| state.answer.as_ptr())
}

/// How long the last answer is, in bytes.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_filters_answer_length() -> usize {
    STATE.with_borrow(|state| state.answer.len())
}

fn decode(
    filter: u32,
    parameters: usize,
    limit_bytes: usize,
    argument: &[u8],
    output: &mut Vec<u8>,
) -> Result<(), FilterError> {
    if filter == SETTINGS {
        let json = h5_web::settings_json(argument).map_err(FilterError::Corrupt)?;
        if json.len() > limit_bytes {
            return Err(FilterError::TooLong { limit_bytes });
        }
        *output = json.into_bytes();
        return Ok(());
    }
    let registry = Registry::optional();
    let filter = u16::try_from(filter).ok().and_then(|id| registry.get(id));
    let filter = filter.ok_or_else(|| FilterError::Unsupported("there is no such filter".to_owned()))?;
    let (words, _) = argument.as_chunks();
    let client_data: Vec<u32> = words.iter().take(parameters).map(|&word| u32::from_le_bytes(word)).collect();
    let input = argument.get(client_data.len().saturating_mul(4)..).unwrap_or_default();
    filter.decode(FilterContext { client_data: &client_data, max_output_bytes: limit_bytes }, input, output)
}
