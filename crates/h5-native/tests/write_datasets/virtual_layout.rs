//! Virtual datasets: read, and written through.

use super::*;

#[test]
fn a_virtual_dataset_shows_its_sources() {
    let written = Written::new(LibverBounds::V110);
    for (name, first) in [("a", 0_i32), ("b", 100)] {
        let source = written.create(name, &NewDataset::new(i32::datatype(), Dataspace::fixed([5]))).unwrap();
        source.write::<i32>(&(first..first + 5).collect::<Vec<_>>()).unwrap();
    }
    let mapping = |source: &str, from: (u64, u64), row: u64| VirtualMapping {
        source_file: Name::from("."),
        source_dataset: Name::from(source),
        source_selection: slab(&[(from.0, 1, 1, from.1)]),
        virtual_selection: slab(&[(row, 1, 1, 1), (0, 1, 1, 4)]),
    };
    let with = |mappings| {
        let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([3, 4]));
        new.layout = NewLayout::Virtual { mappings };
        new.fill = FillDefinition::User((-1_i32).to_le_bytes().to_vec());
        new
    };
    let refused = [mapping("a", (0, 3), 0), mapping("a", (0, 4), 3)]
        .map(|mapping| written.create("v", &with(vec![mapping])).unwrap_err().kind());
    assert_eq!(refused, [ErrorKind::Usage; 2], "another number of elements, outside the extent");
    let shown = with(vec![mapping("/a", (1, 4), 0), mapping("/b", (0, 4), 2)]);
    let dataset = written.create("v", &shown).unwrap();
    let expected = [1, 2, 3, 4, -1, -1, -1, -1, 100, 101, 102, 103];
    assert_eq!(dataset.read::<i32>().unwrap(), expected);
    assert_eq!(dataset.write::<i32>(&[0; 12]).unwrap_err().kind(), ErrorKind::Usage, "nothing shows row 1");
    assert_eq!(dataset.read::<i32>().unwrap(), expected, "nothing has changed then");
    dataset.write_selection::<i32>(&slab(&[(0, 2, 2, 1), (1, 2, 2, 1)]), &[7, 8, 9, 10]).unwrap();
    let expected = [1, 7, 3, 8, -1, -1, -1, -1, 100, 9, 102, 10];
    assert_eq!(dataset.read::<i32>().unwrap(), expected);
    assert_eq!(written.file.dataset("a").unwrap().read::<i32>().unwrap(), [0, 1, 7, 3, 8]);
    dataset.write_selection::<i32>(&slab(&[(2, 1, 1, 1), (0, 1, 1, 4)]), &[4, 5, 6, 7]).unwrap();
    assert_eq!(written.file.dataset("b").unwrap().read::<i32>().unwrap(), [4, 5, 6, 7, 104]);
    let expected = [1, 7, 3, 8, -1, -1, -1, -1, 4, 5, 6, 7];
    written.native.close().unwrap();
    assert_eq!(written.stored().dataset("v").unwrap().read::<i32>().unwrap(), expected);
    written.keep("virtual");
    let old = Written::new(LibverBounds::V18);
    assert_eq!(old.create("v", &shown).unwrap_err().kind(), ErrorKind::Unsupported);
}

/// Its extent is that of its sources, which are not in their blocks yet.
#[test]
fn a_virtual_dataset_grows_with_a_source_that_was_just_written() {
    let written = Written::new(LibverBounds::V110);
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([2]));
    new.dataspace = Dataspace::Simple { dimensions: vec![2], maximum: vec![None] };
    new.layout = NewLayout::Chunked { chunk: vec![4], index: None };
    let source = written.create("a", &new).unwrap();
    let all = || {
        let dimension = HyperslabDimension { start: 0, stride: 1, count: Some(1), block: None };
        Selection::Hyperslab(Hyperslab { dimensions: vec![dimension] })
    };
    let mapping = VirtualMapping {
        source_file: Name::from("."),
        source_dataset: Name::from("/a"),
        source_selection: all(),
        virtual_selection: all(),
    };
    new.layout = NewLayout::Virtual { mappings: vec![mapping] };
    let shown = written.create("v", &new).unwrap();
    source.write::<i32>(&[1, 2]).unwrap();
    assert_eq!(shown.read::<i32>().unwrap(), [1, 2]);
    source.append([3, 4, 5]).unwrap();
    source.object().set_attr("unsettled", 1).unwrap();
    assert_eq!(written.file.dataset("v").unwrap().read::<i32>().unwrap(), [1, 2, 3, 4, 5]);
}

#[test]
fn what_is_written_to_a_virtual_dataset_goes_into_the_files_of_its_sources() {
    let directory = std::env::temp_dir().join(format!("h5-virtual-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let options = OpenOptions::new().bounds(LibverBounds::V110);
    let create = |name: &str| {
        let native = NativeFile::create(&directory.join(name), &CreateOptions::new(), &options).unwrap();
        File::from_backend(Arc::new(native))
    };
    let mut mappings = Vec::new();
    for (row, name) in ["one.h5", "two.h5"].into_iter().enumerate() {
        let file = create(name);
        let source = NewDataset::new(i32::datatype(), Dataspace::fixed([2, 3]));
        let source = file.root().unwrap().create_dataset_from("d", &source).unwrap();
        source.write::<i32>(&[0; 6]).unwrap();
        file.close().unwrap();
        mappings.push(VirtualMapping {
            source_file: Name::from(name),
            source_dataset: Name::from("d"),
            // Six elements in two rows, shown in one.
            source_selection: slab(&[(0, 1, 1, 2), (0, 1, 1, 3)]),
            virtual_selection: slab(&[(row as u64, 1, 1, 1), (0, 1, 1, 6)]),
        });
    }
    let file = create("main.h5");
    let mut new = NewDataset::new(i32::datatype(), Dataspace::fixed([2, 6]));
    new.layout = NewLayout::Virtual { mappings };
    let dataset = file.root().unwrap().create_dataset_from("v", &new).unwrap();
    assert_eq!(dataset.read::<i32>().unwrap(), [0; 12]);
    dataset.write::<i32>(&(1..=12).collect::<Vec<_>>()).unwrap();
    dataset.write_selection::<i32>(&slab(&[(0, 1, 1, 2), (2, 1, 1, 2)]), &[-3, -4, -9, -10]).unwrap();
    assert_eq!(dataset.read::<i32>().unwrap(), [1, 2, -3, -4, 5, 6, 7, 8, -9, -10, 11, 12]);
    file.close().unwrap();
    let two = NativeFile::open(&directory.join("two.h5"), &options).unwrap();
    let two = File::from_backend(Arc::new(two));
    assert_eq!(two.dataset("d").unwrap().read::<i32>().unwrap(), [7, 8, -9, -10, 11, 12]);
    drop((two, dataset, file));
    std::fs::remove_dir_all(&directory).unwrap();
}
