use h5_types::{Error, Result};
use pymodaq_data::DataType;

use crate::backend::Location;
use crate::node::Node;
use crate::saver::{H5SaverLowLevel, number_of};

/// What all savers and loaders have: a file, and arrays of one type whose names are a prefix and a number.
pub trait DataManagement {
    /// The file.
    fn h5saver(&self) -> &H5SaverLowLevel;

    /// The type of the arrays.
    fn data_type(&self) -> DataType;

    /// The name of an array of a number: `Data00`, `Axis01` ...
    fn format_node_name(&self, index: usize) -> String {
        format!("{}{index:02}", self.data_type().value())
    }

    /// The name behind the highest one of a group's arrays. Only its own children count, so that it is free.
    ///
    /// # Errors
    /// `Usage` if the place is no group, `Format`, `Io`.
    fn get_next_node_name(&self, place: impl Location) -> Result<String>
    where
        Self: Sized,
    {
        let last = self.last_index(place)?;
        Ok(self.format_node_name(last.map_or(0, |last| last.saturating_add(1))))
    }

    /// The highest name of a group's arrays; `None` if there are none.
    ///
    /// # Errors
    /// As [`DataManagement::get_next_node_name`].
    fn get_last_node_name(&self, place: impl Location) -> Result<Option<String>>
    where
        Self: Sized,
    {
        Ok(self.last_index(place)?.map(|last| self.format_node_name(last)))
    }

    /// The array of a number.
    ///
    /// # Errors
    /// `NotFound`; else as [`DataManagement::get_next_node_name`].
    fn get_node_from_index(&self, place: impl Location, index: usize) -> Result<Node>
    where
        Self: Sized,
    {
        place.group(self.h5saver())?.get_child(&self.format_node_name(index))
    }

    /// The number of an array.
    ///
    /// # Errors
    /// `Usage` if it has none; else those of finding it.
    fn get_index_from_node_name(&self, place: impl Location) -> Result<usize>
    where
        Self: Sized,
    {
        let node = place.node(self.h5saver())?;
        let stem = node.name().trim_end_matches(|c: char| c.is_ascii_digit());
        node.name().strip_prefix(stem).and_then(|digits| digits.parse().ok()).ok_or_else(|| {
            Error::usage(format!("the name {:?} ends in no number", node.name())).with_path(node.path())
        })
    }

    /// The highest number of a group's arrays; `None` if there are none.
    ///
    /// # Errors
    /// As [`DataManagement::get_next_node_name`].
    fn last_index(&self, place: impl Location) -> Result<Option<usize>>
    where
        Self: Sized,
    {
        let names = place.group(self.h5saver())?.children_name()?;
        let numbers = names.iter().filter_map(|name| number_of(name, self.data_type().value()));
        Ok(numbers.max().and_then(|number| usize::try_from(number).ok()))
    }

    /// Closes the file.
    ///
    /// # Errors
    /// As [`H5Backend::close_file`](crate::H5Backend::close_file).
    fn close_file(&self) -> Result<()> {
        self.h5saver().close_file()
    }
}
