//! Creating datasets.

use h5_filters::{ChunkShape, complete};
use h5_types::{
    AllocationTime, Error, FillDefinition, FilterInfo, Heap, Name, NewDataset, NewLayout, Result,
};

use crate::attributes::stored_type;
use crate::dataset::clear_unwritten;
use crate::ffi::{Filter, Id, LayoutKind};
use crate::node::LibraryNode;
use crate::session::Session;
use crate::virtual_pieces;

impl LibraryNode {
    /// Creates a dataset, whose parts go together, and the link to it.
    pub(crate) fn make_dataset(
        &self,
        session: &Session<'_>,
        parent: &Id,
        name: &Name,
        new: &NewDataset,
    ) -> Result<Id> {
        let library = &session.library;
        let datatype = stored_type(session, new.committed_datatype, &new.datatype)?;
        let space = library.make_space(&new.dataspace)?;
        let properties = library.dataset_properties(new.tracks_attribute_creation)?;
        match &new.layout {
            NewLayout::Compact => library.set_layout(&properties, LayoutKind::Compact)?,
            NewLayout::Contiguous => library.set_layout(&properties, LayoutKind::Contiguous)?,
            NewLayout::Chunked { chunk, .. } => library.set_chunk(&properties, chunk)?,
            NewLayout::Virtual { mappings } => {
                virtual_pieces::set(session, &self.file.siblings, &properties, &new.dataspace, mappings)?;
            }
            other => return Err(Error::unsupported(format!("the layout {other:?}"))),
        }
        for filter in &new.filters {
            library.add_filter(&properties, &asked(filter, new)?)?;
        }
        for file in &new.external {
            self.file.siblings.check(&file.name)?;
            library.add_external(&properties, file)?;
        }
        library.set_times(&properties, new.allocation_time, new.fill_time)?;
        set_fill(session, &properties, new)?;
        let made = library.create_dataset(parent, name.as_bytes(), &datatype, &space, &properties)?;
        if new.allocation_time == Some(AllocationTime::Early) {
            clear_unwritten(session, &made, false)?;
        }
        Ok(made)
    }
}

/// A filter as the library wants it: its own complete their parameters, ours have them completed here.
fn asked(filter: &FilterInfo, new: &NewDataset) -> Result<Filter> {
    let filter = match &new.layout {
        NewLayout::Chunked { chunk, .. } if filter.id >= FIRST_REGISTERED => {
            complete(filter, ChunkShape { datatype: &new.datatype, chunk, fill: &new.fill })?
        }
        _ => filter.clone(),
    };
    let FilterInfo { id, flags, name, client_data } = filter;
    Ok(Filter { id, flags, name: name.unwrap_or_else(|| Name::from("")), client_data })
}

/// First number of filters that are not the library's own.
const FIRST_REGISTERED: u16 = 256;

/// Sets the fill value. It is one element in memory, whose datatype is made anew: a committed one may be no datatype in memory.
fn set_fill(session: &Session<'_>, properties: &Id, new: &NewDataset) -> Result<()> {
    let library = &session.library;
    let datatype = || crate::datatype::encode(library, &new.datatype);
    if let Some(elements) = &new.fill_elements {
        let elements = elements.convert(&new.datatype.memory_form())?;
        let form = library.c_form(datatype()?)?;
        return session.translator()?.set_fill(properties, &form, &elements.bytes, &elements.heap);
    }
    match &new.fill {
        FillDefinition::Default => Ok(()),
        FillDefinition::Undefined => library.set_fill(properties, &datatype()?, None),
        FillDefinition::User(value) => {
            let form = library.c_form(datatype()?)?;
            // With a variable part, all bytes are zero, in any form: null.
            let null = vec![0; form.shared_size()];
            let value = if form.is_plain() { value } else { &null };
            session.translator()?.set_fill(properties, &form, value, &Heap::default())
        }
    }
}
