//! Several threads on one open file.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use h5_backend::{File, Order};
use h5_types::{Block, Error, Result, Selection};

use super::growing;
use crate::suite::case::{Case, cases};
use crate::suite::trial::{Outcome, Trial, check, same};

pub(super) fn cases() -> Vec<Case> {
    cases!("concurrency";
        eight_readers [],
        eight_readers_and_a_writer_of_groups [],
        eight_readers_and_a_writer_of_attributes [],
        eight_readers_and_a_writer_of_rows [ChunkedLayout, Resize],
        eight_readers_and_a_writer_of_elements [],
        eight_writers_of_groups_of_their_own [],
        eight_writers_of_one_group [],
        eight_writers_of_datasets [],
        writers_and_a_thread_that_flushes [],
    )
}

const READERS: usize = 8;

/// Runs a writer and readers until the writer is done, and gives the first error.
fn beside(
    file: &File,
    write: impl FnOnce(&File) -> Result<()>,
    read: impl Fn(&File) -> Result<()> + Sync,
) -> Result<()> {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        // Once more after the writer is done.
                        let last = done.load(Ordering::Acquire);
                        read(file)?;
                        if last {
                            return Ok(());
                        }
                    }
                })
            })
            .collect();
        let written = write(file);
        done.store(true, Ordering::Release);
        let mut results = vec![written];
        results.extend(
            readers
                .into_iter()
                .map(|reader| reader.join().unwrap_or_else(|_| Err(Error::usage("a reader panicked")))),
        );
        results.into_iter().collect()
    })
}

/// Runs eight threads at once.
fn together(file: &File, run: impl Fn(&File, usize) -> Result<()> + Sync) -> Result<()> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..READERS)
            .map(|number| {
                scope.spawn({
                    let run = &run;
                    move || run(file, number)
                })
            })
            .collect();
        let joined = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|_| Err(Error::usage("a thread panicked"))));
        joined.collect::<Vec<_>>().into_iter().collect()
    })
}

fn expect(holds: bool, what: &'static str) -> Result<()> {
    if holds { Ok(()) } else { Err(Error::format(what)) }
}

fn eight_readers(t: &mut Trial<'_>) -> Outcome {
    let values: Vec<i32> = (0..10_000).collect();
    t.file().write_array("x", &values)?.set_attr("n", 5)?;
    t.reopen()?;
    together(t.file(), |file, _| {
        for _ in 0..20 {
            let data = file.dataset("x")?;
            expect(data.read::<i32>()? == values, "other values")?;
            expect(data.attr("n")?.read_scalar::<i32>()? == 5, "another attribute")?;
        }
        Ok(())
    })?;
    Ok(())
}

fn eight_readers_and_a_writer_of_groups(t: &mut Trial<'_>) -> Outcome {
    t.file().create_group("g")?;
    beside(
        t.file(),
        |file| {
            let group = file.group("g")?;
            (0..200).try_for_each(|number| group.create_group(format!("m{number:03}")).map(drop))
        },
        |file| {
            // A listing is of one moment: what was made before is in it.
            let listed: Result<Vec<_>> = file.group("g")?.links(Order::Name)?.into_iter().collect();
            let listed = listed?;
            let in_order =
                listed.iter().enumerate().all(|(n, link)| link.name.to_string() == format!("m{n:03}"));
            expect(in_order, "a listing with gaps")
        },
    )?;
    same(t.file().group("g")?.link_count()?, 200)
}

fn eight_readers_and_a_writer_of_attributes(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    group.set_attr("pair", [0_u64, 0])?;
    beside(
        t.file(),
        |_| (1..200_u64).try_for_each(|number| group.set_attr("pair", [number, number])),
        |file| {
            let pair = file.group("g")?.attr("pair")?.read::<u64>()?;
            expect(pair.len() == 2 && pair.first() == pair.last(), "half an attribute")
        },
    )?;
    Ok(())
}

fn eight_readers_and_a_writer_of_rows(t: &mut Trial<'_>) -> Outcome {
    let data = t.root()?.create_dataset_from("x", &growing::<i32>(&[0], &[16]))?;
    beside(
        t.file(),
        |file| {
            for number in 0..300 {
                data.append([number])?;
                if number % 50 == 0 {
                    file.flush()?;
                }
            }
            Ok(())
        },
        |file| {
            let data = file.dataset("x")?;
            let length = data.shape()?.first().copied().unwrap_or(0);
            let there = Selection::from_block(&Block { start: vec![0], size: vec![length] });
            let values = data.read_selection::<i32>(&there)?;
            // The last row may be there and not be written yet; those before it are whole.
            let whole = values
                .split_last()
                .is_none_or(|(_, before)| before.iter().zip(0..).all(|(&value, number)| value == number));
            expect(whole, "rows that were written are not there")
        },
    )?;
    same(data.read::<i32>()?, (0..300).collect::<Vec<i32>>())
}

fn eight_readers_and_a_writer_of_elements(t: &mut Trial<'_>) -> Outcome {
    let data = t.file().write_array("x", [0_u64; 500])?;
    beside(
        t.file(),
        |_| (1..100_u64).try_for_each(|number| data.write(&[number; 500])),
        |file| {
            // Elements are written one after the other: each is of some round, and none is torn.
            let values = file.dataset("x")?.read::<u64>()?;
            expect(values.len() == 500 && values.iter().all(|&value| value < 100), "torn elements")
        },
    )?;
    same(data.read::<u64>()?, [99; 500])
}

fn eight_writers_of_groups_of_their_own(t: &mut Trial<'_>) -> Outcome {
    together(t.file(), |file, number| {
        let group = file.create_group(format!("thread{number}"))?;
        (0..50).try_for_each(|k| group.create_group(format!("m{k}")).map(drop))
    })?;
    t.reopen()?;
    for number in 0..READERS {
        same(t.file().group(format!("thread{number}"))?.link_count()?, 50)?;
    }
    Ok(())
}

fn eight_writers_of_one_group(t: &mut Trial<'_>) -> Outcome {
    let group = t.file().create_group("g")?;
    together(t.file(), |_, number| {
        (0..50).try_for_each(|k| group.create_group(format!("m{number}-{k}")).map(drop))
    })?;
    same(group.link_count()?, 400)?;
    // Of eight who want one name, one gets it.
    let made = std::sync::atomic::AtomicUsize::new(0);
    together(t.file(), |file, _| {
        if file.create_group("wanted").is_ok() {
            made.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    })?;
    same(made.into_inner(), 1)
}

fn eight_writers_of_datasets(t: &mut Trial<'_>) -> Outcome {
    together(t.file(), |file, number| {
        let data = file.write_array(format!("x{number}"), vec![0_u64; 1000])?;
        (1..10_u64).try_for_each(|round| data.write(&[round * 10 + number as u64; 1000]))
    })?;
    t.reopen()?;
    for number in 0..READERS as u64 {
        let values = t.file().dataset(format!("x{number}"))?.read::<u64>()?;
        check(values == [90 + number; 1000], || format!("dataset {number} has other values"))?;
    }
    Ok(())
}

fn writers_and_a_thread_that_flushes(t: &mut Trial<'_>) -> Outcome {
    together(t.file(), |file, number| {
        for k in 0..20 {
            if number == 0 {
                file.flush()?;
            } else {
                file.create_group(format!("g{number}-{k}"))?.set_attr("k", k)?;
            }
        }
        Ok(())
    })?;
    t.reopen()?;
    same(t.root()?.link_count()?, 140)?;
    for group in t.root()?.groups() {
        group?.attr("k")?.read_scalar::<i32>()?;
    }
    Ok(())
}
