//! Prints everything that the loaders return of a file as JSON, to be compared with what PyMoDAQ's return.
//!
//! ```text
//! cargo run -p pymodaq-h5 --example describe -- scan.h5 > scan.json
//! ```

#[path = "../tests/support/mod.rs"]
mod support;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let files: Vec<String> = std::env::args().skip(1).collect();
    let registry = support::native();
    match files.as_slice() {
        [file] => println!("{:#}", support::describe::describe(&registry, file)?),
        // Several files, one line each, so that a checker starts this once.
        files => {
            for file in files {
                match support::describe::describe(&registry, file) {
                    Ok(described) => println!("{described}"),
                    Err(error) => println!("{}", serde_json::json!({ "EXC": error.to_string() })),
                }
            }
        }
    }
    Ok(())
}
