//! Storage: when it is allocated, what fills it, and how chunks are found.

use super::*;

#[test]
fn storage_is_allocated_and_filled_as_asked_for() {
    let written = Written::new(LibverBounds::V18);
    let with = |allocation, time, fill| {
        let mut new = NewDataset::new(integer(2, ByteOrder::Little, false), Dataspace::fixed([500]));
        (new.allocation_time, new.fill_time, new.fill) = (allocation, time, fill);
        new
    };
    let user = || FillDefinition::User(vec![7, 1]);
    let early = written.create("early", &with(Some(AllocationTime::Early), FillTime::IfSet, user())).unwrap();
    assert_eq!((early.storage_bytes().unwrap(), early.read::<u16>().unwrap()), (1000, vec![263; 500]));
    let late = written.create("late", &with(None, FillTime::IfSet, user())).unwrap();
    assert_eq!((late.storage_bytes().unwrap(), late.read::<u16>().unwrap()), (0, vec![263; 500]));
    late.write_selection::<u16>(&slab(&[(1, 1, 1, 1)]), &[8]).unwrap();
    assert_eq!(
        (late.storage_bytes().unwrap(), late.read::<u16>().unwrap()[..3].to_vec()),
        (1000, vec![263, 8, 263])
    );
    let plain =
        written.create("plain", &with(Some(AllocationTime::Early), FillTime::IfSet, FillDefinition::Default));
    assert_eq!(plain.unwrap().read::<u16>().unwrap(), [0; 500]);
    written.native.close().unwrap();
    assert_eq!(written.stored().dataset("plain").unwrap().read::<u16>().unwrap(), [0; 500]);
    assert_eq!(written.stored().dataset("late").unwrap().read::<u16>().unwrap()[..3], [263, 8, 263]);
    written.keep("fill");
}

/// Short pieces wait in memory, long ones do not; both may be where others were.
#[test]
fn pieces_of_a_new_block_are_read_as_they_were_written_last() {
    let written = Written::new(LibverBounds::V110);
    let count = 3 << 18;
    let dataset = written.create("d", &NewDataset::new(i32::datatype(), Dataspace::fixed([count]))).unwrap();
    let mut expected = vec![0_i32; usize::try_from(count).unwrap()];
    let pieces = [(0, 10), (5, 10), (100, 400), (90, 50), (0, 2000), (600, 600), (599, 3), (400_000, 7)];
    for (number, (first, length)) in pieces.into_iter().enumerate() {
        let value = i32::try_from(number).unwrap() + 1;
        expected[first..first + length].fill(value);
        let (first, length) = (u64::try_from(first).unwrap(), u64::try_from(length).unwrap());
        dataset
            .write_selection(&slab(&[(first, 1, 1, length)]), &vec![value; usize::try_from(length).unwrap()])
            .unwrap();
        assert!(dataset.read::<i32>().unwrap() == expected, "piece {number}");
    }
    written.file.flush().unwrap();
    assert!(written.stored().dataset("d").unwrap().read::<i32>().unwrap() == expected);
}

/// A fixed array has a place for each chunk of the largest extent.
#[test]
fn a_huge_maximum_gets_an_index_that_stays_small() {
    for bounds in [LibverBounds::V110, LibverBounds::V200] {
        let written = Written::new(bounds);
        for (name, asked) in [("any", None), ("asked", Some(ChunkIndexKind::FixedArray))] {
            let mut new = NewDataset::new(u8::datatype(), Dataspace::fixed([10]));
            new.dataspace = Dataspace::Simple { dimensions: vec![10], maximum: vec![Some(100_000_000_000)] };
            new.layout = NewLayout::Chunked { chunk: vec![2], index: asked };
            let dataset = written.create(name, &new).unwrap();
            dataset.write::<u8>(&[7; 10]).unwrap();
            assert!(matches!(
                dataset.info().unwrap().layout,
                Layout::Chunked { index: ChunkIndexKind::BTreeV1, .. }
            ));
        }
        written.native.close().unwrap();
        assert_eq!(written.stored().dataset("any").unwrap().read::<u8>().unwrap(), [7; 10]);
        assert!(written.vfd.to_bytes().len() < 20_000);
        written.keep("huge_maximum");
    }
}

