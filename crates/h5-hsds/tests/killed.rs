//! The real service, killed while rows are saved, and started again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::process::Command;
use std::time::Duration;

use common::Service;
use h5_backend::Mode;
use h5_types::{Dataspace, Durability, H5Type, NewDataset, NewLayout};

/// Has whoever runs the service kill it with all that it has in memory, and start it again two seconds later.
fn kill() {
    let pid = std::env::var("H5_HSDS_PID").expect("H5_HSDS_PID: `cargo xtask hsds` sets it");
    let status = Command::new("kill").args(["-USR1", &pid]).status().unwrap();
    assert!(status.success(), "kill -USR1 {pid}: {status}");
}

#[test]
#[ignore = "needs a running service: cargo xtask hsds"]
fn acknowledged_rows_survive_a_service_that_is_killed() {
    let mut service = Service::new("killed");
    service.options = service.options.clone().durability(Durability::Full).attempts(20);
    let file = service.open_file("rows.h5", Mode::Create).unwrap();
    let maximum = vec![None];
    let mut new = NewDataset::new(f64::datatype(), Dataspace::Simple { dimensions: vec![0], maximum });
    new.layout = NewLayout::Chunked { chunk: vec![16], index: None };
    let rows = file.root().unwrap().create_dataset_from("rows", &new).unwrap();
    file.flush().unwrap();
    let mut acknowledged = Vec::new();
    for number in 0..8_u32 {
        rows.append([f64::from(number)]).unwrap();
        // Right before a flush, and in the middle of one, which takes two seconds.
        let killer = match number {
            2 => Some(std::thread::spawn(kill)),
            5 => Some(std::thread::spawn(|| {
                std::thread::sleep(Duration::from_millis(600));
                kill();
            })),
            _ => None,
        };
        match file.flush() {
            Ok(()) => acknowledged.push(f64::from(number)),
            Err(error) => panic!("row {number}: {error}"),
        }
        if let Some(killer) = killer {
            killer.join().unwrap();
        }
    }
    file.close().unwrap();
    let file = service.open_file("rows.h5", Mode::Read).unwrap();
    assert_eq!(file.dataset("rows").unwrap().read::<f64>().unwrap(), acknowledged);
    assert_eq!(acknowledged.len(), 8);
}
