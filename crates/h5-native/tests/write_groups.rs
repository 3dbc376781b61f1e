//! Groups that are changed, against a model of them in memory.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::cast_possible_truncation,
    reason = "a test that cannot go on fails"
)]

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use h5_backend::{Backend, Node, Order};
use h5_format::Sizes;
use h5_format::btree_v1::{BTreeV1Node, BTreeV1Type};
use h5_format::superblock::Superblock;
use h5_native::vfd::{BufferVfd, Vfd};
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_types::{Address, ErrorKind, LibverBounds, LinkTarget, Name, NewGroup, ObjectToken};

/// A file, and what it should have.
struct Pair {
    vfd: Arc<BufferVfd>,
    file: NativeFile,
    options: OpenOptions,
    groups: BTreeMap<ObjectToken, BTreeMap<Vec<u8>, LinkTarget>>,
    random: u64,
}

impl Pair {
    fn new(bounds: LibverBounds, create: &CreateOptions, seed: u64) -> Self {
        let vfd = Arc::new(BufferVfd::default());
        let options = OpenOptions::new().bounds(bounds);
        let file = NativeFile::create_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, create, &options).unwrap();
        let groups = BTreeMap::from([(file.root(), BTreeMap::new())]);
        Self { vfd, file, options, groups, random: seed }
    }

    fn next(&mut self, below: usize) -> usize {
        // Xorshift.
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random % below as u64) as usize
    }

    fn pick(&mut self) -> ObjectToken {
        let number = self.next(self.groups.len());
        *self.groups.keys().nth(number).unwrap()
    }

    fn open(&self, group: ObjectToken) -> Arc<dyn Node> {
        self.file.open(group).unwrap()
    }

    fn name(&mut self) -> Name {
        let number = self.next(400);
        match number % 7 {
            0 => Name::from(format!("a rather long name that takes some room {number}")),
            1 => Name::from(format!("\u{e9}{number}")),
            _ => Name::from(format!("n{number}")),
        }
    }

    fn references(&self, object: ObjectToken) -> usize {
        let links = self.groups.values().flat_map(BTreeMap::values);
        let root = usize::from(object == self.file.root());
        links.filter(|target| **target == LinkTarget::Hard(object)).count() + root
    }

    /// Forgets a group that has no link any more, and all that only it led to.
    fn forget(&mut self, target: &LinkTarget) {
        let LinkTarget::Hard(object) = target else { return };
        if self.references(*object) == 0 {
            let links = self.groups.remove(object).unwrap();
            links.values().for_each(|target| self.forget(target));
        }
    }

    fn step(&mut self) {
        let group = self.pick();
        let name = self.name();
        let node = self.open(group);
        let node = node.as_group().unwrap();
        let present = self.groups[&group].get(name.as_bytes()).cloned();
        match self.next(10) {
            0..3 => {
                let created = node.create_group(&name, &NewGroup::default());
                if present.is_some() {
                    assert_eq!(created.unwrap_err().kind(), ErrorKind::AlreadyExists);
                } else {
                    let token = created.unwrap();
                    self.groups.insert(token, BTreeMap::new());
                    self.links(group).insert(name.as_bytes().to_vec(), LinkTarget::Hard(token));
                }
            }
            3..6 => {
                let target = match self.next(8) {
                    0 => LinkTarget::External { file: "other.h5".into(), path: "/a".into() },
                    1..4 => LinkTarget::Soft(self.name()),
                    _ => LinkTarget::Hard(self.pick()),
                };
                let created = node.create_link(&name, &target);
                if present.is_some() {
                    assert_eq!(created.unwrap_err().kind(), ErrorKind::AlreadyExists);
                } else {
                    created.unwrap();
                    self.links(group).insert(name.as_bytes().to_vec(), target);
                }
            }
            6..8 => match present {
                None => {
                    assert_eq!(node.remove_link(name.as_bytes()).unwrap_err().kind(), ErrorKind::NotFound);
                }
                Some(target) => {
                    node.remove_link(name.as_bytes()).unwrap();
                    self.links(group).remove(name.as_bytes());
                    self.forget(&target);
                }
            },
            _ => {
                let (to, new_name) = (self.pick(), self.name());
                let moved = node.move_link(name.as_bytes(), to, &new_name);
                match present {
                    None => assert_eq!(moved.unwrap_err().kind(), ErrorKind::NotFound),
                    Some(_) if self.groups[&to].contains_key(new_name.as_bytes()) => {
                        assert_eq!(moved.unwrap_err().kind(), ErrorKind::AlreadyExists);
                    }
                    Some(target) => {
                        moved.unwrap();
                        self.links(group).remove(name.as_bytes());
                        self.links(to).insert(new_name.as_bytes().to_vec(), target);
                    }
                }
            }
        }
    }

    fn links(&mut self, group: ObjectToken) -> &mut BTreeMap<Vec<u8>, LinkTarget> {
        self.groups.get_mut(&group).unwrap()
    }

    fn reopen(&mut self) {
        self.file.close().unwrap();
        let vfd = Arc::new(BufferVfd::new(self.vfd.to_bytes()));
        self.vfd = Arc::clone(&vfd);
        self.file = NativeFile::open_writable_vfd(vfd, &self.options).unwrap();
    }

    fn check(&self) {
        for (&group, links) in &self.groups {
            let node = self.open(group);
            assert_eq!(node.info().unwrap().reference_count as usize, self.references(group));
            let group = node.as_group().unwrap();
            let mut found = BTreeMap::new();
            group
                .links(Order::Name, None, &mut |link| {
                    let link = link.unwrap();
                    found.insert(link.name.as_bytes().to_vec(), link.target);
                    ControlFlow::Continue(())
                })
                .unwrap();
            assert_eq!(found, *links);
            assert_eq!(group.link_count().unwrap(), links.len() as u64);
            for (name, target) in links {
                assert_eq!(group.link(name).unwrap().unwrap().target, *target);
            }
        }
        // A second reader sees the last flush.
        check_siblings(&self.vfd.to_bytes());
    }

    fn keep(&self, name: &str) {
        if let Ok(path) = std::env::var("H5_KEEP") {
            std::fs::write(format!("{path}/{name}.h5"), self.vfd.to_bytes()).unwrap();
        }
    }
}

