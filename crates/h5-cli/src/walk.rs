//! Visits what lies below an object: depth first, links in order of their names, each object once, whatever the file says.

use std::collections::{HashMap, VecDeque};

use h5::{Error, Group, Link, LinkTarget, Name, Object, ObjectToken, Result};

/// Links fetched at a time. Each page of a group in dense storage costs a walk over all of its links.
const PAGE_LINKS: usize = 1 << 16;
/// Groups inside one another that a walk goes down where each entry is shown with its path. Deeper ones are named and not entered:
/// each level costs its whole path.
const LARGEST_DEPTH: usize = 1000;
/// As much where paths are asked for now and then.
const LARGEST_DEPTH_WITHOUT_PATHS: usize = 100_000;
/// Longest path that a walk goes down, in bytes.
const LARGEST_PATH_BYTES: usize = 32 << 10;

/// What a link led to.
#[derive(Debug)]
pub(crate) enum Item {
    /// An object met for the first time.
    Object(Object),
    /// An object met before; see [`Walk::first_path`].
    Again(ObjectToken),
    /// A soft, external or user-defined link, not followed.
    Link(Link),
    /// A link or an object that cannot be read.
    Broken(Error),
}

/// One step of a walk.
#[derive(Debug)]
pub(crate) struct Entry {
    /// What was found.
    pub(crate) item: Item,
    /// Name of the link; empty for the object where the walk began, and for a link that cannot be read.
    pub(crate) name: Name,
    /// 0 for the object where the walk began.
    pub(crate) depth: usize,
    /// True if no sibling follows.
    pub(crate) last: bool,
    /// Why a group is not entered, if it is not and has links.
    pub(crate) not_entered: Option<&'static str>,
    place: usize,
}

/// Where an entry is, apart from what was found there.
#[derive(Debug)]
pub(crate) struct Position {
    place: usize,
    name: Name,
}

impl Entry {
    /// What its path can be made from later.
    pub(crate) fn position(&self) -> Position {
        let name = if self.depth == 0 { Name::default() } else { self.name.clone() };
        Position { place: self.place, name }
    }
}

/// An iterative walk. Memory is a few dozen bytes an object, whatever the depth.
#[derive(Debug)]
pub(crate) struct Walk {
    start: Option<Object>,
    start_path: Name,
    /// Deepest entries that are yielded.
    depth_limit: usize,
    /// Whether objects far down know only the end of their path.
    paths_on_demand: bool,
    frames: Vec<Frame>,
    /// Every place met: the place above and the name of the link.
    places: Vec<(usize, Name)>,
    seen: HashMap<ObjectToken, usize>,
}

/// A group whose links are being visited.
#[derive(Debug)]
struct Frame {
    group: Group,
    place: usize,
    page: VecDeque<Result<Link>>,
    /// Name behind which the next page begins.
    after: Option<Name>,
    ended: bool,
}

impl Walk {
    /// Begins at an object that the user calls `path`.
    pub(crate) fn new(start: Object, path: Name) -> Self {
        Self {
            start: Some(start),
            start_path: path,
            depth_limit: usize::MAX,
            paths_on_demand: false,
            frames: Vec::new(),
            places: Vec::new(),
            seen: HashMap::new(),
        }
    }

    /// Goes down so many levels only.
    #[must_use]
    pub(crate) fn depth_limit(mut self, limit: Option<usize>) -> Self {
        self.depth_limit = limit.unwrap_or(usize::MAX);
        self
    }

    /// Goes far down, for a walk that asks for few paths: objects deeper than 1,000 groups know only their name.
    #[must_use]
    pub(crate) fn paths_on_demand(mut self) -> Self {
        self.paths_on_demand = true;
        self
    }

    /// Path of an entry as bytes, from the start.
    pub(crate) fn path(&self, entry: &Entry) -> Name {
        self.path_at(&entry.position())
    }

    /// Path of an entry whose position was kept.
    pub(crate) fn path_at(&self, position: &Position) -> Name {
        let above = self.path_of_place(position.place);
        if position.name.is_empty() { above } else { join(&above, &position.name) }
    }

    /// Path under which an object was met first.
    pub(crate) fn first_path(&self, token: ObjectToken) -> Name {
        self.seen.get(&token).map(|&place| self.path_of_place(place)).unwrap_or_default()
    }

