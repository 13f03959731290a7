//! `kernel::printable` and the `User-Agent` of `http::extract::context`: text for a terminal, a log
//! line and a page (case 328).

use latchkey::http::extract::context::agent;
use latchkey::kernel::printable::Printable;

pub fn check(data: &[u8]) {
    let shown = agent(data);
    assert!(shown.chars().count() <= 512 && !shown.chars().any(char::is_control));
    if data.iter().all(u8::is_ascii_graphic) && data.len() <= 512 {
        assert_eq!(shown.as_bytes(), data);
    }
    let Some(text) = super::text(data) else { return };
    let shown = Printable(text).to_string();
    assert!(!shown.chars().any(steers), "{}", shown.escape_debug());
    assert_eq!(Printable(&shown).to_string(), shown);
    assert_eq!(shown == text, !text.chars().any(steers));
}

/// The control characters, the separators of lines and paragraphs, and Unicode's property
/// `Bidi_Control`.
fn steers(character: char) -> bool {
    matches!(u32::from(character),
        0..=0x1f | 0x7f..=0x9f | 0x61c | 0x200e | 0x200f | 0x2028..=0x202e | 0x2066..=0x2069)
}
