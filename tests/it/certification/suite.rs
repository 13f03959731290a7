//! A relying party that mistrusts the provider as the suite does: everything on the way is checked.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use latchkey::domain::client::AuthMethod;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Public};
use openssl::rsa::Rsa;
use openssl::sign::Verifier;
use scraper::{Html, Selector};
use serde_json::Value;

use crate::support::agent::{Agent, Page};
use crate::support::app::TestApp;
use crate::support::flow::{Client, Params, claims, header};

/// The person who signs in; everything is known of her.
pub const ADA: &str = "ada@example.com";
const SCOPES: &str = "openid profile email address phone offline_access";
const REDIRECT_URI: &str = "https://suite.example/test/a/latchkey/callback";
pub const POST_LOGOUT: &str = "https://suite.example/test/a/latchkey/post_logout_redirect";

/// How answers come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Query,
    FormPost,
}

/// A provider, two clients registered as `docs/certification.md` says, and a browser.
pub struct Suite {
    pub app: TestApp,
    pub agent: Agent,
    pub client: Client,
    pub metadata: Value,
    mode: Mode,
    keys: BTreeMap<String, PKey<Public>>,
    sent: std::cell::Cell<u32>,
}

/// A request with what has to come back.
pub struct Request {
    pub params: Params,
    state: String,
}

/// The parameters of an answer.
pub type Answer = BTreeMap<String, String>;

impl Suite {
    pub async fn start(mode: Mode) -> Self {
        Self::start_as(mode, AuthMethod::ClientSecretBasic).await
    }

    pub async fn start_as(mode: Mode, method: AuthMethod) -> Self {
        let app = TestApp::start();
        app.known_person(ADA).await;
        let client = register(&app, "suite-one", method).await;
        let metadata = discovered(&app).await;
        let keys = fetched_keys(&metadata).await;
        let sent = std::cell::Cell::new(0);
        Self { app, agent: Agent::new(), client, metadata, mode, keys, sent }
    }

    /// The suite's second client.
    pub async fn second_client(&self) -> Client {
        register(&self.app, "suite-two", AuthMethod::ClientSecretBasic).await
    }

    /// A request for `openid` with a fresh state and nonce, and without PKCE.
    pub fn request(&self) -> Request {
        self.request_of(&self.client)
    }

    pub fn request_of(&self, client: &Client) -> Request {
        self.sent.set(self.sent.get() + 1);
        let state = format!("state-{}", self.sent.get());
        let params = Params::new(&[
            ("client_id", &client.id),
            ("redirect_uri", &client.redirect_uri),
            ("response_type", "code"),
            ("scope", "openid"),
            ("state", &state),
            ("nonce", &format!("nonce-{}", self.sent.get())),
        ]);
        let params = match self.mode {
            Mode::Query => params,
            Mode::FormPost => params.with("response_mode", "form_post"),
        };
        Request { params, state }
    }

    /// The browser goes to the authorization endpoint.
    pub async fn begin(&self, request: &Request) -> Page {
        let endpoint = self.metadata["authorization_endpoint"].as_str().unwrap();
        self.agent.get(&format!("{endpoint}?{}", request.params.encoded())).await
    }

    /// The person does what pages ask for; tells the paths of the pages, and the answer.
    pub async fn go_on(&self, request: &Request, mut page: Page) -> (Vec<String>, Answer) {
        let mut seen = Vec::new();
        for _ in 0..20 {
            if let Some(answer) = self.answer(request, &page) {
                return (seen, answer);
            }
            if page.status.is_redirection() {
                page = page.follow().await;
                continue;
            }
            seen.push(page.url.path().to_owned());
            page = if page.has("#login-form") {
                self.app.sign_in(page, ADA).await
            } else {
                page.form("#allow").submit().await
            };
        }
        panic!("no end at {}", page.summary());
    }

    /// The whole of it, which must bring a code.
    pub async fn authorize(&self, request: &Request) -> String {
        let page = self.begin(request).await;
        let (_, answer) = self.go_on(request, page).await;
        code(&answer)
    }