    fn path_of_place(&self, place: usize) -> Name {
        let mut names = Vec::new();
        let mut place = place;
        while let Some((above, name)) = self.places.get(place).filter(|_| place > 0) {
            names.push(name);
            place = *above;
        }
        let start = self.start_path.as_bytes();
        let mut path = start.to_vec();
        for name in names.iter().rev() {
            if path.last() != Some(&b'/') {
                path.push(b'/');
            }
            path.extend_from_slice(name.as_bytes());
        }
        Name::new(path)
    }

    fn begin(&mut self, start: Object) -> Entry {
        self.places.push((0, Name::default()));
        self.seen.insert(start.token(), 0);
        let not_entered = self.enter(&start, 0, 0);
        Entry {
            item: Item::Object(start),
            name: Name::default(),
            depth: 0,
            last: true,
            not_entered,
            place: 0,
        }
    }

    /// Puts a group on the stack, or says why not.
    fn enter(&mut self, object: &Object, place: usize, depth: usize) -> Option<&'static str> {
        let group = object.clone().into_group().ok()?;
        if depth >= self.depth_limit {
            return match group.link_count() {
                Ok(0) => None,
                _ => Some("depth limit"),
            };
        }
        if self.paths_on_demand && depth >= LARGEST_DEPTH_WITHOUT_PATHS {
            return Some("more than 100,000 groups inside one another");
        }
        if !self.paths_on_demand && depth >= LARGEST_DEPTH {
            return Some("more than 1,000 groups inside one another");
        }
        if object.path().len() > LARGEST_PATH_BYTES {
            return Some("path longer than 32 KiB");
        }
        self.frames.push(Frame { group, place, page: VecDeque::new(), after: None, ended: false });
        None
    }

    fn visit(&mut self, link: Result<Link>, group: &Group, above: usize, last: bool) -> Entry {
        let depth = self.frames.len();
        let entry = |item, name| Entry { item, name, depth, last, not_entered: None, place: above };
        let link = match link {
            Ok(link) => link,
            Err(error) => return entry(Item::Broken(error), Name::default()),
        };
        let LinkTarget::Hard(token) = link.target else {
            let name = link.name.clone();
            return entry(Item::Link(link), name);
        };
        if self.seen.contains_key(&token) {
            return entry(Item::Again(token), link.name);
        }
        let followed = if depth > LARGEST_DEPTH {
            group.object().file().object_by_token(token, format!(".../{}", link.name))
        } else {
            group.follow(&link)
        };
        match followed {
            Ok(object) => {
                let place = self.places.len();
                self.places.push((above, link.name.clone()));
                self.seen.insert(token, place);
                let not_entered = self.enter(&object, place, depth);
                Entry { not_entered, ..entry(Item::Object(object), link.name) }
            }
            Err(error) => entry(Item::Broken(error), link.name),
        }
    }
}

impl Iterator for Walk {
    type Item = Entry;

    fn next(&mut self) -> Option<Entry> {
        if let Some(start) = self.start.take() {
            return Some(self.begin(start));
        }
        loop {
            let frame = self.frames.last_mut()?;
            if let Some(link) = frame.next_link() {
                let last = frame.is_done();
                let (group, place) = (frame.group.clone(), frame.place);
                return Some(self.visit(link, &group, place, last));
            }
            self.frames.pop();
        }
    }
}

impl Frame {
    fn next_link(&mut self) -> Option<Result<Link>> {
        self.fill();
        self.page.pop_front()
    }

    /// True if no link is left. Looks ahead by a page.
    fn is_done(&mut self) -> bool {
        self.fill();
        self.page.is_empty()
    }

    fn fill(&mut self) {
        if !self.page.is_empty() || self.ended {
            return;
        }
        match self.group.links_page(self.after.as_ref().map(Name::as_bytes), PAGE_LINKS) {
            Ok(page) => {
                let last =
                    page.iter().rev().find_map(|link| link.as_ref().ok()).map(|link| link.name.clone());
                // Names rise from page to page, so that a walk ends even if the index of the file is not in order.
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

/// A child's path.
pub(crate) fn join(parent: &Name, name: &Name) -> Name {
    let parent = parent.as_bytes();
    let mut path = parent.strip_suffix(b"/").unwrap_or(parent).to_vec();
    path.push(b'/');
    path.extend_from_slice(name.as_bytes());
    Name::new(path)
}
