//! Files that keep a record of their free space, and files in pages.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::type_complexity,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

use std::sync::Arc;

use h5_backend::{File, FileSpaceStrategy};
use h5_format::free_space::{FreeSection, FreeSpaceHeader};
use h5_format::message::FileSpaceInfo;
use h5_native::vfd::BufferVfd;
use h5_native::{CreateOptions, FileSpace, NativeFile, OpenOptions};
use h5_types::{ErrorKind, LibverBounds};

const BOUNDS: [LibverBounds; 3] = [LibverBounds::Earliest, LibverBounds::V18, LibverBounds::V110];

fn create(vfd: &Arc<BufferVfd>, space: FileSpace, bounds: LibverBounds) -> File {
    let create = CreateOptions::new().file_space(space);
    let native = NativeFile::create_vfd(vfd.clone(), &create, &OpenOptions::new().bounds(bounds)).unwrap();
    File::from_backend(Arc::new(native))
}

fn open(vfd: &Arc<BufferVfd>) -> File {
    File::from_backend(Arc::new(NativeFile::open_writable_vfd(vfd.clone(), &OpenOptions::new()).unwrap()))
}

fn put(file: &File, path: &str, length: usize) {
    let values: Vec<i64> = (0..length as i64).collect();
    file.new_dataset::<i64>(path).shape([length as u64]).create().unwrap().write(&values).unwrap();
}

fn is_whole(file: &File, path: &str, length: usize) {
    let values: Vec<i64> = file.dataset(path).unwrap().read().unwrap();
    assert_eq!(values, (0..length as i64).collect::<Vec<_>>(), "{path}");
}

/// What a file says of its free space: the message, and blocks of the record and free sections with their managers.
fn record(vfd: &BufferVfd) -> (FileSpaceInfo, Vec<(u64, u64)>, Vec<(usize, FreeSection)>) {
    let bytes = vfd.to_bytes();
    let native = NativeFile::open_vfd(Arc::new(BufferVfd::new(bytes.clone())), &OpenOptions::new()).unwrap();
    let sizes = native.core().storage().sizes();
    let info = native.core().extension().file_space_info.clone().unwrap();
    let (mut blocks, mut sections) = (Vec::new(), Vec::new());
    for (number, manager) in info.managers.iter().enumerate() {
        let Some(address) = *manager else { continue };
        let header = FreeSpaceHeader::decode(&bytes[address.0 as usize..], sizes).unwrap();
        let list = header.section_list_address.unwrap();
        let used = &bytes[list.0 as usize..][..header.section_list_used_bytes as usize];
        let found = header.decode_sections(used, address, 0, sizes).unwrap();
        assert_eq!(found.iter().map(|section| section.size).sum::<u64>(), header.total_space_bytes);
        blocks.extend([
            (address.0, FreeSpaceHeader::bytes(sizes)),
            (list.0, header.section_list_allocated_bytes),
        ]);
        sections.extend(found.into_iter().map(|section| (number, section)));
    }
    let mut all = blocks.clone();
    all.extend(sections.iter().map(|(_, section)| (section.offset, section.size)));
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0].0 + pair[0].1 <= pair[1].0), "overlapping: {all:?}");
    assert!(all.last().is_none_or(|last| last.0 + last.1 <= bytes.len() as u64));
    (info, blocks, sections)
}

fn free_bytes(vfd: &BufferVfd) -> u64 {
    record(vfd).2.iter().map(|(_, section)| section.size).sum()
}

#[test]
fn recorded_space_is_used_by_the_next_session() {
    for bounds in BOUNDS {
        let vfd = Arc::new(BufferVfd::default());
        let file = create(&vfd, FileSpace::default().persists(true), bounds);
        put(&file, "first", 5000);
        file.flush().unwrap();
        put(&file, "middle", 3000);
        file.flush().unwrap();
        put(&file, "last", 10);
        file.close().unwrap();
        let file = open(&vfd);
        file.remove("first").unwrap();
        file.close().unwrap();
        assert!(free_bytes(&vfd) >= 39_000, "{bounds:?}");
        let before = vfd.to_bytes().len();
        let file = open(&vfd);
        put(&file, "second", 4000);
        file.close().unwrap();
        assert!(vfd.to_bytes().len() <= before + 1024, "{bounds:?}: the space was not used");
        assert!(free_bytes(&vfd) < 10_000, "{bounds:?}");
        let file = open(&vfd);
        is_whole(&file, "last", 10);
        is_whole(&file, "middle", 3000);
        is_whole(&file, "second", 4000);
    }
}

#[test]
fn a_session_without_changes_leaves_the_record_and_every_byte() {
    let vfd = Arc::new(BufferVfd::default());
    let file = create(&vfd, FileSpace::default().persists(true), LibverBounds::V18);
    put(&file, "data", 100);
    file.close().unwrap();
    let file = open(&vfd);
    file.remove("data").unwrap();
    file.close().unwrap();
    let before = vfd.to_bytes();
    open(&vfd).close().unwrap();
    assert_eq!(vfd.to_bytes(), before);
}

