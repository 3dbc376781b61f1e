/// How the members of a family are called: a text with a number in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FamilyPattern {
    before: String,
    /// Least digits of the number; zeros fill it up.
    width: usize,
    after: String,
}

/// Bound on the digits that a pattern may ask for: file systems allow no longer names.
const MAXIMUM_WIDTH: usize = 255;

impl FamilyPattern {
    /// The pattern that a C program passes to the family driver: one `%d` or `%0Nd`, and `%%` for a percent sign. `None` if the
    /// name holds anything else behind a percent sign, or not just one number.
    pub fn parse(name: &str) -> Option<Self> {
        let mut texts = vec![String::new()];
        let mut width = 0;
        let mut rest = name;
        while let Some((text, conversion)) = rest.split_once('%') {
            texts.last_mut()?.push_str(text);
            if let Some(after) = conversion.strip_prefix('%') {
                texts.last_mut()?.push('%');
                rest = after;
                continue;
            }
            let (digits, after) = conversion.split_once('d')?;
            width = number_width(digits)?;
            texts.push(String::new());
            rest = after;
        }
        texts.last_mut()?.push_str(rest);
        let [before, after] = <[String; 2]>::try_from(texts).ok()?;
        Some(Self { before, width, after })
    }

    /// The pattern of a family from its first member's name: the last number in it whose digits are all 0. `None` if there is none.
    pub fn of_first_member(name: &str) -> Option<Self> {
        let is_digit = |c: char| c.is_ascii_digit();
        let mut head = name;
        loop {
            let end = head.rfind(is_digit)?.checked_add(1)?;
            head = head.get(..end)?;
            let before = head.trim_end_matches(is_digit);
            let digits = head.get(before.len()..)?;
            if digits.bytes().all(|digit| digit == b'0') {
                let after = name.get(end..)?;
                return Some(Self { before: before.into(), width: digits.len(), after: after.into() });
            }
            head = before;
        }
    }

    /// The name of a member.
    pub fn member_name(&self, number: u64) -> String {
        let Self { before, width, after } = self;
        format!("{before}{number:0width$}{after}")
    }
}

/// What stands between `%` and `d`: nothing, or `0` and a width.
fn number_width(digits: &str) -> Option<usize> {
    if digits.is_empty() {
        return Some(1);
    }
    // Without the 0 the number is filled up with spaces; no family is called so.
    let width = digits.strip_prefix('0').filter(|width| width.bytes().all(|byte| byte.is_ascii_digit()))?;
    width.parse().ok().filter(|width| *width <= MAXIMUM_WIDTH)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(pattern: &str, number: u64) -> Option<String> {
        FamilyPattern::parse(pattern).map(|pattern| pattern.member_name(number))
    }

    fn member(first: &str, number: u64) -> Option<String> {
        FamilyPattern::of_first_member(first).map(|pattern| pattern.member_name(number))
    }

    #[test]
    fn patterns_of_c() {
        assert_eq!(parsed("f-%05d.h5", 12).unwrap(), "f-00012.h5");
        assert_eq!(parsed("f%d", 12).unwrap(), "f12");
        assert_eq!(parsed("100%%-%02d.h5", 123).unwrap(), "100%-123.h5");
        for other in
            ["f.h5", "f%s.h5", "f%5d.h5", "f%-05d.h5", "%d-%d", "%%d", "f%", "f%0d", "f%0999d", "%0+5d"]
        {
            assert_eq!(parsed(other, 0), None, "{other}");
        }
    }

    #[test]
    fn numbers_take_the_place_of_the_first_name_s_zeros() {
        assert_eq!(member("f00000.h5", 12).unwrap(), "f00012.h5");
        assert_eq!(member("v16-000000.h5", 1).unwrap(), "v16-000001.h5");
        assert_eq!(member("f0", 123).unwrap(), "f123");
        assert_eq!(member("run00-2010.h5", 1).unwrap(), "run01-2010.h5");
        for other in ["f01.h5", "f10.h5", "plain.h5", ""] {
            assert_eq!(member(other, 1), None, "{other}");
        }
    }
}