/// Siblings of the B-tree of an old root group: each level's nodes lead to one another in order.
fn check_siblings(file: &[u8]) {
    let superblock = Superblock::decode(file).unwrap();
    let Some(table) = superblock.root_group_symbol_table else { return };
    let sizes = Sizes { offsets: 8, lengths: 8 };
    let mut level = vec![table.b_tree_address];
    while !level.is_empty() {
        let mut below: Vec<Address> = Vec::new();
        for (index, address) in level.iter().enumerate() {
            let bytes = &file[address.0 as usize..];
            let Ok(node) = BTreeV1Node::decode(bytes, BTreeV1Type::Group, sizes) else { return };
            let before = index.checked_sub(1).map(|index| level[index]);
            assert_eq!(node.header().left_sibling, before);
            assert_eq!(node.header().right_sibling, level.get(index + 1).copied());
            if node.header().node_level > 0 {
                below.extend((0..node.len()).map(|child| node.child(child).unwrap()));
            }
        }
        level = below;
    }
}

fn random_changes(bounds: LibverBounds, create: &CreateOptions, seed: u64) -> Pair {
    let mut pair = Pair::new(bounds, create, seed);
    for round in 0..40 {
        for _ in 0..50 {
            pair.step();
        }
        match round % 4 {
            0 => pair.file.flush().unwrap(),
            1 => pair.check(),
            2 => pair.reopen(),
            _ => {
                pair.file.flush().unwrap();
                pair.check();
            }
        }
    }
    pair.reopen();
    pair.check();
    pair
}

#[test]
fn random_changes_of_old_groups() {
    for (seed, leaf) in [(1, 4), (2, 1), (3, 2)] {
        let create = CreateOptions::new().symbol_table_k(leaf, leaf);
        random_changes(LibverBounds::Earliest, &create, seed).keep(&format!("old{seed}"));
    }
}

