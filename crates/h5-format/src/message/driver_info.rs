use crate::{Reader, Result, Writer};

/// Driver Info (specification IV.A.2.u): what a storage driver of several files keeps in the superblock extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DriverInfo<'a> {
    /// `NCSAmult` or `NCSAfami`.
    pub driver_identification: [u8; 8],
    /// What that driver keeps.
    pub driver_information: &'a [u8],
}

impl<'a> DriverInfo<'a> {
    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &'a [u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Driver Info message", "IV.A.2.u");
        reader.version(0..=0, "0")?;
        let mut driver_identification = [0; 8];
        driver_identification.copy_from_slice(reader.take(8)?);
        let size = reader.u16()?;
        Ok(Self { driver_identification, driver_information: reader.take(usize::from(size))? })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If the information is longer than 65,535 bytes.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Driver Info message", "IV.A.2.u");
        writer.u8(0);
        writer.put(&self.driver_identification);
        writer.count("driver_information_size", self.driver_information.len(), 2)?;
        writer.put(self.driver_information);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn information_is_written_as_it_reads() {
        let body = b"\0NCSAfami\x02\0\x07\x08";
        let info = DriverInfo::decode(body).unwrap();
        assert_eq!(info.driver_information, [7, 8]);
        let mut out = Vec::new();
        info.encode(&mut out).unwrap();
        assert_eq!(out, body);
        let long = vec![0; 0x1_0000];
        assert!(DriverInfo { driver_information: &long, ..info }.encode(&mut out).is_err());
    }
}
