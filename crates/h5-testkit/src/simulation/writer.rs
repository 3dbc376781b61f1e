//! The writer: commits, dies, comes back.

use std::sync::Arc;
use std::time::Duration;

use h5_backend::File;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Error, Result};

use super::checker::{Checker, Model};
use super::world::{ActorVfd, World};
use super::{Kind, Random, pause};

/// The writer's number.
const WRITER: usize = 0;
pub(super) const WIDTH: u64 = 8;
const BLOCK_ELEMENTS: usize = 64;
/// Times that a writer opens the file.
const LIVES: u64 = 3;
const LONGEST_ABSENCE_MICROSECONDS: u64 = 400_000;
/// A writer that is killed is so within that many writes, of the fifty or so that it makes.
const WRITES_BEFORE_A_FAULT: u64 = 60;

fn driver(world: &Arc<World>) -> Arc<ActorVfd> {
    Arc::new(ActorVfd::new(Arc::clone(world), WRITER))
}

/// Makes the file, before anybody looks.
pub(super) fn create(world: &Arc<World>, checker: &Checker, kind: Kind, options: &OpenOptions) -> Result<()> {
    let file = NativeFile::create_vfd(driver(world), &CreateOptions::new(), options)?;
    let file = File::from_backend(Arc::new(file));
    file.new_dataset::<u64>("rows").shape([0]).resizable().chunks([4]).create()?;
    let wide = file.new_dataset::<u64>("wide").shape([0, WIDTH]).resizable().chunks([3, WIDTH]);
    wide.deflate(1).create()?;
    if kind == Kind::Ordinary {
        file.create_group("groups")?;
        file.root()?.object().set_attr("mark", 0_u64)?;
        file.write_array("block", vec![0_u64; BLOCK_ELEMENTS])?;
        file.write_array("spare", vec![0_u64; 1])?;
    }
    checker.begin(Model::default());
    file.close()?;
    checker.end();
    Ok(())
}

/// Writes, for as long as the schedule says.
pub(super) fn play(
    world: &Arc<World>,
    checker: &Checker,
    kind: Kind,
    options: &OpenOptions,
    random: &mut Random,
) -> Result<()> {
    // A killed writer leaves a SWMR file that has to be cleared first: nobody comes back.
    let lives = if kind == Kind::Swmr { 1 } else { LIVES };
    for life in 0..lives {
        let fault = random.below(WRITES_BEFORE_A_FAULT) + 1;
        let (kill_in, fail_in) = match random.below(20) {
            0..8 => (Some(fault), None),
            8 if kind == Kind::Ordinary => (None, Some(fault)),
            _ => (None, None),
        };
        // What it does to open the file is not threatened.
        world.threaten(None, None);
        world.holds(true);
        let file = NativeFile::open_writable_vfd(driver(world), options)?;
        let file = File::from_backend(Arc::new(file));
        if life > 0 {
            come_back(&file, checker)?;
            world.settle();
        }
        world.threaten(kill_in, fail_in);
        let lived = live(&file, checker, world, kind, random);
        let closed = if lived.is_ok() { file.close() } else { Ok(()) };
        world.holds(false);
        let is_over = lived.is_err() || closed.is_err();
        if is_over && !world.is_dead() && fail_in.is_none() {
            return lived.and(closed);
        }
        if is_over {
            // Closing would complain once more; there are few of these.
            std::mem::forget(file);
        }
        world.sleep(WRITER, Duration::from_micros(random.below(LONGEST_ABSENCE_MICROSECONDS)));
    }
    Ok(())
}

/// One life: some commits.
fn live(file: &File, checker: &Checker, world: &World, kind: Kind, random: &mut Random) -> Result<()> {
    if kind == Kind::Swmr {
        file.start_swmr()?;
    }
    let (mut model, _) = checker.possible();
    for _ in 0..=random.below(4) {
        world.sleep(WRITER, pause(random));
        let next = change(file, model, kind, random)?;
        checker.begin(next);
        file.flush()?;
        if world.is_dead() {
            return Err(Error::usage("killed"));
        }
        checker.end();
        model = next;
    }
    Ok(())
}

/// Changes up to three parts of the file.
fn change(file: &File, model: Model, kind: Kind, random: &mut Random) -> Result<Model> {
    let mut next = model;
    let parts = if kind == Kind::Swmr { 2 } else { 6 };
    for _ in 0..=random.below(3) {
        match random.below(parts) {
            0 => {
                let more = random.below(5) + 1;
                file.dataset("rows")?.append((next.rows..next.rows + more).collect::<Vec<u64>>())?;
                next.rows += more;
            }
            1 => {
                let row = vec![next.wide; usize::try_from(WIDTH).unwrap_or(0)];
                let row = ndarray::Array2::from_shape_vec((1, row.len()), row);
                file.dataset("wide")?.append(row.map_err(|error| Error::usage(error.to_string()))?)?;
                next.wide += 1;
            }
            2 => {
                let group = file.create_group(format!("groups/g{}", next.groups))?;
                group.object().set_attr("number", next.groups)?;
                next.groups += 1;
            }
            3 => {
                next.mark += 1;
                file.root()?.object().set_attr("mark", next.mark)?;
            }
            4 => {
                next.block += 1;
                file.dataset("block")?.write(&vec![next.block; BLOCK_ELEMENTS])?;
            }
            _ => {
                next.spare += 1;
                file.remove("spare")?;
                let size = usize::try_from(random.below(300) + 1).unwrap_or(1);
                file.write_array("spare", vec![next.spare; size])?;
            }
        }
    }
    Ok(next)
}

/// Looks what the last writer left: each part must be as of the last commit that ended or of the one that did not. That is a new state.
fn come_back(file: &File, checker: &Checker) -> Result<()> {
    let found = super::reader::observe(file)?;
    let (last, cut_short) = checker.possible();
    let cut_short = cut_short.unwrap_or(last);
    if !found.is_between(&last, &cut_short) {
        checker.fail(format!("after a kill {found:?} is found, commits have {last:?} and {cut_short:?}"));
    }
    checker.begin(found);
    checker.end();
    Ok(())
}
