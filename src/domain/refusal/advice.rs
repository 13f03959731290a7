//! What to do about a refusal, as far as it can be told from what was compared.

use super::checks::Check;
use super::difference::difference;
use crate::domain::client::ClientId;
use crate::domain::scope::Scopes;

/// What to do about a refusal, the likeliest first. Each line is a sentence in plain words; what
/// somebody sent is only ever repeated where it can do no harm in a command.
///
/// `client` is the client as sent.
pub fn advise(check: &str, expected: &str, got: &str, client: Option<&str>) -> Vec<String> {
    // An id may begin with a hyphen, and would be a flag then.
    let client = client.filter(|id| is_word(id)).and_then(|id| id.parse::<ClientId>().ok());
    let id = client.as_ref().map_or("CLIENT_ID", ClientId::as_str);
    let mut advice = match check {
        "check_redirect_uri" => redirect_uri(expected, got, id),
        "check_code_redirect_uri" | "check_post_logout_redirect_uri" => compared(expected, got),
        "load_client" | "find_client" => absent(got, id),
        "assign_scope" | "check_scope" => scopes(expected, got, id),
        "check_auth_method" if got == "none" => {
            vec!["the app sent no secret, but is registered with one".to_owned()]
        }
        "check_auth_method" => vec![format!(
            "the app sent a secret, but is registered without one: leave it out, or \
             `latchkey client update {id} --confidential`"
        )],
        "check_client_secret" if got.contains("expired") => {
            vec!["the app still uses an expired secret: give it the newest one".to_owned()]
        }
        "check_code_challenge" if got.contains("plain") => {
            vec!["the method plain protects nothing: let the app use S256".to_owned()]
        }
        "check_grant_honoured" => honoured(got, id),
        "check_nothing_repeated" if is_word(got) => vec![format!("{got} was sent more than once")],
        _ => Vec::new(),
    };
    advice.extend(Check::find(check).map(|check| check.advice.to_owned()));
    advice
}

fn compared(expected: &str, got: &str) -> Vec<String> {
    let Some(found) = difference(expected, got) else {
        return vec!["no such address is registered".to_owned()];
    };
    vec![format!("the difference: {}", found.words.join("; "))]
}

fn redirect_uri(expected: &str, got: &str, id: &str) -> Vec<String> {
    let Some(found) = difference(expected, got) else {
        return vec!["the client has no redirect URI registered".to_owned()];
    };
    let mut advice = vec![format!("the difference: {}", found.words.join("; "))];
    if expected.contains(' ') {
        advice.push(format!("the nearest registered address is {}", found.nearest));
    }
    advice.push(if found.other_site {
        "what was sent belongs to another site than any registered address: unless it is yours, \
         somebody tries to have codes sent there. Do not register it"
            .to_owned()
    } else {
        format!(
            "if the app is right, `latchkey client update {id} --redirect-uri URI` registers its \
             address (it replaces the whole list)"
        )
    });
    advice
}

fn absent(got: &str, id: &str) -> Vec<String> {
    if got.contains("disabled") {
        vec![format!("`latchkey client enable {id}` lets it go on")]
    } else if got.contains("removed") {
        vec!["it was removed, and its id is never given out again: register another".to_owned()]
    } else {
        Vec::new()
    }
}

/// Which scopes are too many, and what would add them.
fn scopes(expected: &str, got: &str, id: &str) -> Vec<String> {
    let Ok(asked) = Scopes::parse(got) else {
        return vec![
            "the scope is malformed: one space between scopes, no other white space".into(),
        ];
    };
    let known: Scopes = expected.split(' ').filter(|scope| !scope.is_empty()).collect();
    let missing = asked.difference(&known);
    if missing.is_empty() || !missing.iter().all(is_word) {
        return Vec::new();
    }
    let all = known.union(&missing);
    let flags: Vec<_> = all.iter().map(|scope| format!("--scope {scope}")).collect();
    vec![
        format!("not registered for the client, or not granted: {missing}"),
        format!("`latchkey client update {id} {}` would register them", flags.join(" ")),
    ]
}

fn honoured(got: &str, id: &str) -> Vec<String> {
    for (word, advice) in [
        ("client is disabled", format!("`latchkey client enable {id}` lets it go on")),
        ("not active", "the account is closed: `latchkey user enable` opens it".to_owned()),
        (
            "browser session",
            "the app has no offline_access, so its tokens end with the session".into(),
        ),
        (
            "code_replayed",
            "a code was redeemed twice before, which revoked everything of it".into(),
        ),
        ("refresh_reused", "an old refresh token was used before, which revoked the family".into()),
    ] {
        if got.contains(word) {
            return vec![advice];
        }
    }
    Vec::new()
}

/// Whether a text can stand in a command as it is.
fn is_word(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.:/-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::super::CHECKS;
    use super::advise;

    fn told(check: &str, expected: &str, got: &str) -> String {
        advise(check, expected, got, Some("notes")).join("\n")
    }

    #[test]
    fn every_check_has_words_and_a_remedy() {
        for check in CHECKS {
            assert!(!check.about.is_empty() && !check.advice.is_empty(), "{check:?}");
            assert!(!check.advice.ends_with('.'), "{check:?}");
            assert_eq!(CHECKS.iter().filter(|other| other.name == check.name).count(), 1);
            assert!(!told(check.name, "", "").is_empty());
        }
    }

    #[test]
    fn a_trailing_slash_is_told() {
        let text = told("check_redirect_uri", "https://a/cb", "https://a/cb/");
        assert!(text.contains("a trailing slash, where none is registered"), "{text}");
        assert!(text.contains("latchkey client update notes --redirect-uri URI"), "{text}");
    }

    #[test]
    fn nobody_is_talked_into_registering_another_site() {
        let text = told("check_redirect_uri", "https://a.example/cb", "https://evil.test/cb");
        assert!(text.contains("Do not register it"), "{text}");
        assert!(!text.contains("client update"), "{text}");
    }

    #[test]
    fn missing_scopes_are_named_with_the_command_that_adds_them() {
        let text = told("assign_scope", "email openid", "openid notes.read");
        assert!(text.contains("granted: notes.read"), "{text}");
        assert!(text.contains("update notes --scope email --scope notes.read --scope openid"));
        assert!(told("assign_scope", "openid", "openid\temail").contains("malformed"));
    }

    #[test]
    fn what_was_sent_never_gets_into_a_command() {
        for evil in ["$(reboot)", "`reboot`", "a;reboot", "--config", "a'b", "a|b"] {
            for check in ["assign_scope", "check_auth_method", "check_nothing_repeated"] {
                let lines = advise(check, "openid", evil, Some(evil)).join("\n");
                for command in lines.split('`').skip(1).step_by(2) {
                    assert!(!command.contains(evil), "{check}: {command}");
                }
            }
        }
    }
}
