//! A backend in one file, made by its contract alone, and the suite that tries it: groups and datasets of fixed extent, attributes, one
//! lock around everything.
//!
//! `cargo run -p h5-testkit --example toy_backend`

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use h5_backend::{
    AttributeInfo, Backend, Capability, DatasetNode, Feature, FileInfo, GroupNode, Mode, Node, ObjectInfo,
    ObjectKind, Order, Visit,
};
use h5_testkit::suite::{self, Subject};
use h5_types::{
    AllocationTime, ChunkInfo, Converter, DatasetInfo, Dataspace, Datatype, Elements, Error, ErrorKind,
    FillDefinition, FillValue, Heap, Layout, Link, LinkTarget, Name, NewAttribute, NewDataset, NewGroup,
    NewLayout, ObjectToken, Result, Selection,
};

/// Files by their names: what is left when one is closed.
#[derive(Debug, Default)]
struct Toy(Mutex<BTreeMap<String, Arc<Mutex<Objects>>>>);

/// All objects by their tokens; none is given twice.
type Objects = BTreeMap<u128, Object>;

#[derive(Debug, Clone)]
struct Object {
    attributes: BTreeMap<Name, (AttributeInfo, Elements)>,
    /// Links of a group.
    links: BTreeMap<Name, ObjectToken>,
    /// What a dataset is, and its elements in the memory form of its datatype.
    dataset: Option<(Arc<DatasetInfo>, Vec<u8>)>,
}

#[derive(Debug)]
struct ToyFile {
    objects: Arc<Mutex<Objects>>,
    writes: bool,
    closed: AtomicBool,
    /// What nodes keep of the file.
    this: std::sync::Weak<ToyFile>,
}

#[derive(Debug)]
struct ToyNode {
    file: Arc<ToyFile>,
    token: ObjectToken,
    kind: ObjectKind,
}

const ROOT: ObjectToken = ObjectToken(0);

impl Subject for Toy {
    fn name(&self) -> String {
        "toy".to_owned()
    }

    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>> {
        let mut files = lock(&self.0);
        let there = files.get(name).cloned();
        let objects = match (mode, there) {
            (Mode::Read | Mode::ReadLive | Mode::ReadWrite, Some(objects)) => objects,
            (Mode::Read | Mode::ReadLive | Mode::ReadWrite, None) => {
                return Err(Error::not_found(format!("no file `{name}`")));
            }
            (Mode::CreateNew, Some(_)) => {
                return Err(Error::new(ErrorKind::AlreadyExists, format!("the file `{name}`")));
            }
            (Mode::Create | Mode::CreateNew, _) => {
                Arc::new(Mutex::new(Objects::from([(ROOT.0, Object::new(None))])))
            }
        };
        files.insert(name.to_owned(), Arc::clone(&objects));
        let writes = !matches!(mode, Mode::Read | Mode::ReadLive);
        Ok(Arc::new_cyclic(|this| ToyFile {
            objects,
            writes,
            closed: AtomicBool::new(false),
            this: this.clone(),
        }))
    }
}

impl Backend for ToyFile {
    fn capability(&self) -> Capability {
        let features = [
            Feature::Write,
            Feature::Bitfields,
            Feature::Opaque,
            Feature::CustomNumbers,
            Feature::UndefinedFill,
        ];
        let capability = Capability::new(features);
        if self.writes { capability } else { capability.without([Feature::Write]) }
    }

    fn file_info(&self) -> Result<FileInfo> {
        self.objects().map(|_| FileInfo::default())
    }

    fn root(&self) -> ObjectToken {
        ROOT
    }

    fn open(&self, object: ObjectToken) -> Result<Arc<dyn Node>> {
        let dataset = found(&*self.objects()?, object)?.dataset.is_some();
        let kind = if dataset { ObjectKind::Dataset } else { ObjectKind::Group };
        let file = self.this.upgrade().ok_or_else(|| Error::usage("the file is closed"))?;
        Ok(Arc::new(ToyNode { file, token: object, kind }))
    }

    fn open_external(&self, file: &Name) -> Result<Arc<dyn Backend>> {
        Err(Error::unsupported(format!("external links, to `{file}` for instance")))
    }

    fn flush(&self) -> Result<()> {
        self.objects().map(drop)
    }

    fn close(&self) -> Result<()> {
        self.closed.store(true, Ordering::SeqCst);
        Ok(())
    }
}

