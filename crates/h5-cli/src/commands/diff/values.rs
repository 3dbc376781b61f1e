//! Comparison of values, slab by slab.

use std::collections::{BTreeSet, HashMap};
use std::ops::ControlFlow;

use h5::{Dataset, DatasetInfo, Elements, Layout, Name, Object, ObjectToken, Reference, Result};
use serde_json::json;

use super::Diff;
use crate::commands::compare::{distance, same};
use crate::describe::{lists_chunks, shape_text, shortened, tuple};
use crate::slabs::Slabs;
use crate::slice::Slice;
use crate::walk::{Item, Walk};

/// How many elements differ, and the first of them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    compared: u64,
    different: u64,
    first: Option<First>,
    largest_distance: Option<f64>,
}

/// The first difference.
#[derive(Debug)]
struct First {
    /// Where it is in the dataset.
    index: Vec<u64>,
    a: String,
    b: String,
}

/// What references lead to, as paths: found by one walk of each file, when the first reference is met.
#[derive(Debug, Default)]
pub(super) struct References(Option<(Paths, Paths)>);

type Paths = HashMap<ObjectToken, Name>;

impl References {
    fn same(&mut self, a: &Reference, b: &Reference, start: (&Object, &Object)) -> bool {
        let (paths_a, paths_b) = self.0.get_or_insert_with(|| (paths(start.0), paths(start.1)));
        let same_object = |a: &ObjectToken, b: &ObjectToken| match (paths_a.get(a), paths_b.get(b)) {
            (Some(a), Some(b)) => a == b,
            (None, None) => a == b,
            _ => false,
        };
        match (a, b) {
            (Reference::Object(a), Reference::Object(b)) => same_object(a, b),
            (
                Reference::Region { object: a, selection: sa },
                Reference::Region { object: b, selection: sb },
            ) => same_object(a, b) && sa == sb,
            (Reference::Attribute { object: a, name: na }, Reference::Attribute { object: b, name: nb }) => {
                same_object(a, b) && na == nb
            }
            (a, b) => a == b,
        }
    }
}

fn paths(start: &Object) -> Paths {
    let Ok(root) = start.file().root() else { return Paths::new() };
    let mut walk = Walk::new(root.object().clone(), "/".into());
    let mut paths = Paths::new();
    while let Some(entry) = walk.next() {
        if let Item::Object(object) = &entry.item {
            paths.insert(object.token(), walk.path(&entry));
        }
    }
    paths
}

