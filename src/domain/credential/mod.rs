//! What people prove themselves with.

pub mod mailed_code;
pub mod passkey;
pub mod password;
pub mod recovery_code;
pub mod totp;

/// Whether a character is passed over in a code that somebody typed or pasted: spaces of every kind, and
/// what is copied along unseen, such as the marks around a code in a text from right to left.
fn is_passed_over(c: char) -> bool {
    c.is_whitespace()
        // Soft hyphen, and the mark for Arabic letters.
        || matches!(c, '\u{ad}' | '\u{61c}')
        // Of no width, and marks, embeddings, overrides and isolates of direction.
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}
