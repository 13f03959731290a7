//! What may stand in for a variable of a message.

use fluent::FluentValue;

use super::locale::Direction;

/// A value for a variable of a message: text or a whole number.
///
/// Text is shown as it is, except that it cannot change the reading direction of the sentence
/// around it: a name may be written the other way round or may carry direction controls on purpose.
pub trait Argument {
    /// The value in the form the catalogue takes, for a sentence written in this direction.
    fn value(&self, around: Direction) -> FluentValue<'static>;
}

impl Argument for str {
    fn value(&self, around: Direction) -> FluentValue<'static> {
        FluentValue::from(isolate(self, around))
    }
}

impl Argument for String {
    fn value(&self, around: Direction) -> FluentValue<'static> {
        self.as_str().value(around)
    }
}

impl Argument for u32 {
    fn value(&self, _: Direction) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl Argument for i32 {
    fn value(&self, _: Direction) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self, around: Direction) -> FluentValue<'static> {
        (**self).value(around)
    }
}

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// Drops direction controls, and isolates what the sentence around it could turn over. In a
/// sentence written left to right that is text with a right-to-left letter in it; all else stays
/// byte for byte what it was, so that it can be searched and copied. In one written right to left
/// it is all text: digits and marks at the edge of a Latin name would change sides.
fn isolate(text: &str, around: Direction) -> String {
    let clean: String = text.chars().filter(|c| !is_direction_control(*c)).collect();
    let turns = match around {
        Direction::LeftToRight => clean.chars().any(is_right_to_left),
        Direction::RightToLeft => !clean.is_empty(),
    };
    if turns { format!("{FIRST_STRONG_ISOLATE}{clean}{POP_ISOLATE}") } else { clean }
}

fn is_direction_control(c: char) -> bool {
    matches!(c, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// The blocks of Unicode that hold the scripts written right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{0590}'..='\u{08FF}' | '\u{FB1D}'..='\u{FDFF}' | '\u{FE70}'..='\u{FEFF}'
        | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

#[cfg(test)]
mod tests {
    use super::Direction::{LeftToRight, RightToLeft};
    use super::isolate;

    #[test]
    fn plain_text_is_untouched() {
        assert_eq!(isolate("ACME Notes & Söhne", LeftToRight), "ACME Notes & Söhne");
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        assert_eq!(isolate("שלום", LeftToRight), "\u{2068}שלום\u{2069}");
    }

    #[test]
    fn every_name_is_isolated_in_a_sentence_written_right_to_left() {
        assert_eq!(isolate("C++ (3)", RightToLeft), "\u{2068}C++ (3)\u{2069}");
        assert_eq!(isolate("دفتر", RightToLeft), "\u{2068}دفتر\u{2069}");
        assert_eq!(isolate("", RightToLeft), "");
    }

    #[test]
    fn a_name_cannot_turn_the_sentence_around() {
        assert_eq!(isolate("ACME\u{202E}moc.live", LeftToRight), "ACMEmoc.live");
        assert_eq!(isolate("a\u{2069}b\u{2066}c", LeftToRight), "abc");
        assert_eq!(isolate("a\u{2069}b\u{202E}c", RightToLeft), "\u{2068}abc\u{2069}");
    }
}
