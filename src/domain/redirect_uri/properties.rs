//! For any registered URI and anything done to it.

use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::client::ApplicationType::{self, Native, Web};
use super::RedirectUri;

/// URIs that clients register, with the kind of the client.
fn registered() -> impl Strategy<Value = (ApplicationType, String)> {
    let native = select(vec![
        "http://127.0.0.1",
        "http://[::1]",
        "http://127.0.0.1:8081",
        "http://[::1]:65535",
        "http://localhost",
        "http://127.0.0.2",
        "com.example.app:",
        "com.example.app://host",
        "https://app.example",
    ]);
    let web = select(vec![
        "https://app.example",
        "https://a.b.app.example:8443",
        "https://xn--bcher-kva.example",
        "https://192.0.2.7",
        "http://localhost:3000",
        "http://127.0.0.1",
        "http://[::1]:8081",
    ]);
    let origin = prop_oneof![
        native.prop_map(|origin| (Native, origin)),
        web.prop_map(|origin| (Web, origin))
    ];
    let path = "(/[a-zA-Z0-9._~%-]{0,6}){0,3}";
    let query = prop_oneof![Just(String::new()), "\\?[a-z]{1,3}=[a-zA-Z0-9%+&=/?:]{0,9}"];
    (origin, path, query).prop_filter_map(
        "cannot be registered",
        |((kind, origin), path, query)| {
            let text = format!("{origin}{path}{query}");
            RedirectUri::register(&text, kind).is_ok().then_some((kind, text))
        },
    )
}

/// One thing done to a URI at a place that `at` picks.
fn mutation() -> impl Strategy<Value = (usize, Index, char)> {
    let odd = select(
        "/\\?#@:;.%*+&= \t\r\n\0<>\"'[]{}|^`aAzZ09-_~\u{430}\u{ff0f}\u{3002}"
            .chars()
            .collect::<Vec<char>>(),
    );
    (0..MUTATIONS.len(), any::<Index>(), prop_oneof![odd, any::<char>()])
}

type Mutation = fn(&str, usize, char) -> String;

