//! How far a copy has come, noted in the target, so that another can go on from there.

use std::time::{Duration, Instant};

use h5_types::{Error, Name, Result, Value};

use crate::Group;
use crate::file::File;

/// How far a copy has come, in numbers of objects in the order in which they are made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Reached {
    /// Made, and filled as far as the first pass does that.
    pub(super) laid_out: u64,
    /// With all attributes.
    pub(super) attributes: u64,
    /// With all elements.
    pub(super) elements: u64,
    /// Steps of the first object without all of them.
    pub(super) steps: u64,
}

/// The note of a copy that is being made.
#[derive(Debug)]
pub(super) struct Checkpoint {
    group: Group,
    /// What an earlier copy had reached; all zero if there was none.
    pub(super) earlier: Reached,
    /// True if this copy goes on with an earlier one.
    pub(super) resumes: bool,
    pub(super) now: Reached,
    saved: Instant,
    /// Time until the next note.
    interval: Duration,
}

/// Attributes of the target's group while the copy is under way: what is copied, and how far it has come.
const SOURCE: &str = "_h5_copy_source";
const REACHED: &str = "_h5_copy_reached";
/// Time between two notes: each waits until all that was copied is safe. It grows from one to the other.
const SHORTEST: Duration = Duration::from_secs(4);
const LONGEST: Duration = Duration::from_secs(20);

impl Checkpoint {
    /// Finds the note of an earlier copy of the same source, or begins one.
    ///
    /// # Errors
    /// `Usage` if an earlier copy was of something else.
    pub(super) fn open(group: &Group, source: &str) -> Result<Self> {
        let resumes = match unfinished_source(group)? {
            Some(earlier) if earlier.as_bytes() == source.as_bytes() => true,
            Some(earlier) => {
                let message = format!(
                    "an unfinished copy of `{earlier}`, not of `{}` as it is now",
                    Name::from(source)
                );
                return Err(Error::usage(message).with_path(group.object().path()));
            }
            None => false,
        };
        let earlier = if resumes { read_reached(group)? } else { Reached::default() };
        let this = Self {
            group: group.clone(),
            earlier,
            resumes,
            now: earlier,
            saved: Instant::now(),
            interval: SHORTEST,
        };
        if !resumes {
            group.set_attr(REACHED, this.numbers())?;
            group.set_attr(SOURCE, source)?;
        }
        Ok(this)
    }

    /// Takes note, and saves it now and then. What was reached earlier stays reached.
    pub(super) fn note(&mut self, change: impl FnOnce(&mut Reached)) -> Result<()> {
        let mut now = self.now;
        change(&mut now);
        now.laid_out = now.laid_out.max(self.earlier.laid_out);
        now.attributes = now.attributes.max(self.earlier.attributes);
        if (now.elements, now.steps) < (self.earlier.elements, self.earlier.steps) {
            (now.elements, now.steps) = (self.earlier.elements, self.earlier.steps);
        }
        self.now = now;
        if self.saved.elapsed() < self.interval {
            return Ok(());
        }
        self.interval = self.interval.saturating_mul(2).min(LONGEST);
        self.save()
    }

    /// Makes safe what was copied, and notes that.
    pub(super) fn save(&mut self) -> Result<()> {
        let numbers = self.numbers();
        self.file().flush()?;
        self.group.set_attr(REACHED, numbers)?;
        self.saved = Instant::now();
        Ok(())
    }

    /// The copy is whole.
    pub(super) fn remove(&self) -> Result<()> {
        self.file().flush()?;
        self.group.remove_attr(SOURCE)?;
        self.group.remove_attr(REACHED)
    }

    fn file(&self) -> &File {
        self.group.object().file()
    }

    fn numbers(&self) -> [u64; 4] {
        [self.now.laid_out, self.now.attributes, self.now.elements, self.now.steps]
    }
}

/// What a copy into this group was made of that did not come to its end; `None` if there is none. See [`CopyOptions::resumable`].
///
/// [`CopyOptions::resumable`]: super::CopyOptions::resumable
///
/// # Errors
/// What the storage reports.
pub fn unfinished_source(group: &Group) -> Result<Option<Name>> {
    if group.object().node().attribute(SOURCE.as_bytes())?.is_none() {
        return Ok(None);
    }
    match group.attr(SOURCE)?.value()? {
        Value::String(text) => Ok(Some(text)),
        _ => Err(Error::format(format!("an attribute {SOURCE} that is no text"))),
    }
}

/// True of an attribute that says how far a copy has come.
pub(super) fn is_note(name: &Name) -> bool {
    [SOURCE, REACHED].iter().any(|note| name.as_bytes() == note.as_bytes())
}

fn read_reached(group: &Group) -> Result<Reached> {
    match group.attr(REACHED)?.read::<u64>()?.as_slice() {
        &[laid_out, attributes, elements, steps] => Ok(Reached { laid_out, attributes, elements, steps }),
        other => Err(Error::format(format!("an attribute {REACHED} of {} numbers, 4 expected", other.len()))),
    }
}
