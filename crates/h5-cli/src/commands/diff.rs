//! `h5 diff`.

mod values;

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Attribute, Link, LinkTarget, Name, Object, ObjectKind, ObjectToken, Order, Result};
use serde_json::{Value, json};

use super::compare::Tolerance;
use crate::args::GlobalArgs;
use crate::describe::{kind_text, printable, shape_text, shortened, target_text};
use crate::failure::{Exit, Outcome};
use crate::json::{ListDocument, record};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::progress::Progress;
use crate::slice::Slice;
use crate::walk::join;
use values::References;

/// Compare two files or two objects.
///
/// Compares what is below: links by name, kinds, shapes, datatypes, attributes and values. How things are stored (chunks, filters,
/// byte order of values) makes no difference to the values; a datatype that differs is reported as such. Soft and external links
/// are compared by where they point. NaN is equal to NaN.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 diff before.h5 after.h5
  h5 diff a.h5::/run/1 a.h5::/run/2 --relative 1e-6 --exclude-attribute timestamp

Exit status: 0 the same, 1 different, 2 something could not be read.")]
pub(crate) struct DiffArgs {
    /// File, or FILE::/path of an object
    #[arg(value_name = "A[::PATH]")]
    pub(crate) a: OsString,

    /// What to compare it with; without a path, the same path of this file
    #[arg(value_name = "B[::PATH]")]
    pub(crate) b: OsString,

    /// Numbers that differ by no more than this are the same
    #[arg(long, value_name = "D", value_parser = tolerance)]
    pub(crate) delta: Option<f64>,

    /// Numbers that differ by no more than this share of the larger one are the same
    #[arg(long, value_name = "R", value_parser = tolerance)]
    pub(crate) relative: Option<f64>,

    /// Leave out this path and what is below, seen from where the comparison begins
    #[arg(long, value_name = "PATH")]
    pub(crate) exclude: Vec<OsString>,

    /// Leave out attributes of this name
    #[arg(long, value_name = "NAME")]
    pub(crate) exclude_attribute: Vec<OsString>,

    /// Compare structure and attributes only
    #[arg(long)]
    pub(crate) no_values: bool,

    /// List at most so many differences
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) limit: Option<u64>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn tolerance(text: &str) -> std::result::Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= 0.0 && value.is_finite() => Ok(value),
        _ => Err("expected a number, not negative".into()),
    }
}

/// Groups inside one another that are compared.
const LARGEST_DEPTH: usize = 1000;

/// One difference.
#[derive(Debug)]
struct Difference {
    path: Name,
    what: &'static str,
    text: String,
    fields: Value,
}

/// Two objects that wait to be compared.
struct Pair {
    path: Name,
    a: ObjectToken,
    b: ObjectToken,
    depth: usize,
}

struct Diff<'a> {
    args: &'a DiffArgs,
    a: Object,
    b: Object,
    tolerance: Tolerance,
    references: References,
    progress: Progress,
    pending: Vec<Pair>,
    found: Vec<Difference>,
    unreadable: bool,
}

pub(crate) fn run(args: &DiffArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location_a = Location::parse(&args.a);
    let mut location_b = Location::parse(&args.b);
    if location_b.is_whole_file() {
        location_b.path = location_a.path.clone();
    }
    let file_a = location_a.open(global)?;
    let file_b = location_b.open(global)?;
    let a = location_a.find_whole(&file_a)?;
    let b = location_b.find_whole(&file_b)?;
    let mut diff = Diff {
        args,
        tolerance: Tolerance { delta: args.delta, relative: args.relative },
        references: References::default(),
        progress: Progress::new("diff", global.quiet),
        pending: vec![Pair { path: "/".into(), a: a.token(), b: b.token(), depth: 0 }],
        found: Vec::new(),
        unreadable: false,
        a,
        b,
    };
    let names = (location_a.text(), location_b.text());
    let mut document = match args.json {
        true => {
            let head = record(json!({ "a": location_a.file_json(), "b": location_b.file_json() }));
            Some(ListDocument::begin(out, "h5.diff", &head, "differences")?)
        }
        false => None,
    };
    let count = diff.run(&names, document.as_mut(), out)?;
    if let Some(document) = document {
        document.end(out, &record(json!({ "count": count, "unreadable": diff.unreadable })))?;
    }
    if diff.unreadable {
        return Ok(Exit::Unreadable);
    }
    Ok(if count > 0 { Exit::No } else { Exit::Success })
}

