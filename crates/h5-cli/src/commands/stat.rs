//! `h5 stat`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;

use clap::Args;
use h5::{Object, ObjectKind, Result};
use serde_json::json;

use crate::args::GlobalArgs;
use crate::describe::{filter_name, layout_kind, size_text};
use crate::failure::{Exit, Outcome};
use crate::json::{record, write_document};
use crate::location::Location;
use crate::out::{Out, Role};
use crate::progress::Progress;
use crate::walk::{Item, Walk};

/// Count objects and bytes by kind.
#[derive(Debug, Args)]
#[command(after_long_help = "Examples:
  h5 stat scan.h5
  h5 stat --json scan.h5::/entry

Exit status: 0, or 1 if something could not be read and is not counted.")]
pub(crate) struct StatArgs {
    /// File, or FILE::/path to count below an object
    #[arg(value_name = "FILE[::PATH]")]
    pub(crate) place: OsString,

    /// Go down so many levels only
    #[arg(long, short, value_name = "N")]
    pub(crate) depth: Option<usize>,

    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Datasets, logical and stored bytes of one kind.
#[derive(Debug, Default, Clone, Copy)]
struct Share {
    datasets: u64,
    logical_bytes: u64,
    stored_bytes: u64,
}

#[derive(Debug, Default)]
struct Counts {
    groups: u64,
    datasets: u64,
    datatypes: u64,
    links: u64,
    further_hard_links: u64,
    soft_links: u64,
    external_links: u64,
    user_links: u64,
    attributes: u64,
    broken: u64,
    deepest: u64,
    largest_group: u64,
    total: Share,
    by_layout: BTreeMap<String, Share>,
    by_filter: BTreeMap<String, Share>,
    by_class: BTreeMap<String, Share>,
}

pub(crate) fn run(args: &StatArgs, global: &GlobalArgs, out: &mut Out) -> Outcome {
    let location = Location::parse(&args.place);
    let file = location.open_within_limits(global)?;
    let start = location.find_whole(&file)?;
    let mut progress = Progress::new("stat", global.quiet);
    let mut counts = Counts::default();
    for entry in Walk::new(start, location.path.clone()).depth_limit(args.depth) {
        progress.object();
        counts.deepest = counts.deepest.max(u64::try_from(entry.depth).unwrap_or(u64::MAX));
        if entry.depth > 0 {
            add(&mut counts.links, 1);
        }
        match &entry.item {
            Item::Object(object) => {
                if counts.object(object).is_err() {
                    add(&mut counts.broken, 1);
                }
            }
            Item::Again(_) => add(&mut counts.further_hard_links, 1),
            Item::Link(link) => match link.target {
                h5::LinkTarget::Soft(_) => add(&mut counts.soft_links, 1),
                h5::LinkTarget::External { .. } => add(&mut counts.external_links, 1),
                _ => add(&mut counts.user_links, 1),
            },
            Item::Broken(_) => add(&mut counts.broken, 1),
        }
    }
    drop(progress);
    let length = file.info().ok().and_then(|info| info.length_bytes).filter(|_| location.is_whole_file());
    if args.json {
        let mut fields = record(json!({ "file": location.file_json(), "path": location.path.to_text() }));
        fields.append(&mut record(counts.json(length)));
        write_document(out, "h5.stat", &fields)?;
    } else {
        counts.text(length, out)?;
    }
    Ok(if counts.broken > 0 { Exit::No } else { Exit::Success })
}

fn add(to: &mut u64, more: u64) {
    *to = to.saturating_add(more);
}

impl Share {
    fn add(&mut self, other: Self) {
        add(&mut self.datasets, other.datasets);
        add(&mut self.logical_bytes, other.logical_bytes);
        add(&mut self.stored_bytes, other.stored_bytes);
    }

    fn json(self) -> serde_json::Value {
        json!({ "datasets": self.datasets, "logical_bytes": self.logical_bytes, "stored_bytes": self.stored_bytes })
    }
}

impl Counts {
    fn object(&mut self, object: &Object) -> Result<()> {
        match object.kind() {
            ObjectKind::Group => add(&mut self.groups, 1),
            ObjectKind::Dataset => add(&mut self.datasets, 1),
            ObjectKind::CommittedDatatype => add(&mut self.datatypes, 1),
        }
        let mut attributes = 0_u64;
        object.node().attributes(h5::Order::Native, &mut |_| {
            add(&mut attributes, 1);
            std::ops::ControlFlow::Continue(())
        })?;
        add(&mut self.attributes, attributes);
        match object.kind() {
            ObjectKind::Group => {
                self.largest_group = self.largest_group.max(object.clone().into_group()?.link_count()?);
            }
            ObjectKind::Dataset => self.dataset(object)?,
            ObjectKind::CommittedDatatype => {}
        }
        Ok(())
    }

