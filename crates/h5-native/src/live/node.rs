//! An object of a file that another process may be writing.

use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

use h5_backend::{AttributeInfo, DatasetNode, GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit};
use h5_types::{
    ChunkInfo, DatasetInfo, Datatype, Elements, Error, Heap, Link, ObjectToken, Result, Selection,
};

use super::file::{ATTEMPTS, LiveState, Verdict};
use super::split::halves;
use super::view::{State, View};

/// How often elements are read as a whole before they are read in pieces.
const ATTEMPTS_BEFORE_SPLITTING: u32 = 8;

/// An object by its token. What it is in one view of the file is opened again in the next.
#[derive(Debug)]
pub(super) struct LiveNode {
    file: Arc<LiveState>,
    token: ObjectToken,
    kind: ObjectKind,
    /// A committed datatype never changes.
    datatype: Option<Datatype>,
    opened: RwLock<Opened>,
}

/// The object in a view.
#[derive(Debug, Clone)]
struct Opened {
    view: Arc<View>,
    node: Arc<dyn Node>,
}

impl Opened {
    fn new(view: Arc<View>, token: ObjectToken) -> Result<Self> {
        let node = h5_backend::Backend::open(&view.file, token)?;
        Ok(Self { view, node })
    }
}

impl LiveNode {
    pub(super) fn open(file: Arc<LiveState>, token: ObjectToken) -> Result<Self> {
        let mut attempt = 0_u32;
        let opened = loop {
            // What is opened is shown as it is now, in SWMR mode too.
            let view = match file.known().state {
                State::Swmr => file.renewed()?,
                _ => file.current()?,
            };
            let opened = Opened::new(Arc::clone(&view), token);
            match file.verdict(&view, &opened) {
                Verdict::Again if attempt < ATTEMPTS => file.pause(attempt),
                _ => break opened?,
            }
            attempt = attempt.saturating_add(1);
        };
        let (kind, datatype) = (opened.node.kind(), opened.node.as_datatype().cloned());
        Ok(Self { file, token, kind, datatype, opened: RwLock::new(opened) })
    }

    /// Reads something of the object, until all of it is of one state of the file.
    fn read<T>(&self, read: impl FnMut(&dyn Node) -> Result<T>) -> Result<T> {
        self.read_within(ATTEMPTS, read)?.ok_or_else(|| {
            Error::limit(
                "the file changes faster than this can be read; read less at a time, or flush it less often",
            )
        })
    }

    /// As [`LiveNode::read`]; `None` if every one of so many attempts met a change. The error of the last of all is told.
    fn read_within<T>(
        &self,
        attempts: u32,
        mut read: impl FnMut(&dyn Node) -> Result<T>,
    ) -> Result<Option<T>> {
        for attempt in 1..=attempts {
            let view = self.view(attempt)?;
            let found = self.in_view(&view).and_then(|node| read(&*node));
            match self.file.verdict(&view, &found) {
                Verdict::Stands => return found.map(Some),
                Verdict::Again if attempt == ATTEMPTS && found.is_err() => return found.map(Some),
                Verdict::Again => self.file.pause(attempt),
            }
        }
        Ok(None)
    }

    /// Reads elements as of one state of the file, or, if commits come faster than that, in pieces that each are.
    fn read_elements(
        &self,
        selection: &Selection,
        memory: &Datatype,
        out: &mut [u8],
        heap: &mut Heap,
    ) -> Result<()> {
        let read = self.read_within(ATTEMPTS_BEFORE_SPLITTING, |node| {
            in_dataset(node)?.read(selection, memory, out, heap)
        })?;
        if read.is_some() {
            return Ok(());
        }
        let extent = self.in_dataset(|dataset| dataset.info())?.dataspace.dimensions().to_vec();
        let parts = halves(selection, &extent).and_then(|(first, second, count)| {
            let bytes = usize::try_from(count).ok()?.checked_mul(memory.size())?;
            Some((first, second, out.split_at_mut_checked(bytes)?))
        });
        let Some((first, second, (before, after))) = parts else {
            return self.read(|node| in_dataset(node)?.read(selection, memory, out, heap));
        };
        self.read_elements(&first, memory, before, heap)?;
        self.read_elements(&second, memory, after, heap)
    }

