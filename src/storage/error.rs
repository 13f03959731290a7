//! What can go wrong between us and the database.

use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};

/// Why the database gave no answer.
///
/// Nothing here shows an address, a password, a statement or a value: messages of Postgres may
/// quote the row that offended, and errors end up in logs.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// Every connection is in use and none became free in time.
    #[error("the database is busy")]
    Busy,
    /// The database cannot be reached, or hung up.
    #[error("the database cannot be reached: {0}")]
    Unavailable(String),
    /// A statement or a lock took longer than allowed.
    #[error("the database took too long")]
    Timeout,
    /// Another transaction got in the way; trying again may succeed.
    #[error("another transaction got in the way")]
    Serialization,
    /// The database takes no writes at present, as a standby does.
    #[error("the database is read-only")]
    ReadOnly,
    /// The database has no room left.
    #[error("the database's disk is full")]
    DiskFull,
    /// A stored value does not parse; this names the column.
    #[error("the stored value of {0} is not understood")]
    Corrupt(&'static str),
    /// Anything else; this is safe to log.
    #[error("the database refused a statement: {0}")]
    Other(String),
}

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        match error {
            Error::DatabaseError(kind, information) => classify(kind, &*information),
            Error::BrokenTransactionManager => Self::Unavailable("the connection broke".to_owned()),
            // A commit that failed carries the reason beside the failure of the rollback.
            Error::RollbackErrorOnCommit { commit_error, .. } => (*commit_error).into(),
            Error::DeserializationError(_) => Self::Corrupt("a column"),
            Error::NotFound => Self::Other("a row is missing".to_owned()),
            Error::SerializationError(_) => Self::Other("a value cannot be sent".to_owned()),
            Error::InvalidCString(_)
            | Error::QueryBuilderError(_)
            | Error::RollbackTransaction
            | Error::AlreadyInTransaction
            | Error::NotInTransaction => Self::Other("a statement was not well-formed".to_owned()),
            _ => Self::Other("an unknown failure".to_owned()),
        }
    }
}

fn classify(kind: DatabaseErrorKind, information: &dyn DatabaseErrorInformation) -> StorageError {
    match kind {
        DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand => {
            return StorageError::Unavailable("it closed the connection".to_owned());
        }
        DatabaseErrorKind::SerializationFailure => return StorageError::Serialization,
        DatabaseErrorKind::ReadOnlyTransaction => return StorageError::ReadOnly,
        _ => {}
    }
    let message = information.message();
    // diesel keeps the SQLSTATE to itself. A server that speaks another language gets the general
    // error for these, which is answered alike but for the words.
    if message.contains("deadlock detected") {
        StorageError::Serialization
    } else if message.contains("statement timeout") || message.contains("lock timeout") {
        StorageError::Timeout
    } else if message.contains("No space left") || message.contains("disk full") {
        StorageError::DiskFull
    } else {
        StorageError::Other(safe_part(message))
    }
}

/// What a server or libpq says to whom it never lets in.
const TURNED_DOWN: [&str; 9] = [
    "authentication failed for user",
    "no password supplied",
    "\" does not exist",
    "no pg_hba.conf entry",
    "is not permitted to log in",
    "permission denied for database",
    "but SSL was required",
    "certificate verify failed",
    "does not match host name",
];

/// What Postgres says up to the first colon, where it begins to quote values.
fn safe_part(message: &str) -> String {
    message.split([':', '\n']).next().unwrap_or_default().trim().to_owned()
}

impl StorageError {
    /// Why no connection could be made. libpq repeats parts of an address that it cannot read, which
    /// may be parts of a password, so only the server's own words are kept. A name may lead to several
    /// addresses, with a line each; what one of them says that knows us not is the news.
    pub(super) fn from_connecting(message: &str) -> Self {
        let mut reasons = message.lines().map(Self::from_line);
        let first = reasons.next().unwrap_or_else(|| Self::from_line(""));
        if first.is_turned_down() {
            return first;
        }
        reasons.find(Self::is_turned_down).unwrap_or(first)
    }

    fn from_line(line: &str) -> Self {
        let reason = if let Some((_, reason)) = line.split_once("failed: ") {
            reason.strip_prefix("FATAL:").unwrap_or(reason).trim()
        } else if line.contains("could not translate host name") {
            "its host name is unknown"
        } else if line.contains("timeout expired") {
            "it did not answer in time"
        } else {
            "its address is not understood"
        };
        Self::Unavailable(reason.to_owned())
    }