    fn dataset(&mut self, object: &Object) -> Result<()> {
        let dataset = object.clone().into_dataset()?;
        let info = dataset.info()?;
        let element_bytes = u64::try_from(info.datatype.size()).unwrap_or(u64::MAX);
        let share = Share {
            datasets: 1,
            logical_bytes: info.dataspace.element_count().unwrap_or(u64::MAX).saturating_mul(element_bytes),
            stored_bytes: dataset.node()?.storage_bytes()?,
        };
        self.total.add(share);
        self.by_layout.entry(layout_kind(&info).to_owned()).or_default().add(share);
        self.by_class.entry(class_name(&info.datatype).to_owned()).or_default().add(share);
        for filter in &info.filters {
            self.by_filter.entry(filter_name(filter)).or_default().add(share);
        }
        if info.filters.is_empty() {
            self.by_filter.entry("none".into()).or_default().add(share);
        }
        Ok(())
    }

    fn json(&self, length: Option<u64>) -> serde_json::Value {
        let shares = |map: &BTreeMap<String, Share>| -> serde_json::Value {
            serde_json::Value::Object(map.iter().map(|(name, share)| (name.clone(), share.json())).collect())
        };
        json!({
            "groups": self.groups, "datasets": self.datasets, "datatypes": self.datatypes, "links": self.links,
            "further_hard_links": self.further_hard_links, "soft_links": self.soft_links,
            "external_links": self.external_links, "user_defined_links": self.user_links, "attributes": self.attributes,
            "broken": self.broken, "deepest_level": self.deepest, "largest_group": self.largest_group,
            "length_bytes": length, "logical_bytes": self.total.logical_bytes, "stored_bytes": self.total.stored_bytes,
            "layouts": shares(&self.by_layout), "filters": shares(&self.by_filter), "classes": shares(&self.by_class),
        })
    }

    fn text(&self, length: Option<u64>, out: &mut Out) -> Outcome<()> {
        let lines = [
            ("groups", self.groups),
            ("datasets", self.datasets),
            ("committed datatypes", self.datatypes),
            ("links", self.links),
            ("  further hard links", self.further_hard_links),
            ("  soft links", self.soft_links),
            ("  external links", self.external_links),
            ("  user-defined links", self.user_links),
            ("attributes", self.attributes),
            ("broken", self.broken),
            ("deepest level", self.deepest),
            ("largest group, links", self.largest_group),
        ];
        for (label, count) in lines {
            let role = if label == "broken" && count > 0 { Role::Broken } else { Role::Aside };
            writeln!(out, "{} {count:>12}", out.paint.text(role, &format!("{label:22}")))?;
        }
        if let Some(length) = length {
            writeln!(
                out,
                "{} {:>12}",
                out.paint.text(Role::Aside, &format!("{:22}", "file")),
                size_text(length)
            )?;
            let rest = length.saturating_sub(self.total.stored_bytes);
            let label = format!("{:22}", "  beside raw data");
            writeln!(out, "{} {:>12}", out.paint.text(Role::Aside, &label), size_text(rest))?;
        }
        for (title, map) in
            [("layout", &self.by_layout), ("filter", &self.by_filter), ("class", &self.by_class)]
        {
            if map.is_empty() {
                continue;
            }
            let heading = format!("{title:22} {:>12} {:>12} {:>12}", "datasets", "values", "stored");
            writeln!(out, "\n{}", out.paint.text(Role::Heading, &heading))?;
            for (name, share) in map {
                let (logical, stored) = (size_text(share.logical_bytes), size_text(share.stored_bytes));
                writeln!(out, "{name:22} {:>12} {logical:>12} {stored:>12}", share.datasets)?;
            }
        }
        Ok(())
    }
}

fn class_name(datatype: &h5::Datatype) -> &'static str {
    match datatype {
        h5::Datatype::Integer(_) => "integer",
        h5::Datatype::Float(_) => "float",
        h5::Datatype::Time(_) => "time",
        h5::Datatype::String(_) => "string",
        h5::Datatype::Bitfield(_) => "bitfield",
        h5::Datatype::Opaque(_) => "opaque",
        h5::Datatype::Compound(_) => "compound",
        h5::Datatype::Reference(_) => "reference",
        h5::Datatype::Enum(_) => "enumeration",
        h5::Datatype::Vlen(_) => "sequence",
        h5::Datatype::Array(_) => "array",
        h5::Datatype::Complex(_) => "complex",
        _ => "other",
    }
}