    /// The view to read in, at the first attempt or a later one.
    fn view(&self, attempt: u32) -> Result<Arc<View>> {
        self.file.check_open()?;
        let own = Arc::clone(&self.opened.read().unwrap_or_else(PoisonError::into_inner).view);
        match own.state {
            State::Swmr if attempt <= 1 => Ok(own),
            State::Swmr => self.file.renewed(),
            _ => self.file.current(),
        }
    }

    /// The object as it is in a view.
    fn in_view(&self, view: &Arc<View>) -> Result<Arc<dyn Node>> {
        let opened = self.opened.read().unwrap_or_else(PoisonError::into_inner).clone();
        if opened.view.number == view.number {
            return Ok(opened.node);
        }
        let opened = Opened::new(Arc::clone(view), self.token)?;
        if opened.node.kind() != self.kind {
            return Err(Error::not_found("the object was removed, and another is in its place"));
        }
        let node = Arc::clone(&opened.node);
        *self.opened.write().unwrap_or_else(PoisonError::into_inner) = opened;
        Ok(node)
    }

    fn in_group<T>(&self, mut read: impl FnMut(&dyn GroupNode) -> Result<T>) -> Result<T> {
        self.read(|node| read(node.as_group().ok_or_else(another_kind)?))
    }

    fn in_dataset<T>(&self, mut read: impl FnMut(&dyn DatasetNode) -> Result<T>) -> Result<T> {
        self.read(|node| read(in_dataset(node)?))
    }
}

fn in_dataset(node: &dyn Node) -> Result<&dyn DatasetNode> {
    node.as_dataset().ok_or_else(another_kind)
}

/// The object is opened as what it was, so that this happens to nobody.
fn another_kind() -> Error {
    Error::not_found("the object is of another kind now")
}

/// Collects a listing as a whole, so that it can be of one state of the file.
fn collect<T>(list: impl FnOnce(Visit<'_, T>) -> Result<()>) -> Result<Vec<Result<T>>> {
    let mut found = Vec::new();
    list(&mut |item| {
        found.push(item);
        ControlFlow::Continue(())
    })?;
    Ok(found)
}

fn show<T>(found: Vec<Result<T>>, visit: Visit<'_, T>) {
    for item in found {
        if visit(item).is_break() {
            return;
        }
    }
}

impl Node for LiveNode {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn info(&self) -> Result<ObjectInfo> {
        self.read(|node| node.info())
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        show(self.read(|node| collect(|visit| node.attributes(order, visit)))?, visit);
        Ok(())
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        self.read(|node| node.attribute(name))
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        self.read(|node| node.read_attribute(name))
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        (self.kind == ObjectKind::Group).then_some(self as &dyn GroupNode)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        (self.kind == ObjectKind::Dataset).then_some(self as &dyn DatasetNode)
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        self.datatype.as_ref()
    }
}

impl GroupNode for LiveNode {
    fn link_count(&self) -> Result<u64> {
        self.in_group(|group| group.link_count())
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        self.in_group(|group| group.link(name))
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        show(self.in_group(|group| collect(|visit| group.links(order, after, visit)))?, visit);
        Ok(())
    }
}

impl DatasetNode for LiveNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        self.in_dataset(|dataset| dataset.info())
    }

    fn fill_elements(&self) -> Result<Option<Elements>> {
        self.in_dataset(|dataset| dataset.fill_elements())
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        self.read_elements(selection, memory, out, heap)
    }

    fn storage_bytes(&self) -> Result<u64> {
        self.in_dataset(|dataset| dataset.storage_bytes())
    }

    /// The header may be half written when it is read: it is read again, as all else.
    fn refresh(&self) -> Result<()> {
        let mut attempt = 1_u32;
        loop {
            let view = match self.file.known().state {
                State::Swmr => self.file.renewed()?,
                _ => self.file.current()?,
            };
            let found = self.in_view(&view).map(drop);
            match self.file.verdict(&view, &found) {
                Verdict::Again if attempt < ATTEMPTS => self.file.pause(attempt),
                _ => return found,
            }
            attempt = attempt.saturating_add(1);
        }
    }

    fn chunks(&self, visit: Visit<'_, ChunkInfo>) -> Result<()> {
        show(self.in_dataset(|dataset| collect(|visit| dataset.chunks(visit)))?, visit);
        Ok(())
    }

    fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        self.in_dataset(|dataset| dataset.read_raw_chunk(offset))
    }
}
