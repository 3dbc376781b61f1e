//! Superblocks, object header blocks and messages of real files are written as they were read: decoded, encoded again in the same
//! version, and compared byte by byte. This goes through the files of `tests/fixtures` always, and through a folder of HDF5 files if the
//! environment variable `H5_CORPUS` names one.
//!
//! What may differ is named by [`known_difference`] (the reasons are there); it must then at least decode to the same again.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::headers::{DAMAGED, files, linked_headers, signatures};
use h5_format::message::dataspace::DataspaceForm;
use h5_format::message::{
    Context, Continuation, Message, MessageFlags, MessageType, RawMessage, dataspace, datatype, fill_value,
    filter_pipeline,
};
use h5_format::object_header::{MessageEntry, Prefix, PrefixV1, PrefixV2};
use h5_native::object::{FileCore, ObjectHeader};
use h5_native::vfd::MemoryVfd;
use h5_types::{Address, Datatype, Limits};

/// How often what was seen, with the ways in which it was not the same.
#[derive(Debug, Default)]
struct Tally {
    same: usize,
    known: BTreeMap<&'static str, usize>,
}

#[derive(Debug, Default)]
struct Report {
    tallies: BTreeMap<String, Tally>,
    failures: Vec<String>,
}

impl Report {
    fn count(&mut self, what: String, place: &str, outcome: Result<Option<&'static str>, String>) {
        let tally = self.tallies.entry(what.clone()).or_default();
        match outcome {
            Ok(None) => tally.same += 1,
            Ok(Some(reason)) => *tally.known.entry(reason).or_default() += 1,
            Err(failure) => self.failures.push(format!("{place}: {what}: {failure}")),
        }
    }

    fn finish(self) -> BTreeMap<String, Tally> {
        for (what, tally) in &self.tallies {
            println!("{what}: {} the same, {:?}", tally.same, tally.known);
        }
        let first = self.failures.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
        assert!(self.failures.is_empty(), "{} failures:\n{first}", self.failures.len());
        self.tallies
    }
}

/// Encodes a message in the version that its body has; `None` if only reading knows that form.
fn encode(
    message: &Message<'_>,
    kind: MessageType,
    body: &[u8],
    context: Context<'_>,
) -> h5_format::Result<Option<Vec<u8>>> {
    let sizes = context.sizes;
    let version = body.first().copied().unwrap_or(0);
    let mut out = Vec::new();
    match message {
        Message::Dataspace(m) => {
            let form = DataspaceForm { version, with_maximum: body[2] & 1 != 0 };
            dataspace::encode(m, form, sizes, &mut out)?;
        }
        Message::LinkInfo(m) => m.encode(sizes, &mut out)?,
        Message::Datatype(m) => datatype::encode(m, version >> 4, sizes, &mut out)?,
        Message::FillValueOld(m) => fill_value::encode_old(m.as_deref(), &mut out)?,
        Message::FillValue(m) => fill_value::encode(m, version, &mut out)?,
        Message::Link(m) => m.encode(sizes, &mut out)?,
        Message::ExternalFiles(m) => m.encode(sizes, &mut out)?,
        Message::DataLayout(_) if version < 3 => return Ok(None),
        Message::DataLayout(m) => m.encode(version, sizes, &mut out)?,
        Message::GroupInfo(m) => m.encode(&mut out),
        Message::FilterPipeline(m) => filter_pipeline::encode(m, version, &mut out)?,
        Message::Attribute(m) => m.encode(version, &mut out)?,
        Message::Comment(m) => m.encode(&mut out)?,
        Message::ModificationTime(m) if kind == MessageType::ModificationTimeOld => m.encode_old(&mut out)?,
        Message::ModificationTime(m) => m.encode(&mut out)?,
        Message::SharedMessageTable(m) => m.encode(sizes, &mut out)?,
        Message::Continuation(m) => m.encode(sizes, &mut out)?,
        Message::SymbolTable(m) => m.encode(sizes, &mut out)?,
        Message::BTreeKValues(m) => m.encode(&mut out)?,
        Message::DriverInfo(m) => m.encode(&mut out)?,
        Message::AttributeInfo(m) => m.encode(sizes, &mut out)?,
        Message::ReferenceCount(m) => m.encode(&mut out),
        Message::FileSpaceInfo(m) => m.encode(version, sizes, &mut out)?,
        Message::MetadataCacheImage(m) => m.encode(sizes, &mut out)?,
        Message::Shared(m) => m.encode(version, sizes, &mut out)?,
        Message::Nil | Message::Bogus(_) | Message::Unknown(_) => out.extend(body),
        other => panic!("not known: {other:?}"),
    }
    Ok(Some(out))
}