    /// Whether it is no use to wait: the server is there, and knows the user, the password or the
    /// database not. libpq keeps the SQLSTATE to itself, so a server that speaks another language than
    /// English is waited for.
    pub fn is_turned_down(&self) -> bool {
        let Self::Unavailable(reason) = self else { return false };
        TURNED_DOWN.iter().any(|words| reason.contains(words))
    }

    /// Whether the connection is of no more use.
    pub(super) fn is_lost_connection(&self) -> bool {
        matches!(self, Self::Unavailable(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from_server(kind: DatabaseErrorKind, message: &str) -> StorageError {
        Error::DatabaseError(kind, Box::new(message.to_owned())).into()
    }

    #[test]
    fn case_319_no_value_and_no_address_is_shown() {
        let shown = [
            from_server(DatabaseErrorKind::Unknown, "invalid input syntax for type x: \"hunter2\""),
            StorageError::from_connecting("invalid port number: \"hunter2@db\""),
            StorageError::from_connecting(
                "could not translate host name \"hunter2@db\" to address",
            ),
            StorageError::from_connecting(
                "missing \"=\" after \"pg://u:hunter2@db\" in connection",
            ),
        ];
        for error in shown {
            assert!(!error.to_string().contains("hunter2"), "{error}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
    }

    #[test]
    fn the_servers_own_words_are_kept() {
        let error = StorageError::from_connecting(
            "connection to server on socket \"/x/.s.PGSQL.5432\" failed: FATAL:  database \"y\" does not exist\n",
        );
        assert_eq!(
            error.to_string(),
            "the database cannot be reached: database \"y\" does not exist"
        );
    }

    #[test]
    fn case_f02_a_server_that_turns_us_down_is_told_from_one_that_is_not_there_yet() {
        let turned_down = |reason: &str| {
            let line = format!("connection to server at \"db\", port 5432 failed: {reason}\n");
            StorageError::from_connecting(&line).is_turned_down()
        };
        for reason in [
            "FATAL:  password authentication failed for user \"u\"",
            "FATAL:  Peer authentication failed for user \"u\"",
            "fe_sendauth: no password supplied",
            "FATAL:  database \"d\" does not exist",
            "FATAL:  role \"u\" does not exist",
            "FATAL:  no pg_hba.conf entry for host \"10.0.0.1\", user \"u\", database \"d\"",
            "FATAL:  role \"u\" is not permitted to log in",
            "FATAL:  permission denied for database \"d\"",
            "server does not support SSL, but SSL was required",
            "SSL error: certificate verify failed",
            "server certificate for \"other\" does not match host name \"db\"",
        ] {
            assert!(turned_down(reason), "{reason}");
        }
        let both = StorageError::from_connecting(
            "connection to server at \"db\" (::1), port 5432 failed: Connection refused\n\
             \tIs the server running on that host and accepting TCP/IP connections?\n\
             connection to server at \"db\" (127.0.0.1), port 5432 failed: \
             FATAL:  password authentication failed for user \"u\"\n",
        );
        assert!(both.is_turned_down(), "{both}");
        for reason in [
            "Connection refused",
            "No such file or directory",
            "FATAL:  the database system is starting up",
            "FATAL:  the database system is shutting down",
            "FATAL:  sorry, too many clients already",
            "FATAL:  database \"d\" is not currently accepting connections",
            "FATAL:  too many connections for role \"u\"",
            "server is in hot standby mode",
        ] {
            assert!(!turned_down(reason), "{reason}");
        }
    }

    #[test]
    fn failures_are_told_apart() {
        use DatabaseErrorKind::{ClosedConnection, ReadOnlyTransaction, Unknown};
        let is = |kind, message, expected: fn(&StorageError) -> bool| {
            let error = from_server(kind, message);
            assert!(expected(&error), "{error:?}");
        };
        is(Unknown, "deadlock detected", |e| matches!(e, StorageError::Serialization));
        is(Unknown, "canceling statement due to statement timeout", |e| {
            matches!(e, StorageError::Timeout)
        });
        is(Unknown, "canceling statement due to lock timeout", |e| {
            matches!(e, StorageError::Timeout)
        });
        is(Unknown, "could not extend file \"b/1\": No space left on device", |e| {
            matches!(e, StorageError::DiskFull)
        });
        is(ReadOnlyTransaction, "cannot execute INSERT in a read-only transaction", |e| {
            matches!(e, StorageError::ReadOnly)
        });
        is(ClosedConnection, "server closed the connection unexpectedly", |e| {
            matches!(e, StorageError::Unavailable(_))
        });
        is(Unknown, "something else", |e| matches!(e, StorageError::Other(_)));
    }
}
