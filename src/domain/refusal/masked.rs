//! Secrets that ended up where none belongs: in an address, or in the wrong parameter.

/// Parameters whose values are nobody's business, whatever they look like.
const SECRET_NAMES: [&str; 17] = [
    "access_token",
    "assertion",
    "client_assertion",
    "client_secret",
    "code",
    "code_verifier",
    "csrf",
    "id_token",
    "id_token_hint",
    "login_hint",
    "nonce",
    "password",
    "refresh_token",
    "secret",
    "session",
    "state",
    "token",
];

/// From this length on, characters of base64url in a mixture of cases are taken for a token: ours
/// have 43.
const TOKEN_LENGTH: usize = 32;

/// The text with everything masked that is a secret or looks like one: values of parameters that
/// hold secrets, the user information of an address, client secrets, tokens.
pub fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Runs of the characters of tokens, and what is between them.
    while !rest.is_empty() {
        let end = rest.find(|c| !is_token_char(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if looks_secret(run) || (!run.is_empty() && is_value_of_secret(&out)) {
            out.push_str("***");
        } else {
            out.push_str(run);
        }
        let next = after.find(is_token_char).unwrap_or(after.len());
        out.push_str(&after[..next]);
        rest = &after[next..];
    }
    without_user_information(&out)
}

/// Includes the characters of what was percent-encoded or is standard base64, and the dots of a JWT.
fn is_token_char(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '%' | '+')
}

fn looks_secret(run: &str) -> bool {
    if run.contains("lk_cs_") || (run.contains("eyJ") && run.matches('.').count() >= 2) {
        return true;
    }
    run.split(['.', '~', '%']).any(|part| {
        let has = |test: fn(&u8) -> bool| part.bytes().any(|byte| test(&byte));
        part.len() >= TOKEN_LENGTH && has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
    })
}

/// Whether what was written so far ends in `name=` of a parameter that holds a secret.
fn is_value_of_secret(before: &str) -> bool {
    let Some(before) = before.strip_suffix('=') else { return false };
    let name = before.rsplit(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next();
    let name = name.unwrap_or_default().to_ascii_lowercase();
    SECRET_NAMES.contains(&name.as_str())
}

/// `https://user:password@host` without the password.
fn without_user_information(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once("://") else { return text.to_owned() };
    let end = rest.find(['/', '?', '#', ' ', '\\']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at(end);
    let after = without_user_information(after);
    match authority.rsplit_once('@') {
        Some((user, host)) if user.contains(':') => format!("{scheme}://***@{host}{after}"),
        _ => format!("{scheme}://{authority}{after}"),
    }
}

#[cfg(test)]
mod tests {
    use super::masked;
    use proptest::prelude::*;

    #[test]
    fn case_326_secrets_in_the_wrong_place_are_masked() {
        let token = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        for (text, expected) in [
            (token.to_owned(), "***"),
            (format!("https://a.example/cb?x={token}"), "https://a.example/cb?x=***"),
            (format!("lk_cs_{token}"), "***"),
            ("lk_cs_short".to_owned(), "***"),
            ("eyJh.eyJi.c2ln".to_owned(), "***"),
            ("https://a/cb?code=1&tenant=b".to_owned(), "https://a/cb?code=***&tenant=b"),
            ("https://a/cb?State=s%2F1".to_owned(), "https://a/cb?State=***"),
            ("https://u:pw@a.example/cb".to_owned(), "https://***@a.example/cb"),
            ("x https://b https://u:p@c".to_owned(), "x https://b https://***@c"),
            (format!("a%2F{token}"), "***"),
        ] {
            assert_eq!(masked(&text), expected);
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "https://app.example/cb/",
            "https://app.example@evil.test/cb",
            "https://a.example/some-very-long-path/that-has-no-upper-case-letters/0123456789",
            "openid profile email offline_access",
            "0197f3c2-9f0e-7cc3-98c4-dc0c0c07398f",
            "code",
            "com.example.notes:/callback",
            "",
            "山\u{1b}[2J",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn no_token_of_ours_is_repeated(
            before in "[ -~]{0,20}[ /?&=]",
            token in "[A-Z][a-z][A-Za-z0-9_-]{41}",
            after in "[ /?&=#][ -~]{0,20}",
        ) {
            let shown = masked(&format!("{before}{token}{after}"));
            prop_assert!(!shown.contains(&token), "{}", shown);
        }

        #[test]
        fn any_text_is_taken(text in "\\PC{0,100}") {
            let once = masked(&text);
            prop_assert_eq!(masked(&once), once);
        }
    }
}
