//! Conversion between datatypes in memory form; until the conversion engine is here, datatypes must be equal.

use h5_types::{Datatype, Error, ErrorKind, Heap, Result};

#[derive(Debug)]
pub(super) struct Converter;

impl Converter {
    pub(super) fn new(source: &Datatype, target: &Datatype) -> Result<Self> {
        if source == target {
            Ok(Self)
        } else {
            Err(Error::new(ErrorKind::Unsupported, "datatypes do not convert yet"))
        }
    }

    pub(super) fn is_identity(&self) -> bool {
        true
    }

    pub(super) fn convert(&self, source: &[u8], _: &Heap, target: &mut [u8], _: &mut Heap) -> Result<()> {
        target.copy_from_slice(source);
        Ok(())
    }
}
