//! Groups of channels: one for each dimensionality, in it one for each data.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use h5_types::Result;
use pymodaq_data::{DataDim, DataWithAxes};

use super::handles::Handles;
use crate::node::GROUP;
use crate::saver::H5SaverLowLevel;

/// Groups of channels, kept at hand.
#[derive(Debug)]
pub(super) struct Channels {
    h5saver: H5SaverLowLevel,
    groups: Handles<Mutex<BTreeMap<(DataDim, usize), GROUP>>>,
}

impl Channels {
    pub(super) fn new(h5saver: &H5SaverLowLevel) -> Self {
        Self { h5saver: h5saver.clone(), groups: Handles::default() }
    }

    /// Calls `save` with each data of one dimensionality after the other, and the group of its channel.
    pub(super) fn each(
        &self,
        place: &GROUP,
        data: &[&DataWithAxes],
        mut save: impl FnMut(&GROUP, &DataWithAxes) -> Result<()>,
    ) -> Result<()> {
        let known = self.groups.get_or_make(place, || Ok(Mutex::default()))?;
        for &dim in DataDim::ALL {
            for (index, &one) in data.iter().filter(|one| one.dim() == dim).enumerate() {
                let at_hand =
                    known.lock().unwrap_or_else(PoisonError::into_inner).get(&(dim, index)).cloned();
                let group = match at_hand {
                    Some(group) => group,
                    None => {
                        let group = self.channel(place, dim, index, one)?;
                        let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
                        known.insert((dim, index), group.clone());
                        group
                    }
                };
                save(&group, one)?;
            }
        }
        Ok(())
    }

    fn channel(&self, place: &GROUP, dim: DataDim, index: usize, data: &DataWithAxes) -> Result<GROUP> {
        let of_dim = self.h5saver.get_set_group(place, dim.name(), "")?;
        let name = format!("CH{index:02}");
        if let Some(node) = of_dim.find(&name)? {
            return node.into_group();
        }
        let group = self.h5saver.new_group(&of_dim, &name, data.name())?;
        group.set_raw_attr("origin", data.origin())?;
        Ok(group)
    }
}
