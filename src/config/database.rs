//! `[database]`: which Postgres, and how it is used.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Profile;
use super::error::Complaint;
use super::http::cores;
use super::values::Values;
use crate::kernel::secret::Secret;

/// Which Postgres, and how it is used.
#[derive(Debug, Clone)]
pub struct DatabaseConfig {
    /// The server.
    pub target: DatabaseTarget,
    /// The most connections of one process.
    pub pool_size: u32,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long a statement may run. A request is answered after five seconds, whatever this says.
    pub statement_timeout: Duration,
    /// How often a node looks whether the server is well, and for new settings and keys. There is no
    /// key for it: a change is promised to reach every node within five seconds, and looking takes a
    /// moment too.
    pub look_every: Duration,
    /// Whether statements are prepared under a name; off for poolers that cannot (`PgBouncer`
    /// before 1.21 in transaction mode).
    pub named_statements: bool,
}

/// Which Postgres.
#[derive(Debug, Clone)]
pub enum DatabaseTarget {
    /// A server that somebody runs, by its connection URL, which may hold a password.
    External(Secret<String>),
    /// A private cluster of our own, kept in this directory.
    Private(PathBuf),
}

/// How many seconds a statement may run unless the configuration says otherwise.
pub const STATEMENT_SECONDS: u32 = 3;

const LOOK_EVERY: Duration = Duration::from_secs(3);

/// Passwords that stand in examples and images. On this machine's own database they are tolerated.
const EXAMPLES: [&str; 10] = [
    "postgres",
    "password",
    "latchkey",
    "changeme",
    "change-me",
    "change_me",
    "secret",
    "example",
    "admin",
    "test",
];

impl DatabaseConfig {
    pub(super) fn read(values: &mut Values, profile: Profile, data_dir: &Path) -> Self {
        let url = values.secret("database.url", redact);
        if let Some(complaint) = url.as_ref().and_then(|url| weakness(url.expose(), profile)) {
            values.refuse("database.url", &complaint.problem, &complaint.fix);
        }
        let pool_size = cores().saturating_mul(4).clamp(10, 500);
        Self {
            target: url.map_or_else(
                || DatabaseTarget::Private(data_dir.join("postgres")),
                DatabaseTarget::External,
            ),
            pool_size: values.number("database.pool_size", pool_size, 1..=500),
            connect_timeout: values.seconds("database.connect_timeout_seconds", 5, 1..=60),
            statement_timeout: values.seconds(
                "database.statement_timeout_seconds",
                STATEMENT_SECONDS,
                1..=600,
            ),
            look_every: LOOK_EVERY,
            named_statements: values.switch("database.named_statements", true),
        }
    }
}

fn weakness(url: &str, profile: Profile) -> Option<Complaint> {
    let parts = Parts::of(url);
    let Some(parts) = parts else {
        return Some(Complaint::new(
            "`database.url` is not the URL of a Postgres database",
            "write it like postgres://user:password@host/latchkey",
        ));
    };
    let password = parts.password.unwrap_or_default().to_lowercase();
    if profile == Profile::Serve
        && !parts.is_on_this_machine()
        && EXAMPLES.contains(&password.as_str())
    {
        return Some(Complaint::new(
            "the password in `database.url` is one that anybody would try first",
            "give the database role a random password, like the output of `openssl rand -hex 24`",
        ));
    }
    None
}

/// A connection URL in parts. Read leniently, so that no password slips past the redaction
/// because of a character that should have been escaped.
struct Parts<'a> {
    scheme: &'a str,
    user: Option<&'a str>,
    password: Option<&'a str>,
    /// Host, port and database.
    place: &'a str,
    query: Option<&'a str>,
}

