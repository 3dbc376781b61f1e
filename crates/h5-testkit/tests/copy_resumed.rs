//! Copies in several threads, filled in early, and gone on with where another ended: all equal to their original.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test that cannot go on fails"
)]

use std::cell::Cell;
use std::ops::ControlFlow;

use h5_backend::{CopyOptions, CopyProgress, File, unfinished_source};
use h5_testkit::{MemoryBackend, compare};
use h5_types::{Dataspace, ErrorKind, H5Type as _, NewDataset, NewLayout, Reference, Result};

/// Groups with attributes, small datasets, one of several slabs, text, references and a committed datatype.
fn original() -> Result<File> {
    let file = MemoryBackend::new();
    let datatype = file.root()?.commit_datatype("a_type", &f64::datatype())?;
    for number in 0..6_i32 {
        let group = file.root()?.create_group(format!("g{number}"))?;
        group.set_attr("number", number)?;
        group.write_array("small", (0..number + 1).collect::<Vec<i32>>())?.set_attr("units", "V")?;
        let large: Vec<i32> = (0..35 * 21).map(|value| value * (number + 1)).collect();
        let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([35, 21]));
        new.layout = NewLayout::Chunked { chunk: vec![5, 21], index: None };
        let large_dataset = group.create_dataset_from("large", &new)?;
        large_dataset.write(&large)?;
        group.set_attr("leads_to", Reference::Object(large_dataset.object().token()))?;
        let references = group.new_dataset::<Reference>("references").shape([1]).create()?;
        references.write(&[Reference::Object(group.object().token())])?;
        let mut typed = NewDataset::new(f64::datatype(), Dataspace::fixed([2]));
        typed.committed_datatype = Some(datatype.object().token());
        group.create_dataset_from("typed", &typed)?.write(&[0.5, f64::from(number)])?;
        group.link_soft("soft", "large")?;
        group.link_hard("same", &large_dataset)?;
    }
    file.root()?.set_attr("title", "an original")?;
    Ok(file)
}

fn options() -> CopyOptions<'static> {
    CopyOptions::new().slab_bytes(1000)
}

fn check(source: &File, target: &File, case: &str) -> Result<()> {
    let differences = compare::differences(&compare::contents(source)?, &compare::contents(target)?);
    assert!(differences.is_empty(), "{case}: {differences:#?}");
    assert_eq!(unfinished_source(&target.root()?)?, None, "{case}");
    Ok(())
}

#[test]
fn threads_and_early_filling_change_nothing() -> Result<()> {
    let source = original()?;
    for threads in [1, 2, 7] {
        for early in [false, true] {
            let target = MemoryBackend::new();
            let report =
                options().threads(threads).early(early).copy_contents(&source.root()?, &target.root()?)?;
            let case = format!("{threads} threads, early {early}");
            check(&source, &target, &case)?;
            assert!(report.is_complete() && report.remarks.is_empty(), "{case}");
            // Groups, their four datasets each, the datatype and the root.
            assert_eq!(report.objects, 6 * 5 + 2, "{case}");
        }
    }
    Ok(())
}

#[test]
fn a_copy_goes_on_where_another_ended() -> Result<()> {
    let source = original()?;
    for early in [false, true] {
        let mut stopped = 0;
        for end in 0..1000 {
            let target = MemoryBackend::new();
            let heard = Cell::new(0);
            let stop = |_: &CopyProgress| {
                heard.set(heard.get() + 1);
                if heard.get() > end { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            let resumable = || options().early(early).resumable("original, 1");
            let first = resumable().progress(&stop).copy_contents(&source.root()?, &target.root()?)?;
            let case = format!("early {early}, stopped after {end}");
            if !first.is_stopped() {
                check(&source, &target, &case)?;
                break;
            }
            stopped += 1;
            assert_eq!(unfinished_source(&target.root()?)?, Some("original, 1".into()), "{case}");
            let other = options().resumable("another").copy_contents(&source.root()?, &target.root()?);
            assert_eq!(other.unwrap_err().kind(), ErrorKind::Usage, "{case}");
            let second = resumable().threads(3).copy_contents(&source.root()?, &target.root()?)?;
            assert!(second.is_complete(), "{case}");
            check(&source, &target, &case)?;
        }
        assert!(stopped > 30, "{stopped}");
    }
    Ok(())
}

#[test]
fn what_another_made_is_not_taken_for_a_part_of_the_copy() -> Result<()> {
    let source = original()?;
    let target = MemoryBackend::new();
    let stop = |_: &CopyProgress| ControlFlow::Break(());
    let resumable = || options().resumable("original, 1");
    assert!(resumable().progress(&stop).copy_contents(&source.root()?, &target.root()?)?.is_stopped());
    if target.root()?.link("g1")?.is_some() {
        target.remove("g1")?;
    }
    target.root()?.write_array("g1", vec![1.0])?;
    let error = resumable().copy_contents(&source.root()?, &target.root()?).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyExists, "{error}");
    Ok(())
}
