//! Repairs in the damaged file itself.

use std::path::Path;
use std::sync::Arc;

use h5_backend::File;
use h5_types::{Error, Locking, Name, Result};

use super::recovered::{Diagnosis, Recovery};
use super::superblock::{Repair, Tail};
use crate::backend::lock;
use crate::vfd::{FileVfd, Vfd};
use crate::{NativeFile, OpenOptions};

/// What was done to a file.
#[derive(Debug)]
#[non_exhaustive]
pub struct Relinked {
    /// What was wrong with it.
    pub diagnosis: Diagnosis,
    /// Objects that have a link now.
    pub linked: u64,
    /// Why others have none: the root group may be damaged itself.
    pub failures: Vec<Error>,
}

/// Puts a file's superblock right, and links objects that no link leads to into the group `/lost+found`. What is damaged stays so: a copy of
/// [`Recovery::file`] leaves it out, and has chunks that this cannot save.
///
/// # Errors
/// As [`Recovery::open`]; `PermissionDenied` if another process has the file open. Nothing has changed then.
pub fn recover_in_place(path: &Path, options: &OpenOptions, search: bool) -> Result<Relinked> {
    let at = |error: Error| error.with_path(path.display().to_string());
    let recovery = Recovery::open(path, options, search)?;
    {
        let vfd = FileVfd::open_writable(path).map_err(|e| at(e.into()))?;
        lock::writer(vfd.file(), Locking::Environment).map_err(at)?;
        let vfd: Arc<dyn Vfd> = Arc::new(vfd);
        Repair::find(&vfd, Tail::Kept).and_then(|repair| repair.apply(&vfd)).map_err(at)?;
    }
    let diagnosis = recovery.into_diagnosis();
    let (mut linked, mut failures) = (0_u64, Vec::new());
    if let Some(group) = &diagnosis.lost_and_found {
        match link_all(path, options, group, &diagnosis) {
            Ok(count) => linked = count,
            Err(error) => failures.push(at(error)),
        }
    }
    Ok(Relinked { diagnosis, linked, failures })
}

/// Makes the group with a link to each of the objects, in one commit.
fn link_all(path: &Path, options: &OpenOptions, group: &Name, diagnosis: &Diagnosis) -> Result<u64> {
    let file = File::from_backend(Arc::new(NativeFile::open_writable(path, options)?));
    let group = file.root()?.create_group(group.as_bytes())?;
    let mut linked = 0_u64;
    for orphan in &diagnosis.orphans {
        let object = file.object_by_token(orphan.token, orphan.name.to_string())?;
        group.link_hard(orphan.name.as_bytes(), &object)?;
        linked = linked.saturating_add(1);
    }
    file.close()?;
    Ok(linked)
}