/// Why a message that was written by others is not what is written here. No fixture has any of it.
fn known_difference(message: &Message<'_>, body: &[u8], encoded: &[u8]) -> Option<&'static str> {
    match message {
        // A message that became shared keeps its length, and leaves its bytes behind the reference; datatypes of HDF5 1.4 and 1.6 were
        // given more room than they take; what was in memory fills a body up to a multiple of eight bytes.
        _ if body.starts_with(encoded) => Some("padding is not cleared"),
        // Version 2 calls the byte reserved; HDF5 1.6 wrote 0, later ones what version 3 has there.
        Message::Shared(_) if body[..2] == [2, 0] && body[2..].starts_with(&encoded[2..]) => {
            Some("reserved byte of version 2")
        }
        // A name's length of 8 bytes where one would do, by a writer other than the library.
        Message::Link(_) if body[1] & 3 > encoded[1] & 3 => Some("name length in more bytes than it needs"),
        // Before HDF5 1.12 settled on version 4 for its references it wrote them in version 1.
        Message::Datatype(Datatype::Reference(_)) if body[0] == 0x17 && encoded[0] == 0x47 => {
            Some("references of HDF5 1.12 in version 1")
        }
        // The base of a variable-length string says nothing; big-endian machines wrote a big-endian byte.
        Message::Datatype(Datatype::String(_)) if body[..8] == encoded[..8] => Some("base of a string"),
        // Arrays came with version 2, but PyTables wrote some in version 1.
        Message::Datatype(_) if body[0] >> 4 == 1 && encoded[0] >> 4 == 2 => Some("arrays in version 1"),
        // Libraries before 1.8 raised the version of a compound that holds an array, not that of other compounds in it.
        Message::Datatype(_) if body[0] >> 4 == 2 && body[..8] == encoded[..8] => Some("versions are mixed"),
        // Version 1 has a size where there is no value; nobody reads it. HDF5 1.6 wrote -1, others 0.
        Message::FillValue(_) if body == [&encoded[..4], &[0xff; 4]].concat() => {
            Some("size of no fill value")
        }
        _ => None,
    }
}

/// Encodes a decoded message and compares it with its body, whose end may be padding.
fn check_message(raw: RawMessage<'_>, context: Context<'_>) -> Result<Option<&'static str>, String> {
    let message = raw.decode(context).map_err(|error| error.to_string())?;
    let Some(encoded) = encode(&message, raw.kind, raw.body, context).map_err(|error| error.to_string())?
    else {
        return Ok(Some("a form that is only read"));
    };
    let padded = [&encoded[..], &vec![0; raw.body.len().saturating_sub(encoded.len())]].concat();
    if padded == raw.body {
        return Ok(None);
    }
    let again = RawMessage { body: &encoded, ..raw }.decode(context).map_err(|error| error.to_string())?;
    if again != message {
        return Err(format!("{message:?}\n reads as {again:?}"));
    }
    known_difference(&message, raw.body, &encoded)
        .map(Some)
        .ok_or_else(|| format!("{message:?}\n   {:02x?}\n is {encoded:02x?}", raw.body))
}

/// A message, and in attributes their datatype and dataspace.
fn check_messages(raw: RawMessage<'_>, context: Context<'_>, place: &str, report: &mut Report) {
    let is_shared = raw.flags.is_shared() && raw.kind.is_shareable();
    let what = if is_shared { "Shared".to_owned() } else { format!("{:?}", raw.kind) };
    let version = raw.body.first().copied().unwrap_or(0);
    let what = match raw.kind {
        _ if is_shared => format!("{what} v{version}"),
        MessageType::Datatype => format!("{what} v{}", version >> 4),
        MessageType::Dataspace
        | MessageType::DataLayout
        | MessageType::FillValue
        | MessageType::FilterPipeline
        | MessageType::Attribute
        | MessageType::FileSpaceInfo => format!("{what} v{version}"),
        _ => what,
    };
    report.count(what, place, check_message(raw, context));
    let Ok(Message::Attribute(attribute)) = raw.decode(context) else { return };
    for (kind, part) in [
        (MessageType::Datatype, attribute.datatype_part()),
        (MessageType::Dataspace, attribute.dataspace_part()),
    ] {
        let flags = MessageFlags(if part.is_shared { 2 } else { 0 });
        check_messages(
            RawMessage { kind, flags, creation_index: None, body: part.body },
            context,
            place,
            report,
        );
    }
}

