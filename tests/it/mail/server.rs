//! A real mail server as a process of its own (aiosmtpd), which tells what happens.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use latchkey::config::{Encryption, MailConfig, Sender};
use serde_json::{Value, json};

/// How long a server may take for what is sure to come.
const PATIENCE: Duration = Duration::from_secs(60);

/// Ends with the test.
pub(crate) struct MailServer {
    child: Child,
    _input: ChildStdin,
    port: u16,
    told: Receiver<Value>,
}

/// A mail that the server took.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) sender: String,
    pub(crate) recipients: Vec<String>,
    pub(crate) user: Option<String>,
    pub(crate) content: String,
}

impl MailServer {
    /// One that takes everything, without encryption.
    pub(crate) fn start() -> Self {
        Self::with(&json!({}))
    }

    /// One with settings of its own; `tests/python/mail_server.py` tells which there are.
    pub(crate) fn with(settings: &Value) -> Self {
        let root = env!("CARGO_MANIFEST_DIR");
        let mut command = Command::new(format!("{root}/target/python/bin/python"));
        command.arg("-I").arg(format!("{root}/tests/python/mail_server.py"));
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} does not start ({error}); ./dev test installs what it needs")
        });
        let mut input = child.stdin.take().unwrap();
        writeln!(input, "{settings}").unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, told) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(serde_json::from_str(&line).unwrap()).is_err() {
                    return;
                }
            }
        });
        let mut server = Self { child, _input: input, port: 0, told };
        let port = server.next("ready")["port"].as_u64().unwrap();
        server.port = u16::try_from(port).unwrap();
        server
    }

    /// One that has answers prepared.
    pub(crate) fn answering(answers: &Value) -> Self {
        Self::with(&json!({ "answers": answers }))
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// How a node reaches it.
    pub(crate) fn config(&self) -> MailConfig {
        config(self.port)
    }

    /// Waits for the next thing of this kind to happen, past all others.
    pub(crate) fn next(&self, event: &str) -> Value {
        loop {
            let told = self.told.recv_timeout(PATIENCE);
            let told = told.unwrap_or_else(|_| panic!("the mail server tells of no {event}"));
            if told["event"] == event {
                return told;
            }
        }
    }

    /// Waits for the next mail.
    pub(crate) fn taken(&self) -> Taken {
        Taken::from(&self.next("taken"))
    }

    /// What happened since it was last asked, up to a letter that it has taken: it answers before it
    /// tells.
    pub(crate) fn told_to_the_end(&self) -> Vec<Value> {
        let mut told = Vec::new();
        while told.last().is_none_or(|it: &Value| it["event"] != "taken") {
            told.push(self.told.recv_timeout(PATIENCE).expect("a letter is taken"));
        }
        told
    }

    /// What happened since it was last asked.
    pub(crate) fn told(&self) -> Vec<Value> {
        self.told.try_iter().collect()
    }
}

impl From<&Value> for Taken {
    fn from(told: &Value) -> Self {
        let recipients = told["recipients"].as_array().unwrap();
        Self {
            sender: told["sender"].as_str().unwrap().to_owned(),
            recipients: recipients.iter().map(|it| it.as_str().unwrap().to_owned()).collect(),
            user: told["user"].as_str().map(str::to_owned),
            content: told["content"].as_str().unwrap().to_owned(),
        }
    }
}

impl Taken {
    /// The values of a header.
    pub(crate) fn header(&self, name: &str) -> Vec<String> {
        let head = self.content.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ");
        head.split("\r\n")
            .filter_map(|line| line.split_once(": "))
            .filter(|(it, _)| it.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.to_owned())
            .collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        // It may have ended meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How a node reaches a server on this port of this machine.
pub(crate) fn config(port: u16) -> MailConfig {
    MailConfig {
        host: "localhost".to_owned(),
        port,
        encryption: Encryption::None,
        credentials: None,
        from: Sender { name: None, address: "no-reply@id.example".to_owned() },
        reply_to: None,
        ca_file: None,
        connect_timeout: Duration::from_secs(5),
        command_timeout: Duration::from_secs(5),
        connections: 2,
    }
}

/// A port on which nothing answers, and nothing will.
pub(crate) fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}