#[test]
fn elements_in_external_files_follow_one_another() {
    let directory = std::env::temp_dir().join(format!("h5-external-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let path = directory.join("main.h5");
    let options = OpenOptions::new();
    let native = NativeFile::create(&path, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native.clone()));
    let external = |name: &str, offset_bytes, size_bytes| ExternalFile {
        name: Name::from(name),
        offset_bytes,
        size_bytes,
    };
    let mut new = NewDataset::new(
        integer(2, ByteOrder::Big, true),
        Dataspace::Simple { dimensions: vec![4, 2], maximum: vec![Some(8), Some(2)] },
    );
    new.external = vec![external("one.raw", 3, Some(10)), external("two.raw", 0, Some(10))];
    let refused = file.root().unwrap().create_dataset_from("d", &new).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Usage, "the files are too small for the largest extent");
    new.external[1].size_bytes = None;
    let dataset = file.root().unwrap().create_dataset_from("d", &new).unwrap();
    dataset.write::<i16>(&[1, 2, 3, 4, 5, 6, 7, 8]).unwrap();
    assert_eq!(std::fs::read(directory.join("one.raw")).unwrap(), [0, 0, 0, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5]);
    assert_eq!(std::fs::read(directory.join("two.raw")).unwrap(), [0, 6, 0, 7, 0, 8]);
    dataset.write_selection::<i16>(&slab(&[(1, 1, 1, 2), (1, 1, 1, 1)]), &[-1, -2]).unwrap();
    assert_eq!(dataset.read::<i16>().unwrap(), [1, 2, 3, -1, 5, -2, 7, 8]);
    dataset.resize([2_u64, 2]).unwrap();
    dataset.resize([5_u64, 2]).unwrap();
    assert_eq!(dataset.resize([9_u64, 2]).unwrap_err().kind(), ErrorKind::Usage);
    assert_eq!(dataset.read::<i16>().unwrap(), [1, 2, 3, -1, 0, 0, 0, 0, 0, 0]);
    native.close().unwrap();
    let stored = File::from_backend(Arc::new(NativeFile::open(&path, &options).unwrap()));
    assert_eq!(stored.dataset("d").unwrap().read::<i16>().unwrap()[..4], [1, 2, 3, -1]);
    drop((stored, dataset, file, native));
    let denied = OpenOptions::new().access(h5_types::AccessPolicy::Deny);
    let native = NativeFile::open_writable(&path, &denied).unwrap();
    let dataset = File::from_backend(Arc::new(native)).dataset("d").unwrap();
    assert_eq!(dataset.write::<i16>(&[0; 10]).unwrap_err().kind(), ErrorKind::PermissionDenied);
    if std::env::var("H5_KEEP").is_err() {
        std::fs::remove_dir_all(&directory).unwrap();
    }
}

#[test]
fn chunks_are_allocated_early_if_asked_for() {
    for bounds in [LibverBounds::V110, LibverBounds::V200] {
        let written = Written::new(bounds);
        let mut new = NewDataset::new(i16::datatype(), Dataspace::fixed([7, 5]));
        new.layout = NewLayout::Chunked { chunk: vec![4, 2], index: None };
        new.allocation_time = Some(AllocationTime::Early);
        new.fill = FillDefinition::User(vec![3, 0]);
        let dataset = written.create("d", &new).unwrap();
        assert_eq!(dataset.storage_bytes().unwrap(), 6 * 16);
        assert_eq!(dataset.read::<i16>().unwrap(), [3; 35]);
        written.native.close().unwrap();
        let stored = written.stored().dataset("d").unwrap();
        assert_eq!((stored.chunks().unwrap().len(), stored.read::<i16>().unwrap()), (6, vec![3; 35]));
        written.keep(&format!("early-{bounds:?}"));
    }
}

/// The C library does not see that a dimension of 4 bytes is unlimited, and refuses an extensible array then.
#[test]
fn lengths_of_4_bytes_get_no_extensible_array() {
    let fixture = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/objects/offsets_8_lengths_4.h5");
    let vfd = Arc::new(BufferVfd::new(std::fs::read(fixture).unwrap()));
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let native = Arc::new(NativeFile::open_writable_vfd(vfd, &options).unwrap());
    let file = File::from_backend(native);
    let dataset = file.new_dataset::<i32>("growing").shape([0]).resizable().chunks([4]).create().unwrap();
    dataset.append(&[1, 2, 3, 4, 5][..]).unwrap();
    file.flush().unwrap();
    let layout = dataset.info().unwrap().layout.clone();
    assert!(matches!(layout, Layout::Chunked { index: ChunkIndexKind::BTreeV2, .. }), "{layout:?}");
    assert_eq!(dataset.read::<i32>().unwrap(), [1, 2, 3, 4, 5]);
}

/// Cells that refer to an object that comes after them, as MATLAB makes them.
#[test]
fn fill_values_with_variable_parts_are_kept_by_copies() {
    let source = Written::new(LibverBounds::Earliest);
    let last = source.file.write_array("z", &[7_i32][..]).unwrap().object().token();
    let layout = NewLayout::Chunked { chunk: vec![2], index: None };
    let mut text = NewDataset::new(String::datatype(), Dataspace::fixed(vec![3]));
    text.fill_elements = Some(Elements::from_values(&["nothing".to_owned()]).unwrap());
    text.layout = layout.clone();
    source.create("text", &text).unwrap();
    let mut cells = NewDataset::new(Reference::datatype(), Dataspace::fixed(vec![3]));
    cells.fill_elements = Some(Elements::from_values(&[Reference::Object(last)]).unwrap());
    cells.layout = layout;
    source.create("cells", &cells).unwrap();
    source.file.flush().unwrap();
    let target = Written::new(LibverBounds::V110);
    let from = source.stored().root().unwrap();
    let report = h5_backend::CopyOptions::new().copy_contents(&from, &target.file.root().unwrap()).unwrap();
    assert!(report.remarks.is_empty(), "{:?}", report.remarks);
    target.file.flush().unwrap();
    let copy = target.stored();
    let texts = copy.dataset("text").unwrap().read::<String>().unwrap();
    assert_eq!(texts, ["nothing", "nothing", "nothing"]);
    let last = copy.object("z").unwrap().token();
    let cells = copy.dataset("cells").unwrap();
    assert_eq!(cells.read::<Reference>().unwrap(), vec![Reference::Object(last); 3]);
    assert_eq!(cells.storage_bytes().unwrap(), 0);
}
