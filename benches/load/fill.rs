//! Fills a database with COPY: people with their addresses, passwords and sessions, a grant for each,
//! and refresh tokens that were rotated again and again.

use std::fmt::Write as _;
use std::io::Write;
use std::time::{Duration, Instant};

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use diesel::connection::SimpleConnection as _;
use diesel::pg::CopyFormat;
use diesel::prelude::{ExecuteCopyFromDsl as _, PgConnection};
use latchkey::crypto::password::{Params, PasswordHasher};
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::Outcome;
use crate::database::Database;
use crate::sign_in::PASSWORD;

/// How many people, and how many refresh tokens of all of them together.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// People.
    pub people: u64,
    /// Refresh tokens.
    pub refresh_tokens: u64,
}

/// What was written lies within this time, so that nothing is old enough to be purged.
const PAST: TimeDelta = TimeDelta::hours(20);

/// Only what the rows are written with; the server's own definitions are its own.
mod tables {
    diesel::table! { users (id) { id -> Uuid, subject -> Text, status -> Text, credentials_changed_at -> Timestamptz, created_at -> Timestamptz, updated_at -> Timestamptz, } }
    diesel::table! { addresses (id) { id -> Uuid, user_id -> Uuid, email -> Text, canonical -> Text, is_primary -> Bool, verified_at -> Timestamptz, created_at -> Timestamptz, } }
    diesel::table! { password_credentials (user_id) { user_id -> Uuid, phc -> Text, changed_at -> Timestamptz, } }
    diesel::table! { sessions (id) { id -> Uuid, sid -> Text, secret_hash -> Bytea, user_id -> Uuid, auth_time -> Timestamptz, acr -> Text, amr -> Array<Text>, remember -> Bool, created_at -> Timestamptz, last_used_at -> Timestamptz, expires_at -> Timestamptz, } }
    diesel::table! { grants (id) { id -> Uuid, client_id -> Text, user_id -> Uuid, session_id -> Uuid, scopes -> Array<Text>, redirect_uri -> Text, auth_time -> Timestamptz, acr -> Text, amr -> Array<Text>, sid -> Text, code_hash -> Bytea, code_expires_at -> Timestamptz, code_consumed_at -> Timestamptz, created_at -> Timestamptz, expires_at -> Timestamptz, } }
    diesel::table! { refresh_tokens (id) { id -> Uuid, grant_id -> Uuid, kid -> Text, issued_at -> Timestamptz, expires_at -> Timestamptz, rotated_at -> Nullable<Timestamptz>, successor_id -> Nullable<Uuid>, } }
}

/// The addresses of people all over the filled tables.
pub fn emails(size: Size) -> impl Iterator<Item = String> {
    let step = (size.people / 24).max(1);
    (0..24).map(move |number| email(number * step))
}

/// The address of one of them.
pub fn email(number: u64) -> String {
    format!("filled-{number}@bench.example")
}

/// Fills the tables, and lets the planner know.
pub fn fill(database: &Database, client: &str, size: Size) -> Outcome<Duration> {
    let began = Instant::now();
    let env = Env::system();
    let rows = Rows { size, now: env.now(), client, phc: phc(&env)? };
    let mut connection = database.connect()?;
    // Rows that are made to fit each other need no check; an ordinary role may not say so.
    let _not_a_superuser = connection.batch_execute("SET session_replication_role = replica");
    rows.copy(&mut connection)?;
    database.analyze()?;
    Ok(began.elapsed())
}

fn phc(env: &Env) -> Outcome<String> {
    let hasher = PasswordHasher::new(Params::default(), 1, 1)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    Ok(runtime.block_on(hasher.hash(env, Secret::from(PASSWORD)))?)
}

/// What the rows hold. Every row is made from its number alone.
struct Rows<'a> {
    size: Size,
    now: DateTime<Utc>,
    client: &'a str,
    phc: String,
}

