//! What savers of extensions share: a numbered group with one group for each module.

use std::sync::Arc;

use h5_types::{Error, Result};
use pymodaq_data::{Attributes, GroupModuleType, PyValue};

use super::{Extension, settings};
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// The last group of an extension's kind, or with `new` and where there is none a new one, and whether it is new.
pub(super) fn last_or_new(
    h5saver: &H5SaverLowLevel,
    kind: GroupModuleType,
    module: &dyn Extension,
    new: bool,
) -> Result<(GROUP, bool)> {
    let raw_group = h5saver.raw_group()?;
    let last = if new { None } else { h5saver.get_last_group(&raw_group, kind.name())? };
    match last {
        Some(group) => Ok((group, false)),
        None => add_extension(h5saver, kind, &raw_group, module).map(|group| (group, true)),
    }
}

/// A numbered group of an extension, with its settings and an empty description.
fn add_extension(
    h5saver: &H5SaverLowLevel,
    kind: GroupModuleType,
    place: &GROUP,
    module: &dyn Extension,
) -> Result<GROUP> {
    let settings = PyValue::Bytes(settings::with_file(h5saver, &AsModule(module))?);
    let group_type = kind.name().to_lowercase();
    h5saver.add_generic_group(&group_type, place, module.title(), settings, &Attributes::new())
}

/// An extension as the module that it is.
struct AsModule<'a>(&'a dyn Extension);

impl super::Module for AsModule<'_> {
    fn title(&self) -> &str {
        self.0.title()
    }

    fn settings(&self) -> pymodaq_data::Parameter {
        self.0.settings()
    }

    fn roi_settings(&self) -> Vec<pymodaq_data::Parameter> {
        self.0.roi_settings()
    }
}

/// The savers of the modules of an extension, with their groups in the extension's.
#[derive(Debug)]
pub(super) struct Members<D, A> {
    pub(super) detectors: Vec<Member<D>>,
    pub(super) actuators: Vec<Member<A>>,
}

/// A module's saver and its group.
#[derive(Debug)]
pub(super) struct Member<S> {
    pub(super) saver: S,
    pub(super) group: GROUP,
}

impl<D: super::ModuleSaver, A: super::ModuleSaver> Members<D, A> {
    /// Finds or makes the groups of all modules: detectors, then actuators.
    pub(super) fn new(
        place: &GROUP,
        detectors: impl IntoIterator<Item = D>,
        actuators: impl IntoIterator<Item = A>,
    ) -> Result<Self> {
        let detectors = detectors.into_iter().map(|saver| Member::new(place, saver));
        let detectors = detectors.collect::<Result<_>>()?;
        let actuators = actuators.into_iter().map(|saver| Member::new(place, saver));
        Ok(Self { detectors, actuators: actuators.collect::<Result<_>>()? })
    }

    /// The detector of a title.
    pub(super) fn detector(&self, title: &str) -> Option<&Member<D>> {
        self.detectors.iter().find(|member| member.saver.title() == title)
    }

    /// The actuator of a title.
    pub(super) fn actuator(&self, title: &str) -> Option<&Member<A>> {
        self.actuators.iter().find(|member| member.saver.title() == title)
    }
}

impl<S: super::ModuleSaver> Member<S> {
    fn new(place: &GROUP, saver: S) -> Result<Self> {
        let group = saver.get_set_node(place)?;
        Ok(Self { saver, group })
    }
}

/// The error of data of a module that the extension does not use.
pub(super) fn unknown(title: &str, module: &Arc<dyn Extension>) -> Error {
    Error::not_found(format!("no module {title:?} in {:?}", module.title()))
}

/// The error of an extension whose group was not asked for.
pub(super) fn not_begun() -> Error {
    Error::usage("no group was asked for: call get_set_node first")
}
