//! What `h5 recover` tells: what is wrong with a file, what was found, and what is lost.

use std::io::Write as _;

use h5::{
    Block, CopiedPart, CopyRemark, CopyReport, CopyVerdict, Diagnosis, ObjectKind, Orphan, Relinked,
    SavedChunk,
};
use serde_json::{Value, json};

use crate::copying::remark_json;
use crate::describe::{error_json, printable};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record};
use crate::location::Location;
use crate::out::Out;

/// Objects and errors that are told one by one in text; JSON has them all.
const LARGEST_TOLD: usize = 20;

/// A file that was looked into, and the copy of it, if one was made.
pub(crate) struct Recovered<'a> {
    pub(crate) from: &'a Location,
    pub(crate) to: Option<&'a Location>,
    /// `None` where only a backend could read the file.
    pub(crate) diagnosis: Option<&'a Diagnosis>,
    pub(crate) copy: Option<&'a CopyReport>,
    pub(crate) chunks: &'a [SavedChunk],
}

impl Recovered<'_> {
    /// What the copy lacks after all.
    fn lost(&self) -> impl Iterator<Item = &CopyRemark> {
        self.copy.into_iter().flat_map(CopyReport::losses).filter(|remark| !is_saved(remark, self.chunks))
    }

    fn is_complete(&self) -> bool {
        let left_out = self.copy.is_some_and(|copy| copy.remarks_left_out > 0 && !copy.is_complete());
        let unreadable = self.copy.is_none() && self.diagnosis.is_some_and(|d| !d.unreadable.is_empty());
        !left_out && !unreadable && self.lost().next().is_none()
    }
}

/// Whether the chunks that were saved afterwards cover what a copy lost.
fn is_saved(remark: &CopyRemark, chunks: &[SavedChunk]) -> bool {
    let CopiedPart::Block(block) = &remark.part else { return false };
    // Saved chunks do not overlap: they cover the block if they have as many elements of it as there are.
    let covered = chunks
        .iter()
        .filter(|chunk| chunk.path == remark.path)
        .map(|chunk| common_elements(block, &chunk.start, &chunk.size))
        .fold(0_u64, u64::saturating_add);
    covered == block.size.iter().copied().fold(1, u64::saturating_mul)
}

fn common_elements(block: &Block, start: &[u64], size: &[u64]) -> u64 {
    let axes = block.start.iter().zip(&block.size).zip(start.iter().zip(size));
    axes.map(|((&a, &a_size), (&b, &b_size))| {
        let end = a.saturating_add(a_size).min(b.saturating_add(b_size));
        end.saturating_sub(a.max(b))
    })
    .fold(1, u64::saturating_mul)
}

/// Tells of a file that was copied, or only looked into.
pub(crate) fn tell(recovered: &Recovered<'_>, as_json: bool, out: &mut Out) -> Outcome {
    if as_json {
        tell_json(recovered, out)?;
    } else {
        tell_text(recovered, out)?;
    }
    Ok(if recovered.is_complete() { Exit::Success } else { Exit::No })
}

/// Tells of a file that was changed itself.
pub(crate) fn tell_in_place(from: &Location, relinked: &Relinked, as_json: bool, out: &mut Out) -> Outcome {
    let Relinked { diagnosis, linked, failures, .. } = relinked;
    if as_json {
        let mut head = diagnosis_json(diagnosis);
        head.extend(record(json!({
            "file": from.file_json(), "out": null, "in_place": true, "linked": linked,
            "failures": failures.iter().map(error_json).collect::<Vec<_>>(),
        })));
        ListDocument::begin(out, "h5.recover", &head, "lost")?.end(out, &record(json!({})))?;
    } else {
        tell_diagnosis(from, diagnosis, out)?;
        for failure in failures {
            writeln!(out, "not linked: {}", printable(&failure.to_string()))?;
        }
        writeln!(out, "{}: {linked} objects linked", from.file_text())?;
    }
    let is_complete = diagnosis.unreadable.is_empty() && failures.is_empty();
    Ok(if is_complete { Exit::Success } else { Exit::No })
}

fn tell_text(recovered: &Recovered<'_>, out: &mut Out) -> Outcome<()> {
    if let Some(diagnosis) = recovered.diagnosis {
        tell_diagnosis(recovered.from, diagnosis, out)?;
    }
    let (Some(copy), Some(to)) = (recovered.copy, recovered.to) else { return Ok(()) };
    for remark in copy.remarks.iter().filter(|remark| !is_saved(remark, recovered.chunks)) {
        writeln!(out, "{}", printable(&remark.to_string()))?;
    }
    if copy.remarks_left_out > 0 {
        writeln!(out, "and {} more of the kind", copy.remarks_left_out)?;
    }
    if !recovered.chunks.is_empty() {
        writeln!(out, "{} chunks saved that no index leads to", recovered.chunks.len())?;
    }
    let verdict = if recovered.is_complete() { "nothing is lost" } else { "the above is lost" };
    let (objects, attributes) = (copy.objects, copy.attributes);
    writeln!(out, "{}: {objects} objects, {attributes} attributes; {verdict}", to.file_text())?;
    Ok(())
}