impl ToyFile {
    fn objects(&self) -> Result<MutexGuard<'_, Objects>> {
        if self.closed.load(Ordering::SeqCst) {
            return Err(Error::usage("the file is closed"));
        }
        Ok(lock(&self.objects))
    }

    fn edit(&self) -> Result<MutexGuard<'_, Objects>> {
        let objects = self.objects()?;
        if self.writes { Ok(objects) } else { Err(Error::unsupported("the file is open for reading")) }
    }
}

impl Node for ToyNode {
    fn token(&self) -> ObjectToken {
        self.token
    }

    fn kind(&self) -> ObjectKind {
        self.kind
    }

    fn info(&self) -> Result<ObjectInfo> {
        found(&*self.file.objects()?, self.token)?;
        let mut info = ObjectInfo::default();
        info.reference_count = 1;
        Ok(info)
    }

    fn attributes(&self, order: Order, visit: Visit<'_, AttributeInfo>) -> Result<()> {
        by_name(order)?;
        let attributes = found(&*self.file.objects()?, self.token)?.attributes.clone();
        show(attributes.into_values().map(|(info, _)| info), visit);
        Ok(())
    }

    fn attribute(&self, name: &[u8]) -> Result<Option<AttributeInfo>> {
        Ok(found(&*self.file.objects()?, self.token)?.attributes.get(name).map(|(info, _)| info.clone()))
    }

    fn read_attribute(&self, name: &[u8]) -> Result<Elements> {
        let objects = self.file.objects()?;
        let attribute = found(&objects, self.token)?.attributes.get(name);
        attribute.map(|(_, value)| value.clone()).ok_or_else(|| Error::not_found("no such attribute"))
    }

    fn write_attribute(&self, new: &NewAttribute, value: &Elements, replace: bool) -> Result<()> {
        let mut objects = self.file.edit()?;
        let attributes = &mut found_mut(&mut objects, self.token)?.attributes;
        new.check()?;
        storable(&new.datatype, new.committed_datatype)?;
        if !replace && attributes.contains_key(&new.name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("an attribute `{}`", new.name)));
        }
        if u64::try_from(value.count()).ok() != new.dataspace.element_count() {
            return Err(Error::usage("another number of elements than the dataspace has"));
        }
        let mut bytes = vec![0; value.count().saturating_mul(new.datatype.size())];
        if bytes.len() > 1 << 16 {
            return Err(Error::unsupported("attributes over 64 KiB"));
        }
        let converter = Converter::new(&value.datatype, &new.datatype)?;
        converter.convert(&value.bytes, &value.heap, &mut bytes, &mut Heap::default())?;
        let info = AttributeInfo {
            name: new.name.clone(),
            datatype: new.datatype.clone(),
            committed_datatype: None,
            dataspace: new.dataspace.clone(),
            creation_order: None,
        };
        let value = Elements { datatype: new.datatype.clone(), bytes, heap: Heap::default() };
        attributes.insert(new.name.clone(), (info, value));
        Ok(())
    }

    fn remove_attribute(&self, name: &[u8]) -> Result<()> {
        let mut objects = self.file.edit()?;
        let removed = found_mut(&mut objects, self.token)?.attributes.remove(name);
        removed.map(drop).ok_or_else(|| Error::not_found("no such attribute"))
    }

    fn as_group(&self) -> Option<&dyn GroupNode> {
        (self.kind == ObjectKind::Group).then_some(self)
    }

    fn as_dataset(&self) -> Option<&dyn DatasetNode> {
        (self.kind == ObjectKind::Dataset).then_some(self)
    }

    fn as_datatype(&self) -> Option<&Datatype> {
        None
    }
}

impl ToyNode {
    fn create(&self, name: &Name, object: impl FnOnce() -> Result<Object>) -> Result<ObjectToken> {
        let mut objects = self.file.edit()?;
        let links = &found(&objects, self.token)?.links;
        let bytes = name.as_bytes();
        if bytes.is_empty() || bytes == b"." || bytes.contains(&b'/') || bytes.contains(&0) {
            return Err(Error::usage(format!("`{name}` is no name of a link")));
        }
        if links.contains_key(name) {
            return Err(Error::new(ErrorKind::AlreadyExists, format!("a link `{name}`")));
        }
        let object = object()?;
        let token = NEXT.fetch_add(1, Ordering::Relaxed);
        let token = ObjectToken(u128::from(token));
        objects.insert(token.0, object);
        found_mut(&mut objects, self.token)?.links.insert(name.clone(), token);
        Ok(token)
    }
}

