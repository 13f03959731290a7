//! Text from outside, made safe for a terminal or a log line.

use std::fmt::{self, Write as _};

/// Displays `text` on one line, with whatever could steer a terminal, forge a line or reorder
/// what is shown written as `\u{…}` (line ends and tabs as `\n`, `\r`, `\t`).
#[derive(Debug, Clone, Copy)]
pub struct Printable<'a>(pub &'a str);

impl fmt::Display for Printable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if misleads(character) {
                write!(f, "{}", character.escape_default())?;
            } else {
                f.write_char(character)?;
            }
        }
        Ok(())
    }
}

/// Control characters, line and paragraph separators, and marks that turn the direction of text.
pub fn misleads(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{061c}')
        || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_a_terminal() {
        assert_eq!(Printable("Zoë 山").to_string(), "Zoë 山");
        assert_eq!(Printable("a\r\nb\tc").to_string(), "a\\r\\nb\\tc");
        assert_eq!(Printable("\u{1b}[2J\u{9b}1m\u{7f}").to_string(), "\\u{1b}[2J\\u{9b}1m\\u{7f}");
        assert_eq!(Printable("\u{202e}\u{2028}").to_string(), "\\u{202e}\\u{2028}");
    }
}
