use std::fmt;

use h5_types::{Block, Error, Name};

/// What a copy did, and what it could not do.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct CopyReport {
    /// Objects that were copied.
    pub objects: u64,
    /// Links that were made, those to new objects too.
    pub links: u64,
    /// Attributes that were copied.
    pub attributes: u64,
    /// Bytes in the storage of the source that were copied, as far as they are elements.
    pub stored_bytes: u64,
    /// Chunks that were copied as they are stored.
    pub raw_chunks: u64,
    /// What is missing in the copy, or is there in another form.
    pub remarks: Vec<CopyRemark>,
    /// Further remarks, which are not kept.
    pub remarks_left_out: u64,
    /// Whether any of all remarks tells of a loss.
    pub(super) incomplete: bool,
    pub(super) stopped: bool,
}

/// Something that a copy lacks, or has in another form.
#[derive(Debug)]
#[non_exhaustive]
pub struct CopyRemark {
    /// Whether it is lost.
    pub verdict: CopyVerdict,
    /// Path of the object or link, from where the copy began.
    pub path: Name,
    /// Which part of it.
    pub part: CopiedPart,
    /// Why.
    pub error: Error,
}

/// Whether something is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CopyVerdict {
    /// The copy lacks it.
    Lost,
    /// The copy has it in another form.
    Changed,
}

/// A part of what is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum CopiedPart {
    /// An object and all that belongs to it.
    Object,
    /// A link.
    Link,
    /// Some links of a group, or all of them.
    Links,
    /// An attribute, by its name.
    Attribute(Name),
    /// Some attributes of an object, or all of them.
    Attributes,
    /// A comment.
    Comment,
    /// All elements of a dataset, or more than can be told.
    Elements,
    /// Elements of a dataset.
    Block(Block),
    /// How a dataset is stored.
    Storage,
}

/// Remarks that are kept. A damaged file may cause one for each of its chunks.
const LARGEST_REMARK_COUNT: usize = 10_000;

impl CopyReport {
    /// True if the copy lacks nothing.
    pub fn is_complete(&self) -> bool {
        !self.incomplete && !self.stopped
    }

    /// True if the caller stopped the copy.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// What is lost, as far as it is told one by one.
    pub fn losses(&self) -> impl Iterator<Item = &CopyRemark> {
        self.remarks.iter().filter(|remark| remark.verdict == CopyVerdict::Lost)
    }

    /// Adds what another thread did.
    pub(super) fn take_in(&mut self, part: Self) {
        self.stored_bytes = self.stored_bytes.saturating_add(part.stored_bytes);
        self.raw_chunks = self.raw_chunks.saturating_add(part.raw_chunks);
        self.incomplete |= part.incomplete;
        let room = LARGEST_REMARK_COUNT.saturating_sub(self.remarks.len());
        let more = u64::try_from(part.remarks.len().saturating_sub(room)).unwrap_or(u64::MAX);
        self.remarks_left_out =
            self.remarks_left_out.saturating_add(part.remarks_left_out).saturating_add(more);
        self.remarks.extend(part.remarks.into_iter().take(room));
    }

    pub(super) fn remark(&mut self, verdict: CopyVerdict, path: &Name, part: CopiedPart, error: Error) {
        self.incomplete |= verdict == CopyVerdict::Lost;
        if self.remarks.last_mut().is_some_and(|last| last.verdict == verdict && last.absorbs(path, &part)) {
            return;
        }
        if self.remarks.len() < LARGEST_REMARK_COUNT {
            self.remarks.push(CopyRemark { verdict, path: path.clone(), part, error });
        } else {
            self.remarks_left_out = self.remarks_left_out.saturating_add(1);
        }
    }
}

impl CopyRemark {
    /// Takes a block in that lies right behind this remark's own.
    fn absorbs(&mut self, path: &Name, part: &CopiedPart) -> bool {
        let (CopiedPart::Block(here), CopiedPart::Block(next)) = (&mut self.part, part) else { return false };
        if self.path != *path || here.start.len() != next.start.len() {
            return false;
        }
        let mut axes = here.start.iter().zip(&mut here.size).zip(next.start.iter().zip(&next.size));
        let mut differing = axes
            .by_ref()
            .filter(|((start, size), (next_start, next_size))| start != next_start || **size != **next_size);
        let (Some(((start, size), (next_start, next_size))), None) = (differing.next(), differing.next())
        else {
            return false;
        };
        if start.saturating_add(*size) != *next_start {
            return false;
        }
        *size = size.saturating_add(*next_size);
        true
    }
}

impl fmt::Display for CopiedPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Object => f.write_str("object"),
            Self::Link => f.write_str("link"),
            Self::Links => f.write_str("links"),
            Self::Attribute(name) => write!(f, "attribute `{name}`"),
            Self::Attributes => f.write_str("attributes"),
            Self::Comment => f.write_str("comment"),
            Self::Elements => f.write_str("elements"),
            Self::Block(block) => {
                f.write_str("elements [")?;
                for (axis, (start, size)) in block.start.iter().zip(&block.size).enumerate() {
                    let separator = if axis == 0 { "" } else { ", " };
                    write!(f, "{separator}{start}:{}", start.saturating_add(*size))?;
                }
                f.write_str("]")
            }
            Self::Storage => f.write_str("storage"),
        }
    }
}

impl fmt::Display for CopyRemark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = match self.verdict {
            CopyVerdict::Lost => "lost",
            CopyVerdict::Changed => "changed",
        };
        write!(f, "{}: {} {verdict}: ", self.path, self.part)?;
        // The path is said already, in most errors as the source's handles call it.
        let Some(path) = self.error.path() else { return write!(f, "{}", self.error) };
        let text = self.error.to_string();
        f.write_str(text.strip_prefix(path).and_then(|rest| rest.strip_prefix(": ")).unwrap_or(&text))
    }
}