/// Each takes the URI, a byte position at a letter's edge, and a character.
const MUTATIONS: &[Mutation] = &[
    |uri, at, new| format!("{}{new}{}", &uri[..at], &uri[at..]),
    |uri, at, new| format!("{}{new}{}", &uri[..at], rest(uri, at)),
    |uri, at, _| format!("{}{}", &uri[..at], rest(uri, at)),
    |uri, at, _| uri[..at].to_owned(),
    |uri, at, _| uri[at..].to_owned(),
    |uri, _, new| format!("{uri}{new}"),
    |uri, _, new| format!("{new}{uri}"),
    |uri, _, _| format!("{uri}/"),
    |uri, _, _| uri.trim_end_matches('/').to_owned(),
    |uri, at, _| format!("{}{}", &uri[..at], change_case(&uri[at..])),
    |uri, _, _| uri.to_ascii_uppercase(),
    |uri, at, _| match uri.as_bytes().get(at) {
        Some(byte) => format!("{}%{byte:02x}{}", &uri[..at], rest(uri, at)),
        None => format!("{uri}%00"),
    },
    |uri, at, _| format!("{}/.{}", &uri[..at], &uri[at..]),
    |uri, at, _| format!("{}/x/..{}", &uri[..at], &uri[at..]),
    |uri, at, _| format!("{}%2e%2e/{}", &uri[..at], &uri[at..]),
    |uri, _, new| format!("{uri}#{new}"),
    |uri, _, new| format!("{uri}?a={new}"),
    |uri, _, new| format!("{uri}&a={new}"),
    |uri, _, _| uri.split('?').next().unwrap().to_owned(),
    |uri, _, new| uri.replacen("://", &format!("://{new}@"), 1),
    |uri, _, _| uri.replacen("://", "://user:pass@", 1),
    |uri, _, _| uri.replacen("://", "://evil.test@", 1),
    |uri, _, _| uri.replacen("://", "://evil.test\\@", 1),
    |uri, _, _| uri.replacen("://", ":", 1),
    |uri, _, _| uri.replacen("://", ":///", 1),
    |uri, _, _| uri.replacen("://", ":\\\\", 1),
    |uri, _, _| uri.replace('/', "\\"),
    |uri, _, _| uri.replacen("https://", "http://", 1),
    |uri, _, _| uri.replacen("http://", "https://", 1),
    |uri, _, _| uri.replacen("http", "javascript:http", 1),
    |uri, _, _| uri.split_once(':').unwrap().1.to_owned(),
    |uri, at, _| with_port(uri, &at.to_string()),
    |uri, _, new| with_port(uri, &new.to_string()),
    |uri, _, _| with_port(uri, "49152"),
    |uri, _, _| with_port(uri, "65536"),
    |uri, _, _| with_port(uri, "443"),
    |uri, _, _| with_port(uri, "-1"),
    |uri, _, _| with_port(uri, "+80"),
    |uri, _, _| with_port(uri, "80@evil.test"),
    |uri, _, _| with_port(uri, ""),
    |uri, _, _| uri.replacen("127.0.0.1", "localhost", 1),
    |uri, _, _| uri.replacen("localhost", "127.0.0.1", 1),
    |uri, _, _| uri.replacen("127.0.0.1", "127.0.0.2", 1),
    |uri, _, _| uri.replacen("127.0.0.1", "127.1", 1),
    |uri, _, _| uri.replacen("127.0.0.1", "2130706433", 1),
    |uri, _, _| uri.replacen("127.0.0.1", "[::1]", 1),
    |uri, _, _| uri.replacen("[::1]", "[0:0:0:0:0:0:0:1]", 1),
    |uri, _, _| uri.replacen("[::1]", "[::ffff:127.0.0.1]", 1),
    |uri, _, _| uri.replacen("127.0.0.1", "127.0.0.1.evil.test", 1),
    |uri, _, _| uri.replacen(".example", ".example.evil.test", 1),
    |uri, _, _| uri.replacen(".example", ".example.", 1),
    |uri, _, _| uri.replacen("app.example", "\u{430}pp.example", 1),
    |uri, _, _| uri.replacen("app.example", "xn--pp-6ka.example", 1),
    |uri, _, _| uri.replacen("xn--bcher-kva", "b\u{fc}cher", 1),
    |uri, _, _| uri.replacen("app.example", "app\u{3002}example", 1),
    |uri, _, _| format!("{uri}{uri}"),
    |uri, at, _| format!("{}\t{}", &uri[..at], &uri[at..]),
    |uri, at, _| format!("{}\r\n{}", &uri[..at], &uri[at..]),
];

/// What is behind the byte at `at`.
fn rest(uri: &str, at: usize) -> &str {
    uri.get(at + 1..).unwrap_or_default()
}

fn change_case(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
        .collect()
}

/// The URI with another port, or its first one.
fn with_port(uri: &str, port: &str) -> String {
    let Some((scheme, rest)) = uri.split_once("://") else { return uri.to_owned() };
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = match authority.rfind(':') {
        Some(at) if !authority[at..].contains(']') => &authority[..at],
        _ => authority,
    };
    format!("{scheme}://{host}:{port}{tail}")
}

/// The rule of RFC 8252 §7.3, from the text alone and in another way than the code has it: take
/// the port out of both and compare.
fn model(kind: ApplicationType, registered: &str, sent: &str) -> bool {
    let same_but_for_port = ["http://127.0.0.1", "http://[::1]"].iter().any(|loopback| {
        let portless = |text: &str| -> Option<String> {
            let behind = text.strip_prefix(loopback)?;
            let Some(port_first) = behind.strip_prefix(':') else {
                return behind
                    .chars()
                    .next()
                    .is_none_or(|c| "/?".contains(c))
                    .then(|| behind.into());
            };
            let tail = port_first.trim_start_matches(|c: char| c.is_ascii_digit());
            let port = &port_first[..port_first.len() - tail.len()];
            let number = port.trim_start_matches('0');
            let in_range = match number.len() {
                1..=4 => true,
                5 => number <= "65535",
                _ => false,
            };
            (in_range && tail.chars().next().is_none_or(|c| "/?".contains(c))).then(|| tail.into())
        };
        portless(registered).is_some_and(|tail| portless(sent) == Some(tail))
    });
    registered == sent || kind == Native && same_but_for_port
}