/// One block of an object header, encoded from all its messages (those of type NIL and continuations too).
fn check_block(
    prefix: &Prefix,
    block: &[u8],
    entries: &[MessageEntry],
    is_first: bool,
) -> Result<Option<&'static str>, String> {
    let messages: Vec<_> = entries.iter().map(|entry| entry.in_block(block)).collect();
    let mut encoded = Vec::new();
    let result = if prefix.version == 1 {
        let v1 = PrefixV1 {
            reference_count: prefix.reference_count.unwrap(),
            number_of_messages: prefix.number_of_messages.unwrap(),
        };
        if is_first {
            v1.encode_block(&messages, block.len(), &mut encoded)
        } else {
            PrefixV1::encode_continuation(&messages, block.len(), &mut encoded)
        }
    } else {
        let v2 = PrefixV2 {
            times: prefix.times,
            attribute_phase_change: prefix.attribute_phase_change,
            attribute_creation_order_tracked: prefix.attribute_creation_order_tracked,
            attribute_creation_order_indexed: prefix.attribute_creation_order_indexed,
            size_width: 1 << (block[5] & 3),
        };
        if is_first {
            v2.encode_block(&messages, block.len(), &mut encoded)
        } else {
            v2.encode_continuation(&messages, block.len(), &mut encoded)
        }
    };
    result.map_err(|error| error.to_string())?;
    if encoded == block { Ok(None) } else { Err(format!("   {block:02x?}\n is {encoded:02x?}")) }
}

/// All blocks of the header at an address.
fn check_header(core: &FileCore, address: Address, place: &str, report: &mut Report) {
    let storage = core.storage();
    let prefix = Prefix::decode(&storage.metadata_up_to(address, Prefix::MAXIMUM_BYTES).unwrap()).unwrap();
    let mut pending = vec![(address, prefix.block_bytes())];
    let mut seen = BTreeSet::new();
    while let Some((at, bytes)) = pending.pop() {
        assert!(seen.insert(at), "{place}: a cycle of continuations");
        let block = storage.metadata(at, bytes).unwrap();
        let is_first = at == address;
        let messages = if is_first { prefix.messages(&block) } else { prefix.continuation_messages(&block) };
        let entries: Vec<_> = messages.unwrap().map(Result::unwrap).collect();
        let what = format!("{} block v{}", if is_first { "first" } else { "continuation" }, prefix.version);
        report.count(what, place, check_block(&prefix, &block, &entries, is_first));
        for raw in entries.iter().map(|entry| entry.in_block(&block)) {
            check_messages(raw, core.context(), place, report);
            if raw.kind == MessageType::Continuation {
                let next = Continuation::decode(raw.body, core.context()).unwrap();
                pending.push((next.offset, next.length));
            }
        }
    }
}

fn check_superblock(core: &FileCore, bytes: &[u8]) -> Result<Option<&'static str>, String> {
    let superblock = core.superblock();
    let stored = &bytes[core.user_block_bytes() as usize..];
    let mut encoded = Vec::new();
    superblock.encode(&mut encoded).map_err(|error| error.to_string())?;
    if stored.starts_with(&encoded) {
        return Ok(None);
    }
    Err(format!("   {:02x?}\n is {encoded:02x?}", &stored[..encoded.len()]))
}

/// Goes through files; returns how many opened.
fn check_files(paths: Vec<PathBuf>, report: &mut Report) -> usize {
    let mut opened = 0;
    for path in paths {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if DAMAGED.contains(&&*name) {
            continue;
        }
        // Parts of files, and what is no HDF5 file.
        let Ok(core) = FileCore::open(Arc::new(MemoryVfd::new(bytes.clone())), Limits::default()) else {
            continue;
        };
        opened += 1;
        let place = path.display().to_string();
        report.count(
            format!("superblock v{}", core.superblock().version),
            &place,
            check_superblock(&core, &bytes),
        );
        let mut headers = linked_headers(&core);
        headers.extend(signatures(&bytes[core.user_block_bytes() as usize..]));
        for address in headers {
            // Whether it loads is the test of reading.
            if ObjectHeader::load(core.storage(), address).is_ok() {
                check_header(&core, address, &format!("{place} {address}"), report);
            }
        }
    }
    opened
}

#[test]
fn what_fixtures_hold_is_written_as_it_was_read() {
    let mut paths = Vec::new();
    files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures"), &mut paths);
    let mut report = Report::default();
    assert!(check_files(paths, &mut report) >= 10);
    let tallies = report.finish();
    for (what, tally) in &tallies {
        assert!(tally.known.is_empty(), "{what}: {:?}", tally.known);
    }
    for what in ["first block v1", "first block v2", "Datatype v1", "Datatype v2", "Link", "superblock v0"] {
        assert!(tallies.get(what).is_some_and(|tally| tally.same > 0), "{what} was not met");
    }
}

#[test]
fn what_the_corpus_holds_is_written_as_it_was_read() {
    let Ok(folder) = std::env::var("H5_CORPUS") else { return };
    let mut paths = Vec::new();
    files(Path::new(&folder), &mut paths);
    let mut report = Report::default();
    let opened = check_files(paths, &mut report);
    println!("{opened} files");
    report.finish();
}
