//! What may stand in for a variable of a message.

use fluent::FluentValue;

/// A value for a variable of a message: text or a whole number.
///
/// Text is shown as it is, except that it cannot change the reading direction of the sentence
/// around it: a name may be written right to left or may carry direction controls on purpose.
pub trait Argument {
    /// The value in the form the catalogue takes.
    fn value(&self) -> FluentValue<'static>;
}

impl Argument for str {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(isolate(self))
    }
}

impl Argument for String {
    fn value(&self) -> FluentValue<'static> {
        self.as_str().value()
    }
}

impl Argument for u32 {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl Argument for i32 {
    fn value(&self) -> FluentValue<'static> {
        FluentValue::from(*self)
    }
}

impl<T: Argument + ?Sized> Argument for &T {
    fn value(&self) -> FluentValue<'static> {
        (**self).value()
    }
}

const FIRST_STRONG_ISOLATE: char = '\u{2068}';
const POP_ISOLATE: char = '\u{2069}';

/// Drops direction controls, and isolates text that has a right-to-left letter in it. Plain
/// left-to-right text stays byte for byte what it was, so that it can be searched and copied.
fn isolate(text: &str) -> String {
    let clean: String = text.chars().filter(|c| !is_direction_control(*c)).collect();
    if clean.chars().any(is_right_to_left) {
        format!("{FIRST_STRONG_ISOLATE}{clean}{POP_ISOLATE}")
    } else {
        clean
    }
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
    use super::isolate;

    #[test]
    fn plain_text_is_untouched() {
        assert_eq!(isolate("ACME Notes & Söhne"), "ACME Notes & Söhne");
    }

    #[test]
    fn right_to_left_text_is_isolated() {
        assert_eq!(isolate("שלום"), "\u{2068}שלום\u{2069}");
    }

    #[test]
    fn a_name_cannot_turn_the_sentence_around() {
        assert_eq!(isolate("ACME\u{202E}moc.live"), "ACMEmoc.live");
        assert_eq!(isolate("a\u{2069}b\u{2066}c"), "abc");
    }
}
