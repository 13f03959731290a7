//! The client. Every fetch is bounded in time and size, goes to public addresses by https, and follows
//! no redirect to another host.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::time::Duration;

use reqwest::header::HeaderValue;
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Client, RequestBuilder};
use url::{Host, Url};

use super::address::{NoSuchName, OutOfReach, Resolver, is_within};

/// Redirects that are followed at most.
const REDIRECTS: usize = 3;

/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Where a client may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// To public addresses, by https.
    Public,
    /// To this machine and nowhere else, by http too.
    ThisMachine,
}

impl Reach {
    /// The reach that an operator's own setting asks for: this machine where its address is written
    /// there, and never a name that could come to mean another one.
    pub fn of(url: &Url) -> Self {
        match address(url) {
            Some(address) if address.is_loopback() => Self::ThisMachine,
            _ => Self::Public,
        }
    }
}

/// What a fetch may cost.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// The time for all of it, redirects and the body included.
    pub time: Duration,
    /// The bytes of the body.
    pub bytes: usize,
}

impl Default for Bounds {
    /// Five seconds and a megabyte.
    fn default() -> Self {
        Self { time: Duration::from_secs(5), bytes: 1024 * 1024 }
    }
}

/// What was answered.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The header fields, their names in lower case. One that is no text is left out.
    pub fields: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Why nothing was fetched. Holds no address: its path may hold something that is nobody's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OutboundError {
    /// It is neither https nor, for this machine, http.
    #[error("the address is not https")]
    Scheme,
    /// It leads to a machine that is not asked.
    #[error("the address is out of reach")]
    Address,
    /// It sends elsewhere, or in circles.
    #[error("the answer is a redirect that is not followed")]
    Redirect,
    /// It took too long.
    #[error("there was no answer in time")]
    TimedOut,
    /// It says too much.
    #[error("the answer is too long")]
    TooLong,
    /// Its name leads nowhere, or the resolver does not answer.
    #[error("its name is not found: DNS knows no address, or does not answer")]
    Name,
    /// Nobody listens there.
    #[error("the connection is refused: nobody listens there")]
    Refused,
    /// It does not show that it is who it should be.
    #[error(
        "the TLS handshake failed: its certificate has expired, is for another name or is unknown"
    )]
    Tls,
    /// It cannot be reached otherwise, or does not speak HTTP.
    #[error("the connection failed")]
    Unreachable,
    /// The system gives no client.
    #[error("there is no HTTP client")]
    NoClient,
}

impl OutboundError {
    /// Whether another attempt may find what this one did not. What is against the rules here stays so.
    pub fn is_passing(self) -> bool {
        match self {
            Self::TimedOut
            | Self::Name
            | Self::Refused
            | Self::Tls
            | Self::Unreachable
            | Self::NoClient => true,
            Self::Scheme | Self::Address | Self::Redirect | Self::TooLong => false,
        }
    }
}

/// A client. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Outbound {
    client: Client,
    /// Follows no redirect at all: what is sent is for whom it is sent to.
    straight: Client,
    reach: Reach,
    bounds: Bounds,
}

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Outbound({:?}, {:?})", self.reach, self.bounds)
    }
}

impl Outbound {
    /// A client with this reach and these bounds. It goes through no proxy, because behind one nobody
    /// could tell which address is asked.
    pub fn new(reach: Reach, bounds: Bounds) -> Result<Self, OutboundError> {
        let build = |policy| {
            Client::builder()
                .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
                .timeout(bounds.time)
                .redirect(policy)
                .https_only(reach == Reach::Public)
                .no_proxy()
                .referer(false)
                .pool_idle_timeout(IDLE)
                .dns_resolver(Resolver::new(reach))
                .build()
                .map_err(|_| OutboundError::NoClient)
        };
        let client = build(Policy::custom(follow))?;
        Ok(Self { client, straight: build(Policy::none())?, reach, bounds })
    }

    /// Fetches `url` with these header fields.
    pub async fn get(&self, url: Url, fields: &[(&str, &str)]) -> Result<Answer, OutboundError> {
        check(self.reach, &url)?;
        self.fetch(with(self.client.get(url), fields)).await
    }

    /// Sends `body` to `url` with these header fields. A redirect is followed nowhere.
    pub async fn post(
        &self,
        url: Url,
        fields: &[(&str, &str)],
        body: Vec<u8>,
    ) -> Result<Answer, OutboundError> {
        check(self.reach, &url)?;
        let answer = self.fetch(with(self.straight.post(url), fields).body(body)).await?;
        if (300..400).contains(&answer.status) {
            return Err(OutboundError::Redirect);
        }
        Ok(answer)
    }

    async fn fetch(&self, request: RequestBuilder) -> Result<Answer, OutboundError> {
        let mut response = request.send().await.map_err(|error| reason(&error))?;
        let status = response.status().as_u16();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let fields = response.headers().iter();
        let fields = fields.filter_map(|(name, value)| Some((name.to_string(), text(value)?)));
        let fields = fields.collect();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| reason(&error))? {
            if body.len() + chunk.len() > self.bounds.bytes {
                return Err(OutboundError::TooLong);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, fields, body })
    }
}

fn with(request: RequestBuilder, fields: &[(&str, &str)]) -> RequestBuilder {
    fields.iter().fold(request, |request, (name, value)| request.header(*name, *value))
}

/// Names are checked when they are resolved; an address in the place of one never is.
fn check(reach: Reach, url: &Url) -> Result<(), OutboundError> {
    match (url.scheme(), reach) {
        ("https", _) | ("http", Reach::ThisMachine) => {}
        _ => return Err(OutboundError::Scheme),
    }
    match address(url) {
        Some(address) if !is_within(reach, address) => Err(OutboundError::Address),
        _ => Ok(()),
    }
}

/// The address that stands in the place of a name.
fn address(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(address.into()),
        Host::Ipv6(address) => Some(address.into()),
        Host::Domain(_) => None,
    }
}

/// Only within the origin that was asked, which its address was checked for.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let first = attempt.previous().first();
    let is_same = first.is_some_and(|first| first.origin() == attempt.url().origin());
    if !is_same || attempt.previous().len() > REDIRECTS {
        return attempt.error(OutboundError::Redirect);
    }
    attempt.follow()
}

/// What lies behind a failure, without the words of the library, which hold the address.
fn reason(error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() {
        return OutboundError::TimedOut;
    }
    if error.is_redirect() {
        return OutboundError::Redirect;
    }
    let mut io = None;
    let mut cause: Option<&(dyn Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if inner.is::<OutOfReach>() {
            return OutboundError::Address;
        }
        if inner.is::<NoSuchName>() {
            return OutboundError::Name;
        }
        io = inner.downcast_ref::<io::Error>().map(io::Error::kind).or(io);
        cause = inner.source();
    }
    match io {
        Some(io::ErrorKind::ConnectionRefused) => OutboundError::Refused,
        // It was connected to, and nothing went wrong below.
        None if error.is_connect() => OutboundError::Tls,
        _ => OutboundError::Unreachable,
    }
}

#[cfg(test)]
mod tests;
