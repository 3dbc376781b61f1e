//! Changes of a file and of its model at once.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use h5_backend::File;
use h5_types::{Error, Result, Selection};

use super::model::{Content, Model, ModelObject, Value};
use crate::vfd::RecordingVfd;

/// How a dataset that grows is stored.
#[derive(Debug, Clone)]
pub struct DatasetShape {
    /// Extent at the beginning.
    pub shape: Vec<u64>,
    /// A chunk's extent.
    pub chunk: Vec<u64>,
    /// Only the first dimension has no maximum, rather than all.
    pub one_unlimited: bool,
    /// Shuffled, deflated and with a checksum.
    pub filtered: bool,
}

/// A file, what it should hold, and what it should have held at each flush.
#[derive(Debug)]
pub struct Script {
    file: File,
    record: Option<Arc<RecordingVfd>>,
    model: Model,
    flushed: Vec<Model>,
    commits: Commits,
}

/// What a file committed of its own accord: where changes allow no order, those so far come first.
#[derive(Default)]
struct Commits {
    /// Tells how many commits there were.
    count: Option<Box<dyn Fn() -> u64>>,
    /// That number before the last change, and what the file should have held then.
    before: Option<(u64, Model)>,
    /// For each flush, by the number of the one before it, the file before and after such changes.
    found: BTreeMap<usize, Vec<Model>>,
}

impl fmt::Debug for Commits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Commits").field("found", &self.found).finish_non_exhaustive()
    }
}

impl Script {
    /// Begins with an empty file.
    pub fn new(file: File) -> Self {
        let commits = Commits::default();
        Self { file, record: None, model: Model::new(), flushed: vec![Model::new()], commits }
    }

    /// Begins with an empty file whose flushes are marked in a record.
    pub fn recorded(file: File, record: Arc<RecordingVfd>) -> Self {
        record.mark("created");
        Self { record: Some(record), ..Self::new(file) }
    }

    /// Lets the file tell how often it has committed, so that commits without a flush are known.
    #[must_use]
    pub fn counting(mut self, count: impl Fn() -> u64 + 'static) -> Self {
        self.commits.count = Some(Box::new(count));
        self
    }

    /// The file.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// What the file should hold now.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What it should have held when it was created, and after each flush.
    pub fn flushed(&self) -> &[Model] {
        &self.flushed
    }

    /// For each flush, by the number of the one before it, what else a commit may have made of the file on the way there.
    pub fn between(&self) -> &BTreeMap<usize, Vec<Model>> {
        &self.commits.found
    }

    /// Takes note of a commit that the last change brought about.
    fn note(&mut self) {
        let Some(count) = &self.commits.count else { return };
        let count = count();
        if let Some((before, model)) = self.commits.before.take()
            && before != count
        {
            let flush = self.flushed.len().saturating_sub(1);
            self.commits.found.entry(flush).or_default().extend([model, self.model.clone()]);
        }
        self.commits.before = Some((count, self.model.clone()));
    }

    /// Flushes.
    ///
    /// # Errors
    /// Those of the file, as with all that follow.
    pub fn flush(&mut self) -> Result<()> {
        self.note();
        self.file.flush()?;
        self.commits.before = None;
        self.keep("flushed");
        Ok(())
    }

    /// Flushes and closes.
    ///
    /// # Errors
    /// Those of the file.
    pub fn close(&mut self) -> Result<()> {
        self.flush()?;
        self.file.close()?;
        self.keep("closed");
        Ok(())
    }

    /// Goes on with the file as it was opened anew.
    pub fn reopen(&mut self, file: File) {
        self.file = file;
    }

    fn keep(&mut self, what: &str) {
        if let Some(record) = &self.record {
            record.mark(format!("{what} {}", self.flushed.len()));
        }
        self.flushed.push(self.model.clone());
    }

    /// Creates a group.
    ///
    /// # Errors
    /// Those of the file.
    pub fn create_group(&mut self, path: &str) -> Result<()> {
        self.note();
        self.file.create_group(path)?;
        self.model.create(path, Content::Group(BTreeMap::new()));
        Ok(())
    }

    /// Creates a dataset of fixed extent, in one block.
    ///
    /// # Errors
    /// Those of the file.
    pub fn create_array(&mut self, path: &str, shape: &[u64], values: Vec<i64>) -> Result<()> {
        self.note();
        let dataset = self.file.new_dataset::<i32>(path).shape(shape).create()?;
        dataset.write(&narrow(&values))?;
        self.model.create(path, Content::Dataset(Value::Numbers { shape: shape.to_vec(), values }));
        Ok(())
    }

    /// Creates a dataset whose elements are in its header, which is as large.
    ///
    /// # Errors
    /// Those of the file.
    pub fn create_compact(&mut self, path: &str, values: Vec<i64>) -> Result<()> {
        self.note();
        let shape = vec![u64::try_from(values.len()).unwrap_or(u64::MAX)];
        let dataset = self.file.new_dataset::<i32>(path).shape(shape.as_slice()).compact().create()?;
        dataset.write(&narrow(&values))?;
        self.model.create(path, Content::Dataset(Value::Numbers { shape, values }));
        Ok(())
    }

