//! A relying party made of plain requests: asks for authorization, lets a person sign in, redeems.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::agent::{Agent, Page};
use super::app::TestApp;
use super::people::PASSWORD;

/// The verifier of RFC 7636 Appendix B.
pub const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// Its challenge.
pub const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// A registered client, as its own program knows it.
#[derive(Clone, Debug)]
pub struct Client {
    pub id: String,
    pub secret: Option<String>,
    pub redirect_uri: String,
}

/// The parameters of a request, easy to bend.
#[derive(Clone, Debug)]
pub struct Params(BTreeMap<String, String>);

impl Params {
    pub fn new(pairs: &[(&str, &str)]) -> Self {
        Self(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.0.insert(name.to_owned(), value.to_owned());
        self
    }

    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.0.remove(name);
        self
    }

    pub fn pairs(&self) -> Vec<(&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
    }

    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }
}

/// The usual authorization request of a client.
pub fn authorization_request(client: &Client) -> Params {
    Params::new(&[
        ("client_id", &client.id),
        ("redirect_uri", &client.redirect_uri),
        ("response_type", "code"),
        ("scope", "openid profile email"),
        ("state", "the-state"),
        ("nonce", "the-nonce"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ])
}

/// The usual token request for a code.
pub fn code_request(client: &Client, code: &str) -> Params {
    Params::new(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &client.redirect_uri),
        ("code_verifier", VERIFIER),
    ])
}

/// The usual token request for a refresh.
pub fn refresh_request(refresh_token: &str) -> Params {
    Params::new(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token)])
}

impl TestApp {
    /// Sends a browser to the authorization endpoint.
    pub async fn authorize(&self, agent: &Agent, params: &Params) -> Page {
        agent.get(&self.at(&format!("/oauth2/authorize?{}", params.encoded()))).await
    }

    /// Fills in the login page that `page` is or leads to.
    pub async fn sign_in(&self, page: Page, identifier: &str) -> Page {
        let page = page.follow_all().await;
        let form =
            page.form("#login-form").fill("identifier", identifier).fill("password", PASSWORD);
        form.submit().await
    }

    /// Follows redirects within the provider, and allows what a consent page asks; ends at the
    /// redirect to the relying party.
    pub async fn to_relying_party(&self, page: Page) -> Page {
        let mut page = page;
        for _ in 0..20 {
            if page.status.is_redirection() {
                if page.location().as_str().starts_with(self.issuer()) {
                    page = page.follow().await;
                } else {
                    return page;
                }
            } else if page.has("#consent-form") {
                page = page.form("#allow").submit().await;
            } else {
                panic!("no way to the relying party from {}", page.summary());
            }
        }
        panic!("a circle at {}", page.url);
    }

    /// The whole way of a person through a request: signs in, allows, and brings the code back.
    pub async fn code_for(&self, agent: &Agent, params: &Params, identifier: &str) -> String {
        let mut page = self.authorize(agent, params).await;
        if page.status.is_redirection() && page.location().path() == "/login" {
            page = self.sign_in(page, identifier).await;
        }
        let page = self.to_relying_party(page).await;
        page.location_param("code").unwrap_or_else(|| panic!("no code but {}", page.location()))
    }

    /// Sends a token request with the client's own way of proving itself.
    pub async fn token(&self, client: &Client, params: &Params) -> Page {
        self.token_at(&self.at("/oauth2/token"), client, params).await
    }

    /// The same at a given address, of another node for example.
    pub async fn token_at(&self, url: &str, client: &Client, params: &Params) -> Page {
        let Some(secret) = &client.secret else {
            let params = params.clone().with("client_id", &client.id);
            return self.machine().post(url, &params.pairs()).await;
        };
        let credentials = STANDARD.encode(format!("{}:{secret}", client.id));
        let agent = self.machine().with_header("authorization", &format!("Basic {credentials}"));
        agent.post(url, &params.pairs()).await
    }

    /// Signs somebody in for a client and redeems the code.
    pub async fn tokens_for(&self, client: &Client, identifier: &str) -> Value {
        let agent = Agent::new();
        self.tokens_in(&agent, client, identifier, "openid profile email").await
    }

    /// The same in a given browser, for given scopes.
    pub async fn tokens_in(
        &self,
        agent: &Agent,
        client: &Client,
        identifier: &str,
        scope: &str,
    ) -> Value {
        let params = authorization_request(client).with("scope", scope);
        let code = self.code_for(agent, &params, identifier).await;
        let page = self.token(client, &code_request(client, &code)).await;
        assert_eq!(page.status, 200, "{}", page.summary());
        page.json()
    }

    /// Asks for the person's claims.
    pub async fn userinfo(&self, access_token: &str) -> Page {
        self.userinfo_at(&self.at("/oauth2/userinfo"), access_token).await
    }

    /// The same at a given address.
    pub async fn userinfo_at(&self, url: &str, access_token: &str) -> Page {
        self.machine()
            .with_header("authorization", &format!("Bearer {access_token}"))
            .get(url)
            .await
    }
}

/// Reads the claims of a JWT without checking anything.
pub fn claims(token: &str) -> Value {
    part(token, 1)
}

/// Reads the header of a JWT.
pub fn header(token: &str) -> Value {
    part(token, 0)
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// Asserts an OAuth error answer: status, code, and that nothing may be cached.
#[track_caller]
pub fn assert_error(page: &Page, status: u16, error: &str) {
    assert_eq!(page.status, status, "{}", page.summary());
    assert_eq!(page.json()["error"], error, "{}", page.summary());
    assert!(page.json().get("access_token").is_none());
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert!(page.header("set-cookie").is_none());
}

/// Asserts an error page of our own: no redirect, and nothing of the request as markup.
#[track_caller]
pub fn assert_page(page: &Page, status: u16) {
    assert_eq!(page.status, status, "{}", page.summary());
    assert!(page.header("location").is_none());
    assert!(page.header("content-type").is_some_and(|kind| kind.starts_with("text/html")));
}

/// Asserts an error redirect to the relying party (RFC 6749 §4.1.2.1, RFC 9207).
#[track_caller]
pub fn assert_redirect_error(page: &Page, app: &TestApp, client: &Client, error: &str) {
    assert!(page.status.is_redirection(), "{}", page.summary());
    let location = page.location();
    assert!(location.as_str().starts_with(&client.redirect_uri), "{location}");
    assert_eq!(page.location_param("error").as_deref(), Some(error), "{location}");
    assert_eq!(page.location_param("iss").as_deref(), Some(app.issuer()), "{location}");
    assert_eq!(page.location_param("code"), None, "{location}");
}