impl<'a> Parts<'a> {
    fn of(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        if !matches!(scheme, "postgres" | "postgresql") || url.chars().any(char::is_control) {
            return None;
        }
        let (credentials, rest) = match rest.rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials), rest),
            None => (None, rest),
        };
        let (user, password) = match credentials.map(|text| text.split_once(':').ok_or(text)) {
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
            None => (None, None),
        };
        let (place, query) = match rest.split_once('?') {
            Some((place, query)) => (place, Some(query)),
            None => (rest, None),
        };
        Some(Self { scheme, user, password, place, query })
    }

    fn is_on_this_machine(&self) -> bool {
        let authority = self.place.split('/').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(bracketed) => bracketed.split(']').next(),
            None => authority.split(':').next(),
        };
        // Without a host, or with a path for one, it is a Unix socket.
        host.is_some_and(|host| {
            matches!(host, "localhost" | "::1")
                || host.starts_with("127.")
                || host.to_lowercase().starts_with("%2f")
                || (host.is_empty() && !self.has_host_parameter())
        })
    }

    fn has_host_parameter(&self) -> bool {
        self.query.is_some_and(|query| {
            query.split('&').any(|pair| {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                matches!(name, "host" | "hostaddr") && !value.starts_with(['/', '%'])
            })
        })
    }
}

/// The URL without its secrets: the password, and every query parameter but harmless ones.
fn redact(url: &str) -> String {
    let Some(Parts { scheme, user, password, place, query }) = Parts::of(url) else {
        return "[redacted]".to_owned();
    };
    let credentials = match (user, password) {
        (Some(user), Some(_)) => format!("{user}:[redacted]@"),
        (Some(user), None) => format!("{user}@"),
        (None, _) => String::new(),
    };
    let query = query.map_or_else(String::new, |query| {
        let shown: Vec<_> = query.split('&').map(redact_parameter).collect();
        format!("?{}", shown.join("&"))
    });
    format!("{scheme}://{credentials}{place}{query}")
}

fn redact_parameter(pair: &str) -> String {
    match pair.split_once('=') {
        Some(("host" | "port" | "dbname" | "user" | "sslmode" | "sslrootcert", _)) => {
            pair.to_owned()
        }
        Some((name, _)) => format!("{name}=[redacted]"),
        None => "[redacted]".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn passwords_are_redacted() {
        for (url, shown) in [
            ("postgres://u:hunter2@db:5432/x", "postgres://u:[redacted]@db:5432/x"),
            ("postgres://u:hun@ter/2?@db/x", "postgres://u:[redacted]@db/x"),
            ("postgres://u@db/x", "postgres://u@db/x"),
            (
                "postgresql:///x?host=/run&password=hunter2",
                "postgresql:///x?host=/run&password=[redacted]",
            ),
            ("host=db password=hunter2", "[redacted]"),
            ("postgres://db/x?hunter2", "postgres://db/x?[redacted]"),
        ] {
            assert_eq!(redact(url), shown);
        }
    }

    #[test]
    fn example_passwords_are_refused_on_other_machines() {
        let weak = |url| weakness(url, Profile::Serve).is_some();
        assert!(weak("postgres://latchkey:Postgres@db/latchkey"));
        assert!(weak("postgres://u:changeme@/x?host=db.internal"));
        assert!(!weak("postgres://u:postgres@localhost/x"));
        assert!(!weak("postgres://u:postgres@[::1]:5432/x"));
        assert!(!weak("postgres://u:postgres@/x?host=/run/postgresql"));
        assert!(!weak("postgres://u:9f8e7d6c5b4a@db/x"));
        assert!(weakness("postgres://u:postgres@db/x", Profile::Tool).is_none());
        assert!(weak("mysql://u:9f8e7d6c5b4a@db/x"));
    }

    proptest! {
        #[test]
        fn no_password_survives_redaction(password in "[^\\pC]{0,20}") {
            let shown = redact(&format!("postgres://u:{password}Zq7#@db/x"));
            prop_assert_eq!(shown, "postgres://u:[redacted]@db/x");
        }
    }
}
