//! The standard output: buffered, locked once, coloured only where that is wanted.

use std::io::{self, BufWriter, IsTerminal as _, StdoutLock, Write};

use crate::args::When;

/// The standard output of one command.
#[derive(Debug)]
pub(crate) struct Out {
    writer: BufWriter<StdoutLock<'static>>,
    /// How text is coloured.
    pub(crate) paint: Paint,
    /// Characters of trees and pictures.
    pub(crate) glyphs: Glyphs,
}

impl Out {
    /// Locks the standard output.
    pub(crate) fn new(color: When) -> Self {
        let stdout = io::stdout();
        let paint = Paint { on: wants_color(color, stdout.is_terminal(), |name| std::env::var_os(name)) };
        let glyphs = Glyphs::for_locale(|name| std::env::var(name).ok());
        Self { writer: BufWriter::with_capacity(1 << 16, stdout.lock()), paint, glyphs }
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// Whether to colour: the option, then the environment (<https://no-color.org>, <https://bixense.com/clicolors>), then the terminal.
fn wants_color(when: When, terminal: bool, environment: impl Fn(&str) -> Option<std::ffi::OsString>) -> bool {
    let is_set = |name| environment(name).is_some_and(|value| !value.is_empty());
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto if is_set("NO_COLOR") => false,
        When::Auto if environment("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        When::Auto => terminal && environment("TERM").is_none_or(|term| term != "dumb"),
    }
}

/// What a piece of text is, and so its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    /// Name of a group.
    Group,
    /// Name of a dataset.
    Dataset,
    /// Name of a committed datatype.
    Datatype,
    /// Name of an attribute.
    Attribute,
    /// A link and where it leads.
    Link,
    /// Something broken.
    Broken,
    /// What matters less.
    Aside,
    /// A heading.
    Heading,
}

/// Puts colours around text, or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint {
    on: bool,
}

impl Paint {
    /// The text in the colour of its role. The text must be printable already.
    pub(crate) fn text(self, role: Role, text: &str) -> String {
        if !self.on || text.is_empty() {
            return text.to_owned();
        }
        let code = match role {
            Role::Group => "1;34",
            Role::Dataset => "1",
            Role::Datatype => "35",
            Role::Attribute => "36",
            Role::Link => "32",
            Role::Broken => "1;31",
            Role::Aside => "2",
            Role::Heading => "1;4",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Characters of trees and pictures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Glyphs {
    /// Before a child that others follow.
    pub(crate) branch: &'static str,
    /// Before the last child.
    pub(crate) last: &'static str,
    /// Beside the children of a child that others follow.
    pub(crate) bar: &'static str,
    /// Shades of a picture, from empty to full.
    pub(crate) shades: [&'static str; 5],
    /// Bars of a line of them, from low to high.
    pub(crate) bars: &'static [&'static str],
}

impl Glyphs {
    pub(crate) const UNICODE: Self = Self {
        branch: "\u{251c}\u{2500} ",
        last: "\u{2514}\u{2500} ",
        bar: "\u{2502}  ",
        shades: [" ", "\u{2591}", "\u{2592}", "\u{2593}", "\u{2588}"],
        bars: &[
            "\u{2581}", "\u{2582}", "\u{2583}", "\u{2584}", "\u{2585}", "\u{2586}", "\u{2587}", "\u{2588}",
        ],
    };
    pub(crate) const ASCII: Self = Self {
        branch: "|- ",
        last: "`- ",
        bar: "|  ",
        shades: [" ", ".", "+", "x", "#"],
        bars: &["_", "-", "=", "#"],
    };

    /// Box characters where the locale is UTF-8 or says nothing; plain ones for other encodings.
    fn for_locale(environment: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| environment(name).filter(|value| !value.is_empty()));
        match locale.map(|locale| locale.to_ascii_lowercase()) {
            Some(locale) if !locale.contains("utf-8") && !locale.contains("utf8") => Self::ASCII,
            _ => Self::UNICODE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Glyphs, wants_color};
    use crate::args::When;

    #[test]
    fn colour_follows_option_then_environment_then_terminal() {
        let none = |_: &str| None;
        let with = |set: &'static str| move |name: &str| (name == set).then(|| "1".into());
        assert!(wants_color(When::Auto, true, none));
        assert!(!wants_color(When::Auto, false, none));
        assert!(!wants_color(When::Auto, true, with("NO_COLOR")));
        assert!(wants_color(When::Auto, false, with("CLICOLOR_FORCE")));
        assert!(wants_color(When::Always, false, with("NO_COLOR")));
        assert!(!wants_color(When::Never, true, with("CLICOLOR_FORCE")));
    }

    #[test]
    fn box_characters_need_a_utf_8_locale() {
        let locale = |value: &'static str| move |name: &str| (name == "LC_ALL").then(|| value.to_owned());
        assert_eq!(Glyphs::for_locale(locale("C")), Glyphs::ASCII);
        assert_eq!(Glyphs::for_locale(locale("de_DE.UTF-8")), Glyphs::UNICODE);
        assert_eq!(Glyphs::for_locale(|_| None), Glyphs::UNICODE);
    }
}
