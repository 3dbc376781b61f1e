//! Damaged files as they can be saved.

#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests compute with numbers of their own, and a failure is a panic"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use h5_backend::{CopyFailure, CopyOptions, CopyReport, File};
use h5_format::lookup3;
use h5_native::{CreateOptions, NativeFile, OpenOptions, Recovery, recover_in_place};
use h5_types::LibverBounds;

/// A path that is removed at the end.
struct Scratch(PathBuf);

impl Scratch {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("h5-recovered-{}-{name}.h5", std::process::id())))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn create(path: &Path, bounds: LibverBounds) -> File {
    let options = OpenOptions::new().bounds(bounds);
    File::from_backend(Arc::new(NativeFile::create(path, &CreateOptions::new(), &options).unwrap()))
}

/// Three groups of two datasets, one of the groups below another.
fn scans(path: &Path, bounds: LibverBounds) {
    let file = create(path, bounds);
    for (number, name) in ["a", "a/b", "c"].into_iter().enumerate() {
        let group = file.create_group(name).unwrap();
        group.object().set_attr("number", number as u64).unwrap();
        group.write_array("x", vec![number as f64; 20]).unwrap();
        group.write_array("y", vec![number as i32; 3]).unwrap();
    }
    file.close().unwrap();
}

/// What can be saved of a file, copied.
fn recovered(path: &Path) -> (Recovery, Scratch, File, CopyReport) {
    let recovery = Recovery::open(path, &OpenOptions::new(), true).unwrap();
    let out = Scratch(path.with_extension("saved.h5"));
    let copy = create(&out.0, LibverBounds::V18);
    let options = CopyOptions::new().failure(CopyFailure::Skip).raw_chunks(false);
    let report = options.copy_contents(&recovery.file().root().unwrap(), &copy.root().unwrap()).unwrap();
    (recovery, out, copy, report)
}

fn names(recovery: &Recovery) -> Vec<String> {
    recovery.diagnosis().orphans.iter().map(|orphan| orphan.name.to_string()).collect()
}

/// Changes bytes of a file.
fn damage(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = std::fs::read(path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

fn find(bytes: &[u8], signature: &[u8]) -> usize {
    bytes.windows(signature.len()).position(|window| window == signature).unwrap()
}

/// Makes the checksum of a block of so many bytes right.
fn mend(bytes: &mut [u8], start: usize, length: usize) {
    let end = start + length - 4;
    let checksum = lookup3(&bytes[start..end]);
    bytes[end..end + 4].copy_from_slice(&checksum.to_le_bytes());
}

#[test]
fn a_sound_file_has_nothing_to_recover() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V200] {
        let path = Scratch::new(&format!("sound-{bounds:?}"));
        scans(&path.0, bounds);
        let (recovery, _out, copy, report) = recovered(&path.0);
        let diagnosis = recovery.diagnosis();
        assert!(diagnosis.cleared.is_empty() && diagnosis.unreadable.is_empty() && report.is_complete());
        assert_eq!((diagnosis.reached, diagnosis.orphan_count), (10, 0), "{:?}", diagnosis.orphans);
        assert_eq!(diagnosis.lost_and_found, None);
        assert_eq!(copy.dataset("a/b/x").unwrap().read::<f64>().unwrap(), [1.0; 20]);
        assert!(recovery.save_chunks(&copy, &report).unwrap().is_empty());
    }
}

#[test]
fn what_a_damaged_root_group_led_to_is_found_by_its_name() {
    let path = Scratch::new("root");
    scans(&path.0, LibverBounds::V18);
    damage(&path.0, |bytes| {
        // The checksum of the root group's header is wrong; its links are there.
        let root = find(bytes, b"OHDR");
        bytes[root + 7] ^= 1;
    });
    let (recovery, _out, copy, _) = recovered(&path.0);
    assert_eq!(names(&recovery), ["a", "c"]);
    assert_eq!(recovery.diagnosis().orphan_count, 9);
    assert!(!recovery.diagnosis().unreadable.is_empty());
    assert_eq!(copy.dataset("lost+found/a/b/x").unwrap().read::<f64>().unwrap(), [1.0; 20]);
    assert_eq!(copy.dataset("lost+found/c/y").unwrap().read::<i32>().unwrap(), [2; 3]);
    assert_eq!(copy.group("lost+found/c").unwrap().attr("number").unwrap().read_scalar::<u64>().unwrap(), 2);
}

