//! References to what is copied become references to the copies.

use h5_types::{Error, Heap, Name, Reference};

use super::sources::SourceKey;
use super::{CopiedPart, Copier};

impl Copier<'_> {
    /// Translates all references of elements that were read from a file. One that leads to no copy becomes null, and that is told once.
    pub(super) fn translate(&mut self, file: usize, heap: &mut Heap, path: &Name, part: &CopiedPart) {
        let mut nulled = 0_usize;
        for reference in &mut heap.references {
            let translated = self.translated(file, reference);
            if translated == Reference::Null && *reference != Reference::Null {
                nulled = nulled.saturating_add(1);
            }
            *reference = translated;
        }
        if nulled > 0 {
            let why = format!("references to what is not copied became null: {nulled}");
            self.changed(path, part.clone(), Error::unsupported(why));
        }
    }

    fn translated(&self, file: usize, reference: &Reference) -> Reference {
        let copy = |token| self.known_copy(SourceKey { file, token });
        let found = match reference {
            Reference::Object(token) => copy(*token).map(Reference::Object),
            Reference::Region { object, selection } => {
                copy(*object).map(|object| Reference::Region { object, selection: selection.clone() })
            }
            Reference::Attribute { object, name } => {
                copy(*object).map(|object| Reference::Attribute { object, name: name.clone() })
            }
            // Into another file: as good from here as from there.
            Reference::External { .. } => Some(reference.clone()),
            _ => None,
        };
        found.unwrap_or(Reference::Null)
    }
}
