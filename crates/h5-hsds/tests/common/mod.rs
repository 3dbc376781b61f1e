//! The running service that the tests are given: `cargo xtask hsds` starts one.

use std::sync::Arc;
use std::time::Duration;

use h5_backend::{Backend, Mode};
use h5_hsds::{Credentials, Endpoint, Folder, HsdsFile, HsdsOptions};
use h5_testkit::suite::Subject;
use h5_types::{ErrorKind, Result};

/// Domains in a folder of their own.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) folder: String,
    pub(crate) options: HsdsOptions,
}

impl Service {
    /// The service at `H5_HSDS_ENDPOINT`, as its user for tests, with a new folder.
    pub(crate) fn new(name: &str) -> Self {
        let endpoint =
            std::env::var("H5_HSDS_ENDPOINT").expect("H5_HSDS_ENDPOINT: `cargo xtask hsds` sets it");
        let user = |name: &str, other: &str| std::env::var(name).unwrap_or_else(|_| other.to_owned());
        let options = HsdsOptions::new()
            .endpoint(Endpoint::parse(&endpoint).unwrap())
            .credentials(Credentials::Basic {
                username: user("H5_HSDS_USERNAME", "test_user1"),
                password: user("H5_HSDS_PASSWORD", "test"),
            })
            // A machine that has much else to do makes the service slow, which is no failure.
            .attempts(20)
            .total_timeout(Duration::from_secs(180));
        let home = Folder::open("/home/test_user1", false, &options).unwrap();
        let name = format!("{name}-{}", std::process::id());
        match home.create_folder(&name) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => panic!("{error}"),
            _ => {}
        }
        Self { folder: format!("/home/test_user1/{name}"), options }
    }

    #[allow(dead_code, reason = "not by every test that has this module")]
    pub(crate) fn open_file(&self, name: &str, mode: Mode) -> Result<h5_backend::File> {
        Ok(h5_backend::File::from_backend(Subject::open(self, name, mode)?))
    }
}

impl Subject for Service {
    fn name(&self) -> String {
        "HSDS".to_owned()
    }

    fn open(&self, name: &str, mode: Mode) -> Result<Arc<dyn Backend>> {
        Ok(HsdsFile::open(format!("{}/{name}", self.folder), false, mode, &self.options)?)
    }

    /// More than what is asked for at once, and than one page of a listing has.
    fn many_links(&self) -> u64 {
        2500
    }

    /// The service's nodes tell each other attributes with each number written out, up to a megabyte: of bytes as text some 220,000.
    fn largest_attribute_bytes(&self) -> u32 {
        200_000
    }
}
