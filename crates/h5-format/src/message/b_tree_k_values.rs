use crate::{Reader, Result, Writer};

/// B-tree 'K' Values (specification IV.A.2.t): half the capacity of version 1 B-tree nodes, where they are not the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BTreeKValues {
    /// Of the B-trees of chunks.
    pub indexed_storage_internal_node_k: u16,
    /// Of the B-trees of groups.
    pub group_internal_node_k: u16,
    /// Of symbol table nodes.
    pub group_leaf_node_k: u16,
}

impl BTreeKValues {
    /// What files without this message and with superblock version 2 or 3 use.
    pub const DEFAULT: Self =
        Self { indexed_storage_internal_node_k: 32, group_internal_node_k: 16, group_leaf_node_k: 4 };

    /// Decodes the message's body.
    ///
    /// # Errors
    /// If the version is not 0 or a value is zero.
    pub fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "B-tree 'K' Values message", "IV.A.2.t");
        reader.version(0..=0, "0")?;
        let mut k = |field| match reader.u16()? {
            0 => Err(reader.bad_value(field, 0_u8, "at least 1")),
            k => Ok(k),
        };
        Ok(Self {
            indexed_storage_internal_node_k: k("indexed_storage_internal_node_k")?,
            group_internal_node_k: k("group_internal_node_k")?,
            group_leaf_node_k: k("group_leaf_node_k")?,
        })
    }

    /// Appends the message's body.
    ///
    /// # Errors
    /// If a value is zero.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "B-tree 'K' Values message", "IV.A.2.t");
        let values =
            [self.indexed_storage_internal_node_k, self.group_internal_node_k, self.group_leaf_node_k];
        if values.contains(&0) {
            return Err(writer.unencodable("node_k", "at least 1"));
        }
        writer.u8(0);
        values.iter().for_each(|&k| writer.u16(k));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_read() {
        let body = [0, 32, 0, 16, 0, 4, 0];
        assert_eq!(BTreeKValues::decode(&body).unwrap(), BTreeKValues::DEFAULT);
        let mut out = Vec::new();
        BTreeKValues::DEFAULT.encode(&mut out).unwrap();
        assert_eq!(out, body);
        assert!(BTreeKValues { group_leaf_node_k: 0, ..BTreeKValues::DEFAULT }.encode(&mut out).is_err());
    }
}
