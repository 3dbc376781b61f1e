//! The second pass, apart from elements of datasets: attributes and comments.

use h5_types::{Dataspace, NewAttribute, Result};

use super::sources::SourceKey;
use super::{CopiedPart, Copier, Step, checkpoint, describe};
use crate::Attribute;
use crate::backend::Order;
use crate::object::Object;

impl Copier<'_> {
    pub(super) fn copy_attributes(&mut self, at: usize) -> Step {
        if !self.options.attributes {
            return Ok(());
        }
        let path = self.known.path(at);
        let attributes = match self.known.source(at).and_then(|source| all_attributes(&source)) {
            Ok(attributes) => attributes,
            Err(error) => return self.account.lost(&path, CopiedPart::Attributes, error),
        };
        if attributes.is_empty() {
            return Ok(());
        }
        let target = self.known.copy_of(at)?;
        for attribute in attributes {
            match attribute {
                // Of a copy that is not whole: where the copying begins, nowhere else.
                Ok(attribute) if at == 0 && checkpoint::is_note(attribute.name()) => {}
                Ok(attribute) => self.copy_attribute(at, &attribute, &target)?,
                Err(error) => self.account.lost(&path, CopiedPart::Attributes, error)?,
            }
        }
        Ok(())
    }

    fn copy_attribute(&mut self, at: usize, attribute: &Attribute, target: &Object) -> Step {
        let path = self.known.path(at);
        let info = attribute.info();
        let part = CopiedPart::Attribute(info.name.clone());
        let mut elements = match attribute.elements() {
            Ok(elements) => elements,
            Err(error) => return self.account.lost(&path, part, error),
        };
        let file = self.known.file_of(at);
        self.known.translate(&mut self.account, (file, &mut elements.heap), &path, &part);
        let mut new = NewAttribute::new(info.name.clone(), info.datatype.clone(), fixed(&info.dataspace));
        if let Some(token) = info.committed_datatype {
            match self.committed_copy(SourceKey { file, token }) {
                Ok((copy, datatype)) => {
                    new.committed_datatype = Some(copy);
                    new.datatype = datatype;
                }
                Err(error) => {
                    self.account.changed(&path, part.clone(), describe::uncommitted().with_source(error))
                }
            }
        }
        // One that an earlier copy made is made again.
        let replaces = self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.resumes);
        match target.node().write_attribute(&new, &elements, replaces) {
            Ok(()) => {
                self.account.report.attributes = self.account.report.attributes.saturating_add(1);
                Ok(())
            }
            Err(error) => self.account.unwritable(&path, part, error),
        }
    }

    pub(super) fn copy_comment(&mut self, at: usize) -> Step {
        let path = self.known.path(at);
        let comment = match self.known.source(at).and_then(|source| source.info()) {
            Ok(info) => info.comment,
            Err(error) => return self.account.lost(&path, CopiedPart::Comment, error),
        };
        let Some(comment) = comment else { return Ok(()) };
        match self.known.copy_of(at)?.node().set_comment(Some(&comment)) {
            Ok(()) => Ok(()),
            Err(error) => self.account.unwritable(&path, CopiedPart::Comment, error),
        }
    }
}

/// All attributes, in the order in which they were made where that is known.
pub(super) fn all_attributes(object: &Object) -> Result<Vec<Result<Attribute>>> {
    let tracked = object.info()?.tracks_attribute_creation;
    object.attributes(if tracked { Order::Creation } else { Order::Name })
}

/// An extent that cannot grow: no attribute can, whatever its maximum says.
fn fixed(dataspace: &Dataspace) -> Dataspace {
    match dataspace {
        Dataspace::Simple { dimensions, .. } => Dataspace::fixed(dimensions.clone()),
        other => other.clone(),
    }
}