#[test]
fn random_changes_of_new_groups() {
    for seed in [4, 5] {
        random_changes(LibverBounds::V18, &CreateOptions::new(), seed).keep(&format!("new{seed}"));
    }
}

/// Many links of one group, in an order that is not that of names, with flushes in between.
fn many_links(bounds: LibverBounds, create: &CreateOptions, name: &str) {
    let mut pair = Pair::new(bounds, create, 7);
    let root = pair.file.root();
    let target = LinkTarget::Soft("/somewhere".into());
    for number in 0..3000_u64 {
        let name = Name::from(format!("link{}", number * 1_234_567 % 3001));
        pair.open(root).as_group().unwrap().create_link(&name, &target).unwrap();
        pair.links(root).insert(name.as_bytes().to_vec(), target.clone());
        if number % 100 == 0 {
            pair.file.flush().unwrap();
            check_siblings(&pair.vfd.to_bytes());
        }
    }
    pair.reopen();
    pair.check();
    pair.keep(name);
    for number in 0..3000_u64 {
        let name = Name::from(format!("link{}", number * 7_654_321 % 3001));
        if pair.links(root).remove(name.as_bytes()).is_some() {
            pair.open(root).as_group().unwrap().remove_link(name.as_bytes()).unwrap();
        }
        if number % 300 == 0 {
            pair.reopen();
            pair.check();
        }
    }
    pair.reopen();
    pair.check();
    assert!(pair.links(root).len() <= 1, "one of the numbers below 3001 is not met");
}

#[test]
fn many_links_of_an_old_group() {
    many_links(LibverBounds::Earliest, &CreateOptions::new(), "many-old");
    many_links(LibverBounds::Earliest, &CreateOptions::new().symbol_table_k(1, 1), "many-old-1");
}

#[test]
fn many_links_of_a_new_group() {
    many_links(LibverBounds::V18, &CreateOptions::new(), "many-new");
}

/// Bytes of a file after `change` and a close.
fn bytes_after(vfd: &Arc<BufferVfd>, options: &OpenOptions, change: impl FnOnce(&NativeFile)) -> Vec<u8> {
    let vfd = Arc::new(BufferVfd::new(vfd.to_bytes()));
    let file = NativeFile::open_writable_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, options).unwrap();
    change(&file);
    file.close().unwrap();
    vfd.to_bytes()
}

#[test]
fn what_is_removed_gives_its_space_back() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18] {
        let mut pair = Pair::new(bounds, &CreateOptions::new(), 1);
        let root = pair.file.root();
        pair.open(root).as_group().unwrap().create_group(&"stays".into(), &NewGroup::default()).unwrap();
        pair.file.close().unwrap();
        let empty = pair.vfd.to_bytes().len();
        let vfd = Arc::clone(&pair.vfd);
        let grown = bytes_after(&vfd, &pair.options, |file| {
            let root = file.open(file.root()).unwrap();
            let root = root.as_group().unwrap();
            let group = file.open(root.create_group(&"g".into(), &NewGroup::default()).unwrap()).unwrap();
            for number in 0..500 {
                let name = Name::from(format!("child {number}"));
                group.as_group().unwrap().create_group(&name, &NewGroup::default()).unwrap();
            }
            file.flush().unwrap();
            root.remove_link(b"g").unwrap();
            assert_eq!(group.info().unwrap_err().kind(), ErrorKind::NotFound, "its handles know");
            file.flush().unwrap();
        });
        assert!(grown.len() < empty + 2000, "{bounds:?}: {empty} bytes became {}", grown.len());
        pair.vfd = Arc::new(BufferVfd::new(grown));
        pair.file =
            NativeFile::open_writable_vfd(Arc::clone(&pair.vfd) as Arc<dyn Vfd>, &pair.options).unwrap();
        assert!(pair.open(root).as_group().unwrap().link(b"stays").unwrap().is_some());
    }
}

