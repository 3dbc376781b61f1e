#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    allow(
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "tests compute with numbers of their own"
    )
)]

mod answer;
mod files;
mod frame;
mod grove;
mod json;
mod object;
mod plot;
mod pymodaq;
mod request;
mod responder;
mod selection;
#[cfg(feature = "server")]
pub mod server;
mod session;
mod tree;
mod values;

pub use answer::Answer;
pub use files::{Entry, FileState, Files, SettingsReader};
pub use pymodaq::settings_json;
pub use request::{Method, Request};
pub use responder::{Options, Responder};

/// Bytes that an answer has at most, but for exports.
pub const ANSWER_BYTES: usize = 4 << 20;
