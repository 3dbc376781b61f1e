//! A random tree is written, its bytes are damaged or not, and it is read and changed again. Undamaged, it holds what the same changes
//! make of a file in memory; damaged, it is read and changed without panic, hang or unbounded memory.
#![no_main]

use std::sync::Arc;

use h5_backend::File;
use h5_fuzz::Program;
use h5_native::{CreateOptions, NativeFile, OpenOptions};
use h5_testkit::programs::{Operation, Setting};
use h5_testkit::samples::{self, Kind};
use h5_testkit::transcript::{options, transcript};
use h5_testkit::vfd::BoundedVfd;
use h5_testkit::{MemoryBackend, compare};
use h5_types::{LibverBounds, Name};
use libfuzzer_sys::fuzz_target;

/// The largest file, in bytes.
const MOST_BYTES: u64 = 16 << 20;

thread_local! {
    /// Datatypes: all, and those that every bound has.
    static KINDS: [Vec<Kind>; 2] =
        [samples::all(), samples::all().into_iter().filter(|kind| !kind.needs_v200).collect()];
}

fuzz_target!(|program: Program| {
    KINDS.with(|kinds| {
        let [all, known] = kinds;
        let kinds = if program.bounds == LibverBounds::V200 { all } else { known };
        let paths = [Name::default()];
        let setting = Setting { kinds, paths: &paths };
        run(&program, &setting);
    });
});

fn run(program: &Program, setting: &Setting<'_>) {
    let storage = Arc::new(BoundedVfd::new(Vec::new(), MOST_BYTES));
    let options = options().bounds(program.bounds);
    let native = NativeFile::create_vfd(Arc::clone(&storage) as _, &CreateOptions::new(), &options).unwrap();
    let file = File::from_backend(Arc::new(native));
    let model = MemoryBackend::new();
    same_steps(&file, &model, &program.first, setting);
    file.close().unwrap();
    if !program.damages.is_empty() {
        let mut bytes = storage.to_bytes();
        program.damages.iter().for_each(|damage| damage.apply(&mut bytes));
        return change_damaged(bytes, &program.then, &options, setting);
    }
    let file = writable(&storage, &options).unwrap();
    same(&file, &model);
    same_steps(&file, &model, &program.then, setting);
    same(&file, &model);
    file.close().unwrap();
    same(&writable(&storage, &options).unwrap(), &model);
}

fn writable(storage: &Arc<BoundedVfd>, options: &OpenOptions) -> h5_types::Result<File> {
    let native = NativeFile::open_writable_vfd(Arc::clone(storage) as _, options)?;
    Ok(File::from_backend(Arc::new(native)))
}

fn same_steps(file: &File, model: &File, steps: &[Operation], setting: &Setting<'_>) {
    for step in steps {
        let found = step.run(file, setting);
        let expected = step.outcome(model, setting);
        assert_eq!(found.as_ref().copied().map_err(|e| e.kind()), expected, "{step:?}: {found:?}");
    }
}

fn same(file: &File, model: &File) {
    let (model, found) = (compare::contents(model).unwrap(), compare::contents(file).unwrap());
    let differences = compare::differences(&model, &found);
    assert!(differences.is_empty(), "{differences:#?}");
}

/// Whatever comes of it, it ends.
fn change_damaged(bytes: Vec<u8>, steps: &[Operation], options: &OpenOptions, setting: &Setting<'_>) {
    let storage = Arc::new(BoundedVfd::new(bytes, MOST_BYTES));
    transcript(Arc::clone(&storage) as _, options);
    if let Ok(file) = writable(&storage, options) {
        for step in steps {
            let _ = step.run(&file, setting);
        }
        let _ = file.close();
    }
    transcript(storage, options);
}
