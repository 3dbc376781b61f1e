/// Whether a file may make us open other files: external links, external raw data, virtual dataset sources, file family
/// members named by the file itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AccessPolicy {
    /// Nothing outside the file. The default of the command line, the server and the browser.
    Deny,
    /// Files in the same directory or below it, after symbolic links are resolved. The library's default.
    #[default]
    SameDir,
    /// Any file that the process can open.
    Allow,
}

/// The oldest release of the C library that must be able to read what is written (and with it, which structures are written).
///
/// What a structure needs beyond its bound (a datatype of class complex under [`LibverBounds::V18`], say) is refused with an error, never
/// silently written newer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LibverBounds {
    /// Superblock 0, symbol tables, version 1 object headers and B-trees: as h5py writes by default. Read by every release.
    Earliest,
    /// Superblock 2, version 2 object headers, links in headers and fractal heaps. Read by 1.8 and later.
    #[default]
    V18,
    /// As [`LibverBounds::V18`] with the chunk indexes of 1.10.
    V110,
    /// Everything of 2.0: chunks beyond 4 GiB, complex numbers.
    V200,
}

/// What a flush has to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Durability {
    /// The end of the process at any time (a crash, `kill -9`): the order of writes alone keeps the last flush whole.
    #[default]
    Process,
    /// A power cut too: each step waits until the storage says that the one before is safe (`fdatasync`). What a power cut could leave half
    /// written is recorded first, in a file beside it with `.h5j` behind its name, which is there while the file is open and has to be
    /// possible: opening fails where the folder takes no file. After a power cut, this library finishes from it what was begun as soon as it
    /// opens the file; another program may find such a part damaged until then.
    Full,
}

/// Whether a file is locked against other processes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Locking {
    /// What the environment variable `HDF5_USE_FILE_LOCKING` says (`FALSE` or `0`: off, `BEST_EFFORT`: as that, else on), on without it.
    #[default]
    Environment,
    /// A writer alone, readers together; opening fails where another process holds the file.
    On,
    /// As `On`, but a storage that cannot lock is used without.
    BestEffort,
    /// No locks.
    Off,
}
