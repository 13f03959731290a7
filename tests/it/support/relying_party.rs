//! The demo relying party as a test's own, on a free port of 127.0.0.1.

use std::net::TcpListener;
use std::thread::JoinHandle;

use latchkey::demo::relying_party::{self, Settings};
use latchkey::kernel::env::Env;
use latchkey::kernel::secret::Secret;

/// A reserved port. The provider has to know the app's addresses before the app is started.
pub struct Reserved {
    listener: TcpListener,
    pub base_url: String,
}

/// A relying party that serves until it is dropped.
pub struct RelyingParty {
    pub base_url: String,
    handle: actix_web::dev::ServerHandle,
    thread: Option<JoinHandle<()>>,
}

impl Reserved {
    pub fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        Self { listener, base_url }
    }

    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    pub fn post_logout_redirect_uri(&self) -> String {
        format!("{}/signed-out", self.base_url)
    }

    /// Starts the app as `client_id` of `issuer`; `env` is the test's clock and generator.
    pub fn start(
        self,
        env: Env,
        issuer: &str,
        client_id: &str,
        client_secret: Option<&str>,
        scopes: &[&str],
    ) -> RelyingParty {
        let base_url = self.base_url.clone();
        let settings = Settings {
            name: "ACME Notes".to_owned(),
            issuer: issuer.to_owned(),
            base_url: self.base_url,
            client_id: client_id.to_owned(),
            client_secret: client_secret.map(Secret::from),
            scopes: scopes.iter().map(|&scope| scope.to_owned()).collect(),
            hint: None,
        };
        let (sender, receiver) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server = relying_party::serve(settings, env, self.listener).unwrap();
                sender.send(server.handle()).unwrap();
                server.await.unwrap();
            });
        });
        RelyingParty { base_url, handle: receiver.recv().unwrap(), thread: Some(thread) }
    }
}

impl RelyingParty {
    /// The address of `path` at the app.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }
}

impl Drop for RelyingParty {
    fn drop(&mut self) {
        // The command is sent by the call; the thread ends when the server has obeyed.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // A panic in there has failed the test already.
            let _ = thread.join();
        }
    }
}
