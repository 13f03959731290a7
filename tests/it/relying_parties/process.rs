//! A relying party as a process of its own, spoken to by a JSON object a line.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::program::Settings;

/// How long a process may think, and how long it may take to end.
const PATIENCE: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(2);

/// Ends with the test: closing its input asks it to, and past the deadline it is killed.
pub(super) struct Process {
    child: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    complaints: Option<JoinHandle<String>>,
}

impl Process {
    /// Starts a relying party, which finds its settings and nothing else in its environment.
    pub(super) fn start(mut command: Command, settings: &Settings) -> Self {
        let told = [
            ("ISSUER", Some(settings.issuer.as_str())),
            ("CLIENT_ID", Some(&settings.client.id)),
            ("CLIENT_SECRET", settings.client.secret.as_deref()),
            ("REDIRECT_URI", Some(&settings.client.redirect_uri)),
            ("CLIENT_AUTH", settings.client_auth),
        ];
        // Neither a proxy nor a setting of the developer's.
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs(told.into_iter().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| {
            panic!("{command:?} does not start ({error}); ./dev test installs what it needs")
        });
        let input = child.stdin.take();
        let mut errors = child.stderr.take().unwrap();
        let complaints = std::thread::spawn(move || {
            let mut text = String::new();
            // What is no text is no use either.
            let _ = errors.read_to_string(&mut text);
            text
        });
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (sender, answers) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { child, input, answers, complaints: Some(complaints) }
    }

    /// Sends a request and waits for its answer.
    pub(super) fn ask(&mut self, request: &Value) -> Value {
        // A process that has ended says why below.
        let _ = writeln!(self.input.as_mut().unwrap(), "{request}");
        let Ok(line) = self.answers.recv_timeout(PATIENCE) else {
            self.stop();
            let complaints = self.complaints.take().unwrap().join().unwrap();
            panic!("no answer to {request}:\n{complaints}");
        };
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line}"))
    }

    fn kill(&mut self) {
        // It may have ended meanwhile.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Whether it ended by itself once its input was closed.
    fn stop(&mut self) -> bool {
        drop(self.input.take());
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return true;
            }
            std::thread::sleep(POLL);
        }
        self.kill();
        false
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return self.kill();
        }
        assert!(self.stop(), "the relying party did not end by itself");
    }
}
