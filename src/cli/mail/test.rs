//! `latchkey mail test`: a mail past the queue.

use std::time::Duration;

use serde_json::json;

use crate::cli::Context;
use crate::cli::args::TestMail;
use crate::cli::exit::{Exit, Failure};
use crate::cli::output;
use crate::cli::people::runtime;
use crate::config::Profile;
use crate::domain::address::EmailAddress;
use crate::domain::mail::{LONGEST_ATTEMPT, Mailing, Problem};
use crate::kernel::env::Env;
use crate::kernel::ids::MailId;
use crate::mail::{BadMail, Smtp, Transport as _, Undelivered};

pub(super) fn run(context: &Context, args: &TestMail) -> Result<(), Failure> {
    let config = context.load(Profile::Tool)?;
    let to = EmailAddress::parse(&args.address).map_err(|error| {
        Failure::new(Exit::Usage, error.to_string()).fix("write it like ada@example.com")
    })?;
    let Some(mail) = &config.mail else {
        return Err(Failure::new(Exit::Configuration, "mail is not configured")
            .fix("set host and from under [mail]; docs/mail.md has the rest"));
    };
    let env = Env::system();
    let smtp = Smtp::new(mail, &config.brand.name, &env)?;
    let mailing = Mailing {
        id: MailId::new(&env),
        to,
        language: "en".to_owned(),
        subject: format!("A test of the mail of {}", config.brand.name),
        text: format!(
            "{} at {} can send mail to you.\n\nSomebody who runs it has tried that just now.\n",
            config.brand.name, config.issuer
        ),
        html: None,
    };
    let sending = async {
        let limit = Duration::from_secs(LONGEST_ATTEMPT);
        let sent = tokio::time::timeout(limit, smtp.send(&mailing)).await;
        smtp.close().await;
        sent
    };
    let sent = runtime()?.block_on(sending);
    let accepted = sent.map_err(|_| failure(Problem::TimedOut))??;
    let value = json!({
        "message_id": mailing.id,
        "server": format!("{}:{}", mail.host, mail.port),
        "code": accepted.code,
        "reply": accepted.text,
    });
    context.output.show(&value, || {
        output::fields(&[
            ("server", format!("{}:{}", mail.host, mail.port)),
            ("answer", format!("{} {}", accepted.code, accepted.text)),
        ])
    })
}

fn failure(problem: Problem) -> Failure {
    Failure::new(Exit::Failure, problem.to_string()).fix(problem.fix())
}

impl From<Undelivered> for Failure {
    fn from(undelivered: Undelivered) -> Self {
        let failure = failure(undelivered.problem);
        match undelivered.reply {
            Some(reply) => failure.details(vec![format!("the server says: {reply}")]),
            None => failure,
        }
    }
}

impl From<BadMail> for Failure {
    fn from(error: BadMail) -> Self {
        Self::new(Exit::Configuration, error.to_string())
    }
}