#[test]
fn old_objects_that_no_symbol_table_leads_to_are_found() {
    let path = Scratch::new("old");
    scans(&path.0, LibverBounds::Earliest);
    damage(&path.0, |bytes| {
        let places: Vec<usize> =
            (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(b"TREE")).collect();
        // The root group's B-tree leads nowhere any more.
        let root = places.iter().copied().find(|&at| bytes[at + 4] == 0).unwrap();
        bytes[root] = b'X';
    });
    let (recovery, _out, copy, report) = recovered(&path.0);
    assert!(!report.is_complete());
    assert_eq!(names(&recovery).len(), 2);
    // The heaps of two groups fit the root's node: what the objects were called is not known.
    let found = &recovery.diagnosis().orphans;
    let first = found.iter().map(|orphan| format!("lost+found/{}/b/y", orphan.name));
    let first = first.filter_map(|path| copy.dataset(path).ok()).next().unwrap();
    assert_eq!(first.read::<i32>().unwrap(), [1; 3]);
}

#[test]
fn orphans_are_linked_in_place() {
    let path = Scratch::new("in-place");
    let file = create(&path.0, LibverBounds::V18);
    let kept = file.create_group("kept").unwrap();
    kept.create_group("lost").unwrap().write_array("x", vec![7_i32; 5]).unwrap();
    file.close().unwrap();
    damage(&path.0, |bytes| {
        // The link's name: the group's header has a right checksum and leads elsewhere: to its own group.
        let header = bytes.windows(4).enumerate().filter(|(_, w)| w == b"OHDR").map(|(at, _)| at);
        let headers: Vec<usize> = header.collect();
        let name = find(bytes, b"lost");
        let start = headers.iter().copied().filter(|&at| at < name).max().unwrap();
        let target: [u8; 8] = (start as u64).to_le_bytes();
        bytes[name + 4..name + 12].copy_from_slice(&target);
        let flags = bytes[start + 5];
        let prefix = 6 + if flags & 0x20 == 0 { 0 } else { 16 } + if flags & 0x10 == 0 { 0 } else { 4 };
        let width = 1 << (flags & 3);
        let size = (0..width).fold(0, |size, at| size | usize::from(bytes[start + prefix + at]) << (8 * at));
        mend(bytes, start, prefix + width + size + 4);
    });
    let done = recover_in_place(&path.0, &OpenOptions::new(), true).unwrap();
    assert!(done.failures.is_empty(), "{:?}", done.failures);
    assert_eq!(done.linked, 1);
    let file = NativeFile::open(&path.0, &OpenOptions::new()).unwrap();
    let group = File::from_backend(Arc::new(file)).group("lost+found").unwrap();
    let name = done.diagnosis.orphans[0].name.to_string();
    assert_eq!(group.dataset(format!("{name}/x")).unwrap().read::<i32>().unwrap(), [7; 5]);
    let again = recover_in_place(&path.0, &OpenOptions::new(), true).unwrap();
    assert_eq!((again.linked, again.diagnosis.orphan_count), (0, 0));
}

/// A dataset of 6 x 2 chunks with two unlimited dimensions, or with one.
fn chunked(path: &Path, both: bool) {
    let file = create(path, LibverBounds::V110);
    let max = if both { [None, None] } else { [None, Some(8)] };
    let dataset = file.new_dataset::<u32>("d").shape([24, 8]).max_shape(max).chunks([4, 4]).deflate(3);
    let dataset = dataset.create().unwrap();
    dataset.write(&(0..24 * 8).collect::<Vec<u32>>()).unwrap();
    file.close().unwrap();
}

#[test]
fn chunks_in_a_leaf_with_another_count_than_its_tree_says_are_saved() {
    let path = Scratch::new("leaf");
    chunked(&path.0, true);
    damage(&path.0, |bytes| {
        let header = find(bytes, b"BTHD");
        // Records in the root: signature, version, type, node size, record size, depth, percentages, address.
        let count = header + 4 + 1 + 1 + 4 + 2 + 2 + 1 + 1 + 8;
        assert_eq!(bytes[count], 12);
        bytes[count] = 11;
        bytes[count + 2] = 11;
        mend(bytes, header, count + 2 + 8 + 4 - header);
    });
    let (recovery, _out, copy, report) = recovered(&path.0);
    assert!(!report.is_complete());
    let saved = recovery.save_chunks(&copy, &report).unwrap();
    assert_eq!(saved.len(), 12);
    assert_eq!(copy.dataset("d").unwrap().read::<u32>().unwrap(), (0..24 * 8).collect::<Vec<u32>>());
}

