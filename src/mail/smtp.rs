//! Hands letters to a mail server (RFC 5321), over connections that are kept for a while.
//!
//! The steps of a session are taken one by one, each with its own time, so that it is known how far a
//! letter came; a connection on which anything went wrong is never used again.

mod compose;
mod content;

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error, response};
use tokio::time::{Instant, timeout};

use self::compose::{Composed, Composer};
use self::content::Content;
use super::transport::{Accepted, Fault, Transport, Undelivered};
use crate::config::{Encryption, MailConfig};
use crate::domain::mail::{Mailing, Problem};
use crate::kernel::env::Env;

/// How long a connection may be idle before it is closed.
const IDLE: Duration = Duration::from_secs(30);

/// How many letters go over one connection; servers do not like endless ones.
const LETTERS: u32 = 100;

/// How long leave is taken.
const FAREWELL: Duration = Duration::from_secs(2);

/// The ways to tell user and password, the first that the server knows.
const MECHANISMS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];

/// The configuration of mail cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BadMail {
    /// An address of ours is none.
    #[error("`mail.from` or `mail.reply_to` is no address")]
    Address,
    /// The certificate authority of `mail.ca_file` cannot be read.
    #[error("`mail.ca_file` cannot be read: {0}")]
    Authority(String),
    /// The system gives no encryption.
    #[error("the system gives no encryption for mail: {0}")]
    Tls(String),
}

/// A mail server, as configured.
pub struct Smtp {
    host: String,
    port: u16,
    encryption: Encryption,
    tls: TlsParameters,
    credentials: Option<Credentials>,
    hello: ClientId,
    composer: Composer,
    connect_timeout: Duration,
    command_timeout: Duration,
    connections: usize,
    idle: Mutex<Vec<Session>>,
}

/// A connection on which letters can be sent.
struct Session {
    connection: AsyncSmtpConnection,
    letters: u32,
    used_at: Instant,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Smtp({}:{}, {})", self.host, self.port, self.encryption)
    }
}

