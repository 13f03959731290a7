//! People who come through a proxy, each from an address of their own.

use std::net::{IpAddr, SocketAddr};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::nodes::{HOST, ISSUER};
use crate::support::agent::{Agent, Page};
use crate::support::flow::{Client, Params, authorization_request, code_request, refresh_request};
use crate::support::people::PASSWORD;

/// The way to the nodes, as somebody outside sees it.
#[derive(Clone)]
pub(super) struct Way {
    pub(super) proxy: SocketAddr,
    pub(super) authority: Vec<u8>,
    pub(super) client: Client,
}

impl Way {
    /// A browser at an address of its own.
    pub(super) fn browser(&self, number: u8) -> Agent {
        Agent::elsewhere(address(number), HOST, self.proxy, &self.authority)
    }

    pub(super) fn authorization(&self) -> Params {
        authorization_request(&self.client).with("scope", "openid offline_access")
    }

    /// Signs somebody in, with a password and a yes, and brings the code back.
    pub(super) async fn code(&self, browser: &Agent, email: &str) -> Result<String, String> {
        let url = at(&format!("/oauth2/authorize?{}", self.authorization().encoded()));
        let page = browser.get(&url).await.follow_all().await;
        if !page.has("#login-form") {
            return Err(format!("no login page but {}", page.summary()));
        }
        let form = page.form("#login-form").fill("identifier", email).fill("password", PASSWORD);
        let mut page = form.submit().await;
        for _ in 0..10 {
            if page.has("#consent-form") {
                page = page.form("#allow").submit().await;
            } else if !page.status.is_redirection() {
                return Err(format!("no redirect but {}", page.summary()));
            } else if page.location().as_str().starts_with(ISSUER) {
                page = page.follow().await;
            } else {
                let code = page.location_param("code");
                return code.ok_or_else(|| format!("no code but {}", page.location()));
            }
        }
        Err(format!("a circle at {}", page.url))
    }

    /// What the app asks of its own accord, from its own address.
    pub(super) async fn token(&self, app: &Agent, request: &Params) -> Page {
        self.token_at(&at("/oauth2/token"), app, request).await
    }

    /// The same at a given address.
    pub(super) async fn token_at(&self, url: &str, app: &Agent, request: &Params) -> Page {
        let credentials = format!("{}:{}", self.client.id, self.client.secret.as_ref().unwrap());
        let app = app.clone();
        let app =
            app.with_header("authorization", &format!("Basic {}", STANDARD.encode(credentials)));
        app.post(url, &request.pairs()).await
    }

    /// All of a sign-in: authorization, password, consent, code, refresh, userinfo.
    pub(super) async fn sign_in(&self, browser: &Agent, email: &str) -> Result<(), String> {
        let code = self.code(browser, email).await?;
        let app = self.browser(250);
        let first = ok(self.token(&app, &code_request(&self.client, &code)).await)?;
        let refresh = refresh_request(first["refresh_token"].as_str().unwrap());
        let second = ok(self.token(&app, &refresh).await)?;
        let bearer = format!("Bearer {}", second["access_token"].as_str().unwrap());
        ok(app.with_header("authorization", &bearer).get(&at("/oauth2/userinfo")).await)?;
        Ok(())
    }
}

/// Where something is, as the world sees it.
pub(super) fn at(path: &str) -> String {
    format!("{ISSUER}{path}")
}

/// One of the many addresses that this machine has for itself.
pub(super) fn address(number: u8) -> IpAddr {
    IpAddr::from([127, 0, 1, number])
}

fn ok(page: Page) -> Result<Value, String> {
    if page.status == 200 { Ok(page.json()) } else { Err(page.summary()) }
}
