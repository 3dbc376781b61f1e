//! The responder within a page: opens files through numbers that JavaScript gives, answers requests.
//!
//! Plain exports instead of wasm-bindgen, whose tool has to be built in exactly the version of its crate: what passes between the two
//! sides are numbers and bytes. The argument goes to the room that [`h5_reserve`] gives; what is answered is at [`h5_answer`]. The only
//! unsafe thing is that exported and imported names are not mangled. `spec-notes/decisions/0009-browser.md` has the contract.
#![deny(unsafe_code)]

mod codecs;
mod source;

use std::cell::RefCell;

use h5_web::{Answer, Method, Options, Request, Responder};

use source::Sources;

/// Bytes of an export: it is held in memory twice.
const EXPORT_BYTES: usize = 256 << 20;

#[derive(Debug)]
struct State {
    argument: Vec<u8>,
    answer: Vec<u8>,
    content_type: &'static str,
    sources: Sources,
    responder: Responder,
}

impl State {
    fn new() -> Self {
        let sources = Sources::default();
        let options = Options { is_static: true, csrf: None, export_bytes: EXPORT_BYTES };
        let responder = Responder::new(Box::new(sources.clone()), options);
        Self { argument: Vec::new(), answer: Vec::new(), content_type: "", sources, responder }
    }

    fn give(&mut self, answer: Answer) -> i32 {
        self.answer = answer.body;
        self.content_type = answer.content_type;
        i32::from(answer.status)
    }
}

thread_local! {
    static STATE: RefCell<State> = RefCell::new(State::new());
}

/// Makes room for an argument of that many bytes, and says where.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_reserve(length_bytes: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.argument = vec![0; length_bytes];
        state.argument.as_mut_ptr()
    })
}

/// Opens the file that a source has; the argument is its name. The status of the answer, 200 if it is a file, however its root is.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_open(source: i32) -> i32 {
    STATE.with_borrow_mut(|state| {
        let name = String::from_utf8_lossy(&std::mem::take(&mut state.argument)).into_owned();
        state.sources.add(name, source);
        let answer = match Request::new(Method::Get, "/file", Vec::new()) {
            Ok(request) => state.responder.answer(&request),
            Err(error) => Answer::from(&error),
        };
        if answer.status >= 400 {
            state.sources.remove(source);
        }
        state.give(answer)
    })
}

/// Forgets a file.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_close(source: i32) {
    STATE.with_borrow_mut(|state| state.sources.remove(source));
}

/// Answers a request: the argument is the target, of so many bytes, and the body behind it. The status of the answer.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_request(target_length: usize) -> i32 {
    STATE.with_borrow_mut(|state| {
        let mut target = std::mem::take(&mut state.argument);
        let body = target.split_off(target_length.min(target.len()));
        let method = if body.is_empty() { Method::Get } else { Method::Post };
        let answer = match Request::new(method, &String::from_utf8_lossy(&target), body) {
            Ok(request) => state.responder.answer(&request),
            Err(error) => Answer::from(&error),
        };
        state.give(answer)
    })
}

/// Where the last answer is.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_answer() -> *const u8 {
    STATE.with_borrow(|state| state.answer.as_ptr())
}

/// How long the last answer is, in bytes.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_answer_length() -> usize {
    STATE.with_borrow(|state| state.answer.len())
}

/// Where the content type of the last answer is.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_type() -> *const u8 {
    STATE.with_borrow(|state| state.content_type.as_ptr())
}

/// How long that is, in bytes.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn h5_type_length() -> usize {
    STATE.with_borrow(|state| state.content_type.len())
}
