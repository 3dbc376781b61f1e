//! `h5 check`.

use std::ffi::OsString;
use std::io::Write as _;
use std::ops::ControlFlow;

use clap::Args;
use h5::{Dataset, DatasetInfo, Error, ErrorKind, Layout, Name, Object, Order};
use serde_json::{Value, json};

use crate::args::GlobalArgs;
use crate::describe::{counted, error_json, kind_text, lists_chunks, printable, shortened, size_text, tuple};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::progress::Progress;
use crate::slabs::Slabs;
use crate::slice::Slice;
use crate::walk::{Item, Walk};

/// Read everything and list what is damaged.
///
/// Visits every object, decodes every structure with its checksum, reads every attribute, and reads every stored chunk through its
/// filters. What cannot be read is listed with the reason; everything else is readable. What is intact but cannot be verified
/// here, such as data in files that --access does not allow or chunks of a filter that this program lacks, is listed apart.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 check scan.h5
  h5 check --all --json scan.h5 | jq '.objects[] | select(.status == \"ok\").path'

Exit status: 0 no damage, 1 damage found, 2 the file could not be opened.")]
pub(crate) struct CheckArgs {
    /// File, or FILE::/path to check what lies below an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// List undamaged objects too
    #[arg(long, short)]
    pub(crate) all: bool,

    /// List at most so many faults of one object
    #[arg(long, short = 'n', value_name = "N", default_value_t = 100)]
    pub(crate) limit: usize,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Largest piece of a chunk that is read at once; a chunk that fits is decoded once only.
const LARGEST_PIECE_BYTES: u64 = 256 << 20;
/// Bytes of a virtual dataset that are read. Its sources are files to be checked by themselves.
const VIRTUAL_BYTES: u64 = 256 << 20;

/// What is wrong with one object.
#[derive(Debug, Default)]
struct Faults {
    found: Vec<(String, Error)>,
    /// Faults beyond the limit.
    more: u64,
    limit: usize,
    notes: Vec<String>,
}

/// What was read.
#[derive(Debug, Default)]
struct Totals {
    objects: u64,
    damaged_objects: u64,
    unverified_objects: u64,
    attributes: u64,
    chunks: u64,
    bytes: u64,
}

/// The state of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Status {
    Ok,
    NotVerified,
    Damaged,
}

impl Status {
    fn text(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::NotVerified => "not verified",
            Self::Damaged => "damaged",
        }
    }
}

impl Faults {
    fn add(&mut self, place: impl Into<String>, error: Error) {
        if self.found.len() < self.limit {
            self.found.push((place.into(), error));
        } else {
            self.more = self.more.saturating_add(1);
        }
    }

    fn status(&self) -> Status {
        let is_damage = |error: &Error| {
            use ErrorKind::{Limit, PermissionDenied, Unsupported};
            !matches!(error.kind(), Limit | PermissionDenied | Unsupported)
        };
        if self.found.iter().any(|(_, error)| is_damage(error)) {
            Status::Damaged
        } else if self.found.is_empty() && self.notes.is_empty() {
            Status::Ok
        } else {
            Status::NotVerified
        }
    }
}