fn tell_diagnosis(from: &Location, diagnosis: &Diagnosis, out: &mut Out) -> Outcome<()> {
    let file = from.file_text();
    if let Some(flags) = diagnosis.cleared.flags {
        writeln!(out, "{file}: flags {flags:#x} of a writer that has gone")?;
    }
    if diagnosis.cleared.half_done_commit {
        writeln!(out, "{file}: a commit was cut short; its blocks are in the record beside the file")?;
    }
    if let Some((stated, found)) = diagnosis.cleared.end_of_file {
        writeln!(out, "{file}: ends at {found}, its superblock says {stated}")?;
    }
    for error in diagnosis.unreadable.iter().take(LARGEST_TOLD) {
        writeln!(out, "damaged: {}", printable(&error.to_string()))?;
    }
    let more = diagnosis.unreadable.len().saturating_sub(LARGEST_TOLD);
    let more = u64::try_from(more).unwrap_or(u64::MAX).saturating_add(diagnosis.unreadable_left_out);
    if more > 0 {
        writeln!(out, "and {more} more of the kind")?;
    }
    if let Some(group) = &diagnosis.lost_and_found {
        for orphan in diagnosis.orphans.iter().take(LARGEST_TOLD) {
            let path = printable(&format!("/{group}/{}", orphan.name));
            writeln!(out, "found: {path}, a {}", kind(orphan))?;
        }
        let (top, all) = (diagnosis.orphans.len(), diagnosis.orphan_count);
        writeln!(out, "{all} objects found that no link leads to, {top} of them not below others")?;
    }
    if diagnosis.search_incomplete {
        writeln!(out, "more looks like objects than is looked at")?;
    }
    Ok(())
}

fn kind(orphan: &Orphan) -> &'static str {
    match orphan.kind {
        ObjectKind::Group => "group",
        ObjectKind::Dataset => "dataset",
        ObjectKind::CommittedDatatype => "committed datatype",
    }
}

fn tell_json(recovered: &Recovered<'_>, out: &mut Out) -> Outcome<()> {
    let mut head = recovered.diagnosis.map(diagnosis_json).unwrap_or_default();
    head.extend(record(json!({
        "file": recovered.from.file_json(), "out": recovered.to.map(Location::file_json), "in_place": false,
        "complete": recovered.is_complete(),
        "saved_chunks": recovered.chunks.iter().map(|chunk| json!({
            "path": chunk.path.to_text(), "start": chunk.start, "size": chunk.size, "address": chunk.address,
        })).collect::<Vec<_>>(),
    })));
    if let Some(copy) = recovered.copy {
        let changed = copy.remarks.iter().filter(|remark| remark.verdict == CopyVerdict::Changed);
        head.extend(record(json!({
            "objects": copy.objects, "attributes": copy.attributes, "links": copy.links,
            "remarks_left_out": copy.remarks_left_out, "changed": changed.map(remark_json).collect::<Vec<_>>(),
        })));
    }
    let mut document = ListDocument::begin(out, "h5.recover", &head, "lost")?;
    for remark in recovered.lost() {
        document.item(out, &remark_json(remark))?;
    }
    document.end(out, &record(json!({})))?;
    Ok(())
}

fn diagnosis_json(diagnosis: &Diagnosis) -> serde_json::Map<String, Value> {
    let group = diagnosis.lost_and_found.as_ref();
    let path = |orphan: &Orphan| group.map(|group| format!("/{}/{}", group.to_text(), orphan.name.to_text()));
    let found = diagnosis.orphans.iter().map(|orphan| {
        json!({
            "path": path(orphan), "kind": kind(orphan), "named": orphan.is_named,
            "address": u64::try_from(orphan.token.0).ok(),
        })
    });
    let end = diagnosis.cleared.end_of_file;
    record(json!({
        "flags": diagnosis.cleared.flags, "end_before": end.map(|end| end.0), "end_after": end.map(|end| end.1),
        "half_done_commit": diagnosis.cleared.half_done_commit,
        "reached": diagnosis.reached,
        "damaged": diagnosis.unreadable.iter().map(error_json).collect::<Vec<_>>(),
        "damaged_left_out": diagnosis.unreadable_left_out,
        "found": found.collect::<Vec<_>>(), "found_in_all": diagnosis.orphan_count,
        "search_incomplete": diagnosis.search_incomplete,
    }))
}