#[test]
fn a_cycle_of_links_stays_until_it_is_broken() {
    for bounds in [LibverBounds::Earliest, LibverBounds::V18] {
        let pair = Pair::new(bounds, &CreateOptions::new(), 1);
        let root = pair.open(pair.file.root());
        let root = root.as_group().unwrap();
        let token = root.create_group(&"a".into(), &NewGroup::default()).unwrap();
        let a = pair.open(token);
        a.as_group().unwrap().create_link(&"itself".into(), &LinkTarget::Hard(token)).unwrap();
        a.as_group().unwrap().create_link(&"root".into(), &LinkTarget::Hard(pair.file.root())).unwrap();
        assert_eq!(a.info().unwrap().reference_count, 2);
        root.remove_link(b"a").unwrap();
        assert_eq!(a.info().unwrap().reference_count, 1);
        a.as_group().unwrap().remove_link(b"itself").unwrap();
        assert_eq!(a.as_group().unwrap().link(b"root").unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(pair.open(pair.file.root()).info().unwrap().reference_count, 1);
        let missing = root.create_link(&"gone".into(), &LinkTarget::Hard(token)).unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        pair.file.close().unwrap();
    }
}

#[test]
fn names_and_targets_that_no_link_can_have() {
    let pair = Pair::new(LibverBounds::V18, &CreateOptions::new(), 1);
    let root = pair.open(pair.file.root());
    let root = root.as_group().unwrap();
    for name in ["", ".", "a/b", "a\0"] {
        let error = root.create_group(&Name::from(name), &NewGroup::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Usage, "{name:?}");
    }
    let user = LinkTarget::UserDefined { class: 64, value: Vec::new() };
    for target in [LinkTarget::Soft("".into()), LinkTarget::Soft("a\0b".into()), user] {
        assert_eq!(root.create_link(&"x".into(), &target).unwrap_err().kind(), ErrorKind::Usage);
    }
    assert_eq!(root.link_count().unwrap(), 0);
    let user = LinkTarget::UserDefined { class: 77, value: vec![1, 0, 2] };
    root.create_link(&"user".into(), &user).unwrap();
    assert_eq!(root.link(b"user").unwrap().unwrap().target, user);
}

#[test]
fn the_order_of_creation_is_kept() {
    let mut group = NewGroup::default();
    group.tracks_link_creation = true;
    for bounds in [LibverBounds::Earliest, LibverBounds::V18] {
        let mut pair = Pair::new(bounds, &CreateOptions::new().root(group.clone()), 1);
        let order = |pair: &Pair| {
            let mut names = Vec::new();
            let root = pair.open(pair.file.root());
            root.as_group()
                .unwrap()
                .links(Order::Creation, None, &mut |link| {
                    names.push(String::from_utf8(link.unwrap().name.as_bytes().to_vec()).unwrap());
                    ControlFlow::Continue(())
                })
                .unwrap();
            names
        };
        let mut expected = Vec::new();
        for number in 0..60 {
            let name = format!("n{}", number * 37 % 61);
            let root = pair.open(pair.file.root());
            root.as_group()
                .unwrap()
                .create_link(&Name::from(name.as_str()), &LinkTarget::Soft("x".into()))
                .unwrap();
            expected.push(name);
            if number % 5 == 4 {
                let name = expected.remove(number / 3);
                root.as_group().unwrap().remove_link(name.as_bytes()).unwrap();
            }
            if number % 7 == 0 {
                pair.reopen();
            }
            assert_eq!(order(&pair), expected);
        }
        pair.reopen();
        pair.keep(&format!("order-{bounds:?}"));
    }
}

/// Copies of files of other writers, named in `H5_CORPUS` (a folder): their root groups are changed and read back.
#[test]
fn groups_of_other_writers() {
    let Ok(folder) = std::env::var("H5_CORPUS") else { return };
    let mut changed = 0;
    let mut paths = vec![std::path::PathBuf::from(folder)];
    while let Some(path) = paths.pop() {
        if let Ok(entries) = std::fs::read_dir(&path) {
            paths.extend(entries.map(|entry| entry.unwrap().path()));
            continue;
        }
        if path.metadata().unwrap().len() > 4 << 20 {
            continue;
        }
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let vfd = Arc::new(BufferVfd::new(bytes));
        let Ok(file) = NativeFile::open_writable_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &OpenOptions::new())
        else {
            continue;
        };
        let names = |file: &NativeFile| {
            let mut names = Vec::new();
            let root = file.open(file.root()).unwrap();
            root.as_group().unwrap().links(Order::Name, None, &mut |link| {
                names.extend(link.ok().map(|link| link.name.as_bytes().to_vec()));
                ControlFlow::Continue(())
            })?;
            Ok::<_, h5_types::Error>(names)
        };
        let Ok(mut expected) = file.open(file.root()).and_then(|_| names(&file)) else { continue };
        let root = file.open(file.root()).unwrap();
        let root = root.as_group().unwrap();
        if let Err(error) = root.create_link(&"zz".into(), &LinkTarget::Soft("x".into())) {
            println!("{}: {error}", path.display());
            continue;
        }
        for number in 0..100 {
            let name = Name::from(format!("m{number}"));
            root.create_link(&name, &LinkTarget::Soft("x".into())).unwrap();
            expected.push(name.as_bytes().to_vec());
        }
        for name in expected.iter().skip(1).step_by(2) {
            root.remove_link(name).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        }
        let mut expected: Vec<Vec<u8>> = expected.into_iter().step_by(2).chain([b"zz".to_vec()]).collect();
        expected.sort();
        file.close().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let again = Arc::new(BufferVfd::new(vfd.to_bytes()));
        let again = NativeFile::open_vfd(again, &OpenOptions::new()).unwrap();
        assert_eq!(names(&again).unwrap(), expected, "{}", path.display());
        if let Ok(keep) = std::env::var("H5_KEEP") {
            std::fs::write(format!("{keep}/c-{changed}.h5"), vfd.to_bytes()).unwrap();
        }
        changed += 1;
    }
    println!("{changed} files");
}

