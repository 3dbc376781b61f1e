use crate::{Reader, Result, Writer};

/// Group Info (specification IV.A.2.k): when a group changes between compact and dense storage of links.
///
/// ```text
/// | version 0 | flags | max compact (2) | min dense (2) : flag 0 | estimated entries (2) | estimated name length (2) : flag 1 |
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GroupInfo {
    /// Most links that are kept in the object header. Default 8.
    pub link_phase_change_maximum_compact: u16,
    /// Fewest links that are kept densely. Default 6.
    pub link_phase_change_minimum_dense: u16,
    /// Number of links expected. Default 4.
    pub estimated_number_of_entries: u16,
    /// Length of names expected. Default 8.
    pub estimated_link_name_length: u16,
}

impl GroupInfo {
    /// What a message without the optional fields means.
    pub const DEFAULT: Self = Self {
        link_phase_change_maximum_compact: 8,
        link_phase_change_minimum_dense: 6,
        estimated_number_of_entries: 4,
        estimated_link_name_length: 8,
    };

    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or the body ends early.
    pub fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Group Info message", "IV.A.2.k");
        reader.version(0..=0, "0")?;
        let flags = reader.u8()?;
        let mut info = Self::DEFAULT;
        if flags & 1 != 0 {
            info.link_phase_change_maximum_compact = reader.u16()?;
            info.link_phase_change_minimum_dense = reader.u16()?;
        }
        if flags & 2 != 0 {
            info.estimated_number_of_entries = reader.u16()?;
            info.estimated_link_name_length = reader.u16()?;
        }
        Ok(info)
    }

    /// Appends the message's body; pairs of fields that have their defaults are left out.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let mut writer = Writer::new(out, "Group Info message", "IV.A.2.k");
        let phase_change = [self.link_phase_change_maximum_compact, self.link_phase_change_minimum_dense];
        let estimates = [self.estimated_number_of_entries, self.estimated_link_name_length];
        let default = Self::DEFAULT;
        let has_phase_change = phase_change
            != [default.link_phase_change_maximum_compact, default.link_phase_change_minimum_dense];
        let has_estimates =
            estimates != [default.estimated_number_of_entries, default.estimated_link_name_length];
        writer.u8(0);
        writer.u8(u8::from(has_phase_change) | u8::from(has_estimates) << 1);
        if has_phase_change {
            phase_change.iter().for_each(|&links| writer.u16(links));
        }
        if has_estimates {
            estimates.iter().for_each(|&estimate| writer.u16(estimate));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_left_out() {
        let bodies: [&[u8]; 4] =
            [&[0, 0], &[0, 1, 9, 0, 6, 0], &[0, 2, 4, 0, 1, 1], &[0, 3, 9, 0, 6, 0, 4, 0, 1, 1]];
        for body in bodies {
            let mut out = Vec::new();
            GroupInfo::decode(body).unwrap().encode(&mut out);
            assert_eq!(out, body);
        }
        let mut out = Vec::new();
        GroupInfo::decode(&[0, 1, 8, 0, 6, 0]).unwrap().encode(&mut out);
        assert_eq!(out, [0, 0]);
    }
}
