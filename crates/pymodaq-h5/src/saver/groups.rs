//! Groups with numbers.

use std::collections::BTreeMap;

use h5_types::{Error, ErrorKind, Result};
use pymodaq_data::{Attributes, DataDim, PyValue, capitalize};

use super::H5SaverLowLevel;
use crate::backend::Location;
use crate::node::{GROUP, Node};

impl H5SaverLowLevel {
    /// The children of a group that have a type, by their names.
    ///
    /// # Errors
    /// `Usage` if it is no group, `Format`, `Io`.
    pub fn get_groups(&self, place: impl Location, group_type: &str) -> Result<Vec<GROUP>> {
        let wanted = group_type.to_lowercase();
        let mut found = Vec::new();
        for node in self.get_children(place)?.into_values() {
            let Ok(group) = node.into_group() else { continue };
            if group.get_attr("type")?.as_ref().and_then(PyValue::as_str) == Some(wanted.as_str()) {
                found.push(group);
            }
        }
        Ok(found)
    }

    /// The child of a type with the highest number; `None` if there is none.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_last_group(&self, place: impl Location, group_type: &str) -> Result<Option<GROUP>> {
        let groups = self.get_groups(place, group_type)?;
        Ok(groups.into_iter().max_by_key(|group| trailing_number(group.name())))
    }

    /// The first child of a group with an attribute of a value.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_node_from_attribute_match(
        &self,
        place: impl Location,
        name: &str,
        value: &PyValue,
    ) -> Result<Option<Node>> {
        for node in self.get_children(place)?.into_values() {
            if node.get_attr(name)?.as_ref() == Some(value) {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }

    /// The first node below a group, itself included, that has a title.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::get_groups`].
    pub fn get_node_from_title(&self, place: impl Location, title: &str) -> Result<Option<Node>> {
        for node in self.walk_nodes(place)? {
            let node = node?;
            if node.title()? == title {
                return Ok(Some(node));
            }
        }
        Ok(None)
    }

    /// A group of a type with the next number: `Detector000`, `Detector001` ...
    ///
    /// Numbers go on behind the highest one, beyond 999 too.
    ///
    /// # Errors
    /// `Usage` if the place is no group, `Unsupported` on a file that is open for reading, `Io`, `Service`.
    pub fn add_incremental_group(
        &self,
        group_type: &str,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        let parent = place.group(self)?;
        let stem = capitalize(&group_type.to_lowercase());
        let number = next_number(&parent.children_name()?, &stem);
        let group = self.new_group(&parent, &format!("{stem}{number:03}"), title)?;
        group.set_attr("settings", settings)?;
        let is_channel = group_type.eq_ignore_ascii_case("ch");
        group.set_attr("type", if is_channel { String::new() } else { group_type.to_lowercase() })?;
        group.set_attrs(metadata)?;
        Ok(group)
    }

    /// A group for data of one dimensionality.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_data_group(
        &self,
        place: impl Location,
        dim: DataDim,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        let place = place.group(self)?;
        let known = place.find(dim.name())?.is_some();
        let group = self.add_group(dim.name(), "data", &place, title, metadata)?;
        if !known {
            group.set_attr("settings", settings)?;
        }
        Ok(group)
    }

    /// A group for a detector.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_det_group(
        &self,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        self.add_incremental_group("detector", place, title, settings, metadata)
    }

    /// A group for an actuator.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_act_group(
        &self,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        self.add_incremental_group("actuator", place, title, settings, metadata)
    }

    /// As [`H5SaverLowLevel::add_act_group`].
    ///
    /// # Errors
    /// As there.
    pub fn add_move_group(
        &self,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        self.add_act_group(place, title, settings, metadata)
    }

    /// A group of any type, with an empty description.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_generic_group(
        &self,
        group_type: &str,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        let mut described: Attributes = [("description", "")].into_iter().collect();
        for (name, value) in metadata.iter() {
            described.set(name, value.clone());
        }
        self.add_incremental_group(group_type, place, title, settings, &described)
    }

    /// A group for a scan.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_scan_group(
        &self,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        self.add_generic_group("scan", place, title, settings, metadata)
    }

    /// A group for a channel.
    ///
    /// # Errors
    /// As [`H5SaverLowLevel::add_incremental_group`].
    pub fn add_ch_group(
        &self,
        place: impl Location,
        title: &str,
        settings: impl Into<PyValue>,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        self.add_incremental_group("ch", place, title, settings, metadata)
    }

    /// The group of a number, as `Scan012` is of 12.
    ///
    /// # Errors
    /// `NotFound`; `Format`, `Io`.
    pub fn get_numbered_group(&self, place: impl Location, group_type: &str, number: u32) -> Result<GROUP> {
        let parent = place.group(self)?;
        let stem = capitalize(&group_type.to_lowercase());
        let named: BTreeMap<u32, String> = parent
            .children_name()?
            .into_iter()
            .filter_map(|name| Some((number_of(&name, &stem)?, name)))
            .collect();
        let name = named.get(&number).ok_or_else(|| {
            Error::new(ErrorKind::NotFound, format!("no {stem} of number {number}")).with_path(parent.path())
        })?;
        parent.get_child(name)?.into_group()
    }
}

/// The number behind the highest one of names that begin with a stem.
fn next_number(names: &[String], stem: &str) -> u32 {
    let highest = names.iter().filter_map(|name| number_of(name, stem)).max();
    highest.map_or(0, |highest| highest.saturating_add(1))
}

/// The number behind a stem that a name begins with; `None` if there is anything else.
pub(crate) fn number_of(name: &str, stem: &str) -> Option<u32> {
    let digits = name.strip_prefix(stem)?;
    (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// The number at the end of a name.
fn trailing_number(name: &str) -> Option<u32> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.strip_prefix(stem)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::next_number;

    #[test]
    fn numbers_go_on_behind_the_highest_one() {
        let next = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            next_number(&names, "Scan")
        };
        assert_eq!(next(&[]), 0);
        assert_eq!(next(&["Scan000", "Scan002", "Logger", "Scanner007"]), 3);
        assert_eq!(next(&["Scan1000", "Scan999"]), 1001);
    }
}