    /// Creates a dataset that can grow. Its elements are 0.
    ///
    /// # Errors
    /// Those of the file.
    pub fn create_growing(&mut self, path: &str, how: &DatasetShape) -> Result<()> {
        self.note();
        let mut new =
            self.file.new_dataset::<i32>(path).shape(how.shape.as_slice()).chunks(how.chunk.as_slice());
        if how.one_unlimited {
            let rest = how.shape.iter().skip(1).map(|&size| Some(size));
            new = new.max_shape([None].into_iter().chain(rest).collect::<Vec<_>>());
        } else {
            new = new.resizable();
        }
        if how.filtered {
            new = new.shuffle().deflate(4).fletcher32();
        }
        new.create()?;
        let values = vec![0; count(&how.shape)];
        self.model.create(path, Content::Dataset(Value::Numbers { shape: how.shape.clone(), values }));
        Ok(())
    }

    /// Makes a dataset longer along its first dimension: `values` are whole rows.
    ///
    /// # Errors
    /// Those of the file.
    pub fn append(&mut self, path: &str, added: Vec<i64>) -> Result<()> {
        self.note();
        let dataset = self.file.dataset(path)?;
        let (shape, values) = self.numbers(path)?;
        let row = count(shape.get(1..).unwrap_or_default());
        let rows = added.len().checked_div(row).unwrap_or(0);
        values.extend_from_slice(&added);
        let mut sizes = shape.clone();
        if let Some(first) = sizes.first_mut() {
            *first = first.saturating_add(u64::try_from(rows).unwrap_or(u64::MAX));
        }
        shape.clone_from(&sizes);
        let before = dataset.shape()?;
        dataset.resize(&sizes)?;
        dataset.write_selection(&rows_from(&before, rows), &narrow(&added))
    }

    /// Gives all elements of a dataset new values.
    ///
    /// # Errors
    /// Those of the file.
    pub fn overwrite(&mut self, path: &str, added: Vec<i64>) -> Result<()> {
        self.note();
        self.file.dataset(path)?.write(&narrow(&added))?;
        *self.numbers(path)?.1 = added;
        Ok(())
    }

    /// Makes a dataset shorter along its first dimension.
    ///
    /// # Errors
    /// Those of the file.
    pub fn shorten(&mut self, path: &str, rows: u64) -> Result<()> {
        self.note();
        let dataset = self.file.dataset(path)?;
        let (shape, values) = self.numbers(path)?;
        if let Some(first) = shape.first_mut() {
            *first = rows.min(*first);
        }
        values.truncate(count(shape));
        let shape = shape.clone();
        dataset.resize(shape)
    }

    /// Creates or replaces an attribute.
    ///
    /// # Errors
    /// Those of the file.
    pub fn set_attribute(&mut self, path: &str, name: &str, value: Value) -> Result<()> {
        self.note();
        let object = self.file.object(path)?;
        match &value {
            Value::Text(text) => object.set_attr(name, text.as_str())?,
            Value::Numbers { values, .. } => object.set_attr(name, narrow(values))?,
        }
        self.object(path)?.attributes.insert(name.to_owned(), value);
        Ok(())
    }

    /// Removes an attribute.
    ///
    /// # Errors
    /// Those of the file.
    pub fn remove_attribute(&mut self, path: &str, name: &str) -> Result<()> {
        self.note();
        self.file.object(path)?.remove_attr(name)?;
        self.object(path)?.attributes.remove(name);
        Ok(())
    }

    /// Removes a link.
    ///
    /// # Errors
    /// Those of the file.
    pub fn remove(&mut self, path: &str) -> Result<()> {
        self.note();
        self.file.remove(path)?;
        self.model.remove(path);
        Ok(())
    }

    /// Moves a link.
    ///
    /// # Errors
    /// Those of the file.
    pub fn rename(&mut self, from: &str, to: &str) -> Result<()> {
        self.note();
        self.file.rename(from, to)?;
        self.model.rename(from, to);
        Ok(())
    }

    /// Adds a hard link.
    ///
    /// # Errors
    /// Those of the file.
    pub fn link(&mut self, path: &str, target: &str) -> Result<()> {
        self.note();
        self.file.link_hard(path, self.file.object(target)?)?;
        if let Some(id) = self.model.find(target) {
            self.model.link(path, id);
        }
        Ok(())
    }

    fn object(&mut self, path: &str) -> Result<&mut ModelObject> {
        self.model.at(path).ok_or_else(|| Error::not_found(format!("the model has no `{path}`")))
    }

    fn numbers(&mut self, path: &str) -> Result<(&mut Vec<u64>, &mut Vec<i64>)> {
        match &mut self.object(path)?.content {
            Content::Dataset(Value::Numbers { shape, values }) => Ok((shape, values)),
            _ => Err(Error::usage(format!("`{path}` of the model holds no numbers"))),
        }
    }
}

/// Rows behind those of an extent.
fn rows_from(before: &[u64], rows: usize) -> Selection {
    let dimension = |(axis, &size): (usize, &u64)| {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        let (start, block) = if axis == 0 { (size, rows) } else { (0, size) };
        h5_types::HyperslabDimension { start, stride: block.max(1), count: Some(1), block: Some(block) }
    };
    let dimensions = before.iter().enumerate().map(dimension).collect();
    Selection::Hyperslab(h5_types::Hyperslab { dimensions })
}

fn count(shape: &[u64]) -> usize {
    let product = shape.iter().copied().fold(1, u64::saturating_mul);
    usize::try_from(product).unwrap_or(usize::MAX)
}

/// Workloads use small numbers, so that nothing is lost.
fn narrow(values: &[i64]) -> Vec<i32> {
    values.iter().map(|&value| i32::try_from(value).unwrap_or(i32::MAX)).collect()
}