    /// The answer, if the page brings one: in the right way, with the state and the issuer.
    fn answer(&self, request: &Request, page: &Page) -> Option<Answer> {
        let answer: Answer = if page.has("#form-post") {
            assert_eq!(self.mode, Mode::FormPost);
            assert_eq!(page.status, 200, "{}", page.summary());
            assert_eq!(page.header("cache-control"), Some("no-store"));
            let action = page.attribute("#form-post", "action").unwrap();
            assert_eq!(action, request.params_of("redirect_uri"));
            hidden(page)
        } else {
            let target = request.params_of("redirect_uri");
            if !page.status.is_redirection() || !page.location().as_str().starts_with(&target) {
                return None;
            }
            assert_eq!(self.mode, Mode::Query, "the answer is to be posted");
            assert!(page.location().fragment().is_none());
            page.location().query_pairs().into_owned().collect()
        };
        assert_eq!(answer.get("state"), Some(&request.state));
        assert_eq!(answer.get("iss").map(String::as_str), self.metadata["issuer"].as_str());
        Some(answer)
    }

    /// Redeems a code and checks what comes.
    pub async fn redeem(&self, client: &Client, request: &Request, code: &str) -> Value {
        let page =
            self.app.token_at(&self.token_endpoint(), client, &redeeming(client, code)).await;
        self.check_tokens(client, Some(request), &page)
    }

    pub fn token_endpoint(&self) -> String {
        self.metadata["token_endpoint"].as_str().unwrap().to_owned()
    }

    /// The checks of a token response, and of the ID token in it.
    pub fn check_tokens(&self, client: &Client, request: Option<&Request>, page: &Page) -> Value {
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(page.header("content-type").unwrap().starts_with("application/json"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let tokens = page.json();
        assert!(!tokens["access_token"].as_str().unwrap().is_empty());
        assert_eq!(tokens["token_type"].as_str().unwrap().to_lowercase(), "bearer");
        assert!(tokens["expires_in"].as_i64().unwrap() > 0);
        let id_token = self.check_id_token(client, tokens["id_token"].as_str().unwrap());
        if let Some(request) = request {
            let nonce = request.params.pairs().into_iter().find(|(name, _)| *name == "nonce");
            assert_eq!(id_token["nonce"].as_str(), nonce.map(|(_, value)| value));
        }
        let digest = openssl::sha::sha256(tokens["access_token"].as_str().unwrap().as_bytes());
        assert_eq!(id_token["at_hash"], URL_SAFE_NO_PAD.encode(&digest[..16]));
        tokens
    }

    /// OIDC Core §3.1.3.7, with the key that the `kid` names.
    fn check_id_token(&self, client: &Client, token: &str) -> Value {
        let head = header(token);
        assert_eq!(head["alg"], "RS256");
        let key = &self.keys[head["kid"].as_str().unwrap()];
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let mut verifier = Verifier::new(MessageDigest::sha256(), key).unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(verifier.verify_oneshot(&signature, signed.as_bytes()).unwrap(), "the signature");
        let said = claims(token);
        let (now, time) = (self.app.now().timestamp(), |name: &str| said[name].as_i64().unwrap());
        assert_eq!(said["iss"], self.metadata["issuer"]);
        assert_eq!(said["aud"], *client.id);
        assert!(said.get("azp").is_none_or(|azp| *azp == *client.id));
        assert!(time("iat") <= now && now < time("exp") && time("auth_time") <= now);
        let subject = said["sub"].as_str().unwrap();
        assert!((1..=255).contains(&subject.len()) && subject.is_ascii());
        said
    }

    /// Asks for the claims with the token in the header.
    pub async fn userinfo(&self, tokens: &Value) -> Value {
        let endpoint = self.metadata["userinfo_endpoint"].as_str().unwrap();
        let page = self.app.userinfo_at(endpoint, tokens["access_token"].as_str().unwrap()).await;
        Self::check_userinfo(tokens, &page)
    }

    /// The checks of an answer of the userinfo endpoint (OIDC Core §5.1, §5.3.2).
    pub fn check_userinfo(tokens: &Value, page: &Page) -> Value {
        assert_eq!(page.status, 200, "{}", page.summary());
        assert!(page.header("content-type").unwrap().starts_with("application/json"));
        let told = page.json();
        assert_eq!(told["sub"], claims(tokens["id_token"].as_str().unwrap())["sub"]);
        for (name, value) in told.as_object().unwrap() {
            let of_its_type = match name.as_str() {
                "email_verified" | "phone_number_verified" => value.is_boolean(),
                "updated_at" => value.as_i64().is_some_and(|at| at > 0),
                "address" => value.as_object().is_some_and(|address| {
                    !address.is_empty() && address.values().all(Value::is_string)
                }),
                _ => value.as_str().is_some_and(|text| !text.is_empty()),
            };
            assert!(of_its_type, "{name}: {value}");
        }
        told
    }

    /// The way of most modules: a sign-in, the tokens, the claims.
    pub async fn flow(&self, request: &Request) -> (Value, Value) {
        let code = self.authorize(request).await;
        let tokens = self.redeem(&self.client, request, &code).await;
        let told = self.userinfo(&tokens).await;
        (tokens, told)
    }
}

impl Request {
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        Self { params: self.params.with(name, value), ..self }
    }

    #[must_use]
    pub fn without(self, name: &str) -> Self {
        Self { params: self.params.without(name), ..self }
    }

    /// With a state of this length.
    #[must_use]
    pub fn with_state_of(self, length: usize) -> Self {
        let state = "s".repeat(length);
        Self { params: self.params.with("state", &state), state }
    }

    fn params_of(&self, name: &str) -> String {
        let pairs = self.params.pairs();
        let found = pairs.into_iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    }
}

/// The code of an answer that is no error.
pub fn code(answer: &Answer) -> String {
    answer.get("code").unwrap_or_else(|| panic!("no code but {answer:?}")).clone()
}

/// The token request for a code, without PKCE.
pub fn redeeming(client: &Client, code: &str) -> Params {
    Params::new(&[
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &client.redirect_uri),
    ])
}

