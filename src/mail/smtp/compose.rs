//! A letter as it goes over the wire (RFC 5322, MIME).

use std::time::SystemTime;

use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};

use super::BadMail;
use crate::config::{MailConfig, Sender};
use crate::domain::address::EmailAddress;
use crate::domain::mail::{Mailing, Problem};
use crate::kernel::env::Env;

/// Puts letters together.
pub(super) struct Composer {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    env: Env,
}

/// A letter with its envelope.
pub(super) struct Composed {
    pub(super) from: Address,
    /// The only recipient.
    pub(super) to: Address,
    pub(super) message: Vec<u8>,
}

impl Composer {
    pub(super) fn new(config: &MailConfig, brand: &str, env: &Env) -> Result<Self, BadMail> {
        let mailbox = |sender: &Sender, name: Option<String>| {
            let address = sender.address.parse().map_err(|_| BadMail::Address)?;
            Ok(Mailbox::new(name, address))
        };
        let name = config.from.name.clone().unwrap_or_else(|| brand.to_owned());
        let from = mailbox(&config.from, Some(name))?;
        let reply_to = config.reply_to.as_ref();
        let reply_to = reply_to.map(|it| mailbox(it, it.name.clone())).transpose()?;
        Ok(Self { from, reply_to, env: env.clone() })
    }

    /// The domain in whose name we send.
    pub(super) fn domain(&self) -> &str {
        self.from.email.domain()
    }

    pub(super) fn compose(&self, mailing: &Mailing) -> Result<Composed, Problem> {
        let to = recipient(&mailing.to).ok_or(Problem::NoSuchCharacters)?;
        // A line break would begin another header.
        let subject = mailing.subject.replace(char::is_control, " ");
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to.clone()))
            .subject(subject)
            .date(SystemTime::from(self.env.now()))
            .message_id(Some(format!("<{}@{}>", mailing.id, self.domain())))
            // Nobody's holiday notice is to come back (RFC 3834 §5).
            .raw_header(header("Auto-Submitted", "auto-generated")?)
            .raw_header(header("Content-Language", &mailing.language)?);
        if let Some(reply_to) = &self.reply_to {
            builder = builder.reply_to(reply_to.clone());
        }
        let text = mailing.text.clone();
        let message = match &mailing.html {
            Some(html) => builder.multipart(MultiPart::alternative_plain_html(text, html.clone())),
            None => builder.singlepart(SinglePart::plain(text)),
        };
        let message = message.map_err(|_| Problem::Unreadable)?.formatted();
        Ok(Composed { from: self.from.email.clone(), to, message })
    }
}

/// The address with the domain as mail servers know it.
fn recipient(address: &EmailAddress) -> Option<Address> {
    let (local, _) = address.as_typed().rsplit_once('@')?;
    let (_, domain) = address.canonical().rsplit_once('@')?;
    Address::new(local, domain).ok()
}

fn header(name: &str, value: &str) -> Result<HeaderValue, Problem> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|_| Problem::Unreadable)?;
    Ok(HeaderValue::new(name, value.replace(|c: char| !c.is_ascii_graphic(), "")))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Encryption;
    use crate::kernel::ids::MailId;

    fn composer() -> Composer {
        let config = MailConfig {
            host: "localhost".to_owned(),
            port: 25,
            encryption: Encryption::None,
            credentials: None,
            from: Sender { name: None, address: "no-reply@example.com".to_owned() },
            reply_to: None,
            ca_file: None,
            connect_timeout: Duration::from_secs(1),
            command_timeout: Duration::from_secs(1),
            connections: 1,
        };
        Composer::new(&config, "Bücher & Co", &Env::system()).unwrap()
    }

    fn mailing(to: &str, subject: &str) -> Mailing {
        Mailing {
            id: MailId(uuid::Uuid::nil()),
            to: EmailAddress::parse(to).unwrap(),
            language: "en".to_owned(),
            subject: subject.to_owned(),
            text: "Line\n.\nLine".to_owned(),
            html: Some("<p>Zoë</p>".to_owned()),
        }
    }

    fn head(composed: &Composed) -> Vec<String> {
        let text = String::from_utf8(composed.message.clone()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap();
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn case_203_a_subject_makes_no_header() {
        let plain = composer().compose(&mailing("v@x.example", "Hello")).unwrap();
        let composed =
            composer().compose(&mailing("v@x.example", "Hi\r\nBcc: e@y.example\n\rX: y")).unwrap();
        let names = |composed: &Composed| -> Vec<String> {
            let lines = head(composed).into_iter().filter(|line| !line.starts_with(' '));
            lines.map(|it| it.split(':').next().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&composed), names(&plain));
        assert!(!names(&plain).iter().any(|name| name.eq_ignore_ascii_case("bcc")));
    }

    #[test]
    fn a_letter_is_the_same_one_each_time_it_is_tried() {
        let composed = composer().compose(&mailing("Jo@bücher.example", "Zoë")).unwrap();
        let head = head(&composed).join("\n");
        let id = "Message-ID: <00000000-0000-0000-0000-000000000000@example.com>";
        assert!(head.contains(id), "{head}");
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
        assert!(head.is_ascii(), "{head}");
        assert_eq!(composed.to.to_string(), "Jo@xn--bcher-kva.example");
    }
}