#[test]
fn the_record_is_struck_out_while_the_file_is_changed() {
    let vfd = Arc::new(BufferVfd::default());
    let file = create(&vfd, FileSpace::default().persists(true), LibverBounds::V18);
    put(&file, "data", 500);
    put(&file, "more", 500);
    file.close().unwrap();
    let file = open(&vfd);
    file.remove("data").unwrap();
    file.close().unwrap();
    assert!(!record(&vfd).1.is_empty());
    let file = open(&vfd);
    file.create_group("g").unwrap();
    file.flush().unwrap();
    let (info, blocks, _) = record(&vfd);
    assert!(blocks.is_empty() && info.end_of_allocation.is_none() && info.persisting_free_space);
    file.close().unwrap();
    assert!(!record(&vfd).1.is_empty());
}

#[test]
fn a_damaged_record_is_not_believed() {
    let vfd = Arc::new(BufferVfd::default());
    let file = create(&vfd, FileSpace::default().persists(true), LibverBounds::V18);
    put(&file, "data", 500);
    put(&file, "more", 500);
    file.close().unwrap();
    let file = open(&vfd);
    file.remove("data").unwrap();
    file.close().unwrap();
    let mut bytes = vfd.to_bytes();
    let list = record(&vfd).1[1].0 as usize;
    bytes[list + 20] ^= 1;
    let damaged = Arc::new(BufferVfd::new(bytes));
    let file = open(&damaged);
    put(&file, "new", 400);
    file.close().unwrap();
    let file = open(&damaged);
    is_whole(&file, "more", 500);
    is_whole(&file, "new", 400);
}

#[test]
fn pages_hold_one_kind_of_blocks_and_the_file_ends_with_one() {
    for bounds in BOUNDS {
        for page in [512_u64, 1000, 4096] {
            let vfd = Arc::new(BufferVfd::default());
            let space = FileSpace::new(FileSpaceStrategy::Page).page_bytes(page).persists(true);
            let file = create(&vfd, space, bounds);
            for index in 0..30 {
                put(&file, &format!("{index}"), index * 7 + 1);
            }
            file.close().unwrap();
            for round in 0..4 {
                assert_eq!(vfd.to_bytes().len() as u64 % page, 0);
                let (info, _, sections) = record(&vfd);
                assert_eq!(info.end_of_allocation.unwrap().0, vfd.to_bytes().len() as u64);
                for (manager, section) in sections {
                    let (first, last) = (section.offset / page, (section.offset + section.size - 1) / page);
                    assert!(manager == 6 || first == last, "{section:?} of manager {manager}");
                    assert_eq!(section.section_type, if manager == 6 { 2 } else { 1 });
                }
                let file = open(&vfd);
                file.remove(format!("{}", round * 5)).unwrap();
                put(&file, &format!("new {round}"), 40 * round + 3);
                file.close().unwrap();
            }
            let file = open(&vfd);
            is_whole(&file, "29", 29 * 7 + 1);
            is_whole(&file, "new 3", 123);
        }
    }
}

#[test]
fn a_file_says_how_its_space_is_managed() {
    for (strategy, persists) in [
        (FileSpaceStrategy::FreeSpaceManagers, true),
        (FileSpaceStrategy::Page, false),
        (FileSpaceStrategy::Aggregators, false),
        (FileSpaceStrategy::None, false),
    ] {
        let vfd = Arc::new(BufferVfd::default());
        let space = FileSpace::new(strategy).persists(persists).threshold_bytes(7).page_bytes(2048);
        let info = create(&vfd, space, LibverBounds::V18).info().unwrap();
        assert_eq!(info.file_space_strategy, Some(strategy));
        assert_eq!(info.persists_free_space, Some(persists));
        assert_eq!((info.free_space_threshold_bytes, info.file_space_page_bytes), (Some(7), Some(2048)));
    }
}

#[test]
fn space_that_cannot_be_managed_so_is_refused() {
    for space in [
        FileSpace::new(FileSpaceStrategy::Page).page_bytes(511),
        FileSpace::new(FileSpaceStrategy::Page).page_bytes((1 << 30) + 1),
        FileSpace::new(FileSpaceStrategy::Aggregators).persists(true),
    ] {
        let create = CreateOptions::new().file_space(space);
        let refused =
            NativeFile::create_vfd(Arc::new(BufferVfd::default()), &create, &OpenOptions::new()).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::Usage);
    }
}

#[test]
fn sections_below_the_threshold_are_not_recorded() {
    let vfd = Arc::new(BufferVfd::default());
    let file = create(&vfd, FileSpace::default().persists(true).threshold_bytes(1000), LibverBounds::V18);
    for index in 0..8 {
        put(&file, &format!("{index}"), if index % 2 == 0 { 20 } else { 300 });
    }
    file.close().unwrap();
    let file = open(&vfd);
    file.remove("2").unwrap();
    file.remove("5").unwrap();
    file.close().unwrap();
    let sections = record(&vfd).2;
    assert!(!sections.is_empty() && sections.iter().all(|(_, section)| section.size >= 1000), "{sections:?}");
}
