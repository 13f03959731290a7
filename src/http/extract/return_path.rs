//! Paths to go back to, sent by the browser and so by anybody.

/// The longest path that is kept, in bytes.
const LONGEST: usize = 2048;

/// Whether a redirect to `path` stays on this server: it begins with one slash, and neither a
/// browser's tolerance (`\` as `/`, tabs and line ends dropped) nor decoding makes it two.
pub fn stays_here(path: &str) -> bool {
    let plain = path.bytes().all(|byte| matches!(byte, b'!'..=b'~') && byte != b'\\');
    let (route, _) = path.split_once(['?', '#']).unwrap_or((path, ""));
    let lower = route.to_ascii_lowercase();
    plain
        && path.len() <= LONGEST
        && route.starts_with('/')
        && !route.contains("//")
        && !["%2f", "%5c", "%09", "%0a", "%0d", "%00"].iter().any(|code| lower.contains(code))
        && !route.split('/').any(|part| matches!(part, "." | ".."))
}

/// Whether `path` is one of the account pages, and nothing is said behind it.
pub fn is_account_page(path: &str) -> bool {
    let is_below =
        path.strip_prefix("/account").is_some_and(|it| it.is_empty() || it.starts_with('/'));
    stays_here(path) && is_below && !path.contains(['?', '#', '%'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_021_only_account_pages() {
        for path in ["/account", "/account/security", "/account/security/apps/new"] {
            assert!(is_account_page(path), "{path}");
        }
        for path in [
            "",
            "/",
            "/accounts",
            "/login",
            "/oauth2/authorize",
            "/account//evil.test",
            "/account/../oauth2/authorize",
            "/account/%2e%2e/login",
            "/account?x=y",
            "/account#x",
            "//account",
            "https://evil.test/account",
            "/account\\evil.test",
        ] {
            assert!(!is_account_page(path), "{path:?}");
        }
    }

    #[test]
    fn case_021_only_paths_of_ours() {
        for path in ["/", "/account", "/login?flow=1&x=https://a.example//", "/account/apps#x"] {
            assert!(stays_here(path), "{path}");
        }
        for path in [
            "",
            "account",
            "//evil.test",
            "/\\evil.test",
            "\\/evil.test",
            "https:evil.test",
            "https://evil.test/",
            "javascript:alert(1)",
            "/%09/evil.test",
            "/%2Fevil.test",
            "/%5cevil.test",
            "/\t/evil.test",
            "/\n/evil.test",
            "/a//evil.test",
            "/./evil",
            "/../evil",
            "@evil.test",
            "/ö",
            " /account",
            "?x",
            "#x",
        ] {
            assert!(!stays_here(path), "{path:?}");
        }
        assert!(!stays_here(&format!("/{}", "a".repeat(LONGEST))));
    }
}
