//! New groups and arrays.

use h5_types::{NewDataset, Result};
use pymodaq_data::{Array, Attributes, DType, PyValue, Scalar};

use super::nodes::taken;
use super::{Flavour, H5Backend, Location, TextKind};
use crate::elements::datatype_of;
use crate::node::{CARRAY, EARRAY, GROUP, Node, StringARRAY, VLARRAY};

/// Version of the layout that PyTables notes on its kinds of nodes.
const REGULAR_VERSION: &str = "1.1";
const RAGGED_VERSION: &str = "1.4";

impl H5Backend {
    /// The group of that name in a group, which is created with a title if it is not there.
    ///
    /// # Errors
    /// `Usage` if something else has the name; `Unsupported` on a file that is open for reading; `Io`, `Service`.
    pub fn get_set_group(&self, place: impl Location, name: &str, title: &str) -> Result<GROUP> {
        let parent = place.group(self)?;
        match parent.find(name)? {
            Some(node) => node.into_group(),
            None => self.new_group(&parent, name, title),
        }
    }

    pub(crate) fn new_group(&self, parent: &GROUP, name: &str, title: &str) -> Result<GROUP> {
        let group = parent.h5_group()?.create_group(name)?;
        let group = GROUP::wrap(group.object().clone(), self)?;
        group.describe("GROUP", title, Some("1.0"))?;
        Ok(group)
    }

    /// The group of that name, capitalized, which is created with a type, a title and attributes if it is not there.
    ///
    /// # Errors
    /// As [`H5Backend::get_set_group`].
    pub fn add_group(
        &self,
        name: &str,
        group_type: &str,
        place: impl Location,
        title: &str,
        metadata: &Attributes,
    ) -> Result<GROUP> {
        let parent = place.group(self)?;
        let name = pymodaq_data::capitalize(name);
        if let Some(node) = parent.find(&name)? {
            return node.into_group();
        }
        let group = self.new_group(&parent, &name, title)?;
        group.set_attr("type", group_type.to_lowercase())?;
        group.set_attrs(metadata)?;
        group.set_attr("backend", self.backend())?;
        Ok(group)
    }

    /// An array of fixed shape, with its elements.
    ///
    /// # Errors
    /// `AlreadyExists`; `Unsupported` for text or on a file that is open for reading; `Io`, `Service`.
    pub fn create_carray(
        &self,
        place: impl Location,
        name: &str,
        array: &Array,
        title: &str,
    ) -> Result<CARRAY> {
        let made = self.new_carray(place, name, (array.dtype(), array.shape()), title)?;
        made.write_all(array)?;
        Ok(made)
    }

    /// An array of fixed shape full of one value, which is written some rows at a time: the array need not fit in memory.
    ///
    /// # Errors
    /// As [`H5Backend::create_carray`]; `Conversion` if the value does not convert to the datatype.
    pub fn create_carray_full(
        &self,
        place: impl Location,
        name: &str,
        (dtype, shape): (DType, &[usize]),
        value: &Scalar,
        title: &str,
    ) -> Result<CARRAY> {
        let made = self.new_carray(place, name, (dtype, shape), title)?;
        // What was never written reads as zeros, so that these need no writing.
        if value.to_f64() != Some(0.0) {
            made.fill(value)?;
        }
        Ok(made)
    }

    fn new_carray(
        &self,
        place: impl Location,
        name: &str,
        (dtype, shape): (DType, &[usize]),
        title: &str,
    ) -> Result<CARRAY> {
        let shape: Vec<u64> = shape.iter().map(|&size| to_u64(size)).collect();
        let new = self.flavour().carray(datatype_of(dtype, self.flavour())?, &shape, self.compression());
        let node = self.new_array(&place.group(self)?, name, &new)?;
        let made = CARRAY::wrap(node, &shape, dtype)?;
        made.describe("CARRAY", title, Some(REGULAR_VERSION))?;
        made.describe_array(&shape, dtype, "")?;
        Ok(made)
    }