/// Why a table was not filled.
#[derive(Debug, thiserror::Error)]
enum CopyError {
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    #[error(transparent)]
    Write(#[from] std::io::Error),
}

/// Copies `$count` lines, each made from its number.
macro_rules! copy {
    ($connection:ident, $table:ident, $count:expr, $line:expr) => {
        diesel::copy_from(tables::$table::table)
            .from_raw_data(tables::$table::table, |sink: &mut dyn Write| {
                (0..$count).try_for_each(|number| writeln!(sink, "{}", $line(number)))?;
                Ok::<_, CopyError>(())
            })
            .with_format(CopyFormat::Text)
            .execute($connection)?
    };
}

impl Rows<'_> {
    fn copy(&self, connection: &mut PgConnection) -> Outcome<()> {
        let Size { people, refresh_tokens } = self.size;
        copy!(connection, users, people, |n| {
            let (id, at) = (self.id(1, n), self.at(n));
            format!("{id}\tfilled-{n}\tactive\t{at}\t{at}\t{at}")
        });
        copy!(connection, addresses, people, |n| {
            let (id, user, at, email) = (self.id(2, n), self.id(1, n), self.at(n), email(n));
            format!("{id}\t{user}\t{email}\t{email}\tt\t{at}\t{at}")
        });
        copy!(connection, password_credentials, people, |n| {
            format!("{}\t{}\t{}", self.id(1, n), self.phc, self.at(n))
        });
        copy!(connection, sessions, people, |n| self.session(n));
        copy!(connection, grants, people, |n| self.grant(n));
        copy!(connection, refresh_tokens, refresh_tokens, |n| self.refresh_token(n));
        Ok(())
    }

    fn session(&self, number: u64) -> String {
        let (id, user, secret) = (self.id(3, number), self.id(1, number), hash(3, number));
        let (at, end) = (self.at(number), self.end());
        format!("{id}\tfilled-{number}\t{secret}\t{user}\t{at}\t0\t{{pwd}}\tf\t{at}\t{at}\t{end}")
    }

    fn grant(&self, number: u64) -> String {
        let (id, user, session) = (self.id(4, number), self.id(1, number), self.id(3, number));
        let (at, end, code, client) = (self.at(number), self.end(), hash(4, number), self.client);
        format!(
            "{id}\t{client}\t{user}\t{session}\t{{openid,profile,email,offline_access}}\t\
             https://app.example/callback\t{at}\t0\t{{pwd}}\tfilled-{number}\t{code}\t{at}\t\
             {at}\t{at}\t{end}"
        )
    }

    /// Each person has as many, one after the other; the last one was not used yet.
    fn refresh_token(&self, number: u64) -> String {
        let people = self.size.people;
        let (id, grant) = (self.token(number), self.id(4, number % people));
        let (at, end) = (self.token_time(number), self.end());
        let next = number + people;
        if next < self.size.refresh_tokens {
            let (rotated, successor) = (self.token_time(next), self.token(next));
            format!("{id}\t{grant}\tfilled\t{at}\t{end}\t{rotated}\t{successor}")
        } else {
            format!("{id}\t{grant}\tfilled\t{at}\t{end}\t\\N\t\\N")
        }
    }

    /// The id of a row of one kind: of version 7, as the server makes them.
    fn id(&self, kind: u8, number: u64) -> Uuid {
        v7(self.moment(number, self.size.people), kind, number)
    }

    fn token(&self, number: u64) -> Uuid {
        v7(self.moment(number, self.size.refresh_tokens), 5, number)
    }

    fn at(&self, number: u64) -> String {
        shown(self.moment(number, self.size.people))
    }

    fn token_time(&self, number: u64) -> String {
        shown(self.moment(number, self.size.refresh_tokens))
    }

    fn end(&self) -> String {
        shown(self.now + TimeDelta::days(20))
    }

    /// Rows are spread evenly over [`PAST`], up to an hour ago.
    fn moment(&self, number: u64, of: u64) -> DateTime<Utc> {
        let share = number as f64 / of as f64;
        let past = PAST.as_seconds_f64() * (1.0 - share) + 3600.0;
        #[allow(clippy::cast_possible_truncation)]
        let past = TimeDelta::microseconds((past * 1e6) as i64);
        self.now - past
    }
}

fn shown(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, true)
}

fn v7(at: DateTime<Utc>, kind: u8, number: u64) -> Uuid {
    let digest = Sha256::digest([&[kind] as &[u8], &number.to_be_bytes()].concat());
    let mut random = [0; 10];
    random.copy_from_slice(&digest[..10]);
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// A hash as `bytea` reads it, in COPY's spelling of the backslash.
fn hash(kind: u8, number: u64) -> String {
    let digest = Sha256::digest([b"h", &[kind] as &[u8], &number.to_be_bytes()].concat());
    digest.iter().fold("\\\\x".to_owned(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