impl Smtp {
    /// The server of the configuration; `brand` is the sender's name where none is set. Connects when
    /// there is something to send.
    pub fn new(config: &MailConfig, brand: &str, env: &Env) -> Result<Self, BadMail> {
        let tls_failed = |error: Error| BadMail::Tls(error.to_string());
        let mut tls = TlsParameters::builder(config.host.clone());
        if let Some(path) = &config.ca_file {
            let bad = |error: &dyn fmt::Display| BadMail::Authority(error.to_string());
            let pem = std::fs::read(path).map_err(|error| bad(&error))?;
            tls =
                tls.add_root_certificate(Certificate::from_pem(&pem).map_err(|error| bad(&error))?);
        }
        let credentials = config
            .credentials
            .as_ref()
            .map(|it| Credentials::new(it.username.clone(), it.password.expose().clone()));
        let composer = Composer::new(config, brand, env)?;
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            encryption: config.encryption,
            tls: tls.build_native().map_err(tls_failed)?,
            credentials,
            hello: ClientId::Domain(composer.domain().to_owned()),
            composer,
            connect_timeout: config.connect_timeout,
            command_timeout: config.command_timeout,
            connections: config.connections,
            idle: Mutex::default(),
        })
    }

    /// How many letters can be sent at once.
    pub fn connections(&self) -> usize {
        self.connections
    }

    /// One step of a session, which may not take forever.
    async fn step<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, StepError> {
        match timeout(self.command_timeout, step).await {
            Ok(done) => Ok(done?),
            Err(_) => Err(StepError::TimedOut),
        }
    }

    /// A connection on which letters can be sent: encrypted, and with us introduced.
    async fn connect(&self) -> Result<Session, Undelivered> {
        let immediate = (self.encryption == Encryption::Tls).then(|| self.tls.clone());
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (self.host.as_str(), self.port),
            Some(self.connect_timeout),
            &self.hello,
            immediate,
            None,
        );
        // The connection, its encryption, the greeting and the first answer.
        let time = self.connect_timeout + self.command_timeout;
        let mut connection = match timeout(time, connecting).await {
            Ok(connected) => connected.map_err(|error| StepError::from(error).of_server())?,
            Err(_) => return Err(StepError::TimedOut.of_server()),
        };
        if self.encryption == Encryption::StartTls {
            if !connection.can_starttls() {
                return Err(server(Problem::NoEncryption, None));
            }
            self.step(connection.starttls(self.tls.clone(), &self.hello))
                .await
                .map_err(StepError::of_server)?;
        }
        if let Some(credentials) = &self.credentials {
            let authenticating = self.step(connection.auth(&MECHANISMS, credentials));
            authenticating.await.map_err(StepError::of_credentials)?;
        }
        Ok(Session { connection, letters: 0, used_at: Instant::now() })
    }

    /// A connection that is still good, or a new one.
    async fn session(&self) -> Result<Session, Undelivered> {
        while let Some(mut session) = self.unpark() {
            if session.used_at.elapsed() < IDLE
                && matches!(
                    timeout(self.command_timeout, session.connection.test_connected()).await,
                    Ok(true)
                )
            {
                return Ok(session);
            }
        }
        self.connect().await
    }

    fn unpark(&self) -> Option<Session> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Keeps a connection on which all went well for the next letter.
    async fn park(&self, mut session: Session) {
        session.letters += 1;
        session.used_at = Instant::now();
        if session.letters >= LETTERS {
            leave(session).await;
            return;
        }
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        idle.push(session);
    }

    /// Hands a letter over. On an error the connection is done for.
    async fn hand_over(
        &self,
        connection: &mut AsyncSmtpConnection,
        letter: &Composed,
    ) -> Result<Accepted, Undelivered> {
        let mut parameters = Vec::new();
        if !letter.to.user().is_ascii() {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                let problem = Problem::NoSuchCharacters;
                return Err(Undelivered { fault: Fault::Letter, problem, reply: None });
            }
            parameters.push(MailParameter::SmtpUtfEight);
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        let from = Mail::new(Some(letter.from.clone()), parameters);
        // What the server has against the sender it has against every letter.
        self.step(connection.command(from)).await.map_err(StepError::of_sender)?;
        let to = Rcpt::new(letter.to.clone(), Vec::new());
        self.step(connection.command(to)).await.map_err(StepError::of_letter)?;
        self.step(connection.command(Data)).await.map_err(StepError::of_letter)?;
        let taken = match str::from_utf8(&letter.message) {
            Ok(text) => self.step(connection.command(Content(text))).await,
            Err(_) => self.step(connection.message(&letter.message)).await,
        };
        Ok(accepted(&taken.map_err(StepError::of_letter)?))
    }

    async fn deliver(&self, mailing: &Mailing) -> Result<Accepted, Undelivered> {
        let letter = self.composer.compose(mailing).map_err(|problem| Undelivered {
            fault: Fault::Letter,
            problem,
            reply: None,
        })?;
        let mut session = self.session().await?;
        match self.hand_over(&mut session.connection, &letter).await {
            Ok(accepted) => {
                self.park(session).await;
                Ok(accepted)
            }
            Err(undelivered) => {
                if matches!(undelivered.problem, Problem::Refused(_) | Problem::TurnedAway(_)) {
                    leave(session).await;
                }
                Err(undelivered)
            }
        }
    }
}

impl Transport for Smtp {
    fn send<'a>(&'a self, mailing: &'a Mailing) -> BoxFuture<'a, Result<Accepted, Undelivered>> {
        self.deliver(mailing).boxed()
    }

    fn check(&self) -> BoxFuture<'_, Result<(), Undelivered>> {
        async move {
            leave(self.connect().await?).await;
            Ok(())
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            while let Some(session) = self.unpark() {
                leave(session).await;
            }
        }
        .boxed()
    }
}

/// Takes leave of a server that is in its senses.
async fn leave(mut session: Session) {
    // It hears it, or finds the connection closed.
    let _ = timeout(FAREWELL, session.connection.quit()).await;
}

fn number(code: response::Code) -> u16 {
    code.to_string().parse().unwrap_or_default()
}

fn accepted(response: &Response) -> Accepted {
    let lines: Vec<_> = response.message().collect();
    Accepted { code: number(response.code()), text: lines.join(" ") }
}