async fn register(app: &TestApp, id: &str, method: AuthMethod) -> Client {
    let registration = app.registration(id).scopes(SCOPES).redirect_uri(REDIRECT_URI);
    let registration = registration.post_logout_redirect_uri(POST_LOGOUT);
    app.client(registration.auth_method(method).pkce_optional()).await
}

/// The document, with what every module needs of it.
async fn discovered(app: &TestApp) -> Value {
    let url = format!("{}/.well-known/openid-configuration", app.issuer());
    let page = Agent::new().get(&url).await;
    assert_eq!(page.status, 200, "{}", page.summary());
    let metadata = page.json();
    for needed in ["authorization_endpoint", "token_endpoint", "issuer", "jwks_uri"] {
        assert!(metadata[needed].is_string(), "{needed}");
    }
    metadata
}

/// Public RSA keys for signatures, each with a `kid` of its own.
async fn fetched_keys(metadata: &Value) -> BTreeMap<String, PKey<Public>> {
    let set = Agent::new().get(metadata["jwks_uri"].as_str().unwrap()).await.json();
    let keys = set["keys"].as_array().unwrap();
    let read: BTreeMap<_, _> = keys
        .iter()
        .map(|key| {
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(key.get(private).is_none(), "{private} is no one else's business");
            }
            assert_eq!((&key["kty"], &key["use"]), (&"RSA".into(), &"sig".into()));
            let number = |name: &str| {
                let bytes = URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
                BigNum::from_slice(&bytes).unwrap()
            };
            let rsa = Rsa::from_public_components(number("n"), number("e")).unwrap();
            assert!(rsa.size() >= 256);
            (key["kid"].as_str().unwrap().to_owned(), PKey::from_rsa(rsa).unwrap())
        })
        .collect();
    assert_eq!(read.len(), keys.len(), "every kid once");
    assert!(!read.is_empty());
    read
}

fn hidden(page: &Page) -> Answer {
    let document = Html::parse_document(&page.body);
    let inputs = Selector::parse("#form-post input[type=hidden]").unwrap();
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    document
        .select(&inputs)
        .map(|input| (text(input.attr("name")), text(input.attr("value"))))
        .collect()
}
