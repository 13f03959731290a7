//! `latchkey mail`.

use clap::{Args, Subcommand, ValueEnum};

/// `latchkey mail`.
#[derive(Debug, Args)]
#[command(
    after_help = "Servers send mail by themselves; what it says is never shown here, because \
                        it holds live codes and links.\n\nExamples:\n  latchkey mail test \
                        ada@example.com\n  latchkey mail list --state dead"
)]
pub struct MailArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: MailCommand,
}

/// What `latchkey mail` can do.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// List the latest mails: to whom, about what, and what has become of them.
    List(ListMails),
    /// Show one mail, without what it says.
    Show(OneMail),
    /// Try a mail again at once, also one that was given up.
    Retry(OneMail),
    /// Take a mail out, so that it is not sent.
    Drop(OneMail),
    /// Send a mail to this address now, past the queue, and tell what the server answers.
    Test(TestMail),
}

/// `latchkey mail list`.
#[derive(Debug, Args)]
pub struct ListMails {
    /// Only those in this state.
    #[arg(long, value_enum)]
    pub state: Option<StateWanted>,
    /// At most so many, the latest.
    #[arg(long, value_name = "COUNT", default_value_t = 100,
          value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub limit: u32,
}

/// What has become of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum StateWanted {
    /// It waits until it is due.
    Queued,
    /// A server is sending it.
    Sending,
    /// The mail server has taken it.
    Sent,
    /// It only stays here, under "latchkey dev".
    Kept,
    /// It was given up.
    Dead,
    /// Somebody took it out.
    Dropped,
    /// What it says was over before it was sent.
    Expired,
}

/// A mail that the command line names.
#[derive(Debug, Args)]
pub struct OneMail {
    /// The id that "latchkey mail list" shows.
    #[arg(value_name = "ID")]
    pub id: String,
}

/// `latchkey mail test`.
#[derive(Debug, Args)]
pub struct TestMail {
    /// Where to.
    #[arg(value_name = "ADDRESS")]
    pub address: String,
}
