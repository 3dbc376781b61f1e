use h5_format::superblock::{SIGNATURE, Superblock};
use h5_types::{Address, Error, Result};

use crate::Storage;

/// First place after the file's beginning where a signature may be; each further one is at twice the distance.
const FIRST_USER_BLOCK_BYTES: u64 = 512;

/// Finds the superblock and decodes it: the signature is at 0, 512, 1024, 2048, ... (specification II.A). Returns its place too,
/// which is the length of the user block.
///
/// # Errors
/// `Format` if there is no signature, or the superblock at the first one is damaged; `Io`.
pub fn find_superblock(storage: &Storage) -> Result<(u64, Superblock)> {
    let mut place = 0_u64;
    while place < storage.length() {
        let bytes = storage.metadata_up_to(Address(place), Superblock::MAXIMUM_BYTES)?;
        if bytes.starts_with(&SIGNATURE) {
            let superblock = Superblock::decode(&bytes).map_err(|e| Error::from(e).at_address(place))?;
            return Ok((place, superblock));
        }
        place = place.saturating_mul(2).max(FIRST_USER_BLOCK_BYTES);
    }
    Err(Error::format("no HDF5 signature: this is not an HDF5 file").in_structure("Superblock", "II.A"))
}
