//! Which objects links lead to, and where their raw data are.

use std::collections::HashSet;
use std::ops::{ControlFlow, Range};
use std::sync::Arc;

use h5_backend::{File, Object, ObjectKind};
use h5_format::message::{DataLayout, MessageType};
use h5_types::{Address, Error};

use crate::NativeFile;
use crate::object::ObjectHeader;

/// What links lead to.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// Addresses of the objects.
    pub(super) objects: HashSet<u64>,
    /// Where the file has raw data of theirs, sorted; ranges that touch are one.
    pub(super) raw: Vec<Range<u64>>,
    /// What could not be listed or opened.
    pub(super) unreadable: Vec<Error>,
    /// How much more could not.
    pub(super) unreadable_left_out: u64,
}

/// Errors that are kept.
const LARGEST_ERROR_COUNT: usize = 10_000;

impl Reach {
    /// Walks over a file.
    pub(super) fn of(file: &NativeFile) -> Self {
        let mut reach = Self::default();
        let root = File::from_backend(Arc::new(file.clone())).root();
        let root = match root {
            Ok(root) => root,
            Err(error) => {
                reach.fail(error);
                return reach;
            }
        };
        for object in root.walk() {
            match object {
                Ok(object) => reach.take(file, &object),
                Err(error) => reach.fail(error),
            }
        }
        reach.raw = merged(std::mem::take(&mut reach.raw));
        reach
    }

    fn take(&mut self, file: &NativeFile, object: &Object) {
        let Ok(address) = u64::try_from(object.token().0) else { return };
        self.objects.insert(address);
        if object.kind() == ObjectKind::Dataset
            && let Err(error) = self.take_raw(file, Address(address), object)
        {
            self.fail(error);
        }
    }

    fn take_raw(&mut self, file: &NativeFile, address: Address, object: &Object) -> h5_types::Result<()> {
        let core = file.core();
        let header = ObjectHeader::load(core.storage(), address)?;
        let Some(message) = header.find(MessageType::DataLayout) else { return Ok(()) };
        match DataLayout::decode(message.body, core.context()).map_err(|error| header.error(error))? {
            DataLayout::Contiguous { address: Some(start), size } => {
                let size = match size {
                    Some(size) => size,
                    None => object.clone().into_dataset()?.node()?.storage_bytes()?,
                };
                self.raw.push(start.0..start.0.saturating_add(size));
            }
            DataLayout::Chunked(_) => {
                object.clone().into_dataset()?.node()?.chunks(&mut |chunk| {
                    if let Ok(chunk) = chunk {
                        self.raw.push(chunk.address..chunk.address.saturating_add(chunk.stored_bytes));
                    }
                    ControlFlow::Continue(())
                })?;
            }
            _ => {}
        }
        Ok(())
    }

    fn fail(&mut self, error: Error) {
        if self.unreadable.len() < LARGEST_ERROR_COUNT {
            self.unreadable.push(error);
        } else {
            self.unreadable_left_out = self.unreadable_left_out.saturating_add(1);
        }
    }
}

/// Ranges in order, those that overlap or touch as one.
fn merged(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.sort_unstable_by_key(|range| range.start);
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_touch_are_one() {
        let found = merged(vec![8..9, 0..3, 2..4, 4..5, 8..20, 9..10, 30..31]);
        assert_eq!(found, [0..5, 8..20, 30..31]);
        assert_eq!(merged(Vec::new()), Vec::<Range<u64>>::new());
    }
}
