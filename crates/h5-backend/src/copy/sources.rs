//! The files that a copy reads.

use std::collections::HashMap;

use h5_types::{Error, Name, ObjectToken, Result};

use super::same_file;
use crate::file::File;

/// Files that links may lead to in one copy: a circle of external links has no end.
const LARGEST_FILE_COUNT: usize = 64;

/// An object, wherever it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct SourceKey {
    pub(super) file: usize,
    pub(super) token: ObjectToken,
}

/// The files that a copy reads: the one it begins in, and those that links lead to.
#[derive(Debug)]
pub(super) struct Sources {
    files: Vec<File>,
    /// Which of them is the file that is written, if one is.
    target: Option<usize>,
    target_file: File,
    /// Files that external links name, so that each is opened once.
    named: HashMap<(usize, Name), usize>,
}

impl Sources {
    pub(super) fn new(first: File, target: &File) -> Self {
        let is_target = same_file(&first, target).then_some(0);
        Self { files: vec![first], target: is_target, target_file: target.clone(), named: HashMap::new() }
    }

    pub(super) fn file(&self, index: usize) -> Result<&File> {
        self.files.get(index).ok_or_else(|| Error::not_found("a file of a copy"))
    }

    /// True if that file is the one that is written.
    pub(super) fn is_target(&self, index: usize) -> bool {
        self.target == Some(index)
    }

    /// The file's place among the others.
    pub(super) fn index(&mut self, file: &File) -> Result<usize> {
        if let Some(index) = self.files.iter().position(|known| same_file(known, file)) {
            return Ok(index);
        }
        if self.files.len() >= LARGEST_FILE_COUNT {
            return Err(Error::limit(format!("links to more than {LARGEST_FILE_COUNT} files")));
        }
        let index = self.files.len();
        if same_file(file, &self.target_file) {
            self.target = Some(index);
        }
        self.files.push(file.clone());
        Ok(index)
    }

    /// The file that an external link names.
    pub(super) fn external(&mut self, from: usize, name: &Name) -> Result<File> {
        if let Some(&index) = self.named.get(&(from, name.clone())) {
            return self.file(index).cloned();
        }
        let file = File::from_backend(self.file(from)?.backend().open_external(name)?);
        let index = self.index(&file)?;
        self.named.insert((from, name.clone()), index);
        Ok(file)
    }
}
