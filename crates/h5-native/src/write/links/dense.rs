//! Links in a fractal heap, with an index of names and, if it is asked for, one of creation orders.

use std::collections::BTreeMap;

use h5_format::message::LinkInfo;
use h5_types::{Error, Link, Result};

use super::super::session::Session;
use super::new_style::Changes;
use crate::group::DenseLinks;

pub(super) fn create<'l>(
    _: &mut Session,
    _: LinkInfo,
    _: impl Iterator<Item = &'l Link>,
) -> Result<LinkInfo> {
    Err(Error::unsupported("dense"))
}
pub(super) fn all_but(_: &Session, _: &DenseLinks, _: Changes<'_>) -> Result<BTreeMap<Vec<u8>, Link>> {
    Err(Error::unsupported("dense"))
}
pub(super) fn delete(_: &mut Session, _: LinkInfo) -> Result<LinkInfo> {
    Err(Error::unsupported("dense"))
}
pub(super) fn apply(_: &mut Session, _: LinkInfo, _: &DenseLinks, _: &Changes<'_>) -> Result<LinkInfo> {
    Err(Error::unsupported("dense"))
}
