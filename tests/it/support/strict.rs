//! The headers that every answer has, whatever it answers.

use super::agent::Page;

/// Asserts them; `is_public`: whether the answer may be kept by others.
#[track_caller]
pub fn assert_strict(page: &Page, is_public: bool, seen: &str) {
    let value = |name: &str| {
        let mut values = page.headers.get_all(name).iter();
        let value = values.next().map(|value| value.to_str().unwrap());
        assert!(values.next().is_none(), "{seen}: {name} is there twice");
        value
    };
    let policy = value("content-security-policy").expect(seen);
    for part in [
        "default-src 'none'",
        "script-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
    ] {
        assert!(policy.contains(part), "{seen}: {part} in {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{seen}: {policy}");
    for (name, expected) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(value(name), Some(expected), "{seen}");
    }
    for feature in ["camera", "geolocation", "microphone", "payment", "browsing-topics"] {
        let policy = value("permissions-policy").expect(seen);
        assert!(policy.contains(&format!("{feature}=()")), "{seen}: {policy}");
    }
    assert!(value("cross-origin-resource-policy").is_some(), "{seen}");
    assert_eq!(value("x-request-id").map(str::len), Some(22), "{seen}");
    for name in ["server", "x-powered-by", "access-control-allow-credentials"] {
        assert_eq!(value(name), None, "{seen}");
    }
    let hsts = value("strict-transport-security");
    if page.url.host_str() == Some("localhost") && !page.asked_for_https() {
        assert_eq!(hsts, None, "{seen}: browsers share it between the ports of localhost");
    } else {
        let hsts = hsts.expect(seen);
        let age: u64 = hsts.split(['=', ';']).nth(1).unwrap().parse().unwrap();
        assert!(age >= 31_536_000 && hsts.contains("includeSubDomains"), "{seen}: {hsts}");
    }
    let caching = value("cache-control").expect(seen);
    if is_public && (page.status.is_success() || page.status == 304) {
        assert!(caching.starts_with("public, "), "{seen}: {caching}");
    } else {
        assert_eq!(caching, "no-store", "{seen}");
    }
    let is_text = |kind: &&str| kind.starts_with("text/");
    if let Some(kind) = value("content-type").filter(is_text) {
        assert!(kind.ends_with("; charset=utf-8"), "{seen}: {kind}");
    }
}