pub(crate) fn run(args: &CheckArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_whole_silently(global)?;
    let start = location.find_whole(&file)?;
    let mut checker = Checker { totals: Totals::default(), progress: Progress::new("check", global.quiet) };
    let mut warnings = Vec::new();
    let file_fault = match file.info() {
        Ok(info) => {
            warnings = info.warnings;
            None
        }
        Err(error) => Some(error),
    };
    let mut document = match args.json {
        true => {
            let head = record(json!({ "file": location.file_json(), "warnings": warnings }));
            Some(ListDocument::begin(out, "h5.check", &head, "objects")?)
        }
        false => {
            for warning in &warnings {
                writeln!(out, "note  {}", printable(warning))?;
            }
            None
        }
    };
    let mut walk = Walk::new(start, location.path.clone()).paths_on_demand();
    while let Some(entry) = walk.next() {
        let mut faults = Faults { limit: args.limit, ..Faults::default() };
        let kind = match &entry.item {
            Item::Object(object) => {
                checker.object(object, &mut faults);
                kind_text(object.kind())
            }
            Item::Broken(_) => "link",
            Item::Again(_) | Item::Link(_) => continue,
        };
        if entry.depth == 0 && file_fault.is_some() {
            checker.totals.damaged_objects = checker.totals.damaged_objects.saturating_add(1);
        }
        if let Some(reason) = entry.not_entered {
            faults.notes.push(format!("what lies below is not checked: {reason}"));
        }
        let place = entry.position();
        if let Item::Broken(error) = entry.item {
            faults.add(if entry.name.is_empty() { "links" } else { "object" }, error);
        }
        let status = faults.status();
        checker.totals.count(status);
        if status == Status::Ok && !args.all {
            continue;
        }
        let path = walk.path_at(&place);
        match &mut document {
            Some(document) => document.item(out, &faults_json(&path, kind, &faults))?,
            None => faults_text(&path, kind, &faults, out)?,
        }
    }
    let Checker { totals, progress } = checker;
    drop(progress);
    if let Some(error) = &file_fault
        && document.is_none()
    {
        writeln!(out, "{}  {}", out.paint.text(Role::Broken, "damaged"), printable(&error.to_string()))?;
    }
    match document {
        Some(document) => document.end(out, &record(totals.json(file_fault.as_ref())))?,
        None => totals.text(out)?,
    }
    Ok(if totals.damaged_objects > 0 { Exit::No } else { Exit::Success })
}

struct Checker {
    totals: Totals,
    progress: Progress,
}

impl Checker {
    fn object(&mut self, object: &Object, faults: &mut Faults) {
        self.progress.object();
        if let Err(error) = object.info() {
            faults.add("object header", error);
        }
        match object.attributes(Order::Native) {
            Ok(attributes) => {
                for attribute in attributes {
                    self.totals.attributes = self.totals.attributes.saturating_add(1);
                    let (name, read) = match attribute {
                        Ok(attribute) => {
                            (format!("attribute {}", shortened(attribute.name(), 200)), attribute.elements())
                        }
                        Err(error) => ("attribute".to_owned(), Err(error)),
                    };
                    match read {
                        Ok(elements) => {
                            self.read(elements.bytes.len().saturating_add(elements.heap.bytes.len()))
                        }
                        Err(error) => faults.add(name, error),
                    }
                }
            }
            Err(error) => faults.add("attributes", error),
        }
        if let Ok(dataset) = object.clone().into_dataset()
            && let Err(error) = self.dataset(&dataset, faults)
        {
            faults.add("dataset", error);
        }
    }

    fn dataset(&mut self, dataset: &Dataset, faults: &mut Faults) -> h5::Result<()> {
        let info = dataset.info()?;
        let whole = Slice::whole(info.dataspace.dimensions());
        if info.dataspace.element_count() == Some(0) {
            return Ok(());
        }
        match &info.layout {
            Layout::Chunked { chunk, .. } if lists_chunks(dataset) => {
                self.chunks(dataset, &info, chunk, faults)
            }
            Layout::Virtual { .. } => {
                let element_bytes = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
                let limit = VIRTUAL_BYTES.checked_div(element_bytes).unwrap_or(1);
                if whole.element_count() > limit {
                    let shown = size_text(VIRTUAL_BYTES);
                    faults
                        .notes
                        .push(format!("virtual: only the first {shown} are read; check its sources too"));
                }
                self.slabs("values", Slabs::new(dataset, &whole, limit)?, faults);
                Ok(())
            }
            // What was never allocated has nothing that could be damaged.
            _ if dataset.node()?.storage_bytes()? == 0 && info.external.is_empty() => Ok(()),
            // Where nobody tells which chunks are stored, all are read.
            _ => {
                self.slabs("values", Slabs::new(dataset, &whole, u64::MAX)?, faults);
                Ok(())
            }
        }
    }

