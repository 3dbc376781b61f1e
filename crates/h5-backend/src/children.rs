use std::collections::VecDeque;

use h5_types::{Link, Name, Result};

use crate::Group;
use crate::object::Object;

/// Links that are fetched at a time.
const PAGE_LINKS: usize = 1024;

/// The children of a group in order of their names: see [`Group::children`].
#[derive(Debug)]
pub struct Children {
    group: Group,
    page: VecDeque<Result<Link>>,
    /// Name behind which the next page begins.
    after: Option<Name>,
    ended: bool,
}

/// A link of a group, and the way to what it leads to.
#[derive(Debug, Clone)]
pub struct Child {
    group: Group,
    link: Link,
}

impl Children {
    pub(crate) fn new(group: Group) -> Self {
        Self { group, page: VecDeque::new(), after: None, ended: false }
    }

    fn fetch(&mut self) {
        match self.group.links_page(self.after.as_ref().map(Name::as_bytes), PAGE_LINKS) {
            Ok(page) => {
                let last =
                    page.iter().rev().find_map(|link| link.as_ref().ok()).map(|link| link.name.clone());
                // Names rise from page to page, so that this ends even if the index of the file is not in order.
                let rises = last.is_some() && last > self.after;
                self.ended = page.len() < PAGE_LINKS || !rises;
                self.after = last;
                self.page = page.into();
            }
            Err(error) => {
                self.ended = true;
                self.page.push_back(Err(error));
            }
        }
    }
}

impl Iterator for Children {
    type Item = Result<Child>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.page.is_empty() && !self.ended {
            self.fetch();
        }
        let link = self.page.pop_front()?;
        Some(link.map(|link| Child { group: self.group.clone(), link }))
    }
}

impl Child {
    /// The link's name.
    pub fn name(&self) -> &Name {
        &self.link.name
    }

    /// The link, not followed.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Opens what the link leads to.
    ///
    /// # Errors
    /// As [`Group::follow`].
    pub fn open(&self) -> Result<Object> {
        self.group.follow(&self.link)
    }
}
