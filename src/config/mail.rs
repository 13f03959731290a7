//! `[mail]`: the server that takes our mail, and in whose name it is sent.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::error::Complaint;
use super::values::Values;
use crate::kernel::secret::Secret;

/// The server that takes our mail, and in whose name it is sent.
#[derive(Debug, Clone)]
pub struct MailConfig {
    /// The server's name, which must be in its certificate, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub encryption: Encryption,
    /// With what we tell the server who we are.
    pub credentials: Option<MailCredentials>,
    /// In whose name mail is sent.
    pub from: Sender,
    /// Where answers go, if not to `from`.
    pub reply_to: Option<Sender>,
    /// A certificate authority that is trusted besides the system's, as PEM.
    pub ca_file: Option<PathBuf>,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long the server may take to answer a command.
    pub command_timeout: Duration,
    /// Connections of one node at most.
    pub connections: usize,
}

/// With what we tell the server who we are.
#[derive(Debug, Clone)]
pub struct MailCredentials {
    /// The user.
    pub username: String,
    /// The password.
    pub password: Secret<String>,
}

/// How a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// It begins in the clear and is encrypted before anything is said; never left out.
    StartTls,
    /// From the first byte on.
    Tls,
    /// Not at all, which only a server on this machine is trusted with.
    None,
}

impl Encryption {
    fn parse(text: &str) -> Result<Self, Complaint> {
        match text {
            "starttls" => Ok(Self::StartTls),
            "tls" => Ok(Self::Tls),
            "none" => Ok(Self::None),
            _ => Err(Complaint::new(
                "`mail.encryption` is none of starttls, tls and none",
                "write \"starttls\" (port 587) or \"tls\" (port 465), as your server has it",
            )),
        }
    }

    fn port(self) -> u32 {
        match self {
            Self::StartTls => 587,
            Self::Tls => 465,
            Self::None => 25,
        }
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::StartTls => "starttls",
            Self::Tls => "tls",
            Self::None => "none",
        })
    }
}

/// An address with the name that is shown for it, like `Example <no-reply@example.com>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// What is shown, if something is said.
    pub name: Option<String>,
    /// The address: ASCII, of the dot-atom form (RFC 5321 §4.1.2).
    pub address: String,
}

impl fmt::Display for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address),
            None => f.write_str(&self.address),
        }
    }
}

impl Sender {
    fn parse(key: &str, text: &str) -> Result<Self, Complaint> {
        let (name, address) = match text.trim().strip_suffix('>').and_then(|it| it.split_once('<'))
        {
            Some((name, address)) => (name.trim().trim_matches('"').trim(), address),
            None => ("", text.trim()),
        };
        let name_is_plain = name.chars().count() <= 100
            && !name.chars().any(|c| c.is_control() || "<>\"".contains(c));
        match address_of(address).filter(|_| name_is_plain) {
            Some(address) => {
                let name = Some(name.to_owned()).filter(|name| !name.is_empty());
                Ok(Self { name, address })
            }
            None => Err(Complaint::new(
                format!("`{key}` is no address that mail can be sent from"),
                "write it like \"Example <no-reply@example.com>\"",
            )),
        }
    }
}

/// The address with its domain in ASCII; `None`: it is none.
fn address_of(text: &str) -> Option<String> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.chars().all(|c| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c))
    };
    let domain = idna::domain_to_ascii_strict(domain).ok()?;
    let is_good = local.len() <= 64
        && local.split('.').all(is_atom)
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && domain.len() <= 180;
    is_good.then(|| format!("{local}@{domain}"))
}

/// What cannot be set without a server.
const OTHERS: [&str; 4] = ["mail.username", "mail.password", "mail.from", "mail.reply_to"];

