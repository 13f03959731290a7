//! How many attempts are left, as header fields: `RateLimit-Policy` and `RateLimit` with one item per
//! budget (draft-ietf-httpapi-ratelimit-headers-10), and beside them, for the budget that runs out
//! first, the three fields of the draft's earlier revisions (-06), which more programs read.

use std::fmt::Write as _;

use actix_web::HttpResponse;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use chrono::{DateTime, Utc};

use crate::domain::rate_limit::{Allowance, Standing};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const BUDGETS: HeaderName = HeaderName::from_static("ratelimit");
const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");

/// The header fields of an answer; none where nothing was counted.
pub fn fields(standing: &Standing, now: DateTime<Utc>) -> Vec<(HeaderName, HeaderValue)> {
    let Some(first) = standing.iter().min_by_key(|it| (it.remaining, -seconds(it, now))) else {
        return vec![];
    };
    let (mut policy, mut budgets) = (String::new(), String::new());
    for (nth, it) in standing.iter().enumerate() {
        let comma = if nth == 0 { "" } else { ", " };
        let (name, quota, window) = (it.name, it.limit.attempts, it.limit.window.num_seconds());
        // Writing to a String cannot fail.
        let _ = write!(policy, "{comma}\"{name}\";q={quota};w={window}");
        let _ = write!(budgets, "{comma}\"{name}\";r={};t={}", it.remaining, seconds(it, now));
    }
    let texts = [
        (POLICY, policy),
        (BUDGETS, budgets),
        (LIMIT, first.limit.attempts.to_string()),
        (REMAINING, first.remaining.to_string()),
        (RESET, seconds(first, now).to_string()),
    ];
    let field =
        |(name, text): (HeaderName, String)| Some((name, HeaderValue::from_str(&text).ok()?));
    texts.into_iter().filter_map(field).collect()
}

/// Puts them on an answer.
pub fn attach(answer: &mut HttpResponse, standing: &Standing, now: DateTime<Utc>) {
    for (name, value) in fields(standing, now) {
        answer.headers_mut().insert(name, value);
    }
}

/// Puts the wait of a 429 on it (RFC 6585 §4).
pub fn retry_after(answer: &mut HttpResponse, seconds: u32) {
    answer.headers_mut().insert(header::RETRY_AFTER, seconds.into());
}

/// Seconds until the budget is whole again, rounded up.
pub fn seconds(it: &Allowance, now: DateTime<Utc>) -> i64 {
    ((it.resets_at - now).num_milliseconds().max(0) + 999) / 1000
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::rate_limit::Limit;
    use chrono::TimeDelta;

    #[test]
    fn case_324_every_budget_is_told_and_the_one_that_ends_first_twice() {
        let now = DateTime::UNIX_EPOCH;
        let allowance = |name, attempts, remaining, window, left| Allowance {
            name,
            limit: Limit { attempts, window: TimeDelta::seconds(window) },
            remaining,
            resets_at: now + TimeDelta::milliseconds(left),
        };
        let standing = vec![
            allowance("address", 100, 42, 900, 30_001),
            allowance("account", 5, 0, 900, 900_000),
            allowance("pair", 20, 0, 86_400, 80_000),
        ];
        let text = |name: &str| {
            let found = fields(&standing, now).into_iter().find(|(it, _)| it.as_str() == name);
            found.unwrap().1.to_str().unwrap().to_owned()
        };
        assert_eq!(
            text("ratelimit-policy"),
            r#""address";q=100;w=900, "account";q=5;w=900, "pair";q=20;w=86400"#
        );
        assert_eq!(
            text("ratelimit"),
            r#""address";r=42;t=31, "account";r=0;t=900, "pair";r=0;t=80"#
        );
        assert_eq!(text("ratelimit-limit"), "5");
        assert_eq!(
            (text("ratelimit-remaining"), text("ratelimit-reset")),
            ("0".into(), "900".into())
        );
        assert!(fields(&vec![], now).is_empty());
    }
}
