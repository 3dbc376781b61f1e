//! `reencode FIXTURE OUTPUT`: encodes each chunk of a golden fixture anew, for `tests/fixtures/filters/check.py`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;

use common::parse;
use h5_filters::Scratch;

fn main() -> Result<(), Box<dyn Error>> {
    let paths: Vec<String> = std::env::args().skip(1).collect();
    let [fixture, output] = paths.as_slice() else { return Err("usage: reencode FIXTURE OUTPUT".into()) };
    let (mut bytes, mut scratch) = (Vec::new(), Scratch::default());
    for mut record in parse(&std::fs::read(fixture)?) {
        let pipeline = record.pipeline();
        (record.stored, record.filter_mask) = pipeline.encode(&record.decoded, &mut scratch)?;
        let limit_bytes = record.decoded.len();
        record.decoded = pipeline.decode(record.filter_mask, &record.stored, limit_bytes, &mut scratch)?;
        record.write(&mut bytes)?;
    }
    Ok(std::fs::write(output, bytes)?)
}
