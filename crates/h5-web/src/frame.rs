//! Frames: a header in JSON, then arrays of numbers.

use h5_types::{Error, Result};

use crate::answer::{Answer, Outcome};
use crate::json::{self, Record};

/// What arrays begin at a multiple of.
const ALIGNMENT: usize = 8;

/// Arrays that are sent with a header.
#[derive(Debug, Default)]
pub(crate) struct Frame {
    arrays: Vec<String>,
    body: Vec<u8>,
}

impl Frame {
    /// Adds an array, little-endian, in C order.
    pub(crate) fn add(&mut self, name: &str, code: &str, shape: &[u64], bytes: &[u8]) -> Result<()> {
        let place = self.body.len().next_multiple_of(ALIGNMENT);
        if place.saturating_add(bytes.len()) > crate::ANSWER_BYTES {
            let message = "the answer would be larger than 4 MiB; ask for fewer points";
            return Err(Error::limit(message));
        }
        self.body.resize(place, 0);
        self.body.extend_from_slice(bytes);
        let record = Record::new().text("name", name).text("dtype", code);
        self.arrays.push(record.raw("shape", &json::numbers(shape)).plain("offset", place).end());
        Ok(())
    }

    /// Adds numbers.
    pub(crate) fn add_f64(&mut self, name: &str, shape: &[u64], values: &[f64]) -> Result<()> {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.add(name, "f8", shape, &bytes)
    }

    /// The answer, with further members in the header.
    pub(crate) fn answer(self, header: Record) -> Outcome {
        let mut header = header.list("arrays", self.arrays).end();
        while !header.len().saturating_add(4).is_multiple_of(ALIGNMENT) {
            header.push(' ');
        }
        let length = u32::try_from(header.len()).map_err(|_| Error::limit("a header of over 4 GiB"))?;
        let mut bytes = length.to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(&self.body);
        Ok(Answer::bytes("application/x-h5-frame", bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::Frame;
    use crate::json::Record;

    #[test]
    fn arrays_begin_at_multiples_of_eight() {
        let mut frame = Frame::default();
        frame.add("a", "u1", &[3], &[1, 2, 3]).unwrap();
        frame.add_f64("b", &[1], &[0.5]).unwrap();
        let bytes = frame.answer(Record::new().plain("n", 1)).unwrap().body;
        let length = u32::from_le_bytes(bytes[..4].try_into().unwrap()) as usize;
        assert_eq!((length + 4) % 8, 0);
        let header: serde_json::Value = serde_json::from_slice(&bytes[4..4 + length]).unwrap();
        assert_eq!(header["n"], 1);
        let at = 4 + length + header["arrays"][1]["offset"].as_u64().unwrap() as usize;
        assert_eq!(f64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()), 0.5);
    }
}
