//! Texts that must not grow with what a file holds.

use std::fmt::{self, Display, Write as _};

/// At most so many characters of what something displays, and `...` where that is not all. Nothing longer is ever made, however
/// much there would be to display.
///
/// ```
/// assert_eq!(h5_types::shortened(&"abc", 3), "abc");
/// assert_eq!(h5_types::shortened(&"a\u{e9}cd", 3), "a\u{e9}c...");
/// ```
pub fn shortened(value: &impl Display, characters: usize) -> String {
    let mut text = Bounded { text: String::new(), left: characters };
    if write!(text, "{value}").is_err() {
        text.text.push_str("...");
    }
    text.text
}

/// A string that refuses to grow beyond a number of characters.
struct Bounded {
    text: String,
    left: usize,
}

impl fmt::Write for Bounded {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        for c in part.chars() {
            self.left = self.left.checked_sub(1).ok_or(fmt::Error)?;
            self.text.push(c);
        }
        Ok(())
    }
}
