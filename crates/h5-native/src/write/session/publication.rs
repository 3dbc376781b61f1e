//! In which order the stable blocks of a session are published.

use h5_types::{Address, Result};

use super::Session;

impl Session {
    /// Asks for the stable block at `first` to be published before that at `then`; of a block that the last commit does not use, to be
    /// found. Where that contradicts what was asked for before, the changes so far are committed.
    ///
    /// # Errors
    /// Those of that commit.
    pub(crate) fn publish_before(&mut self, first: Address, then: Address) -> Result<()> {
        let space = &self.space;
        if self.order.require(first, then, |block| space.is_fresh(block)) {
            return Ok(());
        }
        self.commit()?;
        // Nothing is asked for any more.
        let space = &self.space;
        let _ = self.order.require(first, then, |block| space.is_fresh(block));
        Ok(())
    }

    /// Says that the publication of the stable block at `leader` will let the block at `block` be found by a link.
    ///
    /// # Errors
    /// As [`Session::publish_before`].
    pub(crate) fn will_lead(&mut self, leader: Address, block: Address) -> Result<()> {
        let space = &self.space;
        if self.order.lead(leader, block, |block| space.is_fresh(block)) { Ok(()) } else { self.commit() }
    }

    /// Asks for what has to be published before the stable block at `group` loses its link to objects that stay, and to others that go
    /// with it.
    ///
    /// # Errors
    /// As [`Session::publish_before`].
    pub(crate) fn will_leave(
        &mut self,
        group: Address,
        staying: impl IntoIterator<Item = Address>,
        going: impl IntoIterator<Item = Address>,
    ) -> Result<()> {
        for object in staying {
            // What nobody can find yet is published with the links that it has by then, and so is a group.
            if self.is_fresh(object) || self.order.lose(group, object) {
                continue;
            }
            // Where it is found from now on.
            for other in self.order.gained(object) {
                self.publish_before(other, group)?;
            }
            // A count that is too high loses space; one that is too low loses an object.
            self.publish_before(group, object)?;
        }
        // What was moved out of them before is found elsewhere.
        for object in going {
            if !self.is_fresh(object) && self.order.awaits(object) {
                self.publish_before(object, group)?;
            }
        }
        Ok(())
    }
}
