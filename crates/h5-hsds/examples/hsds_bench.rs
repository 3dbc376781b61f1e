//! One workload on a running service, for `tests/hsds/bench.py`: `hsds_bench ENDPOINT WORKLOAD`.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a measurement: a failure ends it"
)]

use std::time::Instant;

use h5_backend::{File, Mode, Order};
use h5_hsds::{Credentials, Endpoint, HsdsFile, HsdsOptions};
use h5_types::{Dataspace, H5Type, NewDataset, NewLayout, Result};
use ndarray::ArrayView2;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [endpoint, workload] = arguments.as_slice() else { panic!("hsds_bench ENDPOINT WORKLOAD") };
    let user = Credentials::Basic { username: "test_user1".to_owned(), password: "test".to_owned() };
    let options = HsdsOptions::new().endpoint(Endpoint::parse(endpoint)?).credentials(user);
    let open = |name: &str, mode| -> Result<File> {
        let domain = format!("/home/test_user1/bench-{name}.h5");
        Ok(File::from_backend(HsdsFile::open(domain, false, mode, &options)?))
    };
    let data: Vec<f64> =
        (0..12_500_000_u64).map(|n| (n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 11) as f64).collect();
    let begun = Instant::now();
    match workload.as_str() {
        "write" => {
            let file = open("big", Mode::Create)?;
            let mut new = NewDataset::new(f64::datatype(), Dataspace::fixed([1250, 10_000]));
            new.layout = NewLayout::Chunked { chunk: vec![25, 10_000], index: None };
            file.root()?.create_dataset_from("d", &new)?.write(&data)?;
            file.close()?;
        }
        "read" => {
            let read = open("big", Mode::Read)?.dataset("d")?.read::<f64>()?;
            assert_eq!(read.len(), data.len());
        }
        "append" => {
            let file = open("rows", Mode::Create)?;
            let maximum = vec![None, Some(1000)];
            let mut new =
                NewDataset::new(f64::datatype(), Dataspace::Simple { dimensions: vec![0, 1000], maximum });
            new.layout = NewLayout::Chunked { chunk: vec![125, 1000], index: None };
            let rows = file.root()?.create_dataset_from("d", &new)?;
            for row in data.chunks(1000).take(200) {
                rows.append(ArrayView2::from_shape((1, 1000), row).unwrap())?;
                file.flush()?;
            }
            file.close()?;
        }
        "many" => {
            let file = open("many", Mode::Create)?;
            for number in 0..1000_u32 {
                let values: Vec<f64> = (0..10).map(|n| f64::from(n + number)).collect();
                let small = file.write_array(format!("d{number:04}"), values)?;
                small.set_attr("units", "V")?;
                small.set_attr("scale", 1.5)?;
                small.set_attr("n", number)?;
                small.set_attr("arr", [0_i64, 1, 2])?;
                small.set_attr("label", format!("x{number}"))?;
            }
            file.close()?;
        }
        "listing" => {
            let file = open("many", Mode::Read)?;
            let mut count = 0;
            for child in file.root()?.children() {
                for attribute in child?.open()?.attributes(Order::Name)? {
                    attribute?.value()?;
                    count += 1;
                }
            }
            assert_eq!(count, 5000);
        }
        other => panic!("no workload {other}"),
    }
    println!("seconds {:.4}", begun.elapsed().as_secs_f64());
    Ok(())
}
