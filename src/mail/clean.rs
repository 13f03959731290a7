//! Names in mail. They are chosen by people, and some choose them to put words into our mail.

use crate::kernel::printable::misleads;

/// The longest name that is shown, in characters.
const LONGEST_NAME: usize = 60;
/// The longest subject, in characters.
const LONGEST_SUBJECT: usize = 200;

/// A name on one line: without what breaks lines or turns their direction, and not too long.
pub(super) fn name(text: &str) -> String {
    shortened(&one_line(text), LONGEST_NAME)
}

/// The name to greet a person by, or `None` for one that is no name: mail programs make links of
/// what looks like an address, so whoever registers a stranger's address could have us send them
/// one.
pub(super) fn greeted(text: &str) -> Option<String> {
    let name = one_line(text);
    let is_bounded = (1..=LONGEST_NAME).contains(&name.chars().count());
    let looks_like_an_address = name.contains(['/', '\\', '@', ':'])
        || name.split('.').skip(1).any(|rest| {
            let letters = rest.chars().take_while(|c| c.is_alphanumeric()).count();
            letters >= 2
        });
    (is_bounded && !looks_like_an_address).then_some(name)
}

/// A subject: a header of the mail, so it has one line whatever stands in it. The marks that isolate
/// a name are ours and stay.
pub(super) fn subject(text: &str) -> String {
    let keeps = |c: char| matches!(c, '\u{2066}'..='\u{2069}');
    let clean: String =
        text.chars().map(|c| if misleads(c) && !keeps(c) { ' ' } else { c }).collect();
    shortened(&clean.split_whitespace().collect::<Vec<_>>().join(" "), LONGEST_SUBJECT)
}

fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if misleads(c) { ' ' } else { c }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_203_nothing_breaks_a_line() {
        let hostile = "ACME\r\nBcc: e@evil.test\u{2028}x\u{0}\u{202e}y";
        assert_eq!(name(hostile), "ACME Bcc: e@evil.test x y");
        assert_eq!(subject(hostile), "ACME Bcc: e@evil.test x y");
        assert_eq!(subject("\u{2068}ACME\u{2069} a"), "\u{2068}ACME\u{2069} a");
    }

    #[test]
    fn nothing_is_too_long() {
        assert_eq!(name(&"é".repeat(61)).chars().count(), 60);
        assert_eq!(subject(&"é".repeat(999)).chars().count(), 200);
        assert_eq!(name(&"é".repeat(60)), "é".repeat(60));
    }

    #[test]
    fn what_mail_programs_make_a_link_of_is_no_name() {
        for text in ["Ada Lovelace", "J. R. R. Tolkien", "J.R. Tolkien", "Dr. Müller", "山田 太郎"]
        {
            assert_eq!(greeted(text).as_deref(), Some(text));
        }
        for text in [
            "",
            " \n",
            "Win at https://evil.test",
            "evil.test",
            "go to evil.test now",
            "a@evil.test",
            "call tel:5550100",
            "\\\\evil\\share",
        ] {
            assert_eq!(greeted(text), None, "{text}");
        }
        assert_eq!(greeted(&"a".repeat(61)), None);
        assert_eq!(greeted("Ada\r\nBcc: x").as_deref(), None);
        assert_eq!(greeted("Ada\r\nLovelace").as_deref(), Some("Ada Lovelace"));
    }
}