fn server(problem: Problem, reply: Option<String>) -> Undelivered {
    Undelivered { fault: Fault::Server, problem, reply }
}

/// Why a step of a session failed.
enum StepError {
    TimedOut,
    /// The server's answer.
    Code(u16, Option<String>),
    Tls,
    /// There is no such connection.
    Unreachable,
    /// It ended, or something else was said than an answer.
    Broken,
}

/// Whether the system told of it, rather than the library that encrypts.
fn is_of_network(error: &Error) -> bool {
    std::error::Error::source(error).is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
}

impl From<Error> for StepError {
    fn from(error: Error) -> Self {
        let reply = std::error::Error::source(&error).map(ToString::to_string);
        match error.status() {
            Some(code) => Self::Code(number(code), reply),
            None if error.is_tls() => Self::Tls,
            None if error.is_timeout() => Self::TimedOut,
            None if error.is_response() || error.is_client() => Self::Broken,
            None if is_of_network(&error) => Self::Unreachable,
            // What goes wrong while a connection is encrypted is told like one that is not made.
            None => Self::Tls,
        }
    }
}

impl StepError {
    /// When nothing of a letter was said yet.
    fn of_server(self) -> Undelivered {
        match self {
            Self::TimedOut => server(Problem::TimedOut, None),
            Self::Code(code, reply) => server(Problem::TurnedAway(code), reply),
            Self::Tls => server(Problem::Tls, None),
            Self::Unreachable => server(Problem::Unreachable, None),
            Self::Broken => server(Problem::Broken, None),
        }
    }

    fn of_credentials(self) -> Undelivered {
        match self {
            Self::Code(421, reply) => server(Problem::TurnedAway(421), reply),
            Self::Code(_, reply) => server(Problem::Credentials, reply),
            // The server knows no way to tell them.
            Self::Broken => server(Problem::Credentials, None),
            other => other.of_server(),
        }
    }

    fn of_sender(self) -> Undelivered {
        match self {
            Self::Code(400..=420 | 422..=499, _) => self.of_letter(),
            Self::Code(..) => self.of_server(),
            other => other.of_letter(),
        }
    }

    /// When the letter may be what the server stumbles over.
    fn of_letter(self) -> Undelivered {
        let moment = |problem| Undelivered { fault: Fault::Moment, problem, reply: None };
        match self {
            // It is about to close the connection (RFC 5321 §3.8).
            Self::Code(421, _) => self.of_server(),
            Self::Code(code, reply) => {
                let fault = if code >= 500 { Fault::Letter } else { Fault::Moment };
                Undelivered { fault, problem: Problem::Refused(code), reply }
            }
            Self::TimedOut => moment(Problem::TimedOut),
            Self::Tls | Self::Unreachable | Self::Broken => moment(Problem::Broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_fault_it_is_follows_from_how_far_a_letter_came() {
        let fault = |undelivered: Undelivered| (undelivered.fault, undelivered.problem);
        let code = |code| StepError::Code(code, None);
        for (undelivered, expected) in [
            (code(554).of_server(), (Fault::Server, Problem::TurnedAway(554))),
            (code(535).of_credentials(), (Fault::Server, Problem::Credentials)),
            (code(454).of_credentials(), (Fault::Server, Problem::Credentials)),
            (code(530).of_sender(), (Fault::Server, Problem::TurnedAway(530))),
            (code(451).of_sender(), (Fault::Moment, Problem::Refused(451))),
            (code(421).of_sender(), (Fault::Server, Problem::TurnedAway(421))),
            (code(450).of_letter(), (Fault::Moment, Problem::Refused(450))),
            (code(550).of_letter(), (Fault::Letter, Problem::Refused(550))),
            (code(421).of_letter(), (Fault::Server, Problem::TurnedAway(421))),
            (StepError::TimedOut.of_letter(), (Fault::Moment, Problem::TimedOut)),
            (StepError::Unreachable.of_letter(), (Fault::Moment, Problem::Broken)),
        ] {
            assert_eq!(fault(undelivered), expected);
        }
    }
}