impl Diff<'_> {
    pub(super) fn datasets(&mut self, path: &Name, a: Object, b: Object) -> Result<()> {
        let (a, b) = (a.into_dataset()?, b.into_dataset()?);
        let (info_a, info_b) = (a.info()?, b.info()?);
        if info_a.datatype != info_b.datatype {
            let texts = (shortened(&info_a.datatype, 1000), shortened(&info_b.datatype, 1000));
            // The width of addresses in a file shows in the size of what points into it, and nowhere else.
            if texts.0 != texts.1 {
                self.differ(path, "datatype", texts.0, texts.1);
            }
        }
        if info_a.dataspace != info_b.dataspace {
            self.differ(path, "shape", shape_text(&info_a.dataspace), shape_text(&info_b.dataspace));
            if info_a.dataspace.dimensions() != info_b.dataspace.dimensions() {
                return Ok(());
            }
        }
        if self.args.no_values || info_a.dataspace.element_count() == Some(0) {
            return Ok(());
        }
        let mut tally = Tally::default();
        let compared = match stored_parts(&a, &info_a, &b, &info_b)? {
            Some(parts) => parts.iter().try_for_each(|part| self.part(&a, &b, part, &mut tally)),
            None => self.part(&a, &b, &Slice::whole(info_a.dataspace.dimensions()), &mut tally),
        };
        self.tally(path, tally);
        compared
    }

    fn part(&mut self, a: &Dataset, b: &Dataset, part: &Slice, tally: &mut Tally) -> Result<()> {
        let limit = u64::MAX;
        let (mut slabs_a, mut slabs_b) = (Slabs::new(a, part, limit)?, Slabs::new(b, part, limit)?);
        let mut position = 0_u64;
        // Both sides are read in slabs of the same size, whatever their datatypes.
        slabs_a.agree(&mut slabs_b);
        while let (Some(x), Some(y)) = (slabs_a.next(), slabs_b.next()) {
            let (x, y) = (x?, y?);
            self.progress.bytes(x.bytes.len().saturating_add(y.bytes.len()));
            self.elements(&x, &y, part, position, tally)?;
            position = position.saturating_add(u64::try_from(x.count()).unwrap_or(u64::MAX));
            slabs_a.agree(&mut slabs_b);
        }
        Ok(())
    }

    /// Compares elements one by one, after a look at all their bytes. They stand in `part` from `position` on.
    pub(super) fn elements(
        &mut self,
        a: &Elements,
        b: &Elements,
        part: &Slice,
        position: u64,
        tally: &mut Tally,
    ) -> Result<()> {
        let count = u64::try_from(a.count()).unwrap_or(u64::MAX);
        tally.compared = tally.compared.saturating_add(count);
        if a.datatype == b.datatype && !a.datatype.has_variable_part() && a.bytes == b.bytes {
            return Ok(());
        }
        let start = (&self.a, &self.b);
        let references = &mut self.references;
        for (number, (x, y)) in a.values().zip(b.values()).enumerate() {
            let (x, y) = (x?, y?);
            if same(&x, &y, self.tolerance, &mut |x, y| references.same(x, y, start)) {
                continue;
            }
            tally.different = tally.different.saturating_add(1);
            if let Some(distance) = distance(&x, &y) {
                tally.largest_distance = Some(tally.largest_distance.map_or(distance, |d| d.max(distance)));
            }
            if tally.first.is_none() {
                let position = position.saturating_add(u64::try_from(number).unwrap_or(u64::MAX));
                tally.first = Some(First {
                    index: part.index_of(position),
                    a: shortened(&x, 100),
                    b: shortened(&y, 100),
                });
            }
        }
        Ok(())
    }

    /// Notes what was counted.
    pub(super) fn tally(&mut self, path: &Name, tally: Tally) {
        let Some(first) = tally.first else { return };
        let Tally { compared, different, largest_distance, .. } = tally;
        let furthest = largest_distance.map(|d| format!(", by {d:?} at most")).unwrap_or_default();
        let text = if compared == 1 {
            format!("{} | {}", first.a, first.b)
        } else {
            let place = tuple(&first.index);
            format!("{different} of {compared} differ{furthest}; first at {place}: {} | {}", first.a, first.b)
        };
        let fields = json!({
            "different": different, "compared": compared, "largest_distance": largest_distance, "first": first.index,
            "a": first.a, "b": first.b,
        });
        self.note(path, "values", text, fields);
    }
}

/// The parts that at least one side has stored, if all the rest is the same fill value on both; none if all has to be read.
fn stored_parts(
    a: &Dataset,
    info_a: &DatasetInfo,
    b: &Dataset,
    info_b: &DatasetInfo,
) -> Result<Option<Vec<Slice>>> {
    if info_a.fill.definition != info_b.fill.definition || info_a.datatype != info_b.datatype {
        return Ok(None);
    }
    let (Layout::Chunked { chunk, .. }, Layout::Chunked { chunk: other, .. }) =
        (&info_a.layout, &info_b.layout)
    else {
        let nothing = |dataset: &Dataset, info: &DatasetInfo| -> Result<bool> {
            let plain = matches!(info.layout, Layout::Contiguous | Layout::Chunked { .. })
                && info.external.is_empty();
            Ok(plain && dataset.node()?.storage_bytes()? == 0)
        };
        return Ok((nothing(a, info_a)? && nothing(b, info_b)?).then(Vec::new));
    };
    if chunk != other || !lists_chunks(a) || !lists_chunks(b) {
        return Ok(None);
    }
    let mut offsets = BTreeSet::new();
    let mut broken = None;
    for dataset in [a, b] {
        dataset.node()?.chunks(&mut |chunk| {
            match chunk {
                Ok(chunk) => {
                    offsets.insert(chunk.offset);
                }
                Err(error) => broken = Some(error),
            }
            ControlFlow::Continue(())
        })?;
    }
    if let Some(error) = broken {
        return Err(error);
    }
    let dimensions = info_a.dataspace.dimensions();
    Ok(Some(offsets.iter().filter_map(|offset| Slice::of_chunk(offset, chunk, dimensions)).collect()))
}
