/// Equally long records that lie one after the other.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    bytes: &'a [u8],
    record_bytes: usize,
}

impl<'a> Records<'a> {
    /// All whole records in `bytes`; none if `record_bytes` is zero.
    pub fn new(bytes: &'a [u8], record_bytes: usize) -> Self {
        Self { bytes, record_bytes }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.bytes.len().checked_div(self.record_bytes).unwrap_or(0)
    }

    /// True if there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record at `index`, counted from zero.
    pub fn get(&self, index: usize) -> Option<&'a [u8]> {
        if self.record_bytes == 0 {
            return None;
        }
        let start = index.checked_mul(self.record_bytes)?;
        self.bytes.get(start..start.checked_add(self.record_bytes)?)
    }

    /// All records, in order.
    pub fn iter(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        // With a record length of zero there are no records: a chunk of one byte over nothing.
        let bytes = if self.record_bytes == 0 { &[] } else { self.bytes };
        bytes.chunks_exact(self.record_bytes.max(1))
    }
}

/// The fewest bytes in which every number up to `limit` can be stored; at least one.
pub fn bytes_needed(limit: u64) -> usize {
    let bits = u64::BITS.saturating_sub(limit.leading_zeros());
    usize::try_from(bits.div_ceil(8)).unwrap_or(8).max(1)
}

#[cfg(test)]
mod tests {
    use super::{Records, bytes_needed};

    #[test]
    fn width_grows_at_powers_of_256() {
        let widths: Vec<usize> = [0, 1, 255, 256, 65_535, 65_536, u64::MAX].map(bytes_needed).to_vec();
        assert_eq!(widths, [1, 1, 1, 2, 2, 3, 8]);
    }

    #[test]
    fn incomplete_and_empty_records_are_not_there() {
        let records = Records::new(&[1, 2, 3, 4, 5], 2);
        assert_eq!(records.len(), 2);
        assert_eq!(records.get(1), Some(&[3_u8, 4][..]));
        assert_eq!(records.get(2), None);
        assert_eq!(records.iter().count(), 2);
        assert!(Records::new(&[1], 0).is_empty());
        assert_eq!(Records::new(&[1], 0).iter().count(), 0);
    }
}
