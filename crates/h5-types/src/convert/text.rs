//! Strings: where the text of a fixed-length string ends, and how one is filled.

use crate::StringPadding;

/// The text of a fixed-length string without its padding: up to the first NUL, or without trailing spaces.
pub(crate) fn trim(bytes: &[u8], padding: StringPadding) -> &[u8] {
    let end = match padding {
        StringPadding::NullTerminated | StringPadding::NullPadded => bytes.iter().position(|&b| b == 0),
        StringPadding::SpacePadded => {
            Some(bytes.iter().rposition(|&b| b != b' ').map_or(0, |last| last.saturating_add(1)))
        }
    };
    end.and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

/// Fills a fixed-length string. Text that is too long is cut, by bytes; a terminator always fits.
pub(crate) fn fill(text: &[u8], padding: StringPadding, out: &mut [u8]) {
    let (filler, room) = match padding {
        StringPadding::NullTerminated => (0, out.len().saturating_sub(1)),
        StringPadding::NullPadded => (0, out.len()),
        StringPadding::SpacePadded => (b' ', out.len()),
    };
    let (kept, rest) = out.split_at_mut(text.len().min(room));
    for (to, from) in kept.iter_mut().zip(text) {
        *to = *from;
    }
    rest.fill(filler);
}

#[cfg(test)]
mod tests {
    use super::{fill, trim};
    use crate::StringPadding::{NullPadded, NullTerminated, SpacePadded};

    #[test]
    fn trim_knows_each_padding() {
        assert_eq!(trim(b"ab\0cd", NullTerminated), b"ab");
        assert_eq!(trim(b"abc", NullPadded), b"abc");
        assert_eq!(trim(b"ab \0  ", SpacePadded), b"ab \0");
        assert_eq!(trim(b"   ", SpacePadded), b"");
    }

    #[test]
    fn fill_cuts_and_pads() {
        let filled = |text: &[u8], padding| {
            let mut out = *b"#####";
            fill(text, padding, &mut out);
            out
        };
        assert_eq!(&filled(b"abcdefg", NullTerminated), b"abcd\0");
        assert_eq!(&filled(b"abcdefg", NullPadded), b"abcde");
        assert_eq!(&filled(b"ab", SpacePadded), b"ab   ");
        fill(b"abc", NullTerminated, &mut []);
    }
}
