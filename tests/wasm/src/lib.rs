//! A WebAssembly module that opens a file from memory and reads its datasets as `f64`: what `read.mjs` tests.
//!
//! Plain exports instead of wasm-bindgen: its tool has to be built in exactly the version of its crate, which takes minutes, and
//! a test needs no more than numbers and one buffer. The only unsafe thing is that exported names are not mangled.
//!
//! The caller writes its argument to the buffer that [`reserve`] gives, calls [`open`] or [`read`], and takes the answer from
//! [`answer`]: values, or the text of an error.
#![deny(unsafe_code)]

use std::cell::RefCell;
use std::sync::Arc;

use h5_backend::File;
use h5_native::vfd::MemoryVfd;
use h5_native::{NativeFile, OpenOptions};
use h5_types::{Error, H5Type, Result, Selection};

/// A call failed; the answer is the error's text.
const FAILED: isize = -1;

#[derive(Debug, Default)]
struct State {
    argument: Vec<u8>,
    answer: Vec<u8>,
    file: Option<File>,
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// Makes room for an argument of that many bytes, and says where.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length_bytes: usize) -> *mut u8 {
    STATE.with_borrow_mut(|state| {
        state.argument = vec![0; length_bytes];
        state.argument.as_mut_ptr()
    })
}

/// Where the last answer is.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn answer() -> *const u8 {
    STATE.with_borrow(|state| state.answer.as_ptr())
}

/// How long the last answer is, in bytes.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn answer_length() -> usize {
    STATE.with_borrow(|state| state.answer.len())
}

/// Opens the file whose bytes are the argument. 0, or -1.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn open() -> isize {
    call(|state, bytes| {
        let native = NativeFile::open_vfd(Arc::new(MemoryVfd::new(bytes)), &OpenOptions::new())?;
        state.file = Some(File::from_backend(Arc::new(native)));
        Ok(Vec::new())
    })
}

/// Reads the dataset whose path is the argument, as `f64`. 0, or -1.
#[expect(unsafe_code, reason = "an exported name")]
#[unsafe(no_mangle)]
pub extern "C" fn read() -> isize {
    call(|state, path| {
        let file = state.file.as_ref().ok_or_else(|| Error::usage("no file is open"))?;
        Ok(file.dataset(path)?.elements_as(&Selection::All, &f64::datatype())?.bytes)
    })
}

/// Runs a call on the argument and keeps what it answers.
fn call(run: impl FnOnce(&mut State, Vec<u8>) -> Result<Vec<u8>>) -> isize {
    STATE.with_borrow_mut(|state| {
        let argument = std::mem::take(&mut state.argument);
        match run(state, argument) {
            Ok(answer) => {
                state.answer = answer;
                0
            }
            Err(error) => {
                state.answer = error.to_string().into_bytes();
                FAILED
            }
        }
    })
}
