//! The one envelope around every answer of the JSON API.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::rate_limit::{Allowance, Standing};
use crate::http::extract::visit::Visit;
use crate::http::rate_limit;

/// What was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Success<T> {
    /// Always true.
    pub success: bool,
    /// What was asked for.
    pub data: T,
    /// About the answer.
    pub metadata: Metadata,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refused {
    /// Always false.
    pub success: bool,
    /// What went wrong.
    pub error: ErrorBody,
    /// About the answer.
    pub metadata: Metadata,
}

/// What went wrong.
#[derive(Debug, Serialize, ToSchema)]
pub struct ErrorBody {
    /// Stable: programs may rely on it.
    #[schema(value_type = String, example = "INVALID_CREDENTIALS")]
    pub code: &'static str,
    /// For developers. It may change its words.
    #[schema(value_type = String)]
    pub message: &'static str,
    /// More about it.
    pub details: ErrorDetails,
}

/// More about what went wrong. The counts are those of what was submitted as a name, whether or not an
/// account has it.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ErrorDetails {
    /// Attempts that failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt_count: Option<u32>,
    /// Attempts that may fail.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_attempts: Option<u32>,
    /// Until when none is looked at (RFC 3339); null while there are some left.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Option<String>>)]
    pub lockout_time: Option<Option<String>>,
    /// The rules that were broken, by member.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<BTreeMap<String, String>>,
}

/// About an answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// As in `X-Request-ID`, the log and the trail.
    pub request_id: String,
    /// When it was given (RFC 3339).
    pub timestamp: String,
    /// The version of the API, which only ever gains members and endpoints.
    #[schema(value_type = String)]
    pub api_version: &'static str,
    /// What is left of the budget that runs out first; null where nothing was counted.
    pub rate_limit: Option<RateLimit>,
}

/// What is left of a budget.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RateLimit {
    /// Attempts that may still fail.
    pub remaining: u32,
    /// When all of them are there again (RFC 3339).
    pub reset_time: String,
}

/// What there is to say where there is nothing to say.
#[derive(Debug, Serialize, ToSchema)]
pub struct Nothing {}

/// The version in the metadata.
const API_VERSION: &str = "1";

/// The budget of what was submitted as a name; see `AttemptKind::shown_as`.
const OF_THE_NAME: &str = "account";

/// A moment to the millisecond (RFC 3339).
pub fn timestamp(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Millis, true)
}

impl Metadata {
    /// Of an answer given now.
    pub fn of(request_id: &str, now: DateTime<Utc>, standing: &Standing) -> Self {
        let first = standing.iter().min_by_key(|it| (it.remaining, it.resets_at));
        Self {
            request_id: request_id.to_owned(),
            timestamp: timestamp(now),
            api_version: API_VERSION,
            rate_limit: first.map(|it| RateLimit {
                remaining: it.remaining,
                reset_time: timestamp(it.resets_at),
            }),
        }
    }
}

impl ErrorDetails {
    /// The counts of the submitted name, and the rules that were broken.
    pub fn of(
        standing: &Standing,
        fields: Option<BTreeMap<String, String>>,
        now: DateTime<Utc>,
    ) -> Self {
        let Some(of_name) = standing.iter().find(|it| it.name == OF_THE_NAME) else {
            return Self { fields, ..Self::default() };
        };
        let spent = |it: &&Allowance| it.remaining == 0 && it.resets_at > now;
        let lockout = standing.iter().filter(spent).map(|it| it.resets_at).max();
        Self {
            attempt_count: Some(of_name.limit.attempts.saturating_sub(of_name.remaining)),
            max_attempts: Some(of_name.limit.attempts),
            lockout_time: Some(lockout.map(timestamp)),
            fields,
        }
    }
}

/// The answer that something was done.
pub fn done(visit: &Visit, data: impl Serialize) -> HttpResponse {
    counted(visit, data, &vec![])
}

/// The same with what is left of the budgets.
pub fn counted(visit: &Visit, data: impl Serialize, standing: &Standing) -> HttpResponse {
    let now = visit.site.env.now();
    let id = visit.context.request_id.as_deref().unwrap_or_default();
    let metadata = Metadata::of(id, now, standing);
    let mut answer = HttpResponse::Ok().json(Success { success: true, data, metadata });
    rate_limit::attach(&mut answer, standing, now);
    answer
}
