//! What `cp`, `repack` and `recover` share: progress, interruption, and what is said about a copy.

use std::cell::RefCell;
use std::ops::ControlFlow;

use h5::{CopyOptions, CopyProgress, CopyRemark, CopyReport, CopyVerdict};
use serde_json::{Value, json};

use crate::args::GlobalArgs;
use crate::backend::Backend;
use crate::describe::{error_json, printable};
use crate::failure::{self, Exit};
use crate::interrupt;
use crate::progress::Progress;

/// Shows progress, and stops the copy when the user presses control-C.
pub(crate) struct Watch {
    progress: RefCell<Progress>,
    /// Bytes that the source's storage has in all.
    total: u64,
}

impl Watch {
    pub(crate) fn new(verb: &'static str, total: u64, global: &GlobalArgs) -> Self {
        interrupt::catch();
        Self { progress: RefCell::new(Progress::new(verb, global.quiet)), total }
    }

    /// For [`h5::CopyOptions::progress`].
    pub(crate) fn tell(&self, state: &CopyProgress) -> ControlFlow<()> {
        let mut progress = self.progress.borrow_mut();
        if self.total > 0 {
            progress.portion(state.objects_done, state.stored_bytes, self.total);
        } else {
            progress.objects(state.objects_done, state.objects_found, state.stored_bytes);
        }
        if interrupt::is_wanted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// Datasets of a service that are copied at a time, unless the user says otherwise.
const SERVICE_THREADS: usize = 4;
/// Bytes of elements on their way to or from a service: more than one request's.
const SERVICE_SLAB_BYTES: u64 = 32 << 20;

/// How a copy between two places is made: services get and give several parts at a time.
pub(crate) fn options<'a>(from: Backend, to: Backend, global: &GlobalArgs) -> CopyOptions<'a> {
    let options = CopyOptions::new();
    if from.has_files() && to.has_files() {
        return options;
    }
    let threads = global.threads.map_or(SERVICE_THREADS, usize::from);
    let options = options.threads(threads).slab_bytes(SERVICE_SLAB_BYTES);
    options.early(from.has_files())
}

/// Remarks that are told one by one on the standard error.
const LARGEST_TOLD: usize = 50;

/// Tells what a copy lacks, or has in another form.
pub(crate) fn warn_of_remarks(file: &str, report: &CopyReport, global: &GlobalArgs) {
    if global.quiet {
        return;
    }
    for remark in report.remarks.iter().take(LARGEST_TOLD) {
        failure::warn(&format!("{file}: {remark}"));
    }
    let more = u64::try_from(report.remarks.len().saturating_sub(LARGEST_TOLD)).unwrap_or(u64::MAX);
    let more = more.saturating_add(report.remarks_left_out);
    if more > 0 {
        failure::warn(&format!("{file}: and {more} more of the kind"));
    }
}

/// How a command ends that made a copy.
pub(crate) fn exit(report: &CopyReport) -> Exit {
    if report.is_stopped() {
        Exit::Interrupted
    } else if report.is_complete() {
        Exit::Success
    } else {
        Exit::No
    }
}

/// A remark as JSON.
pub(crate) fn remark_json(remark: &CopyRemark) -> Value {
    let verdict = match remark.verdict {
        CopyVerdict::Lost => "lost",
        CopyVerdict::Changed => "changed",
    };
    let mut item = json!({
        "verdict": verdict, "path": remark.path.to_text(), "part": printable(&remark.part.to_string()),
        "error": error_json(&remark.error),
    });
    if let (h5::CopiedPart::Block(block), Some(item)) = (&remark.part, item.as_object_mut()) {
        item.insert("start".into(), json!(block.start));
        item.insert("size".into(), json!(block.size));
    }
    item
}
