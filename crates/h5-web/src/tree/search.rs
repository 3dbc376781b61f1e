//! Search over names, titles and attributes, a piece at a time.

use std::collections::HashSet;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicU64, Ordering};

use h5_backend::{Group, Object, Order};
use h5_types::{Error, LinkTarget, ObjectToken, Result, Value, shortened};
use pymodaq_data::{PyValue, literal};

use super::kind_text;
use super::listing::Links;
use crate::answer::{Answer, Outcome};
use crate::json::{Record, quoted};
use crate::request::Request;
use crate::responder::{OpenFile, join, last_part};

/// Objects that are visited for one answer.
const OBJECTS: usize = 20_000;
/// The same where attributes are looked at, which takes longer.
const OBJECTS_WITH_ATTRIBUTES: usize = 2_000;
/// Groups inside one another that a search goes down.
const DEPTH: usize = 200;
/// Objects that one search visits in all.
const LARGEST_VISIT: usize = 5_000_000;
/// Searches that may go on.
const SEARCHES: usize = 8;
/// Finds of one answer.
const FINDS: usize = 100;
/// Bytes of an attribute's value that is looked into.
const VALUE_BYTES: usize = 64 << 10;
/// Characters that are shown of what was found.
const EXCERPT: usize = 200;

/// A walk that goes on where the last answer ended.
#[derive(Debug)]
pub(crate) struct Search {
    needle: String,
    attributes: bool,
    levels: Vec<(Group, Links, String)>,
    seen: HashSet<ObjectToken>,
    first: Option<(Object, String)>,
    visited: usize,
    errors: usize,
}

/// Distinguishes searches of the same file.
static NEXT: AtomicU64 = AtomicU64::new(1);

/// Finds, and how to go on.
pub(crate) fn search(open: &OpenFile, request: &Request) -> Outcome {
    let mut search = match request.find("cursor").filter(|cursor| !cursor.is_empty()) {
        Some(cursor) => open.taken(cursor)?,
        None => Search::begin(open, request)?,
    };
    let limit = request.count("limit", FINDS, FINDS)?.max(1);
    let mut finds = Vec::new();
    let ended = search.go_on(open, limit, &mut finds);
    let (visited, errors) = (search.visited, search.errors);
    let cursor = (!ended).then(|| open.kept(search));
    let record = Record::new()
        .list("items", finds)
        .plain("visited", visited)
        .plain("errors", errors)
        .maybe_text("cursor", cursor.as_deref());
    Ok(Answer::json(record.end()))
}

impl Search {
    fn begin(open: &OpenFile, request: &Request) -> Result<Self> {
        let needle = folded(request.text("q")?.trim());
        if needle.is_empty() {
            return Err(Error::usage("nothing to search for"));
        }
        let (object, path) = open.asked(request)?;
        let attributes = request.find("in").is_none_or(|places| places.contains("attributes"));
        let (levels, seen) = (Vec::new(), HashSet::from([object.token()]));
        let first = Some((object, path));
        Ok(Self { needle, attributes, levels, seen, first, visited: 0, errors: 0 })
    }

    /// Visits objects until there are enough finds or it was long enough; true at the end.
    fn go_on(&mut self, open: &OpenFile, limit: usize, finds: &mut Vec<String>) -> bool {
        let objects = if self.attributes { OBJECTS_WITH_ATTRIBUTES } else { OBJECTS };
        let until = self.visited.saturating_add(objects);
        if let Some((object, path)) = self.first.take() {
            self.visit(&object, &path, finds);
            self.enter(open, object, path);
        }
        while finds.len() < limit && self.visited < until {
            let Some((group, links, parent)) = self.levels.last_mut() else { return true };
            let Some(link) = links.next(group) else {
                self.levels.pop();
                continue;
            };
            self.visited = self.visited.saturating_add(1);
            let Ok(link) = link else {
                self.errors = self.errors.saturating_add(1);
                continue;
            };
            let path = join(parent, &link.name.to_text());
            let LinkTarget::Hard(token) = link.target else {
                self.look_at_name(&path, "link", finds);
                continue;
            };
            // Another name of an object that was visited.
            if !self.seen.insert(token) {
                self.look_at_name(&path, "link", finds);
                continue;
            }
            match group.follow(&link).ok() {
                Some(object) => {
                    self.visit(&object, &path, finds);
                    self.enter(open, object, path);
                }
                None => {
                    self.errors = self.errors.saturating_add(1);
                    self.look_at_name(&path, "unresolved", finds);
                }
            }
        }
        self.visited >= LARGEST_VISIT
    }

