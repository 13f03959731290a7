//! Letters per second, from the outbox to a mail server on this machine.

use chrono::TimeDelta;
use latchkey::app::{Database, Node};
use latchkey::config::{Config, DatabaseTarget, Encryption, MailConfig, MasterKeySource, Sender};
use latchkey::domain::address::EmailAddress;
use latchkey::domain::mail::{Letter, MailBudget, MessageKind};
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;
use latchkey::mail::Outbox;
use latchkey::mail::outbox::Posted;
use latchkey::storage::{Db, Stop, StorageError};

use super::note;
use crate::Outcome;
use crate::installation::{Installation, Server};
use crate::options::Options;
use crate::report::Figure;
use crate::sink::Sink;

/// Letters for each second of a measurement, so that both take about as long together.
const LETTERS: u64 = 400;
/// Letters that are written in one transaction.
const BATCH: u64 = 200;

/// The rate with one node and with two, and what a letter costs.
pub fn measure(
    installation: &Installation,
    server: &Server,
    sink: &Sink,
    options: &Options,
) -> Outcome<Vec<Figure>> {
    let letters = LETTERS * options.seconds;
    let writer = Writer::new(installation, sink)?;
    let mut figures = vec![];
    note("mail with one node");
    measure_with(&[server], "one node", letters, installation, sink, &writer, &mut figures)?;
    note("mail with two nodes");
    let other = installation.serve_another()?;
    let both = [server, &other];
    measure_with(&both, "two nodes", letters, installation, sink, &writer, &mut figures)?;
    Ok(figures)
}

/// All letters are there, and the nodes have connected, before the first is taken.
fn measure_with(
    servers: &[&Server],
    what: &str,
    letters: u64,
    installation: &Installation,
    sink: &Sink,
    writer: &Writer,
    figures: &mut Vec<Figure>,
) -> Outcome<()> {
    let cost = || -> Outcome<(f64, Option<f64>)> {
        let costs: Outcome<Vec<_>> = servers.iter().map(|it| installation.cost(it)).collect();
        let costs = costs?;
        let postgres = costs.first().and_then(|cost| cost.postgres);
        Ok((costs.iter().map(|cost| cost.server).sum(), postgres))
    };
    sink.shut();
    writer.write(letters, what)?;
    // Every node looks once a second.
    std::thread::sleep(std::time::Duration::from_millis(1500));
    let (before, postgres_before) = cost()?;
    let took = sink.open_until(letters)?.as_secs_f64();
    let (after, postgres_after) = cost()?;
    let count = letters as f64;
    let mut figure = |name: &str, value, unit| {
        figures.push(Figure { name: format!("{what}: {name}"), value, unit, at_most: None });
    };
    figure("letters per second", count / took, "");
    figure("letters per CPU-second of the nodes", count / (after - before).max(0.01), "");
    if let Some((after, before)) = postgres_after.zip(postgres_before) {
        figure("Postgres for each letter", (after - before) * 1e6 / count, "µs");
    }
    Ok(())
}

/// Writes letters into the outbox, as a node of this process that sends none.
struct Writer {
    db: Db,
    outbox: Outbox,
    env: Env,
    runtime: tokio::runtime::Runtime,
}

impl Writer {
    fn new(installation: &Installation, sink: &Sink) -> Outcome<Self> {
        let env = Env::system();
        let url = || Secret::new(installation.database.url().to_owned());
        let mut config = Config::for_dev(installation.port, installation.database.directory())?;
        config.keys.master_key = MasterKeySource::File(installation.master_key());
        config.database.target = DatabaseTarget::External(url());
        config.mail = Some(mail(sink));
        let node = Node::build(&config, env.clone(), Database::at(url()))?;
        let (db, outbox) = (node.db().clone(), node.identity().outbox().clone());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        Ok(Self { db, outbox, env, runtime })
    }

    fn write(&self, letters: u64, what: &str) -> Outcome<()> {
        let expires_at = self.env.now() + TimeDelta::hours(1);
        for begin in (0..letters).step_by(usize::try_from(BATCH)?) {
            let batch: Outcome<Vec<_>> =
                (begin..letters.min(begin + BATCH)).map(|number| letter(number, what)).collect();
            let (batch, outbox) = (batch?, self.outbox.clone());
            let written = self.db.write(move |tx| {
                for letter in &batch {
                    let posted = outbox.enqueue(tx, letter, expires_at, None)?;
                    if !matches!(posted, Posted::Enqueued(_)) {
                        let problem = format!("a letter is not written: {posted:?}");
                        return Err(Stop::<()>::Failed(StorageError::Other(problem)));
                    }
                }
                Ok(())
            });
            self.runtime.block_on(written)?.map_err(|()| "no letters are written")?;
        }
        Ok(())
    }
}

fn mail(sink: &Sink) -> MailConfig {
    let patience = std::time::Duration::from_secs(10);
    MailConfig {
        host: "localhost".to_owned(),
        port: sink.port,
        encryption: Encryption::None,
        credentials: None,
        from: Sender { name: None, address: "no-reply@bench.example".to_owned() },
        reply_to: None,
        ca_file: None,
        connect_timeout: patience,
        command_timeout: patience,
        connections: 1,
    }
}

/// As long as a letter with a code is.
fn letter(number: u64, what: &str) -> Outcome<Letter> {
    let to = format!("{}-{number}@bench.example", what.replace(' ', "-"));
    Ok(Letter {
        to: EmailAddress::parse(&to).map_err(|error| error.to_string())?,
        kind: MessageKind::SignInCode,
        budget: MailBudget::Strangers,
        language: "en".to_owned(),
        subject: "A letter of the bench".to_owned(),
        text: "A line of some length that stands in a letter.\n".repeat(20),
        html: "<p>A line of some length that stands in a letter.</p>\n".repeat(60),
    })
}
