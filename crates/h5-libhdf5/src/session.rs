//! Work on an open file, under the library's lock.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, MutexGuard};

use h5_types::{Error, ObjectToken, Reference, Result, Selection};

use crate::ffi::{Id, Library, ObjectType, Resolver, Translator};
use crate::selection::select;

/// An open file: the library's handles, and which objects are gone.
///
/// Objects are opened by the addresses of their headers. A header's place may be used again when its object is gone; so a token has, above
/// the address, the number of objects that were there before.
#[derive(Debug)]
pub(crate) struct State {
    /// Objects kept open, as long as nodes of them are there. Before the file, so that they are given back first.
    opened: RefCell<HashMap<ObjectToken, Arc<Id>>>,
    nodes: RefCell<HashMap<ObjectToken, usize>>,
    removed: RefCell<HashMap<u64, u64>>,
    pub(crate) file: Id,
}

/// An open file while this thread may use it.
pub(crate) struct Session<'a> {
    // Given back before the library's lock, which it was taken after.
    state: MutexGuard<'a, Option<State>>,
    pub(crate) library: Library,
}

impl State {
    pub(crate) fn new(file: Id) -> Self {
        let (opened, nodes, removed) = Default::default();
        Self { opened, nodes, removed, file }
    }
}

impl<'a> Session<'a> {
    pub(crate) fn new(library: Library, state: MutexGuard<'a, Option<State>>) -> Self {
        Self { state, library }
    }

    pub(crate) fn state(&self) -> Result<&State> {
        self.state.as_ref().ok_or_else(|| Error::usage("the file is closed"))
    }

    /// Ends the file: its handles but the one of the file itself are given back.
    pub(crate) fn end(mut self) -> Option<(Library, Id)> {
        let State { opened, file, .. } = self.state.take()?;
        drop(opened);
        Some((self.library, file))
    }

    /// The token of the object at an address.
    pub(crate) fn token(&self, address: u64) -> Result<ObjectToken> {
        let before = self.state()?.removed.borrow().get(&address).copied().unwrap_or(0);
        Ok(ObjectToken(u128::from(before).wrapping_shl(64) | u128::from(address)))
    }

    /// The address of an object that is there.
    pub(crate) fn address(&self, token: ObjectToken) -> Result<u64> {
        let address = u64::try_from(token.0 & u128::from(u64::MAX)).unwrap_or(u64::MAX);
        if self.token(address)? != token {
            return Err(Error::not_found(format!("object {token} is gone")));
        }
        Ok(address)
    }

    /// Opens an object, or has it open.
    pub(crate) fn object(&self, token: ObjectToken) -> Result<Arc<Id>> {
        let address = self.address(token)?;
        let state = self.state()?;
        if let Some(id) = state.opened.borrow().get(&token) {
            return Ok(Arc::clone(id));
        }
        let id = Arc::new(self.library.open_object(&state.file, address)?);
        if state.nodes.borrow().contains_key(&token) {
            state.opened.borrow_mut().insert(token, Arc::clone(&id));
        }
        Ok(id)
    }

    /// Counts a node of an object; what it is.
    pub(crate) fn hold(&self, token: ObjectToken) -> Result<()> {
        let mut nodes = self.state()?.nodes.borrow_mut();
        let count = nodes.entry(token).or_insert(0);
        *count = count.saturating_add(1);
        Ok(())
    }

    /// Takes a node of an object off the count, and closes the object after the last.
    pub(crate) fn release(&self, token: ObjectToken) {
        let Ok(state) = self.state() else { return };
        let mut nodes = state.nodes.borrow_mut();
        let left = nodes.get(&token).map_or(0, |count| count.saturating_sub(1));
        if left == 0 {
            nodes.remove(&token);
            state.opened.borrow_mut().remove(&token);
        } else {
            nodes.insert(token, left);
        }
    }

    /// What is gone when an object loses one of its hard links: itself and what it alone leads to. Closes all of it, since the library
    /// keeps what is open.
    pub(crate) fn doomed(&self, first: u64) -> Result<Vec<u64>> {
        let root = self.library.facts(&self.library.open_root(&self.state()?.file)?)?.address;
        let mut left: HashMap<u64, u32> = HashMap::new();
        let (mut pending, mut gone) = (vec![first], Vec::new());
        while let Some(address) = pending.pop() {
            let id = self.library.open_object(&self.state()?.file, address)?;
            let facts = self.library.facts(&id)?;
            let count = left.entry(address).or_insert(facts.reference_count);
            *count = count.saturating_sub(1);
            if *count > 0 || address == root {
                continue;
            }
            gone.push(address);
            match facts.kind {
                ObjectType::Group => {
                    let links = self.library.links(&id, false)?;
                    pending.extend(links.into_iter().filter_map(|link| match link.kind {
                        crate::ffi::LinkKind::Hard(address) => Some(address),
                        _ => None,
                    }));
                }
                ObjectType::Dataset => {
                    pending.extend(self.committed_at(&self.library.dataset_type(&id)?)?);
                }
                ObjectType::Datatype => {}
            }
            if facts.attributes > 0 {
                for name in self.library.attribute_names(&id, false)? {
                    let attribute = self.library.open_attribute(&id, name.as_bytes())?;
                    pending.extend(self.committed_at(&self.library.attribute_type(&attribute)?)?);
                }
            }
        }
        for &address in &gone {
            let token = self.token(address)?;
            self.state()?.opened.borrow_mut().remove(&token);
        }
        Ok(gone)
    }

    /// Notes that objects are gone: their tokens lead nowhere from now on.
    pub(crate) fn forget(&self, gone: &[u64]) -> Result<()> {
        let mut removed = self.state()?.removed.borrow_mut();
        for address in gone {
            let count = removed.entry(*address).or_insert(0);
            *count = count.saturating_add(1);
        }
        Ok(())
    }

    /// Address of the committed datatype that a datatype is, if it is one.
    pub(crate) fn committed_at(&self, datatype: &Id) -> Result<Option<u64>> {
        match self.library.is_committed(datatype)? {
            true => Ok(Some(self.library.facts(datatype)?.address)),
            false => Ok(None),
        }
    }

    /// What reads and writes elements with variable parts.
    pub(crate) fn translator(&self) -> Result<Translator<'_>> {
        Ok(Translator { library: &self.library, file: &self.state()?.file, resolver: self })
    }
}

impl Resolver for Session<'_> {
    fn token_at(&self, address: u64) -> ObjectToken {
        self.token(address).unwrap_or(ObjectToken(address.into()))
    }

    fn address_of(&self, token: ObjectToken) -> Result<u64> {
        self.address(token)
    }

    fn region(&self, dataset: ObjectToken, selection: &Selection) -> Result<(Id, Id)> {
        let opened = self.library.open_object(&self.state()?.file, self.address(dataset)?)?;
        let space = self.library.dataset_space(&opened)?;
        let extent = self.library.extent(&space)?;
        select(&self.library, &space, &extent, selection)?;
        Ok((opened, space))
    }

    fn region_of(&self, dataset: &Id, space: &Id) -> Result<Reference> {
        let object = self.token(self.library.facts(dataset)?.address)?;
        Ok(Reference::Region { object, selection: self.library.selection(space)? })
    }
}
