use std::rc::Rc;

use h5_backend::Registry;
use h5_types::{Error, Result};
use pymodaq_data::{Axis, DataToExport, DataWithAxes, SaveType};

use super::NAV_AXES;
use super::children::Children;
use super::load::Loading;
use crate::backend::{FileMode, Flavour, Location};
use crate::node::{GROUP, Node, NodeKind};
use crate::saver::{H5SaverLowLevel, InitOptions};

/// Loads data with their axes, those of navigation in a group above included.
#[derive(Debug, Clone)]
pub struct DataLoader {
    h5saver: H5SaverLowLevel,
}

/// Axes of navigation, found once for all data below.
pub(super) type Navigation = Rc<Vec<Axis>>;

impl DataLoader {
    /// Of an open file.
    pub fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self { h5saver: h5saver.clone() }
    }

    /// Of a file that is opened for reading.
    ///
    /// # Errors
    /// As [`H5Backend::open_file`](crate::H5Backend::open_file); `Unsupported` for a file of PyMoDAQ 3.
    pub fn open(registry: &Registry, location: impl AsRef<std::ffi::OsStr>) -> Result<Self> {
        Self::open_for(FileMode::Read, registry, location)
    }

    fn open_for(mode: FileMode, registry: &Registry, location: impl AsRef<std::ffi::OsStr>) -> Result<Self> {
        let options = InitOptions::new().mode(mode);
        let flavour = Flavour::default();
        let h5saver = H5SaverLowLevel::from_file(registry, flavour, SaveType::Custom, location, &options)?;
        h5saver.check_version()?;
        Ok(Self { h5saver })
    }

    /// Of a file that another program may be writing: each load shows what was flushed by then.
    ///
    /// # Errors
    /// As [`DataLoader::open`]; `Unsupported` where the backend follows no file.
    pub fn open_live(registry: &Registry, location: impl AsRef<std::ffi::OsStr>) -> Result<Self> {
        Self::open_for(FileMode::ReadLive, registry, location)
    }

    /// The file.
    pub fn h5saver(&self) -> &H5SaverLowLevel {
        &self.h5saver
    }

    /// Loads the data of one array, or of all arrays of its group and type with `load_all`, minus their background with `with_bkg`, as far
    /// as there is one.
    ///
    /// # Errors
    /// `Usage` if the node is no regular array, `NotFound`, `Format`, `Io`, `Limit`.
    pub fn load_data(&self, place: impl Location, with_bkg: bool, load_all: bool) -> Result<DataWithAxes> {
        let node = place.node(&self.h5saver)?;
        let navigation = match node.parent_node()? {
            Some(group) => self.navigation_above(group)?,
            None => Navigation::default(),
        };
        Loading { with_bkg, load_all, navigation: Some(&navigation) }.load(&node)
    }

    /// Loads the data of every group below a group, itself included: those of its first array of data, with all of its type.
    ///
    /// Of data with the same name and origin, those of the last group are kept: of several scans, the last one's.
    /// Data without an origin get the name of their group.
    ///
    /// # Errors
    /// As [`DataLoader::load_data`].
    pub fn load_all(&self, place: impl Location, with_bkg: bool) -> Result<DataToExport> {
        let mut loaded = DataToExport::new("Loaded data", []);
        let start = place.group(&self.h5saver)?;
        let navigation = self.navigation_above(start.clone())?;
        let mut groups = vec![(start, navigation)];
        while let Some((group, navigation)) = groups.pop() {
            self.load_group(&group, &navigation, with_bkg, &mut loaded)?;
            // The first one in order of names is taken next.
            for node in group.children()?.into_values().rev().filter(|node| node.kind() == NodeKind::Group) {
                let child = node.into_group()?;
                let navigation = match nav_group(&child)? {
                    Some(nav) => Rc::new(Children::of(&nav)?.axes()?),
                    None => Rc::clone(&navigation),
                };
                groups.push((child, navigation));
            }
        }
        Ok(loaded)
    }

    fn load_group(
        &self,
        group: &GROUP,
        navigation: &Navigation,
        with_bkg: bool,
        loaded: &mut DataToExport,
    ) -> Result<()> {
        let children = Children::of(group)?;
        let first = children.0.iter().find(|child| {
            let regular = matches!(child.node.kind(), NodeKind::CArray | NodeKind::EArray);
            regular && child.data_type().is_some_and(|data_type| data_type.contains("data"))
        });
        if let Some(child) = first {
            let loading = Loading { with_bkg, load_all: true, navigation: Some(navigation) };
            let mut data = loading.load_from(&children, child)?;
            if data.origin().is_empty() {
                data.set_origin(group.name());
            }
            loaded.append(data);
        }
        Ok(())
    }

    /// Loads the data of a name and an origin below a group.
    ///
    /// # Errors
    /// `NotFound` if there are none; else as [`DataLoader::load_all`].
    pub fn load_data_from_name_origin(
        &self,
        name: &str,
        origin: &str,
        place: impl Location,
    ) -> Result<DataWithAxes> {
        let loaded = self.load_all(place, false)?;
        loaded
            .get_data_from_name_origin(name, origin)
            .cloned()
            .ok_or_else(|| Error::not_found(format!("no data of name {name:?} and origin {origin:?}")))
    }

    /// The nearest group with axes of navigation, seen from a node upward; `None` if there is none.
    ///
    /// # Errors
    /// `NotFound`, `Format`, `Io`.
    pub fn get_nav_group(&self, place: impl Location) -> Result<Option<GROUP>> {
        let node: Node = place.node(&self.h5saver)?;
        let mut group = match node.kind() {
            NodeKind::Group => Some(node.into_group()?),
            _ => node.parent_node()?,
        };
        while let Some(here) = group {
            if let Some(found) = nav_group(&here)? {
                return Ok(Some(found));
            }
            group = here.parent_node()?;
        }
        Ok(None)
    }

    pub(super) fn navigation_above(&self, group: GROUP) -> Result<Navigation> {
        match self.get_nav_group(group)? {
            Some(group) => Ok(Rc::new(Children::of(&group)?.axes()?)),
            None => Ok(Navigation::default()),
        }
    }

    /// Closes the file.
    ///
    /// # Errors
    /// As [`H5Backend::close_file`](crate::H5Backend::close_file).
    pub fn close_file(&self) -> Result<()> {
        self.h5saver.close_file()
    }
}

/// The child of a group that holds axes of navigation, in whatever case it is written.
fn nav_group(group: &GROUP) -> Result<Option<GROUP>> {
    let names = group.children_name()?;
    match names.iter().find(|name| name.eq_ignore_ascii_case(NAV_AXES)) {
        Some(name) => group.get_child(name)?.into_group().map(Some),
        None => Ok(None),
    }
}
