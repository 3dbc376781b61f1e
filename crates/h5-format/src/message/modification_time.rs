use crate::{Reader, Result};

/// Object Modification Time, old (text) and new (specification IV.A.2.o, IV.A.2.s).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ModificationTime {
    /// Seconds since 1970-01-01T00:00:00 UTC.
    pub seconds_after_unix_epoch: i64,
}

impl ModificationTime {
    /// Decodes the new message's body.
    ///
    /// # Errors
    /// If the version is not 1 or the body ends early.
    pub fn decode(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Object Modification Time message", "IV.A.2.s");
        reader.version(1..=1, "1")?;
        reader.skip(3)?;
        Ok(Self { seconds_after_unix_epoch: i64::from(reader.u32()?) })
    }

    /// Decodes the old message's body: `YYYYMMDDhhmmss` in UTC.
    ///
    /// # Errors
    /// If a character is no digit, a field is out of its range, or the body ends early.
    pub fn decode_old(body: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(body, "Object Modification Time message (old)", "IV.A.2.o");
        let mut number = |digits: usize, field: &'static str, range: std::ops::RangeInclusive<u32>| {
            let mut value = 0_u32;
            for &byte in reader.take(digits)? {
                if !byte.is_ascii_digit() {
                    return Err(reader.bad_value(field, byte, "decimal digits"));
                }
                value = value.saturating_mul(10).saturating_add(u32::from(byte.saturating_sub(b'0')));
            }
            if range.contains(&value) {
                Ok(i64::from(value))
            } else {
                Err(reader.bad_value(field, value, "a date"))
            }
        };
        let year = number(4, "year", 0..=9999)?;
        let month = number(2, "month", 1..=12)?;
        let day = number(2, "day_of_month", 1..=31)?;
        let hour = number(2, "hour", 0..=23)?;
        let minute = number(2, "minute", 0..=59)?;
        let second = number(2, "second", 0..=60)?;
        let of_day =
            hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
        let days = days_after_epoch(year, month, day);
        Ok(Self { seconds_after_unix_epoch: days.saturating_mul(86_400).saturating_add(of_day) })
    }
}

/// Days from 1970-01-01 to a date of the Gregorian calendar. Months count from March so that the leap day comes last.
#[expect(clippy::arithmetic_side_effects, reason = "four digits of a year cannot overflow an i64")]
fn days_after_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let day_of_year = (153 * from_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_number_agree() {
        let at = |text: &[u8]| ModificationTime::decode_old(text).unwrap().seconds_after_unix_epoch;
        assert_eq!(at(b"19700101000000"), 0);
        assert_eq!(at(b"20000229235959\0\0"), 951_868_799);
        assert_eq!(at(b"20240301000000"), 1_709_251_200);
        let new = ModificationTime::decode(&[1, 0, 0, 0, 0, 0x39, 0xe1, 0x65]).unwrap();
        assert_eq!(new.seconds_after_unix_epoch, 0x65e1_3900);
    }

    #[test]
    fn rejects_what_is_no_date() {
        assert!(ModificationTime::decode_old(b"20001301000000").is_err());
        assert!(ModificationTime::decode_old(b"2000 101000000").is_err());
        assert!(ModificationTime::decode_old(b"2000").is_err());
    }
}