/// The blocks of the heap are filtered, and so is a long link that lies on its own.
#[test]
fn links_in_a_filtered_heap_are_changed() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/heaps/filtered_links.h5");
    let vfd = Arc::new(BufferVfd::new(std::fs::read(path).unwrap()));
    let file = NativeFile::open_writable_vfd(Arc::clone(&vfd) as Arc<dyn Vfd>, &OpenOptions::new()).unwrap();
    let group = |file: &NativeFile| {
        let root = file.open(file.root()).unwrap();
        let LinkTarget::Hard(token) = root.as_group().unwrap().link(b"g").unwrap().unwrap().target else {
            panic!()
        };
        file.open(token).unwrap()
    };
    let links = |file: &NativeFile, order: Order| {
        let mut found = Vec::new();
        let node = group(file);
        let visit = &mut |link: h5_types::Result<h5_types::Link>| {
            let link = link.unwrap();
            found.push((link.name, link.target));
            ControlFlow::Continue(())
        };
        node.as_group().unwrap().links(order, None, visit).unwrap();
        found
    };
    let mut expected = links(&file, Order::Creation);
    assert_eq!(expected.len(), 61);
    assert!(matches!(&expected[60].1, LinkTarget::Soft(target) if target.as_bytes().len() == 10_000));
    let node = group(&file);
    for number in (0..60).step_by(4) {
        node.as_group().unwrap().remove_link(format!("link number {number:04} of many").as_bytes()).unwrap();
        expected.retain(|(name, _)| name.as_bytes() != format!("link number {number:04} of many").as_bytes());
        let (name, target) = (Name::from(format!("new {number}")), LinkTarget::Soft(Name::from("/y")));
        node.as_group().unwrap().create_link(&name, &target).unwrap();
        expected.push((name, target));
        if number % 8 == 0 {
            file.flush().unwrap();
        }
    }
    file.close().unwrap();
    let stored = NativeFile::open_vfd(Arc::new(BufferVfd::new(vfd.to_bytes())), &OpenOptions::new()).unwrap();
    assert_eq!(links(&stored, Order::Creation), expected);
    expected.sort_by(|one, other| one.0.as_bytes().cmp(other.0.as_bytes()));
    assert_eq!(links(&stored, Order::Name), expected);
}