impl Diff<'_> {
    /// Compares all pairs and writes differences as they are found; their number.
    fn run(
        &mut self,
        names: &(String, String),
        mut document: Option<&mut ListDocument>,
        out: &mut Out,
    ) -> Outcome<u64> {
        let limit = self.args.limit.unwrap_or(u64::MAX);
        let mut seen = HashSet::new();
        let mut count = 0_u64;
        while let Some(pair) = self.pending.pop() {
            if !seen.insert((pair.a, pair.b)) {
                continue;
            }
            self.progress.object();
            if let Err(error) = self.compare(&pair) {
                self.unreadable(&pair.path, &error);
            }
            for difference in std::mem::take(&mut self.found) {
                count = count.saturating_add(1);
                if count > limit {
                    continue;
                }
                match &mut document {
                    Some(document) => document.item(out, &difference.json())?,
                    None => difference.text(names, out)?,
                }
            }
        }
        if count > limit && document.is_none() {
            let rest = count.saturating_sub(limit);
            writeln!(out, "{}", out.paint.text(Role::Aside, &format!("... and {rest} more")))?;
        }
        Ok(count)
    }

    fn note(&mut self, path: &Name, what: &'static str, text: String, fields: Value) {
        self.found.push(Difference { path: path.clone(), what, text, fields });
    }

    fn unreadable(&mut self, path: &Name, error: &h5::Error) {
        self.unreadable = true;
        let text = printable(&error.to_string());
        self.note(path, "unreadable", text, json!({ "error": crate::describe::error_json(error) }));
    }

    /// Two texts that should have been the same.
    fn differ(&mut self, path: &Name, what: &'static str, a: String, b: String) {
        let text = format!("{a} | {b}");
        self.note(path, what, text, json!({ "a": a, "b": b }));
    }

    fn compare(&mut self, pair: &Pair) -> Result<()> {
        let shown = shortened(&pair.path, 1000);
        let a = self.a.file().object_by_token(pair.a, shown.clone())?;
        let b = self.b.file().object_by_token(pair.b, shown)?;
        if a.kind() != b.kind() {
            self.differ(&pair.path, "kind", kind_text(a.kind()).into(), kind_text(b.kind()).into());
            return Ok(());
        }
        self.attributes(&pair.path, &a, &b)?;
        match a.kind() {
            ObjectKind::Group => self.groups(pair, a, b),
            ObjectKind::Dataset => self.datasets(&pair.path, a, b),
            ObjectKind::CommittedDatatype => {
                let (a, b) = (a.into_datatype()?, b.into_datatype()?);
                if a.datatype()? != b.datatype()? {
                    let texts = (shortened(a.datatype()?, 1000), shortened(b.datatype()?, 1000));
                    self.differ(&pair.path, "datatype", texts.0, texts.1);
                }
                Ok(())
            }
        }
    }

    fn groups(&mut self, pair: &Pair, a: Object, b: Object) -> Result<()> {
        if pair.depth >= LARGEST_DEPTH {
            return Err(h5::Error::limit(format!("more than {LARGEST_DEPTH} groups inside one another")));
        }
        let links_a = self.links(&pair.path, &a)?;
        let links_b = self.links(&pair.path, &b)?;
        let mut below = Vec::new();
        for (a, b) in joined(&links_a, &links_b, |link| &link.name) {
            let Some(name) = a.or(b).map(|link| &link.name) else { continue };
            let path = join(&pair.path, name);
            if self.is_excluded(&path) {
                continue;
            }
            match (a, b) {
                (Some(a), Some(b)) => match (&a.target, &b.target) {
                    (LinkTarget::Hard(a), LinkTarget::Hard(b)) => {
                        below.push(Pair { path, a: *a, b: *b, depth: pair.depth.saturating_add(1) });
                    }
                    (x, y) if x == y => {}
                    _ => self.differ(&path, "link", target_text(a), target_text(b)),
                },
                (Some(_), None) => self.note(&path, "only in a", String::new(), json!({})),
                _ => self.note(&path, "only in b", String::new(), json!({})),
            }
        }
        self.pending.extend(below.into_iter().rev());
        Ok(())
    }

    fn links(&mut self, path: &Name, object: &Object) -> Result<Vec<Link>> {
        let mut links = Vec::new();
        for link in object.clone().into_group()?.links(Order::Name)? {
            match link {
                Ok(link) => links.push(link),
                Err(error) => self.unreadable(path, &error),
            }
        }
        links.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(links)
    }

    fn is_excluded(&self, path: &Name) -> bool {
        let path = path.as_bytes();
        self.args.exclude.iter().any(|excluded| {
            let excluded = excluded.as_encoded_bytes();
            let excluded = excluded.strip_suffix(b"/").unwrap_or(excluded);
            let excluded = excluded.strip_prefix(b"/").unwrap_or(excluded);
            let below = path.strip_prefix(b"/").and_then(|path| path.strip_prefix(excluded));
            below.is_some_and(|below| below.is_empty() || below.first() == Some(&b'/'))
        })
    }

    fn attributes(&mut self, path: &Name, a: &Object, b: &Object) -> Result<()> {
        let list_a = self.attribute_list(path, a)?;
        let list_b = self.attribute_list(path, b)?;
        for (a, b) in joined(&list_a, &list_b, Attribute::name) {
            let Some(name) = a.or(b).map(Attribute::name) else { continue };
            if self
                .args
                .exclude_attribute
                .iter()
                .any(|excluded| excluded.as_encoded_bytes() == name.as_bytes())
            {
                continue;
            }
            let path = Name::new([path.as_bytes(), b"@", name.as_bytes()].concat());
            match (a, b) {
                (Some(a), Some(b)) => self.attribute(&path, a, b),
                (Some(_), None) => self.note(&path, "only in a", String::new(), json!({})),
                _ => self.note(&path, "only in b", String::new(), json!({})),
            }
        }
        Ok(())
    }

    fn attribute_list(&mut self, path: &Name, object: &Object) -> Result<Vec<Attribute>> {
        let mut list = Vec::new();
        for attribute in object.attributes(Order::Name)? {
            match attribute {
                Ok(attribute) => list.push(attribute),
                Err(error) => self.unreadable(path, &error),
            }
        }
        list.sort_by(|a, b| a.name().cmp(b.name()));
        Ok(list)
    }

    fn attribute(&mut self, path: &Name, a: &Attribute, b: &Attribute) {
        if a.datatype() != b.datatype() {
            let texts = (shortened(a.datatype(), 200), shortened(b.datatype(), 200));
            if texts.0 != texts.1 {
                self.differ(path, "datatype", texts.0, texts.1);
            }
        }
        if shape_text(a.dataspace()) != shape_text(b.dataspace()) {
            self.differ(path, "shape", shape_text(a.dataspace()), shape_text(b.dataspace()));
            return;
        }
        if self.args.no_values {
            return;
        }
        match (a.elements(), b.elements()) {
            (Ok(x), Ok(y)) => {
                let mut tally = values::Tally::default();
                let whole = Slice::whole(a.dataspace().dimensions());
                if let Err(error) = self.elements(&x, &y, &whole, 0, &mut tally) {
                    self.unreadable(path, &error);
                }
                self.tally(path, tally);
            }
            (Err(error), _) | (_, Err(error)) => self.unreadable(path, &error),
        }
    }
}

