//! The first pass: objects without their contents, and links.

use std::ops::ControlFlow;
use std::sync::Arc;

use h5_types::{Error, ErrorKind, Link, LinkTarget, Name, NewDataset, NewGroup, ObjectToken, Result};

use super::sources::SourceKey;
use super::{CopiedPart, Copier, Halt, LinkCopy, Step, describe};
use crate::Group;
use crate::backend::{GroupNode, Node, ObjectKind, Order, wrong_kind};
use crate::object::Object;

/// Where a link of a copy goes.
pub(super) struct Place {
    /// The source's group, as an index of the list of objects; `None` above where the copy begins.
    pub(super) parent: Option<usize>,
    pub(super) group: Arc<dyn Node>,
    pub(super) name: Name,
    pub(super) path: Name,
}

impl Place {
    fn group(&self) -> Result<&dyn GroupNode> {
        self.group.as_group().ok_or_else(|| wrong_kind(self.group.kind(), "a group"))
    }
}

impl Copier<'_> {
    /// Makes the object that the copy begins with. That it cannot be made is an error however much may be skipped.
    pub(super) fn begin(&mut self, source: &Object, target: &Group, name: &Name) -> Step {
        let path = Name::new([b"/", name.as_bytes()].concat());
        let group = Arc::clone(&target.object().node);
        let place = Place { parent: None, group, name: name.clone(), path };
        self.make_object(source, &place)?;
        if self.known.objects.is_empty() {
            // Skipped: there is nothing to go on with.
            let reason = self.account.report.remarks.pop().map(|remark| remark.error);
            return Err(Halt::Failed(reason.unwrap_or_else(|| Error::format("the object cannot be read"))));
        }
        Ok(())
    }

    /// Makes all links of a group, and the objects that are met first there.
    pub(super) fn copy_links(&mut self, at: usize) -> Step {
        let path = self.known.path(at);
        let listed = self.known.source(at).and_then(Object::into_group).and_then(|group| {
            let links = all_links(&group)?;
            Ok((group, links))
        });
        let (source, links) = match listed {
            Ok(listed) => listed,
            Err(error) => return self.account.lost(&path, CopiedPart::Links, error),
        };
        let target = self.known.copy_of(at)?;
        for link in links {
            let link = match link {
                Ok(link) => link,
                Err(error) => {
                    self.account.lost(&path, CopiedPart::Links, error)?;
                    continue;
                }
            };
            let path = self.known.path_below(at, &link.name);
            let group = Arc::clone(&target.node);
            let place = Place { parent: Some(at), group, name: link.name.clone(), path };
            self.copy_link(&source, &link, &place)?;
            self.tell_progress(0)?;
        }
        Ok(())
    }

    fn copy_link(&mut self, source: &Group, link: &Link, place: &Place) -> Step {
        let file = place.parent.map_or(0, |parent| self.known.file_of(parent));
        let followed = match &link.target {
            LinkTarget::Hard(token) => return self.copy_hard_link(SourceKey { file, token: *token }, place),
            LinkTarget::Soft(_) if self.options.soft_links == LinkCopy::Follow => Some(source.follow(link)),
            LinkTarget::External { file: name, path } if self.options.external_links == LinkCopy::Follow => {
                Some(self.known.sources.external(file, name).and_then(|file| file.object(path.as_bytes())))
            }
            _ => None,
        };
        match followed {
            Some(Ok(object)) => match self.known.sources.index(object.file()) {
                Ok(file) => {
                    let key = SourceKey { file, token: object.token() };
                    return match self.known.copies.get(&key) {
                        Some(&copy) => self.make_link(&LinkTarget::Hard(copy), place),
                        None => self.make_object(&object, place),
                    };
                }
                Err(error) => self.account.changed(&place.path, CopiedPart::Link, error),
            },
            // A link that leads nowhere is kept as it is.
            Some(Err(error)) => self.account.changed(&place.path, CopiedPart::Link, error),
            None => {}
        }
        self.make_link(&link.target, place)
    }

    fn copy_hard_link(&mut self, key: SourceKey, place: &Place) -> Step {
        if let Some(&copy) = self.known.copies.get(&key) {
            return self.make_link(&LinkTarget::Hard(copy), place);
        }
        if self.known.sources.is_target(key.file) && self.made.contains(&key.token) {
            // The copy lies below its own original, which did not have it.
            return Ok(());
        }
        match self.known.sources.file(key.file)?.object_by_token(key.token, place.path.to_string()) {
            Ok(object) => self.make_object(&object, place),
            Err(error) => self.account.lost(&place.path, CopiedPart::Object, error),
        }
    }

    /// What an earlier copy, that this one goes on with, made in a place.
    fn earlier_copy(&self, kind: ObjectKind, place: &Place) -> Result<Option<ObjectToken>> {
        if !self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.resumes) {
            return Ok(None);
        }
        let Some(Link { target: LinkTarget::Hard(token), .. }) =
            place.group()?.link(place.name.as_bytes())?
        else {
            return Ok(None);
        };
        let node = self.known.target.backend().open(token)?;
        if node.kind() == kind {
            return Ok(Some(token));
        }
        let path = place.path.to_string();
        let message = format!("a {:?} that the unfinished copy did not make", node.kind());
        Err(Error::new(ErrorKind::AlreadyExists, message).with_path(path))
    }

    fn make_link(&mut self, target: &LinkTarget, place: &Place) -> Step {
        if self.checkpoint.as_ref().is_some_and(|checkpoint| checkpoint.resumes)
            && place.group()?.link(place.name.as_bytes())?.is_some_and(|link| link.target == *target)
        {
            self.account.report.links = self.account.report.links.saturating_add(1);
            return Ok(());
        }
        match place.group()?.create_link(&place.name, target) {
            Ok(()) => {
                self.account.report.links = self.account.report.links.saturating_add(1);
                Ok(())
            }
            Err(error) => self.account.unwritable(&place.path, CopiedPart::Link, error),
        }
    }

    /// Makes an object's copy without its contents, and the link to it.
    pub(super) fn make_object(&mut self, source: &Object, place: &Place) -> Step {
        let key = SourceKey { file: self.known.sources.index(source.file())?, token: source.token() };
        if let Some(copy) = self.earlier_copy(source.kind(), place)? {
            return self.made(key, source.kind(), Ok(copy), place);
        }
        let made = match source.kind() {
            ObjectKind::Group => match source.info() {
                Ok(info) => {
                    let mut group = NewGroup::default();
                    group.tracks_link_creation = info.tracks_link_creation;
                    group.tracks_attribute_creation = info.tracks_attribute_creation;
                    place.group()?.create_group(&place.name, &group)
                }
                Err(error) => return self.account.lost(&place.path, CopiedPart::Object, error),
            },
            ObjectKind::CommittedDatatype => match source.node().as_datatype() {
                Some(datatype) => place.group()?.commit_datatype(&place.name, datatype),
                None => return Err(wrong_kind(source.kind(), "a committed datatype").into()),
            },
            ObjectKind::Dataset => return self.make_dataset(key, source, place),
        };
        self.made(key, source.kind(), made, place)
    }

    fn make_dataset(&mut self, key: SourceKey, source: &Object, place: &Place) -> Step {
        let read = source.clone().into_dataset().and_then(|d| Ok((d.info()?, source.info()?)));
        let (info, object) = match read {
            Ok(read) => read,
            Err(error) => return self.account.lost(&place.path, CopiedPart::Object, error),
        };
        let mut new = describe::new_dataset(&info, &object);
        if describe::has_variable_fill(&info) {
            self.copy_fill(key.file, source, &mut new, place)?;
            if let Some(&copy) = self.known.copies.get(&key) {
                // The fill value led back here.
                return self.make_link(&LinkTarget::Hard(copy), place);
            }
        }
        if let Some(token) = info.committed_datatype {
            self.refer_to_committed(SourceKey { token, ..key }, &mut new, place)?;
        }
        if let Some(adjust) = self.options.adjust {
            adjust(&place.path, &info, &mut new)?;
        }
        let made = match place.group()?.create_dataset(&place.name, &new) {
            Err(error) if error.kind() == ErrorKind::Unsupported && new.fill_elements.take().is_some() => {
                // The target may have no such fill values, or lack something else: that shows without.
                let made = place.group()?.create_dataset(&place.name, &new);
                if made.is_ok() {
                    self.account.changed(
                        &place.path,
                        CopiedPart::Storage,
                        fill_not_kept().with_source(error),
                    );
                }
                made
            }
            made => made,
        };
        self.made(key, ObjectKind::Dataset, made, place)
    }

    /// Takes over a fill value that has a variable part.
    fn copy_fill(&mut self, file: usize, source: &Object, new: &mut NewDataset, place: &Place) -> Step {
        let read = source.node().as_dataset().map_or(Ok(None), |dataset| dataset.fill_elements());
        match read {
            Ok(Some(mut value)) => {
                self.stage_references(file, &value.heap.references)?;
                self.known.translate(
                    &mut self.account,
                    (file, &mut value.heap),
                    &place.path,
                    &CopiedPart::Storage,
                );
                new.fill_elements = Some(value);
            }
            Ok(None) => {}
            Err(error) => {
                self.account.changed(&place.path, CopiedPart::Storage, fill_not_kept().with_source(error))
            }
        }
        Ok(())
    }

    fn refer_to_committed(&mut self, key: SourceKey, new: &mut NewDataset, place: &Place) -> Step {
        match self.committed_copy(key) {
            Ok((copy, datatype)) => {
                new.committed_datatype = Some(copy);
                new.datatype = datatype;
            }
            Err(error) => {
                self.account.changed(
                    &place.path,
                    CopiedPart::Storage,
                    describe::uncommitted().with_source(error),
                );
            }
        }
        Ok(())
    }

    fn made(&mut self, key: SourceKey, kind: ObjectKind, made: Result<ObjectToken>, place: &Place) -> Step {
        match made {
            Ok(copy) => {
                self.account.report.links = self.account.report.links.saturating_add(1);
                let at = self.known.objects.len();
                self.register(key, copy, kind, place.parent, place.name.clone());
                self.fill_early(at)
            }
            Err(error) => self.account.unwritable(&place.path, CopiedPart::Object, error),
        }
    }
}

fn fill_not_kept() -> Error {
    Error::unsupported("the fill value, of variable size, is not kept")
}

/// All links of a group, in the order in which they were made where that is known. Where the list ends early, what ended it is the last.
fn all_links(group: &Group) -> Result<Vec<Result<Link>>> {
    let tracked = group.object().info()?.tracks_link_creation;
    let mut links = Vec::new();
    let mut collect = |link| {
        links.push(link);
        ControlFlow::Continue(())
    };
    let order = if tracked { Order::Creation } else { Order::Name };
    if let Err(error) = group.visit_links(order, None, &mut collect) {
        links.push(Err(error));
    }
    Ok(links)
}