/// The next token, of whatever file.
static NEXT: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);

impl GroupNode for ToyNode {
    fn link_count(&self) -> Result<u64> {
        let count = found(&*self.file.objects()?, self.token)?.links.len();
        u64::try_from(count).map_err(|e| Error::limit("links").with_source(e))
    }

    fn link(&self, name: &[u8]) -> Result<Option<Link>> {
        let objects = self.file.objects()?;
        let link = found(&objects, self.token)?.links.get_key_value(name);
        Ok(link.map(|(name, token)| hard(name.clone(), *token)))
    }

    fn links(&self, order: Order, after: Option<&[u8]>, visit: Visit<'_, Link>) -> Result<()> {
        by_name(order)?;
        let links = found(&*self.file.objects()?, self.token)?.links.clone();
        let behind = links.into_iter().filter(|(name, _)| after.is_none_or(|after| name.as_bytes() > after));
        show(behind.map(|(name, token)| hard(name, token)), visit);
        Ok(())
    }

    fn create_group(&self, name: &Name, group: &NewGroup) -> Result<ObjectToken> {
        self.create(name, || {
            if group.tracks_link_creation || group.tracks_attribute_creation {
                return Err(Error::unsupported("orders of creation"));
            }
            Ok(Object::new(None))
        })
    }

    fn create_dataset(&self, name: &Name, dataset: &NewDataset) -> Result<ObjectToken> {
        self.create(name, || {
            dataset.check()?;
            storable(&dataset.datatype, dataset.committed_datatype)?;
            let only = dataset.layout == NewLayout::Contiguous && dataset.external.is_empty();
            if !only || dataset.tracks_attribute_creation {
                return Err(Error::unsupported("datasets that are not simply contiguous"));
            }
            let info = DatasetInfo {
                datatype: dataset.datatype.clone(),
                committed_datatype: None,
                dataspace: dataset.dataspace.clone(),
                layout: Layout::Contiguous,
                filters: Vec::new(),
                fill: FillValue {
                    definition: dataset.fill.clone(),
                    allocation_time: dataset.allocation_time.unwrap_or(AllocationTime::Early),
                    fill_time: dataset.fill_time,
                },
                external: Vec::new(),
            };
            let count = dataset.dataspace.element_count().and_then(|count| usize::try_from(count).ok());
            let bytes = match &dataset.fill {
                FillDefinition::User(value) => value.repeat(count.unwrap_or(0)),
                _ => vec![0; count.unwrap_or(0).saturating_mul(dataset.datatype.size())],
            };
            Ok(Object::new(Some((Arc::new(info), bytes))))
        })
    }

    fn remove_link(&self, name: &[u8]) -> Result<()> {
        let mut objects = self.file.edit()?;
        let removed = found_mut(&mut objects, self.token)?.links.remove(name);
        let mut pending = vec![removed.ok_or_else(|| Error::not_found("no such link"))?];
        while let Some(token) = pending.pop() {
            pending
                .extend(objects.remove(&token.0).into_iter().flat_map(|object| object.links.into_values()));
        }
        Ok(())
    }
}

impl DatasetNode for ToyNode {
    fn info(&self) -> Result<Arc<DatasetInfo>> {
        let objects = self.file.objects()?;
        Ok(Arc::clone(&elements(&objects, self.token)?.0))
    }

    fn read(&self, selection: &Selection, memory: &Datatype, out: &mut [u8], heap: &mut Heap) -> Result<()> {
        let objects = self.file.objects()?;
        let (info, bytes) = elements(&objects, self.token)?;
        let mut packed = Vec::new();
        for range in ranges(info, selection)? {
            packed.extend_from_slice(bytes.get(range).unwrap_or_default());
        }
        Converter::new(&info.datatype, memory)?.convert(&packed, &Heap::default(), out, heap)
    }

    fn storage_bytes(&self) -> Result<u64> {
        let objects = self.file.objects()?;
        u64::try_from(elements(&objects, self.token)?.1.len())
            .map_err(|e| Error::limit("bytes").with_source(e))
    }

    fn chunks(&self, _visit: Visit<'_, ChunkInfo>) -> Result<()> {
        self.file.objects().map(drop)
    }

    fn read_raw_chunk(&self, _offset: &[u64]) -> Result<(ChunkInfo, Vec<u8>)> {
        Err(Error::usage("the dataset is not chunked"))
    }