    /// An empty array of rows of one shape, which grows with each [`EARRAY::append`].
    ///
    /// # Errors
    /// As [`H5Backend::create_carray`].
    pub fn create_earray(
        &self,
        place: impl Location,
        name: &str,
        dtype: DType,
        row_shape: &[usize],
        title: &str,
    ) -> Result<EARRAY> {
        let row: Vec<u64> = row_shape.iter().map(|&size| to_u64(size)).collect();
        let datatype = datatype_of(dtype, self.flavour())?;
        let new = self.flavour().earray(datatype, &row, self.compression());
        let node = self.new_array(&place.group(self)?, name, &new)?;
        let shape: Vec<u64> = std::iter::once(0).chain(row).collect();
        let array = EARRAY::wrap(node, &shape, dtype)?;
        array.describe("EARRAY", title, Some(REGULAR_VERSION))?;
        array.set_extdim()?;
        array.describe_array(&shape, dtype, "")?;
        Ok(array)
    }

    /// An empty array of rows of different lengths.
    ///
    /// # Errors
    /// As [`H5Backend::create_carray`].
    pub fn create_vlarray(
        &self,
        place: impl Location,
        name: &str,
        dtype: DType,
        title: &str,
    ) -> Result<VLARRAY> {
        VLARRAY::wrap(self.new_ragged(place, name, dtype, title, "")?)
    }

    /// An empty array of lines of text.
    ///
    /// # Errors
    /// As [`H5Backend::create_carray`].
    pub fn create_string_array(&self, place: impl Location, name: &str, title: &str) -> Result<StringARRAY> {
        StringARRAY::wrap(self.new_ragged(place, name, DType::UInt8, title, "string")?)
    }

    fn new_ragged(
        &self,
        place: impl Location,
        name: &str,
        dtype: DType,
        title: &str,
        subdtype: &str,
    ) -> Result<Node> {
        let new = self.flavour().vlarray(datatype_of(dtype, self.flavour())?, self.compression());
        let node = self.new_array(&place.group(self)?, name, &new)?;
        node.describe("VLARRAY", title, Some(RAGGED_VERSION))?;
        if self.flavour() == Flavour::H5py {
            node.set_extdim()?;
        }
        node.describe_array(&[0], dtype, subdtype)?;
        Ok(node)
    }

    fn new_array(&self, parent: &GROUP, name: &str, new: &NewDataset) -> Result<Node> {
        if parent.find(name)?.is_some() {
            return Err(taken(parent, name));
        }
        let dataset = parent.h5_group()?.create_dataset_from(name, new)?;
        Ok(Node::of_dataset(dataset, self))
    }
}

impl Node {
    /// Sets what tells a node's kind: class, title, and with PyTables the version of the kind's layout.
    pub(crate) fn describe(&self, class: &str, title: &str, version: Option<&str>) -> Result<()> {
        let regular = matches!(class, "CARRAY" | "EARRAY");
        let kind = if regular { TextKind::Library } else { TextKind::User };
        self.set_text("CLASS", class, kind)?;
        self.set_text("TITLE", title, kind)?;
        match version.filter(|_| self.backend().flavour() == Flavour::PyTables) {
            Some(version) => self.set_text("VERSION", version, kind),
            None => Ok(()),
        }
    }

    /// Sets what arrays tell of their elements.
    fn describe_array(&self, shape: &[u64], dtype: DType, subdtype: &str) -> Result<()> {
        let shape = shape.iter().map(|&size| PyValue::Int(i64::try_from(size).unwrap_or(i64::MAX)));
        self.set_attr("shape", PyValue::Tuple(shape.collect()))?;
        self.set_attr("dtype", dtype.name())?;
        self.set_attr("subdtype", subdtype)?;
        self.set_attr("backend", self.backend().backend())
    }

    fn set_extdim(&self) -> Result<()> {
        let (attribute, elements) = self.backend().flavour().extdim()?;
        self.object().write_attr(&attribute, &elements)
    }
}

fn to_u64(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
