//! The settings that a group of a module notes, as XML.

use h5_types::Result;
use pymodaq_data::Parameter;

use super::Module;
use crate::error::IntoH5;
use crate::saver::H5SaverLowLevel;

/// The element around all settings.
const ALL: &str = "All_settings";

/// Settings of a detector or an extension: its own, the file's, and those of its regions of interest.
pub(super) fn with_file(h5saver: &H5SaverLowLevel, module: &dyn Module) -> Result<Vec<u8>> {
    let mut all = group(ALL).with_child(named("settings", module.settings()));
    if let Some(mut settings) = h5saver.settings() {
        forget_password(&mut settings);
        all.add_child(group("H5Saver").with_child(settings));
    }
    for (index, roi) in module.roi_settings().into_iter().enumerate() {
        all.add_child(group(&format!("ROI_Viewer_{index:02}")).with_child(roi));
    }
    bytes(&all)
}

/// Settings of an actuator: its own.
pub(super) fn alone(module: &dyn Module) -> Result<Vec<u8>> {
    bytes(&Parameter::bare(ALL).with_child(named("settings", module.settings())))
}

/// No settings.
pub(super) fn empty() -> Result<Vec<u8>> {
    bytes(&group(ALL))
}

fn group(name: &str) -> Parameter {
    Parameter::bare(name).with_attribute("type", "group")
}

/// Readers look for settings under one name, whatever the module calls them.
fn named(name: &str, settings: Parameter) -> Parameter {
    if settings.name() == name {
        return settings;
    }
    let mut renamed = Parameter::bare(name);
    for (attribute, value) in settings.attributes() {
        renamed.set_attribute(attribute, value);
    }
    renamed.set_text(settings.text());
    for child in settings.children() {
        renamed.add_child(child.clone());
    }
    renamed
}

/// A password is nobody's business who gets the file.
fn forget_password(settings: &mut Parameter) {
    if let Ok(password) = settings.child_mut(&["backend", "hsds_options", "password"]) {
        password.set_text("");
    }
}

fn bytes(all: &Parameter) -> Result<Vec<u8>> {
    all.to_xml().map(String::into_bytes).map_err(IntoH5::usage)
}
