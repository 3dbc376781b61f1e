//! Tells the code which release of the C library it is compiled against.

use std::env;

/// Releases from which the code uses something, and what the compiler calls them.
const RELEASES: [(&str, &str); 2] = [("hdf5_1_12", "1_12_0"), ("hdf5_2_0", "2_0_0")];

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    for (name, release) in RELEASES {
        println!("cargo::rustc-check-cfg=cfg({name})");
        // Set by the build script of the binding, which finds or builds the library.
        let variable = format!("DEP_HDF5_VERSION_{release}");
        println!("cargo::rerun-if-env-changed={variable}");
        if env::var_os(variable).is_some() {
            println!("cargo::rustc-cfg={name}");
        }
    }
}
