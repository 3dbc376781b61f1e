use crate::attributes::Attributes;
use crate::data::{DataWithAxes, now};
use crate::enums::{DataDim, DataSource};

/// A named list of data, as modules send it to savers; no two have both name and origin in common.
#[derive(Debug, Clone, PartialEq)]
pub struct DataToExport {
    name: String,
    data: Vec<DataWithAxes>,
    timestamp: f64,
    extra: Attributes,
}

impl DataToExport {
    /// A list of data; of those with the same name and origin the last one stays.
    pub fn new(name: impl Into<String>, data: impl IntoIterator<Item = DataWithAxes>) -> Self {
        let mut made =
            Self { name: name.into(), data: Vec::new(), timestamp: now(), extra: Attributes::new() };
        made.extend(data);
        made
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The data, in the order in which they were added.
    pub fn data(&self) -> &[DataWithAxes] {
        &self.data
    }

    /// As [`DataToExport::data`], to be changed.
    pub fn data_mut(&mut self) -> &mut [DataWithAxes] {
        &mut self.data
    }

    /// When the list was made, in seconds since 1970.
    pub fn timestamp(&self) -> f64 {
        self.timestamp
    }

    /// What else is known of the list.
    pub fn extra_attributes(&self) -> &Attributes {
        &self.extra
    }

    /// As [`DataToExport::extra_attributes`], to be changed.
    pub fn extra_attributes_mut(&mut self) -> &mut Attributes {
        &mut self.extra
    }

    /// Names the list.
    pub fn set_name(&mut self, name: impl Into<String>) {
        self.name = name.into();
    }

    /// Sets when the list was made, in seconds since 1970.
    pub fn set_timestamp(&mut self, timestamp: f64) {
        self.timestamp = timestamp;
    }

    /// How many data there are.
    pub fn len(&self) -> usize {
        self.data.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.data.is_empty()
    }

    /// The data one after the other.
    pub fn iter(&self) -> std::slice::Iter<'_, DataWithAxes> {
        self.data.iter()
    }

    /// Adds data; those of the same name and origin make room for them, and the new ones come last.
    pub fn append(&mut self, data: DataWithAxes) {
        self.data.retain(|known| known.name() != data.name() || known.origin() != data.origin());
        self.data.push(data);
    }

    /// Takes out the data at a place.
    pub fn pop(&mut self, index: usize) -> Option<DataWithAxes> {
        (index < self.data.len()).then(|| self.data.remove(index))
    }

    /// The first data of that name.
    pub fn get_data_from_name(&self, name: &str) -> Option<&DataWithAxes> {
        self.data.iter().find(|data| data.name() == name)
    }

    /// The data of that name and origin; an empty origin stands for any.
    pub fn get_data_from_name_origin(&self, name: &str, origin: &str) -> Option<&DataWithAxes> {
        self.index_from_name_origin(name, origin).and_then(|index| self.data.get(index))
    }

    /// The place of the data of that name and origin; an empty origin stands for any.
    pub fn index_from_name_origin(&self, name: &str, origin: &str) -> Option<usize> {
        self.data
            .iter()
            .position(|data| data.name() == name && (origin.is_empty() || data.origin() == origin))
    }

    /// The data of that `origin/name`.
    pub fn get_data_from_full_name(&self, full_name: &str) -> Option<&DataWithAxes> {
        self.data.iter().find(|data| data.get_full_name() == full_name)
    }

    /// The data of those names, as a list of the same name.
    pub fn get_data_from_names(&self, names: &[&str]) -> Self {
        self.filtered(|data| names.contains(&data.name()))
    }

    /// The data of a dimensionality, as a list of the same name.
    pub fn get_data_from_dim(&self, dim: DataDim) -> Self {
        self.filtered(|data| data.dim() == dim)
    }

    /// The data of some dimensionalities, as a list of the same name.
    pub fn get_data_from_dims(&self, dims: &[DataDim]) -> Self {
        self.filtered(|data| dims.contains(&data.dim()))
    }

    /// The data of a source, as a list of the same name.
    pub fn get_data_from_source(&self, source: DataSource) -> Self {
        self.filtered(|data| data.source() == source)
    }

    /// The data of an origin, as a list of the same name.
    pub fn get_data_from_origin(&self, origin: &str) -> Self {
        self.filtered(|data| data.origin() == origin)
    }

    /// The data that have an extra attribute, as a list of the same name.
    pub fn get_data_from_attribute(&self, name: &str) -> Self {
        self.filtered(|data| data.extra_attributes().contains(name))
    }

    /// The data that lack an extra attribute, as a list of the same name.
    pub fn get_data_from_missing_attribute(&self, name: &str) -> Self {
        self.filtered(|data| !data.extra_attributes().contains(name))
    }

    /// The name of each of the data.
    pub fn get_names(&self) -> Vec<&str> {
        self.data.iter().map(DataWithAxes::name).collect()
    }

    /// The `origin/name` of each of the data.
    pub fn get_full_names(&self) -> Vec<String> {
        self.data.iter().map(DataWithAxes::get_full_name).collect()
    }

    /// The origins, each once, in the order in which they appear.
    pub fn get_origins(&self) -> Vec<&str> {
        let mut origins: Vec<&str> = Vec::new();
        for data in &self.data {
            if !origins.contains(&data.origin()) {
                origins.push(data.origin());
            }
        }
        origins
    }

    /// The dimensionalities that are there, in the order of the enumeration.
    pub fn get_dim_presents(&self) -> Vec<DataDim> {
        DataDim::ALL.iter().copied().filter(|dim| self.data.iter().any(|data| data.dim() == *dim)).collect()
    }

    /// Gives the list's name to the data without origin.
    pub fn affect_name_to_origin_if_none(&mut self) {
        for data in self.data.iter_mut().filter(|data| data.origin().is_empty()) {
            data.set_origin(self.name.clone());
        }
    }

    fn filtered(&self, keep: impl Fn(&DataWithAxes) -> bool) -> Self {
        Self {
            name: self.name.clone(),
            data: self.data.iter().filter(|data| keep(data)).cloned().collect(),
            timestamp: self.timestamp,
            extra: Attributes::new(),
        }
    }
}

impl Extend<DataWithAxes> for DataToExport {
    fn extend<I: IntoIterator<Item = DataWithAxes>>(&mut self, data: I) {
        data.into_iter().for_each(|data| self.append(data));
    }
}

impl<'a> IntoIterator for &'a DataToExport {
    type Item = &'a DataWithAxes;
    type IntoIter = std::slice::Iter<'a, DataWithAxes>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.iter()
    }
}

impl IntoIterator for DataToExport {
    type Item = DataWithAxes;
    type IntoIter = std::vec::IntoIter<DataWithAxes>;

    fn into_iter(self) -> Self::IntoIter {
        self.data.into_iter()
    }
}