    fn enter(&mut self, open: &OpenFile, object: Object, path: String) {
        if self.levels.len() < DEPTH
            && let Ok(group) = Object::into_group(object)
        {
            match open.links(&group, &path) {
                Ok(links) => self.levels.push((group, links, path)),
                Err(_) => self.errors = self.errors.saturating_add(1),
            }
        }
    }

    fn matches(&self, text: &str) -> bool {
        folded(text).contains(&self.needle)
    }

    fn look_at_name(&self, path: &str, kind: &str, finds: &mut Vec<String>) {
        if self.matches(last_part(path)) {
            finds.push(find_json(path, kind, "name", None, last_part(path)));
        }
    }

    fn visit(&mut self, object: &Object, path: &str, finds: &mut Vec<String>) {
        let kind = kind_text(object.kind());
        self.look_at_name(path, kind, finds);
        if !self.attributes {
            return;
        }
        let Ok(attributes) = object.attributes(Order::Native) else {
            self.errors = self.errors.saturating_add(1);
            return;
        };
        for attribute in attributes {
            let Ok(attribute) = attribute else {
                self.errors = self.errors.saturating_add(1);
                continue;
            };
            let name = attribute.name().to_text();
            if self.matches(&name) {
                finds.push(find_json(path, kind, "attribute", Some(&name), &name));
                continue;
            }
            let count = attribute.dataspace().element_count().unwrap_or(u64::MAX);
            let size = u64::try_from(attribute.datatype().size()).unwrap_or(u64::MAX);
            if count.saturating_mul(size) > u64::try_from(VALUE_BYTES).unwrap_or(u64::MAX) {
                continue;
            }
            let Ok(value) = attribute.value() else { continue };
            let text = match &value {
                Value::String(text) => plain_text(&text.to_text()),
                other => shortened(other, VALUE_BYTES),
            };
            if self.matches(&text) {
                let place = if name == "TITLE" { "title" } else { "value" };
                finds.push(find_json(path, kind, place, Some(&name), &self.excerpt(&text)));
            }
        }
    }

    /// The text around what was found.
    fn excerpt(&self, text: &str) -> String {
        let lower = folded(text);
        let at = lower.find(&self.needle).and_then(|at| lower.get(..at)).map_or(0, |b| b.chars().count());
        text.chars().skip(at.saturating_sub(EXCERPT / 4)).take(EXCERPT).collect()
    }
}

/// A text in lower case, letter by letter: a sigma at the end of a word is searched for as any other.
fn folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// What a text says: PyMoDAQ stores the literals of Python's values.
fn plain_text(text: &str) -> String {
    if !text.starts_with("{\"module\"") {
        return text.to_owned();
    }
    match literal::decode_recovering(text) {
        PyValue::Str(inner) => inner,
        PyValue::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        _ => text.to_owned(),
    }
}

fn find_json(path: &str, kind: &str, place: &str, attribute: Option<&str>, excerpt: &str) -> String {
    Record::new()
        .text("path", path)
        .text("kind", kind)
        .text("where", place)
        .maybe_text("attribute", attribute)
        .raw("excerpt", &quoted(&excerpt.chars().take(EXCERPT).collect::<String>()))
        .end()
}

impl OpenFile {
    /// Keeps a search for the next request, and names it.
    fn kept(&self, search: Search) -> String {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        searches.push_front((number, search));
        searches.truncate(SEARCHES);
        number.to_string()
    }

    /// A search that was kept.
    fn taken(&self, cursor: &str) -> Result<Search> {
        let mut searches = self.searches.lock().unwrap_or_else(PoisonError::into_inner);
        let place = searches.iter().position(|(number, _)| number.to_string() == cursor);
        let taken = place.and_then(|place| searches.remove(place));
        taken
            .map(|(_, search)| search)
            .ok_or_else(|| Error::not_found("that search is over or too old; begin it again"))
    }
}