impl Difference {
    fn text(&self, names: &(String, String), out: &mut Out) -> std::io::Result<()> {
        let path = shortened(&self.path, 1000);
        match self.what {
            "only in a" => writeln!(out, "only in {}: {}", names.0, out.paint.text(Role::Link, &path)),
            "only in b" => writeln!(out, "only in {}: {}", names.1, out.paint.text(Role::Link, &path)),
            "unreadable" => {
                writeln!(out, "{}: {path}: {}", out.paint.text(Role::Broken, "cannot compare"), self.text)
            }
            what => writeln!(out, "{what} {}: {}", out.paint.text(Role::Dataset, &path), self.text),
        }
    }

    fn json(&self) -> Value {
        let mut fields = record(json!({ "path": self.path.to_text(), "difference": self.what }));
        fields.append(&mut record(self.fields.clone()));
        Value::Object(fields)
    }
}

/// Goes through two sorted lists side by side.
fn joined<'a, T>(
    a: &'a [T],
    b: &'a [T],
    name: impl Fn(&T) -> &Name + 'a,
) -> impl Iterator<Item = (Option<&'a T>, Option<&'a T>)> + 'a {
    let mut a = a.iter().peekable();
    let mut b = b.iter().peekable();
    std::iter::from_fn(move || {
        let order = match (a.peek(), b.peek()) {
            (None, None) => return None,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some(x), Some(y)) => name(x).cmp(name(y)),
        };
        Some(match order {
            std::cmp::Ordering::Less => (a.next(), None),
            std::cmp::Ordering::Greater => (None, b.next()),
            std::cmp::Ordering::Equal => (a.next(), b.next()),
        })
    })
}