    /// Reads each stored chunk while the index is walked.
    fn chunks(
        &mut self,
        dataset: &Dataset,
        info: &DatasetInfo,
        chunk: &[u64],
        faults: &mut Faults,
    ) -> h5::Result<()> {
        let dimensions = info.dataspace.dimensions();
        let element_bytes = u64::try_from(info.datatype.memory_form().size()).unwrap_or(u64::MAX);
        dataset.node()?.chunks(&mut |found| {
            match found {
                Ok(found) => {
                    self.totals.chunks = self.totals.chunks.saturating_add(1);
                    if let Some(part) = Slice::of_chunk(&found.offset, chunk, dimensions) {
                        let bytes =
                            part.element_count().saturating_mul(element_bytes).min(LARGEST_PIECE_BYTES);
                        let place = format!("chunk {} at {:#x}", tuple(&found.offset), found.address);
                        match Slabs::new(dataset, &part, u64::MAX) {
                            Ok(slabs) => self.slabs(&place, slabs.largest_slab(bytes), faults),
                            Err(error) => faults.add(place, error),
                        }
                    }
                }
                Err(error) => faults.add("chunk index", error),
            }
            ControlFlow::Continue(())
        })
    }

    fn slabs(&mut self, place: &str, slabs: Slabs<'_>, faults: &mut Faults) {
        for slab in slabs {
            match slab {
                Ok(elements) => self.read(elements.bytes.len().saturating_add(elements.heap.bytes.len())),
                Err(error) => faults.add(place, error),
            }
        }
    }

    fn read(&mut self, bytes: usize) {
        self.progress.bytes(bytes);
        self.totals.bytes = self.totals.bytes.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }
}

fn faults_text(path: &Name, kind: &str, faults: &Faults, out: &mut Out) -> Outcome<()> {
    let status = faults.status();
    let role = match status {
        Status::Damaged => Role::Broken,
        Status::NotVerified => Role::Link,
        Status::Ok => Role::Aside,
    };
    writeln!(out, "{}  {kind} {}", out.paint.text(role, status.text()), shortened(path, 1000))?;
    for (place, error) in &faults.found {
        writeln!(out, "    {place}: {}", printable(&error.to_string()))?;
    }
    for note in &faults.notes {
        writeln!(out, "    {note}")?;
    }
    if faults.more > 0 {
        writeln!(out, "    and {} more", counted(faults.more, "fault"))?;
    }
    Ok(())
}

fn faults_json(path: &Name, kind: &str, faults: &Faults) -> Value {
    let found: Vec<Value> = faults
        .found
        .iter()
        .map(|(place, error)| json!({ "place": place, "error": error_json(error) }))
        .collect();
    json!({
        "path": path.to_text(), "kind": kind, "status": faults.status().text(), "faults": found,
        "more_faults": faults.more, "notes": faults.notes,
    })
}

impl Totals {
    fn count(&mut self, status: Status) {
        self.objects = self.objects.saturating_add(1);
        match status {
            Status::Ok => {}
            Status::NotVerified => self.unverified_objects = self.unverified_objects.saturating_add(1),
            Status::Damaged => self.damaged_objects = self.damaged_objects.saturating_add(1),
        }
    }

    fn json(&self, file_fault: Option<&Error>) -> Value {
        let mut value = json!({
            "checked_objects": self.objects, "damaged_objects": self.damaged_objects,
            "unverified_objects": self.unverified_objects, "attributes": self.attributes, "chunks": self.chunks,
            "bytes": self.bytes, "damaged": self.damaged_objects > 0,
        });
        if let (Some(error), Some(fields)) = (file_fault, value.as_object_mut()) {
            fields.insert("file_error".into(), error_json(error));
        }
        value
    }

    fn text(&self, out: &mut Out) -> Outcome<()> {
        let Self { objects, damaged_objects, unverified_objects, attributes, chunks, bytes } = *self;
        writeln!(
            out,
            "{}, {}, {}, {} read",
            counted(objects, "object"),
            counted(attributes, "attribute"),
            counted(chunks, "chunk"),
            size_text(bytes)
        )?;
        if unverified_objects > 0 {
            writeln!(out, "{} not verified", counted(unverified_objects, "object"))?;
        }
        if damaged_objects == 0 {
            writeln!(out, "no damage found")?;
        } else {
            let readable = objects.saturating_sub(damaged_objects);
            let text = format!("{} damaged, {readable} readable", counted(damaged_objects, "object"));
            writeln!(out, "{}", out.paint.text(Role::Broken, &text))?;
        }
        Ok(())
    }
}
