use crate::{Reader, Result, Writer};

/// Object Reference Count (specification IV.A.2.w): hard links to an object with a version 2 header, where there is more than one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceCount {
    /// The count.
    pub reference_count: u32,
}

impl ReferenceCount {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Object Reference Count message", "IV.A.2.w");
        reader.version(0..=0, "0")?;
        Ok(Self { reference_count: reader.u32()? })
    }

    /// Appends the message's body.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out, "Object Reference Count message", "IV.A.2.w");
        writer.u8(0);
        writer.u32(self.reference_count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn count_is_written_as_it_reads() {
        let mut out = Vec::new();
        ReferenceCount::decode(&[0, 2, 1, 0, 0]).unwrap().encode(&mut out);
        assert_eq!(out, [0, 2, 1, 0, 0]);
    }
}
