//! Files for the tests of this module.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use super::{Session, create};
use crate::object::FileCore;
use crate::vfd::FileVfd;
use crate::{CreateOptions, OpenOptions};

/// A file that is removed in the end.
#[derive(Debug)]
pub(super) struct TestFile(PathBuf);

impl TestFile {
    /// A new file without objects but the root group.
    pub(super) fn create() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("h5-native-write-{}-{number}.h5", std::process::id());
        let path = std::env::temp_dir().join(name);
        let vfd = FileVfd::create(&path, false).unwrap();
        create(&vfd, &CreateOptions::default(), &OpenOptions::default()).unwrap();
        Self(path)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Opens it for changes.
    pub(super) fn session(&self) -> Session {
        let options = OpenOptions::default();
        let vfd = Arc::new(FileVfd::open_writable(&self.0).unwrap());
        let core = FileCore::open(vfd, options.limits.clone()).unwrap();
        Session::open(Arc::new(core), options, Arc::new(AtomicUsize::new(0))).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        std::fs::remove_file(&self.0).unwrap();
    }
}

/// Numbers that look random and are the same in each run.
#[derive(Debug)]
pub(super) struct Random(u64);

impl Random {
    /// Starts from a seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below a bound.
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
