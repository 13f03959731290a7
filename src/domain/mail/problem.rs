//! What keeps a letter from being sent, in our own words: a server's may hold what the letter says.

use std::fmt;

/// What keeps a letter from being sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Nothing answers there.
    Unreachable,
    /// An answer took too long.
    TimedOut,
    /// The connection cannot be encrypted, or the certificate is not the server's.
    Tls,
    /// The server offers no encryption.
    NoEncryption,
    /// The server does not accept user and password, or offers no way to tell them.
    Credentials,
    /// The server turned the connection away with this code.
    TurnedAway(u16),
    /// The server answered the letter with this code.
    Refused(u16),
    /// The connection was closed, or what came was no answer.
    Broken,
    /// The server takes no address with such letters.
    NoSuchCharacters,
    /// The letter cannot be put together, or not be opened any more.
    Unreadable,
    /// Nodes have ended in the middle of it again and again.
    TooOften,
}

impl Problem {
    /// Its name among the figures.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Unreachable => "unreachable",
            Self::TimedOut => "timeout",
            Self::Tls | Self::NoEncryption => "tls",
            Self::Credentials => "credentials",
            Self::TurnedAway(_) => "turned_away",
            Self::Refused(400..=499) => "refused_for_now",
            Self::Refused(_) => "refused",
            Self::Broken => "broken",
            Self::NoSuchCharacters => "characters",
            Self::Unreadable => "unreadable",
            Self::TooOften => "too_often",
        }
    }

    /// What an operator can do about it.
    pub fn fix(self) -> &'static str {
        match self {
            Self::Unreachable | Self::TimedOut => {
                "check `mail.host` and `mail.port`, and whether a firewall stands between"
            }
            Self::Tls => {
                "check that `mail.host` is the name in the server's certificate; for a certificate \
                 authority of your own set `mail.ca_file`"
            }
            Self::NoEncryption => "set `mail.encryption` to \"tls\" if the server expects that",
            Self::Credentials => "check `mail.username` and `mail.password`",
            Self::TurnedAway(_) => "ask whoever runs the server why it turns this machine away",
            Self::Refused(_) => {
                "look at the address, at `mail.from`, and at the server's log for that time"
            }
            Self::Broken => "look at the server's log for that time",
            Self::NoSuchCharacters => "use a server with SMTPUTF8 for such addresses",
            Self::Unreadable => "drop the letter; whoever waits for it can ask for another one",
            Self::TooOften => "look at the log of the nodes, then `latchkey mail retry`",
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("the mail server cannot be reached"),
            Self::TimedOut => f.write_str("the mail server did not answer in time"),
            Self::Tls => f.write_str("there is no trustworthy encryption with the mail server"),
            Self::NoEncryption => f.write_str("the mail server does not offer STARTTLS"),
            Self::Credentials => f.write_str("the mail server does not accept user and password"),
            Self::TurnedAway(code) => write!(f, "the mail server turns us away with {code}"),
            Self::Refused(code) => write!(f, "the mail server answered {code}"),
            Self::Broken => f.write_str("the connection to the mail server broke"),
            Self::NoSuchCharacters => {
                f.write_str("the mail server takes no address with such letters (SMTPUTF8)")
            }
            Self::Unreadable => f.write_str("the letter cannot be read any more"),
            Self::TooOften => {
                f.write_str("nodes ended while they were sending it, again and again")
            }
        }
    }
}
