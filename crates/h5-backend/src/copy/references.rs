//! References to what is copied become references to the copies.

use h5_types::{Error, Heap, Name, Reference};

use super::CopiedPart;
use super::account::Account;
use super::known::Known;
use super::sources::SourceKey;

/// Addresses from here on, in bytes, are in no file.
const OUT_OF_REACH: u128 = 1 << 46;

impl Known {
    /// Translates all references of elements that were read from a file. One that leads to an object of which there is no copy becomes
    /// null, and that is told once; one that led nowhere leads nowhere.
    pub(super) fn translate(
        &self,
        account: &mut Account,
        (file, heap): (usize, &mut Heap),
        path: &Name,
        part: &CopiedPart,
    ) {
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
            account.changed(path, part.clone(), Error::unsupported(why));
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
            Reference::Dangling(_) => Some(reference.clone()),
            _ => None,
        };
        found.unwrap_or_else(|| self.without_copy(file, reference))
    }

    /// What becomes of a reference whose object was not copied.
    fn without_copy(&self, file: usize, reference: &Reference) -> Reference {
        let (Reference::Object(token)
        | Reference::Region { object: token, .. }
        | Reference::Attribute { object: token, .. }) = reference
        else {
            return Reference::Null;
        };
        match self.sources.file(file).and_then(|file| file.backend().open(*token)) {
            Ok(_) => Reference::Null,
            // Where no file reaches, no object of the copy can come to be.
            Err(_) if token.0 >= OUT_OF_REACH && *reference == Reference::Object(*token) => reference.clone(),
            Err(error) => Reference::Dangling(error.to_string()),
        }
    }
}