impl MailConfig {
    /// `None`: there is no mail.
    pub(super) fn read(values: &mut Values) -> Option<Self> {
        let host = values.parsed("mail.host", parse_host, None);
        let encryption =
            values.parsed("mail.encryption", Encryption::parse, Some(Encryption::StartTls));
        let encryption = encryption.unwrap_or(Encryption::StartTls);
        let port = values.number("mail.port", encryption.port(), 1..=65_535);
        let username = values.parsed("mail.username", parse_username, None);
        let password = values.secret("mail.password", |_| "[redacted]".to_owned());
        let sender = |key: &'static str| move |text: &str| Sender::parse(key, text);
        let from = values.parsed("mail.from", sender("mail.from"), None);
        let reply_to = values.parsed("mail.reply_to", sender("mail.reply_to"), None);
        let ca_file = values.optional_path("mail.ca_file", "mail-ca.pem");
        let connect_timeout = values.seconds("mail.connect_timeout_seconds", 10, 1..=30);
        let command_timeout = values.seconds("mail.command_timeout_seconds", 30, 1..=60);
        let connections = values.count("mail.connections", 2, 1..=20);

        let Some(host) = host else {
            if let Some(key) = OTHERS.into_iter().find(|key| values.is_set(key)) {
                values.require(
                    "mail.host",
                    &format!("`{key}` is set, but no server is: no mail would be sent"),
                    "set host = \"smtp.example.com\" under [mail], or remove the section",
                );
            }
            return None;
        };
        if encryption == Encryption::None && !is_this_machine(&host) {
            values.refuse(
                "mail.encryption",
                "without encryption anyone on the way could read codes and links in mails",
                "use \"starttls\" or \"tls\"; \"none\" is for a server on this machine",
            );
        }
        if username.is_some() != password.is_some() {
            let (set, missing) = if username.is_some() {
                ("mail.username", "mail.password")
            } else {
                ("mail.password", "mail.username")
            };
            values.refuse(
                set,
                &format!("`{set}` is set, but `{missing}` is not"),
                "set both, or none where the server asks for neither",
            );
        }
        values.require(
            "mail.from",
            "`mail.from` is missing: the address that mail is sent from",
            "set from = \"Example <no-reply@example.com>\" under [mail]",
        );
        let credentials = username
            .zip(password)
            .map(|(username, password)| MailCredentials { username, password });
        Some(Self {
            host,
            port: u16::try_from(port).unwrap_or(u16::MAX),
            encryption,
            credentials,
            // Where it is missing that was noted as a problem, and reading fails.
            from: from?,
            reply_to,
            ca_file,
            connect_timeout,
            command_timeout,
            connections,
        })
    }
}

fn parse_host(text: &str) -> Result<String, Complaint> {
    let host = text.trim();
    if host.parse::<IpAddr>().is_ok() {
        return Ok(host.to_owned());
    }
    idna::domain_to_ascii_strict(host).ok().filter(|it| !it.is_empty()).ok_or_else(|| {
        Complaint::new(
            "`mail.host` is not the name of a server",
            "write it like host = \"smtp.example.com\", without scheme and port",
        )
    })
}

fn parse_username(text: &str) -> Result<String, Complaint> {
    if text.is_empty() || text.chars().any(char::is_control) {
        return Err(Complaint::new(
            "`mail.username` is empty, or has control characters in it",
            "write what the mail server knows you by",
        ));
    }
    Ok(text.to_owned())
}

fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(text: &str) -> Option<Sender> {
        Sender::parse("mail.from", text).ok()
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, shown) in [
            ("no-reply@example.com", "no-reply@example.com"),
            (" Example <no-reply@example.com> ", "Example <no-reply@example.com>"),
            ("\"Büro, Köln\" <b@bücher.example>", "Büro, Köln <b@xn--bcher-kva.example>"),
            ("<a.b+c@example.com>", "a.b+c@example.com"),
        ] {
            assert_eq!(sender(text).unwrap().to_string(), shown, "{text}");
        }
    }

    #[test]
    fn case_203_no_header_comes_from_the_configuration() {
        for text in [
            "",
            "example.com",
            "a@b",
            "a@example.com\r\nBcc: e@example.com",
            "Ex\r\nBcc: e@example.com <a@example.com>",
            "a@example.com, b@example.com",
            "<a@example.com>, <b@example.com>",
            "jörg@example.com",
            "a b@example.com",
            "a..b@example.com",
        ] {
            assert_eq!(sender(text), None, "{text:?}");
        }
    }

    #[test]
    fn only_this_machine_is_trusted_without_encryption() {
        for (host, is_here) in
            [("localhost", true), ("127.0.0.2", true), ("::1", true), ("mail.example", false)]
        {
            assert_eq!(is_this_machine(host), is_here, "{host}");
        }
    }
}
