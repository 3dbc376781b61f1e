use std::fmt;
use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock, PoisonError, RwLock, RwLockWriteGuard};

use h5_backend::{
    AttributeInfo, DatasetNode, ElementSource, GroupNode, Node, ObjectInfo, ObjectKind, Order, Visit,
    append_by_resize,
};
use h5_types::{
    Address, ChunkInfo, DatasetInfo, Datatype, Elements, Error, Heap, Link, LinkTarget, Name, NewAttribute,
    NewDataset, NewGroup, ObjectToken, Result, Selection,
};

use super::attributes;
use super::dataset::Resolver;
use super::file::FileState;
use super::loaded::LoadedObject;
use super::virtual_write;
use super::writer::{Pin, Reading};
use crate::write::{self, Session, dataset, links};

/// An object of a native file. What was decoded of it is kept, and thrown away when the object changes.
pub(super) struct NativeNode {
    pub(super) file: Arc<FileState>,
    pub(super) address: Address,
    kind: ObjectKind,
    virtual_hops: usize,
    /// Changes of the object when this handle was made: if it was removed later, another may have its address now.
    opened: u64,
    /// A committed datatype never changes.
    datatype: Option<Datatype>,
    /// What never changes of a dataset, once it was asked for.
    constant: OnceLock<Arc<DatasetInfo>>,
    /// `None` until something is read.
    snapshot: RwLock<Option<Snapshot>>,
}

/// The object as it was after so many changes.
#[derive(Clone)]
struct Snapshot {
    changes: u64,
    object: Arc<LoadedObject>,
}

impl NativeNode {
    pub(super) fn open(file: Arc<FileState>, address: Address, virtual_hops: usize) -> Result<Self> {
        file.check_open()?;
        if let Some((kind, opened)) = file.kind_in_memory(address)
            && kind != ObjectKind::CommittedDatatype
        {
            let snapshot = RwLock::new(None);
            let (datatype, constant) = (None, OnceLock::new());
            return Ok(Self { file, address, kind, virtual_hops, opened, datatype, constant, snapshot });
        }
        let (changes, object) = {
            let reading = file.begin_read(address)?;
            if reading.is_gone(address) {
                return Err(Error::not_found("the object was removed"));
            }
            (reading.changes(address), LoadedObject::open(Arc::clone(&file), address, virtual_hops)?)
        };
        let (kind, datatype) = (object.kind(), object.as_datatype().cloned());
        let snapshot = RwLock::new(Some(Snapshot { changes, object: Arc::new(object) }));
        let (opened, constant) = (changes, OnceLock::new());
        Ok(Self { file, address, kind, virtual_hops, opened, datatype, constant, snapshot })
    }

    /// The object as it is now, and what keeps it so while it is read.
    fn current(&self) -> Result<(Reading<'_>, Arc<LoadedObject>)> {
        let reading = self.file.begin_read(self.address)?;
        if !reading.is_alive(self.address, self.opened) {
            return Err(Error::not_found("the object was removed"));
        }
        let changes = reading.changes(self.address);
        let snapshot = self.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(snapshot) = snapshot.filter(|snapshot| snapshot.changes == changes) {
            return Ok((reading, snapshot.object));
        }
        let object = Arc::new(LoadedObject::open(Arc::clone(&self.file), self.address, self.virtual_hops)?);
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) =
            Some(Snapshot { changes, object: Arc::clone(&object) });
        Ok((reading, object))
    }

    /// The dataset as it is now, opened, and what keeps it so while its elements are read.
    fn elements(&self) -> Result<(Pin<'_>, Arc<LoadedObject>)> {
        let (reading, object) = self.current()?;
        if !object.is_virtual() {
            // While nothing changes; the elements are then read from blocks that stay as they are.
            object.dataset_info()?;
            return Ok((reading.pin(), object));
        }
        // Its sources may be in this file, and have to be settled: nobody may hold the session then.
        let pinned = reading.pin();
        object.dataset_info()?;
        Ok((pinned, object))
    }

    /// The session, to change this object with.
    #[cfg_attr(h5_read_only, inline(always))]
    fn edit(&self) -> Result<RwLockWriteGuard<'_, Session>> {
        let session = self.edit_any()?;
        session.check_structure_may_change()?;
        Ok(session)
    }

    /// The session, to change elements and extent of this dataset with.
    #[cfg_attr(h5_read_only, inline(always))]
    fn edit_elements(&self) -> Result<RwLockWriteGuard<'_, Session>> {
        let mut session = self.edit_any()?;
        session.check_elements_may_change(self.address)?;
        Ok(session)
    }

    #[cfg_attr(h5_read_only, inline(always))]
    fn edit_any(&self) -> Result<RwLockWriteGuard<'_, Session>> {
        let session = self.file.edit()?;
        if session.is_alive(self.address, self.opened) {
            Ok(session)
        } else {
            Err(Error::not_found("the object was removed"))
        }
    }

    /// Collects a listing while the object cannot change, then shows it: whoever looks at it may change the object.
    fn list<T>(
        &self,
        visit: Visit<'_, T>,
        list: impl FnOnce(&LoadedObject, Visit<'_, T>) -> Result<()>,
    ) -> Result<()> {
        let (reading, object) = self.current()?;
        if !reading.is_shared() {
            return list(&object, visit);
        }
        let mut found = Vec::new();
        let listed = list(&object, &mut |item| {
            found.push(item);
            ControlFlow::Continue(())
        });
        drop(reading);
        for item in found {
            if visit(item).is_break() {
                return Ok(());
            }
        }
        listed
    }
}

impl fmt::Debug for NativeNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, kind, .. } = self;
        f.debug_struct("NativeNode").field("address", address).field("kind", kind).finish_non_exhaustive()
    }
}