    fn write(&self, selection: &Selection, memory: &Datatype, given: &[u8], heap: &Heap) -> Result<()> {
        let mut objects = self.file.edit()?;
        let object = found_mut(&mut objects, self.token)?;
        let (info, bytes) = object.dataset.as_mut().ok_or_else(|| Error::usage("no dataset"))?;
        let converter = Converter::new(memory, &info.datatype)?;
        let ranges = ranges(info, selection)?;
        // What is there stays where a compound in memory has fewer members.
        let mut packed = Vec::new();
        for range in &ranges {
            packed.extend_from_slice(bytes.get(range.clone()).unwrap_or_default());
        }
        converter.convert(given, heap, &mut packed, &mut Heap::default())?;
        let mut rest = packed.as_slice();
        for range in ranges {
            let (part, after) = rest.split_at_checked(range.len()).unwrap_or((rest, &[]));
            if let Some(stored) = bytes.get_mut(range) {
                stored.copy_from_slice(part);
            }
            rest = after;
        }
        Ok(())
    }

    fn resize(&self, dimensions: &[u64]) -> Result<()> {
        let objects = self.file.edit()?;
        match &elements(&objects, self.token)?.0.dataspace {
            Dataspace::Simple { dimensions: now, .. } if now == dimensions => Ok(()),
            _ => Err(Error::usage("a dataset of fixed extent")),
        }
    }

    fn write_raw_chunk(&self, _offset: &[u64], _filter_mask: u32, _stored: &[u8]) -> Result<()> {
        drop(self.file.edit()?);
        Err(Error::usage("the dataset is not chunked"))
    }
}

impl Object {
    fn new(dataset: Option<(Arc<DatasetInfo>, Vec<u8>)>) -> Self {
        Self { attributes: BTreeMap::new(), links: BTreeMap::new(), dataset }
    }
}

fn found(objects: &Objects, token: ObjectToken) -> Result<&Object> {
    objects.get(&token.0).ok_or_else(|| Error::not_found("the object is gone"))
}

fn found_mut(objects: &mut Objects, token: ObjectToken) -> Result<&mut Object> {
    objects.get_mut(&token.0).ok_or_else(|| Error::not_found("the object is gone"))
}

fn elements(objects: &Objects, token: ObjectToken) -> Result<&(Arc<DatasetInfo>, Vec<u8>)> {
    found(objects, token)?.dataset.as_ref().ok_or_else(|| Error::usage("no dataset"))
}

/// Bytes of the selected elements, run by run.
fn ranges(info: &DatasetInfo, selection: &Selection) -> Result<Vec<std::ops::Range<usize>>> {
    if info.dataspace == Dataspace::Null {
        return Ok(Vec::new());
    }
    let bytes = |elements: u64| usize::try_from(elements).ok()?.checked_mul(info.datatype.size());
    let resolved = selection.resolve(info.dataspace.dimensions())?;
    let range = |run: h5_types::Run| {
        let start = bytes(run.offset)?;
        Some(start..start.checked_add(bytes(run.length)?)?)
    };
    resolved.runs()?.map(|run| range(run).ok_or_else(|| Error::limit("a selection"))).collect()
}

/// Fails for what this backend has not got: parts outside the element, class complex, and class time.
fn storable(datatype: &Datatype, committed: Option<ObjectToken>) -> Result<()> {
    let class = matches!(datatype, Datatype::Complex(_) | Datatype::Time(_));
    if committed.is_some() || class || datatype.has_variable_part() {
        return Err(Error::unsupported(format!("elements of {datatype}")));
    }
    Ok(())
}

fn by_name(order: Order) -> Result<()> {
    if order == Order::Creation { Err(Error::unsupported("orders of creation")) } else { Ok(()) }
}

fn hard(name: Name, token: ObjectToken) -> Link {
    Link { name, target: LinkTarget::Hard(token), creation_order: None }
}

fn show<T>(items: impl Iterator<Item = T>, visit: Visit<'_, T>) {
    for item in items {
        if visit(Ok(item)) == ControlFlow::Break(()) {
            return;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn main() -> std::process::ExitCode {
    let report = suite::run(&Toy::default());
    println!("{report}");
    if report.is_success() { std::process::ExitCode::SUCCESS } else { std::process::ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::{Toy, suite};

    #[test]
    fn the_toy_passes_the_suite() {
        let report = suite::run(&Toy::default());
        assert!(report.is_success(), "{report}");
    }
}
