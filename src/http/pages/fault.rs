//! The refusals of the use cases, as pages.

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};

use super::view::{ErrorKind, NextStep};
use crate::crypto::password::HashError;
use crate::domain::flow::FlowEnded;
use crate::http::error::Failure;
use crate::identity::login::FlowError;
use crate::storage::error::StorageError;

impl From<StorageError> for Failure {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Busy
            | StorageError::Unavailable(_)
            | StorageError::Timeout
            | StorageError::Serialization
            | StorageError::ReadOnly
            | StorageError::DiskFull => Self::busy(error.to_string()),
            StorageError::Corrupt(_) | StorageError::Other(_) => Self::internal(error.to_string()),
        }
    }
}

impl From<HashError> for Failure {
    fn from(error: HashError) -> Self {
        match error {
            HashError::Busy => Self::busy(error.to_string()),
            HashError::Unreadable | HashError::Failed => Self::internal(error.to_string()),
        }
    }
}

/// A sign-in that is over.
pub(in crate::http) fn ended(ended: FlowEnded) -> Failure {
    let kind = ErrorKind::FlowExpired;
    Failure::new(StatusCode::BAD_REQUEST, kind, ended.to_string()).next(NextStep::home())
}

/// There is no such sign-in: purged, or never was.
pub(in crate::http) fn no_such_flow() -> Failure {
    let kind = ErrorKind::FlowExpired;
    Failure::new(StatusCode::NOT_FOUND, kind, "there is no such sign-in").next(NextStep::home())
}

/// The sign-in of another browser.
pub(in crate::http) fn other_browser() -> Failure {
    let reason = "the browser cookie is missing or another one";
    Failure::new(StatusCode::BAD_REQUEST, ErrorKind::OtherBrowser, reason).next(NextStep::home())
}

/// The app of a sign-in was removed.
pub(in crate::http) fn app_removed() -> Failure {
    let reason = "the client was removed";
    Failure::new(StatusCode::BAD_REQUEST, ErrorKind::UnknownApp, reason)
}

/// A step of a flow that was not taken.
pub(in crate::http) fn flow(error: FlowError, now: DateTime<Utc>) -> Failure {
    match error {
        FlowError::NotFound => no_such_flow(),
        FlowError::OtherBrowser => other_browser(),
        FlowError::Ended(reason) => ended(reason),
        FlowError::ClientRemoved => app_removed(),
        FlowError::TooMany { retry_at, standing } => {
            Failure::too_many(seconds_until(retry_at, now)).within(standing)
        }
        FlowError::NoMail => Failure::bad_request("mail is not configured"),
        FlowError::Busy => Failure::busy("too many passwords are being checked"),
        FlowError::Hashing => Failure::internal("a password could not be hashed"),
        FlowError::Storage(error) => error.into(),
        // These are shown on the page of the form; elsewhere they do not happen.
        FlowError::WrongCredentials(_)
        | FlowError::WrongCode(_)
        | FlowError::WrongPasskey(_)
        | FlowError::ConnectedElsewhere
        | FlowError::Registration(_) => {
            Failure::bad_request("credentials were refused where none are asked for")
        }
    }
}

/// Seconds until an attempt makes sense, at least one.
pub(in crate::http) fn seconds_until(moment: DateTime<Utc>, now: DateTime<Utc>) -> u32 {
    let milliseconds = (moment - now).num_milliseconds().max(1);
    u32::try_from(milliseconds.saturating_add(999) / 1000).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn a_wait_is_rounded_up_and_no_further() {
        let now = DateTime::UNIX_EPOCH;
        for (wait, seconds) in [(900_000, 900), (899_001, 900), (1, 1), (0, 1), (-5_000, 1)] {
            let until = now + TimeDelta::milliseconds(wait);
            assert_eq!(seconds_until(until, now), seconds, "{wait} ms");
        }
    }
}