impl Node for NativeNode {
    fn token(&self) -> ObjectToken {
        ObjectToken(u128::from(self.address.0))
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn info(&self) -> Result<ObjectInfo> {
        let (_reading, object) = self.current()?;
        object.info()
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        self.list(visit, |object, visit| attributes::list(object, order, visit))
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        let (_reading, object) = self.current()?;
        attributes::find(&object, name, attributes::describe)
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        let (_reading, object) = self.current()?;
        attributes::find(&object, name, attributes::read)?
            .ok_or_else(|| Error::not_found(format!("no attribute `{}`", Name::new(name))))
    }

    fn write_attribute(&self, attribute: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        write::attributes::write(&mut *self.edit()?, self.address, attribute, value, replace)
    }

    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        write::attributes::remove(&mut *self.edit()?, self.address, name)
    }

    fn rename_attribute(&self, from: &[u8], to: &Name) -> Result<()> {
        write::attributes::rename(&mut *self.edit()?, self.address, from, to)
    }

    fn set_comment(&self, comment: Option<&Name>) -> Result<()> {
        write::object::set_comment(&mut *self.edit()?, self.address, comment)
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

impl GroupNode for NativeNode {
    fn link_count(&self) -> Result<u64> {
        let (_reading, object) = self.current()?;
        object.link_count()
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        // Paths are followed between creations: what waits in memory is looked up there.
        if let Some(link) = self.file.pending_link(self.address, self.opened, name)? {
            return Ok(link);
        }
        let (_reading, object) = self.current()?;
        object.link(name)
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        self.list(visit, |object, visit| object.links(order, after, visit))
    }

    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        let address = links::create_group(&mut *self.edit()?, self.address, name, group)?;
        Ok(ObjectToken(u128::from(address.0)))
    }

    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        let address = dataset::create(&mut *self.edit()?, self.address, name, dataset)?;
        Ok(ObjectToken(u128::from(address.0)))
    }

    fn create_link(&self, name: &Name, target: &LinkTarget) -> Result<()> {
        links::create(&mut *self.edit()?, self.address, name, target)
    }

    fn remove_link(&self, name: &[u8]) -> Result<()> {
        links::remove(&mut *self.edit()?, self.address, name)
    }

    fn move_link(&self, name: &[u8], group: ObjectToken, new_name: &Name) -> Result<()> {
        let to = u64::try_from(group.0).map_err(|_| Error::usage("a token of another backend"))?;
        links::rename(&mut *self.edit()?, self.address, name, Address(to), new_name)
    }

    fn commit_datatype(&self, name: &Name, datatype: &Datatype) -> Result<ObjectToken> {
        let address = write::datatypes::commit(&mut *self.edit()?, self.address, name, datatype)?;
        Ok(ObjectToken(u128::from(address.0)))
    }
}

impl DatasetNode for NativeNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        self.file.check_open()?;
        if let Some(info) = self.file.dataset_in_memory(self.address, self.opened) {
            return Ok(info);
        }
        self.elements()?.1.dataset_info()
    }

    fn constant_info(&self) -> Result<Arc<DatasetInfo>> {
        // Whether the dataset is still there, whoever changes it finds out.
        if let Some(known) = self.constant.get() {
            return Ok(Arc::clone(known));
        }
        let info = DatasetNode::info(self)?;
        Ok(Arc::clone(self.constant.get_or_init(|| info)))
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        let (_pinned, object) = self.elements()?;
        object.read(selection, memory, out, heap)
    }

    fn fill_elements(&self) -> Result<Option<Elements>> {
        let (_pinned, object) = self.elements()?;
        object.fill_elements()
    }

    fn write(&self, selection: &Selection, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        let files = Resolver { state: &self.file, virtual_hops: self.virtual_hops };
        let new = (memory, elements, heap);
        if dataset::write(&mut *self.edit_elements()?, &files, self.address, selection, new)? {
            return Ok(());
        }
        let info = DatasetNode::info(self)?;
        virtual_write::write(&self.file, self.virtual_hops, &info, selection, new)?;
        // Whoever has sources open reads them anew.
        self.edit_elements()?.touch(self.address);
        Ok(())
    }

    fn write_made(&self, selection: &Selection, source: &dyn ElementSource) -> Result<()> {
        if dataset::write_made(&mut *self.edit_elements()?, self.address, selection, source)? {
            return Ok(());
        }
        let (elements, heap) = source.collect()?;
        self.write(selection, &source.datatype(), &elements, &heap)
    }

    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        let files = Resolver { state: &self.file, virtual_hops: self.virtual_hops };
        dataset::resize(&mut *self.edit_elements()?, &files, self.address, dimensions)
    }

    fn append(&self, axis: usize, count: u64, memory: &Datatype, elements: &[u8], heap: &Heap) -> Result<()> {
        if dataset::append(
            &mut *self.edit_elements()?,
            self.address,
            (axis, count),
            (memory, elements, heap),
        )? {
            return Ok(());
        }
        append_by_resize(self, axis, count, memory, elements, heap)
    }

    fn write_raw_chunk(&self, offset: &[u64], filter_mask: u32, stored: &[u8]) -> Result<()> {
        dataset::write_raw_chunk(&mut *self.edit_elements()?, self.address, offset, (filter_mask, stored))
    }

    fn storage_bytes(&self) -> Result<u64> {
        self.elements()?;
        let (_reading, object) = self.current()?;
        object.storage_bytes()
    }

    fn chunks(&self, visit: Visit<'_, ChunkInfo>) -> Result<()> {
        self.elements()?;
        self.list(visit, LoadedObject::chunks)
    }

    fn read_raw_chunk(&self, offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        let (_reading, object) = self.current()?;
        object.read_raw_chunk(offset)
    }
}
