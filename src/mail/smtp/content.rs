//! What a letter says, in one piece with its end.
//!
//! The library would send the end by itself. Behind what fills no whole packet the system holds such a
//! piece back until the server has acknowledged the one before, which most servers put off for 40 ms.

use std::fmt;

/// A letter as it goes over the connection behind DATA (RFC 5321 §4.5.2).
pub(super) struct Content<'a>(pub(super) &'a str);

impl fmt::Display for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self.0.split_inclusive("\r\n") {
            if line.starts_with('.') {
                f.write_str(".")?;
            }
            f.write_str(line)?;
        }
        f.write_str(if self.0.ends_with("\r\n") { ".\r\n" } else { "\r\n.\r\n" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_with_a_dot_alone_is_no_end() {
        for (letter, sent) in [
            ("a\r\nb\r\n", "a\r\nb\r\n.\r\n"),
            ("a", "a\r\n.\r\n"),
            ("", "\r\n.\r\n"),
            (".", "..\r\n.\r\n"),
            ("a\r\n.\r\n", "a\r\n..\r\n.\r\n"),
            ("..\r\n.a\r\na.\r\n", "...\r\n..a\r\na.\r\n.\r\n"),
        ] {
            assert_eq!(Content(letter).to_string(), sent, "{letter:?}");
        }
    }
}
