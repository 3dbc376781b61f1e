use crate::{Reader, Result, Writer};

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

    /// Appends the new message's body.
    ///
    /// # Errors
    /// If the time is before 1970 or after 2106.
    pub fn encode(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Object Modification Time message", "IV.A.2.s");
        let seconds = u32::try_from(self.seconds_after_unix_epoch)
            .map_err(|_| writer.unencodable("seconds_after_unix_epoch", "a time from 1970 to 2106"))?;
        writer.u8(1);
        writer.zeros(3);
        writer.u32(seconds);
        Ok(())
    }

    /// Appends the old message's body.
    ///
    /// # Errors
    /// If the year does not have four digits.
    pub fn encode_old(&self, out: &mut Vec<u8>) -> Result<()> {
        let mut writer = Writer::new(out, "Object Modification Time message (old)", "IV.A.2.o");
        let days = self.seconds_after_unix_epoch.div_euclid(86_400);
        let of_day = self.seconds_after_unix_epoch.rem_euclid(86_400);
        // Days between the first of year 0 and the last of year 9999.
        if !(-719_528..=2_932_896).contains(&days) {
            return Err(writer.unencodable("year", "0 to 9999"));
        }
        let (year, month, day) = date_of(days);
        let (hour, minute, second) =
            (of_day.div_euclid(3600), of_day.rem_euclid(3600).div_euclid(60), of_day.rem_euclid(60));
        writer.put(format!("{year:04}{month:02}{day:02}{hour:02}{minute:02}{second:02}").as_bytes());
        writer.zeros(2);
        Ok(())
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

/// The date so many days after 1970-01-01, in year 0 to 9999: the inverse of [`days_after_epoch`].
#[expect(clippy::arithmetic_side_effects, reason = "the days of ten thousand years cannot overflow an i64")]
fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    // Eras of 400 years have 146,097 days each and begin on the first of March.
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
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
    fn every_day_is_written_and_read_as_the_same() {
        for day in -719_528_i64..=2_932_896 {
            let time = ModificationTime { seconds_after_unix_epoch: day * 86_400 + day.rem_euclid(86_400) };
            let mut text = Vec::new();
            time.encode_old(&mut text).unwrap();
            assert_eq!(ModificationTime::decode_old(&text).unwrap(), time);
        }
        let mut text = Vec::new();
        ModificationTime { seconds_after_unix_epoch: 951_868_799 }.encode_old(&mut text).unwrap();
        assert_eq!(text, b"20000229235959\0\0");
        for day in [-719_529, 2_932_897] {
            assert!(
                ModificationTime { seconds_after_unix_epoch: day * 86_400 }.encode_old(&mut text).is_err()
            );
        }
    }

    #[test]
    fn the_new_message_has_32_bits() {
        let mut out = Vec::new();
        ModificationTime { seconds_after_unix_epoch: 0x65e1_3900 }.encode(&mut out).unwrap();
        assert_eq!(out, [1, 0, 0, 0, 0, 0x39, 0xe1, 0x65]);
        for seconds in [-1, 1 << 32] {
            assert!(ModificationTime { seconds_after_unix_epoch: seconds }.encode(&mut out).is_err());
        }
    }

    #[test]
    fn rejects_what_is_no_date() {
        assert!(ModificationTime::decode_old(b"20001301000000").is_err());
        assert!(ModificationTime::decode_old(b"2000 101000000").is_err());
        assert!(ModificationTime::decode_old(b"2000").is_err());
    }
}
