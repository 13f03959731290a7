//! ACME Notes: a pretend app that signs people in with Latchkey and shows what it learns.
//!
//! It is a relying party like any other: built on the `openidconnect` crate, it knows the provider
//! only by its issuer and what discovery says. `latchkey dev` serves it for newcomers to look at,
//! and the tests use it as the real relying party on another site.

mod handlers;
mod pages;
mod provider;
mod sessions;
mod tokens;

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_web::dev::Server;
use actix_web::http::header;
use actix_web::middleware::DefaultHeaders;
use actix_web::{App, HttpServer, web};
use url::Url;

use crate::kernel::env::Env;
use crate::kernel::secret::Secret;

use provider::Provider;
use sessions::Sessions;

/// What the relying party was given when it was registered, and where it is served.
#[derive(Debug, Clone)]
pub struct Settings {
    /// What the app calls itself on its pages.
    pub name: String,
    /// The provider's issuer identifier; everything else about it comes from discovery.
    pub issuer: String,
    /// The app's own origin, without a trailing slash. The provider must know
    /// [`Settings::redirect_uri`] and [`Settings::post_logout_redirect_uri`].
    pub base_url: String,
    /// The app's client id.
    pub client_id: String,
    /// The app's client secret, sent by `client_secret_basic`; `None` for a public client.
    pub client_secret: Option<Secret<String>>,
    /// The scopes to ask for; `openid` is always asked for.
    pub scopes: Vec<String>,
    /// A line for the front page, such as which demo account to use.
    pub hint: Option<String>,
}

impl Settings {
    /// Where the provider sends its answer.
    pub fn redirect_uri(&self) -> String {
        format!("{}/callback", self.base_url)
    }

    /// Where the provider sends the browser after a sign-out.
    pub fn post_logout_redirect_uri(&self) -> String {
        format!("{}/signed-out", self.base_url)
    }
}

/// What every handler shares.
struct State {
    settings: Arc<Settings>,
    env: Env,
    provider: Provider,
    sessions: Sessions,
    cookie_name: String,
}

/// Serves the app on `listener` until the returned server is stopped.
///
/// Must be called inside a runtime. Discovery is fetched at the first sign-in, so the provider
/// may start later.
pub fn serve(settings: Settings, env: Env, listener: TcpListener) -> io::Result<Server> {
    let port = listener.local_addr()?.port();
    let policy = content_security_policy(&settings.issuer);
    let settings = Arc::new(settings);
    let state = web::Data::new(State {
        provider: Provider::new(settings.clone(), env.clone())?,
        sessions: Sessions::default(),
        // Browsers share cookies between the ports of a host.
        cookie_name: format!("acme-notes-{port}"),
        settings,
        env,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .wrap(
                DefaultHeaders::new()
                    .add((header::CONTENT_SECURITY_POLICY, policy.as_str()))
                    .add((header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
                    .add((header::REFERRER_POLICY, "same-origin"))
                    .add((header::CACHE_CONTROL, "no-store")),
            )
            .configure(handlers::routes)
    })
    .workers(1)
    .disable_signals()
    .shutdown_timeout(1)
    .listen(listener)?
    .run();
    Ok(server)
}

/// Chromium applies `form-action` to the whole chain of redirects after a form, and both forms
/// that leave the app lead to the provider.
fn content_security_policy(issuer: &str) -> String {
    let provider = Url::parse(issuer).map(|url| url.origin().ascii_serialization());
    format!(
        "default-src 'none'; style-src 'self'; form-action 'self' {}; base-uri 'none'; \
         frame-ancestors 'none'",
        provider.unwrap_or_default()
    )
}
