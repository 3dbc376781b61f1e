//! A reader: looks at one part of the file after another.

use std::sync::Arc;

use h5_backend::{File, Order};
use h5_native::OpenOptions;
use h5_types::{Block, Error, Result, Selection};

use super::checker::{Checker, Model, Part};
use super::world::World;
use super::writer::WIDTH;
use super::{Kind, Random, live, pause};

/// Looks at the file some times.
pub(super) fn play(
    world: &Arc<World>,
    checker: &Checker,
    kind: Kind,
    options: &OpenOptions,
    actor: usize,
    random: &mut Random,
    looks: u32,
) -> Result<()> {
    let mut file = File::from_backend(Arc::new(live(world, actor, options)?));
    // The commit that each part was seen of last.
    let mut seen = [0_usize; 6];
    let mut whole = 0_usize;
    for _ in 0..looks {
        world.sleep(actor, pause(random));
        if random.once_in(8) {
            file = File::from_backend(Arc::new(live(world, actor, options)?));
        }
        let parts = if kind == Kind::Swmr { 2 } else { 8 };
        let number = usize::try_from(random.below(parts)).unwrap_or(0);
        if number >= LOOKS.len() {
            let least = checker.completed().max(whole);
            let found = file.consistently(|| observe(&file));
            let found = found.map_err(|error| Error::usage(format!("all parts: {error}")))?;
            whole = checker.check_whole(&found, least, world.is_cut_short());
            continue;
        }
        let Some((what, part, look)) = LOOKS.get(number) else { continue };
        // In SWMR mode each dataset shows what it was asked for last.
        let least = checker.completed().max(seen.get(number).copied().unwrap_or(0));
        if kind == Kind::Swmr {
            file.refresh()?;
        }
        let value = look(&file).map_err(|error| Error::usage(format!("{what}: {error}")))?;
        let commit = checker.check(what, *part, value, least);
        if let Some(seen) = seen.get_mut(number) {
            *seen = commit;
        }
    }
    Ok(())
}

/// A look at one part, by what it is called.
type Look = (&'static str, Part, fn(&File) -> Result<u64>);

const LOOKS: [Look; 6] = [
    ("rows", |model| model.rows, rows),
    ("wide", |model| model.wide, wide),
    ("groups", |model| model.groups, groups),
    ("mark", |model| model.mark, mark),
    ("block", |model| model.block, block),
    ("spare", |model| model.spare, spare),
];

/// All parts, where nobody else writes.
pub(super) fn observe(file: &File) -> Result<Model> {
    Ok(Model {
        rows: rows(file)?,
        wide: wide(file)?,
        groups: groups(file)?,
        mark: mark(file)?,
        block: block(file)?,
        spare: spare(file)?,
    })
}

/// How many rows there are, all of which are what they should be.
fn rows(file: &File) -> Result<u64> {
    let dataset = file.dataset("rows")?;
    let count = dataset.shape()?.first().copied().unwrap_or(0);
    if count > 0 {
        let all = Selection::from_block(&Block { start: vec![0], size: vec![count] });
        let rows: Vec<u64> = dataset.read_selection(&all)?;
        wrong_unless(rows.iter().copied().eq(0..count), || format!("{count} rows are {rows:?}"))?;
    }
    Ok(count)
}

fn wide(file: &File) -> Result<u64> {
    let dataset = file.dataset("wide")?;
    let count = dataset.shape()?.first().copied().unwrap_or(0);
    if count > 0 {
        let all = Selection::from_block(&Block { start: vec![0, 0], size: vec![count, WIDTH] });
        let rows: Vec<u64> = dataset.read_selection(&all)?;
        let expected = (0..count).flat_map(|row| (0..WIDTH).map(move |_| row));
        wrong_unless(rows.iter().copied().eq(expected), || format!("{count} rows are {rows:?}"))?;
    }
    Ok(count)
}

/// How many groups there are; the listing is of one state, and each group has its number.
fn groups(file: &File) -> Result<u64> {
    let links = file.group("groups")?.links(Order::Native)?;
    let mut numbers = Vec::new();
    for link in links {
        let name = link?.name.to_string();
        let number = name.strip_prefix('g').and_then(|number| number.parse::<u64>().ok());
        numbers.push(number.ok_or_else(|| Error::usage(format!("a group `{name}`")))?);
    }
    numbers.sort_unstable();
    let count = u64::try_from(numbers.len()).unwrap_or(u64::MAX);
    wrong_unless(numbers.iter().copied().eq(0..count), || format!("groups {numbers:?}"))?;
    if let Some(last) = count.checked_sub(1) {
        let number: u64 = file.group(format!("groups/g{last}"))?.attr("number")?.read_scalar()?;
        wrong_unless(number == last, || format!("group {last} has the number {number}"))?;
    }
    Ok(count)
}

fn mark(file: &File) -> Result<u64> {
    file.consistently(|| file.root()?.attr("mark")?.read_scalar())
}

fn block(file: &File) -> Result<u64> {
    same(&file.dataset("block")?.read::<u64>()?)
}

/// What is removed and made again: found and read within one state.
fn spare(file: &File) -> Result<u64> {
    file.consistently(|| file.dataset("spare")?.read::<u64>()).and_then(|elements| same(&elements))
}

/// The one value that all elements have.
fn same(elements: &[u64]) -> Result<u64> {
    let first = elements.first().copied().unwrap_or(u64::MAX);
    wrong_unless(elements.iter().all(|&element| element == first), || format!("a mixture: {elements:?}"))?;
    Ok(first)
}

fn wrong_unless(right: bool, what: impl FnOnce() -> String) -> Result<()> {
    if right { Ok(()) } else { Err(Error::usage(what())) }
}