#[test]
fn chunks_in_a_data_block_that_nothing_leads_to_are_saved() {
    let path = Scratch::new("block");
    chunked(&path.0, false);
    damage(&path.0, |bytes| {
        let (index, block) = (find(bytes, b"EAIB"), find(bytes, b"EADB"));
        let address = (block as u64).to_le_bytes();
        let named = (index..bytes.len() - 8).find(|&at| bytes[at..at + 8] == address).unwrap();
        bytes[named..named + 8].fill(0xff);
        // The index block's checksum is the first that is right for what is before it now.
        let old = std::fs::read(&path.0).unwrap();
        let end = (named + 8..=bytes.len() - 4)
            .find(|&end| lookup3(&old[index..end]).to_le_bytes() == old[end..end + 4])
            .unwrap();
        mend(bytes, index, end + 4 - index);
    });
    let (recovery, _out, copy, report) = recovered(&path.0);
    assert!(report.is_complete(), "such chunks look as if they had never been written");
    let saved = recovery.save_chunks(&copy, &report).unwrap();
    assert!(!saved.is_empty());
    assert_eq!(copy.dataset("d").unwrap().read::<u32>().unwrap(), (0..24 * 8).collect::<Vec<u32>>());
}

#[test]
fn a_chunk_that_is_longer_than_its_index_says_is_saved() {
    let path = Scratch::new("longer");
    let file = create(&path.0, LibverBounds::Earliest);
    let dataset =
        file.new_dataset::<u32>("d").shape([64]).resizable().chunks([64]).deflate(3).create().unwrap();
    let elements: Vec<u32> = (0..64_u32).map(|x| x * x).collect();
    dataset.write(&elements).unwrap();
    file.close().unwrap();
    damage(&path.0, |bytes| {
        // The first key of the leaf: after signature, type, level, count and siblings comes the chunk's size.
        let places: Vec<usize> =
            (0..bytes.len() - 4).filter(|&at| bytes[at..].starts_with(b"TREE")).collect();
        let tree = places.into_iter().find(|&at| bytes[at + 4] == 1).unwrap();
        let size = u32::from_le_bytes(bytes[tree + 24..tree + 28].try_into().unwrap());
        bytes[tree + 24..tree + 28].copy_from_slice(&(size - 20).to_le_bytes());
    });
    let (recovery, _out, copy, report) = recovered(&path.0);
    assert!(!report.is_complete());
    assert_eq!(recovery.save_chunks(&copy, &report).unwrap().len(), 1);
    assert_eq!(copy.dataset("d").unwrap().read::<u32>().unwrap(), elements);
}

#[test]
fn any_damage_ends_in_a_copy_or_an_error() {
    let mut random = 1_u64;
    let mut below = |bound: usize| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) as usize % bound
    };
    for bounds in [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110] {
        let whole = Scratch::new(&format!("whole-{bounds:?}"));
        scans(&whole.0, bounds);
        if bounds == LibverBounds::V110 {
            chunked(&whole.0, true);
        }
        let bytes = std::fs::read(&whole.0).unwrap();
        let path = Scratch::new(&format!("any-{bounds:?}"));
        for round in 0..60 {
            let mut damaged = bytes.clone();
            for _ in 0..=below(6) {
                let start = below(damaged.len());
                let end = (start + 1 + below(60)).min(damaged.len());
                match below(4) {
                    0 => damaged[start..end].fill(0),
                    1 => damaged[start..end].fill(0xff),
                    2 => damaged.truncate(start.max(100)),
                    _ => damaged[start] ^= 1 << below(8),
                }
            }
            std::fs::write(&path.0, damaged).unwrap();
            let Ok(recovery) = Recovery::open(&path.0, &OpenOptions::new(), true) else { continue };
            let Ok(root) = recovery.file().root() else { continue };
            let out = Scratch::new(&format!("any-out-{bounds:?}-{round}"));
            let copy = create(&out.0, LibverBounds::V18);
            let options = CopyOptions::new().failure(CopyFailure::Skip).raw_chunks(false);
            let report = options.copy_contents(&root, &copy.root().unwrap()).unwrap();
            recovery.save_chunks(&copy, &report).unwrap();
        }
    }
}
