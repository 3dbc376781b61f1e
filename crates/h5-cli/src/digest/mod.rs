//! A fingerprint of a file's content, whatever its storage: one line of canonical JSON.
//!
//! Two files with the same objects, attributes, links and values give the same digest of those fields, even if one is chunked and
//! compressed and the other is not. `docs/digest.md` in this crate defines each field.

mod compare;
mod dataset;
mod datatype;
mod encode;
mod json;
mod selection;
mod walk;

use std::collections::HashMap;

use h5::{Elements, File, ObjectToken, Result};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) use compare::differences;
pub(crate) use json::{to_ascii, to_ascii_line};

/// A JSON object under construction.
type Record = Map<String, Value>;

/// Canonical path of every object met.
type Paths = HashMap<ObjectToken, String>;

/// The digest of a file. A file of which even the root group cannot be read gives a record with `error` only.
pub(crate) fn digest(file: &File) -> Value {
    let mut record = Record::new();
    record.insert("oracle".into(), json!(1));
    file_fields(file, &mut record);
    match walk::walk(file) {
        Ok(walked) => {
            let objects = walked.describe(file);
            record.insert("objects".into(), Value::Object(objects));
            record.insert("links".into(), Value::Object(walked.links));
        }
        Err(error) => {
            record.insert("error".into(), json!(error.to_string()));
        }
    }
    Value::Object(record)
}

/// The digest of a file that does not open.
pub(crate) fn digest_of_error(error: &h5::Error) -> Value {
    json!({ "oracle": 1, "error": error.to_string() })
}

fn file_fields(file: &File, record: &mut Record) {
    let info = match file.info() {
        Ok(info) => info,
        Err(error) => {
            record.insert("file_error".into(), json!(error.to_string()));
            return;
        }
    };
    record.insert("superblock_version".into(), json!(info.superblock_version));
    record.insert("userblock".into(), json!(info.user_block_bytes));
    record.insert("sizeof_addr".into(), json!(info.offset_size_bytes));
    record.insert("sizeof_size".into(), json!(info.length_size_bytes));
    if info.shared_message_indexes > 0 {
        record.insert("sohm_indexes".into(), json!(info.shared_message_indexes));
    }
}

/// The digest of elements that were read whole.
fn data_record(elements: &Elements, context: &encode::Context<'_>) -> Result<Value> {
    let mut hash = Hasher::default();
    encode::encode(elements, context, &mut hash)?;
    Ok(hash.into_record("full", elements.count()))
}

/// SHA-256 of encoded values, with their length.
#[derive(Default)]
struct Hasher {
    sha256: Sha256,
    bytes: u64,
}

impl Hasher {
    fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    }

    fn into_record(self, mode: &str, count: usize) -> Value {
        json!({ "mode": mode, "n": count, "bytes": self.bytes, "sha256": hex(&self.sha256.finalize()) })
    }
}

/// Lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