/// A character's edge of the URI.
fn place(uri: &str, at: Index) -> usize {
    // Registered URIs are ASCII.
    at.index(uri.len() + 1)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn case_001_002_006_one_change_never_matches_but_for_a_native_loopback_port(
        (kind, text) in registered(),
        (which, at, new) in mutation(),
    ) {
        let uri = RedirectUri::register(&text, kind).unwrap();
        prop_assert!(uri.matches(&text, kind), "it matches itself");
        let sent = MUTATIONS[which](&text, place(&text, at), new);
        let matches = uri.matches(&sent, kind);
        prop_assert_eq!(matches, model(kind, &text, &sent), "{} and {}", text, sent);
        // A web client has no freedom at all, and neither has any other address.
        let has_freedom = kind == Native
            && (text.starts_with("http://127.0.0.1") || text.starts_with("http://[::1]"));
        prop_assert!(!matches || sent == text || has_freedom, "{} and {}", text, sent);
        if kind == Native {
            prop_assert_eq!(uri.matches(&sent, Web), sent == text);
        }
    }

    #[test]
    fn case_001_one_registered_uri_never_matches_another(
        (kind, one) in registered(), (_, other) in registered(),
    ) {
        let uri = RedirectUri::stored(one.clone());
        prop_assert_eq!(uri.matches(&other, kind), model(kind, &one, &other));
    }

    #[test]
    fn case_005_what_is_registered_is_never_dangerous(
        kind in select(vec![Web, Native]),
        text in prop_oneof![
            any::<String>(),
            "(https?|com\\.example\\.app|javascript|JaVaScRiPt|data|vbscript|file|blob)?:?/{0,3}[\
             a-z0-9.@:*#?%\\\\ \t\r\n\\[\\]<>\"-]{0,20}",
            (registered(), mutation()).prop_map(|((_, uri), (which, at, new))| {
                MUTATIONS[which](&uri, place(&uri, at), new)
            }),
        ],
    ) {
        let Ok(uri) = RedirectUri::register(&text, kind) else { return Ok(()) };
        prop_assert_eq!(uri.as_str(), &text, "it is kept as it is");
        prop_assert!(text.bytes().all(|byte| byte.is_ascii_graphic()));
        prop_assert!(!text.contains(['*', '#', '\\', '<', '>', '"']), "{}", text);
        let (scheme, rest) = text.split_once(':').unwrap();
        let authority = rest.strip_prefix("//").unwrap_or_default();
        let authority = authority.split(['/', '?']).next().unwrap();
        prop_assert!(!authority.contains('@'), "{}", text);
        match scheme {
            "https" => prop_assert!(!authority.is_empty(), "{}", text),
            "http" => {
                let host = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
                let host = host.map_or(authority, |(host, _)| host);
                let is_name = host == "localhost" || host == "[::1]";
                prop_assert!(is_name || host.starts_with("127."), "{}", text);
            }
            _ => prop_assert!(kind == Native && scheme.contains('.'), "{}", text),
        }
        prop_assert!(uri.is_claimable() || scheme == "https");
    }
}

/// Else the property above would hold for a rule that never matches.
#[test]
fn case_006_some_changes_of_a_native_loopback_match() {
    let native = "http://127.0.0.1:8081/cb?a=b";
    let uri = RedirectUri::register(native, Native).unwrap();
    let matching = MUTATIONS.iter().filter(|change| uri.matches(&change(native, 3, 'x'), Native));
    // The new ports 3 (the position), 49152 and 443, and changes of what this URI does not have.
    assert!(matching.count() >= 3);
}
